"""What a `book_update` is: the whole book, or a change in the same clothes (protocol §5.4 leaves it open). Sans-IO.

It is read as the whole book, by inference. Were it a change after all, every level it does not name would vanish from
the screen. So the first ones that would take levels away are not believed: the book is not called live until the
snapshot that follows. Levels that were never gone are still in it, and then the kind is read as a change for the rest
of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import NamedTuple

from psdash.market.book import Book, Level, Side

Levels = Set[tuple[Side, object, object]]


class _Doubt(NamedTuple):
    seq: int
    gone: Levels


class UpdateKind:
    """One verdict for a venue, reached once. `is_change` is it; `in_doubt` while there is none."""

    def __init__(self) -> None:
        self.is_change = False
        self.in_doubt = True
        self._doubts: dict[str, _Doubt] = {}

    def levels(self, book: Book) -> Levels:
        """What a book holds."""
        return {(side, level.ticks, level.size) for side in Side for level in book.levels(side)}

    def doubts(self, book: Book, bids: Iterable[Level], asks: Iterable[Level], seq: int) -> bool:
        """Whether an update, read as the whole book, takes levels away from `book`: a snapshot has to decide."""
        prices = {
            (side, level.ticks) for side, of in ((Side.BID, bids), (Side.ASK, asks)) for level in of if level.size
        }
        gone = {level for level in self.levels(book) if level[:2] not in prices}
        if gone:
            self._doubts[book.token] = _Doubt(seq, gone)
        return bool(gone)

    def told(self, book: Book, seq: int) -> bool:
        """A snapshot stands in `book`. True when it decides that updates are changes."""
        doubt = self._doubts.pop(book.token, None)
        if doubt is None or seq < doubt.seq:
            return False
        back = len(doubt.gone & self.levels(book))
        if back == 0:
            self.in_doubt = False
        elif seq == doubt.seq or (back > 1 and 2 * back > len(doubt.gone)):
            # At a later sequence one level may have gone and come again; most of them have not.
            self.in_doubt = False
            self.is_change = True
        if not self.in_doubt:
            self._doubts.clear()
        return self.is_change

    def forget(self) -> None:
        """The session is over: no doubt of it can be settled any more."""
        self._doubts.clear()
