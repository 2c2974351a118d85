"""Candles as characters: plotext draws, at twice the height; two of its rows fold into one row of half blocks.

Nothing here knows Textual. What the venue gives as points, or what is made of prints, is a line and no candle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any, Final, NamedTuple

from psdash.dashboard.painting.glyphs import UNICODE, Glyphs
from psdash.dashboard.painting.numbers import cents_decimals
from psdash.dashboard.painting.prices import DIGITS, PriceForm, form_of
from psdash.dashboard.panes.canvas import Canvas, Drawing, Edge, Ink, Label, Scale, times
from psdash.market.candles import Candle, Origin
from psdash.market.gaps import Gap, overlaps
from psdash.market.quoting import Unit
from psdash.market.ticks import to_ticks

#: Columns a candle takes: its body and the gap to the next one.
PITCH: Final = 2
_CENT: Final = Decimal("0.01")
_STEPS: Final = tuple(
    Decimal(step) for step in ("0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.25", "0.5")
)
#: Of a token's price: round steps of any power of ten.
_ROUND: Final = (1, 2, 5, 10)


class OwnFill(NamedTuple):
    """The trader's own part in a trade, in the shown outcome's terms."""

    venue_ms: int
    price: Decimal
    is_buy: bool
    size: Decimal


class OwnOrder(NamedTuple):
    """A resting order of the trader's, in the shown outcome's terms."""

    price: Decimal
    is_buy: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to draw. `candles` oldest first, at least one; `last` is the price that the last line stands for.

    The bucket of `edge_ms` (epoch ms) is at the right edge, and what nobody has traded in since the last print stays
    empty. Where a bucket between two prints had none, a dot keeps the price before it; where prints may be missing
    (`gaps`), the column is striped. `hatched`: falls differ from rises by their filling, not by colour alone.
    """

    candles: Sequence[Candle]
    interval_ms: int
    edge_ms: int
    last: Decimal
    gaps: Sequence[Gap] = ()
    fills: Sequence[OwnFill] = ()
    orders: Sequence[OwnOrder] = ()
    cursor_ms: int | None = None
    glyphs: Glyphs = UNICODE
    zone: tzinfo = UTC
    hatched: bool = False
    unit: Unit = Unit.PROBABILITY

    @property
    def edge(self) -> Edge:
        """The time line."""
        return Edge(self.edge_ms, self.interval_ms, PITCH)


