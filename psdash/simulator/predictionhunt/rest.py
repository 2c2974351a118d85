"""The lookups (prediction hunt §7), read-only, each a plain GET."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from psdash.simulator.predictionhunt import markets as listed
from psdash.simulator.predictionhunt.markets import EVENTS, WITH_BOOKS, Group, HuntMarket
from psdash.simulator.predictionhunt.prices import DOLLAR, Quote
from psdash.simulator.predictionhunt.signals import Data
from psdash.simulator.predictionhunt.tiers import Tier
from psdash.simulator.predictionhunt.world import HuntWorld, levels

Reply = tuple[HTTPStatus, Data]
_SECONDS: Final = {"1m": 60, "5m": 300, "15m": 900, "1h": 3_600, "1d": 86_400}


def refused(status: HTTPStatus, code: str, message: str) -> Reply:
    """A refusal in the newer envelope."""
    return status, {"success": False, "error": status.phrase, "message": message, "code": code}


class Lookups:
    """Answers by path."""

    def __init__(self, world: HuntWorld) -> None:
        self._world = world
        self.used = 0
        self._routes: Mapping[str, Callable[[Mapping[str, str], Tier], Reply]] = {
            "/api/v2/rate-limit": self._rate_limit,
            "/api/v2/markets": self._markets,
            "/api/v2/search": self._search,
            "/api/v2/events": self._search,
            "/api/v2/matching-markets": self._matching,
            "/api/v2/prices/bulk": self._bulk,
            "/api/v2/prices/history": self._history,
            "/api/v2/orderbook": self._book,
            "/api/v2/unified-orderbook": self._unified,
        }

    def answer(self, path: str, query: Mapping[str, str], tier: Tier) -> Reply:
        """The reply to an authenticated request."""
        route = self._routes.get(path)
        if route is None:
            return refused(HTTPStatus.NOT_FOUND, "not_found", "No such endpoint.")
        if path != "/api/v2/rate-limit":
            self.used += 1
        return route(query, tier)

    def status(self, old: Collection[str] = ()) -> Reply:
        """`/v2/status`, the one that needs no key. `old` are venues that tell nothing new."""
        now = self._iso(self._world.now_ms)
        platforms = {
            venue: {"status": "stale" if venue in old else "ok", "last_updated": now, "active_markets": len(EVENTS)}
            for venue in ("kalshi", "polymarket", "opinion", "predictit")
        }
        return HTTPStatus.OK, {"status": "ok", "platforms": platforms}

    def _rate_limit(self, _query: Mapping[str, str], tier: Tier) -> Reply:
        month = {"limit": 5_000_000, "used": self.used, "remaining": 5_000_000 - self.used, "reset": "2027-01-01"}
        return HTTPStatus.OK, {
            "success": True,
            "tier": tier.name,
            "second": {"limit": tier.rest_per_s},
            "month": month,
            "groups": {"arb": {"month": month}},
        }

    def _markets(self, query: Mapping[str, str], _tier: Tier) -> Reply:
        words, venue = query.get("q", "").lower(), query.get("platform")
        rows = [
            self._market_row(at, market)
            for at, market in enumerate(listed.markets())
            if words in market.title.lower() and venue in (None, market.venue)
        ]
        return HTTPStatus.OK, {"markets": rows, "next_cursor": None, "total_count": len(rows)}

    def _market_row(self, at: int, market: HuntMarket) -> Data:
        quote = self._world.quotes[market.market_id]
        return {
            "id": at,
            "market_id": market.market_id,
            "platform": market.venue,
            "title": market.title,
            "category": "sports",
            "status": "active",
            "expiration_date": "2026-12-31T00:00:00Z",
            "source_url": market.url,
            "price": {} if market.is_silent else _prices(quote) | {"liquidity": 900.5},
        }

    def _search(self, query: Mapping[str, str], _tier: Tier) -> Reply:
        words = query.get("q", "").lower()
        events = []
        for event in EVENTS:
            groups = [g for g in event.groups if words in f"{event.name} {g.title}".lower()]
            if groups:
                events.append(
                    {
                        "id": event.event_id,
                        "event_name": event.name,
                        "event_type": event.category,
                        "event_date": event.date,
                        "status": "active",
                        "group_count": len(groups),
                        "groups": [self._group_row(group) for group in groups],
                    }
                )
        return HTTPStatus.OK, {"query": words, "count": len(events), "events": events, "next_cursor": None}

    def _group_row(self, group: Group) -> Data:
        rows = []
        for market in group.markets:
            quote = self._world.quotes[market.market_id]
            rows.append(
                {
                    "platform": market.venue,
                    "market_id": market.market_id,
                    "source_url": market.url,
                    "last_price": quote.last / DOLLAR,
                    "yes_bid": quote.bid / DOLLAR,
                    "yes_ask": quote.ask / DOLLAR,
                }
            )
        return {"group_id": group.group_id, "title": group.title, "platform_count": len(rows), "markets": rows}

    def _matching(self, query: Mapping[str, str], _tier: Tier) -> Reply:
        given = [key for key in ("q", "polymarket_key", "kalshi_key") if query.get(key)]
        if len(given) != 1:
            return refused(HTTPStatus.BAD_REQUEST, "validation.invalid_enum", "Give exactly one of the three.")
        wanted = query[given[0]].lower()

        def matches(group: Group, event_name: str) -> bool:
            if given[0] == "q":
                return all(word in f"{event_name} {group.title}".lower() for word in wanted.split())
            return any(wanted in (m.market_id.lower(), m.slug.lower()) for m in group.markets)

        events = []
        for event in EVENTS:
            groups = [
                {
                    "title": group.title,
                    "markets": [{"source": m.venue, "source_url": m.url, "id": m.market_id} for m in group.markets],
                }
                for group in event.groups
                if matches(group, event.name)
            ]
            if groups:
                events.append(
                    {
                        "title": event.name,
                        "event_type": event.category,
                        "event_date": event.date,
                        "confidence": "high",
                        "groups": groups,
                    }
                )
        return HTTPStatus.OK, {"success": True, "count": len(events), "events": events}

    def _bulk(self, query: Mapping[str, str], _tier: Tier) -> Reply:
        names = [name for name in query.get("ids", "").split(",") if name]
        if not 1 <= len(names) <= 100:
            return refused(HTTPStatus.BAD_REQUEST, "validation.invalid_enum", "ids: 1 to 100.")
        by_name = {market.name: market for market in listed.markets()}
        now = self._iso(self._world.now_ms)
        prices = {}
        for name in names:
            market = by_name.get(name)
            if market is not None and not market.is_silent:
                said = _prices(self._world.quotes[market.market_id])
                prices[name] = {key: said[key] for key in ("yes_bid", "yes_ask", "last_price")} | {"timestamp": now}
        return HTTPStatus.OK, {"prices": prices}

    def _history(self, query: Mapping[str, str], _tier: Tier) -> Reply:
        quote, interval = self._quote(query), query.get("interval", "1h")
        if quote is None or interval not in _SECONDS:
            return refused(HTTPStatus.NOT_FOUND, "not_found", "No such market.")
        width_ms = _SECONDS[interval] * 1_000
        candles: dict[int, Data] = {}
        for bar in quote.bars:
            start_ms = bar.start_ms - bar.start_ms % width_ms
            row = candles.get(start_ms)
            if row is None:
                candles[start_ms] = {
                    "timestamp": self._iso(start_ms),
                    "open": bar.open / DOLLAR,
                    "high": bar.high / DOLLAR,
                    "low": bar.low / DOLLAR,
                    "close": bar.close / DOLLAR,
                    "volume": bar.volume,
                }
            else:
                row["high"] = max(_number(row["high"]), bar.high / DOLLAR)
                row["low"] = min(_number(row["low"]), bar.low / DOLLAR)
                row["close"] = bar.close / DOLLAR
                row["volume"] = _number(row["volume"]) + bar.volume
        return HTTPStatus.OK, {
            "market_id": quote.market.market_id,
            "platform": quote.market.venue,
            "interval": interval,
            "candles": list(candles.values()),
        }

    def _book(self, query: Mapping[str, str], _tier: Tier) -> Reply:
        quote = self._quote(query)
        if quote is None or quote.market.is_silent or quote.market.venue not in WITH_BOOKS:
            return refused(HTTPStatus.NOT_FOUND, "not_found", "There is no book.")
        mirrored_bids = [(DOLLAR - price, size) for price, size in quote.asks]
        mirrored_asks = [(DOLLAR - price, size) for price, size in quote.bids]
        return HTTPStatus.OK, {
            "market_id": quote.market.market_id,
            "platform": quote.market.venue,
            "timestamp": self._iso(self._world.now_ms),
            "yes": {"bids": levels(quote.bids), "asks": levels(quote.asks)},
            "no": {"bids": levels(mirrored_bids), "asks": levels(mirrored_asks)},
        }

    def _unified(self, query: Mapping[str, str], _tier: Tier) -> Reply:
        """A group's books, their prices in hundredths of a cent (§4.8)."""
        wanted = query.get("group_id", "")
        if not wanted.isdecimal():
            return refused(HTTPStatus.BAD_REQUEST, "validation.invalid_enum", "group_id is a number.")
        for event in EVENTS:
            for group in event.groups:
                if group.group_id == int(wanted):
                    books = {
                        market.venue: self._unified_book(self._world.quotes[market.market_id])
                        for market in group.markets
                        if market.venue in WITH_BOOKS
                    }
                    body: Data = {"event_name": event.name, "candidate": group.title, "platforms": books}
                    return HTTPStatus.OK, body
        return refused(HTTPStatus.NOT_FOUND, "not_found", "No such group.")

    def _unified_book(self, quote: Quote) -> Data:
        return {
            "token_id" if quote.market.venue == "polymarket" else "ticker": quote.market.market_id,
            "market_id": quote.market.market_id,
            "timestamp": self._world.now_ms,
            "bids": [[price, size] for price, size in quote.bids],
            "asks": [[price, size] for price, size in quote.asks],
        }

    def _quote(self, query: Mapping[str, str]) -> Quote | None:
        quote = self._world.quotes.get(query.get("market_id", ""))
        return quote if quote is not None and quote.market.venue == query.get("platform") else None

    @staticmethod
    def _iso(epoch_ms: int) -> str:
        return datetime.fromtimestamp(epoch_ms / 1_000, UTC).isoformat(timespec="milliseconds")


def _prices(quote: Quote) -> Data:
    return {
        "yes_bid": quote.bid / DOLLAR,
        "yes_ask": quote.ask / DOLLAR,
        "no_bid": (DOLLAR - quote.ask) / DOLLAR,
        "no_ask": (DOLLAR - quote.bid) / DOLLAR,
        "last_price": quote.last / DOLLAR,
        "volume": quote.volume,
    }


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return value
