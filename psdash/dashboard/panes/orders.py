"""The trader's resting orders, the shown market's first."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Final

from psdash.account.account import AccountPane
from psdash.account.orders import Order, OrderSide, OrderStatus
from psdash.account.queue import Ahead
from psdash.account.standing import from_touch
from psdash.dashboard.painting.columns import Cell, Column, WordsRow, cut_cells, unknown
from psdash.dashboard.painting.numbers import age, age_step_s, cents, money, shares, size
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.privacy import masked
from psdash.dashboard.panes.private import (
    OUTCOME_CELLS,
    PrivatePane,
    outcome_cell,
    outcome_words,
    search_words,
    side_cell,
)
from psdash.dashboard.panes.table_order import Key
from psdash.dashboard.sending.tables import Value, moment
from psdash.dashboard.tiers import ORDERS

_CLIENT_ID_CELLS: Final = 12
_WHOLE: Final = 40  # cells: a sum is said to the cent


class OrdersPane(PrivatePane[Order]):
    """Open orders (protocol §5.10), from REST first and the user gateway after."""

    SHOWS = AccountPane.ORDERS
    TITLE = "Orders"
    ID = ORDERS

    COLUMNS = (
        Column("", 1),
        Column("side", 4),
        Column("", OUTCOME_CELLS),
        Column("price", 5, right=True),
        Column("left", 7, right=True),
        Column("filled", 7, rank=2, right=True),
        Column("size", 7, rank=9, right=True),  # left and filled tell it
        Column("away", 5, rank=3, right=True),
        Column("~ahead", 7, rank=5, right=True),
        Column("market", 8, rank=1, stretch=True, least=6),
        Column("age", 6, rank=4, right=True),
        Column("client id", _CLIENT_ID_CELLS, rank=6),
        Column("status", 8, rank=7),  # filled tells most of it, and the mark the rest
    )

    FIELDS = (
        "market",
        "symbol",
        "outcome",
        "side",
        "price",
        "size",
        "filled",
        "remaining",
        "status",
        "created_at",
        "from_touch",
        "ahead_estimate",
        "ahead_is_at_most",
        "type",
        "time_in_force",
        "order_id",
        "client_order_id",
    )

    def nothing(self) -> str:
        return "no resting orders" if self.freshness.is_live else self.unless_off("your orders are not known yet")

    def records(self) -> Sequence[Order]:
        return sorted(self.account.orders.open, key=lambda order: order.symbol != self.symbol)

    def ident(self, record: Order) -> Hashable:
        return record.order_id

    def drawn(self, now_s: float) -> None:
        super().drawn(now_s)
        now_ms = self.wall_ms()
        ages_s = [
            max(0.0, (now_ms - o.created_ms) / 1000) for o in self.account.orders.open if o.created_ms is not None
        ]
        if ages_s:
            self.paint_clock.mark_later(self, min(map(age_step_s, ages_s)))

    def cells(self, record: Order) -> tuple[Cell, ...]:
        market = self.board.catalogue.by_symbol(record.symbol)
        is_here = record.symbol == self.symbol
        away, is_live = self._away(record)
        created_ms, status = record.created_ms, record.status
        dash = unknown(self.glyphs)
        return (
            Cell("?", Tone.WARN) if status is OrderStatus.UNKNOWN else self.here_cell(is_here),
            side_cell(record.side),
            outcome_cell(market, record.outcome_index),
            Cell(cents(record.price), bold=True),
            self.amount(size(record.remaining, 7), bold=True),
            self.amount(size(record.filled, 7), Tone.TEXT if record.filled else Tone.MUTED),
            self.amount(size(record.size, 7), Tone.MUTED),
            dash if away is None else _away_cell(away, "" if is_live else self.glyphs.hollow),
            self._ahead_cell(record),
            self.market_cell(market, record.symbol, is_here),
            dash if created_ms is None else Cell(_brief_age((self.wall_ms() - created_ms) / 1000), Tone.MUTED),
            Cell(cut_cells(record.client_order_id, _CLIENT_ID_CELLS), Tone.MUTED),
            Cell(status.value.lower(), Tone.WARN if status is OrderStatus.UNKNOWN else Tone.MUTED),
        )

    def keys(self, record: Order) -> tuple[Key, ...]:
        market = self.board.catalogue.by_symbol(record.symbol)
        ahead = self._ahead(record)
        return (
            "",
            record.side.value,
            outcome_words(market, record.outcome_index),
            record.price,
            record.remaining,
            record.filled,
            record.size,
            self._away(record)[0],
            None if ahead is None else ahead.shares,
            search_words(market, record.symbol),
            None if record.created_ms is None else -record.created_ms,
            record.client_order_id or None,
            record.status.value,
        )

    def words(self, record: Order) -> str:
        market = self.board.catalogue.by_symbol(record.symbol)
        outcome = outcome_words(market, record.outcome_index)
        names = f"{record.client_order_id} {record.order_id}"
        return f"{record.side} {outcome} {record.status} {search_words(market, record.symbol)} {names}"

    def fields(self, record: Order) -> tuple[Value, ...]:
        market = self.board.catalogue.by_symbol(record.symbol)
        ahead = self._ahead(record)
        return (
            "" if market is None else market.slug,
            record.symbol,
            outcome_words(market, record.outcome_index),
            record.side.value,
            record.price,
            self.own_field(record.size),
            self.own_field(record.filled),
            self.own_field(record.remaining),
            record.status.value.lower(),
            moment(record.created_ms),
            self._away(record)[0],
            None if ahead is None else ahead.shares,
            None if ahead is None else "yes" if ahead.is_bound else "no",
            record.order_type,
            record.time_in_force,
            record.order_id,
            record.client_order_id,
        )

    def below(self, now_s: float, width: int) -> Sequence[WordsRow]:
        """What rests in all: the dollars that the buys would cost, and what the sells would bring."""
        orders = self.shown_records()
        if not orders:
            return ()
        said = []
        for side, verb in ((OrderSide.BUY, "to buy"), (OrderSide.SELL, "to sell")):
            dollars = [order.price * order.remaining for order in orders if order.side is side]
            if dollars:
                said.append(f"{len(dollars)} {verb} for {masked(money(sum(dollars, Decimal(0)), _WHOLE), self.view)}")
        while len(said) > 1 and len(f" {self.glyphs.separator} ".join(said)) > width - 2:
            said.pop()
        return [WordsRow("  " + f" {self.glyphs.separator} ".join(said), live=self.freshness.is_live)]

    def _away(self, order: Order) -> tuple[Decimal | None, bool]:
        """How far an order is from the touch of its own outcome's book, and whether that book is live."""
        book, is_live = self.book_of(self.board.catalogue.by_symbol(order.symbol), order.outcome_index)
        if book is None:
            return None, False
        bid, ask = book.best_bid, book.best_ask
        prices = None if bid is None else bid.price, None if ask is None else ask.price
        return from_touch(order.side, order.price, *prices), is_live

    def _ahead(self, order: Order) -> Ahead | None:
        return self.account.queues.ahead(order.order_id)

    def _ahead_cell(self, order: Order) -> Cell:
        """An estimate, or the most that it can be."""
        ahead = self._ahead(order)
        if ahead is None:
            return unknown(self.glyphs)
        bound = self.glyphs.at_most
        return Cell(f"{bound}{shares(ahead.shares, 6)}" if ahead.is_bound else shares(ahead.shares, 7), Tone.MUTED)


def _brief_age(seconds: float) -> str:
    """An age in its largest unit: "12 s", "3 min", "5 h", "2 d"."""
    return " ".join(age(seconds).split()[:2])


def _away_cell(away: Decimal, stale: str) -> Cell:
    """In cents; at the touch it says so in a word. `stale` stands before what an old book says."""
    tone = Tone.STALE if stale else Tone.MUTED if away else Tone.TEXT
    return Cell(cents(away) if away else "touch", tone, mark=stale)
