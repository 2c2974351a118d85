"""Where each price stands on the ladder: the grid, the groups and the scroll. Pure arithmetic.

Prices are ticks (`market/ticks.py`). A view is a run of consecutive grid prices, highest first, with the spread row
pinned between asks and bids, or at the edge behind which they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from psdash.market.book import Side
from psdash.market.ticks import CENT, DOLLAR


def step_for(prices: Iterable[int], step: int = CENT) -> int:
    """The coarsest step, a cent or a tenth of it and so on, on whose grid every price lies."""
    for ticks in prices:
        while ticks % step:
            step //= 10
    return step


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows' prices: every `step` strictly between 0 and a dollar.

    Where rows are groups (`is_grouped`) a bid stands at the next step under it and an ask at the next over it, so
    that the best bid and the best ask never share a row; and then both ends are rows too.
    """

    step: int
    is_grouped: bool = False

    @property
    def highest(self) -> int:
        return DOLLAR if self.is_grouped else DOLLAR - self.step

    @property
    def lowest(self) -> int:
        return 0 if self.is_grouped else self.step

    def row_of(self, side: Side, ticks: int) -> int:
        """The row at which a price of a side stands."""
        under = ticks - ticks % self.step
        return under if side is Side.BID or under == ticks else under + self.step

    @property
    def count(self) -> int:
        return (self.highest - self.lowest) // self.step + 1

    def clamp_top(self, top: int, rows: int) -> int:
        """The nearest highest price of a view of `rows` prices that leaves no row empty while prices remain."""
        bottom_most = self.lowest + (min(rows, self.count) - 1) * self.step
        return max(bottom_most, min(self.highest, top))

    def prices(self, top: int, rows: int) -> range:
        """The prices of a view, highest first; fewer than `rows` when the grid is shorter."""
        stop = max(self.lowest, top - (rows - 1) * self.step) - 1
        return range(top, stop, -self.step)


@dataclass(frozen=True, slots=True)
class Touch:
    """Best bid and best ask in ticks, None where a side is empty."""

    bid: int | None
    ask: int | None

    @property
    def twice_mid(self) -> int | None:
        """Twice the middle between the sides, or twice the one side there is."""
        if self.bid is None or self.ask is None:
            one = self.ask if self.bid is None else self.bid
            return None if one is None else 2 * one
        return self.bid + self.ask

    @property
    def spread(self) -> int | None:
        """Ask minus bid in ticks (negative when crossed)."""
        return None if self.bid is None or self.ask is None else self.ask - self.bid


#: Steps of grouped rows, in ticks.
GROUPS = (CENT, 2 * CENT, 5 * CENT)


def next_group(group: int | None, step: int) -> int | None:
    """The next coarser grouping than `group` where prices lie on a grid of `step`; None: a row for every price."""
    return next((each for each in GROUPS if each > (group or step)), None)


class Where(Enum):
    """Where the spread is from here."""

    ABOVE = "above"
    INSIDE = "inside"
    BELOW = "below"


def boundary(touch: Touch, prices: Sequence[int]) -> tuple[int, Where]:
    """How many of a view's prices (highest first) stand over the spread row, and whether the spread is in view.

    An empty book has its spread row in the middle of the view.
    """
    if not prices:
        return 0, Where.INSIDE
    twice_mid = touch.twice_mid
    if twice_mid is None:
        return len(prices) // 2, Where.INSIDE
    if touch.bid is None:  # only asks: the row stands under the lowest of them
        over = sum(1 for ticks in prices if 2 * ticks >= twice_mid)
    else:
        over = sum(1 for ticks in prices if 2 * ticks > twice_mid)
    inner_low = touch.bid if touch.bid is not None else touch.ask
    inner_high = touch.ask if touch.ask is not None else touch.bid
    assert inner_low is not None
    assert inner_high is not None
    if min(inner_low, inner_high) > prices[0]:
        return over, Where.ABOVE
    if max(inner_low, inner_high) < prices[-1]:
        return over, Where.BELOW
    return over, Where.INSIDE


