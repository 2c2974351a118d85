"""The record of resting sizes: means of what was true, holes where nothing was, never more than the rings hold."""

from __future__ import annotations

import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psdash.market.board import Board
from psdash.market.book import Book, Level, Side
from psdash.market.catalogue import Market
from psdash.market.depth_history import COARSE_MS, FINE_MS, MOST_LEVELS, DepthHistory, shares_of
from psdash.market.depth_packing import MICRO
from psdash.market.freshness import OFF, Freshness, PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.market.ticks import CENT

START_MS = 1_784_145_600_000
SECOND = 1_000


def book_of(bids: dict[int, int], asks: dict[int, int] | None = None) -> Book:
    """A book of whole shares at prices in cents."""
    book = Book("1")
    set_book(book, bids, asks or {})
    return book


def set_book(book: Book, bids: dict[int, int], asks: dict[int, int]) -> None:
    sides = ([Level(price * CENT, Decimal(size)) for price, size in side.items()] for side in (bids, asks))
    book.replace(*sides, seq=1, venue_ms=None, state_hash=None)


def test_a_column_is_the_mean_of_its_seconds() -> None:
    history, book = DepthHistory(), book_of({50: 10}, {52: 4})
    for second, size in enumerate((10, 10, 40, 40, 0)):
        set_book(book, {50: size} if size else {}, {52: 4})
        assert history.sample(START_MS + second * SECOND, book, True)
    (column,) = history.columns(FINE_MS, 9)
    assert (column.start_ms, column.live, column.missed) == (START_MS, 5, 0)
    assert column.bids == {50 * CENT: 20 * MICRO}
    assert column.asks == {52 * CENT: 4 * MICRO}
    assert shares_of(column.bids[50 * CENT]) == 20


def test_a_book_is_looked_at_once_a_second_at_most() -> None:
    history, book = DepthHistory(), book_of({50: 10})
    assert history.sample(START_MS, book, True)
    assert not history.sample(START_MS + 999, book, True)
    assert not history.sample(START_MS - 2_000, book, True)
    assert history.sample(START_MS + 1_000, book, True)
    (column,) = history.columns(FINE_MS, 9)
    assert column.live == 2


def test_what_was_not_live_is_missed_and_leaves_no_size() -> None:
    history, book = DepthHistory(), book_of({50: 10})
    history.sample(START_MS, book, True)
    for second in range(1, 10):
        history.sample(START_MS + second * SECOND, book, False)
    history.sample(START_MS + 10 * SECOND, book, True)
    one, two, three = history.columns(FINE_MS, 9)
    assert (one.live, one.missed, dict(one.bids)) == (1, 4, {50 * CENT: 10 * MICRO})
    assert (two.live, two.missed, dict(two.bids)) == (0, 5, {})
    assert three.is_whole
    (joined,) = history.columns(15_000, 9)
    assert (joined.live, joined.missed) == (2, 9)
    assert joined.bids == {50 * CENT: 10 * MICRO}  # the mean of the seconds that were true, never diluted


def test_a_time_nobody_looked_at_is_no_column() -> None:
    history, book = DepthHistory(), book_of({50: 10})
    history.sample(START_MS, book, True)
    history.sample(START_MS + 12 * FINE_MS, book, True)
    assert [column.start_ms for column in history.columns(FINE_MS, 99)] == [START_MS, START_MS + 12 * FINE_MS]


def test_another_clock_begins_anew() -> None:
    history, book = DepthHistory(), book_of({50: 10})
    history.sample(START_MS, book, True)
    assert history.sample(START_MS - 3_600_000, book, True)
    assert [column.start_ms for column in history.columns(FINE_MS, 9)] == [START_MS - 3_600_000]


def test_the_rings_are_bounded_and_minutes_reach_further_back() -> None:
    history, book = DepthHistory(fine=6, coarse=3), book_of({50: 10})
    for second in range(600):
        history.sample(START_MS + second * SECOND, book, True)
    fine, coarse = history.columns(FINE_MS, 999), history.columns(COARSE_MS, 999)
    assert len(fine) == 7  # the growing one is not in the ring yet
    assert len(coarse) == 4
    assert all(column.live == 60 for column in coarse[:-1])
    assert coarse[-1].start_ms == START_MS + 9 * COARSE_MS
    assert coarse[-1].live == 60
    assert history.oldest_ms == START_MS + 6 * COARSE_MS
    assert history.since_ms(FINE_MS) == fine[0].start_ms


