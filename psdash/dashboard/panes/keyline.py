"""The two quiet lines: the main keys at the bottom, and the names of the panes that take turns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from rich.segment import Segment
from textual import events

from psdash.dashboard import keymap
from psdash.dashboard.painting.glyphs import key_name
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsPane, RowsWidget
from psdash.dashboard.painting.view import View
from psdash.dashboard.remap import table_of
from psdash.dashboard.tiers import KEYLINE, NOTICE, PANES, TABS
from psdash.terminal.cells import cells_in

_GAP = 3


class KeyLine(RowsWidget):
    """The keys a person needs most; those that do not fit are left to the help."""

    def __init__(self, clock: PaintClock, *, view: View | None = None) -> None:
        super().__init__(clock, view=view, id=KEYLINE)

    def keys(self) -> Sequence[keymap.Key]:
        """What to name, most needed first, the two ways out last."""
        return keymap.footer(table_of(self.app))

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        keys = list(self.keys())
        glyphs = self.glyphs
        while keys and sum(cells_in(key_name(key.shown, glyphs)) + 1 + len(key.label) + _GAP for key in keys) > width:
            # The two ways out of not knowing stay: help and quit are the last of the table's line.
            del keys[-3 if len(keys) > 2 else -1]
        return [tuple((key_name(key.shown, glyphs), key.label) for key in keys)]

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        assert isinstance(row, tuple)
        palette = self.palette
        segments = []
        for shown, label in row:
            segments += [
                Segment(f" {shown}", palette.style(Tone.TEXT, bold=True)),
                Segment(f" {label.lower()} ", palette.style(Tone.MUTED)),
            ]
        return segments


def _taken(tab: Tab) -> int:
    return cells_in(tab.words) + 4 + (1 if tab.is_live or tab.is_tight else 2)


@dataclass(frozen=True, slots=True)
class Tab:
    """A pane's name, its key, whether it is on, and whether its data is live."""

    pane: str
    key: str
    words: str
    is_on: bool
    is_live: bool
    is_tight: bool = False  # no air before its sign: the line is short of room


class TabLine(RowsWidget):
    """The panes that share one place: the one whose turn it is stands out, and one that is not live says so."""

    def __init__(
        self,
        clock: PaintClock,
        panes: dict[str, RowsPane],
        go: Callable[[str], object],
        *,
        view: View | None = None,
    ) -> None:
        """`go` brings a pane on when its name is clicked."""
        super().__init__(clock, view=view, id=TABS)
        self._panes = panes
        self._go = go
        self._shown: tuple[str, ...] = ()
        self._on = ""
        self._is_alone = False
        self._ends: list[tuple[int, str]] = []

    def show(self, panes: tuple[str, ...], on: str, *, is_alone: bool = False) -> None:
        """Name these panes; `on` is the one whose turn it is, `is_alone` that it has the whole screen."""
        self._shown, self._on, self._is_alone = panes, on, is_alone
        self.touch()

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        back = self._way_back() if self._is_alone else ""
        full = tuple(self._tab(name, counted=True) for name in self._shown)
        short = tuple(self._tab(name, counted=False) for name in self._shown)
        tight = tuple(replace(tab, is_tight=True) for tab in short)
        for tabs, words in ((full, back), (short, back), (tight, back), (short, ""), (tight, "")):
            room = width - sum(_taken(tab) for tab in tabs) - cells_in(words)
            if room >= 0:
                return [(tabs, " " * room + words)]
        return [(tight, "")]

    def _way_back(self) -> str:
        key = next(key for key in table_of(self.app) if key.id == "pane.alone")
        return f" {key_name(key.shown, self.glyphs)} all panes "

    def _tab(self, name: str, *, counted: bool) -> Tab:
        note, _ = self._panes[name].note()
        is_on = name == self._on
        words = f"{name} {note}" if counted and note.isdigit() and not is_on else name
        return Tab(name, str(PANES.index(name) + 1), words, is_on, self._live(name))

    def _live(self, name: str) -> bool:
        return self._panes[name].freshness.is_live

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        assert isinstance(row, tuple)
        palette = self.palette
        segments: list[Segment] = []
        self._ends = []
        at = 0
        tabs, words = row
        for tab in tabs:
            mark = self.glyphs.horizontal if tab.is_on else " "
            parts = [
                Segment(f"{mark}{tab.key} ", palette.style(Tone.ACCENT if tab.is_on else Tone.MUTED)),
                Segment(tab.words, palette.style(Tone.ACCENT if tab.is_on else Tone.MUTED, bold=tab.is_on)),
                Segment(self._sign(tab), palette.style(Tone.WARN)),
                Segment(mark, palette.style(Tone.ACCENT)),
            ]
            taken = sum(cells_in(part.text) for part in parts)
            if at + taken > width:
                break
            at += taken
            segments += parts
            self._ends.append((at, tab.pane))
        return [*segments, Segment(words, palette.style(Tone.MUTED))]

    def _sign(self, tab: Tab) -> str:
        if tab.is_live:
            return " "
        return self.glyphs.hollow if tab.is_tight else f" {self.glyphs.hollow}"

    def on_click(self, event: events.Click) -> None:
        event.stop()
        pane = next((pane for end, pane in self._ends if event.x < end), None)
        if pane is not None:
            self._go(pane)


class TooSmall(RowsWidget):
    """What stands in a terminal where nothing fits."""

    def __init__(self, clock: PaintClock, smallest: tuple[int, int], *, view: View | None = None) -> None:
        super().__init__(clock, view=view, id=NOTICE)
        self._smallest = smallest

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        columns, rows = self._smallest
        lines = [f"{width}x{height} is too small", f"psdash needs {columns}x{rows}", "q leaves"]
        return [""] * max(0, (height - len(lines)) // 2) + lines

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        text = str(row)[:width]
        return [Segment(text.center(width), self.palette.style(Tone.WARN))]
