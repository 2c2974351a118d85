"""How the rows of the tape look, and which columns fit: rows as values, drawn by functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rich.segment import Segment

from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.moments import clock, clock_ms, zone_words
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.dashboard.painting.prices import PriceForm
from psdash.dashboard.painting.privacy import masked
from psdash.dashboard.painting.view import View
from psdash.market.pressure import Pressure
from psdash.market.tape import Aggressor, Settlement

#: In place of the glyph of settlement: a match that the chain should have taken long ago.
UNSETTLED: Final = "!"
#: Cells of " x12", how many prints a sweep has; beyond 99 it says so.
_COUNT: Final = 4
_MOST: Final = 99


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The names of the columns. `at_ms` is a moment of the prints in view: a zone's name may change over a year."""

    form: PriceForm
    price_cells: int
    merges: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class PrintRow:
    """One print, or a sweep of `count`. `form` is how the tape writes its prices, for every row alike."""

    venue_ms: int
    first: Decimal
    last: Decimal
    form: PriceForm
    price_cells: int
    size: Decimal
    value: Decimal
    count: int
    aggressor: Aggressor
    is_own: bool
    settlement: Settlement
    is_live: bool
    merges: bool = False
    is_big: bool = False
    is_at: bool = False  # under the cursor
    hides: bool = False  # the size is an own amount, and the view is private


@dataclass(frozen=True, slots=True)
class GapRow:
    """Between these venue times prints may be missing."""

    from_ms: int
    to_ms: int
    is_live: bool
    is_at: bool = False


@dataclass(frozen=True, slots=True)
class PressureRow:
    """Bought against sold over the last while. `span` says how long that is, as far as the tape reaches."""

    span: str
    sums: Pressure
    is_live: bool


