"""What the chart's pictures are made of: characters and what each means. Nothing here knows Textual.

A drawing is rows of runs; a run is text and what it means. Prices run up the right side, times along the bottom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import Final, NamedTuple

from psdash.dashboard.painting.moments import clock


class Ink(StrEnum):
    """What a character of a picture means."""

    NONE = "none"
    UP = "up"
    DOWN = "down"
    FLAT = "flat"
    LINE = "line"
    LAST = "last"
    AXIS = "axis"
    GRID = "grid"
    OWN = "own"
    GAP = "gap"
    BID = "bid"
    ASK = "ask"
    TRADE = "trade"


class Run(NamedTuple):
    """Neighbouring characters of one meaning; `lit` under the cursor."""

    text: str
    ink: Ink
    lit: bool = False


Row = tuple[Run, ...]
Label = tuple[str, Ink]

_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 1440 * _MINUTE_MS
_TIME_GAPS_MS: Final = (
    *(1_000 * seconds for seconds in (15, 30)),
    *(_MINUTE_MS * minutes for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720)),
    *(_DAY_MS * days for days in (1, 2, 7, 14)),
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished picture, `axis` cells narrower than its room: rows of the plot, rows of volume under them, what
    stands on the axis beside each row of the plot, and the line under everything."""

    plot: tuple[Row, ...]
    volume: tuple[Row, ...]
    labels: Mapping[int, Label]
    times: Row
    axis: int


@dataclass(slots=True)
class Canvas:
    """Cells to draw on, from the top left."""

    width: int
    height: int
    chars: list[list[str]] = field(init=False)
    inks: list[list[Ink]] = field(init=False)

    def __post_init__(self) -> None:
        self.chars = [[" "] * self.width for _ in range(self.height)]
        self.inks = [[Ink.NONE] * self.width for _ in range(self.height)]

    def put(self, column: int, row: int, char: str, ink: Ink) -> None:
        """Draw over what is there."""
        self.chars[row][column] = char
        self.inks[row][column] = ink

    def fill(self, column: int, row: int, char: str, ink: Ink) -> None:
        """Draw where nothing is."""
        if self.chars[row][column] == " ":
            self.put(column, row, char, ink)

    def rows(self, lit: int | None = None) -> tuple[Row, ...]:
        """The rows as runs; the column `lit` is under the cursor."""
        return tuple([runs(chars, inks, lit) for chars, inks in zip(self.chars, self.inks, strict=True)])


def runs(chars: Sequence[str], inks: Sequence[Ink], lit: int | None = None) -> Row:
    """Neighbours of one meaning joined."""
    cells = [(char, ink, at == lit) for at, (char, ink) in enumerate(zip(chars, inks, strict=True))]
    joined = [
        Run("".join([char for char, *_ in group]), ink, is_lit)
        for (ink, is_lit), group in groupby(cells, key=lambda cell: cell[1:])
    ]
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class Scale:
    """Prices to rows: `high` is the middle of the top row, `low` of the bottom one."""

    low: Decimal
    high: Decimal
    rows: int

    def row(self, price: Decimal, fineness: int = 1) -> int:
        """The row of a price, counted from the top, in rows cut into `fineness` each."""
        rows = self.rows * fineness
        at = (self.high - price) * (rows - 1) / (self.high - self.low)
        return min(rows - 1, max(0, int(at + Decimal("0.5"))))

    def holds(self, price: Decimal) -> bool:
        """Whether a price is in view."""
        return self.low <= price <= self.high


@dataclass(frozen=True, slots=True)
class Edge:
    """The time line: the bucket of `interval_ms` at the right edge begins at `at_ms`; buckets are `pitch` columns."""

    at_ms: int
    interval_ms: int
    pitch: int

    def slots(self, width: int) -> int:
        """How many buckets `width` columns hold."""
        return max(0, (width + self.pitch - 1) // self.pitch)

    def column(self, epoch_ms: int, width: int) -> int | None:
        """The column of a moment; None out of view."""
        back = self.at_ms // self.interval_ms - epoch_ms // self.interval_ms
        column = width - 1 - self.pitch * back
        return column if 0 <= column < width else None


def times(edge: Edge, width: int, zone: tzinfo, cursor_ms: int | None = None) -> Row:
    """Round times as dense as they fit, each under the bucket it names; a day where a day begins. The bucket of
    `cursor_ms` is named whatever else there is."""
    line, inks = [" "] * width, [Ink.AXIS] * width
    pitch, interval_ms = edge.pitch, edge.interval_ms
    gap_ms = next(
        (gap for gap in _TIME_GAPS_MS if gap % interval_ms == 0 and gap // interval_ms * pitch >= _room(gap)),
        _TIME_GAPS_MS[-1],
    )
    for slot in range(edge.slots(width)):
        start_ms = edge.at_ms - slot * interval_ms
        local_ms = start_ms + _offset_ms(start_ms, zone)
        if local_ms % gap_ms:
            continue
        if local_ms % _DAY_MS == 0 and interval_ms >= 5 * _MINUTE_MS:
            text = f"{datetime.fromtimestamp(start_ms // 1000, zone):%m-%d}"
        else:
            text = clock(start_ms, zone)[: 5 if gap_ms >= _MINUTE_MS else 8]
        left = width - 1 - pitch * slot - len(text) // 2
        if left >= 0 and left + len(text) <= width:
            line[left : left + len(text)] = text
    column = None if cursor_ms is None else edge.column(cursor_ms, width)
    if cursor_ms is not None and column is not None:
        text = f" {clock(cursor_ms, zone)} "
        if len(text) <= width:
            left = max(0, min(width - len(text), column - len(text) // 2))
            write_over(line, inks, left, text, Ink.LAST)
    return runs(line, inks)


def write_over(line: list[str], inks: list[Ink], left: int, text: str, ink: Ink) -> None:
    """Write a name over an axis. What it would cut goes whole: half a number reads like another one."""
    for at, step in ((left - 1, -1), (left + len(text), 1)):
        while 0 <= at < len(line) and line[at] != " ":
            line[at] = " "
            at += step
    line[left : left + len(text)] = text
    inks[left : left + len(text)] = [ink] * len(text)


def _room(gap_ms: int) -> int:
    return 12 if gap_ms < _MINUTE_MS else 9


def _offset_ms(epoch_ms: int, zone: tzinfo) -> int:
    offset = datetime.fromtimestamp(epoch_ms // 1000, zone).utcoffset() or timedelta()
    return offset // timedelta(milliseconds=1)