def folded(grid: Grid, rows: int, touch: Touch) -> Sequence[int] | None:
    """A view without the empty prices inside a spread that would fill most of it; None when the spread has room.

    Half the rows rise from the ask and half fall from the bid, so that a wide market shows its levels and not its
    gap; a side that runs out of prices leaves its rows to the other.
    """
    if touch.bid is None or touch.ask is None or (touch.ask - touch.bid) * 3 <= 2 * rows * grid.step:
        return None
    over = (grid.highest - touch.ask) // grid.step + 1
    under = (touch.bid - grid.lowest) // grid.step + 1
    asks = min(over, max((rows + 1) // 2, rows - under))
    bids = min(under, rows - asks)
    lowest_ask, highest_bid = touch.ask, touch.bid
    return (
        *range(lowest_ask + (asks - 1) * grid.step, lowest_ask - 1, -grid.step),
        *range(highest_bid, highest_bid - bids * grid.step, -grid.step),
    )


class Scroll:
    """Which prices are in view. It follows the touch with hysteresis until a person scrolls.

    Following, the view moves only when the touch comes near an edge, and then centres it: a ladder whose rows move
    with every tick cannot be read (anchors §1.4).
    """

    def __init__(self) -> None:
        self.is_manual = False
        self._top: int | None = None
        self._grid: Grid | None = None
        self._rows = 0

    def reset(self) -> None:
        """Forget everything: another book is shown."""
        self.is_manual = False
        self._top = None

    def recentre(self) -> None:
        """Follow the touch again, from its centre."""
        self.reset()

    def place(self, grid: Grid, rows: int, touch: Touch, rest: int) -> range:
        """The prices in view, highest first. `rest` is the price to centre on while the book is empty."""
        if rows <= 0:
            return range(0)
        top = self._top
        if top is not None and self._grid is not None and (grid != self._grid or rows != self._rows):
            # Another height or a finer tick: keep what stands in the middle of the view there.
            middle = top - (self._rows // 2) * self._grid.step
            top = middle - middle % grid.step + (rows // 2) * grid.step
        self._grid, self._rows = grid, rows
        if not self.is_manual and (top is None or self._is_near_edge(top, grid, rows, touch)):
            twice = touch.twice_mid
            centre = rest if twice is None else twice // 2
            # One more row over the middle than under it: the spread row stands in between.
            top = centre - centre % grid.step + (rows // 2) * grid.step
        assert top is not None or self.is_manual
        self._top = grid.clamp_top(grid.highest if top is None else top, rows)
        return grid.prices(self._top, rows)

    def scroll(self, rows: int) -> None:
        """Move the view by rows, towards higher prices when positive; following ends."""
        if self._top is None or self._grid is None:
            return
        self.is_manual = True
        self._top = self._grid.clamp_top(self._top + rows * self._grid.step, self._rows)

    def scroll_page(self, pages: int) -> None:
        """Move the view by nearly its height, so that a row or two stay for the eye."""
        self.scroll(pages * max(1, self._rows - 2))

    def to_end(self, *, highest: bool) -> None:
        """Go to the highest or the lowest price there is."""
        if self._grid is not None:
            self.scroll(self._grid.count if highest else -self._grid.count)

    @staticmethod
    def _is_near_edge(top: int, grid: Grid, rows: int, touch: Touch) -> bool:
        twice_mid = touch.twice_mid
        if twice_mid is None:
            return False
        margin = max(1, rows // 6) * grid.step
        bottom = top - (rows - 1) * grid.step
        low, high = twice_mid, twice_mid
        if touch.bid is not None and touch.ask is not None and abs(touch.ask - touch.bid) <= 2 * (top - bottom) // 3:
            low, high = 2 * min(touch.bid, touch.ask), 2 * max(touch.bid, touch.ask)
        return high > 2 * (top - margin) or low < 2 * (bottom + margin)