def test_a_column_of_a_busy_book_takes_a_few_hundred_bytes() -> None:
    history, book = DepthHistory(), book_of({}, {})
    for second in range(60):
        bids = {at: 100 + (at * 37 + second * 11) % 900 for at in range(1, 50)}
        asks = {at: 100 + (at * 53 + second * 7) % 900 for at in range(51, 100)}
        set_book(book, bids, asks)
        history.sample(START_MS + second * SECOND, book, True)
    kept = [sys.getsizeof(column) for column in history._fine]
    assert len(kept) == 11
    assert max(kept) <= 400  # 98 levels


@pytest.mark.parametrize(
    "sizes",
    [("10", "25"), ("10", "0.2"), ("70000", "1"), ("70000", "0.000001"), ("5000000000", "0.000001")],
)
def test_sizes_are_kept_exactly_however_wide_they_are(sizes: tuple[str, str]) -> None:
    book = Book("1")
    bids = [Level(at * CENT, Decimal(size)) for at, size in zip((51, 50), sizes, strict=True)]
    book.replace(bids, [], seq=1, venue_ms=None, state_hash=None)
    history = DepthHistory()
    for second in range(11):
        history.sample(START_MS + second * SECOND, book, True)
    finished = history.columns(FINE_MS, 9)[0]
    assert {price: shares_of(micro) for price, micro in finished.bids.items()} == {
        at * CENT: Decimal(size) for at, size in zip((51, 50), sizes, strict=True)
    }


def test_levels_beyond_the_bound_are_left_out_and_it_is_said() -> None:
    book = Book("1")
    bids = [Level((MOST_LEVELS + 5 - n) * 1_000, Decimal(1)) for n in range(MOST_LEVELS + 5)]
    book.replace(bids, [], seq=1, venue_ms=None, state_hash=None)
    history = DepthHistory()
    history.sample(START_MS, book, True)
    (column,) = history.columns(FINE_MS, 1)
    assert len(column.bids) == MOST_LEVELS
    assert column.low == min(column.bids) == 6_000
    assert column.high is None


@pytest.mark.parametrize("interval_ms", [0, -5_000, 7_000])
def test_a_column_is_a_multiple_of_five_seconds(interval_ms: int) -> None:
    with pytest.raises(ValueError, match="multiple"):
        DepthHistory().columns(interval_ms, 9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 9),  # seconds since the last look
            st.booleans(),
            st.dictionaries(st.integers(1, 99), st.integers(1, 10**12), max_size=4),
        ),
        min_size=1,
        max_size=80,
    ),
    st.sampled_from([FINE_MS, 15_000, COARSE_MS, 300_000]),
)
def test_every_column_is_the_mean_of_the_true_looks_in_it(
    looks: list[tuple[int, bool, dict[int, int]]], interval_ms: int
) -> None:
    history, book, now_ms = DepthHistory(), Book("1"), START_MS
    told: dict[int, list[dict[int, int]]] = {}
    missed: dict[int, int] = {}
    for seconds, is_true, bids in looks:
        now_ms += seconds * SECOND
        set_book(book, bids, {})
        assert history.sample(now_ms, book, is_true)
        start_ms = now_ms - now_ms % interval_ms
        told.setdefault(start_ms, [])
        missed[start_ms] = missed.get(start_ms, 0) + (not is_true)
        if is_true:
            told[start_ms].append(bids)
    columns = {column.start_ms: column for column in history.columns(interval_ms, 999)}
    assert columns.keys() == told.keys()
    for start_ms, column in columns.items():
        states = told[start_ms]
        assert (column.live, column.missed) == (len(states), missed[start_ms])
        prices = {price for state in states for price in state}
        for price in prices:
            mean = Decimal(sum(state.get(price, 0) for state in states)) / len(states)
            assert abs(shares_of(column.bids.get(price * CENT, 0)) - mean) < Decimal("0.001")
        assert set(column.bids) <= {price * CENT for price in prices}


def test_the_board_records_every_watched_book_and_forgets_what_is_let_go() -> None:
    board = Board()
    state = board.watch(Market("a-b", "S", "t", MarketStatus.OPEN, ("11", "22")))
    set_book(state.books[0], {50: 10}, {})
    state.book_freshness[:] = [Freshness(PaneState.LIVE), Freshness(PaneState.RESYNC)]
    board.sample_depths(START_MS)
    assert [(c.live, c.missed) for depth in state.depths for c in depth.columns(FINE_MS, 1)] == [(1, 0), (0, 1)]
    assert state.books[0].size_at(Side.BID, 50 * CENT) == 10
    state.book_freshness[:] = [OFF, OFF]
    board.sample_depths(START_MS + SECOND)
    assert [list(depth.columns(FINE_MS, 1)) for depth in state.depths] == [[], []]
    assert state.depths[0].oldest_ms is None
