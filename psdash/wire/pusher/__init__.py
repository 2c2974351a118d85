"""The Pusher Channels protocol, version 7 (shuriken note, part C): frames both ways, no product above them."""

from psdash.wire.pusher.commands import ping, pong, subscribe, unsubscribe
from psdash.wire.pusher.frames import (
    ChannelEvent,
    Connected,
    Frame,
    Internal,
    Ping,
    Pong,
    Refused,
    ServerError,
    Subscribed,
    Undecided,
    decode_frame,
)

__all__ = [
    "ChannelEvent",
    "Connected",
    "Frame",
    "Internal",
    "Ping",
    "Pong",
    "Refused",
    "ServerError",
    "Subscribed",
    "Undecided",
    "decode_frame",
    "ping",
    "pong",
    "subscribe",
    "unsubscribe",
]
