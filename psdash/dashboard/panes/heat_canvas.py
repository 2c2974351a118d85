"""Resting size over time and price, as characters whose density says how much. Nothing here knows Textual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final, NamedTuple

from psdash.dashboard.painting.glyphs import UNICODE, Glyphs
from psdash.dashboard.painting.numbers import cents_decimals, ticks_in_cents
from psdash.dashboard.panes.canvas import Canvas, Drawing, Edge, Ink, Label, times
from psdash.market.depth_history import DepthColumn
from psdash.market.ticks import DOLLAR

#: Tenths of the full size from which each density is drawn, after the faintest.
_DENSITIES: Final = ((10, 5), (6, 4), (3, 3), (1, 2))
#: The size that is drawn solid: so many hundredths of all cells hold less.
_FULL_SHARE: Final = 95
_STEPS: Final = (1, 2, 5, 10, 20, 50)


@dataclass(frozen=True, slots=True)
class HeatScene:
    """What there is to draw. `columns` oldest first; recording began at `since_ms` (epoch ms), and from there on a
    column that is missing, or has been missed in part, is striped: nobody knows what rested. `prints` are last prices
    in ticks by the start of their bucket. `bid` and `ask` are the touch of now, in ticks.
    """

    columns: Sequence[DepthColumn]
    interval_ms: int
    edge_ms: int
    since_ms: int
    until_ms: int
    tick: int
    bid: int | None
    ask: int | None
    prints: Mapping[int, int]
    cursor_ms: int | None = None
    cursor_ticks: int | None = None
    glyphs: Glyphs = UNICODE
    zone: tzinfo = UTC

    @property
    def edge(self) -> Edge:
        """The time line."""
        return Edge(self.edge_ms, self.interval_ms, 1)


class Grid(NamedTuple):
    """Prices to rows: the top row is `top` steps of `step` ticks; `full` millionths of a share are drawn solid."""

    top: int
    step: int
    rows: int
    full: int

    def row(self, ticks: int, *, up: bool) -> int | None:
        """The row of a price; one between two rows belongs to the worse of them. None out of view."""
        at = self.top - (-(-ticks // self.step) if up else ticks // self.step)
        return at if 0 <= at < self.rows else None

    def price(self, row: int) -> int:
        """The price of a row, in ticks."""
        return (self.top - row) * self.step


def draw(scene: HeatScene, width: int, height: int) -> tuple[Drawing, Grid]:
    """Draw into `width` columns, the price axis included, and `height` rows. Raises ValueError for too few."""
    axis = 5 + cents_decimals(scene.tick) * 2
    width -= axis
    if width < 2 or height < 2:
        raise ValueError("a heat map needs some room")
    top, step = _window(scene, height)
    grid = Grid(top, step, height, 0)
    cells = [(column, _cells(column, grid)) for column in scene.columns]
    sizes = sorted(max(pair) for _, rows in cells for pair in rows.values())
    grid = grid._replace(full=max(1, sizes[min(len(sizes) - 1, len(sizes) * _FULL_SHARE // 100)] if sizes else 1))
    canvas, edge = Canvas(width, height), scene.edge
    seen: set[int] = set()
    for column, rows in cells:
        at = edge.column(column.start_ms, width)
        if at is None:
            continue
        seen.add(at)
        for row, (bid, ask) in rows.items():
            ink = Ink.BID if bid >= ask else Ink.ASK
            canvas.put(at, row, scene.glyphs.shades[_density(max(bid, ask), grid.full)], ink)
        _unknown(canvas, scene, grid, at, column)
    _holes(canvas, scene, seen)
    for start_ms, ticks in scene.prints.items():
        at, print_row = edge.column(start_ms, width), grid.row(ticks, up=False)
        if at is not None and print_row is not None:
            canvas.put(at, print_row, scene.glyphs.full, Ink.TRADE)
    lit = None if scene.cursor_ms is None else edge.column(scene.cursor_ms, width)
    under = times(edge, width, scene.zone, scene.cursor_ms)
    return Drawing(canvas.rows(lit), (), _labels(scene, grid), under, axis), grid


def _density(size: int, full: int) -> int:
    return next((shade for tenths, shade in _DENSITIES if size * 10 >= full * tenths), 1)


def _cells(column: DepthColumn, grid: Grid) -> dict[int, tuple[int, int]]:
    """Bid and ask size by row, of those in view."""
    top, step, rows = grid.top, grid.step, grid.rows
    bids: dict[int, int] = {}
    asks: dict[int, int] = {}
    for ticks, size in column.bids.items():  # as `Grid.row` says, thousands of times a picture
        row = top - ticks // step
        if 0 <= row < rows:
            bids[row] = bids.get(row, 0) + size
    for ticks, size in column.asks.items():
        row = top + -ticks // step
        if 0 <= row < rows:
            asks[row] = asks.get(row, 0) + size
    return {row: (bids.get(row, 0), asks.get(row, 0)) for row in bids.keys() | asks.keys()}


def _unknown(canvas: Canvas, scene: HeatScene, grid: Grid, at: int, column: DepthColumn) -> None:
    """Stripes where a column's emptiness says nothing: parts of it were missed, or levels were left out."""
    for row in range(canvas.height):
        price = grid.price(row)
        outside = (column.low is not None and price < column.low) or (column.high is not None and price > column.high)
        if (column.missed or outside) and 0 <= price <= DOLLAR:
            canvas.fill(at, row, scene.glyphs.stripes, Ink.GAP)


