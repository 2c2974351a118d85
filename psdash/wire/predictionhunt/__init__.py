"""Prediction Hunt on the wire (its protocol note): one JSON object a text message, no greeting, no sequence numbers.

Prices are 0 to 1 here, wherever the venue wrote them in cents; returns stay in percent; times are epoch ms.
"""

from psdash.wire.predictionhunt.channels import CAPS, CHANNELS, Caps, Channel, Tier
from psdash.wire.predictionhunt.commands import Auth, Heartbeat, Subscribe, Unsubscribe
from psdash.wire.predictionhunt.decode import Event, Frame, decode_frame
from psdash.wire.predictionhunt.events import (
    ArbExpired,
    ArbUpdate,
    BookUpdate,
    EvExpired,
    EvUpdate,
    FadeFinderUpdate,
    Leg,
    Lifecycle,
    PriceUpdate,
    SmartMoneyUpdate,
    Wallet,
)
from psdash.wire.predictionhunt.frames import Pong, Refusal, Subscribed, Unknown, Unsubscribed, Warned

__all__ = [
    "CAPS",
    "CHANNELS",
    "ArbExpired",
    "ArbUpdate",
    "Auth",
    "BookUpdate",
    "Caps",
    "Channel",
    "EvExpired",
    "EvUpdate",
    "Event",
    "FadeFinderUpdate",
    "Frame",
    "Heartbeat",
    "Leg",
    "Lifecycle",
    "Pong",
    "PriceUpdate",
    "Refusal",
    "SmartMoneyUpdate",
    "Subscribe",
    "Subscribed",
    "Tier",
    "Unknown",
    "Unsubscribe",
    "Unsubscribed",
    "Wallet",
    "Warned",
    "decode_frame",
]
