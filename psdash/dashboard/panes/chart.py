"""The chart: candles, cumulative depth, or where size rested over time. One key steps through the three."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from enum import Enum
from typing import Final

from rich.segment import Segment

from psdash.account.account import Account
from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting.columns import WordsRow, draw_line
from psdash.dashboard.painting.frame import pane_title
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsPane
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes import chart_candles, chart_depth, chart_heat
from psdash.dashboard.panes.chart_candles import Asked
from psdash.dashboard.panes.chart_cursor import TimeCursor
from psdash.dashboard.panes.chart_rows import ChartRow, Picture, ReadoutRow, draw_chart_row, draw_readout, words_rows
from psdash.dashboard.panes.chart_spot import Spot
from psdash.dashboard.panes.concerns import idle_words
from psdash.dashboard.tiers import CHART
from psdash.market.board import MarketPane, MarketState
from psdash.market.freshness import Freshness, PaneState
from psdash.market.quoting import OUTCOME, Quoting

#: Words and milliseconds of the frames a person steps through; all multiples of the venue's five seconds.
FRAMES: Final[tuple[tuple[str, int], ...]] = (
    ("5s", 5_000),
    ("15s", 15_000),
    ("1m", 60_000),
    ("5m", 300_000),
    ("15m", 900_000),
    ("1h", 3_600_000),
)
_DEFAULT_FRAME: Final = 1

#: Plotext costs milliseconds, so it draws at most twice a second (DESIGN §5).
BUILD_INTERVAL_S: Final = 0.5


class Mode(Enum):
    """What the chart shows; the value is what its title calls it."""

    CANDLES = "chart"
    DEPTH = "depth"
    HEAT = "heat map"


class ChartPane(RowsPane):
    """One outcome's chart. `show` says which; it builds only when something in it changed, at most twice a second."""

    BINDINGS = bindings(Place.CHART)

    def __init__(
        self,
        clock: PaintClock,
        *,
        venue_ms: Callable[[], int] | None = None,
        account: Account | None = None,
        view: View | None = None,
    ) -> None:
        """`venue_ms` tells the venue's time in epoch ms, which is the right edge; without it the newest candle is.
        `account` holds the fills and orders that are drawn in."""
        super().__init__("Chart", clock, view=view, id=CHART)
        self._venue_ms = venue_ms
        self._account = account
        self._state: MarketState | None = None
        self._outcome = 0
        self._mode = Mode.CANDLES
        self._frame = _DEFAULT_FRAME
        self._quoting = OUTCOME
        self._frames: dict[Quoting, int] = {}  # what was chosen for each kind of market
        self._cursor = TimeCursor()
        self._spot = Spot()
        self._slots = 1
        self._built: Hashable = None
        self._built_s = float("-inf")
        self._picture: Picture | None = None
        self._rows: list[Hashable] = []
        self.builds = 0

    # what is shown --------------------------------------------------------------------------------------------------

    def show(self, state: MarketState | None, outcome: int = 0) -> None:
        """Show an outcome; None while there is no market yet."""
        if (state, outcome) != (self._state, self._outcome):
            self._cursor.end()
            self._spot.end()
        if state is not None:
            self._suit(state.market.quoting)
        self._state, self._outcome = state, outcome
        self._renew()

    def _suit(self, quoting: Quoting) -> None:
        """The first frame and the modes that this kind of market has; what the person chose for a kind stays."""
        if quoting != self._quoting:
            self._frames[self._quoting] = self._frame
            opening = next((at for at, (_, ms) in enumerate(FRAMES) if ms == quoting.chart_ms), _DEFAULT_FRAME)
            self._quoting, self._frame = quoting, self._frames.get(quoting, opening)
        if not quoting.has_book:
            self._mode = Mode.CANDLES

    @property
    def mode(self) -> Mode:
        """What it shows of the market."""
        return self._mode

    def step_mode(self) -> None:
        """Candles, depth, heat map, and round again."""
        modes = list(Mode) if self._quoting.has_book else [Mode.CANDLES]
        self._mode = modes[(modes.index(self._mode) + 1) % len(modes)]
        self._renew()

    @property
    def frame(self) -> str:
        """The frame's word, e.g. "15s"."""
        return FRAMES[self._frame][0]

    def step_frame(self, by: int) -> None:
        """Longer (positive) or shorter candles, round and round; in the depth view, more or less of the book."""
        if self._mode is Mode.DEPTH:
            self._spot.zoom(by)
        else:
            self._frame = (self._frame + by) % len(FRAMES)
        self._renew()

    def tell_of_book(self) -> None:
        """The book moved, or may claim something else: candles do not show it."""
        if self._mode is not Mode.CANDLES:
            self.tell()

    def sampled(self) -> None:
        """The books were recorded once more."""
        if self._mode is Mode.HEAT:
            self.touch()

    def _renew(self) -> None:
        """The person asked for another picture: it does not wait for its turn."""
        noun = self._mode.value if self._mode is Mode.DEPTH else f"{self._mode.value} {self.frame}"
        self.title = noun.capitalize() if self._state is None else f"{self._label()} {noun}"
        self._built_s = float("-inf")
        self.touch()

    def _label(self) -> str:
        assert self._state is not None
        return pane_title(self._state.market.label(self._outcome), "").strip()

    def forget_looks(self) -> None:
        super().forget_looks()
        self._built, self._built_s = None, float("-inf")

    @property
    def freshness(self) -> Freshness:
        state = self._state
        if state is None:
            return super().freshness
        if self._mode is not Mode.CANDLES and self._outcome < len(state.book_freshness):
            return state.book_freshness[self._outcome]
        if self._is_line(state):
            return state.freshness[MarketPane.TAPE]
        return state.freshness[MarketPane.CHART]

    def note(self) -> tuple[str, Tone]:
        if self._mode is not Mode.DEPTH and self._cursor.at_ms is not None:
            return "held", Tone.ACCENT
        return "", Tone.MUTED

    def foot(self) -> tuple[str, str]:
        if self._picture is None:
            return "", ""
        left, right = self._picture.foot
        is_held = self._mode is not Mode.DEPTH and self._cursor.at_ms is not None
        return "Esc follows" if is_held else left, right

    # keys -----------------------------------------------------------------------------------------------------------

    def action_cursor(self, by: int) -> None:
        """A candle, a column or a price to the right (positive) or to the left."""
        if self._mode is Mode.DEPTH:
            self._spot.move(by)
        else:
            self._move(by)
        self._renew()

    def action_cursor_page(self, by: int) -> None:
        """Half a picture to the right (positive) or to the left."""
        self.action_cursor(by * max(2, self._slots // 2))

    def action_cursor_price(self, by: int) -> None:
        """In the heat map, a row up (positive) or down."""
        if self._mode is Mode.HEAT:
            self._spot.move(by)
            self._renew()

    def action_cursor_first(self) -> None:
        """To the oldest."""
        self.action_cursor(-1_000_000)

    def action_cursor_last(self) -> None:
        """To the newest."""
        self.action_cursor(1_000_000)

    def action_cursor_end(self) -> None:
        """No cursor, and follow the time again."""
        self._cursor.end()
        self._spot.end()
        self._renew()

    def _move(self, by: int) -> None:
        state = self._state
        if state is None or self._picture is None:
            return
        heat = self._mode is Mode.HEAT
        oldest = state.depths[self._outcome].oldest_ms if heat else chart_candles.oldest_ms(state, self._outcome)
        newest = max(chart_candles.newest_ms(state, self._outcome), self._venue_ms() if self._venue_ms else 0)
        self._cursor.move(
            by,
            now_ms=newest,
            interval_ms=FRAMES[self._frame][1],
            slots=self._slots,
            oldest_ms=newest if oldest is None else oldest,
        )

    # rows -----------------------------------------------------------------------------------------------------------

    def compute_body(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        state = self._state
        if state is None or self._outcome >= len(state.books):
            return self._say("waiting for the market", width, height)
        nothing = self._nothing(state)
        if nothing:
            return self._say(nothing, width, height)
        if width < 12 or height < 4:
            return self._say("", width, height)
        now_ms = self._now_ms()
        wanted = self._wanted(state, width, height, now_ms)
        if wanted != self._built:
            wait_s = self._built_s + BUILD_INTERVAL_S - now_s
            if self._rows and wait_s > 0 and len(self._rows) == height:
                self.paint_clock.mark_later(self, wait_s)
            else:
                self._build(state, width, height, now_ms)
                self._built, self._built_s = wanted, now_s
                self.builds += 1
        return self._rows

    def _say(self, words: str, width: int, height: int) -> Sequence[Hashable]:
        self._rows, self._picture, self._built = [], None, None
        return words_rows(words, width, height)

    def _nothing(self, state: MarketState) -> str:
        """Why there is nothing to draw; empty when there is something."""
        freshness, idle = self.freshness, idle_words(state.market.status)
        is_over = freshness.is_live or freshness.state in (PaneState.REFUSED, PaneState.OFF)
        if self._mode is Mode.DEPTH:
            if not state.books[self._outcome].is_empty:
                return ""
            if idle and is_over:
                return f"no resting orders; {idle}"
            return "no resting orders" if freshness.is_live else "waiting for the book"
        if self._mode is Mode.HEAT:
            if state.depths[self._outcome].oldest_ms is not None:
                return ""
            return "waiting for the book" if freshness.state is not PaneState.OFF else "no book"
        if len(state.candles[self._outcome]) or self._is_line(state):
            return ""
        if idle and is_over:
            return f"no trades to draw; {idle}"
        if freshness.is_live:
            return "no prints yet: candles begin with the first trade"
        return "no candles" if is_over else "waiting for candles"

    def _is_line(self, state: MarketState) -> bool:
        """Whether the price line stands in for candles: not while these may still come."""
        waiting = state.freshness[MarketPane.CHART].state in (PaneState.CONNECTING, PaneState.SYNCING)
        return self._outcome < len(state.candles) and not waiting and chart_candles.is_line(state, self._outcome)

    def _wanted(self, state: MarketState, width: int, height: int, now_ms: int | None) -> Hashable:
        """Everything a picture is made of: as long as this stays, it is the same picture."""
        outcome, account = self._outcome, self._account
        looks = (width, height, self.freshness.is_live, self.view.is_private, self.view.zone, self.glyphs)
        own = () if account is None else (account.orders.version, account.fills.version)
        look = (self._mode, state, outcome, self._frame, self._cursor.at_ms, self._cursor.held_ms)
        if self._mode is Mode.DEPTH:
            return (look, looks, own, self._spot.key, state.books[outcome].version)
        candles = (state.candles[outcome].version, state.tape.version if self._is_line(state) else 0)
        if self._mode is Mode.HEAT:
            return (look, looks, self._spot.key, state.depths[outcome].version, candles)
        return (look, looks, own, candles, now_ms)

    def _now_ms(self) -> int | None:
        """The bucket of this moment; the next one brings another picture, traded or not."""
        if self._venue_ms is None or self._mode is Mode.DEPTH:
            return None
        interval_ms = FRAMES[self._frame][1]
        now_ms = self._venue_ms()
        self.paint_clock.mark_later(self, (interval_ms - now_ms % interval_ms) / 1000)
        return now_ms - now_ms % interval_ms

    def _build(self, state: MarketState, width: int, height: int, now_ms: int | None) -> None:
        asked = Asked(
            state,
            self._outcome,
            FRAMES[self._frame][1],
            now_ms,
            self._cursor,
            self.view,
            hatched=self.palette.color(Tone.UP) == self.palette.color(Tone.DOWN),
            live=self.freshness.is_live,
        )
        if self._mode is Mode.DEPTH:
            picture = chart_depth.build(asked, self._account, self._spot, width, height)
        elif self._mode is Mode.HEAT:
            picture = chart_heat.build(asked, self._spot, width, height)
        else:
            picture = chart_candles.build(asked, self._account, width, height)
        self._picture, self._slots, self._rows = picture, picture.slots, picture.rows()

    # drawing --------------------------------------------------------------------------------------------------------

    def draw_body(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, WordsRow):
            return draw_line(row, width, self.palette, self.glyphs)
        if isinstance(row, ReadoutRow):
            return draw_readout(row, width, self.palette)
        assert isinstance(row, ChartRow)
        return draw_chart_row(row, self.palette)
