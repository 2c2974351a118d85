"""A sheet over the dashboard: lines to read, scrolled and closed with the keyboard."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget

from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting.frame import clip_cells
from psdash.dashboard.painting.glyphs import key_name
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsWidget
from psdash.dashboard.remap import table_of
from psdash.terminal.cells import cells_in


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one meaning; `width` cells wide when given."""

    text: str
    tone: Tone = Tone.TEXT
    bold: bool = False
    width: int = 0


Line = tuple[Piece, ...]


class Sheet(RowsWidget, can_focus=True):
    """Lines of pieces that scroll."""

    BINDINGS = bindings(Place.PANE)

    top = 0
    _total = 0

    def lines(self, now_s: float, width: int) -> Sequence[Line]:
        """What the sheet says, in `width` cells."""
        raise NotImplementedError

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        lines = self.lines(now_s, width)
        self._total = len(lines)
        self.top = max(0, min(self.top, self._total - height))
        more = self._total - self.top - height
        if isinstance(self.parent, Widget):  # the frame around it
            shown = {key.id: key_name(key.shown, self.glyphs) for key in table_of(self.app)}
            closes = f"{shown['sheet.close']} closes"
            rest = f"{self.glyphs.down} {more} more ({shown['rows.page-down']})  {closes}"
            self.parent.border_subtitle = Content(rest if more > 0 else closes)
        return lines[self.top : self.top + height]

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        assert isinstance(row, tuple)
        segments: list[Segment] = []
        room = width
        for piece in row:
            text = clip_cells(piece.text, min(piece.width or room, room), self.glyphs.ellipsis)
            text += " " * (min(piece.width, room) - cells_in(text))
            room -= cells_in(text)
            segments.append(Segment(text, self.palette.style(piece.tone, bold=piece.bold)))
        return segments

    def _to(self, top: int) -> None:
        self.top = max(0, min(top, self._total - self.size.height))
        self.touch()

    def action_scroll_up(self) -> None:
        self._to(self.top - 1)

    def action_scroll_down(self) -> None:
        self._to(self.top + 1)

    def action_page_up(self) -> None:
        self._to(self.top - self.size.height)

    def action_page_down(self) -> None:
        self._to(self.top + self.size.height)

    def action_scroll_home(self) -> None:
        self._to(0)

    def action_scroll_end(self) -> None:
        self._to(self._total)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._to(self.top - 3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._to(self.top + 3)


def framed(sheet: Sheet, shape: str = "") -> Vertical:
    """A frame with the sheet's title: a sheet draws rows and nothing around them. `shape` is a class for styling."""
    frame = Vertical(sheet, classes=f"sheet-frame {shape}")
    frame.border_title = Content(str(sheet.border_title))
    return frame


class SheetScreen(ModalScreen[None]):
    """One sheet over whatever was there."""

    BINDINGS = bindings(Place.SHEET)

    #: A class of the frame, for the style sheet.
    SHAPE = ""

    def sheet(self, clock: PaintClock) -> Sheet:
        """The sheet to show."""
        raise NotImplementedError

    def __init__(self, clock: PaintClock) -> None:
        super().__init__()
        self._paint_clock = clock

    def compose(self) -> ComposeResult:
        yield framed(self.sheet(self._paint_clock), self.SHAPE)

    def action_close(self) -> None:
        """Back to what was there."""
        self.dismiss()
