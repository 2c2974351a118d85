"""What a gateway tells whoever listens, after the state already holds it.

The listener is a plain callable (`Emit`). The dashboard turns these into Textual messages, a headless command into
lines of JSON; the gateways know neither. Foreign text inside is already safe (`psdash/text.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from psdash.account.account import AccountPane
from psdash.account.fills import Fill
from psdash.account.pause import Pause
from psdash.market.board import MarketPane
from psdash.market.book import Change
from psdash.market.candles import Candle
from psdash.market.freshness import Freshness
from psdash.market.lifecycle import MarketStatus, PlatformStatus
from psdash.market.signals import Signal
from psdash.market.tape import Print


class GatewayName(StrEnum):
    """The two workers of PredictStreet. Any other source has one, named after itself."""

    MARKET = "market"
    USER = "user"


class LinkState(StrEnum):
    """Where a connection stands on its way to data and back."""

    OFF = "OFF"
    DIALLING = "DIALLING"
    AUTH = "AUTH"  # the upgrade succeeded; the greeting or a refusal is awaited
    SUBSCRIBING = "SUBSCRIBING"
    LIVE = "LIVE"
    BACKOFF = "BACKOFF"
    REFUSED = "REFUSED"  # dialling has ended; only the person can change that


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """A connection moved, or measured its round trip again. `retry_in_s` is set in BACKOFF."""

    gateway: str
    state: LinkState
    reason: str = ""
    round_trip_ms: float | None = None
    retry_in_s: float | None = None
    attempts: int = 0


class BookMoved(NamedTuple):
    """A book was replaced, changed or cleared. `changes` are set when they alone lead to `seq` from the last notice's
    book; None: look at the whole book. A tuple, since one is made for every message.
    """

    slug: str
    outcome_index: int
    seq: int | None
    changes: Sequence[Change] | None = None


@dataclass(frozen=True, slots=True)
class TapeMoved:
    """Prints were added (each once), or their settlement became known (`settled` trade ids), or was given up waiting
    for (`unsettled`); with none of these a gap opened or closed, or own prints were marked.
    """

    slug: str
    prints: tuple[Print, ...] = ()
    settled: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CandlesMoved:
    """A candle moved, or history arrived (`candle` None)."""

    slug: str
    outcome_index: int
    candle: Candle | None = None


@dataclass(frozen=True, slots=True)
class MarketMoved:
    """A market's status or detail changed."""

    slug: str
    status: MarketStatus


@dataclass(frozen=True, slots=True)
class PlatformMoved:
    """The venue as a whole froze, went into maintenance or came back."""

    status: PlatformStatus


@dataclass(frozen=True, slots=True)
class CatalogueMoved:
    """The list of markets was read, or renewed."""

    markets: int


@dataclass(frozen=True, slots=True)
class AccountMoved:
    """Orders, fills or positions changed; `fills` are new ones, each once."""

    pane: AccountPane
    fills: tuple[Fill, ...] = ()


@dataclass(frozen=True, slots=True)
class SettlementFailed:
    """The chain refused a trade of an own order (protocol §11); `reason` is words, `selector` the contract's error.

    Which fill it was is in the account, as soon as it can be told.
    """

    order_id: str
    reason: str
    selector: str = ""
    tx_hash: str = ""


@dataclass(frozen=True, slots=True)
class PauseMoved:
    """The venue's contract paused the account, or let it go (None)."""

    pause: Pause | None


@dataclass(frozen=True, slots=True)
class MarketPaneMoved:
    """What one pane of one market may claim changed. `outcome_index` is set for books."""

    slug: str
    pane: MarketPane
    freshness: Freshness
    outcome_index: int | None = None


@dataclass(frozen=True, slots=True)
class AccountPaneMoved:
    """What one private pane may claim changed."""

    pane: AccountPane
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class SignalsMoved:
    """Signals came or changed (each once), or were taken back (`expired` keys)."""

    signals: tuple[Signal, ...] = ()
    expired: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivityMoved:
    """A task or a transfer of the person's own moved, at a source that tells such things."""


@dataclass(frozen=True, slots=True)
class ElsewhereMoved:
    """What other venues quote for the event of this market changed."""

    slug: str


class Severity(StrEnum):
    """How much a notice matters to the person."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something said to the person: what happened, what it means, what to do."""

    severity: Severity
    text: str
    gateway: str | None = None


Notice = (
    LinkChanged
    | BookMoved
    | TapeMoved
    | CandlesMoved
    | MarketMoved
    | PlatformMoved
    | CatalogueMoved
    | AccountMoved
    | SettlementFailed
    | PauseMoved
    | MarketPaneMoved
    | AccountPaneMoved
    | SignalsMoved
    | ActivityMoved
    | ElsewhereMoved
    | Spoken
)
Emit = Callable[[Notice], None]
