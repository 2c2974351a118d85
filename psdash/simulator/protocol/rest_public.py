"""Public reads: markets, events, books, tape, candles, prices, platform (protocol §7). No key is needed.

Market detail takes the slug and nothing else; the sub-resources take the symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.listing import EventRow, MarketRow, MarketStatus
from psdash.simulator.exchange.trades import TradeStatus
from psdash.simulator.protocol import bodies, guesses
from psdash.simulator.protocol.frames import number
from psdash.simulator.protocol.rest import Access, Handler, Query, RestError, Route

#: What `GET /api/markets` leaves out (protocol §7.1: all non-draft markets).
_UNLISTED = frozenset({MarketStatus.DRAFT, MarketStatus.REJECTED})
MAX_MARKETS = 500
TRADES_DEFAULT = 50
TRADES_MAX = 200


def routes(exchange: Exchange) -> list[Route]:
    """Every public route."""
    reads = PublicReads(exchange)
    table: tuple[tuple[str, Handler], ...] = (
        ("/api/markets", reads.markets),
        ("/api/markets/{slug}", reads.market),
        ("/api/markets/{symbol}/orderbook", reads.orderbook),
        ("/api/markets/{symbol}/trades", reads.trades),
        ("/api/markets/{symbol}/ohlc", reads.ohlc),
        ("/api/markets/{symbol}/price-history", reads.price_history),
        ("/api/events", reads.events),
        ("/api/events/{id}", reads.event),
        ("/api/matches", reads.matches),
        ("/api/tags", reads.tags),
        ("/api/platform/status", reads.platform),
    )
    return [Route(path, Access.PUBLIC, handler) for path, handler in table]


class PublicReads:
    """The handlers."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._catalogue = exchange.catalogue

    # --- markets (§7.1, §7.2) ---

    def markets(self, query: Query) -> object:
        wanted = query.params.get("status")
        rows = [row for row in self._catalogue.markets if self._exchange.market_status(row.symbol) not in _UNLISTED]
        if wanted is not None:
            rows = [row for row in rows if self._exchange.market_status(row.symbol) == wanted]
        return {"markets": [self._market(row) for row in rows[:MAX_MARKETS]]}

    def market(self, query: Query) -> object:
        try:
            return self._market(self._catalogue.by_slug(query.args["slug"]))
        except KeyError:
            raise RestError(404, "market_not_found", "no market has this slug") from None

    def _market(self, row: MarketRow) -> dict[str, object]:
        return bodies.market(self._exchange, row)

    def _by_symbol(self, query: Query) -> MarketRow:
        try:
            return self._catalogue.market(query.args["symbol"])
        except KeyError:
            raise RestError(404, "market_not_found", "no market has this symbol") from None

    def _outcome(self, query: Query) -> int:
        text = query.params.get("outcome", "0")
        if text not in ("0", "1"):
            raise RestError(400, "invalid_outcome", "outcome must be 0 or 1")
        return int(text)

    # --- events (§7.3) ---

    def events(self, query: Query) -> object:
        found = list(self._catalogue.events)
        keep: dict[str, Callable[[EventRow, str], bool]] = {
            "tag": lambda event, text: any(slug == text for slug, _ in event.tags),
            "stage": lambda event, text: event.stage == text,
            "group": lambda event, text: event.group == text,
            "team": lambda event, text: text in (event.team_a, event.team_b),
        }
        for name, test in keep.items():
            if name in query.params:
                found = [event for event in found if test(event, query.params[name])]
        order = query.params.get("sort")
        if order == "trending":
            found.sort(key=lambda event: -bodies.volume_24h(self._exchange, event.markets))
        elif order in ("starting_soon", "ending_soon", "live"):
            found.sort(key=lambda event: event.start_ms)
        elif order is not None:
            raise RestError(400, "bad_request", "sort is trending, ending_soon, starting_soon or live")
        return {"events": [bodies.event(self._exchange, event) for event in found]}

    def event(self, query: Query) -> object:
        try:
            return bodies.event(self._exchange, self._catalogue.event(query.args["id"]))
        except KeyError:
            raise RestError(404, "event_not_found", "no such event") from None

    def matches(self, query: Query) -> object:
        tag = query.params.get("tag")
        fixtures = [event for event in self._catalogue.events if event.team_a is not None]
        if tag is not None:
            fixtures = [event for event in fixtures if any(slug == tag for slug, _ in event.tags)]
        return {"matches": [bodies.match(self._exchange, event) for event in fixtures]}

    def tags(self, _query: Query) -> object:
        return {"tags": _unique_tags(self._catalogue.events)}

    # --- one market's data (§7.6 to §7.8) ---

    def orderbook(self, query: Query) -> object:
        row, outcome = self._by_symbol(query), self._outcome(query)
        depth = query.integer("depth", guesses.ORDERBOOK_DEPTH_DEFAULT, 1, guesses.ORDERBOOK_DEPTH_MAX)
        book = self._exchange.token_book(row.token_id(outcome))
        return {
            "marketId": row.symbol,
            "outcome": str(outcome),
            "bids": bodies.levels(book.bids(depth)),
            "asks": bodies.levels(book.asks(depth)),
            "seq": book.seq,
            "hash": book.hash(),
            "ts": bodies.iso(self._exchange.scheduler.now_ms),
        }

    def trades(self, query: Query) -> object:
        row = self._by_symbol(query)
        limit = query.integer("limit", TRADES_DEFAULT, 1, TRADES_MAX, code="invalid_limit")
        before_ms = instant_ms(query, "before")
        after_ms = instant_ms(query, "after") if query.params.get("sort", "time") == "time" else None
        found = []
        for record in reversed(self._exchange.trades(row.symbol)):
            if after_ms is not None and record.at_ms <= after_ms:
                break
            if before_ms is not None and record.at_ms >= before_ms:
                continue
            if record.status is not TradeStatus.SETTLEMENT_FAILED:
                found.append(bodies.tape_row(record, row))
                if len(found) == limit:
                    break
        return {"symbol": row.symbol, "trades": found}

    def ohlc(self, query: Query) -> object:
        row, outcome = self._by_symbol(query), self._outcome(query)
        if query.params.get("interval", guesses.CANDLE_INTERVAL) != guesses.CANDLE_INTERVAL:
            raise RestError(400, "bad_request", f"interval must be {guesses.CANDLE_INTERVAL}")
        limit = query.integer("limit", guesses.OHLC_DEFAULT, 1, guesses.OHLC_MAX)
        ends = [ms for ms in (instant_ms(query, "before"), instant_ms(query, "to")) if ms is not None]
        from_ms = instant_ms(query, "from")
        candles = self._exchange.candles(row.token_id(outcome), before_ms=min(ends, default=None), limit=limit)
        return {
            "symbol": row.symbol,
            "outcome": str(outcome),
            "interval": guesses.CANDLE_INTERVAL,
            "candles": [bodies.candle(c) for c in candles if from_ms is None or c.bucket_start_ms >= from_ms],
        }

    def price_history(self, query: Query) -> object:
        row, outcome = self._by_symbol(query), self._outcome(query)
        name = query.params.get("range", "live")
        if name not in guesses.PRICE_HISTORY_RANGES:
            raise RestError(400, "bad_request", f"range is one of {', '.join(guesses.PRICE_HISTORY_RANGES)}")
        count, step_s = guesses.PRICE_HISTORY_RANGES[name]
        step_ms = step_s * 1000
        last_ms = self._exchange.scheduler.now_ms // step_ms * step_ms
        points = self._exchange.price_points(
            row.symbol, outcome, first_ms=last_ms - (count - 1) * step_ms, step_ms=step_ms, count=count
        )
        return {
            "symbol": row.symbol,
            "outcome": str(outcome),
            "range": name,
            "points": [{"ts": at_ms, "price": number(price)} for at_ms, price in points],
        }

    # --- the venue (§7.9) ---

    def platform(self, _query: Query) -> object:
        state = self._exchange.platform
        return {
            "frozen": state.frozen,
            "maintenance": state.maintenance,
            "message": state.message,
            "ts": bodies.iso(self._exchange.scheduler.now_ms),
        }


def _unique_tags(events: Iterable[EventRow]) -> list[dict[str, str]]:
    tags = {slug: name for event in events for slug, name in event.tags}
    return [{"slug": slug, "name": name} for slug, name in sorted(tags.items())]


def instant_ms(query: Query, name: str) -> int | None:
    """A time parameter, ISO-8601 or epoch milliseconds, in epoch milliseconds. Raises RestError(400)."""
    text = query.params.get(name)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 15:
        return int(text)
    try:
        # A "+" of an offset that was not escaped arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise RestError(400, "bad_request", f"{name} must be an ISO-8601 time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
