"""The market list for other programs: one row a market, as it is filtered now."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from psdash.dashboard.screens.market_prices import prices_of
from psdash.dashboard.sending.tables import Table, moment
from psdash.market.board import Board
from psdash.market.catalogue import Market

FIELDS: Final = (
    "market",
    "event",
    "name",
    "status",
    "bid",
    "ask",
    "last",
    "prices_are_live",
    "venue_price",
    "volume_24h",
    "closes_at",
    "favourite",
)


def market_table(markets: Iterable[Market], board: Board, favourites: Iterable[str], now_s: float) -> Table:
    """Prices in dollars, the day's volume in shares; of `venue_price` the venue does not say what kind it is."""
    marked, rows = frozenset(favourites), []
    for market in markets:
        prices, quote = prices_of(market, board, now_s), board.catalogue.quotes.of(market.slug)
        is_asked = prices.is_asked or prices.last is not None
        rows.append(
            (
                market.slug,
                market.event,
                market.group or market.title,
                market.status.value.lower(),
                *map(_plain, (prices.bid, prices.ask, prices.last)),
                ("yes" if prices.is_live else "no") if is_asked else None,
                _plain(quote.price),
                _plain(quote.volume_24h),
                moment(market.closes_ms),
                "yes" if market.slug in marked else "no",
            )
        )
    return Table("markets", FIELDS, rows)


def _plain(value: Decimal | None) -> Decimal | None:
    """Without the zeros that its source happens to write."""
    return None if value is None else value.normalize()
