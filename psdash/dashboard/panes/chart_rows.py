"""The rows of the chart, as values, and how each is drawn."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from rich.segment import Segment

from psdash.dashboard.painting.columns import WordsRow, wrapped
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.dashboard.panes.canvas import Drawing, Ink, Row, Run
from psdash.terminal.cells import cells_in

_TONES: Final = {
    Ink.NONE: Tone.TEXT,
    Ink.UP: Tone.UP,
    Ink.DOWN: Tone.DOWN,
    Ink.FLAT: Tone.MUTED,
    Ink.LINE: Tone.TEXT,
    Ink.LAST: Tone.ACCENT,
    Ink.AXIS: Tone.MUTED,
    Ink.GRID: Tone.FAINT,
    Ink.OWN: Tone.OWN,
    Ink.GAP: Tone.WARN,
    Ink.BID: Tone.BID,
    Ink.ASK: Tone.ASK,
    Ink.TRADE: Tone.TEXT,
}
_BOLD: Final = (Ink.OWN, Ink.TRADE)


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One row of the drawing, with what stands on the price axis beside it."""

    runs: Row
    label: str = ""
    label_ink: Ink = Ink.AXIS
    live: bool = True


class Figure(tuple[str, str, Ink]):
    """What a number is called, the number, and what it means."""

    __slots__ = ()

    def __new__(cls, name: str, text: str, ink: Ink = Ink.LINE) -> Figure:
        return super().__new__(cls, (name, text, ink))


@dataclass(frozen=True, slots=True)
class ReadoutRow:
    """A line of figures; those that do not fit go, from the last one."""

    figures: tuple[Figure, ...]
    live: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished chart: the lines of figures over it, the drawing, and what the frame says under it."""

    readout: tuple[ReadoutRow, ...]
    drawing: Drawing
    foot: tuple[str, str]
    live: bool
    #: Columns of time or price that a cursor can stand on.
    slots: int

    def rows(self) -> list[Hashable]:
        """From top to bottom."""
        drawing, live = self.drawing, self.live
        rows: list[Hashable] = list(self.readout)
        for at, runs in enumerate(drawing.plot):
            text, ink = drawing.labels.get(at, ("", Ink.AXIS))
            rows.append(ChartRow(runs, f"{text:>{drawing.axis}}", ink, live))
        blank = " " * drawing.axis
        rows += [ChartRow(runs, blank, Ink.AXIS, live) for runs in drawing.volume]
        rows.append(ChartRow((*drawing.times, Run(blank, Ink.AXIS)), "", Ink.AXIS, live))
        return rows


def words_rows(text: str, width: int, height: int) -> list[Hashable]:
    """A sentence in the middle of the pane."""
    lines = wrapped(text, max(10, width - 4))
    rows: list[Hashable] = [""] * max(0, (height - len(lines)) // 2)
    return [*rows, *(WordsRow(line, centred=True) for line in lines)]


def draw_chart_row(row: ChartRow, palette: Palette) -> list[Segment]:
    """Draw a row of the picture and its label."""
    segments = [
        Segment(
            run.text,
            palette.style(_TONES[run.ink], Tone.CURSOR if run.lit else None, bold=run.ink in _BOLD, live=row.live),
        )
        for run in row.runs
    ]
    bold = row.label_ink in (Ink.LAST, Ink.OWN, Ink.BID, Ink.ASK)
    return [*segments, Segment(row.label, palette.style(_TONES[row.label_ink], bold=bold, live=row.live))]


def draw_readout(row: ReadoutRow, width: int, palette: Palette) -> list[Segment]:
    """Draw figures with their names; none is cut."""
    segments: list[Segment] = []
    room = width
    for name, text, ink in row.figures:
        cells = cells_in(name) + cells_in(text) + (3 if name else 2)
        if cells > room:
            break
        room -= cells
        segments += [
            Segment(f" {name} " if name else " ", palette.style(Tone.MUTED, live=row.live)),
            Segment(f"{text} ", palette.style(_TONES[ink], live=row.live)),
        ]
    return segments
