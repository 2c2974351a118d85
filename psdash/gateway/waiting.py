"""What a book's stream is made of, and the changes that wait for a snapshot to chain on to. Sans-IO."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from psdash.gateway.conservation import FrameCounts
from psdash.market.book import Change, Level

#: Changes kept while a snapshot is on its way; beyond it the oldest are thrown away, and asking begins again.
BUFFER = 10_000


class Delta(NamedTuple):
    """Changed levels that lead from `prev_seq` (None: from the sequence before) to `seq`."""

    seq: int
    prev_seq: int | None
    changes: Sequence[Change]
    venue_ms: int | None
    state_hash: str | None = None

    def follows(self, last: int) -> bool:
        """Whether these changes lead on from `last`."""
        return self.seq == last + 1 if self.prev_seq is None else self.prev_seq == last


class Snapshot(NamedTuple):
    """A whole state."""

    seq: int
    bids: Iterable[Level]
    asks: Iterable[Level]
    venue_ms: int | None
    state_hash: str | None


class Waiting:
    """Changes that cannot be applied yet, each of them accounted for in `counts`."""

    __slots__ = ("_counts", "_deltas")

    def __init__(self, counts: FrameCounts) -> None:
        self._counts = counts
        self._deltas: deque[Delta] = deque()

    def __bool__(self) -> bool:
        return bool(self._deltas)

    @property
    def first(self) -> Delta:
        """The lowest after a `drain`."""
        return self._deltas[0]

    def keep(self, delta: Delta) -> None:
        """One more waits."""
        self._deltas.append(delta)
        if len(self._deltas) > BUFFER:
            self._deltas.popleft()
            self._counts.stale += 1
        else:
            self._counts.buffered += 1

    def drain(self, last: int, apply: Callable[[Delta], None]) -> None:
        """Apply what waits, in order, as far as it chains on to `last`; throw away what the state already holds."""
        if not self._deltas:
            return
        waiting = sorted(self._deltas, key=_by_seq)
        self._deltas.clear()
        counts = self._counts
        for at, delta in enumerate(waiting):
            if delta.seq <= last:
                counts.buffered -= 1
                counts.stale += 1
            elif delta.follows(last):
                counts.buffered -= 1
                apply(delta)
                last = delta.seq
            else:
                self._deltas.extend(waiting[at:])
                return

    def discard(self) -> None:
        """Throw all of it away."""
        self._counts.buffered -= len(self._deltas)
        self._counts.stale += len(self._deltas)
        self._deltas.clear()


def _by_seq(delta: Delta) -> int:
    return delta.seq
