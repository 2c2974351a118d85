"""Tables of slow rows: columns that drop in a declared order when room is short, and never clip a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.cells import set_cell_size
from rich.segment import Segment

from psdash.dashboard.painting.frame import clip_cells
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.terminal.cells import cells_in

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


class Cell(NamedTuple):
    """A text and what it means. `brief` says the same shorter, for where the text would be cut."""

    text: str
    tone: Tone = Tone.TEXT
    bold: bool = False
    brief: str = ""
    #: A sign in the gap before the text.
    mark: str = ""


class TableRow(NamedTuple):
    """One row, ready to be compared and drawn."""

    cells: tuple[Cell, ...]
    fitted: tuple[Fitted, ...]
    live: bool = True
    #: A tone behind the whole row.
    on: Tone | None = None
    #: The keys act on this row.
    is_at: bool = False


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
        text = cell.brief if cell.brief and cells_in(cell.text) > column.width else cell.text
        if column.words:
            text = clip_cells(text, column.width, glyphs.ellipsis)
        pad = " " * max(0, column.width - cells_in(text))
        gap = " " * _GAP if place else ""
        style = palette.style(cell.tone, row.on, bold=cell.bold, live=row.live)
        before, after = (gap + pad, "") if column.right else (gap, pad)
        if cell.mark and before:
            before = before[:-1] + cell.mark
        segments += [Segment(before, blank), Segment(text, style), Segment(after, blank)]
    return [segment for segment in segments if segment.text]


def cut_cells(text: str, width: int) -> str:
    """A name cut to `width` cells, with nothing to say so: for columns too narrow for a sign."""
    return text if cells_in(text) <= width else set_cell_size(text, width).rstrip()


def draw_line(row: WordsRow, width: int, palette: Palette, glyphs: Glyphs) -> list[Segment]:
    """Draw words, centred or from the left."""
    text = clip_cells(row.text, width, glyphs.ellipsis)
    pad = (width - cells_in(text)) // 2 if row.centred else 0
    return [Segment(" " * pad), Segment(text, palette.style(row.tone, live=row.live))]


def wrapped(text: str, width: int) -> list[str]:
    """Words over as many lines as they need."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if cells_in(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def at_cursor(segments: Sequence[Segment], palette: Palette, glyphs: Glyphs) -> list[Segment]:
    """A row of a pane, its frame's left side first, with the cursor's sign in place of that."""
    return [Segment(glyphs.cursor, palette.style(Tone.ACCENT, bold=True)), *segments[1:]]


def unknown(glyphs: Glyphs) -> Cell:
    """What stands where the venue has not said: never a guess."""
    return Cell(glyphs.horizontal, Tone.FAINT)
