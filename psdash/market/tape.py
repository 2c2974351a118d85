"""The prints of one market, each once, newest first."""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

_V = TypeVar("_V")


class Aggressor(StrEnum):
    """Who crossed the spread. UNKNOWN where the venue does not say (REST rows have no side, protocol §7.7)."""

    BUY = "buy"
    SELL = "sell"
    UNKNOWN = "unknown"

    @property
    def flipped(self) -> Aggressor:
        """The same trade seen from the other outcome."""
        return {Aggressor.BUY: Aggressor.SELL, Aggressor.SELL: Aggressor.BUY}.get(self, self)


class Settlement(StrEnum):
    """How far a match has come on its way to the chain (protocol §8.3)."""

    MATCHED = "matched"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Print:
    """One trade on the tape, in its own outcome's terms. `price` in dollars, `size` in shares, times epoch ms."""

    trade_id: str
    token: str
    outcome_index: int
    price: Decimal
    size: Decimal
    aggressor: Aggressor
    venue_ms: int
    settlement: Settlement = Settlement.MATCHED
    settled_ms: int | None = None
    is_own: bool = False

    @property
    def key(self) -> tuple[int, str]:
        """Venue order: by time, then by id; never by arrival."""
        return (self.venue_ms, self.trade_id)

    def seen_from(self, outcome_index: int) -> Print:
        """This print in the terms of an outcome: a NO buy at p is a YES sell at 1 - p (binary markets)."""
        if outcome_index == self.outcome_index:
            return self
        return replace(self, outcome_index=outcome_index, price=1 - self.price, aggressor=self.aggressor.flipped)


class Tape:
    """Every print of one market, both outcomes, at most `capacity` kept.

    Exactly once by trade id, whichever way a print comes (live, or REST after a gap). A settlement may arrive before
    its match; it waits. `version` moves with every change; `dropped` counts prints that fell off the old end.
    """

    def __init__(self, capacity: int = 5_000) -> None:
        self._capacity = capacity
        self._keys: list[tuple[int, str]] = []  # ascending venue order
        self._prints: dict[str, Print] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()  # ids that fell off, so that they cannot come back
        self._early_settled: OrderedDict[str, int] = OrderedDict()
        self._own: OrderedDict[str, None] = OrderedDict()
        self.version = 0
        self.dropped = 0

    def add(self, print_: Print) -> bool:
        """Take one print. False for one already known, which can still fill in what was unknown (its aggressor)."""
        known = self._prints.get(print_.trade_id)
        if known is not None:
            self._enrich(known, print_)
            return False
        if print_.trade_id in self._gone:
            return False
        if print_.trade_id in self._own:
            print_ = replace(print_, is_own=True)
        settled_ms = self._early_settled.pop(print_.trade_id, None)
        if settled_ms is not None:
            print_ = replace(print_, settlement=Settlement.SETTLED, settled_ms=settled_ms)
        insort(self._keys, print_.key)
        self._prints[print_.trade_id] = print_
        self._trim()
        self.version += 1
        return True

    def settle(self, trade_id: str, settled_ms: int) -> bool:
        """Mark a match settled on chain at `settled_ms`. False when that was known already (one match may settle by
        several chain events, protocol §5.2)."""
        known = self._prints.get(trade_id)
        if known is None:
            if trade_id in self._gone or trade_id in self._early_settled:
                return False
            _remember(self._early_settled, trade_id, settled_ms, self._capacity)
            return True
        if known.settlement is Settlement.SETTLED:
            return False
        self._prints[trade_id] = replace(known, settlement=Settlement.SETTLED, settled_ms=settled_ms)
        self.version += 1
        return True

    def mark_own(self, trade_id: str) -> None:
        """Say that the trader took part in this trade; it may come before the print itself."""
        known = self._prints.get(trade_id)
        if known is None:
            _remember(self._own, trade_id, None, self._capacity)
        elif not known.is_own:
            self._prints[trade_id] = replace(known, is_own=True)
            self.version += 1

    def get(self, trade_id: str) -> Print | None:
        return self._prints.get(trade_id)

    def newest(self, limit: int, skip: int = 0) -> Sequence[Print]:
        """Up to `limit` prints, newest first, after the first `skip`."""
        end = len(self._keys) - skip
        return [self._prints[trade_id] for _, trade_id in reversed(self._keys[max(0, end - limit) : max(0, end)])]

    @property
    def last(self) -> Print | None:
        """The newest print."""
        return self._prints[self._keys[-1][1]] if self._keys else None

    @property
    def unsettled(self) -> Iterable[Print]:
        """Matches the chain has not confirmed yet, oldest first."""
        return (p for _, i in self._keys if (p := self._prints[i]).settlement is Settlement.MATCHED)

    def __len__(self) -> int:
        return len(self._keys)

    def _enrich(self, known: Print, again: Print) -> None:
        better = known
        if known.aggressor is Aggressor.UNKNOWN and again.aggressor is not Aggressor.UNKNOWN:
            same = again.seen_from(known.outcome_index)
            better = replace(better, aggressor=same.aggressor)
        if known.settlement is Settlement.MATCHED and again.settlement is Settlement.SETTLED:
            better = replace(better, settlement=Settlement.SETTLED, settled_ms=again.settled_ms)
        if better is not known:
            self._prints[known.trade_id] = better
            self.version += 1

    def _trim(self) -> None:
        while len(self._keys) > self._capacity:
            _, trade_id = self._keys.pop(0)
            del self._prints[trade_id]
            _remember(self._gone, trade_id, None, 2 * self._capacity)
            self.dropped += 1


def _remember(store: OrderedDict[str, _V], key: str, value: _V, limit: int) -> None:
    store[key] = value
    while len(store) > limit:
        store.popitem(last=False)
