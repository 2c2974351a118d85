"""The line under the ladder that says what the same question costs on other venues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.glyphs import Glyphs
from psdash.market.board import Board, MarketState
from psdash.market.elsewhere import Gap, VenueQuote, best_gap, taker_fee


class Elsewhere:
    """Words about the shown market elsewhere. `names` gives what it is called there, by its slug here."""

    def __init__(self, board: Board, names: Callable[[str], Sequence[str]]) -> None:
        self._board = board
        self._names = names
        self._fees: dict[tuple[str, str], Decimal] = {}
        self._fees_version = -1

    def words(self, state: MarketState, outcome: int, width: int, glyphs: Glyphs) -> str:
        """What fits in `width` cells; empty where the market is nowhere else, or another outcome is shown.

        A gap stands there only while both sides are live; a price that is not has a hollow mark before it.
        """
        names = self._names(state.market.slug) if outcome == 0 else ()
        if not names:
            return ""
        there = [self._quote(name) for name in names]
        book = state.books[0]
        bid, ask = (None if level is None else level.price for level in (book.best_bid, book.best_ask))
        fee = taker_fee(ask, state.market.fee_taker_bps)
        here = VenueQuote("here", bid, ask, state.book_freshness[0].is_live and not book.is_crossed, fee)
        gap = best_gap(here, there)
        if gap is not None:  # its venue first: it is what the gap is to
            there.sort(key=lambda quote: quote.venue != gap.venue)
        prices = [_price_words(quote, glyphs) for quote in there]
        counts = range(len(prices), 0, -1)
        forms = [] if gap is None else [f"{' '.join(prices[:count])}  {_gap_words(gap)}" for count in counts]
        forms += [] if gap is None else [f"{prices[0]}  {_gap_words(gap, is_short=True)}"]
        forms += [" ".join(prices[:count]) for count in counts]
        return next((form for form in forms if len(form) <= width), "")

    def _quote(self, name: str) -> VenueQuote:
        venue, _, market_id = name.partition(":")
        state = self._board.state(name)
        if state is None or not state.books:
            return VenueQuote(venue)
        book = state.books[0]
        bid, ask = (None if level is None else level.price for level in (book.best_bid, book.best_ask))
        live = state.book_freshness[0].is_live and not book.is_crossed
        return VenueQuote(venue, bid, ask, live, self._fee(venue, market_id))

    def _fee(self, venue: str, market_id: str) -> Decimal | None:
        """The largest fee of a contract there that a signal named; looked up anew only when a signal came."""
        signals = self._board.signals
        if signals.version != self._fees_version:
            self._fees_version = signals.version
            self._fees = {}
            for signal in signals.newest():
                for leg in signal.legs:
                    if leg.fee is not None:
                        key = (leg.venue, leg.market)
                        self._fees[key] = max(leg.fee, self._fees.get(key, leg.fee))
        return self._fees.get((venue, market_id))


def _price_words(quote: VenueQuote, glyphs: Glyphs) -> str:
    bid, ask = (glyphs.horizontal if each is None else numbers.cents(each) for each in (quote.bid, quote.ask))
    return f"{quote.venue[:10]} {'' if quote.is_live else glyphs.hollow}{bid}/{ask}"


def _gap_words(gap: Gap, *, is_short: bool = False) -> str:
    cents = f"{gap.dollars * 100:+.1f}".replace("-0.0", "+0.0")
    if is_short:
        return f"gap {cents}c {'net' if gap.is_after_fees else 'gross'}"
    return f"gap {cents}c {'after' if gap.is_after_fees else 'before'} fees"
