"""The outcomes of one event side by side, and what all of them cost together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psdash.market.board import MarketState
from psdash.market.catalogue import Catalogue, Market
from psdash.market.ticks import to_ticks


@dataclass(frozen=True, slots=True)
class OutcomeQuote:
    """One market of an event: its first outcome's best bid, best ask and last print in ticks, None where none is.

    `is_live` says whether bid and ask may be claimed now.
    """

    market: Market
    bid: int | None = None
    ask: int | None = None
    last: int | None = None
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class Sums:
    """All best bids and all best asks added up, in ticks, and how many of the `outcomes` had one."""

    bids: int
    asks: int
    bid_count: int
    ask_count: int
    outcomes: int
    is_live: bool

    @property
    def are_asks_whole(self) -> bool:
        """Whether every outcome can be bought."""
        return self.ask_count == self.outcomes

    @property
    def are_bids_whole(self) -> bool:
        """Whether every outcome can be sold."""
        return self.bid_count == self.outcomes


def siblings(catalogue: Catalogue, market: Market) -> Sequence[Market]:
    """The markets of a market's event, in the venue's order, itself included."""
    if market.event_id is None:
        return [market]
    return [each for each in catalogue if each.event_id == market.event_id] or [market]


def are_exclusive(markets: Iterable[Market]) -> bool:
    """Whether exactly one of these comes true (protocol §7.5): only then do their prices add up to a dollar."""
    found = list(markets)
    return len(found) > 1 and all(market.is_neg_risk for market in found)


def quote_of(market: Market, state: MarketState | None) -> OutcomeQuote:
    """What is known of one market now; without a state nothing is."""
    if state is None or not state.books:
        return OutcomeQuote(market)
    book, last = state.books[0], state.tape.last
    bid, ask = book.best_bid, book.best_ask
    return OutcomeQuote(
        market,
        bid and bid.ticks,
        ask and ask.ticks,
        None if last is None or not 0 <= last.price <= 1 else to_ticks(last.seen_from(0).price),
        state.book_freshness[0].is_live,
    )


def sums_of(quotes: Sequence[OutcomeQuote]) -> Sums:
    """What selling all of them brings at the best bids, and what buying all of them costs at the best asks."""
    bids = [quote.bid for quote in quotes if quote.bid is not None]
    asks = [quote.ask for quote in quotes if quote.ask is not None]
    is_live = all(quote.is_live for quote in quotes)
    return Sums(sum(bids), sum(asks), len(bids), len(asks), len(quotes), is_live)
