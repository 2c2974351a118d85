"""What happens at each price between two looks at a book: size stacked, pulled and traded.

A book tells only totals, and a tape only trades. A total that falls by what was traded there was traded; one that
falls by more was cancelled. Book and tape are two feeds, so either may come first: a fall waits `GRACE_MS` of venue
time for its print, and a print as long for its fall. No document says which feed leads, and a millisecond may hold
more than one event, so it is learnt: where prints lead, a fall from before a print is its own only if none follows.

Nothing is counted over what was not seen: a snapshot that does not follow the state before it begins anew.

The book only writes down its steps (`Book.apply` is the hot path); they are gone through when somebody asks, and then
only those of levels that somebody follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, Protocol

from psdash.market.book import MOST_STEPS, Book, Side, Step
from psdash.market.tape import Print
from psdash.market.ticks import to_ticks

#: How far a fall of a level and the print that explains it may be apart, in venue milliseconds.
GRACE_MS: Final = 1_000
#: Steps remembered: to find an own order's arrival when its placement is told after it.
REMEMBERED: Final = 512
#: Falls of one level that wait for a print.
FALLS: Final = 64
#: How sure the flow may become of which feed leads: so many matches to the contrary change its mind.
SURE: Final = 4

_ZERO: Final = Decimal(0)


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
    """A level that somebody follows, or whose print waits for its fall."""

    __slots__ = ("falls", "listeners", "owed", "printed", "printed_ms", "side", "size", "ticks")

    def __init__(self, side: Side, ticks: int, size: Decimal) -> None:
        self.side, self.ticks = side, ticks
        self.size = size  # as far as the steps were gone through
        self.falls: list[tuple[int, Decimal]] = []  # venue time and size of falls that no print explains yet
        self.printed = _ZERO  # prints whose fall has not come yet
        self.owed = _ZERO  # how much of them the base is lower for
        self.printed_ms = 0
        self.listeners: list[LevelListener] = []


class BookFlow:
    """Follows one outcome's book, as `Book.watcher`, and its market's tape, as one of `Tape.watchers`.

    `breaks` counts the times that it began anew; `now_ms` is the newest venue time it knows.
    """

    __slots__ = ("_base", "_book", "_done", "_followed", "_lead", "breaks", "now_ms", "outcome", "steps")

    def __init__(self, book: Book, outcome: int) -> None:
        self.outcome = outcome
        self.now_ms = 0
        self.breaks = 0
        self.steps: list[Step] = []
        self._done = 0  # steps gone through
        self._lead = 0  # above nothing: prints come before their falls; below: after them
        self._book = book
        #: Shares at each price when it last traded, or when the flow began.
        self._base: dict[Side, dict[int, Decimal]] = {side: dict(book.resting(side)) for side in Side}
        self._followed: dict[tuple[Side, int], _Level] = {}

    # what the book tells ------------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Go through the steps since the last time."""
        steps, followed = self.steps, self._followed
        if self._done == len(steps):
            return
        for at in range(self._done, len(steps)) if followed else ():
            venue_ms, side, ticks, before, size = steps[at]
            level = followed.get((side, ticks))
            if level is not None:
                self.now_ms = max(self.now_ms, venue_ms)
                self._moved(level, before or _ZERO, size)
        self.now_ms = max(self.now_ms, steps[-1][0])
        if len(steps) > MOST_STEPS:
            del steps[:-REMEMBERED]
        self._done = len(steps)

    def broke(self, venue_ms: int | None) -> None:
        """Another state, of that venue time, took the book's place, and nobody saw what lay between."""
        self.now_ms = max(self.now_ms, venue_ms or 0)
        self.breaks += 1
        self.steps.clear()
        self._done = 0
        self._base = {side: dict(self._book.resting(side)) for side in Side}
        before, self._followed = self._followed, {}
        for (side, ticks), old in before.items():
            if old.listeners:
                level = self._followed[side, ticks] = _Level(side, ticks, self._size(side, ticks))
                level.listeners = old.listeners
                for listener in level.listeners:
                    listener.broke()

    def _moved(self, level: _Level, before: Decimal, size: Decimal) -> None:
        if size > before:
            level.size = size
            for listener in level.listeners:
                listener.added(size - before, size)
            return
        self._expire(level)
        fallen = before - size
        if level.printed:
            traded = min(fallen, level.printed)
            level.printed -= traded
            fallen -= traded
            if not level.printed and not fallen:
                self._lead = min(SURE, self._lead + 1)
            level.owed = max(_ZERO, level.owed - traded)
            level.size -= traded
            self._tell_traded(level, traded)
        level.size = size
        if fallen:
            level.falls.append((self.now_ms, fallen))
            if len(level.falls) > FALLS:
                self._cancel_oldest(level)

    def _size(self, side: Side, ticks: int) -> Decimal:
        return self._book.resting(side).get(ticks, _ZERO)

    # what the tape tells ------------------------------------------------------------------------------------------

    def printed(self, print_: Print) -> None:
        """A trade, of whichever outcome. What it says of an older time than the book's explains nothing here."""
        self.catch_up()
        if print_.venue_ms < self.now_ms - GRACE_MS:
            return
        self.now_ms = max(self.now_ms, print_.venue_ms)
        try:
            ticks = to_ticks(print_.seen_from(self.outcome).price)
        except ValueError:
            return
        for side in Side:
            level = self._followed.get((side, ticks))
            if level is None:
                level = self._followed[side, ticks] = _Level(side, ticks, self._size(side, ticks))
                level.falls = self._falls(side, ticks, print_.venue_ms)
            self._expire(level)
            rest = print_.size
            if self._lead <= 0:
                rest -= self._explain(level, rest, print_.venue_ms)
                if not rest:
                    self._lead = max(-SURE, self._lead - 1)
            if rest:
                level.printed += rest
                level.printed_ms = self.now_ms
            # Where its fall is yet to come, nothing will have been pulled once it has.
            level.owed = min(level.size, level.printed)
            self._base[side][ticks] = level.size - level.owed

    def learned(self, before: Print, after: Print) -> None:
        """More is known of a print: nothing that matters here."""

    def _falls(self, side: Side, ticks: int, from_ms: int) -> list[tuple[int, Decimal]]:
        """What a level that nobody followed lost from a venue time on."""
        found: list[tuple[int, Decimal]] = []
        for venue_ms, each, at, before, size in reversed(self.steps):
            if venue_ms < from_ms:
                break
            if at == ticks and each is side and before is not None and before > size:
                found.append((venue_ms, before - size))
        return found[::-1]

    # reading ------------------------------------------------------------------------------------------------------

    def net(self, side: Side, ticks: int) -> Decimal:
        """Shares stacked (positive) or pulled (negative) since the price last traded or the flow began anew."""
        self.settle(0)
        return self._size(side, ticks) - self._base[side].get(ticks, _ZERO)

    def nets(self, side: Side) -> Iterator[tuple[int, Decimal]]:
        """Every price with what was stacked or pulled there, where anything was."""
        self.settle(0)
        sizes, base = self._book.resting(side), self._base[side]
        for ticks, size in sizes.items():
            if base.get(ticks, _ZERO) != size:
                yield ticks, size - base.get(ticks, _ZERO)
        for ticks, size in base.items():
            if size and ticks not in sizes:
                yield ticks, -size

    def arrivals(self, side: Side, ticks: int, size: Decimal) -> Iterator[tuple[int, Decimal]]:
        """When so much came to a level, as far as is remembered, oldest first: venue time, and what was before it."""
        for venue_ms, each, at, before, after in self.steps:
            if at == ticks and each is side and after - (before or _ZERO) == size:
                yield venue_ms, before or _ZERO

    def has_fallen(self, side: Side, ticks: int, since_ms: int) -> bool:
        """Whether a level lost anything at that venue time or after."""
        return bool(self._falls(side, ticks, since_ms))

    # following a level --------------------------------------------------------------------------------------------

    def follow(self, side: Side, ticks: int, listener: LevelListener) -> None:
        """Tell a listener what happens at a level from now on."""
        self.catch_up()
        level = self._followed.get((side, ticks))
        if level is None:
            level = self._followed[side, ticks] = _Level(side, ticks, self._size(side, ticks))
        level.listeners = [*level.listeners, listener]

    def leave(self, side: Side, ticks: int, listener: LevelListener) -> None:
        """Tell it nothing any more."""
        level = self._followed.get((side, ticks))
        if level is not None:
            level.listeners = [each for each in level.listeners if each is not listener]
            self._let_go(side, ticks, level)

    def settle(self, now_ms: int) -> None:
        """Venue time went on to `now_ms`: falls that no print explained were cancels."""
        self.catch_up()
        self.now_ms = max(self.now_ms, now_ms)
        for (side, ticks), level in list(self._followed.items()):
            self._expire(level)
            self._let_go(side, ticks, level)

    def _let_go(self, side: Side, ticks: int, level: _Level) -> None:
        if not level.listeners and not level.printed:
            del self._followed[side, ticks]

    # matching falls with prints -----------------------------------------------------------------------------------

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
            self._tell_traded(level, size - left)
        return size - left

    def _expire(self, level: _Level) -> None:
        """What waited too long for its other half will not have it."""
        if level.printed:
            if self.now_ms - level.printed_ms <= GRACE_MS:
                return  # falls from before it may be its own after all
            if self._explain(level, level.printed, level.printed_ms - GRACE_MS) == level.printed:
                self._lead = max(-SURE, self._lead - 1)
            base = self._base[level.side]
            base[level.ticks] = base.get(level.ticks, _ZERO) + level.owed
            level.printed = level.owed = _ZERO
        before_ms = self.now_ms - GRACE_MS
        while level.falls and level.falls[0][0] < before_ms:
            self._cancel_oldest(level)

    @staticmethod
    def _cancel_oldest(level: _Level) -> None:
        _, size = level.falls.pop(0)
        for listener in level.listeners:
            listener.cancelled(size, level.size)

    @staticmethod
    def _tell_traded(level: _Level, size: Decimal) -> None:
        for listener in level.listeners:
            listener.traded(size, level.size)
