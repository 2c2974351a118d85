"""The demo trader: one account with a vault whose orders, fills and positions keep the private panes alive.

It works a handful of resting orders near the touch of a few markets, moves one of them every few seconds, lets a
partly filled one stand, now and then crosses the spread to even out what it holds, and splits or merges pairs when a
side runs short or piles up. Everything it does goes through `place` and `cancel` like anybody's orders.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from psdash.simulator.actors.match import Match
from psdash.simulator.actors.pulse import Pulse
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.listing import MarketRow
from psdash.simulator.exchange.orders import Order

WALLET = "0x1111111111111111111111111111111111111111"
VAULT = "0x2222222222222222222222222222222222222222"
USDC = Decimal(50_000)
#: YES+NO pairs it begins with in each of its markets, and splits again when it runs short.
PAIRS = Decimal(1_500)
REFILL = Decimal(500)
#: With this many more shares of one outcome than of the other it turns its orders around.
TOO_MUCH = Decimal(1_200)
#: It never spends its last dollars.
RESERVE = Decimal(2_000)
#: Milliseconds between two looks at its resting orders, and between two crossings of the spread.
REVIEW_MS = (2_500, 7_000)
REPLACE_MS = (300, 1_200)  # while an order is missing
HURRY_MS = (60, 150)  # while nearly all are
CROSS_MS = (40_000, 90_000)
#: How often it looks whether the market is leaving it behind.
STEP_BACK_MS = (200, 500)
#: A partly filled order is left alone for this long unless the market has left it this many cents behind.
PATIENCE_MS, LEFT_BEHIND = 120_000, 3
#: How soon it reacts to a goal, and how often.
REACTS_MS, FLINCHES = (80, 400), 0.8
#: It never pulls its last orders, and shows new ones at once when it has no more than these.
FEWEST = 3
#: Share of reviews that change only the size of an order whose price is right.
RESIZES = 0.25

_CENT = Decimal("0.01")


@dataclass(slots=True)
class Stand:
    """One order the trader wants to have working: `behind` cents behind the best price of its side, `size` shares."""

    market: int
    outcome: int
    side: str  # "buy" | "sell"
    behind: int
    size: int
    order_id: str | None = None


#: What it works in its first, second and third market.
_STANDS = (
    (0, 0, "buy", 0, 400),
    (0, 0, "buy", 2, 650),
    (0, 0, "sell", 0, 300),
    (0, 0, "sell", 3, 500),
    (0, 0, "buy", 9, 300),
    (1, 1, "buy", 0, 220),
    (1, 0, "sell", 1, 150),
    (1, 1, "sell", 8, 200),
    (2, 0, "buy", 0, 180),
    (2, 1, "buy", 1, 250),
    (2, 1, "buy", 14, 150),
)


class DemoTrader:
    """The account, and the hands that trade it."""

    wallet = WALLET
    vault = VAULT

    def __init__(self, exchange: Exchange, rng: random.Random, rows: Sequence[MarketRow], pulse: Pulse) -> None:
        """Open the account. It trades the first three of `rows`, all OPEN; without any it only exists."""
        self._exchange = exchange
        self._scheduler = exchange.scheduler
        self._rng = rng
        self._pulse = pulse
        self._rows = tuple(rows[:3])
        self.account = exchange.open_account(WALLET, VAULT, USDC)
        self._stands = [Stand(*plan) for plan in _STANDS if plan[0] < len(self._rows)]

    def furnish(self) -> None:
        """Take a first inventory and show every order."""
        for row in self._rows:
            self._exchange.split(WALLET, row.symbol, PAIRS)
        for stand in self._stands:
            self._show(stand)

    def start(self) -> None:
        """Begin to trade."""
        if self._rows:
            self._scheduler.after(self._rng.randint(*REVIEW_MS), self._review)
            self._scheduler.after(self._rng.randint(*CROSS_MS), self._even_out)
            self._scheduler.after(self._rng.randint(*STEP_BACK_MS), self._step_back)

    def watch(self, match: Match) -> None:
        """See the goals of an event: often it pulls what stands near the touch before the news is all in."""
        match.on_goal(lambda _: self._scheduler.after(self._rng.randint(*REACTS_MS), self._flinch))

    # --- resting orders ---------------------------------------------------------------------------------------

    def _review(self) -> None:
        if not self._pulse.beating:
            return
        few = len(self.account.open_orders) <= FEWEST
        stands = [stand for stand in self._stands if self._is_open(stand.market)]
        missing = [stand for stand in stands if self._order(stand) is None]
        if stands:
            stand = (
                max(missing, key=lambda each: each.behind) if missing and few else self._rng.choice(missing or stands)
            )
            if not missing and self._rng.random() < 0.6:
                stand = max(stands, key=self._off_by)
            self._improve(stand)
        wait = HURRY_MS if few else REPLACE_MS if missing else REVIEW_MS
        self._scheduler.after(self._rng.randint(*wait), self._review)

    def _step_back(self) -> None:
        """Leave a price that everybody else has left: whoever stands there alone is about to be run over."""
        if not self._pulse.beating:
            return
        for stand in self._stands:
            order = self._order(stand)
            if order is not None and self._is_open(stand.market) and self._is_exposed(stand, order):
                self._pull(order)
        self._scheduler.after(self._rng.randint(*STEP_BACK_MS), self._step_back)

    def _is_exposed(self, stand: Stand, order: Order) -> bool:
        book = self._exchange.token_book(self._rows[stand.market].token_id(stand.outcome))
        bid, ask = book.best_bid, book.best_ask
        if bid is None or ask is None or ask - bid > _CENT or order.price != (bid if stand.side == "buy" else ask):
            return False
        best = (book.bids(1) if stand.side == "buy" else book.asks(1))[0]
        own = (self._order(each) for each in self._stands if each.market == stand.market)
        return best.count <= sum(
            each is not None and each.is_bid == order.is_bid and each.key == order.key for each in own
        )

    def _flinch(self) -> None:
        if self._rng.random() < FLINCHES:
            for stand in self._stands:
                order = self._order(stand)
                if order is not None and stand.behind <= 3 and self._is_open(stand.market):
                    self._pull(order)

    def _pull(self, order: Order) -> None:
        """Cancel without replacing, as long as enough others rest."""
        if len(self.account.open_orders) > FEWEST:
            self._exchange.cancel(WALLET, order.order_id)

    def _improve(self, stand: Stand) -> None:
        order = self._order(stand)
        if order is None:
            self._show(stand)
            return
        off_by = self._off_by(stand)
        waited_ms = self._scheduler.now_ms - order.created_at_ms
        if order.filled and waited_ms < PATIENCE_MS and off_by <= LEFT_BEHIND:
            return
        if off_by or self._rng.random() < RESIZES:
            self._exchange.cancel(WALLET, order.order_id)
            self._show(stand)

    def _order(self, stand: Stand) -> Order | None:
        """The stand's order while it rests."""
        if stand.order_id is None:
            return None
        order = self._exchange.order(stand.order_id)
        return order if order.is_open else None

    def _off_by(self, stand: Stand) -> Decimal:
        """How many cents the stand's order is from where it should be; 0 when nobody can tell."""
        order, wanted = self._order(stand), self._price(stand)
        return Decimal(0) if order is None or wanted is None else abs(wanted - order.price) / _CENT

    def _price(self, stand: Stand) -> Decimal | None:
        """Where the stand wants its order now, never crossing; None when that side of the book is empty."""
        book = self._exchange.token_book(self._rows[stand.market].token_id(stand.outcome))
        bid, ask = book.best_bid, book.best_ask
        if bid is None or ask is None:
            return None
        # In a wide market it is the best price; the first market is only ever wide while its price moves.
        inside = _CENT if stand.market and ask - bid > 2 * _CENT else 0
        price = bid + inside - stand.behind * _CENT if stand.side == "buy" else ask - inside + stand.behind * _CENT
        return price if 0 < price < 1 else None

    def _show(self, stand: Stand) -> None:
        stand.order_id = None
        row = self._rows[stand.market]
        self._turn(stand)
        price = self._price(stand)
        if price is None:
            return
        size = Decimal(max(5, round(stand.size * self._rng.uniform(0.6, 1.4) / 5) * 5))
        available = self.account.position(row.token_id(stand.outcome)).available
        if stand.side == "sell":
            if available < size and self._refill(row):
                available += REFILL
            size = min(size, available)
            if size < 5:
                return
        elif self.account.balance().available - price * size < RESERVE:
            self._merge(row)
            return
        placed = self._exchange.place(WALLET, row.symbol, stand.side, stand.outcome, price, size)
        if placed.reject_code is None:
            stand.order_id = placed.order_id

    def _turn(self, stand: Stand) -> None:
        """Let the stand work the other way when it would add to a lopsided inventory."""
        excess = self._excess(self._rows[stand.market])
        more_yes = (stand.side == "buy") == (stand.outcome == 0)
        if excess > TOO_MUCH if more_yes else excess < -TOO_MUCH:
            stand.side = "sell" if stand.side == "buy" else "buy"

    # --- inventory --------------------------------------------------------------------------------------------

    def _even_out(self) -> None:
        """Cross the spread in one market, against what it holds more of."""
        if not self._pulse.beating:
            return
        market = self._rng.randrange(len(self._rows))
        if self._is_open(market):
            row = self._rows[market]
            outcome = int(self._excess(row) < 0)
            size = Decimal(self._rng.choice((10, 20, 25, 40, 60)))
            side, limit = "sell", _CENT
            if self.account.position(row.token_id(outcome)).available < size or self._rng.random() < 0.3:
                outcome, side, limit = 1 - outcome, "buy", 1 - _CENT  # buying the other side does the same
                if self.account.balance().available < RESERVE:
                    side = ""
            best = self._exchange.token_book(row.token_id(outcome))
            touch = best.best_bid if side == "sell" else best.best_ask
            if side and touch is not None:
                # Never worse than two cents through the best price: even a demo has manners.
                price = max(limit, touch - 2 * _CENT) if side == "sell" else min(limit, touch + 2 * _CENT)
                self._exchange.place(WALLET, row.symbol, side, outcome, price, size, time_in_force="ioc")
            self._merge(row)
        self._scheduler.after(self._rng.randint(*CROSS_MS), self._even_out)

    def _excess(self, row: MarketRow) -> Decimal:
        """How many more YES than NO shares it has."""
        yes, no = (self.account.position(row.token_id(outcome)) for outcome in (0, 1))
        return yes.total + yes.incoming - no.total - no.incoming

    def _refill(self, row: MarketRow) -> bool:
        """Split more pairs, if the money is there."""
        rich = self.account.balance().available > RESERVE + REFILL
        if rich:
            self._exchange.split(WALLET, row.symbol, REFILL)
        return rich

    def _merge(self, row: MarketRow) -> None:
        """Turn pairs it has too many of back into money."""
        spare = min(self.account.position(row.token_id(outcome)).available for outcome in (0, 1)) - PAIRS
        if spare >= REFILL:
            self._exchange.merge(WALLET, row.symbol, REFILL)

    def _is_open(self, market: int) -> bool:
        return self._pulse.open(self._exchange, self._rows[market].symbol)
