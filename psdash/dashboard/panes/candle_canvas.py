"""Candles as characters: plotext draws, at twice the height; two of its rows fold into one row of half blocks.

Nothing here knows Textual. A drawing is rows of runs; a run is text and what it means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import Any, Final, NamedTuple

from psdash.dashboard.painting.numbers import cents, cents_decimals, utc_time
from psdash.market.candles import Candle
from psdash.market.ticks import to_ticks


class Ink(StrEnum):
    """What a character of the chart means."""

    NONE = "none"
    UP = "up"
    DOWN = "down"
    FLAT = "flat"
    LAST = "last"
    AXIS = "axis"
    GRID = "grid"


class Run(NamedTuple):
    """Neighbouring characters of one meaning."""

    text: str
    ink: Ink


Row = tuple[Run, ...]

#: Columns a candle takes: its body and the gap to the next one.
PITCH: Final = 2
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_TIME_GAPS_MS: Final = tuple(60_000 * minutes for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440))
_CENT: Final = Decimal("0.01")
_STEPS: Final = tuple(
    Decimal(step) for step in ("0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.25", "0.5")
)


@dataclass(frozen=True, slots=True)
class Scale:
    """Prices to rows: `high` is the middle of the top row, `low` of the bottom one."""

    low: Decimal
    high: Decimal
    rows: int

    def row(self, price: Decimal) -> int:
        """The row of a price, counted from the top."""
        at = (self.high - price) * (self.rows - 1) / (self.high - self.low)
        return min(self.rows - 1, max(0, int(at + Decimal("0.5"))))


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished chart: `rows` of the plot, `volume` rows under it, price labels by plot row, the time line."""

    plot: tuple[Row, ...]
    volume: tuple[Row, ...]
    labels: dict[int, tuple[str, Ink]]
    times: Row


