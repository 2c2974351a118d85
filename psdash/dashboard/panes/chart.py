"""The candle chart: the venue's five-second candles in any coarser frame, volume under them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment

from psdash.dashboard.painting.columns import WordsRow, draw_line, wrapped
from psdash.dashboard.painting.numbers import cents, size, utc_time
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsPane
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.candle_canvas import Drawing, Ink, Row, Run, axis_width, candles_that_fit, draw
from psdash.dashboard.panes.concerns import idle_words
from psdash.dashboard.tiers import CHART
from psdash.market.board import MarketPane, MarketState
from psdash.market.candles import Candle
from psdash.market.freshness import Freshness, PaneState

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

_TONES: Final = {
    Ink.NONE: Tone.TEXT,
    Ink.UP: Tone.UP,
    Ink.DOWN: Tone.DOWN,
    Ink.FLAT: Tone.MUTED,
    Ink.LAST: Tone.ACCENT,
    Ink.AXIS: Tone.MUTED,
    Ink.GRID: Tone.FAINT,
}


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One row of the drawing, with what stands on the price axis beside it."""

    runs: Row
    label: str = ""
    label_ink: Ink = Ink.AXIS
    live: bool = True


@dataclass(frozen=True, slots=True)
class ReadoutRow:
    """The newest candle in figures."""

    figures: tuple[tuple[str, str], ...]
    ink: Ink
    live: bool


