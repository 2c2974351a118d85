"""The lookups (prediction hunt §7), typed. GETs only; the key travels as a header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from psdash.gateway.rest import BadAnswerError, Reader
from psdash.wire.predictionhunt import rest

_Body = TypeVar("_Body", bound=BaseModel)
_BASE = "/api/v2"
#: Every route that is ever asked for; a test holds the simulator's log against it.
ROUTES = frozenset(
    f"GET {_BASE}/{name}"
    for name in (
        "rate-limit",
        "markets",
        "search",
        "matching-markets",
        "prices/bulk",
        "prices/history",
        "orderbook",
        "unified-orderbook",
        "status",
    )
)


class HuntReads:
    """Reads. Every method raises a RestError when it gives nothing."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    async def rate_limit(self) -> rest.RateLimitBody:
        """The key's tier. Costs nothing of the quota."""
        return await self._get(rest.RateLimitBody, "rate-limit")

    async def markets(self, words: str, venue: str | None = None, limit: int = 50) -> rest.MarketsBody:
        """Markets by words of their titles."""
        params = {"q": words, "limit": str(limit)} | ({} if venue is None else {"platform": venue})
        return await self._get(rest.MarketsBody, "markets", params)

    async def search(self, words: str, limit: int = 50) -> rest.SearchBody:
        """Events with their questions and every venue's market of them."""
        return await self._get(rest.SearchBody, "search", {"q": words, "limit": str(limit)})

    async def matching(self, words: str) -> rest.MatchingBody:
        """The same event on other venues."""
        return await self._get(rest.MatchingBody, "matching-markets", {"q": words})

    async def matching_key(self, venue: str, market_id: str) -> rest.MatchingBody:
        """The event of a market of kalshi or polymarket, by its id there."""
        return await self._get(rest.MatchingBody, "matching-markets", {f"{venue}_key": market_id})

    async def bulk(self, names: Sequence[str]) -> rest.BulkBody:
        """Prices of up to 100 markets by `venue:market_id`."""
        return await self._get(rest.BulkBody, "prices/bulk", {"ids": ",".join(names)})

    async def history(self, venue: str, market_id: str, interval: str) -> rest.HistoryBody:
        """Candles; `interval` is 1m, 5m, 15m, 1h or 1d."""
        params = {"platform": venue, "market_id": market_id, "interval": interval}
        return await self._get(rest.HistoryBody, "prices/history", params)

    async def book(self, venue: str, market_id: str) -> rest.BookBody:
        """The whole book. NotFoundError where the venue has none."""
        return await self._get(rest.BookBody, "orderbook", {"platform": venue, "market_id": market_id})

    async def group(self, group_id: int) -> rest.UnifiedBody:
        """One question's books on the venues that have any, by its group id. NotFoundError where there is none."""
        return await self._get(rest.UnifiedBody, "unified-orderbook", {"group_id": str(group_id)})

    async def status(self) -> rest.StatusBody:
        """How the service is, and how old what it knows of each venue is. Free, and asked without the key."""
        return await self._get(rest.StatusBody, "status", keyed=False)

    async def _get(
        self, model: type[_Body], name: str, params: Mapping[str, str] | None = None, *, keyed: bool = True
    ) -> _Body:
        answer = await self.reader.get(f"{_BASE}/{name}", params, keyed=keyed)
        try:
            return model.model_validate_json(answer.body)
        except ValidationError as error:
            place = ".".join(str(step) for step in error.errors(include_url=False, include_input=False)[0]["loc"])
            raise BadAnswerError(
                f"Prediction Hunt's answer cannot be read (at {place[:80] or 'its start'})"
            ) from None
