"""The order-book ladder: fixed price rows, asks over bids, the spread pinned between, own orders where they rest."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from rich.segment import Segment
from textual import events

from psdash.account.orders import OrderStore
from psdash.account.queue import OwnQueues
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting.frame import pane_title
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsPane
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.concerns import idle_words
from psdash.dashboard.panes.ladder_artist import RowArtist
from psdash.dashboard.panes.ladder_columns import Bars, BarScale, Columns, bar_halves, columns_for, large_from
from psdash.dashboard.panes.ladder_layout import Grid, Scroll, Touch, boundary, folded, next_group
from psdash.dashboard.panes.ladder_levels import (
    Own,
    Tints,
    cumulated,
    nets_of,
    own_rows,
    print_row,
    traded_rows,
)
from psdash.dashboard.panes.ladder_look import (
    KIN_WIDE,
    KIN_WORDS,
    Look,
    bids_and_asks,
    level_words,
    look_at,
    reach_of,
)
from psdash.dashboard.panes.ladder_rows import (
    NOTHING,
    Half,
    HeadRow,
    LastPrint,
    PriceRow,
    ReadRow,
    SpreadRow,
    TotalsRow,
    WordsRow,
    price_cells,
)
from psdash.dashboard.panes.ladder_words import lean
from psdash.dashboard.tiers import Wish
from psdash.market.board import MarketState
from psdash.market.book import UNNUMBERED, Side
from psdash.market.both import Kinship
from psdash.market.freshness import Freshness, PaneState
from psdash.market.ticks import CENT, DOLLAR, to_ticks
from psdash.market.traded import Traded

_HALF_DOLLAR: Final = DOLLAR // 2
#: The last print is dimmed when it is older than this.
OLD_PRINT_MS: Final = 60_000
#: Rows of the body from which on there are names of columns over it, and totals under it.
_WITH_HEAD: Final = 6
_WITH_TOTALS: Final = 12
_ZERO: Final = Decimal(0)


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

        `wall_ms` tells the venue's epoch milliseconds as well as they are known, by which the last print grows old
        and traded volume leaves its window; without it none does.
        """
        super().__init__("Ladder", clock, view=view, id=id, classes=classes)
        self.recentre_key = recentre_key
        self._wall_ms = wall_ms
        self._state: MarketState | None = None
        self._outcome = 0
        self._orders: OrderStore | None = None
        self._queues: OwnQueues | None = None
        self._step = CENT
        self._group: int | None = None
        self._wants_both = False
        self.bars = Bars.SIZE
        self.wish = Wish.AUTO
        self._cursor: int | None = None
        self._scroll = Scroll()
        self._scale = BarScale()
        self._tints = Tints()
        self._prices: Sequence[int] = ()
        self._price_at: dict[int, int] = {}  # line of the body: the price that stands there
        self._seqs: tuple[int | None, ...] = ()
        #: Set by the screen: words about the shown market on other venues, for a state, an outcome and a width.
        self.elsewhere: Callable[[MarketState, int, int], str] | None = None
        self._foot = ""

    # what is shown --------------------------------------------------------------------------------------------------

    def show(
        self,
        state: MarketState | None,
        outcome: int = 0,
        orders: OrderStore | None = None,
        queues: OwnQueues | None = None,
    ) -> None:
        """Show an outcome's book with the trader's resting orders in it; None while there is no market yet.

        `queues` tells what is ahead of them.
        """
        if state is not self._state or outcome != self._outcome:
            self._scroll.reset()
            self._scale.reset()
            self._step = CENT
            self._cursor = None
        self._state, self._outcome, self._orders, self._queues = state, outcome, orders, queues
        self._entitle()
        self.touch()

    def _entitle(self) -> None:
        state = self._state
        if state is None:
            self.title = "Ladder"
            return
        label = state.market.label(self._outcome)
        if self.is_both:
            label = f"{label}+{state.market.label(1 - self._outcome)}"
        self.title = pane_title(label, "ladder")

    @property
    def wants_both(self) -> bool:
        """Whether the person wants both outcomes as one book."""
        return self._wants_both

    @property
    def is_both(self) -> bool:
        """Whether both outcomes are shown as one book."""
        return self._wants_both and self._state is not None and len(self._state.books) == 2

    @property
    def is_manual(self) -> bool:
        """True while a person has scrolled away and the view does not follow the touch."""
        return self._scroll.is_manual

    def recentre(self) -> None:
        """Bring the touch to the middle, and follow it again."""
        self._scroll.recentre()
        self.touch()

    def swap_both(self) -> None:
        """Both outcomes as one book, or one outcome's again."""
        self._wants_both = not self._wants_both
        self._scale.reset()
        self._entitle()
        self.touch()

    def swap_bars(self) -> None:
        """Bars of what rests at a price, or of what rests up to it."""
        self.bars = self.bars.other
        self._scale.reset()
        self.touch()

    def next_group(self) -> None:
        """Coarser rows, and after the coarsest a row for every price again."""
        self._group = next_group(self._group, self._step)
        self._scroll.recentre()
        self._scale.reset()
        self._cursor = None
        self.touch()

    def next_wish(self) -> None:
        """More columns, fewer, or as many as fit."""
        self.wish = self.wish.next
        self.touch()

    # keys -----------------------------------------------------------------------------------------------------------

    def action_scroll_rows(self, rows: int) -> None:
        """Move the cursor towards higher (positive) or lower prices; without one, the view, and following ends."""
        if self._cursor is None:
            self._scroll.scroll(rows)
        else:
            self._move_cursor(rows)
        self.touch()

    def action_scroll_pages(self, pages: int) -> None:
        if self._cursor is None:
            self._scroll.scroll_page(pages)
        else:
            self._move_cursor(pages * max(1, len(self._prices) - 2))
        self.touch()

    def action_to_highest(self) -> None:
        self._scroll.to_end(highest=True)
        self.touch()

    def action_to_lowest(self) -> None:
        self._scroll.to_end(highest=False)
        self.touch()

    def action_cursor(self) -> None:
        """Put the cursor on the touch, or take it away."""
        if self._cursor is None and self._prices:
            prices = self._prices
            touch = self._row_touch()
            near = touch.ask if touch.ask is not None else touch.bid
            self._cursor = near if near in prices else prices[len(prices) // 2]
        else:
            self._cursor = None
        self.touch()

    def action_cursor_off(self) -> None:
        self._cursor = None
        self.touch()

    def _row_touch(self) -> Touch:
        look = self._look()
        return Touch(None, None) if look is None else look.row_touch

    def _move_cursor(self, rows: int) -> None:
        """Move the cursor by rows, and the view with it where it would leave the view."""
        prices = self._prices
        if not prices or self._cursor is None:
            return
        nearest = min(range(len(prices)), key=lambda at: abs(prices[at] - (self._cursor or 0)))
        wanted = nearest - rows
        at = max(0, min(len(prices) - 1, wanted))
        self._cursor = prices[at]
        if at != wanted and len(prices) > 1:
            step = prices[0] - prices[1]
            beyond = at - wanted
            low, high = (0, DOLLAR) if self._group else (step, DOLLAR - step)
            self._scroll.scroll(beyond)
            self._cursor = max(low, min(high, self._cursor + beyond * step))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll.scroll(3)
        self.touch()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll.scroll(-3)
        self.touch()

    def on_click(self, event: events.Click) -> None:
        """The cursor goes where somebody points; on the same price once more it goes away."""
        price = self._price_at.get(event.y - 1)
        if price is not None:
            self._cursor = None if price == self._cursor else price
            self.touch()

    # the frame ------------------------------------------------------------------------------------------------------

    @property
    def freshness(self) -> Freshness:
        state = self._state
        if state is None or self._outcome >= len(state.book_freshness):
            return super().freshness
        own = state.book_freshness[self._outcome]
        if self.is_both and own.is_live:
            return state.book_freshness[1 - self._outcome]
        return own

    def note(self) -> tuple[str, Tone]:
        words = []
        if self._group is not None and self._group > self._step:
            words.append(f"{self._group // CENT}{self.glyphs.cents}")
        if self.bars is Bars.CUMULATIVE:
            words.append("cum")
        if self._scroll.is_manual:
            words.append("held")
        return " ".join(words), Tone.ACCENT

    def foot(self) -> tuple[str, str]:
        left = self._foot or (f"{self.recentre_key} recentres" if self._scroll.is_manual else "")
        told = [seq for seq in self._seqs if seq is not None]
        if not told:
            return left, ""
        if UNNUMBERED in told:  # no gap can be seen, and what proves it is said where there is room
            return left or (self.freshness.reason if self.freshness.is_live else ""), "no seq"
        return left, f"#{told[0]}" if len(told) == 1 else "/".join(f"#{seq}" for seq in told)

    # rows -----------------------------------------------------------------------------------------------------------

    def _elsewhere_words(self, width: int) -> str:
        """What it costs elsewhere; looked at again in a second, for what is told there moves no book here."""
        if self._state is None or self.elsewhere is None:
            return ""
        right = self.foot()[1]
        words = self.elsewhere(self._state, self._outcome, width - 4 - (len(right) + 4 if right else 0))
        if words:
            self.paint_clock.mark_later(self, 1.0)
        return words

    def _look(self) -> Look | None:
        """The book, or both, as rows; None while there is none."""
        state = self._state
        if state is None:
            return None
        orders = () if self._orders is None else self._orders.open_in(state.market.symbol)
        look = look_at(state, self._outcome, step=self._step, group=self._group, is_both=self.is_both, orders=orders)
        if look is not None:
            self._step = look.step
        return look

    def compute_body(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        self._foot, self._price_at, self._prices = self._elsewhere_words(width), {}, ()
        look = self._look()
        self._seqs = () if look is None else (look.book.seq,)
        if look is None or width < 20 or height < 2:
            return ()
        state, book, grid = look.state, look.book, look.grid
        why = self.freshness.reason if self.freshness.state is PaneState.OFF else ""
        if book.seq is None and why:  # there is none, and never will be
            return [*[""] * (height // 2 - 1), WordsRow(why)][-height:]
        own = self._own_rows(look)
        idle = idle_words(state.market.status)
        if idle and not own and look.touch.twice_mid is None:
            known = "no resting orders" if book.seq is not None else "no book"
            return ["", *[""] * (height // 2 - 2), WordsRow(known), WordsRow(idle)][-height:]
        if look.kin is not None:
            self._seqs = (book.seq, state.books[1 - self._outcome].seq)
            self._foot = KIN_WORDS[look.kin][width < KIN_WIDE]
        last = self._last_print(state, grid)
        heads = 1 if height >= _WITH_HEAD else 0
        totals = 1 if height >= _WITH_TOTALS or (self._cursor is not None and height >= 4) else 0
        room = min(grid.count, height - heads - totals - 1)
        rest = _HALF_DOLLAR if last is None else last[0]
        prices: Sequence[int] = self._scroll.place(grid, room, look.row_touch, rest)
        if not self._scroll.is_manual:
            prices = folded(grid, room, look.row_touch) or prices
        self._prices = prices
        columns = columns_for(
            width,
            price_cells(look.row_decimals, is_grouped=grid.is_grouped, is_both=look.kin is not None),
            self.wish,
        )
        live = self.freshness.is_live
        over, where = boundary(look.row_touch, prices)
        spread = SpreadRow(look.touch, look.decimals, where, live, book.seq is not None, grid.is_grouped, look.parity)
        rows: list[Hashable] = [self._head(look, columns)] * heads
        for at, row in enumerate(self._price_rows(look, columns, prices, own, last, now_s, live)):
            if at == over:
                rows.append(spread)
            self._price_at[len(rows)] = row.ticks
            rows.append(row)
        if over >= len(prices):
            rows.append(spread)
        if totals:
            rows += [""] * (height - 1 - len(rows))
            rows.append(self._last_line(look, columns, own, width, live))
        return rows

    def _head(self, look: Look, columns: Columns) -> HeadRow:
        state = look.state
        market, volume = state.market, state.volume
        has_gap = bool(columns.traded) and any(gap.to_ms > volume.window_from_ms for gap in state.tape.gaps)
        outcomes = None
        if look.kin is not None:
            outcomes = (market.label(self._outcome), market.label(1 - self._outcome))
        return HeadRow(columns, self.bars, outcomes, has_gap, volume.window_ms // 60_000)

    def _price_rows(
        self,
        look: Look,
        columns: Columns,
        prices: Sequence[int],
        own: Mapping[tuple[Side, int], Own],
        last: tuple[int, LastPrint] | None,
        now_s: float,
        live: bool,
    ) -> list[PriceRow]:
        state, sizes, touch = look.state, look.sizes, look.row_touch
        lengths = cumulated(sizes) if self.bars is Bars.CUMULATIVE else sizes
        shown = [size for side in Side for t in prices if (size := lengths[side].get(t)) is not None]
        full, largest = self._scale.fit(shown), max(shown, default=_ZERO)
        large = {side: large_from(sizes[side].values()) for side in Side}
        flow = state.flows[self._outcome]
        nets = {side: nets_of(look.grid, side, flow.nets(side)) for side in Side} if columns.net else {}
        fresh = self._fresh(look, now_s, live)
        window, whole = self._traded(look, columns)

        def half(side: Side, ticks: int, best: int | None) -> Half:
            size, mine = sizes[side].get(ticks), own.get((side, ticks))
            net, is_fresh = (nets[side].get(ticks) if nets else None), (side, ticks) in fresh
            if size is None and mine is None and not net and not is_fresh:
                return NOTHING
            least = large[side]
            count = look.book.orders_at(side, ticks) if columns.orders and look.kin is not Kinship.APART else None
            return Half(
                size,
                None if look.grid.is_grouped else count,
                mine,
                bar_halves(lengths[side].get(ticks), full, columns.size, largest),
                size is not None and least is not None and size >= least,
                size is not None and ticks == best,
                net or None,
                is_fresh,
            )

        return [
            PriceRow(
                ticks,
                look.row_decimals,
                columns,
                half(Side.BID, ticks, touch.bid),
                half(Side.ASK, ticks, touch.ask),
                last[1] if last is not None and last[0] == ticks else None,
                live,
                window.get(ticks),
                whole[ticks].total if ticks in whole else None,
                ticks == self._cursor,
                look.kin is not None,
            )
            for ticks in prices
        ]

    def _fresh(self, look: Look, now_s: float, live: bool) -> set[tuple[Side, int]]:
        """The rows whose own size changed a moment ago, where the person wants motion."""
        state = look.state
        of = (id(state), self._outcome, look.grid, look.kin, live, sum(flow.breaks for flow in state.flows))
        fresh = self._tints.look(of, look.sizes, now_s)
        if not self.view.has_motion:
            return set()
        wait_s = self._tints.next_s(now_s)
        if wait_s is not None:
            self.paint_clock.mark_later(self, wait_s)
        return fresh

    def _traded(self, look: Look, columns: Columns) -> tuple[Mapping[int, Traded], Mapping[int, Traded]]:
        """What was traded by row, in the window and in all; empty where no column shows it."""
        volume = look.state.volume
        if self._wall_ms is not None:
            now_ms = self._wall_ms()
            volume.slide(now_ms)
            if columns.traded and volume.next_ms is not None:
                self.paint_clock.mark_later(self, max(0.05, (volume.next_ms - now_ms) / 1000))
        window = traded_rows(look.grid, volume.window(self._outcome)) if columns.traded else {}
        return window, traded_rows(look.grid, volume.whole(self._outcome)) if columns.whole else {}

    def _own_rows(self, look: Look) -> dict[tuple[Side, int], Own]:
        orders = self._orders
        if orders is None:
            return {}
        return own_rows(look.grid, orders.open_in(look.state.market.symbol), self._outcome, self._queues)

    def _last_print(self, state: MarketState, grid: Grid) -> tuple[int, LastPrint] | None:
        last = state.tape.last
        if last is None:
            return None
        age_ms = 0 if self._wall_ms is None else self._wall_ms() - last.venue_ms
        if self._wall_ms is not None and age_ms < OLD_PRINT_MS:
            self.paint_clock.mark_later(self, min(OLD_PRINT_MS, OLD_PRINT_MS - age_ms) / 1000)
        seen = last.seen_from(self._outcome)
        row = print_row(grid, to_ticks(seen.price), seen.aggressor)
        return row, LastPrint(seen.aggressor, seen.size, age_ms >= OLD_PRINT_MS)

    # under the rows -------------------------------------------------------------------------------------------------

    def _last_line(
        self, look: Look, columns: Columns, own: Mapping[tuple[Side, int], Own], width: int, live: bool
    ) -> Hashable:
        """The totals, or what the cursor is on."""
        ticks = self._cursor
        if ticks is None:
            if not look.book.is_sized:
                return ReadRow((("prices only: no sizes are told here", Tone.MUTED),), live)
            return TotalsRow(columns, *bids_and_asks(look), lean(look.held), live)
        room = width - len(self.foot()[1]) - 7  # what the bottom line leaves (`painting/frame.py`)
        if not look.book.is_sized:
            return ReadRow((("no sizes are told here", Tone.MUTED),), live)
        self._foot = level_words(look, ticks, own, self.view, room)
        return ReadRow(reach_of(look, ticks, width - 2), live)

    def draw_body(self, row: Hashable, width: int) -> Sequence[Segment]:
        return RowArtist(self.palette, self.glyphs, width, self.view.is_private).draw(row)
