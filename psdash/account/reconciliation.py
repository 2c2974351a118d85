"""Where the socket and REST tell different stories. REST is shown, and so is that it had to tell it."""

from __future__ import annotations

from collections.abc import Hashable

#: How long the socket may take to tell what REST told first: a match settles in some seconds.
GRACE_S = 15.0
#: Readings in a row without a difference after which nothing is said of the last one any more.
CLEAN_READINGS = 2


class Reconciliation:
    """The differences of one kind of thing (orders, fills, positions).

    REST telling more than the socket has is only a suspicion at first, since the socket's word may be on its way. It
    is a difference when the socket still has not told it at a reading `GRACE_S` later. `shown` are the differences of
    the newest readings, until two in a row found none; `total` those of this program's life.
    """

    def __init__(self) -> None:
        self.shown = 0
        self.total = 0
        self._suspects: dict[Hashable, float] = {}
        self._clean = 0

    def suspect(self, what: Hashable, now_s: float) -> None:
        """REST told something that the socket has not."""
        self._suspects.setdefault(what, now_s)

    def told(self, what: Hashable) -> None:
        """The socket told it."""
        self._suspects.pop(what, None)

    def forget(self) -> None:
        """A new session: what the last one's socket did not tell, nobody could have heard."""
        self._suspects.clear()

    @property
    def is_waiting(self) -> bool:
        """Whether a suspicion waits for the next reading."""
        return bool(self._suspects)

    def read(self, now_s: float, certain: int = 0) -> int:
        """REST was read whole; `certain` differences need no waiting. Returns how many differences it brought."""
        late = [what for what, since_s in self._suspects.items() if now_s - since_s >= GRACE_S]
        for what in late:
            del self._suspects[what]
        found = len(late) + certain
        if found:
            self.shown += found
            self.total += found
            self._clean = 0
        else:
            self._clean += 1
            if self._clean >= CLEAN_READINGS:
                self.shown = 0
        return found