def candles_that_fit(width: int) -> int:
    """How many candles a plot of `width` columns holds."""
    return max(0, (width + PITCH - 1) // PITCH)


def draw(scene: Scene, width: int, height: int, volume_rows: int) -> Drawing:
    """Draw into `width` columns, the price axis included, and `height` rows of plot and volume together.

    Raises ValueError when there is no candle or no room.
    """
    plot_rows = height - volume_rows
    if not scene.candles or width < PITCH + 3 or plot_rows < 2:
        raise ValueError("a chart needs a candle and some room")
    axis, placed, scale, labels = _arranged(scene, width, plot_rows)
    width -= axis
    canvas = Canvas(width, plot_rows)
    drawn = {column: candle for column, candle in placed.items() if candle.origin.is_whole}
    line = {column: candle for column, candle in placed.items() if not candle.origin.is_whole}
    if drawn:
        _candles(canvas, drawn, scale, scene)
    _line(canvas, line, scale, scene.glyphs)
    _gaps(canvas, scene)
    _carry(canvas, placed, scale, scene)
    _own(canvas, scale, scene)
    _last_line(canvas, scale, scene)
    lit = None if scene.cursor_ms is None else scene.edge.column(scene.cursor_ms, width)
    volume = _volume(placed, width, volume_rows, scene.glyphs)
    under = times(scene.edge, width, scene.zone, scene.cursor_ms)
    return Drawing(canvas.rows(lit), volume.rows(lit), labels, under, axis)


def _arranged(scene: Scene, width: int, rows: int) -> tuple[int, dict[int, Candle], Scale, dict[int, Label]]:
    """The columns the price axis takes of `width`, the gap before it included, and what follows from that.

    A wider axis leaves fewer candles and so perhaps other labels; the answer is the first that holds its own.
    """
    widest = max(3, width - PITCH)
    for axis in range(3, widest + 1):
        placed = _placed(scene, width - axis)
        scale, labels = _axis(list(placed.values()), scene, rows)
        if axis == widest or 1 + max(len(text) for text, _ in labels.values()) <= axis:
            break
    return axis, placed, scale, labels


def _placed(scene: Scene, width: int) -> dict[int, Candle]:
    """The candles that are in view, by column."""
    edge = scene.edge
    columns = ((edge.column(candle.start_ms, width), candle) for candle in scene.candles)
    return {column: candle for column, candle in columns if column is not None}


# the price axis -----------------------------------------------------------------------------------------------------


def _axis(shown: Sequence[Candle], scene: Scene, rows: int) -> tuple[Scale, dict[int, Label]]:
    """The scale of the candles in view (the last price, where there is none), and its labels."""
    last = scene.last
    candles = shown or [Candle(0, last, last, last, last, Decimal(0))]
    scale, step = (_scale if scene.unit is Unit.PROBABILITY else _dollar_scale)(candles, rows)
    return scale, _labels(scale, step, scene)


def _scale(candles: Sequence[Candle], rows: int) -> tuple[Scale, Decimal]:
    """A scale of round labels: whole cents where every price is one, else tenths of a cent at the finest."""
    low = min(candle.low for candle in candles)
    high = max(candle.high for candle in candles)
    is_whole = all(not price % _CENT for candle in candles for price in (candle.low, candle.high, candle.close))
    finest = _CENT if is_whole else _STEPS[0]
    # Not so narrow that labels would fall on prices nobody can quote: four steps at least.
    room = max(_CENT, 4 * finest, high - low)
    if high - low < room:  # a flat market sits in the middle
        middle = (high + low) / 2
        low, high = middle - room / 2, middle + room / 2
    wanted = max(finest, room / max(1, min(6, rows // 3)))
    step = next((step for step in _STEPS if step >= wanted), _STEPS[-1])
    margin = room * Decimal("0.04")
    return Scale(low - margin, high + margin, rows), step


def _dollar_scale(candles: Sequence[Candle], rows: int) -> tuple[Scale, Decimal]:
    """The same for a price of any size: labels of one, two or five, none finer than its fifth digit."""
    low, high = min(candle.low for candle in candles), max(candle.high for candle in candles)
    finest = Decimal(1).scaleb(high.adjusted() - DIGITS + 1) if high else _CENT
    room = max(4 * finest, high - low)
    if high - low < room:
        middle = (high + low) / 2
        low, high = middle - room / 2, middle + room / 2
    wanted = max(finest, room / max(1, min(6, rows // 3)))
    power = Decimal(1).scaleb(wanted.adjusted())
    step = next(times * power for times in _ROUND if times * power >= wanted)
    margin = room * Decimal("0.04")
    return Scale(low - margin, high + margin, rows), step


def _labels(scale: Scale, step: Decimal, scene: Scene) -> dict[int, Label]:
    form, top = _form(step, scene), 1 if scene.unit is Unit.PROBABILITY else scale.high
    labels: dict[int, Label] = {}
    price = (scale.low / step).to_integral_value(rounding="ROUND_CEILING") * step
    while price <= scale.high:
        if 0 <= price <= top:
            labels[scale.row(price)] = (form.text(price), Ink.AXIS)
        price += step
    shows_last = scale.holds(scene.last)
    mark = scale.row(scene.last)
    if shows_last or not labels:
        labels = {row: label for row, label in labels.items() if abs(row - mark) > 1 or row == mark}
        labels[mark] = (form.text(scene.last), Ink.LAST)
    own, up, down = scene.glyphs.own, scene.glyphs.up, scene.glyphs.down
    for order in scene.orders:
        row = scale.row(order.price)
        if not scale.holds(order.price):  # it rests out of view: said at that end, where no other order is named
            if labels.get(row, ("", Ink.AXIS))[1] is Ink.AXIS:
                labels[row] = (f"{own}{up if row == 0 else down}", Ink.OWN)
        elif labels.get(row, ("", Ink.AXIS))[1] is not Ink.LAST:
            labels[row] = (f"{own}{form.text(order.price)}", Ink.OWN)
        elif not labels[row][0].startswith(own):
            labels[row] = (f"{own}{labels[row][0]}", Ink.LAST)
    return labels


def _form(step: Decimal, scene: Scene) -> PriceForm:
    """As many decimals as the axis needs; a price in cents has all of its own besides."""
    if scene.unit is Unit.PROBABILITY:
        return PriceForm(scene.unit, cents_decimals(to_ticks(step)))
    return form_of(scene.unit, (scene.last,))


# the plot -----------------------------------------------------------------------------------------------------------


def _candles(canvas: Canvas, drawn: dict[int, Candle], scale: Scale, scene: Scene) -> None:
    glyphs = scene.glyphs
    shown = {
        "█": glyphs.bars[-1],
        "▀": glyphs.upper_half,
        "▄": glyphs.lower_half,
        "│": glyphs.vertical,
        "╵": glyphs.upper_wick,
        "╷": glyphs.lower_wick,
    }
    for row, chars in enumerate(_fold(_plotext(drawn, scale, canvas.width, canvas.height), canvas.height)):
        for column, candle in drawn.items():
            char = chars[column]
            if char == " ":
                continue
            ink = _ink(candle)
            is_hatched = scene.hatched and ink is Ink.DOWN and char in "█▀▄"
            canvas.put(column, row, glyphs.shades[3] if is_hatched else shown[char], ink)


def _ink(candle: Candle) -> Ink:
    if candle.close == candle.open:
        return Ink.FLAT
    return Ink.UP if candle.close > candle.open else Ink.DOWN


def _plotext(placed: dict[int, Candle], scale: Scale, width: int, rows: int) -> list[str]:
    """Plotext's candlestick on a bare canvas of `width` x 2 `rows` characters."""
    import plotext  # not needed before the first candle: psdash paints its first frame without it

    figure: Any = plotext.figure
    plotext.terminal.limit(False, False)
    figure.clear()
    figure.plot_size(width, 2 * rows)
    figure.canvas("default")
    figure.axes(False)
    for axis, side in (("x", "lower"), ("y", "left")):
        figure.ruler(axis, side).frequency(0)
    # Its own scale in float: a character's place, never a number that is shown.
    figure.ruler("x", "lower").lim(0, width - 1)
    figure.ruler("y", "left").lim(float(scale.low), float(scale.high))
    candles = placed.values()
    signal = figure.candlestick(
        {
            "date": list(placed),
            "open": [float(candle.open) for candle in candles],
            "close": [float(candle.close) for candle in candles],
            "high": [float(candle.high) for candle in candles],
            "low": [float(candle.low) for candle in candles],
        }
    )
    figure.draw(signal)
    lines = figure.build().string(colorless=True).split("\n")
    return [line.ljust(width) for line in lines[: 2 * rows]]


_FOLDED: Final = {
    "  ": " ",
    "██": "█",
    "█ ": "▀",
    " █": "▄",
    "││": "│",
    "│ ": "╵",
    " │": "╷",
    "█│": "█",
    "│█": "█",
}


def _fold(lines: Sequence[str], rows: int) -> list[list[str]]:
    return [
        [_FOLDED.get(upper + lower, "█") for upper, lower in zip(lines[2 * at], lines[2 * at + 1], strict=True)]
        for at in range(rows)
    ]


def _line(canvas: Canvas, line: dict[int, Candle], scale: Scale, glyphs: Glyphs) -> None:
    """A line through what was no candle: level from one price to the next, then straight up or down to it."""
    halves = (glyphs.upper_half, glyphs.lower_half)
    before: tuple[int, int] | None = None
    for column in sorted(line):
        candle = line[column]
        ink = Ink.LINE if candle.origin is Origin.PRINTS else Ink.FLAT
        at = scale.row(candle.close, 2)
        if before is not None:
            for between in range(before[0] + 1, column):
                canvas.fill(between, before[1] // 2, halves[before[1] % 2], ink)
            low, high = sorted((before[1] // 2, at // 2))
            for row in range(low + 1, high):
                canvas.fill(column, row, glyphs.vertical, ink)
        canvas.put(column, at // 2, halves[at % 2], ink)
        before = (column, at)


def _gaps(canvas: Canvas, scene: Scene) -> None:
    """Stripes where prints may be missing, around whatever is drawn there."""
    if not scene.gaps:
        return
    edge, interval_ms = scene.edge, scene.interval_ms
    for slot in range(edge.slots(canvas.width)):
        start_ms = scene.edge_ms - slot * interval_ms
        if overlaps(scene.gaps, start_ms, start_ms + interval_ms):
            for row in range(canvas.height):
                canvas.fill(canvas.width - 1 - PITCH * slot, row, scene.glyphs.stripes, Ink.GAP)


def _carry(canvas: Canvas, placed: dict[int, Candle], scale: Scale, scene: Scene) -> None:
    """Where no print was between two, a dot keeps the price of the one before."""
    if not placed:
        return
    last: Candle | None = None
    for column in range(min(placed), max(placed) + 1, PITCH):
        if column in placed:
            last = placed[column]
        elif last is not None and last.origin.is_whole:
            canvas.fill(column, scale.row(last.close), scene.glyphs.dot, Ink.GRID)


def _own(canvas: Canvas, scale: Scale, scene: Scene) -> None:
    """The trader's fills at their price, beside the candle so that it stays whole; resting orders as dashes."""
    glyphs, edge = scene.glyphs, scene.edge
    for fill in scene.fills:
        column = edge.column(fill.venue_ms, canvas.width)
        if column is None or not scale.holds(fill.price):
            continue
        column = max(0, column - 1)
        row, char = scale.row(fill.price), glyphs.up if fill.is_buy else glyphs.down
        other = canvas.inks[row][column] is Ink.OWN and canvas.chars[row][column] != char
        canvas.put(column, row, glyphs.own if other else char, Ink.OWN)
    for order in scene.orders:
        if scale.holds(order.price):
            for column in range(canvas.width - max(3, canvas.width // 4), canvas.width):
                canvas.fill(column, scale.row(order.price), glyphs.dashed, Ink.OWN)


def _last_line(canvas: Canvas, scale: Scale, scene: Scene) -> None:
    if scale.holds(scene.last):
        row = scale.row(scene.last)
        for column in range(canvas.width):
            canvas.fill(column, row, scene.glyphs.horizontal, Ink.GRID)


def _volume(placed: dict[int, Candle], width: int, rows: int, glyphs: Glyphs) -> Canvas:
    canvas = Canvas(width, rows)
    top = max((candle.volume for candle in placed.values()), default=Decimal(0))
    if not rows or not top:
        return canvas
    for column, candle in placed.items():
        eighths = max(1, int(candle.volume * rows * 8 / top)) if candle.volume else 0
        for row in range(rows):
            filled = min(8, max(0, eighths - (rows - 1 - row) * 8))
            if filled:
                canvas.put(column, row, glyphs.bars[filled], _ink(candle))
    return canvas
