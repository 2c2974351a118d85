"""Cumulative bids and asks over price, as characters. Nothing here knows Textual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psdash.dashboard.painting.glyphs import UNICODE, Glyphs
from psdash.dashboard.painting.numbers import cents_decimals, size, ticks_in_cents
from psdash.dashboard.panes.canvas import Canvas, Drawing, Ink, Label, Row, runs, write_over
from psdash.market.book import Level, Side
from psdash.market.ticks import DOLLAR

#: Columns a tick, and ticks a column, from the closest view to the widest.
SCALES: Final = ((8, 1), (6, 1), (4, 1), (3, 1), (2, 1), (1, 1), (1, 2), (1, 5), (1, 10), (1, 20))
#: So many levels of each side are in view, within these ticks from the middle. Not by size: what rests at one cent
#: and at ninety-nine is most of many a book, and nobody trades there.
_LEVELS: Final = 12
_LEAST_TICKS: Final = 5
_MOST_TICKS: Final = 20


@dataclass(frozen=True, slots=True)
class DepthScene:
    """A book to draw: both sides best first, not both empty; `tick` is its price step. `zoom` widens (positive) or
    narrows the view from what fits most of the book. `own` are prices of the trader's resting orders."""

    bids: Sequence[Level]
    asks: Sequence[Level]
    tick: int
    zoom: int = 0
    cursor: int | None = None
    own: frozenset[int] = frozenset()
    glyphs: Glyphs = UNICODE


@dataclass(frozen=True, slots=True)
class Span:
    """What the columns stand for. Nearest the middle the left half begins with the price `left`, the right half with
    `right`; `columns` of them are one bucket of `step` ticks; each half is `half` columns."""

    left: int
    right: int
    columns: int
    step: int
    half: int

    def price(self, column: int) -> int:
        """The outermost price of a column, in ticks: everything better is counted there too."""
        if column < self.half:
            return self.left - (self.half - 1 - column) // self.columns * self.step - self.step
        return self.right + (column - self.half) // self.columns * self.step + self.step

    def column(self, ticks: int) -> int | None:
        """The column in the middle of a price's bucket; None out of view."""
        if ticks <= self.left:
            back = (self.left - ticks) // self.step * self.columns + (self.columns - 1) // 2
            return self.half - 1 - back if back < self.half else None
        back = (ticks - self.right) // self.step * self.columns + self.columns // 2
        return self.half + back if 0 <= back < self.half else None


def span_of(scene: DepthScene, width: int) -> Span:
    """Which prices `width` columns show. Raises ValueError for a book that is empty."""
    bid, ask = (side[0].ticks if side else None for side in (scene.bids, scene.asks))
    known = [ticks for ticks in (bid, ask) if ticks is not None]
    if not known:
        raise ValueError("an empty book has no depth")
    tick, half = scene.tick, max(1, width // 2)
    middle = sum(known) // len(known)
    left = middle - middle % tick
    if bid is None and ask is not None:
        left = ask - tick
    reach = max(abs(side[:_LEVELS][-1].ticks - middle) for side in (scene.bids, scene.asks) if side)
    wanted = max(_LEAST_TICKS * tick, min(_MOST_TICKS * tick, reach))
    fitting = (at for at, (columns, ticks) in enumerate(SCALES) if half // columns * ticks * tick >= wanted)
    at = max(0, min(len(SCALES) - 1, next(fitting, len(SCALES) - 1) + scene.zoom))
    columns, ticks = SCALES[at]
    return Span(left, left + tick, columns, ticks * tick, half)


def cumulative(side: Sequence[Level], ticks: int, which: Side) -> tuple[Decimal, Decimal]:
    """Shares that rest at a price or better, and what they are worth in dollars."""
    better = [level for level in side if (level.ticks >= ticks if which is Side.BID else level.ticks <= ticks)]
    shares = sum((level.size for level in better), Decimal(0))
    return shares, sum((level.size * level.price for level in better), Decimal(0))


def draw(scene: DepthScene, width: int, height: int) -> tuple[Drawing, Span]:
    """Draw into `width` columns, the size axis included, and `height` rows. Raises ValueError for too few."""
    axis = 6
    width = (width - axis) // 2 * 2
    if width < 4 or height < 2:
        raise ValueError("a depth chart needs some room")
    span = span_of(scene, width)
    totals = [_total(scene, span, column) for column in range(width)]
    top = max(totals)
    canvas, glyphs = Canvas(width, height), scene.glyphs
    for column, total in enumerate(totals):
        ink = Ink.BID if column < span.half else Ink.ASK
        eighths = max(1, int(total * height * 8 / top)) if total and top else 0
        for row in range(height):
            filled = min(8, max(0, eighths - (height - 1 - row) * 8))
            is_top = filled and eighths <= (height - row) * 8
            if filled:
                canvas.put(column, row, glyphs.bars[filled] if is_top else glyphs.shades[2], ink)
    for ticks in scene.own:
        at = span.column(ticks)
        if at is not None:
            canvas.put(at, height - 1, glyphs.own, Ink.OWN)
    lit = None if scene.cursor is None else span.column(scene.cursor)
    labels: dict[int, Label] = {0: (size(top, axis - 1), Ink.AXIS)} if top else {}
    if top and height >= 6:
        labels[height // 2] = (size(top * (height - height // 2) / height, axis - 1), Ink.AXIS)
    return Drawing(canvas.rows(lit), (), labels, _prices(scene, span, width), axis), span


def _total(scene: DepthScene, span: Span, column: int) -> Decimal:
    is_bid = column < span.half
    side, which = (scene.bids, Side.BID) if is_bid else (scene.asks, Side.ASK)
    outer = span.price(column) + (scene.tick if is_bid else -scene.tick)
    if not 0 <= outer <= DOLLAR:
        return Decimal(0)
    return cumulative(side, outer, which)[0]


def _prices(scene: DepthScene, span: Span, width: int) -> Row:
    """Prices under their columns, as many as fit; the one under the cursor whatever else there is."""
    line, inks = [" "] * width, [Ink.AXIS] * width
    decimals = cents_decimals(scene.tick)
    gap = next(gap for gap in (1, 2, 5, 10, 20, 50, 100) if gap * span.columns >= 4 + decimals) * span.step
    first = span.price(0)
    for ticks in range(first - first % gap, span.price(width - 1) + 1, gap):
        if 0 <= ticks <= DOLLAR:
            _name(line, inks, span.column(ticks), ticks_in_cents(ticks, decimals), Ink.AXIS)
    if scene.cursor is not None:
        text = f" {ticks_in_cents(scene.cursor, decimals)} "
        _name(line, inks, span.column(scene.cursor), text, Ink.LAST, force=True)
    return runs(line, inks)


def _name(line: list[str], inks: list[Ink], column: int | None, text: str, ink: Ink, *, force: bool = False) -> None:
    if column is None or len(text) > len(line):
        return
    left = max(0, min(len(line) - len(text), column - len(text) // 2))
    clear = slice(max(0, left - 1), left + len(text) + 1)
    if force or not "".join(line[clear]).strip():
        write_over(line, inks, left, text, ink)
