"""Where each price stands: the grid, the scroll, the columns, the bars."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from psdash.dashboard.panes.ladder_columns import BarScale, bar_halves, columns_for, large_from
from psdash.dashboard.panes.ladder_layout import (
    GROUPS,
    Grid,
    Scroll,
    Touch,
    Where,
    boundary,
    folded,
    next_group,
    step_for,
)
from psdash.dashboard.tiers import Wish
from psdash.market.book import Side
from psdash.market.ticks import CENT, DOLLAR

CENTS = Grid(CENT)
REST = DOLLAR // 2
CENT_PRICES = st.integers(1, 99)


def in_cents(prices: range) -> list[int]:
    return [ticks // CENT for ticks in prices]


def touch(bid: int | None, ask: int | None) -> Touch:
    return Touch(None if bid is None else bid * CENT, None if ask is None else ask * CENT)


def test_the_grid_is_one_to_ninety_nine_cents() -> None:
    assert in_cents(CENTS.prices(CENTS.clamp_top(DOLLAR, 200), 200)) == list(range(99, 0, -1))
    assert Grid(CENT // 10).count == 999


def test_the_step_follows_the_finest_price() -> None:
    assert step_for([]) == CENT
    assert step_for([52 * CENT]) == CENT
    assert step_for([52 * CENT, 523_000]) == CENT // 10
    assert step_for([523_400], CENT // 10) == CENT // 100
    assert step_for([1]) == 1


@given(CENT_PRICES, CENT_PRICES, st.integers(1, 120))
def test_a_fresh_view_is_full_and_shows_the_touch_where_it_can(bid: int, ask: int, rows: int) -> None:
    prices = in_cents(Scroll().place(CENTS, rows, touch(bid, ask), REST))
    assert len(prices) == min(rows, 99)
    assert prices == list(range(prices[0], prices[0] - len(prices), -1))
    if abs(ask - bid) < rows // 2:
        assert bid in prices
        assert ask in prices


@given(st.lists(st.tuples(CENT_PRICES, st.integers(1, 4)), min_size=2, max_size=60), st.integers(8, 60))
def test_following_keeps_the_touch_in_view_and_moves_only_when_it_must(
    path: list[tuple[int, int]], rows: int
) -> None:
    scroll = Scroll()
    margin = max(1, rows // 6)
    before: list[int] = []
    for bid, spread in path:
        ask = min(99, bid + spread)
        prices = in_cents(scroll.place(CENTS, rows, touch(bid, ask), REST))
        assert bid in prices
        assert ask in prices
        if before and bid > before[-1] + margin and ask < before[0] - margin:
            assert prices == before
        before = prices


def test_a_spread_wider_than_the_view_does_not_make_it_jump() -> None:
    scroll = Scroll()
    first = scroll.place(CENTS, 20, touch(25, 75), REST)
    assert 50 in in_cents(first)
    assert scroll.place(CENTS, 20, touch(26, 75), REST) == first


def test_an_empty_book_rests_where_it_is_told() -> None:
    assert 30 in in_cents(Scroll().place(CENTS, 11, Touch(None, None), 30 * CENT))


def test_scrolling_stops_following_and_recentring_resumes() -> None:
    scroll = Scroll()
    scroll.scroll(1)  # nothing is shown yet: nothing to hold
    assert not scroll.is_manual
    first = in_cents(scroll.place(CENTS, 11, touch(50, 51), REST))
    scroll.scroll(3)
    held = in_cents(scroll.place(CENTS, 11, touch(50, 51), REST))
    assert held[0] == first[0] + 3
    assert in_cents(scroll.place(CENTS, 11, touch(10, 11), REST)) == held
    scroll.scroll(1_000)
    assert in_cents(scroll.place(CENTS, 11, touch(10, 11), REST))[0] == 99
    scroll.to_end(highest=False)
    assert in_cents(scroll.place(CENTS, 11, touch(10, 11), REST))[-1] == 1
    scroll.recentre()
    assert not scroll.is_manual
    assert 10 in in_cents(scroll.place(CENTS, 11, touch(10, 11), REST))


def test_another_height_or_a_finer_tick_keeps_the_middle() -> None:
    scroll = Scroll()
    scroll.place(CENTS, 21, touch(50, 51), REST)
    scroll.scroll(20)
    middle = in_cents(scroll.place(CENTS, 21, touch(50, 51), REST))[10]
    assert in_cents(scroll.place(CENTS, 11, touch(50, 51), REST))[5] == middle
    fine = scroll.place(Grid(CENT // 10), 11, touch(50, 51), REST)
    assert fine[5] == middle * CENT


def test_no_rows_no_prices() -> None:
    assert not Scroll().place(CENTS, 0, touch(50, 51), REST)
    assert boundary(touch(50, 51), []) == (0, Where.INSIDE)


@pytest.mark.parametrize(
    ("bid", "ask", "over", "where"),
    [
        (50, 51, 5, Where.INSIDE),  # between the two
        (49, 52, 5, Where.INSIDE),
        (49, 51, 5, Where.INSIDE),  # a middle on a price: that price is under the row
        (51, 50, 5, Where.INSIDE),  # crossed
        (52, None, 3, Where.INSIDE),  # over the only bid
        (None, 52, 4, Where.INSIDE),  # under the only ask
        (None, None, 5, Where.INSIDE),
        (70, 71, 0, Where.ABOVE),
        (20, 21, 10, Where.BELOW),
        (40, 60, 5, Where.INSIDE),  # the view lies within the spread
        (55, 56, 0, Where.INSIDE),  # the bid is the first row
    ],
)
def test_the_spread_row_stands_between_or_at_the_edge(
    bid: int | None, ask: int | None, over: int, where: Where
) -> None:
    prices = range(55 * CENT, 45 * CENT, -CENT)  # 55 to 46
    assert boundary(touch(bid, ask), prices) == (over, where)


@given(st.lists(st.decimals(min_value=1, max_value=10_000, places=2), min_size=5, max_size=80))
def test_one_whale_does_not_flatten_the_rest(sizes: list[Decimal]) -> None:
    scale = BarScale()
    full = scale.fit([*sizes * 3, Decimal(10) ** 9])
    assert full <= 20_000
    assert full.as_tuple().digits.count(0) >= len(full.as_tuple().digits) - 1  # 1, 2 or 5 times a power of ten


def test_the_scale_stays_until_it_does_not_fit() -> None:
    scale = BarScale()
    assert scale.fit([Decimal(900)] * 10) == 1000
    assert scale.fit([Decimal(300)] * 10) == 1000
    assert scale.fit([]) == 1000
    assert scale.fit([Decimal(240)] * 10) == 500
    assert scale.fit([Decimal(501)] * 10) == 1000


def test_bars_show_every_size_and_end_at_their_column() -> None:
    full = Decimal(1000)
    assert [bar_halves(size, full, 10) for size in (None, Decimal(0))] == [0, 0]
    assert [bar_halves(Decimal(size), full, 10) for size in (1, 100, 500, 1000, 99_999)] == [1, 1, 8, 16, 20]
    assert bar_halves(Decimal(5), Decimal(0), 10) == 0
    assert bar_halves(Decimal(5), full, 0) == 0


def test_the_largest_level_has_the_longest_bar_and_the_usual_ones_keep_their_length() -> None:
    full, largest = Decimal(1000), Decimal(9000)
    bars = [bar_halves(Decimal(size), full, 10, largest) for size in (500, 1000, 1001, 5000, 8999, 9000)]
    assert bars == sorted(bars)
    assert bars == [8, 16, 17, 18, 19, 20]
    assert bar_halves(Decimal(500), full, 10, Decimal(500)) == 8


@given(st.integers(20, 200), st.sampled_from([2, 3, 4, 5, 6, 7, 9, 13]), st.sampled_from(Wish))
def test_columns_fill_the_width_and_leave_room_for_numbers(width: int, price: int, wish: Wish) -> None:
    assume(price <= 7 or width >= 30)
    columns = columns_for(width, price, wish)
    once = columns.price + columns.traded + columns.whole + columns.spare
    assert 2 * (columns.margin + columns.half) + once == width
    assert columns.size >= 5
    assert columns.own == 0 or columns.own >= 6
    assert columns.ahead == 0 or columns.own - columns.ahead >= 8
    if wish is Wish.FEWER:
        assert columns.ahead == columns.net == columns.orders == columns.traded == columns.whole == 0


def test_columns_come_in_a_declared_order() -> None:
    came: list[str] = []
    for width in range(20, 120):
        columns = columns_for(width, 2)._asdict()
        for name in ("own", "ahead", "traded", "net", "orders", "whole"):
            assert columns[name] or name not in came, f"{name} went again at {width}"
            if columns[name] and name not in came:
                came.append(name)
    assert came == ["own", "ahead", "traded", "net", "orders", "whole"]


@given(CENT_PRICES, CENT_PRICES, st.sampled_from(GROUPS))
def test_the_best_bid_and_the_best_ask_never_share_a_group(bid: int, ask: int, step: int) -> None:
    assume(bid < ask)
    grid = Grid(step, is_grouped=True)
    low, high = grid.row_of(Side.BID, bid * CENT), grid.row_of(Side.ASK, ask * CENT)
    assert low <= bid * CENT < ask * CENT <= high
    assert low > bid * CENT - step
    assert high < ask * CENT + step
    assert {low, high} <= set(grid.prices(grid.highest, grid.count))


def test_groups_grow_and_begin_anew() -> None:
    seen: list[int | None] = [None]
    for _ in range(3):
        seen.append(next_group(seen[-1], CENT))
    assert seen == [None, 2 * CENT, 5 * CENT, None]
    assert next_group(None, CENT // 10) == CENT


def test_a_large_size_is_large_among_the_others() -> None:
    usual = [Decimal(size) for size in (90, 100, 110, 100, 95)]
    assert large_from(usual) == 400
    assert large_from([*usual, Decimal(10**9)]) == 400
    assert large_from(usual[:4]) is None


@given(st.integers(1, 98), st.integers(1, 98), st.integers(4, 60))
def test_a_spread_that_would_fill_the_view_is_folded_away(bid: int, width: int, rows: int) -> None:
    ask = min(99, bid + width)
    view = folded(CENTS, rows, touch(bid, ask))
    if (ask - bid) * 3 <= 2 * rows:
        assert view is None
        return
    assert view is not None
    cents = [ticks // CENT for ticks in view]
    asks, bids = [c for c in cents if c >= ask], [c for c in cents if c <= bid]
    assert asks + bids == cents
    assert asks == list(range(ask + len(asks) - 1, ask - 1, -1))
    assert bids == list(range(bid, bid - len(bids), -1))
    assert len(cents) == min(rows, 99 - (ask - bid - 1))
    assert boundary(touch(bid, ask), view) == (len(asks), Where.INSIDE)
