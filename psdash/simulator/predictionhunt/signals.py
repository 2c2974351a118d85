"""What the service says is worth a look, worked out from its own books: arbitrage, value, and wallets' trades."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from psdash.simulator.predictionhunt.markets import Group, HuntMarket
from psdash.simulator.predictionhunt.prices import DOLLAR, Quote

#: A taker's fee of one contract: so much of price x (1 - price), by venue, in thousandths.
FEES = {"kalshi": 70, "polymarket": 0, "opinion": 20, "predictit": 100, "predictfun": 20}
#: An arbitrage is told from so many hundredths of a cent on, net of fees; a value from so many percent.
LEAST_LEFT = 20
LEAST_EV = 4.0
REPLAYED = 25
Data = dict[str, object]


def fee(venue: str, price: int) -> int:
    """The fee of one contract at a price, in hundredths of a cent, rounded up."""
    return -(-FEES[venue] * price * (DOLLAR - price) // (1_000 * DOLLAR))


@dataclass(frozen=True, slots=True)
class Arb:
    """YES at `yes` and NO at `no` for less than a dollar, after fees."""

    yes: Quote
    no: Quote
    yes_price: int
    no_price: int
    left: int

    def data(self, group: Group, event: tuple[str, str], now_ms: int) -> Data:
        """The body of an `arb_update`: legs in CENTS, return in percent net of fees (§4.3)."""
        yes_fee, no_fee = fee(self.yes.market.venue, self.yes_price), fee(self.no.market.venue, self.no_price)
        cost = self.yes_price + self.no_price + yes_fee + no_fee
        yes_depth = self.yes.asks[0][1] * self.yes_price / DOLLAR
        no_depth = self.no.bids[0][1] * self.no_price / DOLLAR
        return {
            "type": "arb_update",
            "group_id": group.group_id,
            "group_title": group.title,
            "event_type": event[0],
            "event_date": event[1],
            "risk_free_return_after_fees": round(100 * self.left / cost, 2),
            "lowest_yes": _leg(self.yes.market, self.yes_price),
            "lowest_no": _leg(self.no.market, self.no_price),
            "yes_leg_depth": round(yes_depth, 2),
            "no_leg_depth": round(no_depth, 2),
            "max_wager_amount": round(min(yes_depth, no_depth), 2),
            "yes_fee_usd": yes_fee / DOLLAR,
            "no_fee_usd": no_fee / DOLLAR,
            "updated_at": now_ms // 1_000,
        }


def _leg(market: HuntMarket, price: int) -> Data:
    return {
        "price": price / 100,
        "source": market.venue,
        "url": market.url,
        "market_id": market.market_id,
        "ticker": market.market_id,
    }


def best_arb(quotes: Sequence[Quote]) -> Arb | None:
    """The best of all pairs of venues, None when nothing is left after fees."""
    best: Arb | None = None
    for yes in quotes:
        for no in quotes:
            if yes is no:
                continue
            yes_price, no_price = yes.ask, DOLLAR - no.bid
            fees = fee(yes.market.venue, yes_price) + fee(no.market.venue, no_price)
            left = DOLLAR - yes_price - no_price - fees
            if left >= LEAST_LEFT and (best is None or left > best.left):
                best = Arb(yes, no, yes_price, no_price, left)
    return best


def best_value(group: Group, event_name: str, quotes: Sequence[Quote]) -> Data | None:
    """The body of an `ev_update`: the venue whose price stands furthest below the others' mean (§4.4)."""
    if len(quotes) < 2:
        return None
    best: tuple[float, Quote, int] | None = None
    for quote in quotes:
        others = [(other.bid + other.ask) / 2 for other in quotes if other is not quote]
        mean = round(sum(others) / len(others))
        roi = 100 * (mean - quote.ask) / quote.ask
        if roi >= LEAST_EV and (best is None or roi > best[0]):
            best = (roi, quote, mean)
    if best is None:
        return None
    roi, quote, mean = best
    return {
        "type": "ev_update",
        "group_id": group.group_id,
        "event_name": event_name,
        "candidate": group.title,
        "play": {
            "venue": quote.market.venue,
            "side": "yes",
            "price": quote.ask / DOLLAR,
            "roi_pct": round(roi, 2),
            "url": quote.market.url,
        },
        "breakeven_price": mean / DOLLAR,
        "total_market_avg_pct": round(mean / 100, 2),
    }


class Wallets:
    """Trades of wallets worth following, on one venue; the newest are told again to whoever subscribes."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.smart: deque[Data] = deque(maxlen=REPLAYED)
        self.fades: deque[Data] = deque(maxlen=REPLAYED)

    def trade(self, market: HuntMarket, quote: Quote, event_id: int, now_ms: int) -> Data:
        """The body of a `smart_money_update` (§4.5). Every third outcome is a name and not Yes or No."""
        draw = self._draw
        body = self._outer("smart_money_update", market, event_id, now_ms)
        body["subtype"] = draw.choice(("basic", "basic", "cross_market"))
        body["data"] = {
            "marketSlug": market.slug,
            "outcome": draw.choice(("Yes", "No", "Lakers")),
            "side": draw.choice(("BUY", "SELL")),
            "price": quote.last / DOLLAR,
            "amount": round(draw.uniform(50, 25_000), 2),
            "pnl_to_date": round(draw.uniform(1_000, 900_000), 1),
            "wallet": f"0x{draw.getrandbits(160):040x}",
            "txHash": f"0x{draw.getrandbits(256):064x}",
        }
        self.smart.append(body)
        return body

    def fade(self, market: HuntMarket, quote: Quote, event_id: int, now_ms: int) -> Data:
        """The body of a `fade_finder_update` (§4.6)."""
        draw = self._draw
        body = self._outer("fade_finder_update", market, event_id, now_ms)
        body["data"] = {
            "marketSlug": market.slug,
            "profitable_wallet": self._wallet("Yes", quote.last, wins=True),
            "losing_wallet": self._wallet("No", DOLLAR - quote.last, wins=False),
            "profitable_wallet_count": draw.randint(1, 5),
            "time_delta_min": round(draw.uniform(0.1, 30), 1),
            "resolution_date": "2026-12-31",
        }
        self.fades.append(body)
        return body

    def _outer(self, kind: str, market: HuntMarket, event_id: int, now_ms: int) -> Data:
        created = datetime.fromtimestamp(now_ms / 1_000, UTC).isoformat(timespec="microseconds")
        return {
            "type": kind,
            "version": 1,
            "event_id": event_id,
            "group_id": market.group_id,
            "market_slug": market.slug,
            "title": f"{market.title}?",
            "created_at": created,
            "platform_buy": market.venue,
        }

    def _wallet(self, outcome: str, price: int, *, wins: bool) -> Data:
        pnl = round(self._draw.uniform(500, 90_000), 1)
        return {
            "userAddr": f"0x{self._draw.getrandbits(160):040x}",
            "pnl_to_date": pnl if wins else -pnl,
            "outcome": outcome,
            "side": "BUY",
            "price": price / DOLLAR,
            "amount": round(self._draw.uniform(20, 5_000), 2),
        }
