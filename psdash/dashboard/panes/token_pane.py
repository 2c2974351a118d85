"""In the ladder's place where nobody quotes: what is known of a token besides its trades, each with its freshness."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from rich.segment import Segment
from textual import events

from psdash.account.account import Account
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting.columns import WordsRow, draw_line
from psdash.dashboard.painting.frame import pane_title
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.pane import RowsPane
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.token_rows import FigureRow, GroupRow, Known, Row, draw_row, rows_of
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.day import Day, day_of
from psdash.market.freshness import Freshness
from psdash.market.token_facts import Fact

_PERIOD_S = 1.0


class TokenPane(RowsPane):
    """Figures of one token, in groups that scroll."""

    BINDINGS = bindings(Place.PANE)

    def __init__(
        self,
        clock: PaintClock,
        board: Board,
        account: Account,
        venue_ms: Callable[[], int],
        *,
        view: View | None = None,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        super().__init__("Token", clock, view=view, id=id)
        self._board = board
        self._account = account
        self._venue_ms = venue_ms
        self._state: MarketState | None = None
        self._top = 0
        self._total = 0
        self._page = 1
        self._day: tuple[Hashable, Day | None] = (None, None)

    def show(self, state: MarketState | None) -> None:
        """Show a token; None while there is none."""
        if state is not self._state:
            self._top = 0
        self._state = state
        self.title = "Token" if state is None else pane_title(state.market.label(0), "token")
        self.touch()

    @property
    def freshness(self) -> Freshness:
        """That of its price: what the trades say, and what the lookup says of a quiet one."""
        state = self._state
        if state is None:
            return super().freshness
        tape = state.freshness[MarketPane.TAPE]
        return state.freshness[MarketPane.STATUS] if tape.is_live else tape

    def foot(self) -> tuple[str, str]:
        below = self._total - self._top - self._page
        return "", f"{self.glyphs.down} {below} more" if below > 0 else ""

    def compute_body(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        state = self._state
        if state is None or width < 20:
            return ()
        self.paint_clock.mark_later(self, _PERIOD_S)  # every group says its age
        rows: list[Row] = list(rows_of(self._known(state, now_s), self.view))
        self._total, self._page = len(rows), max(1, height)
        self._top = max(0, min(self._top, len(rows) - height))
        return rows[self._top : self._top + height]

    def _known(self, state: MarketState, now_s: float) -> Known:
        slug, tokens, wallets = state.market.slug, self._board.tokens, self._account.wallets
        chain, _, address = slug.partition(":")
        now_ms = self._venue_ms()
        return Known(
            state,
            tokens.of(slug),
            {fact: tokens.claim_of(slug, fact) for fact in Fact},
            self._day_of(state, now_ms),
            tokens.curves,
            wallets.known,
            wallets.of(chain, address),
            wallets.freshness,
            "" if self.freshness.is_live else self.freshness.reason,
            now_s,
            now_ms,
        )

    def _day_of(self, state: MarketState, now_ms: int) -> Day | None:
        key = (state, state.candles[0].version, now_ms // 60_000)
        if self._day[0] != key:
            self._day = (key, day_of(state.candles[0], now_ms))
        return self._day[1]

    def draw_body(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, WordsRow):
            return draw_line(row, width, self.palette, self.glyphs)
        assert isinstance(row, GroupRow | FigureRow)
        return draw_row(row, width, self.palette, self.glyphs)

    # scrolling ------------------------------------------------------------------------------------------------------

    def _scroll(self, rows: int) -> None:
        self._top = max(0, min(self._top + rows, self._total - self._page))
        self.touch()

    def action_scroll_down(self) -> None:
        self._scroll(1)

    def action_scroll_up(self) -> None:
        self._scroll(-1)

    def action_page_down(self) -> None:
        self._scroll(max(1, self._page - 1))

    def action_page_up(self) -> None:
        self._scroll(-max(1, self._page - 1))

    def action_scroll_home(self) -> None:
        self._scroll(-self._total)

    def action_scroll_end(self) -> None:
        self._scroll(self._total)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-3)
