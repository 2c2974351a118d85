"""What stands on each row of the ladder: sizes, own orders, changes. Sums where rows are groups. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from psdash.account.orders import Order, OrderSide
from psdash.account.queue import Ahead, OwnQueues
from psdash.dashboard.panes.ladder_layout import Grid, Touch
from psdash.market.book import Side
from psdash.market.tape import Aggressor
from psdash.market.ticks import to_ticks
from psdash.market.traded import NOTHING_TRADED, Traded

#: How long a row is tinted after its own size changed, in seconds.
TINT_S: Final = 0.35

_ZERO: Final = Decimal(0)
#: Shares by side and row.
Sizes = Mapping[Side, Mapping[int, Decimal]]
_K = TypeVar("_K", bound=Hashable)


def rows_of(grid: Grid, held: Sizes) -> Sizes:
    """Sizes by row from sizes by price."""
    if not grid.is_grouped:
        return held
    return {side: _summed((grid.row_of(side, ticks), size) for ticks, size in held[side].items()) for side in held}


def _summed(rows: Iterable[tuple[_K, Decimal]]) -> dict[_K, Decimal]:
    sums: dict[_K, Decimal] = {}
    for key, size in rows:
        sums[key] = sums.get(key, _ZERO) + size
    return sums


def nets_of(grid: Grid, side: Side, nets: Iterable[tuple[int, Decimal]]) -> Mapping[int, Decimal]:
    """Shares stacked or pulled by row."""
    return _summed((grid.row_of(side, ticks), net) for ticks, net in nets)


def touch_of(held: Sizes) -> Touch:
    """The best prices of both sides."""
    return Touch(max(held[Side.BID], default=None), min(held[Side.ASK], default=None))


def row_touch(grid: Grid, touch: Touch) -> Touch:
    """The rows at which the best prices stand."""
    bid, ask = touch.bid, touch.ask
    return Touch(
        None if bid is None else grid.row_of(Side.BID, bid), None if ask is None else grid.row_of(Side.ASK, ask)
    )


def cumulated(sizes: Sizes) -> dict[Side, dict[int, Decimal]]:
    """Shares from the touch to each row that has any."""
    found: dict[Side, dict[int, Decimal]] = {}
    for side in Side:
        total, rows = _ZERO, found.setdefault(side, {})
        for ticks in sorted(sizes[side], reverse=side is Side.BID):
            total += sizes[side][ticks]
            rows[ticks] = total
    return found


def print_row(grid: Grid, ticks: int, aggressor: Aggressor) -> int:
    """The row of a trade: a buyer met asks and a seller bids; where nobody said, the bids' row."""
    return grid.row_of(Side.ASK if aggressor is Aggressor.BUY else Side.BID, ticks)


def traded_rows(grid: Grid, traded: Iterable[tuple[int, Traded]]) -> Mapping[int, Traded]:
    """What was traded by row."""
    if not grid.is_grouped:
        return dict(traded)
    rows: dict[int, Traded] = {}
    for ticks, each in traded:
        for aggressor, size in ((Aggressor.BUY, each.buys), (Aggressor.SELL, each.sells)):
            _more(rows, print_row(grid, ticks, aggressor), aggressor, size)
        _more(rows, print_row(grid, ticks, Aggressor.UNKNOWN), Aggressor.UNKNOWN, each.unknown)
    return rows


def _more(rows: dict[int, Traded], row: int, aggressor: Aggressor, size: Decimal) -> None:
    if size:
        rows[row] = rows.get(row, NOTHING_TRADED).plus(aggressor, size)


# own orders ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Own:
    """Own shares at a row. `ahead` is what trades before the first of them at its price, None while it is not known.
    `is_queued` says that there is one place in one queue to speak of.
    """

    size: Decimal
    ahead: Ahead | None = None
    is_queued: bool = True


def own_at(order: Order, outcome: int) -> tuple[Side, int]:
    """Side and price of an own order in an outcome's terms.

    An order of the other outcome rests in the same book from the other side: a NO bid at p is a YES ask at 1 - p.
    """
    buys, price = order.side is OrderSide.BUY, order.price
    if order.outcome_index != outcome:
        buys, price = not buys, 1 - price
    return Side.BID if buys else Side.ASK, to_ticks(price)


def resting_by_price(orders: Iterable[Order], outcome: int) -> dict[tuple[Side, int], Decimal]:
    """Own remaining shares by side and price in an outcome's terms."""
    return _summed((own_at(order, outcome), order.remaining) for order in orders if order.remaining)


def own_rows(
    grid: Grid, orders: Sequence[Order], outcome: int, queues: OwnQueues | None = None
) -> dict[tuple[Side, int], Own]:
    """Own remaining shares by side and row. Of a row with orders at several prices nothing is said of the queue."""
    rows: dict[tuple[Side, int], Own] = {}
    prices: dict[tuple[Side, int], int] = {}
    for order in orders:
        if not order.remaining:
            continue
        side, ticks = own_at(order, outcome)
        key = (side, grid.row_of(side, ticks))
        ahead = None if queues is None else queues.ahead(order.order_id)
        known = rows.get(key)
        if known is None:
            rows[key], prices[key] = Own(order.remaining, ahead, queues is not None), ticks
        elif prices[key] != ticks:
            rows[key] = Own(known.size + order.remaining, is_queued=False)
        else:
            rows[key] = Own(known.size + order.remaining, _first(known.ahead, ahead), known.is_queued)
    return rows


def _first(one: Ahead | None, other: Ahead | None) -> Ahead | None:
    if one is None or other is None:
        return None  # the one that is not known may be the first
    return min(one, other, key=lambda each: each.shares)


# tints --------------------------------------------------------------------------------------------------------------


class Tints:
    """Which rows' own sizes changed just now."""

    def __init__(self) -> None:
        self._of: Hashable = None
        self._sizes: dict[tuple[Side, int], Decimal] = {}
        self._since_s: dict[tuple[Side, int], float] = {}

    def look(self, of: Hashable, sizes: Sizes, now_s: float) -> set[tuple[Side, int]]:
        """The rows to tint. `of` is what these sizes are of: when that is another, nothing has changed yet."""
        before, now = self._sizes, {(side, ticks): size for side in Side for ticks, size in sizes[side].items()}
        self._sizes = now
        if of != self._of:
            self._of = of
            self._since_s.clear()
            return set()
        if before != now:
            for key in before.keys() | now.keys():
                if before.get(key) != now.get(key):
                    self._since_s[key] = now_s
        self._since_s = {key: at_s for key, at_s in self._since_s.items() if now_s - at_s < TINT_S}
        return set(self._since_s)

    def next_s(self, now_s: float) -> float | None:
        """Seconds until the first tint ends, None when there is none."""
        return TINT_S - (now_s - min(self._since_s.values())) if self._since_s else None
