"""What one paint of the ladder shows: a book, or two as one, how its prices fall into rows, and words about a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psdash.account.orders import Order
from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.privacy import masked
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.ladder_layout import Grid, Touch, step_for
from psdash.dashboard.panes.ladder_levels import (
    Own,
    Sizes,
    own_at,
    row_touch,
    rows_of,
    touch_of,
    traded_rows,
)
from psdash.dashboard.panes.ladder_words import Words, reach_words
from psdash.market.board import MarketState
from psdash.market.book import Book, Level, Side
from psdash.market.both import Kinship, kinship, one_book, parity_gap
from psdash.market.ticks import CENT
from psdash.market.traded import NOTHING_TRADED
from psdash.terminal.cells import cells_in

#: What the foot says of the two books, where both are shown; in short where the ladder is narrower than `KIN_WIDE`.
KIN_WORDS: Final[Mapping[Kinship, tuple[str, str]]] = {
    Kinship.MIRRORED: ("one book, seen from both", "one book"),
    Kinship.APART: ("two books, added up", "summed"),
    Kinship.UNKNOWN: ("one of the books is not known", "half"),
}
KIN_WIDE: Final = 44


@dataclass(frozen=True, slots=True)
class Look:
    """A book as rows. `step` is the finest price step, in ticks; `kin` and `parity` are set where both are shown."""

    state: MarketState
    outcome: int
    book: Book
    held: Sizes  # by exact price
    touch: Touch  # exact
    step: int
    grid: Grid
    sizes: Sizes  # by row
    row_touch: Touch
    kin: Kinship | None
    parity: int | None

    @property
    def decimals(self) -> int:
        """Decimals of a cent that its prices need."""
        return numbers.cents_decimals(self.step)

    @property
    def row_decimals(self) -> int:
        """Decimals of a cent that its rows need."""
        return 0 if self.grid.is_grouped and self.grid.step % CENT == 0 else self.decimals


def look_at(
    state: MarketState, outcome: int, *, step: int, group: int | None, is_both: bool, orders: Sequence[Order]
) -> Look | None:
    """One outcome's book, or with `is_both` the two as one; None while there is none.

    `step` is the finest step so far, `group` the wanted step of the rows, in ticks; own `orders` have rows too.
    """
    if outcome >= len(state.books):
        return None
    book = state.books[outcome]
    held: Sizes = {side: book.resting(side) for side in Side}
    kin = parity = None
    step = min(step, book.tick)
    if is_both:
        other = state.books[1 - outcome]
        kin, parity = kinship(book, other), parity_gap(book, other)
        held = one_book(book, other, kin)
        step = min(step, other.tick)
    step = step_for((own_at(order, outcome)[1] for order in orders if order.remaining), step)
    is_grouped = group is not None and group > step
    grid = Grid(group if group is not None and is_grouped else step, is_grouped)
    touch = touch_of(held)
    return Look(
        state, outcome, book, held, touch, step, grid, rows_of(grid, held), row_touch(grid, touch), kin, parity
    )


def reach_of(look: Look, ticks: int, width: int) -> Words:
    """What it takes to trade from the touch to a row, in at most `width` cells where that can be."""
    touch = look.row_touch
    is_bid = touch.ask is None or (touch.bid is not None and ticks <= touch.bid and ticks < touch.ask)
    side = Side.BID if is_bid else Side.ASK
    held = look.held[side]
    levels = (Level(each, held[each]) for each in sorted(held, reverse=is_bid))
    return reach_words(levels, side, ticks, look.row_decimals, width)


def level_words(look: Look, ticks: int, own: Mapping[tuple[Side, int], Own], view: View, width: int) -> str:
    """What else is known of a row: own orders and their queue, else what was traded there.

    In `width` cells at most, or nothing: half a number is a wrong number.
    """
    for side in Side:
        mine = own.get((side, ticks))
        if mine is not None:
            return _first_fitting(own_words(mine, view), width)
    volume = look.state.volume
    whole = traded_rows(look.grid, volume.whole(look.outcome)).get(ticks, NOTHING_TRADED)
    if not whole.total:
        return ""
    window = traded_rows(look.grid, volume.window(look.outcome)).get(ticks, NOTHING_TRADED)
    minutes = volume.window_ms // 60_000
    lately, ever = numbers.shares(window.total, 7), numbers.shares(whole.total, 7)
    forms = (f"traded {lately} in {minutes}m, {ever} in all", f"{minutes}m {lately}, all {ever}", f"{ever} traded")
    return _first_fitting(forms, width)


def _first_fitting(forms: Sequence[str], width: int) -> str:
    return next((form for form in forms if cells_in(form) <= width), "")


def own_words(mine: Own, view: View) -> Sequence[str]:
    """Own shares at a row and what is ahead of them, the fullest form first: "830, about 1,240 ahead"."""
    amount = f"{view.glyphs.own}{masked(numbers.size(mine.size), view)}"
    ahead = mine.ahead
    if not mine.is_queued:
        return (amount,)
    if ahead is None:
        return f"{amount}, ahead not known", "ahead not known", amount
    shares = numbers.shares(ahead.shares, 8)
    sign = view.glyphs.at_most if ahead.is_bound else "~"
    word = "at most" if ahead.is_bound else "about"
    return f"{amount}, {word} {shares} ahead", f"{amount} {sign}{shares} ahead", f"{sign}{shares} ahead"


def bids_and_asks(look: Look) -> tuple[Decimal, Decimal]:
    """All that rests on either side."""
    return sum(look.held[Side.BID].values(), Decimal(0)), sum(look.held[Side.ASK].values(), Decimal(0))
