"""How much was traded at each price: in a sliding window, and since the oldest print that was told."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from psdash.market.tape import Aggressor, Print
from psdash.market.ticks import complement, to_ticks

#: Length of the sliding window in venue milliseconds.
WINDOW_MS: Final = 300_000

_ZERO: Final = Decimal(0)


class Traded(NamedTuple):
    """Shares traded at a price, by who crossed the spread; `unknown` where nobody said (history has no side)."""

    buys: Decimal = _ZERO
    sells: Decimal = _ZERO
    unknown: Decimal = _ZERO

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.buys + self.sells + self.unknown

    def plus(self, aggressor: Aggressor, size: Decimal) -> Traded:
        """With `size` shares more (or, negative, less)."""
        if aggressor is Aggressor.BUY:
            return Traded(self.buys + size, self.sells, self.unknown)
        if aggressor is Aggressor.SELL:
            return Traded(self.buys, self.sells + size, self.unknown)
        return Traded(self.buys, self.sells, self.unknown + size)

    @property
    def flipped(self) -> Traded:
        """The same trades seen from the other outcome."""
        return Traded(self.sells, self.buys, self.unknown)


NOTHING_TRADED: Final = Traded()


class VolumeAtPrice:
    """Follows a market's tape (`Tape.watchers`). Prints of both outcomes count, each once, in an outcome's terms.

    `version` moves with every change; `since_ms` is the venue time of the oldest print counted, None before any.
    """

    def __init__(self, window_ms: int = WINDOW_MS) -> None:
        self.window_ms = window_ms
        self.version = 0
        self.since_ms: int | None = None
        self._now_ms = 0
        self._all: dict[int, Traded] = {}
        self._window: dict[int, Traded] = {}
        #: Prints inside the window: venue time, order of telling, price, aggressor, size. Ascending.
        self._recent: list[tuple[int, int, int, Aggressor, Decimal]] = []
        self._gone = 0  # entries at the front that left the window
        self._told = 0

    def printed(self, print_: Print) -> None:
        """One print, live or of history."""
        row = _in_yes(print_)
        if row is None:
            return
        ticks, aggressor = row
        _add(self._all, ticks, aggressor, print_.size)
        self.since_ms = print_.venue_ms if self.since_ms is None else min(self.since_ms, print_.venue_ms)
        self._now_ms = max(self._now_ms, print_.venue_ms)
        if print_.venue_ms > self._now_ms - self.window_ms:
            self._told += 1
            insort(self._recent, (print_.venue_ms, self._told, ticks, aggressor, print_.size), self._gone)
            _add(self._window, ticks, aggressor, print_.size)
        self.version += 1
        self.slide(self._now_ms)

    def learned(self, before: Print, after: Print) -> None:
        """A print's aggressor became known."""
        old, new = _in_yes(before), _in_yes(after)
        if old is None or new is None or old == new:
            return
        _add(self._all, *old, -before.size)
        _add(self._all, *new, after.size)
        for at in range(len(self._recent) - 1, self._gone - 1, -1):
            at_ms, told, ticks, aggressor, size = self._recent[at]
            if at_ms < before.venue_ms:
                break
            if (at_ms, ticks, aggressor, size) == (before.venue_ms, *old, before.size):
                self._recent[at] = (at_ms, told, *new, after.size)
                _add(self._window, *old, -size)
                _add(self._window, *new, after.size)
                break
        self.version += 1

    def slide(self, now_ms: int) -> None:
        """Venue time went on to `now_ms`: what is as old as the window leaves it."""
        self._now_ms = max(self._now_ms, now_ms)
        from_ms = self._now_ms - self.window_ms
        recent, gone = self._recent, self._gone
        while gone < len(recent) and recent[gone][0] <= from_ms:
            _, _, ticks, aggressor, size = recent[gone]
            _add(self._window, ticks, aggressor, -size)
            gone += 1
        if gone != self._gone:
            self.version += 1
        if gone > 1_000 and gone * 2 > len(recent):
            del recent[:gone]
            gone = 0
        self._gone = gone

    @property
    def next_ms(self) -> int | None:
        """The venue time at which the next print leaves the window, None when there is none."""
        return self._recent[self._gone][0] + self.window_ms if self._gone < len(self._recent) else None

    @property
    def window_from_ms(self) -> int:
        """Where the window begins, in venue time."""
        return self._now_ms - self.window_ms

    def window(self, outcome: int) -> Iterator[tuple[int, Traded]]:
        """Every price (ticks of `outcome`) with what was traded there within the window."""
        return _seen(self._window, outcome)

    def whole(self, outcome: int) -> Iterator[tuple[int, Traded]]:
        """Every price (ticks of `outcome`) with what was traded there since `since_ms`."""
        return _seen(self._all, outcome)


def _seen(rows: dict[int, Traded], outcome: int) -> Iterator[tuple[int, Traded]]:
    if outcome == 0:
        return iter(rows.items())
    return ((complement(ticks), traded.flipped) for ticks, traded in rows.items())


def _in_yes(print_: Print) -> tuple[int, Aggressor] | None:
    seen = print_.seen_from(0)
    try:
        return to_ticks(seen.price), seen.aggressor
    except ValueError:  # no price of this venue
        return None


def _add(rows: dict[int, Traded], ticks: int, aggressor: Aggressor, size: Decimal) -> None:
    traded = rows.get(ticks, NOTHING_TRADED).plus(aggressor, size)
    if traded == NOTHING_TRADED:
        rows.pop(ticks, None)
    else:
        rows[ticks] = traded
