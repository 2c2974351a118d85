"""The order-book ladder: fixed price rows, asks over bids, the spread pinned between, own orders where they rest."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from typing import Final

from rich.segment import Segment
from textual import events

from psdash.account.orders import Order, OrderSide, OrderStore
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.frame import pane_title
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsPane
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.concerns import idle_words
from psdash.dashboard.panes.ladder_layout import (
    BarScale,
    Columns,
    Grid,
    Scroll,
    Touch,
    bar_halves,
    boundary,
    columns_for,
    folded,
    step_for,
)
from psdash.dashboard.panes.ladder_rows import (
    NOTHING,
    Half,
    HeadRow,
    LastPrint,
    PriceRow,
    RowArtist,
    SpreadRow,
    WordsRow,
    price_cells,
)
from psdash.market.board import MarketState
from psdash.market.book import Book, Side
from psdash.market.freshness import Freshness
from psdash.market.ticks import CENT, DOLLAR, to_ticks

_HALF_DOLLAR: Final = DOLLAR // 2
#: The last print is dimmed when it is older than this.
OLD_PRINT_MS: Final = 60_000


class Ladder(RowsPane):
    """One outcome's book. `show` says which; then it paints itself whenever it is told that something moved."""

    BINDINGS = bindings(Place.LADDER)

    def __init__(
        self,
        clock: PaintClock,
        *,
        view: View | None = None,
        recentre_key: str = "m",
        wall_ms: Callable[[], int] | None = None,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        """`recentre_key` is the key that the person presses for `recentre`, named in the foot.

        `wall_ms` tells epoch milliseconds, by which the last print grows old; without it none does.
        """
        super().__init__("Ladder", clock, view=view, id=id, classes=classes)
        self.recentre_key = recentre_key
        self._wall_ms = wall_ms
        self._state: MarketState | None = None
        self._outcome = 0
        self._orders: OrderStore | None = None
        self._step = CENT
        self._scroll = Scroll()
        self._scale = BarScale()
        self._own: dict[tuple[Side, int], Decimal] = {}
        self._own_version: tuple[OrderStore | None, int] = (None, -1)
        self._seq: int | None = None

    # what is shown --------------------------------------------------------------------------------------------------

    def show(self, state: MarketState | None, outcome: int = 0, orders: OrderStore | None = None) -> None:
        """Show an outcome's book with the trader's resting orders in it; None while there is no market yet."""
        if state is not self._state or outcome != self._outcome:
            self._scroll.reset()
            self._scale.reset()
            self._step = CENT
        self._state, self._outcome, self._orders = state, outcome, orders
        self._own_version = (None, -1)
        self.title = "Ladder" if state is None else pane_title(state.market.label(outcome), "ladder")
        self.touch()

    @property
    def is_manual(self) -> bool:
        """True while a person has scrolled away and the view does not follow the touch."""
        return self._scroll.is_manual

    def recentre(self) -> None:
        """Bring the touch to the middle, and follow it again."""
        self._scroll.recentre()
        self.touch()

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll towards higher (positive) or lower prices; following ends."""
        self._scroll.scroll(rows)
        self.touch()

    def action_scroll_pages(self, pages: int) -> None:
        self._scroll.scroll_page(pages)
        self.touch()

    def action_to_highest(self) -> None:
        self._scroll.to_end(highest=True)
        self.touch()

    def action_to_lowest(self) -> None:
        self._scroll.to_end(highest=False)
        self.touch()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll_rows(3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll_rows(-3)

    # rows -----------------------------------------------------------------------------------------------------------

    @property
    def freshness(self) -> Freshness:
        state = self._state
        if state is None or self._outcome >= len(state.book_freshness):
            return super().freshness
        return state.book_freshness[self._outcome]

    def note(self) -> tuple[str, Tone]:
        return ("held" if self._scroll.is_manual else ""), Tone.ACCENT

    def foot(self) -> tuple[str, str]:
        left = f"{self.recentre_key} recentres" if self._scroll.is_manual else ""
        return left, "" if self._seq is None else f"#{self._seq}"

    def compute_body(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        state = self._state
        book = None if state is None or self._outcome >= len(state.books) else state.books[self._outcome]
        self._seq = None if book is None else book.seq
        if state is None or book is None or width < 20 or height < 2:
            return ()
        own = self._own_orders(state)
        idle = idle_words(state.market.status)
        if idle and not own and book.best_bid is None and book.best_ask is None:
            known = "no resting orders" if book.seq is not None else "no book"
            return ["", *[""] * (height // 2 - 2), WordsRow(known), WordsRow(idle)][-height:]
        self._step = min(self._step, book.tick, step_for((ticks for _, ticks in own), self._step))
        best_bid, best_ask = book.best_bid, book.best_ask
        touch = Touch(best_bid and best_bid.ticks, best_ask and best_ask.ticks)
        last = self._last_print(state)
        rest = _HALF_DOLLAR if last is None else last[0]
        heads = 1 if height >= 6 else 0
        grid = Grid(self._step)
        room = min(grid.count, height - heads - 1)
        prices: Sequence[int] = self._scroll.place(grid, room, touch, rest)
        if not self._scroll.is_manual:
            prices = folded(grid, room, touch) or prices
        live = self.freshness.is_live
        over, where = boundary(touch, prices)
        decimals = numbers.cents_decimals(self._step)
        rows: list[Hashable] = [HeadRow(decimals)] * heads
        columns = columns_for(width, price_cells(decimals))
        full, largest = self._fit_scale(book, prices)
        for at, ticks in enumerate(prices):
            if at == over:
                rows.append(SpreadRow(touch, decimals, where, live, book.seq is not None))
            rows.append(
                PriceRow(
                    ticks,
                    decimals,
                    self._half(book, Side.BID, ticks, own, (full, largest), columns, touch.bid),
                    self._half(book, Side.ASK, ticks, own, (full, largest), columns, touch.ask),
                    last[1] if last is not None and last[0] == ticks else None,
                    live,
                )
            )
        if over >= len(prices):
            rows.append(SpreadRow(touch, decimals, where, live, book.seq is not None))
        return rows

    def _fit_scale(self, book: Book, prices: Sequence[int]) -> tuple[Decimal, Decimal]:
        """The size that fills a usual bar, and the largest in view."""
        sizes = [size for side in (Side.BID, Side.ASK) for t in prices if (size := book.size_at(side, t)) is not None]
        return self._scale.fit(sizes), max(sizes, default=Decimal(0))

    def _half(
        self,
        book: Book,
        side: Side,
        ticks: int,
        own: dict[tuple[Side, int], Decimal],
        scale: tuple[Decimal, Decimal],
        columns: Columns,
        best: int | None,
    ) -> Half:
        full, largest = scale
        size = book.size_at(side, ticks)
        mine = own.get((side, ticks))
        if size is None and mine is None:
            return NOTHING
        return Half(
            size,
            book.orders_at(side, ticks) if columns.count else None,
            mine,
            bar_halves(size, full, columns.size, largest),
            bool(size is not None and full and size > full),
            ticks == best,
        )

    def _own_orders(self, state: MarketState) -> dict[tuple[Side, int], Decimal]:
        """The trader's resting shares by side and price, in the shown outcome's terms."""
        orders = self._orders
        if orders is None:
            return {}
        version = (orders, orders.version)
        if version != self._own_version:
            self._own = resting_by_price(orders.open_in(state.market.symbol), self._outcome)
            self._own_version = version
        return self._own

    def _last_print(self, state: MarketState) -> tuple[int, LastPrint] | None:
        last = state.tape.last
        if last is None:
            return None
        age_ms = 0 if self._wall_ms is None else self._wall_ms() - last.venue_ms
        if self._wall_ms is not None and age_ms < OLD_PRINT_MS:
            self.paint_clock.mark_later(self, min(OLD_PRINT_MS, OLD_PRINT_MS - age_ms) / 1000)
        seen = last.seen_from(self._outcome)
        return to_ticks(seen.price), LastPrint(seen.aggressor, seen.size, age_ms >= OLD_PRINT_MS)

    def draw_body(self, row: Hashable, width: int) -> Sequence[Segment]:
        return RowArtist(self.palette, self.glyphs, width).draw(row)


def resting_by_price(orders: Sequence[Order], outcome: int) -> dict[tuple[Side, int], Decimal]:
    """Own remaining shares by side and price in an outcome's terms.

    An order of the other outcome rests in the same book from the other side: a NO bid at p is a YES ask at 1 - p.
    """
    resting: dict[tuple[Side, int], Decimal] = {}
    for order in orders:
        if not order.remaining:
            continue
        buys = order.side is OrderSide.BUY
        price = order.price
        if order.outcome_index != outcome:
            buys, price = not buys, 1 - price
        key = (Side.BID if buys else Side.ASK, to_ticks(price))
        resting[key] = resting.get(key, Decimal(0)) + order.remaining
    return resting
