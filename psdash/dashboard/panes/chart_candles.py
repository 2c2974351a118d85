"""The chart's first mode: candles with volume, or the price line where the venue gives no candles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from psdash.account.account import Account
from psdash.account.orders import OrderSide
from psdash.dashboard.painting.moments import clock, zone_words
from psdash.dashboard.painting.numbers import money, size
from psdash.dashboard.painting.prices import price_text
from psdash.dashboard.painting.privacy import masked
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.candle_canvas import OwnFill, OwnOrder, Scene, candles_that_fit, draw
from psdash.dashboard.panes.canvas import Ink
from psdash.dashboard.panes.chart_cursor import TimeCursor
from psdash.dashboard.panes.chart_rows import Figure, Picture, ReadoutRow
from psdash.market.board import MarketState
from psdash.market.candles import Candle, Origin, candles_of_prints
from psdash.market.gaps import Gap, overlaps
from psdash.market.quoting import Unit

#: Under so many rows there is no line of figures, and under so many no volume.
_READOUT_ROWS = 8
_VOLUME_ROWS = 9


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants to see of a market: which outcome, in which frame, and where they look."""

    state: MarketState
    outcome: int
    interval_ms: int
    now_ms: int | None
    cursor: TimeCursor
    view: View
    hatched: bool
    live: bool


def is_line(state: MarketState, outcome: int) -> bool:
    """Whether the price line stands in: the venue gave no candle, and there are prints."""
    return not len(state.candles[outcome]) and len(state.tape) > 0


def newest_ms(state: MarketState, outcome: int) -> int:
    """When the newest candle begins, or when the newest print was."""
    candle, print_ = state.candles[outcome].last, state.tape.last
    if candle is not None:
        return candle.start_ms
    return print_.venue_ms if print_ is not None else 0


def oldest_ms(state: MarketState, outcome: int) -> int:
    """When the oldest candle begins, or when the oldest print was."""
    first = state.candles[outcome].first
    if first is not None:
        return first.start_ms
    prints = state.tape.newest(1, len(state.tape) - 1)
    return prints[0].venue_ms if prints else 0


