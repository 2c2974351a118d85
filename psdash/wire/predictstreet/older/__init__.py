"""PredictStreet, protocol version 1 (protocol §11): what a gateway says whose greeting names no version.

The second table beside the first: other channels, fewer feeds, an envelope without time and sequence. What both
versions spell alike is read by the models of the first.
"""

from psdash.wire.predictstreet.older.channels import CHANNELS
from psdash.wire.predictstreet.older.decode import OLDER_KINDS, decode_frame
from psdash.wire.predictstreet.older.events import (
    BookDelta,
    BookSnapshot,
    ChainFill,
    DepositConfirmed,
    OlderEvent,
    OwnMatch,
    Trade,
    TradeFailed,
    UserPaused,
    UserUnpaused,
    VaultDeployed,
)

__all__ = [
    "CHANNELS",
    "OLDER_KINDS",
    "BookDelta",
    "BookSnapshot",
    "ChainFill",
    "DepositConfirmed",
    "OlderEvent",
    "OwnMatch",
    "Trade",
    "TradeFailed",
    "UserPaused",
    "UserUnpaused",
    "VaultDeployed",
    "decode_frame",
]
