"""Is a book_update the whole book? The snapshot after it tells."""

from __future__ import annotations

from decimal import Decimal

import pytest

from psdash.gateway.update_kind import UpdateKind
from psdash.market.book import Book, Level

FULL = [(52, 10), (51, 20), (50, 30), (49, 40)]


def a_book(bids: list[tuple[int, int]]) -> Book:
    book = Book("11")
    put(book, bids)
    return book


def levels(bids: list[tuple[int, int]]) -> list[Level]:
    return [Level(cents * 10_000, Decimal(size), None) for cents, size in bids]


def put(book: Book, bids: list[tuple[int, int]]) -> None:
    book.replace(levels(bids), [], seq=1, venue_ms=None, state_hash=None)


@pytest.mark.parametrize(
    ("after", "told_seq", "is_change", "in_doubt"),
    [
        ([(52, 7)], 7, False, False),  # the snapshot says the same: a state
        (FULL, 7, True, False),  # at the same sequence everything is back: a change
        ([(52, 7), (51, 20)], 7, True, False),
        (FULL, 9, True, False),  # later, and nearly everything is back
        ([(52, 7), (51, 20)], 9, False, True),  # later, and one is back: it may have come again
        ([(53, 1)], 9, False, False),
    ],
)
def test_the_snapshot_after_an_update_decides(
    after: list[tuple[int, int]], told_seq: int, is_change: bool, in_doubt: bool
) -> None:
    kind, book = UpdateKind(), a_book(FULL)
    assert kind.doubts(book, levels([(52, 7)]), [], seq=7)
    put(book, after)
    assert kind.told(book, told_seq) is is_change
    assert (kind.is_change, kind.in_doubt) == (is_change, in_doubt)


def test_what_takes_nothing_away_raises_no_doubt() -> None:
    kind, book = UpdateKind(), a_book(FULL)
    assert not kind.doubts(book, levels([*FULL, (53, 5)]), [], seq=7)
    assert not kind.told(book, 8)
    assert kind.in_doubt


def test_a_snapshot_from_before_the_update_and_one_of_another_session_decide_nothing() -> None:
    for seq in (6, 7):
        kind, book = UpdateKind(), a_book(FULL)
        kind.doubts(book, levels([(52, 7)]), [], seq=7)
        if seq == 7:
            kind.forget()
        put(book, FULL)
        assert not kind.told(book, seq)
        assert kind.in_doubt
