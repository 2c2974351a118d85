"""What really happens on the exchange: the ledger has it, and every client must show it.

Books of one side, empty books, prices off the cent, matches that the chain never answers for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import ClassVar

from psdash.simulator.chaos.fault import Fault, Kit, Lasting, Venue
from psdash.simulator.exchange import units
from psdash.simulator.exchange.books import Level
from psdash.simulator.exchange.engine import Engine
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import BookChanged, Happening
from psdash.simulator.exchange.ids import make_address
from psdash.simulator.exchange.listing import MarketRow, MarketStatus
from psdash.simulator.exchange.market import Market
from psdash.simulator.exchange.trades import TradeRecord

MILL = Decimal("0.001")
CENT = Decimal("0.01")
#: Sizes of the orders off the cent, nearest to the touch first.
SIZES = (Decimal(40), Decimal(75), Decimal("12.5"))
FUNDS = Decimal(1_000_000)


class OnExchange(Lasting):
    """Something that is done to markets which somebody watches, for a while."""

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._rng = self.rng("markets")

    def strike(self, gateways: frozenset[str]) -> None:
        self.relent()
        super().strike(frozenset({"market"}))

    def watched(self) -> list[MarketRow]:
        """The markets whose book somebody subscribes to and that are open."""
        venue = self.kit.venue
        if venue is None:
            return []
        catalogue = venue.exchange.catalogue
        symbols: dict[str, MarketRow] = {}
        for token_id in venue.hub.watched("token_book"):
            try:
                row, _ = catalogue.by_token(token_id)
            except KeyError:
                continue  # an id that nobody lists can be subscribed to all the same
            if venue.exchange.market_status(row.symbol) is MarketStatus.OPEN:
                symbols[row.symbol] = row
        return [symbols[symbol] for symbol in sorted(symbols)]


class Sweep(OnExchange):
    """Everything on one or both sides of a watched book is cancelled, as often as it comes back, for a while."""

    default: ClassVar[float] = 6.0
    sides: ClassVar[int] = 2

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._stop: Callable[[], None] | None = None

    def begin(self, gateways: frozenset[str]) -> None:
        rows = self.watched()
        if not rows or self.kit.venue is None:
            return
        row, first = self._rng.choice(rows), self._rng.random() < 0.5
        forbidden = {True, False} if self.sides == 2 else {first}
        exchange = self.kit.venue.exchange
        self.note(f"{row.slug} {'both sides' if self.sides == 2 else 'bids' if first else 'asks'}")

        def hear(happening: Happening) -> None:
            if type(happening) is BookChanged and happening.token_id == row.yes_token_id:
                _sweep(exchange, row.symbol, forbidden)

        self._stop = exchange.listen(hear)
        _sweep(exchange, row.symbol, forbidden)

    def ended(self, gateway: str) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None


class OneSided(Sweep):
    """A watched book loses one whole side for a while, on the exchange."""

    sides = 1


class EmptyBook(Sweep):
    """A watched book is empty for a while, on the exchange."""


def _sweep(exchange: Exchange, symbol: str, forbidden: set[bool]) -> None:
    """Take out everything that rests on the forbidden sides (True: YES bids)."""
    book = exchange.market_state(symbol).book
    if isinstance(book, Engine):
        for order in book.resting():
            if order.is_bid in forbidden:
                exchange.cancel(order.wallet, order.order_id)
        return
    gone = [
        ("bid" if is_bid else "ask", level.price, Decimal(0))
        for is_bid in forbidden
        for level in _side(exchange, symbol, is_bid=is_bid)
    ]
    if gone:
        exchange.replace_levels(symbol, gone)


def _side(exchange: Exchange, symbol: str, *, is_bid: bool) -> list[Level]:
    book = exchange.token_book(exchange.catalogue.market(symbol).yes_token_id)
    return book.bids() if is_bid else book.asks()


class Tick(OnExchange):
    """The tick of the watched markets goes from 0.01 to 0.001 for a while: orders rest between the cents."""

    default: ClassVar[float] = 15.0

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._wallet: str | None = None
        self._undo: list[Callable[[], object]] = []

    def begin(self, gateways: frozenset[str]) -> None:
        for row in self.watched():
            assert self.kit.venue is not None
            exchange = self.kit.venue.exchange
            book = exchange.token_book(row.yes_token_id)
            bid, ask = book.best_bid, book.best_ask
            if bid is None or ask is None or ask - bid < CENT:
                continue
            self.note(row.slug)
            self._undo.append(_refine(exchange.market_state(row.symbol)))
            for is_bid, price, size in _between(bid, ask):
                self._undo.append(self._rest(exchange, row.symbol, price, size, is_bid=is_bid))

    def _rest(
        self, exchange: Exchange, symbol: str, price: Decimal, size: Decimal, *, is_bid: bool
    ) -> Callable[[], object]:
        """Put shares at a YES price; the answer takes them away again."""
        if not isinstance(exchange.market_state(symbol).book, Engine):
            side = "bid" if is_bid else "ask"
            exchange.replace_level(symbol, side, price, size)
            return lambda: exchange.replace_level(symbol, side, price, Decimal(0))
        wallet = self._account(exchange)
        # Whoever has dollars only buys NO where another would sell YES: the same ask in the book.
        placed = exchange.place(wallet, symbol, "buy", 0 if is_bid else 1, price if is_bid else 1 - price, size)
        return lambda: exchange.cancel(wallet, placed.order_id)

    def _account(self, exchange: Exchange) -> str:
        if self._wallet is None:
            self._wallet = make_address(self._rng)
            exchange.open_account(self._wallet, make_address(self._rng), FUNDS)
        return self._wallet

    def ended(self, gateway: str) -> None:
        undo, self._undo = self._undo, []
        for each in reversed(undo):
            each()


def _refine(market: Market) -> Callable[[], object]:
    """Set a market's tick to a mill; the answer sets it back."""
    before_m, market.tick_m = market.tick_m, units.mills(MILL)
    return lambda: setattr(market, "tick_m", before_m)


def _between(bid: Decimal, ask: Decimal) -> Iterator[tuple[bool, Decimal, Decimal]]:
    """Three mills inward from each side of the touch, the outermost first: the sides never meet."""
    for step, size in enumerate(SIZES, start=1):
        yield True, bid + step * MILL, size
        yield False, ask - step * MILL, size


class SettlementNever(Fault):
    """Matches that the chain never answers for: matched for ever, on the exchange."""

    unit = "share of matches"
    default: ClassVar[float] = 0.2

    def opened(self, venue: Venue) -> None:
        rng = self.rng("matches")

        def jams(record: TradeRecord) -> bool:
            stuck = self.active and rng.random() < self.level
            if stuck:
                self.note(record.trade_id)
            return stuck

        venue.exchange.jam_settlement(jams)


__all__ = ["EmptyBook", "OneSided", "SettlementNever", "Tick"]
