"""Walking along a time line: which bucket a person looks at, and whether the picture stands still for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class TimeCursor:
    """`at_ms` is the start of the bucket under the cursor (None: there is none), `held_ms` that of the bucket at the
    right edge while the picture is held (None: it follows the time)."""

    at_ms: int | None = None
    held_ms: int | None = None

    def end(self) -> None:
        """No cursor, and follow the time again."""
        self.at_ms = self.held_ms = None

    def edge_ms(self, now_ms: int, interval_ms: int) -> int:
        """The bucket at the right edge, where `now_ms` is the newest there is."""
        newest_ms = now_ms - now_ms % interval_ms
        return newest_ms if self.held_ms is None else min(self.held_ms - self.held_ms % interval_ms, newest_ms)

    def bucket_ms(self, interval_ms: int) -> int | None:
        """The bucket under the cursor, in buckets of another length too."""
        return None if self.at_ms is None else self.at_ms - self.at_ms % interval_ms

    def move(self, by: int, *, now_ms: int, interval_ms: int, slots: int, oldest_ms: int) -> None:
        """Go `by` buckets later (positive) or earlier, never before the bucket of `oldest_ms` nor after now's.

        The first step puts the cursor on the newest bucket. A step out of view takes the picture with it.
        """
        newest_ms = now_ms - now_ms % interval_ms
        first_ms = min(oldest_ms - oldest_ms % interval_ms, newest_ms)
        at_ms = self.bucket_ms(interval_ms)
        edge_ms = self.edge_ms(now_ms, interval_ms)
        wanted_ms = edge_ms if at_ms is None and abs(by) == 1 else (edge_ms if at_ms is None else at_ms)
        if at_ms is not None or abs(by) != 1:
            wanted_ms += by * interval_ms
        self.at_ms = max(first_ms, min(newest_ms, wanted_ms))
        last_slot_ms = (max(1, slots) - 1) * interval_ms
        # Where the cursor is, the picture holds still: a candle that is being read does not walk away.
        edge_ms = max(self.at_ms, min(edge_ms, self.at_ms + last_slot_ms))
        self.held_ms = edge_ms
