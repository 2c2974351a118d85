"""The chart's third mode: where size rested, came and went, and what traded there."""

from __future__ import annotations

from collections.abc import Mapping

from psdash.dashboard.painting.moments import clock, zone_words
from psdash.dashboard.painting.numbers import cents_decimals, size, ticks_in_cents
from psdash.dashboard.panes.canvas import Ink
from psdash.dashboard.panes.chart_candles import Asked
from psdash.dashboard.panes.chart_rows import Figure, Picture, ReadoutRow
from psdash.dashboard.panes.chart_spot import Spot
from psdash.dashboard.panes.heat_canvas import Grid, HeatScene, draw
from psdash.market.depth_history import DepthColumn, shares_of
from psdash.market.ticks import CENT, DOLLAR, to_ticks

_READOUT_ROWS = 6


def build(asked: Asked, spot: Spot, width: int, height: int) -> Picture:
    """Draw what was recorded of the book into `width` x `height` cells."""
    state, interval_ms, view = asked.state, asked.interval_ms, asked.view
    history, book = state.depths[asked.outcome], state.books[asked.outcome]
    newest = history.newest_ms or 0
    edge_ms = asked.cursor.edge_ms(max(newest, asked.now_ms or 0), interval_ms)
    columns = history.columns(interval_ms, width, edge_ms + interval_ms)
    from_ms = edge_ms - width * interval_ms
    shown = [column for column in columns if column.start_ms >= from_ms]
    series = state.candles[asked.outcome]
    prints = {
        candle.start_ms: to_ticks(candle.close)
        for candle in series.frame(interval_ms, width, edge_ms + interval_ms)
        if candle.origin.is_whole and 0 <= candle.close <= 1
    }
    at_ms = asked.cursor.bucket_ms(interval_ms)
    scene = HeatScene(
        shown,
        interval_ms,
        edge_ms,
        since_ms=history.since_ms(interval_ms) or newest,
        until_ms=newest,
        tick=min([book.tick, *(CENT // 10 for column in shown[-1:] if _is_fine(column))]),
        bid=None if book.best_bid is None else book.best_bid.ticks,
        ask=None if book.best_ask is None else book.best_ask.ticks,
        prints=prints,
        cursor_ms=at_ms,
        cursor_ticks=spot.ticks,
        glyphs=view.glyphs,
        zone=view.zone,
    )
    readout = 1 if height >= _READOUT_ROWS else 0
    drawing, grid = draw(scene, width, height - 1 - readout)
    bid = scene.bid if scene.bid is not None else DOLLAR // 2
    ask = scene.ask if scene.ask is not None else bid + scene.tick
    spot.built(grid.step, 0, DOLLAR, bid - bid % grid.step, ask + -ask % grid.step)
    lines = (_readout(asked, scene, at_ms, spot.ticks, grid),)[:readout]
    words = f"{view.glyphs.shades[2:]} to {size(shares_of(grid.full), 6)}  {view.glyphs.full} last print"
    if any(run.ink is Ink.GAP for row in drawing.plot for run in row):
        words = f"{view.glyphs.stripes} unknown  {words}"
    foot = (words, zone_words(view.zone, edge_ms))
    return Picture(lines, drawing, foot, asked.live, max(1, width - drawing.axis))


def _is_fine(column: DepthColumn) -> bool:
    return any(ticks % CENT for side in (column.bids, column.asks) for ticks in side)


def _readout(asked: Asked, scene: HeatScene, at_ms: int | None, price: int | None, grid: Grid) -> ReadoutRow:
    """The column under the cursor, or the newest one: the touch, and the largest size of each side or at a price."""
    view, decimals = asked.view, cents_decimals(scene.tick)
    start_ms = at_ms if at_ms is not None else scene.columns[-1].start_ms if scene.columns else scene.edge_ms
    when = Figure("", clock(start_ms, view.zone), Ink.LAST if at_ms is not None else Ink.AXIS)
    column = next((each for each in scene.columns if each.start_ms == start_ms), None)
    if column is None or not column.live:
        return ReadoutRow((when, Figure("", "unknown: book not live", Ink.GAP)), asked.live)
    figures = [when] if at_ms is not None or price is not None else []
    if price is not None:
        bid, ask = (
            sum(s for t, s in side.items() if low < t <= high)
            for side, low, high in (
                (column.bids, price - 1, price + grid.step - 1),
                (column.asks, price - grid.step, price),
            )
        )
        word, micro, ink = ("bid", bid, Ink.BID) if bid >= ask else ("ask", ask, Ink.ASK)
        said = size(shares_of(micro), 8) if micro else "nothing"
        figures.append(Figure(f"{word} at {ticks_in_cents(price, decimals)}", said, ink))
    else:
        figures += [
            _largest("largest bid", column.bids, grid, decimals, Ink.BID),
            _largest("ask", column.asks, grid, decimals, Ink.ASK),
        ]
    if column.missed:
        figures.append(
            Figure(scene.glyphs.stripes, f"live {column.live} of {column.live + column.missed} s", Ink.GAP)
        )
    return ReadoutRow(tuple(figures), asked.live)


def _largest(name: str, side: Mapping[int, int], grid: Grid, decimals: int, ink: Ink) -> Figure:
    """The largest size of a side that is in view."""
    shown = [ticks for ticks in side if grid.row(ticks, up=ink is Ink.ASK) is not None]
    if not shown:
        return Figure(name, "none", ink)
    ticks = max(shown, key=lambda each: side[each])
    return Figure(name, f"{size(shares_of(side[ticks]), 6)} at {ticks_in_cents(ticks, decimals)}", ink)