def _holes(canvas: Canvas, scene: HeatScene, seen: set[int]) -> None:
    """Stripes over every column since the recording began that was not recorded."""
    since_ms = scene.since_ms - scene.since_ms % scene.interval_ms
    for slot in range(canvas.width):
        start_ms, at = scene.edge_ms - slot * scene.interval_ms, canvas.width - 1 - slot
        if at not in seen and since_ms <= start_ms < scene.until_ms:
            for row in range(canvas.height):
                canvas.fill(at, row, scene.glyphs.stripes, Ink.GAP)


def _window(scene: HeatScene, rows: int) -> tuple[int, int]:
    """The top row in steps, and the step in ticks: every touch in view is shown, with room on both sides."""
    touches = [ticks for ticks in (scene.bid, scene.ask) if ticks is not None]
    for column in scene.columns:
        if column.bids:
            touches.append(max(column.bids))
        if column.asks:
            touches.append(min(column.asks))
    low, high = min(touches, default=DOLLAR // 2), max(touches, default=DOLLAR // 2)
    room = max(1, rows * 7 // 10)
    step = next((scene.tick * n for n in _STEPS if (high - low) // (scene.tick * n) + 1 <= room), 50 * scene.tick)
    middle = (low + high) // 2
    top = middle // step + rows // 2
    if scene.cursor_ticks is not None:  # what a person looks at stays in view
        at = scene.cursor_ticks // step
        top = max(at, min(top, at + rows - 1))
    return top, step


def _labels(scene: HeatScene, grid: Grid) -> dict[int, Label]:
    """Round prices, and the touch of now with the letter of its side."""
    labels: dict[int, Label] = {}
    decimals = cents_decimals(scene.tick)
    every = next((n for n in (2, 5, 10, 20) if grid.rows // n <= 6), 20) * grid.step
    for row in range(grid.rows):
        price = grid.price(row)
        if 0 <= price <= DOLLAR and price % every == 0:
            labels[row] = (f"{ticks_in_cents(price, decimals)} ", Ink.AXIS)
    marks: list[tuple[int, Label]] = []
    for ticks, up, letter, ink in ((scene.bid, False, "b", Ink.BID), (scene.ask, True, "a", Ink.ASK)):
        at = None if ticks is None else grid.row(ticks, up=up)
        if at is not None and ticks is not None:
            marks.append((at, (f"{ticks_in_cents(ticks, decimals)}{letter}", ink)))
    for row, label in marks:
        labels = {at: kept for at, kept in labels.items() if abs(at - row) > 1 or kept[1] is not Ink.AXIS}
        labels[row] = label
    if scene.cursor_ticks is not None:
        at = grid.row(scene.cursor_ticks, up=False)
        if at is not None:
            labels[at] = (f"{scene.glyphs.cursor}{ticks_in_cents(scene.cursor_ticks, decimals)} ", Ink.LAST)
    return labels
