"""Signals: what another source says is worth a look, as one list with one row a thing.

An arbitrage or an expected value is about a group of markets and is told again whenever it moves: the newest word
stands. A wallet's trade or a call is told once, and again after every subscription: the second time is the same row.
What the source calls expired dims, and leaves a little later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from psdash.market.quoting import Unit

#: Rows kept at most; the oldest leave first.
MOST: Final = 2_000
#: How long an expired row stays, dimmed.
DIMMED_MS: Final = 15_000
_ONE: Final = Decimal(1)
_HUNDRED: Final = Decimal(100)


class SignalKind(StrEnum):
    """What kind of word it is."""

    ARB = "arb"  # YES here and NO there for less than a dollar
    EV = "+EV"  # a price apart from the other venues'
    SMART = "smart"  # a wallet that has won so far trades
    FADE = "fade"  # a winning and a losing wallet on the two sides
    ALPHA = "alpha"  # somebody called a token


@dataclass(frozen=True, slots=True)
class SignalLeg:
    """One trade that the signal is made of. `price` in dollars (0..1 for an outcome), the rest in dollars.

    `fee` is for ONE contract at that price, `depth` what can be executed there.
    """

    venue: str
    side: str
    price: Decimal | None = None
    depth: Decimal | None = None
    fee: Decimal | None = None
    market: str = ""
    url: str = ""
    #: What the price counts.
    unit: Unit = Unit.PROBABILITY


@dataclass(frozen=True, slots=True)
class Signal:
    """One row. `key` is what it is about: a second signal of the same key is the same row, told again.

    `at_ms` is the source's time (None: it says none), `roi_percent` its own figure, net of fees for an arbitrage.
    `is_replay` marks what was told again after a subscription. Texts are already safe.
    """

    key: str
    kind: SignalKind
    source: str
    title: str
    received_ms: int
    at_ms: int | None = None
    legs: tuple[SignalLeg, ...] = ()
    roi_percent: Decimal | None = None
    size: Decimal | None = None
    detail: str = ""
    url: str = ""
    is_replay: bool = False
    expired_ms: int | None = None

    @property
    def shown_ms(self) -> int:
        """The time it is ordered by: the source's, or else when it came."""
        return self.at_ms if self.at_ms is not None else self.received_ms

    @property
    def venues(self) -> tuple[str, ...]:
        """Where its legs are, each once."""
        return tuple(dict.fromkeys(leg.venue for leg in self.legs if leg.venue))

    @property
    def cost(self) -> Decimal | None:
        """What one contract of every leg costs, before fees; None unless every leg has a price."""
        prices = [leg.price for leg in self.legs]
        return None if not prices or None in prices else sum((p for p in prices if p is not None), Decimal(0))

    @property
    def fees(self) -> Decimal | None:
        """The fees of one contract of every leg; None unless every leg names one."""
        fees = [leg.fee for leg in self.legs]
        return None if not fees or None in fees else sum((f for f in fees if f is not None), Decimal(0))

    @property
    def left(self) -> Decimal | None:
        """Dollars left of one contract of every leg of an arbitrage, after its cost and fees: the pair pays one."""
        if self.kind is not SignalKind.ARB or len(self.legs) != 2 or self.cost is None or self.fees is None:
            return None
        return _ONE - self.cost - self.fees

    @property
    def left_percent(self) -> Decimal | None:
        """`left`, of what was laid out."""
        left = self.left
        if left is None or self.cost is None or self.fees is None or not self.cost + self.fees:
            return None
        return left / (self.cost + self.fees) * _HUNDRED

    @property
    def executable(self) -> Decimal | None:
        """Dollars that can be executed at these prices: the thinner leg's; None where no leg says."""
        depths = [leg.depth for leg in self.legs if leg.depth is not None]
        return min(depths) if depths else None


class Signals:
    """Every signal, newest first. `version` moves with every change."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._by_key: dict[str, Signal] = {}
        self.version = 0
        self.repeated = 0

    def put(self, signal: Signal) -> bool:
        """A signal came. False when it tells nothing new (a replay of what is known already)."""
        known = self._by_key.get(signal.key)
        if known is not None:
            if signal.is_replay or replace(signal, received_ms=known.received_ms) == known:
                self.repeated += 1
                return False
            if known.at_ms is not None and signal.at_ms is not None and signal.at_ms < known.at_ms:
                self.repeated += 1  # an older word never overwrites a newer one
                return False
        self._by_key[signal.key] = signal
        while len(self._by_key) > self._most:
            del self._by_key[min(self._by_key, key=lambda key: self._by_key[key].shown_ms)]
        self.version += 1
        return True

    def expire(self, key: str, now_ms: int) -> bool:
        """The source takes it back. False when it is not here, or was taken back before."""
        known = self._by_key.get(key)
        if known is None or known.expired_ms is not None:
            return False
        self._by_key[key] = replace(known, expired_ms=now_ms)
        self.version += 1
        return True

    def sweep(self, now_ms: int) -> int:
        """Let go of what expired more than `DIMMED_MS` ago. Returns how many left."""
        gone = [k for k, s in self._by_key.items() if s.expired_ms is not None and now_ms - s.expired_ms >= DIMMED_MS]
        for key in gone:
            del self._by_key[key]
        self.version += bool(gone)
        return len(gone)

    def next_sweep_ms(self) -> int | None:
        """When the next row has to leave; None while none is expired."""
        due = [s.expired_ms + DIMMED_MS for s in self._by_key.values() if s.expired_ms is not None]
        return min(due, default=None)

    def forget(self, source: str) -> None:
        """The source is gone for good: what it said is nobody's word any more."""
        kept = {key: signal for key, signal in self._by_key.items() if signal.source != source}
        self.version += len(kept) != len(self._by_key)
        self._by_key = kept

    def newest(self, wanted: Callable[[Signal], bool] | None = None) -> Sequence[Signal]:
        """The rows that are wanted, newest first; of the same time the one that came last stands first."""
        rows = [signal for signal in self._by_key.values() if wanted is None or wanted(signal)]
        rows.reverse()
        return sorted(rows, key=lambda signal: -signal.shown_ms)

    def get(self, key: str) -> Signal | None:
        return self._by_key.get(key)

    def __len__(self) -> int:
        return len(self._by_key)
