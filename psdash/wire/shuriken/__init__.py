"""Shuriken on the wire (its protocol note, parts A and B): sessions, streams, payloads, over `wire/pusher`."""

from psdash.wire.shuriken.payloads import Payloads, decode_payload
from psdash.wire.shuriken.session import ChannelAuth, ErrorBody, Granted, SessionBody, SessionRequest, Wish
from psdash.wire.shuriken.streams import STREAMS, Payload, Stream

__all__ = [
    "STREAMS",
    "ChannelAuth",
    "ErrorBody",
    "Granted",
    "Payload",
    "Payloads",
    "SessionBody",
    "SessionRequest",
    "Stream",
    "Wish",
    "decode_payload",
]
