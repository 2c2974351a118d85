"""Two outcomes as one book, several as one event, and what it takes to reach a price."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from psdash.market.board import MarketState
from psdash.market.book import Book, Level, Side
from psdash.market.both import Kinship, kinship, levels, one_book, parity_gap
from psdash.market.catalogue import Catalogue
from psdash.market.outcomes import are_exclusive, quote_of, siblings, sums_of
from psdash.market.reach import imbalance, near, reach
from psdash.market.ticks import CENT, complement
from tests.support.boards import FINAL, MARKETS, fill_book, fill_tape, market

ROWS = st.dictionaries(st.integers(1, 99), st.integers(1, 10_000), max_size=30)


def book_of(bids: dict[int, int], asks: dict[int, int]) -> Book:
    book = Book("1")
    sides = ([Level(cents * CENT, Decimal(size)) for cents, size in rows.items()] for rows in (bids, asks))
    book.replace(*sides, seq=1, venue_ms=0, state_hash=None)
    return book


def mirror_of(book: Book) -> Book:
    other = Book("2")
    bids, asks = (
        [Level(complement(ticks), size) for ticks, size in book.resting(side).items()]
        for side in (Side.ASK, Side.BID)
    )
    other.replace(bids, asks, seq=9, venue_ms=0, state_hash=None)
    return other


@given(ROWS, ROWS)
def test_mirrored_books_are_one_and_nothing_is_counted_twice(bids: dict[int, int], asks: dict[int, int]) -> None:
    yes = book_of(bids, asks)
    no = mirror_of(yes)
    kin = kinship(yes, no)
    assert kin is (Kinship.UNKNOWN if yes.is_empty else Kinship.MIRRORED)
    held = one_book(yes, no, kin)
    assert held == {side: dict(yes.resting(side)) for side in Side}
    if bids and asks:
        assert yes.best_bid is not None
        assert yes.best_ask is not None
        assert parity_gap(yes, no) == yes.best_ask.ticks - yes.best_bid.ticks


def test_a_change_on_its_way_does_not_part_mirrored_books() -> None:
    yes = book_of({50: 10, 49: 20, 48: 30}, {52: 40})
    no = mirror_of(yes)
    yes.replace(
        [Level(50 * CENT, Decimal(11)), *list(yes.levels(Side.BID))[1:]],
        yes.levels(Side.ASK),
        seq=2,
        venue_ms=0,
        state_hash=None,
    )
    assert kinship(yes, no) is Kinship.MIRRORED


def test_books_apart_add_up_a_no_bid_being_a_yes_ask() -> None:
    yes, no = book_of({50: 10, 48: 5}, {53: 40}), book_of({46: 7, 40: 1}, {49: 3, 51: 2})
    kin = kinship(yes, no)
    assert kin is Kinship.APART
    held = one_book(yes, no, kin)
    assert {ticks // CENT: int(size) for ticks, size in held[Side.ASK].items()} == {53: 40, 54: 7, 60: 1}
    assert {ticks // CENT: int(size) for ticks, size in held[Side.BID].items()} == {50: 10, 48: 5, 51: 3, 49: 2}
    assert [level.ticks // CENT for level in levels(held, Side.BID)] == [51, 50, 49, 48]
    assert parity_gap(yes, no) == 2 * CENT
    assert parity_gap(yes, book_of({}, {46: 1})) == -CENT
    assert parity_gap(yes, book_of({}, {})) is None
    assert kinship(yes, book_of({}, {})) is Kinship.UNKNOWN


@given(ROWS, st.integers(1, 99))
def test_reach_is_the_sum_of_what_lies_up_to_there(rows: dict[int, int], cents: int) -> None:
    book = book_of(rows, rows)
    inside = {at: size for at, size in rows.items() if at <= cents}
    found = reach(book.levels(Side.ASK), Side.ASK, cents * CENT)
    assert found.size == sum(inside.values())
    assert found.cost == sum(Decimal(at) / 100 * size for at, size in inside.items())
    below = {at: size for at, size in rows.items() if at >= cents}
    sold = reach(book.levels(Side.BID), Side.BID, cents * CENT)
    assert sold.size == sum(below.values())
    assert (sold.average is None) == (not below)


def test_the_lean_is_of_the_best_levels() -> None:
    bids, asks = ({at: Decimal(10) for at in range(5)} | {9: Decimal(30)} for _ in range(2))
    assert near(bids, Side.BID, 2) == 40
    assert near(asks, Side.ASK, 2) == 20
    assert imbalance(Decimal(30), Decimal(10)) == Decimal("0.5")
    assert imbalance(Decimal(0), Decimal(0)) is None


CUP = [
    replace(market(f"cup-{name}", f"{name} wins", event="Cup", group=name), is_neg_risk=True)
    for name in ("spain", "france", "brazil")
]


def test_the_outcomes_of_an_event_stand_together() -> None:
    catalogue = Catalogue()
    catalogue.put([*MARKETS, *CUP])
    assert siblings(catalogue, CUP[1]) == CUP
    assert siblings(catalogue, FINAL) == list(MARKETS[:3])
    alone = replace(FINAL, event_id=None)
    assert siblings(catalogue, alone) == [alone]
    assert are_exclusive(CUP)
    assert not are_exclusive(MARKETS[:3])
    assert not are_exclusive(CUP[:1])


def test_sums_say_what_they_are_of() -> None:
    states = [MarketState(each) for each in CUP]
    for state, (bid, ask) in zip(states, ((30, 33), (20, 24), (40, 44)), strict=True):
        fill_book(state, 0, bid=bid, ask=ask)
    fill_tape(states[0])
    quotes = [quote_of(state.market, state) for state in states]
    sums = sums_of(quotes)
    assert (sums.bids, sums.asks) == (90 * CENT, 101 * CENT)
    assert sums.are_asks_whole
    assert sums.are_bids_whole
    assert sums.is_live
    last = states[0].tape.last
    assert last is not None
    assert quotes[0].last == int(last.price * 100) * CENT
    unknown = sums_of([*quotes[:2], quote_of(CUP[2], None)])
    assert (unknown.bids, unknown.bid_count, unknown.outcomes) == (50 * CENT, 2, 3)
    assert not unknown.are_bids_whole
    assert not unknown.is_live
