"""The trader's resting orders, the shown market's first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from psdash.account.account import Account, AccountPane
from psdash.account.orders import Order, OrderStatus
from psdash.dashboard.painting.columns import Cell, Column, cut_cells, unknown
from psdash.dashboard.painting.numbers import age, age_step_s, cents, size
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.private import OUTCOME_CELLS, PrivatePane, outcome_cell, side_cell
from psdash.dashboard.tiers import ORDERS
from psdash.market.board import Board

_CLIENT_ID_CELLS: Final = 14


class OrdersPane(PrivatePane):
    """Open orders (protocol §5.10), from REST first and the user gateway after."""

    COLUMNS = (
        Column("", 1),
        Column("side", 4),
        Column("", OUTCOME_CELLS),
        Column("price", 5, right=True),
        Column("left", 7, right=True),
        Column("filled", 7, rank=2, right=True),
        Column("size", 7, rank=7, right=True),  # left and filled tell it
        Column("market", 14, rank=1, stretch=True, least=6),
        Column("age", 9, rank=3, right=True),
        Column("status", 8, rank=5),
        Column("client id", _CLIENT_ID_CELLS, rank=6),
    )

    SHOWS = AccountPane.ORDERS

    def __init__(
        self,
        board: Board,
        account: Account,
        clock: PaintClock,
        wall_ms: Callable[[], int],
        *,
        view: View | None = None,
    ) -> None:
        super().__init__("Orders", board, account, clock, wall_ms, view=view, id=ORDERS)

    def nothing(self) -> str:
        return "no resting orders" if self.freshness.is_live else "your orders are not known yet"

    def note(self) -> tuple[str, Tone]:
        count = len(self.account.orders.open)
        return (str(count) if count else ""), Tone.MUTED

    def cells(self, now_s: float, first: int, limit: int) -> tuple[Sequence[tuple[Cell, ...]], int]:
        orders = sorted(self.account.orders.open, key=lambda order: order.symbol != self.symbol)
        shown = orders[first : first + limit]
        now_ms = self.wall_ms()
        ages_s = [max(0.0, (now_ms - order.created_ms) / 1000) for order in shown if order.created_ms is not None]
        if ages_s:
            self.paint_clock.mark_later(self, min(age_step_s(age_s) for age_s in ages_s))
        return [self._row(order, now_ms) for order in shown], len(orders)

    def _row(self, order: Order, now_ms: int) -> tuple[Cell, ...]:
        market = self.board.catalogue.by_symbol(order.symbol)
        dash = unknown(self.glyphs)
        is_here = order.symbol == self.symbol
        created_ms = order.created_ms
        status = order.status
        return (
            Cell(self.glyphs.own if is_here else "", Tone.OWN),
            side_cell(order.side),
            outcome_cell(market, order.outcome_index),
            Cell(cents(order.price), bold=True),
            Cell(size(order.remaining, 7), bold=True),
            Cell(size(order.filled, 7), Tone.TEXT if order.filled else Tone.MUTED),
            Cell(size(order.size, 7), Tone.MUTED),
            self.market_cell(market, order.symbol, is_here),
            dash if created_ms is None else Cell(age((now_ms - created_ms) / 1000), Tone.MUTED),
            Cell(status.value.lower(), Tone.WARN if status is OrderStatus.UNKNOWN else Tone.MUTED),
            Cell(cut_cells(order.client_order_id, _CLIENT_ID_CELLS), Tone.MUTED),
        )