def candles_that_fit(width: int) -> int:
    """How many candles a plot of `width` columns holds."""
    return max(0, (width + PITCH - 1) // PITCH)


def axis_width(
    candles: Sequence[Candle], interval_ms: int, width: int, plot_rows: int, now_ms: int | None = None
) -> int:
    """Columns the price axis takes of `width`, the gap before it included: as wide as its widest label.

    A wider axis leaves fewer candles and so perhaps other labels; the answer is the first that holds its own.
    """
    for axis in range(3, max(4, width - PITCH)):
        edge_ms = _edge_ms(candles, interval_ms, now_ms)
        placed = _placed(candles, interval_ms, width - axis, edge_ms)
        if 1 + max(len(text) for text, _ in _axis(list(placed.values()), candles[-1], plot_rows)[1].values()) <= axis:
            return axis
    return max(3, width - PITCH)


def draw(
    candles: Sequence[Candle],
    interval_ms: int,
    width: int,
    height: int,
    volume_rows: int,
    now_ms: int | None = None,
) -> Drawing:
    """Draw candles (oldest first, at least one) into `width` columns, the price axis not included.

    `height` is plot and volume rows together. The bucket of `now_ms` (epoch ms; None: the newest candle's) is at the
    right edge, and what nobody has traded in since the last print stays empty. Where a bucket between two prints had
    none, a dot keeps the price before it. Raises ValueError when there is no candle or no room.
    """
    plot_rows = height - volume_rows
    if not candles or width < PITCH or plot_rows < 2:
        raise ValueError("a chart needs a candle and some room")
    slots = candles_that_fit(width)
    edge_ms = _edge_ms(candles, interval_ms, now_ms)
    placed = _placed(candles, interval_ms, width, edge_ms)
    scale, labels = _axis(list(placed.values()), candles[-1], plot_rows)
    cells = [[" "] * width for _ in range(plot_rows)]
    if placed:
        cells = _fold(_plotext(placed, scale, width, plot_rows), width, plot_rows)
        _carry(cells, placed, scale)
    inks = {column: _ink(candle) for column, candle in placed.items()}
    plot = tuple(_runs(row, lambda column, char: _cell_ink(column, char, inks)) for row in cells)
    times = _times(edge_ms, interval_ms, width, slots)
    return Drawing(plot, _volume(placed, inks, width, volume_rows), labels, times)


def _edge_ms(candles: Sequence[Candle], interval_ms: int, now_ms: int | None) -> int:
    """The bucket at the right edge: now, or the newest candle's where the venue's clock is ahead of ours."""
    newest_ms = candles[-1].start_ms
    return newest_ms if now_ms is None else max(newest_ms, now_ms - now_ms % interval_ms)


def _placed(candles: Sequence[Candle], interval_ms: int, width: int, edge_ms: int) -> dict[int, Candle]:
    """The candles that are in view, by column."""
    return {
        column: candle
        for candle in candles
        if (column := width - 1 - PITCH * ((edge_ms - candle.start_ms) // interval_ms)) >= 0
    }


def _axis(shown: Sequence[Candle], last: Candle, rows: int) -> tuple[Scale, dict[int, tuple[str, Ink]]]:
    """The scale of the candles in view, the last one there ever was among them, and its labels."""
    scale, step = _scale(shown or [last], rows)
    return scale, _labels(scale, step, last)


def _ink(candle: Candle) -> Ink:
    if candle.close == candle.open:
        return Ink.FLAT
    return Ink.UP if candle.close > candle.open else Ink.DOWN


def _cell_ink(column: int, char: str, inks: dict[int, Ink]) -> Ink:
    if char == " ":
        return Ink.NONE
    return Ink.GRID if char == "·" else inks.get(column, Ink.FLAT)


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


def _fold(lines: Sequence[str], width: int, rows: int) -> list[list[str]]:
    return [
        [_FOLDED.get(upper + lower, "█") for upper, lower in zip(lines[2 * at], lines[2 * at + 1], strict=True)][
            :width
        ]
        for at in range(rows)
    ]


def _carry(cells: list[list[str]], placed: dict[int, Candle], scale: Scale) -> None:
    """Where no print was between two, a dot keeps the price of the one before."""
    last: Candle | None = None
    for column in range(min(placed), max(placed) + 1, PITCH):
        if column in placed:
            last = placed[column]
        elif last is not None:
            row = scale.row(last.close)
            if cells[row][column] == " ":
                cells[row][column] = "·"


def _volume(placed: dict[int, Candle], inks: dict[int, Ink], width: int, rows: int) -> tuple[Row, ...]:
    top = max((candle.volume for candle in placed.values()), default=Decimal(0))
    if not rows or not top:
        return tuple((Run(" " * width, Ink.NONE),) for _ in range(rows))
    eighths = {
        column: max(1, int(candle.volume * rows * 8 / top)) if candle.volume else 0
        for column, candle in placed.items()
    }
    drawn = []
    for row in range(rows):
        base = (rows - 1 - row) * 8
        line = [_EIGHTHS[min(8, max(0, eighths.get(column, 0) - base))] for column in range(width)]
        drawn.append(_runs(line, lambda column, char: Ink.NONE if char == " " else inks[column]))
    return tuple(drawn)


def _labels(scale: Scale, step: Decimal, last: Candle) -> dict[int, tuple[str, Ink]]:
    labels: dict[int, tuple[str, Ink]] = {}
    price = (scale.low / step).to_integral_value(rounding="ROUND_CEILING") * step
    while price <= scale.high:
        if 0 <= price <= 1:
            labels[scale.row(price)] = (_cents(price, step), Ink.AXIS)
        price += step
    mark = scale.row(last.close)
    labels = {row: label for row, label in labels.items() if abs(row - mark) > 1 or row == mark}
    labels[mark] = (_cents(last.close, step), Ink.LAST)
    return labels


def _cents(price: Decimal, step: Decimal) -> str:
    """A price in cents, with as many decimals as it or its axis needs."""
    return cents(price, cents_decimals(to_ticks(step)))


def _times(newest_ms: int, interval_ms: int, width: int, slots: int) -> Row:
    """The time line: UTC, round times as dense as they fit, each under the candle it names."""
    gap_ms = next((gap for gap in _TIME_GAPS_MS if gap % interval_ms == 0 and gap // interval_ms * PITCH >= 9), None)
    gap_ms = gap_ms or _TIME_GAPS_MS[-1]
    line = [" "] * width
    for slot in range(slots):
        start_ms = newest_ms - slot * interval_ms
        if start_ms % gap_ms:
            continue
        text = utc_time(start_ms)
        text = text if gap_ms < 60_000 else text[:5]
        left = width - 1 - PITCH * slot - len(text) // 2
        if left >= 0 and left + len(text) <= width:
            line[left : left + len(text)] = text
    return (Run("".join(line), Ink.AXIS),)


def _runs(chars: Sequence[str], ink_of: Any) -> Row:
    inked: Iterator[tuple[str, Ink]] = ((char, ink_of(column, char)) for column, char in enumerate(chars))
    return tuple(
        Run("".join(char for char, _ in group), ink) for ink, group in groupby(inked, key=lambda cell: cell[1])
    )
