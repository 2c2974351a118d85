"""Tables of slow rows: columns that drop in a declared order when room is short, and never clip a number."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events

from psdash.dashboard.keymap import Place, bindings
from psdash.dashboard.painting.frame import clip_cells
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.dashboard.painting.pane import RowsPane

_GAP: Final = 1
#: Columns of a rank up to this one are worth shorter names.
KEPT: Final = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `rank` says how long it stays when room is short: the highest goes first, 0 never.

    `stretch` columns hold words; they take the room that is left over and may be shortened to `width`, and to `least`
    before another column of a rank up to `KEPT` goes.
    """

    title: str
    width: int
    rank: int = 0
    right: bool = False
    stretch: bool = False
    least: int = 0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A column that is shown: which one, and how wide."""

    at: int
    width: int
    right: bool
    words: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and what it means. `brief` says the same shorter, for where the text would be cut."""

    text: str
    tone: Tone = Tone.TEXT
    bold: bool = False
    brief: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row, ready to be compared and drawn."""

    cells: tuple[Cell, ...]
    fitted: tuple[Fitted, ...]
    live: bool = True
    #: A tone behind the whole row.
    on: Tone | None = None


@dataclass(frozen=True, slots=True)
class WordsRow:
    """A row of words across the pane."""

    text: str
    tone: Tone = Tone.MUTED
    centred: bool = False
    live: bool = True


def fit(columns: Sequence[Column], width: int) -> tuple[Fitted, ...]:
    """The columns that fit `width` cells, in their order, with what is left over given to the stretching one.

    One that went for nothing comes back, those most worth keeping first: a wide one may leave room for a narrow one.
    """
    kept = list(range(len(columns)))
    gone: list[int] = []
    while len(kept) > 1 and _needed(columns, kept) > width:
        worst = max(kept, key=lambda at: columns[at].rank)
        if columns[worst].rank == 0 or (columns[worst].rank <= KEPT and _least(columns, kept) <= width):
            break
        kept.remove(worst)
        gone.append(worst)
    for at in reversed(gone):
        if _needed(columns, [*kept, at]) <= width:
            kept = sorted([*kept, at])
    spare = width - _needed(columns, kept)
    fitted = []
    for at in kept:
        column = columns[at]
        extra, spare = (max(spare, _shortest(column) - column.width), 0) if column.stretch else (0, spare)
        fitted.append(Fitted(at, column.width + extra, column.right, column.stretch))
    return tuple(fitted)


def _shortest(column: Column) -> int:
    return column.least or column.width


def _least(columns: Sequence[Column], kept: Sequence[int]) -> int:
    return sum(_shortest(columns[at]) for at in kept) + _GAP * (len(kept) - 1)


def _needed(columns: Sequence[Column], kept: Sequence[int]) -> int:
    return sum(columns[at].width for at in kept) + _GAP * (len(kept) - 1)


def draw_cells(row: TableRow, palette: Palette, glyphs: Glyphs) -> list[Segment]:
    """Draw a row: words shortened to their column, numbers never."""
    blank = palette.style(Tone.TEXT, row.on) if row.on else None
    segments: list[Segment] = []
    for place, column in enumerate(row.fitted):
        cell = row.cells[column.at]
        text = cell.brief if cell.brief and cell_len(cell.text) > column.width else cell.text
        if column.words:
            text = clip_cells(text, column.width, glyphs.ellipsis)
        pad = " " * max(0, column.width - cell_len(text))
        gap = " " * _GAP if place else ""
        style = palette.style(cell.tone, row.on, bold=cell.bold, live=row.live)
        before, after = (gap + pad, "") if column.right else (gap, pad)
        segments += [Segment(before, blank), Segment(text, style), Segment(after, blank)]
    return [segment for segment in segments if segment.text]


def cut_cells(text: str, width: int) -> str:
    """A name cut to `width` cells, with nothing to say so: for columns too narrow for a sign."""
    return text if cell_len(text) <= width else set_cell_size(text, width).rstrip()


def draw_line(row: WordsRow, width: int, palette: Palette, glyphs: Glyphs) -> list[Segment]:
    """Draw words, centred or from the left."""
    text = clip_cells(row.text, width, glyphs.ellipsis)
    pad = (width - cell_len(text)) // 2 if row.centred else 0
    return [Segment(" " * pad), Segment(text, palette.style(row.tone, live=row.live))]


def wrapped(text: str, width: int) -> list[str]:
    """Words over as many lines as they need."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if cell_len(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


class TablePane(RowsPane):
    """A frame with a header row, rows that scroll, and words where there is nothing to show."""

    BINDINGS = bindings(Place.PANE)

    COLUMNS: ClassVar[tuple[Column, ...]] = ()

    top = 0
    _total = 0
    _room = 1

    # for subclasses -------------------------------------------------------------------------------------------------

    def cells(self, now_s: float, first: int, limit: int) -> tuple[Sequence[tuple[Cell, ...]], int]:
        """The cells of up to `limit` rows after the first `first`, and how many rows there are in all."""
        raise NotImplementedError

    def nothing(self) -> str:
        """What to say when there is no row."""
        raise NotImplementedError

    def below(self, now_s: float, width: int) -> Sequence[WordsRow]:
        """Lines that stay under the rows."""
        return ()

    # painting -------------------------------------------------------------------------------------------------------

    def compute_body(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        fitted = fit(self.COLUMNS, width - 1)  # a cell of air before the frame
        live = self.freshness.is_live
        below = list(self.below(now_s, width))[: max(0, height - 2)]
        self._room = max(1, height - 1 - len(below))
        rows, self._total = self.cells(now_s, self.top, self._room)
        last = max(0, self._total - self._room)
        if self.top > last:
            self.top = last
            rows, self._total = self.cells(now_s, self.top, self._room)
        header = TableRow(tuple(Cell(column.title, Tone.MUTED) for column in self.COLUMNS), fitted)
        body: list[Hashable]
        if rows:
            body = [header, *(TableRow(cells, fitted, live) for cells in rows)]
        else:
            lines = wrapped(self.nothing(), max(10, width - 4))
            body = [None] * max(0, (self._room + 1 - len(lines)) // 2)
            body = ["" for _ in body] + [WordsRow(line, centred=True) for line in lines]
        body += [""] * (height - len(below) - len(body))
        return [*body[: height - len(below)], *below]

    def draw_body(self, row: Hashable, width: int) -> Sequence[Segment]:
        if isinstance(row, TableRow):
            return draw_cells(row, self.palette, self.glyphs)
        assert isinstance(row, WordsRow)
        return draw_line(row, width, self.palette, self.glyphs)

    def foot(self) -> tuple[str, str]:
        hidden = self._total - self._room
        return "", f"{self.top + 1}-{min(self._total, self.top + self._room)} of {self._total}" if hidden > 0 else ""

    # scrolling ------------------------------------------------------------------------------------------------------

    def _to(self, top: int) -> None:
        top = max(0, min(top, self._total - self._room))
        if top != self.top:
            self.top = top
            self.touch()

    def action_scroll_up(self) -> None:
        self._to(self.top - 1)

    def action_scroll_down(self) -> None:
        self._to(self.top + 1)

    def action_page_up(self) -> None:
        self._to(self.top - self._room)

    def action_page_down(self) -> None:
        self._to(self.top + self._room)

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


def unknown(glyphs: Glyphs) -> Cell:
    """What stands where the venue has not said: never a guess."""
    return Cell(glyphs.horizontal, Tone.FAINT)
