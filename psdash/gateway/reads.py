"""The venue's REST reads, typed (protocol §7, §8). Every method raises a `RestError` of `rest.py` when it cannot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from psdash.gateway.clock import Clock, LoopClock, VenueTime
from psdash.gateway.dialling import Credential
from psdash.gateway.rest import BadAnswerError, NotFoundError, Reader, RefusedError
from psdash.wire.predictstreet import rest as bodies
from psdash.wire.scalars import WireModel

_Body = TypeVar("_Body", bound=WireModel)

#: What may stand in a path. A venue's identifier never begins with a dot, so no path can climb.
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
_IDENT = re.compile(r"[A-Za-z0-9][\x21-\x7e]{0,127}")

TAPE_PAGE = 200
ORDERS_PAGE = 500
HISTORY_PAGE = 200
CANDLES_PAGE = 2000


class Rest:
    """One venue's reads. `venue_time` learns from each answer."""

    def __init__(self, reader: Reader, clock: Clock | None = None) -> None:
        self._reader = reader
        self._keyless: Credential | None = None  # the one that public reads were refused with
        self.venue_time = VenueTime((clock or LoopClock()).monotonic_s)

    async def close(self) -> None:
        """Let go of the sockets."""
        await self._reader.close()

    # public (protocol §7) --------------------------------------------------------------------------------------

    async def markets(self) -> bodies.MarketsBody:
        """Every listed market, 500 at most (protocol §7.1)."""
        return await self._public(bodies.MarketsBody, "/api/markets")

    async def events(self) -> bodies.EventsBody:
        """Events with their markets (protocol §7.3)."""
        return await self._public(bodies.EventsBody, "/api/events")

    async def matches(self) -> bodies.MatchesBody:
        """Fixtures with the volumes of their markets (protocol §7.3)."""
        return await self._public(bodies.MatchesBody, "/api/matches")

    async def market(self, slug: str) -> bodies.MarketRecord:
        """One market by slug (protocol §7.2). Raises NotFoundError also for what cannot be a slug."""
        if _SLUG.fullmatch(slug) is None:
            raise NotFoundError("this is not a market slug")
        return await self._public(bodies.MarketBody, f"/api/markets/{slug}")

    async def orderbook(self, symbol: str, outcome_index: int, depth: int = 100) -> bodies.BookBody:
        """A book as REST has it (protocol §7.6)."""
        params = {"outcome": str(outcome_index), "depth": str(depth)}
        return await self._public(bodies.BookBody, f"{_of(symbol)}/orderbook", params)

    async def trades(
        self, symbol: str, *, after: int | None = None, before: int | None = None, limit: int = TAPE_PAGE
    ) -> bodies.TapeBody:
        """A page of the tape, both outcomes, between two epoch ms (both exclusive, protocol §7.7)."""
        params = {"limit": str(limit)}
        if after is not None:
            params["after"] = iso(after)
        if before is not None:
            params["before"] = iso(before)
        return await self._public(bodies.TapeBody, f"{_of(symbol)}/trades", params)

    async def candles(self, symbol: str, outcome_index: int, *, before: int | None = None) -> bodies.CandlesBody:
        """Five-second candles; the route is deprecated and its body UNKNOWN (protocol §7.8)."""
        params = {"interval": "s5", "outcome": str(outcome_index), "limit": str(CANDLES_PAGE)}
        if before is not None:
            params["before"] = iso(before)
        return await self._public(bodies.CandlesBody, f"{_of(symbol)}/ohlc", params)

    async def price_history(self, symbol: str, outcome_index: int, span: str) -> bodies.PriceHistoryBody:
        """Points of mid or last price over `span` (protocol §7.8: live, 1h, 1d, 1w, 1m)."""
        params = {"range": span, "outcome": str(outcome_index)}
        return await self._public(bodies.PriceHistoryBody, f"{_of(symbol)}/price-history", params)

    async def platform(self) -> bodies.PlatformBody:
        """Frozen or in maintenance (protocol §7.9)."""
        return await self._public(bodies.PlatformBody, "/api/platform/status")

    # private (protocol §8) -------------------------------------------------------------------------------------

    async def vault(self) -> bodies.VaultBody:
        """Which vault the wallet has (protocol §8.3)."""
        return await self._private(bodies.VaultBody, "/api/me/vault")

    async def open_orders(self, cursor: str | None = None) -> bodies.OrdersBody:
        """A page of open orders (protocol §8.2)."""
        params = {"limit": str(ORDERS_PAGE)}
        if cursor is not None:
            params["cursor"] = cursor
        return await self._private(bodies.OrdersBody, "/api/orders/open", params)

    async def order_history(self, cursor: str | None = None) -> bodies.OrdersBody:
        """A page of orders open and ended, raw states, newest first (protocol §8.2)."""
        params = {"limit": str(HISTORY_PAGE)}
        if cursor is not None:
            params["cursor"] = cursor
        return await self._private(bodies.OrdersBody, "/api/orders/history", params)

    async def my_trades(self, *, before: int | None = None, limit: int = TAPE_PAGE) -> bodies.MyTradesBody:
        """A page of own trades before an epoch ms, newest first (protocol §8.3)."""
        params = {"limit": str(limit)}
        if before is not None:
            params["before"] = iso(before)
        return await self._private(bodies.MyTradesBody, "/api/me/trades", params)

    async def positions(self) -> bodies.PositionsBody:
        """Holdings per market and outcome (protocol §8.3)."""
        return await self._private(bodies.PositionsBody, "/api/me/positions")

    async def balances(self) -> bodies.BalancesBody:
        """Cash (protocol §8.3)."""
        return await self._private(bodies.BalancesBody, "/api/me/balances")

    async def vault_positions(self, vault: str) -> bodies.VaultPositionsBody:
        """What the vault holds on chain; body UNKNOWN (protocol §8.3)."""
        return await self._private(bodies.VaultPositionsBody, f"/api/vaults/{quote(vault, safe='')}/positions")

    # inside ----------------------------------------------------------------------------------------------------

    async def _public(self, model: type[_Body], path: str, params: Mapping[str, str] | None = None) -> _Body:
        """Public reads need no key; with one the ceiling is higher (protocol §1). A bad key must not cost them."""
        if self._keyless is not self._reader.keychain.current:
            try:
                return await self._get(model, path, params, keyed=True)
            except RefusedError as error:
                if error.status != 401:
                    raise
                self._keyless = self._reader.keychain.current
        return await self._get(model, path, params, keyed=False)

    async def _private(self, model: type[_Body], path: str, params: Mapping[str, str] | None = None) -> _Body:
        return await self._get(model, path, params, keyed=True)

    async def _get(self, model: type[_Body], path: str, params: Mapping[str, str] | None, *, keyed: bool) -> _Body:
        keychain = self._reader.keychain
        credential = keychain.current
        try:
            answer = await self._reader.get(path, params, keyed=keyed)
        except RefusedError as error:
            if not keyed or error.status != 401 or not await keychain.renewed(credential):
                raise
            answer = await self._reader.get(path, params, keyed=keyed)
        self.venue_time.saw(answer.venue_ms)
        try:
            return model.model_validate_json(answer.body)
        except ValidationError as error:
            place = ".".join(str(step) for step in error.errors(include_url=False, include_input=False)[0]["loc"])
            raise BadAnswerError(f"the venue's answer cannot be read (at {place[:80] or 'its start'})") from None


def _of(symbol: str) -> str:
    if _IDENT.fullmatch(symbol) is None:
        raise NotFoundError("this is not a market symbol")
    return f"/api/markets/{quote(symbol, safe='')}"


def iso(epoch_ms: int) -> str:
    """Epoch milliseconds as the venue writes times (protocol §1.2)."""
    moment = datetime.fromtimestamp(epoch_ms / 1000, tz=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{epoch_ms % 1000:03d}Z"
