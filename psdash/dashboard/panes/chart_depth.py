"""The chart's second mode: what could be sold and bought at once, and down or up to which price."""

from __future__ import annotations

from decimal import Decimal

from psdash.account.account import Account
from psdash.dashboard.painting.numbers import cents_decimals, money, size, ticks_in_cents
from psdash.dashboard.panes.canvas import Ink
from psdash.dashboard.panes.chart_candles import Asked, own_orders
from psdash.dashboard.panes.chart_rows import Figure, Picture, ReadoutRow
from psdash.dashboard.panes.chart_spot import Spot
from psdash.dashboard.panes.depth_canvas import DepthScene, cumulative, draw
from psdash.market.book import Book, Side
from psdash.market.ticks import to_ticks

_READOUT_ROWS = 6


def build(asked: Asked, account: Account | None, spot: Spot, width: int, height: int) -> Picture:
    """Draw the book's depth into `width` x `height` cells. Raises ValueError for a book that is empty."""
    book = asked.state.books[asked.outcome]
    own = frozenset(to_ticks(order.price) for order in own_orders(asked, account))
    bids, asks = list(book.levels(Side.BID)), list(book.levels(Side.ASK))
    scene = DepthScene(bids, asks, book.tick, spot.closer, spot.ticks, own, asked.view.glyphs)
    readout = 1 if height >= _READOUT_ROWS else 0
    drawing, span = draw(scene, width, height - 1 - readout)
    bid = bids[0].ticks if bids else span.left
    ask = asks[0].ticks if asks else span.right
    reach = span.half // span.columns * span.step
    low, high = max(0, span.left - reach + span.step), min(1_000_000, span.right + reach - span.step)
    spot.built(max(span.step, book.tick), low, high, bid, ask)
    lines = (_readout(asked, scene, spot, book),)[:readout]
    seq = "" if book.seq is None else f"#{book.seq}"
    return Picture(lines, drawing, ("cumulative size", seq), asked.live, drawing_slots(width, drawing.axis))


def drawing_slots(width: int, axis: int) -> int:
    """Columns of the plot."""
    return max(1, width - axis)


def _readout(asked: Asked, scene: DepthScene, spot: Spot, book: Book) -> ReadoutRow:
    """What is there at a price or better; without a cursor, each side's whole size."""
    decimals = cents_decimals(book.tick)
    if spot.ticks is None:
        none = asked.view.glyphs.horizontal
        bid, ask = book.best_bid, book.best_ask
        sides = [sum((level.size for level in side), Decimal(0)) for side in (scene.bids, scene.asks)]
        figures = [
            Figure("bids", size(sides[0], 7), Ink.BID),
            Figure("asks", size(sides[1], 7), Ink.ASK),
            Figure("bid", none if bid is None else ticks_in_cents(bid.ticks, decimals), Ink.BID),
            Figure("ask", none if ask is None else ticks_in_cents(ask.ticks, decimals), Ink.ASK),
        ]
        if book.spread is not None:
            figures.append(
                Figure("spread", ticks_in_cents(to_ticks(book.spread), decimals))
                if book.spread >= 0
                else Figure("", "crossed", Ink.GAP)
            )
        return ReadoutRow(tuple(figures), asked.live)
    is_bid = book.best_ask is None or (book.best_bid is not None and spot.ticks <= book.best_bid.ticks)
    if not is_bid and book.best_ask is not None and spot.ticks < book.best_ask.ticks:
        return ReadoutRow((Figure("", "inside the spread", Ink.AXIS),), asked.live)
    side, which = (scene.bids, Side.BID) if is_bid else (scene.asks, Side.ASK)
    shares, dollars = cumulative(side, spot.ticks, which)
    price = ticks_in_cents(spot.ticks, decimals)
    ink = Ink.BID if is_bid else Ink.ASK
    average = f"{dollars / shares * 100:.2f}" if shares else asked.view.glyphs.horizontal
    return ReadoutRow(
        (
            Figure("sell down to" if is_bid else "buy up to", price, ink),
            Figure("", size(shares, 8), ink),
            Figure("for", money(dollars, 10)),
            Figure("average", average),
        ),
        asked.live,
    )
