"""What the market list knows of a market's prices, and how old that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from psdash.dashboard.painting.columns import Cell, unknown
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.dashboard.painting.numbers import cents
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.prices import price_fitting
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.catalogue import Market
from psdash.market.quotes import Quote, change_of
from psdash.market.quoting import Quoting, Unit

#: Before a price that the venue names without saying whether it is a bid, a mid or a print.
ABOUT: Final = "~"
#: Cells of a price in dollars, and percents from which on a change is told in multiples.
DOLLAR_CELLS: Final = 9
_FAR: Final = 1_000


@dataclass(frozen=True, slots=True)
class Prices:
    """What a row of the list knows. `age` is a word for how old bid and ask are."""

    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    is_asked: bool = False  # bid and ask were asked for: a missing one is an empty side
    is_live: bool = False
    age: str = ""


def prices_of(market: Market, board: Board, now_s: float) -> Prices:
    """The socket's prices of a watched market while they are live, else whichever of book and quote is younger."""
    quote = board.catalogue.quotes.of(market.slug)
    state = board.state(market.slug)
    if not market.quoting.has_book:
        return _traded(quote, state, now_s)
    if state is not None and state.books:  # none until the market is on chain (protocol §7.2)
        freshness, book = state.book_freshness[0], state.books[0]
        proved_s = freshness.proved_s
        if freshness.is_live or (proved_s is not None and proved_s >= (quote.touch_s or 0.0)):
            bid, ask, last = book.best_bid, book.best_ask, state.tape.last
            return Prices(
                None if bid is None else bid.price,
                None if ask is None else ask.price,
                quote.last if last is None else last.seen_from(0).price,
                is_asked=True,
                is_live=freshness.is_live,
                age="live" if freshness.is_live else short_span(now_s - (proved_s or now_s)),
            )
        if quote.last is None and state.tape.last is not None:
            quote = replace(quote, last=state.tape.last.seen_from(0).price)
    if quote.touch_s is None:
        return Prices(last=quote.last)
    return Prices(quote.bid, quote.ask, quote.last, is_asked=True, age=short_span(now_s - quote.touch_s))


def _traded(quote: Quote, state: MarketState | None, now_s: float) -> Prices:
    """Where nobody quotes: the last trade while they are told, else the price that was looked up."""
    last = None if state is None else state.tape.last
    if state is not None and last is not None and state.freshness[MarketPane.TAPE].is_live:
        return Prices(last=last.price, is_live=True, age="live")
    if quote.price_s is not None and quote.price_s >= (quote.last_s or 0.0):
        return Prices(last=quote.price, age=short_span(now_s - quote.price_s))
    return Prices() if quote.last_s is None else Prices(last=quote.last, age=short_span(now_s - quote.last_s))


def short_span(seconds: float) -> str:
    """A span of time in five cells at most: "8s", "12m", "3h20", "2d4h", "365d"."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02}"
    days, hours = whole // 86_400, whole % 86_400 // 3600
    return f"{days}d{hours}h" if days < 10 and hours else f"{min(days, 9999)}d"


def price_cells(prices: Prices, quote: Quote, quoting: Quoting, glyphs: Glyphs) -> tuple[Cell, Cell, Cell, Cell]:
    """Bid, ask, last and the day's change. Quotes are dimmed: they are not live."""
    if quoting.unit is Unit.DOLLARS:
        return _dollar_cells(prices, quote, glyphs)
    live = prices.is_live

    def of(price: Decimal | None, tone: Tone, *, is_asked: bool) -> Cell:
        if price is None:
            return unknown(glyphs) if is_asked else Cell("")
        return Cell(cents(price), tone if live else Tone.STALE)

    last = of(prices.last, Tone.TEXT, is_asked=live or quote.last_s is not None)
    if prices.last is None and quote.last_s is None and quote.price is not None and not live:
        last = Cell(f"{ABOUT}{cents(_rounded(quote.price))}", Tone.STALE)
    change = change_of(quote, prices.bid, prices.ask, prices.last)
    change = None if change is None else _rounded(change)
    if change is None:
        moved = Cell("")
    elif not change:
        moved = Cell("0", Tone.MUTED)
    else:
        moved = Cell(f"{'+' if change > 0 else '-'}{cents(abs(change))}", Tone.UP if change > 0 else Tone.DOWN)
    return (
        of(prices.bid, Tone.BID, is_asked=prices.is_asked),
        of(prices.ask, Tone.ASK, is_asked=prices.is_asked),
        last,
        moved,
    )


def _dollar_cells(prices: Prices, quote: Quote, glyphs: Glyphs) -> tuple[Cell, Cell, Cell, Cell]:
    """The same in dollars, where nobody quotes; the change in percent, since the prices are of any size."""
    tone = Tone.TEXT if prices.is_live else Tone.STALE
    last = unknown(glyphs) if prices.last is None else Cell(price_fitting(prices.last, DOLLAR_CELLS), tone)
    moved = Cell("")
    if prices.last is not None and quote.day_ago:
        percent = (prices.last - quote.day_ago) / quote.day_ago * 100
        text = f"{percent:+.1f}%" if abs(percent) < _FAR else f">{_FAR // 100}x"  # it cannot have fallen so far
        moved = Cell(text, Tone.UP if percent > 0 else Tone.DOWN if percent else Tone.MUTED)
    return Cell(""), Cell(""), last, moved


def _rounded(price: Decimal) -> Decimal:
    """To a tenth of a cent: finer than any venue's tick, and it fits."""
    return price.quantize(Decimal("0.001"))