class ChartPane(RowsPane):
    """One outcome's candles. `show` says which; it builds only when a candle changed, at most twice a second."""

    def __init__(
        self, clock: PaintClock, *, venue_ms: Callable[[], int] | None = None, view: View | None = None
    ) -> None:
        """`venue_ms` tells the venue's time in epoch ms, which is the right edge; without it the newest candle is."""
        super().__init__("Chart", clock, view=view, id=CHART)
        self._venue_ms = venue_ms
        self._state: MarketState | None = None
        self._outcome = 0
        self._frame = _DEFAULT_FRAME
        self._built: Hashable = None
        self._built_s = float("-inf")
        self._rows: list[Hashable] = []
        self.builds = 0

    def show(self, state: MarketState | None, outcome: int = 0) -> None:
        """Show an outcome's candles; None while there is no market yet."""
        self._state, self._outcome = state, outcome
        self._renew()

    @property
    def frame(self) -> str:
        """The frame's word, e.g. "15s"."""
        return FRAMES[self._frame][0]

    def step_frame(self, by: int) -> None:
        """Longer (positive) or shorter candles, round and round."""
        self._frame = (self._frame + by) % len(FRAMES)
        self._renew()

    def _renew(self) -> None:
        """The person asked for another picture: it does not wait for its turn."""
        label = "" if self._state is None else self._state.market.label(self._outcome)[:16]
        self.title = f"{label} chart {self.frame}" if label else f"Chart {self.frame}"
        self._built_s = float("-inf")
        self.touch()

    @property
    def freshness(self) -> Freshness:
        return super().freshness if self._state is None else self._state.freshness[MarketPane.CHART]

    def foot(self) -> tuple[str, str]:
        return ("from the venue's 5 s candles", "UTC") if self._rows else ("", "")

    # rows -----------------------------------------------------------------------------------------------------------

    def compute_body(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        state = self._state
        if state is None or self._outcome >= len(state.candles):
            self._rows = []
            return _words("waiting for the market", width, height)
        series = state.candles[self._outcome]
        if not len(series):
            self._rows = []
            said = "waiting for candles"
            idle = idle_words(state.market.status)
            if idle and (self.freshness.is_live or self.freshness.state in (PaneState.REFUSED, PaneState.OFF)):
                said = f"no trades to draw; {idle}"
            elif self.freshness.is_live:
                said = "no prints yet: candles begin with the first trade"
            elif self.freshness.state in (PaneState.REFUSED, PaneState.OFF):
                said = "no candles"
            return _words(said, width, height)
        now_ms = self._now_ms()
        wanted = (series, series.version, self._frame, width, height, self.freshness.is_live, now_ms)
        if wanted != self._built:
            wait_s = self._built_s + BUILD_INTERVAL_S - now_s
            if self._rows and wait_s > 0 and len(self._rows) == height:
                self.paint_clock.mark_later(self, wait_s)
            else:
                self._rows = self._build(state, width, height, now_ms)
                self._built, self._built_s = wanted, now_s
                self.builds += 1
        return self._rows

    def _now_ms(self) -> int | None:
        """The bucket of this moment; the next one brings another picture, traded or not."""
        if self._venue_ms is None:
            return None
        interval_ms = FRAMES[self._frame][1]
        now_ms = self._venue_ms()
        self.paint_clock.mark_later(self, (interval_ms - now_ms % interval_ms) / 1000)
        return now_ms - now_ms % interval_ms

    def _build(self, state: MarketState, width: int, height: int, now_ms: int | None) -> list[Hashable]:
        _, interval_ms = FRAMES[self._frame]
        series = state.candles[self._outcome]
        live = self.freshness.is_live
        readout = height >= 8
        volume_rows = 0 if height < 9 else max(2, height // 6)
        plot_rows = height - 1 - readout - volume_rows
        candles = series.frame(interval_ms, candles_that_fit(width))
        axis = axis_width(candles, interval_ms, width, plot_rows, now_ms)
        drawing = draw(candles, interval_ms, width - axis, plot_rows + volume_rows, volume_rows, now_ms)
        return [*([_readout(candles[-1], live)] if readout else []), *_chart_rows(drawing, axis, live)]

    # drawing --------------------------------------------------------------------------------------------------------

    def draw_body(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, WordsRow):
            return draw_line(row, width, self.palette, self.glyphs)
        palette = self.palette
        if isinstance(row, ReadoutRow):
            return self._draw_readout(row, width)
        assert isinstance(row, ChartRow)
        segments = [Segment(run.text, palette.style(_TONES[run.ink], live=row.live)) for run in row.runs]
        is_last = row.label_ink is Ink.LAST
        style = palette.style(_TONES[row.label_ink], bold=is_last, live=row.live)
        return [*segments, Segment(row.label, style)]

    def _draw_readout(self, row: ReadoutRow, width: int) -> Sequence[Segment]:
        """Figures that do not fit go, from the last one; none is cut."""
        palette = self.palette
        segments: list[Segment] = []
        room = width
        for name, figure in row.figures:
            text = f" {name} {figure} " if name else f" {figure} "
            if cell_len(text) > room:
                break
            room -= cell_len(text)
            segments += [
                Segment(f" {name} " if name else " ", palette.style(Tone.MUTED, live=row.live)),
                Segment(f"{figure} ", palette.style(_TONES[row.ink] if name else Tone.MUTED, live=row.live)),
            ]
        return segments


def _chart_rows(drawing: Drawing, axis: int, live: bool) -> list[Hashable]:
    rows: list[Hashable] = []
    for at, runs in enumerate(drawing.plot):
        text, ink = drawing.labels.get(at, ("", Ink.AXIS))
        rows.append(ChartRow(runs, f"{text:>{axis}}", ink, live))
    rows += [ChartRow(runs, " " * axis, Ink.AXIS, live) for runs in drawing.volume]
    rows.append(ChartRow((*drawing.times, Run(" " * axis, Ink.AXIS)), "", Ink.AXIS, live))
    return rows


def _readout(candle: Candle, live: bool) -> ReadoutRow:
    ink = Ink.FLAT if candle.close == candle.open else Ink.UP if candle.close > candle.open else Ink.DOWN
    figures = (
        ("O", cents(candle.open)),
        ("H", cents(candle.high)),
        ("L", cents(candle.low)),
        ("C", cents(candle.close)),
        ("V", size(candle.volume, 8)),
        ("", utc_time(candle.start_ms)),
    )
    return ReadoutRow(figures, ink, live)


def _words(text: str, width: int, height: int) -> list[Hashable]:
    lines = wrapped(text, max(10, width - 4))
    rows: list[Hashable] = [""] * max(0, (height - len(lines)) // 2)
    return [*rows, *(WordsRow(line, centred=True) for line in lines)]
