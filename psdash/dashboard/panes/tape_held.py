"""A tape that a person has scrolled: it stands still, with a cursor on a row, while prints go on coming."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from psdash.market.gaps import Gap
from psdash.market.sweeps import Sweep
from psdash.market.tape import Print


class Held:
    """A view that stands still: what the tape held then, which of it is shown, and where the person looks."""

    def __init__(self, rows: Sequence[Print | Gap], seen: int, big: Decimal | None) -> None:
        """`seen` is how many prints there had ever been, `big` from which size on one stood out."""
        self.rows = rows
        self.big = big
        self.seen = seen
        self.ids = frozenset(row.trade_id for row in rows if isinstance(row, Print))
        self.shown: Sequence[Sweep | Gap] = ()
        self.cursor = 0
        self.offset = 0

    def fit(self, shown: Iterable[Sweep | Gap]) -> None:
        """Show these rows of it, the cursor where it was as nearly as may be."""
        at_ms = _moment_of(self.shown[self.cursor]) if self.shown else None
        self.shown = list(shown)
        self.cursor = 0
        if at_ms is not None:
            older = (at for at, row in enumerate(self.shown) if _moment_of(row) <= at_ms)
            self.cursor = next(older, max(0, len(self.shown) - 1))

    def step(self, rows: int, page: int) -> None:
        """Move the cursor by so many rows."""
        self.cursor = max(0, min(self.cursor + rows, len(self.shown) - 1))
        self.bound(page)

    def scroll(self, rows: int, page: int) -> None:
        """Move the view by so many rows, and the cursor with it."""
        self.offset = max(0, min(self.offset + rows, len(self.shown) - page))
        self.step(rows, page)

    def bound(self, page: int) -> None:
        """Keep the cursor in view."""
        last = max(0, len(self.shown) - page)
        self.offset = max(0, min(self.offset, self.cursor, last))
        self.offset = max(self.offset, min(last, self.cursor - page + 1))


def _moment_of(row: Sweep | Gap) -> int:
    return row.to_ms if isinstance(row, Gap) else row.venue_ms