@dataclass(frozen=True, slots=True)
class EmptyRow:
    """Said when there is nothing to show."""

    words: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each column; a column of 0 is dropped. Aggressor, own and settlement are one cell each.

    `spans` says that a sweep's price column holds both ends.
    """

    time: int
    price: int
    size: int
    value: int
    count: int = 0
    spans: bool = False


#: Cells for time, size and value, and whether both ends of a sweep: the first that fits is taken.
_WISHES: Final = ((12, 7, 8), (12, 6, 8), (12, 7, 0), (12, 6, 0), (8, 7, 0), (8, 5, 0), (0, 7, 0))
_MERGED: Final = (
    *((time, size, 8, True) for time in (12, 8) for size in (7, 6)),
    *((time, size, 0, True) for time in (12, 8) for size in (7, 6, 5)),
    *((8, size, 0, False) for size in (7, 5)),
    *((0, 7, 0, spans) for spans in (True, False)),
)


def columns_for(width: int, price: int, *, merges: bool = False) -> Columns:
    """What fits in `width` cells, with prices of `price` cells. The value goes first, then milliseconds, then the
    time; the rest stays.

    With sweeps merged their prints are counted, and milliseconds go before the value.
    """
    count = _COUNT if merges else 0
    # Aggressor, price, size, own and settlement, with their spaces.
    fixed = 9 + count
    for time, size, value, spans in _MERGED if merges else ((*wish, False) for wish in _WISHES):
        prices = 2 * price + 1 if spans else price
        left = width - fixed - prices - size - value - (time + 1 if time else 0)
        if left >= 0:
            return Columns(time, prices, min(size + left, 9), value, count, spans)
    return Columns(0, price, max(4, width - fixed - price), 0, count)


def draw_head(row: HeadRow, width: int, palette: Palette, view: View) -> Sequence[Segment]:
    """Draw the names of the columns."""
    columns = columns_for(width, row.price_cells, merges=row.merges)
    zone = zone_words(view.zone, row.at_ms)[: columns.time]
    time = f"{zone:<{columns.time}} " if columns.time else ""
    value = f"{'VALUE':>{columns.value}}" if columns.value else ""
    text = f" {time}  {row.form.sign(view.glyphs):>{columns.price}} {'SIZE':>{columns.size}}{value}"
    return [Segment(text, palette.style(Tone.MUTED))]


def draw_print(row: PrintRow, width: int, palette: Palette, view: View) -> Sequence[Segment]:
    """Draw one print: standing out, time, aggressor, price, size, prints, value in dollars, own, settlement."""
    columns, live = columns_for(width, row.price_cells, merges=row.merges), row.is_live
    glyphs = view.glyphs
    on = Tone.CURSOR if row.is_at else None

    def piece(text: str, tone: Tone, *, bold: bool = False) -> Segment:
        return Segment(text, palette.style(tone, on, bold=bold, live=live))

    when = ""
    if columns.time:
        when = (clock_ms if columns.time > 8 else clock)(row.venue_ms, view.zone) + " "
    glyph, tone = {
        Aggressor.BUY: (glyphs.up, Tone.UP),
        Aggressor.SELL: (glyphs.down, Tone.DOWN),
        Aggressor.UNKNOWN: (glyphs.dot, Tone.MUTED),
    }[row.aggressor]
    price_tone = Tone.TEXT if row.aggressor is Aggressor.UNKNOWN else tone
    settled, settled_tone = {
        Settlement.MATCHED: (glyphs.hollow, Tone.MUTED),
        Settlement.SETTLED: (glyphs.full, Tone.MUTED),
        Settlement.UNSETTLED: (UNSETTLED, Tone.WARN),
        Settlement.UNKNOWN: (glyphs.horizontal, Tone.MUTED),
        Settlement.FAILED: (UNSETTLED, Tone.ERROR),
    }[row.settlement]
    size = numbers.shares(row.size, columns.size)
    value = numbers.money(row.value, columns.value - 1) if columns.value else ""
    if row.hides:
        size, value = masked(size, view), masked(value, view) if value else ""
    return [
        piece(glyphs.big if row.is_big else " ", Tone.ACCENT),
        piece(when, Tone.MUTED),
        piece(f"{glyph} ", tone),
        piece(f"{_price(row, columns):>{columns.price}}", price_tone, bold=True),
        piece(f" {size:>{columns.size}}", Tone.TEXT, bold=row.is_big),
        piece(_count(row, columns), Tone.MUTED),
        piece(f"{value:>{columns.value}}" if columns.value else "", Tone.MUTED),
        piece(f" {glyphs.own if row.is_own else ' '}", Tone.OWN, bold=True),
        piece(f" {settled} ", settled_tone),
    ]


def _price(row: PrintRow, columns: Columns) -> str:
    """How far it went; where there is room also where it began."""
    last = row.form.text(row.last)
    return f"{row.form.text(row.first)}>{last}" if columns.spans and row.first != row.last else last


def _count(row: PrintRow, columns: Columns) -> str:
    if not columns.count:
        return ""
    words = "" if row.count < 2 else f"x{row.count}" if row.count <= _MOST else f">{_MOST}"
    return f" {words:<{columns.count - 1}}"


def draw_gap(row: GapRow, width: int, palette: Palette, view: View) -> Sequence[Segment]:
    """Draw a gap: a row of its own between the prints. The times give way last."""
    first, last = (clock(at_ms, view.zone) for at_ms in (row.from_ms, row.to_ms))
    rule = view.glyphs.horizontal
    forms = (
        f" {rule} gap {first}-{last}: prints may be missing {rule}",
        f" gap {first}-{last}: prints missing",
        f" gap {first}-{last}",
        f" gap {first}",
        " gap",
    )
    words = next((form for form in forms if len(form) <= width), "")
    return [Segment(words, palette.style(Tone.WARN, Tone.CURSOR if row.is_at else None, live=row.is_live))]


def draw_pressure(row: PressureRow, width: int, palette: Palette, view: View) -> Sequence[Segment]:
    """Draw what was bought and sold as two figures with a bar between: solid bought, dots of nobody known, then sold.

    Without room for a bar the figures stand alone; the figures always stand.
    """
    glyphs, live, sums = view.glyphs, row.is_live, row.sums
    label = f" {row.span}{' with gaps' if sums.has_gap and width >= 44 else ' gap' if sums.has_gap else ''}"
    label_tone = Tone.WARN if sums.has_gap else Tone.MUTED
    if not sums.prints:
        return [Segment(f"{label}  nothing traded", palette.style(label_tone, live=live))]
    bought = f" {glyphs.up} {numbers.shares(sums.bought, 6)} "
    sold = f" {numbers.shares(sums.sold, 6)} {glyphs.down} "
    bar = width - len(label) - len(bought) - len(sold)
    up, unknown, down = bar_cells(sums, bar) if bar >= 4 else (0, 0, 0)
    return [
        Segment(label, palette.style(label_tone, live=live)),
        Segment(bought, palette.style(Tone.UP, live=live)),
        Segment(glyphs.block * up, palette.style(Tone.UP, live=live)),
        Segment(glyphs.dot * unknown, palette.style(Tone.MUTED, live=live)),
        Segment(glyphs.horizontal * down, palette.style(Tone.DOWN, live=live)),
        Segment(sold, palette.style(Tone.DOWN, live=live)),
    ]


def bar_cells(sums: Pressure, width: int) -> tuple[int, int, int]:
    """Cells of a bar of `width` for what was bought, of nobody known, and sold: they fill it, and none that is
    something is nothing while there are three cells.
    """
    parts = (sums.bought, sums.unknown, sums.sold)
    if not sums.total or width < 1:
        return (0, 0, 0)
    cells = [max(int(width * part / sums.total), 1 if part and width >= 3 else 0) for part in parts]
    widest = max(range(3), key=lambda at: parts[at])
    cells[widest] += width - sum(cells)
    return (cells[0], cells[1], cells[2])