def build(asked: Asked, account: Account | None, width: int, height: int) -> Picture:
    """Draw the candles, or the line, into `width` x `height` cells. Raises ValueError when there are neither."""
    state, interval_ms, view = asked.state, asked.interval_ms, asked.view
    series = state.candles[asked.outcome]
    at_ms = asked.cursor.bucket_ms(interval_ms)
    readout = (0 if height < _READOUT_ROWS else 1) + (at_ms is not None and height > _READOUT_ROWS)
    volume_rows = 0 if height < _VOLUME_ROWS else max(2, height // 6)
    newest = max(newest_ms(state, asked.outcome), asked.now_ms or 0)
    edge_ms = asked.cursor.edge_ms(newest, interval_ms)
    until_ms, slots = edge_ms + interval_ms, candles_that_fit(width)
    gaps: Sequence[Gap]
    if is_line(state, asked.outcome):
        gaps = state.tape.gaps
        prints = (each for each in state.tape.newest(len(state.tape)) if each.venue_ms < until_ms)
        candles = candles_of_prints(prints, asked.outcome, interval_ms, slots)
        last = state.tape.newest(1)[0].seen_from(asked.outcome).price
    else:
        gaps = tuple(series.gaps)
        candles = series.frame(interval_ms, slots, until_ms)
        assert series.last is not None
        last = series.last.close
    candles = candles or [Candle(edge_ms - slots * interval_ms, last, last, last, last, Decimal(0))]
    scene = Scene(
        candles,
        interval_ms,
        edge_ms,
        last,
        gaps=gaps,
        fills=_own_fills(asked, account, until_ms - slots * interval_ms, until_ms),
        orders=own_orders(asked, account),
        cursor_ms=at_ms,
        glyphs=view.glyphs,
        zone=view.zone,
        hatched=asked.hatched,
        unit=state.market.quoting.unit,
    )
    drawing = draw(scene, width, height - 1 - readout, volume_rows)
    lines = _readout(asked, scene, at_ms, newest)[:readout]
    foot = (_foot(scene, width - drawing.axis, series.told_ms), zone_words(view.zone, edge_ms))
    return Picture(lines, drawing, foot, asked.live, candles_that_fit(width - drawing.axis))


def _own_fills(asked: Asked, account: Account | None, from_ms: int, until_ms: int) -> tuple[OwnFill, ...]:
    """The trader's fills between two times, from this outcome's side: a NO bought at p is a YES sold at 1 - p."""
    if account is None:
        return ()
    symbol, tokens = asked.state.market.symbol, asked.state.market.tokens
    fills = []
    for fill in account.fills.newest(len(account.fills)):
        if fill.venue_ms < from_ms:
            break
        outcome = fill.outcome_index
        if outcome is None and fill.token in tokens:
            outcome = tokens.index(fill.token)
        if fill.symbol != symbol or outcome is None or fill.venue_ms >= until_ms:
            continue
        is_same = outcome == asked.outcome
        buys = (fill.side is OrderSide.BUY) is is_same
        fills.append(OwnFill(fill.venue_ms, fill.price if is_same else 1 - fill.price, buys, fill.size))
    fills.reverse()
    return tuple(fills)


def own_orders(asked: Asked, account: Account | None) -> tuple[OwnOrder, ...]:
    """The trader's resting orders of this market, as they look from this outcome."""
    orders = set()
    for order in () if account is None else account.orders.open_in(asked.state.market.symbol):
        if order.remaining and 0 < order.price < 1:
            is_same = order.outcome_index == asked.outcome
            buys = (order.side is OrderSide.BUY) is is_same
            orders.add(OwnOrder(order.price if is_same else 1 - order.price, buys))
    return tuple(sorted(orders))


# words --------------------------------------------------------------------------------------------------------------


def _readout(asked: Asked, scene: Scene, at_ms: int | None, newest: int) -> tuple[ReadoutRow, ...]:
    """The candle under the cursor, or the newest one, in figures; with a cursor a second line says the rest."""
    view, live = asked.view, asked.live
    start_ms = scene.candles[-1].start_ms if at_ms is None else at_ms
    candle = next((each for each in scene.candles if each.start_ms == start_ms), None)
    when = Figure("", clock(start_ms, view.zone), Ink.AXIS)
    if candle is None:
        before = next((each for each in reversed(scene.candles) if each.start_ms < start_ms), None)
        stays = () if before is None else (Figure("last before", price_text(before.close, scene.unit)),)
        first = ReadoutRow((Figure("", "no prints", Ink.AXIS), *stays, when), live)
    elif candle.origin is Origin.POINTS:
        first = ReadoutRow((Figure("price point", price_text(candle.close, scene.unit), Ink.FLAT), when), live)
    else:
        ink = Ink.FLAT if candle.close == candle.open else Ink.UP if candle.close > candle.open else Ink.DOWN
        prices = (candle.open, candle.high, candle.low, candle.close)
        volume = size(candle.volume, 8) if scene.unit is Unit.PROBABILITY else money(candle.volume, 8)
        figures = (
            *(Figure(name, price_text(price, scene.unit), ink) for name, price in zip("OHLC", prices, strict=True)),
            Figure("V", volume, ink),
            when,
        )
        first = ReadoutRow(figures, live)
    if at_ms is None:
        return (first,)
    told = [Figure("", f"{clock(at_ms, view.zone)} {zone_words(view.zone, at_ms)}", Ink.LAST)]
    if overlaps(scene.gaps, at_ms, at_ms + scene.interval_ms):
        told.append(Figure(scene.glyphs.stripes, "prints may be missing", Ink.GAP))
    told += _own_figures(scene, at_ms, view)
    if at_ms + scene.interval_ms > newest:  # the last, and so the first to go where there is no room
        told.append(Figure("", "still open", Ink.AXIS))
    return (
        ReadoutRow(first.figures[:-1] if candle is not None else first.figures, live),
        ReadoutRow(tuple(told), live),
    )


def _own_figures(scene: Scene, at_ms: int, view: View) -> list[Figure]:
    """What the trader bought and sold in a bucket, and at which average."""
    figures = []
    for is_buy, word, glyph in ((True, "bought", view.glyphs.up), (False, "sold", view.glyphs.down)):
        fills = [f for f in scene.fills if f.is_buy is is_buy and at_ms <= f.venue_ms < at_ms + scene.interval_ms]
        shares = sum((fill.size for fill in fills), Decimal(0))
        if shares:
            average = sum((fill.size * fill.price for fill in fills), Decimal(0)) / shares
            is_cents = scene.unit is Unit.PROBABILITY
            average = average.quantize(Decimal("0.0001")) if is_cents else average
            price = price_text(average, scene.unit)
            figures.append(Figure(f"{glyph} you {word}", f"{masked(size(shares, 8), view)} at {price}", Ink.OWN))
    return figures


def _foot(scene: Scene, width: int, told_ms: int) -> str:
    """Where the picture comes from, and what in it needs a word."""
    edge = scene.edge
    shown = [candle for candle in scene.candles if edge.column(candle.start_ms, width) is not None]
    origins = {candle.origin for candle in shown or scene.candles}
    if Origin.PRINTS in origins:
        words = "line of prints, no candles"
    elif origins == {Origin.POINTS}:
        words = "line of price points"
    elif Origin.POINTS in origins:
        words = "candles; line: price points"
    elif Origin.TAPE in origins:
        words = "candles of the prints" if origins == {Origin.TAPE} else "candles; newest of prints"
    elif scene.interval_ms == told_ms:
        words = "the venue's candles"
    else:
        words = (
            f"venue's {told_ms // 1_000} s candles"
            if told_ms < 60_000
            else f"venue's {told_ms // 60_000} min candles"
        )
    from_ms = scene.edge_ms - (candles_that_fit(width) - 1) * scene.interval_ms
    if overlaps(scene.gaps, from_ms, scene.edge_ms + scene.interval_ms):
        return f"{scene.glyphs.stripes} prints may be missing"
    return words
