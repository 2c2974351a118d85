"""What happens at each price between two looks at a book: size stacked, pulled and traded. Pure observers.

A book tells only totals, and a tape only trades. A total that falls by what was traded there was traded; one that
falls by more was cancelled. Book and tape are two feeds, so either may come first: a fall waits `GRACE_MS` of venue
time for its print, and a print as long for its fall. A fall from before a print, by the venue's clock, is its fall
only where none comes after it.

Nothing is counted over what was not seen: a snapshot that does not follow the state before it begins anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple, Protocol

from psdash.market.book import Book, Change, Side
from psdash.market.tape import Print
from psdash.market.ticks import to_ticks

#: How far a fall of a level and the print that explains it may be apart, in venue milliseconds.
GRACE_MS: Final = 1_000
#: Additions remembered, to find an own order's arrival when its placement is told after it.
ARRIVALS: Final = 512
#: Falls of one level that wait for a print.
FALLS: Final = 64

_ZERO: Final = Decimal(0)
_BID: Final = Side.BID


class Arrival(NamedTuple):
    """Size that came to a level: `size` shares, behind `before` that rested there."""

    side: Side
    ticks: int
    size: Decimal
    before: Decimal
    at_ms: int


class LevelListener(Protocol):
    """Somebody who follows one level. `left` is what rests there after it happened, in shares."""

    def added(self, size: Decimal, left: Decimal) -> None:
        """So much came to the level, at its end."""

    def traded(self, size: Decimal, left: Decimal) -> None:
        """So much was traded, from its front."""

    def cancelled(self, size: Decimal, left: Decimal) -> None:
        """So much was taken away, from wherever."""

    def broke(self) -> None:
        """What happened meanwhile was not seen."""


class _Level:
    __slots__ = ("falls", "fell_ms", "listeners", "net", "printed", "printed_ms", "size")

    def __init__(self) -> None:
        self.net = _ZERO  # stacked less pulled since the price last traded
        self.size = _ZERO  # what rests there, as far as listeners were told
        self.falls: list[tuple[int, Decimal]] = []  # venue time and size of falls that no print explains yet
        self.fell_ms = -1  # venue time of its latest fall
        self.printed = _ZERO  # prints whose fall has not come yet
        self.printed_ms = 0
        self.listeners: list[LevelListener] | None = None


class BookFlow:
    """Follows one outcome's book. `Book.watcher` and `Tape.watchers` feed it.

    `breaks` counts the times that it began anew.
    """

    __slots__ = ("_asks", "_bids", "arrivals", "breaks", "now_ms", "outcome")

    def __init__(self, outcome: int) -> None:
        self.outcome = outcome
        self.now_ms = 0  # the newest venue time heard
        self.breaks = 0
        self.arrivals: deque[Arrival] = deque(maxlen=ARRIVALS)
        self._bids: dict[int, _Level] = {}
        self._asks: dict[int, _Level] = {}

    # what the book tells ------------------------------------------------------------------------------------------

    def moving(self, book: Book, changes: Iterable[Change], venue_ms: int | None) -> None:
        """These changes are about to be applied: the book still has the sizes before. The hot path."""
        if venue_ms is not None and venue_ms > self.now_ms:
            self.now_ms = venue_ms
        bid_sizes, ask_sizes = book.resting(_BID), book.resting(Side.ASK)
        for side, ticks, size, _ in changes:
            if side is _BID:
                before, levels = bid_sizes.get(ticks, _ZERO), self._bids
            else:
                before, levels = ask_sizes.get(ticks, _ZERO), self._asks
            if size == before:
                continue
            level = levels.get(ticks)
            if level is None:
                level = levels[ticks] = _Level()
            if size > before:
                more = size - before
                level.net += more
                self.arrivals.append(Arrival(side, ticks, more, before, self.now_ms))
                if level.listeners is not None:
                    for listener in level.listeners:
                        listener.added(more, size)
            else:
                self._fell(level, before - size)
            level.size = size

    def broke(self, venue_ms: int | None) -> None:
        """Another state, of that venue time, took the book's place, and nobody saw what lay between."""
        self.now_ms = max(self.now_ms, venue_ms or 0)
        self.breaks += 1
        self.arrivals.clear()
        for levels in (self._bids, self._asks):
            kept = {ticks: level for ticks, level in levels.items() if level.listeners}
            levels.clear()
            for ticks, old in kept.items():
                levels[ticks] = level = _Level()
                level.listeners = old.listeners
                for listener in level.listeners or ():
                    listener.broke()

    def _fell(self, level: _Level, size: Decimal) -> None:
        self._expire(level)
        level.fell_ms = self.now_ms
        if level.printed:
            traded = min(size, level.printed)
            level.printed -= traded
            size -= traded
            self._tell_traded(level, traded, level.size - traded)
        if size:
            level.net -= size
            level.falls.append((self.now_ms, size))
            if len(level.falls) > FALLS:
                self._cancel_oldest(level)

    # what the tape tells ------------------------------------------------------------------------------------------

    def printed(self, print_: Print) -> None:
        """A trade, of whichever outcome. What it says of an older time than the book's explains nothing here."""
        if print_.venue_ms < self.now_ms - GRACE_MS:
            return
        self.now_ms = max(self.now_ms, print_.venue_ms)
        try:
            ticks = to_ticks(print_.seen_from(self.outcome).price)
        except ValueError:
            return
        for levels in (self._bids, self._asks):
            level = levels.get(ticks)
            if level is None:
                level = levels[ticks] = _Level()
            self._expire(level)
            level.net = _ZERO
            rest = print_.size - self._explain(level, print_.size, print_.venue_ms)
            if rest:
                level.printed += rest
                level.printed_ms = self.now_ms

    def learned(self, before: Print, after: Print) -> None:
        """More is known of a print: nothing that matters here."""

    # reading ------------------------------------------------------------------------------------------------------

    def net(self, side: Side, ticks: int) -> Decimal:
        """Shares stacked (positive) or pulled (negative) since the price last traded or the flow began anew."""
        level = (self._bids if side is _BID else self._asks).get(ticks)
        return _ZERO if level is None else level.net

    def nets(self, side: Side) -> Iterator[tuple[int, Decimal]]:
        """Every price with what was stacked or pulled there, where anything was."""
        levels = self._bids if side is _BID else self._asks
        return ((ticks, level.net) for ticks, level in levels.items() if level.net)

    def has_fallen(self, side: Side, ticks: int, since_ms: int) -> bool:
        """Whether a level lost anything at that venue time or after."""
        level = (self._bids if side is _BID else self._asks).get(ticks)
        return level is not None and level.fell_ms >= since_ms

    # following a level --------------------------------------------------------------------------------------------

    def follow(self, side: Side, ticks: int, size: Decimal, listener: LevelListener) -> None:
        """Tell a listener what happens at a level, where `size` shares rest now."""
        levels = self._bids if side is _BID else self._asks
        level = levels.setdefault(ticks, _Level())
        level.size = size
        level.listeners = [*(level.listeners or ()), listener]

    def leave(self, side: Side, ticks: int, listener: LevelListener) -> None:
        """Tell it nothing any more."""
        level = (self._bids if side is _BID else self._asks).get(ticks)
        if level is not None and level.listeners is not None:
            level.listeners = [each for each in level.listeners if each is not listener] or None

    def settle(self, now_ms: int) -> None:
        """Venue time went on to `now_ms`: falls that no print explained were cancels."""
        self.now_ms = max(self.now_ms, now_ms)
        for levels in (self._bids, self._asks):
            for level in levels.values():
                if level.listeners is not None:
                    self._expire(level)

    def _explain(self, level: _Level, size: Decimal, from_ms: int) -> Decimal:
        """Take up to `size` shares of falls since `from_ms` as traded; how many there were."""
        left, kept = size, []
        for at_ms, fallen in level.falls:
            traded = min(left, fallen) if at_ms >= from_ms else _ZERO
            left -= traded
            if fallen != traded:
                kept.append((at_ms, fallen - traded))
        if left != size:
            level.falls = kept
            self._tell_traded(level, size - left, level.size)
        return size - left

    def _expire(self, level: _Level) -> None:
        """What waited too long for its other half will not have it."""
        if level.printed:
            if self.now_ms - level.printed_ms <= GRACE_MS:
                return  # falls from before it may be its own after all
            self._explain(level, level.printed, level.printed_ms - GRACE_MS)
            level.printed = _ZERO
        before_ms = self.now_ms - GRACE_MS
        while level.falls and level.falls[0][0] < before_ms:
            self._cancel_oldest(level)

    @staticmethod
    def _cancel_oldest(level: _Level) -> None:
        _, size = level.falls.pop(0)
        for listener in level.listeners or ():
            listener.cancelled(size, level.size)

    @staticmethod
    def _tell_traded(level: _Level, size: Decimal, left: Decimal) -> None:
        for listener in level.listeners or ():
            listener.traded(size, left)
