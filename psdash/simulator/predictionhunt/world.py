"""The service's own day: prices move, trades happen, signals come and go. One seed and one clock make all of it."""

from __future__ import annotations

import random
from collections.abc import Callable

from psdash.simulator.predictionhunt import markets as listed
from psdash.simulator.predictionhunt.markets import EVENTS, LONERS, WITH_BOOKS, Group, HuntEvent, HuntMarket
from psdash.simulator.predictionhunt.prices import DOLLAR, Quote
from psdash.simulator.predictionhunt.signals import Data, Wallets, best_arb, best_value
from psdash.simulator.scheduler import Scheduler

#: Milliseconds between the beats on which things happen.
BEAT_MS = 400
WALLETS_MS = 7_000
#: Whoever is told: the channel, the type, the body, and whom it concerns.
Told = Callable[[str, str, Data, HuntMarket | Group | None], None]


class HuntWorld:
    """Everything that is true here. `told` hears what is published."""

    def __init__(self, seed: int, start_ms: int, *, beat_ms: int = BEAT_MS) -> None:
        self.scheduler = Scheduler(start_ms)
        self.draw = random.Random(seed)
        self._beat_ms = beat_ms
        self.truths: dict[int, int] = {group.group_id: self.draw.randint(2_000, 8_000) for group in listed.groups()}
        self.lone = self.draw.randint(2_000, 8_000)
        self.quotes: dict[str, Quote] = {}
        for market in listed.markets():
            truth = self.lone if market.group_id is None else self.truths[market.group_id]
            self.quotes[market.market_id] = Quote(market, self.draw, truth)
        self.arbs: dict[int, Data] = {}
        self.values: dict[int, Data] = {}
        self.wallets = Wallets(self.draw)
        self.told: Told = _nobody
        self._furnish()
        self.scheduler.after(self._beat_ms, self._beat)
        self.scheduler.after(WALLETS_MS, self._wallets_beat)

    @property
    def now_ms(self) -> int:
        return self.scheduler.now_ms

    def quotes_of(self, group: Group) -> list[Quote]:
        return [self.quotes[market.market_id] for market in group.markets]

    # beats ----------------------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        self.scheduler.after(self._beat_ms, self._beat)
        event = self.draw.choice(EVENTS)
        group = self.draw.choice(event.groups)
        truth = self.truths[group.group_id] + round(self.draw.gauss(0, 80))
        self.truths[group.group_id] = max(500, min(DOLLAR - 500, truth))
        market = self.draw.choice(group.markets)
        self._move(market, self.truths[group.group_id])
        self._judge(event, group)
        if self.draw.random() < 0.2:
            self.lone = max(500, min(DOLLAR - 500, self.lone + round(self.draw.gauss(0, 80))))
            self._move(LONERS[0], self.lone)

    def _move(self, market: HuntMarket, truth: int) -> None:
        quote = self.quotes[market.market_id]
        if self.draw.random() < 0.5:
            quote.trade(self.now_ms)
        quote.move(truth)
        self.told("prices", "price_update", price_body(quote), market)
        if market.venue in WITH_BOOKS:
            self.told("orderbook", "orderbook_update", book_body(quote), market)

    def _judge(self, event: HuntEvent, group: Group) -> None:
        quotes = self.quotes_of(group)
        arb = best_arb(quotes)
        if arb is not None:
            body = arb.data(group, (event.category, event.date), self.now_ms)
            self.arbs[group.group_id] = body
            self.told("arb", "arb_update", body, group)
        elif self.arbs.pop(group.group_id, None) is not None:
            self.told("arb", "arb_expired", {"type": "arb_expired", "group_id": group.group_id}, group)
        value = best_value(group, event.name, quotes)
        if value is not None:
            self.values[group.group_id] = value
            self.told("ev", "ev_update", value, group)
        elif self.values.pop(group.group_id, None) is not None:
            self.told("ev", "ev_expired", {"type": "ev_expired", "group_id": group.group_id}, group)

    def _wallets_beat(self) -> None:
        self.scheduler.after(WALLETS_MS, self._wallets_beat)
        self._wallet_trades()
        groups = listed.groups()
        group = groups[self.now_ms // WALLETS_MS % len(groups)]
        body: Data = {"type": "group_updated", "group_id": group.group_id, "title": group.title}
        self.told("market_lifecycle", "group_updated", body, group)

    def resolve(self, market: HuntMarket, resolution: str) -> None:
        """A market is over: nothing happens in it any more."""
        body: Data = {
            "type": "market_resolved",
            "market_id": market.market_id,
            "source": market.venue,
            "title": market.title,
            "resolution": resolution,
        }
        self.told("market_lifecycle", "market_resolved", body, market)

    def _wallet_trades(self) -> None:
        event = self.draw.choice(EVENTS)
        traded = [m for group in event.groups for m in group.markets if m.venue == "polymarket"]
        market = self.draw.choice(traded)
        quote = self.quotes[market.market_id]
        if self.draw.random() < 0.7:
            body = self.wallets.trade(market, quote, event.event_id, self.now_ms)
            self.told("smart_money", "smart_money_update", body, None)
        else:
            body = self.wallets.fade(market, quote, event.event_id, self.now_ms)
            self.told("fade_finder", "fade_finder_update", body, None)

    def _furnish(self) -> None:
        """Some history, and some wallets' trades to replay."""
        start_ms = self.now_ms
        for minutes in range(180, 0, -1):
            for quote in self.quotes.values():
                if not quote.market.is_silent and self.draw.random() < 0.7:
                    quote.trade(start_ms - minutes * 60_000)
        for _ in range(12):
            self._wallet_trades()
        for event in EVENTS:
            for group in event.groups:
                self._judge(event, group)


def price_body(quote: Quote) -> Data:
    """The body of a `price_update` (§4.1); a market of no group has no `group_id` at all."""
    body: Data = {
        "market_id": quote.market.market_id,
        "source": quote.market.venue,
        "yes_bid": quote.bid / DOLLAR,
        "yes_ask": quote.ask / DOLLAR,
        "no_bid": (DOLLAR - quote.ask) / DOLLAR,
        "no_ask": (DOLLAR - quote.bid) / DOLLAR,
        "last_price": quote.last / DOLLAR,
        "volume": quote.volume,
    }
    if quote.market.group_id is not None:
        body["group_id"] = quote.market.group_id
    return body


def book_body(quote: Quote) -> Data:
    """The body of a live `orderbook_update`: the whole YES ladder (§4.2)."""
    return {
        "type": "orderbook_update",
        "market_id": quote.market.market_id,
        "source": quote.market.venue,
        "bids": levels(quote.bids),
        "asks": levels(quote.asks),
    }


def compact_body(quote: Quote) -> Data:
    """The body of a snapshot: the top alone (§4.2)."""
    return {
        "type": "orderbook_update",
        "market_id": quote.market.market_id,
        "source": quote.market.venue,
        "yes": {"bid": quote.bid / DOLLAR, "ask": quote.ask / DOLLAR},
        "no": {"bid": (DOLLAR - quote.ask) / DOLLAR, "ask": (DOLLAR - quote.bid) / DOLLAR},
    }


def levels(side: list[tuple[int, int]]) -> list[dict[str, float]]:
    """A side as `{price, size}`."""
    return [{"price": price / DOLLAR, "size": size} for price, size in side]


def _nobody(_channel: str, _kind: str, _body: Data, _about: HuntMarket | Group | None) -> None:
    return None
