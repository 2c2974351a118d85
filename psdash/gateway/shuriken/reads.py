"""The lookups (shuriken §B6), typed. GETs only; the key travels as a header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from psdash.gateway.rest import BadAnswerError, Reader
from psdash.wire.shuriken import rest

_Body = TypeVar("_Body", bound=BaseModel)
_BASE: Final = "/api/v2"
#: Every route that is ever asked for, `*` for a token's id; a test holds the simulator's log against it.
ROUTES: Final = frozenset(
    f"GET {_BASE}/{name}"
    for name in (
        "account/usage",
        "account/wallets",
        "tokens/search",
        "tokens/*",
        "tokens/*/price",
        "tokens/*/price/chart",
        "tokens/*/pools",
    )
)
#: Candles in one answer at most.
MOST_CANDLES: Final = 500


class ShurikenReads:
    """Reads. Every method raises a RestError when it gives nothing."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    async def usage(self) -> rest.UsageBody:
        """What the key may do."""
        return await self._get(rest.UsageBody, "account/usage")

    async def wallets(self) -> rest.WalletsBody:
        """The person's own wallets."""
        return await self._get(rest.WalletsBody, "account/wallets")

    async def search(self, words: str, limit: int = 50) -> rest.SearchBody:
        """Tokens by words of their names."""
        return await self._get(rest.SearchBody, "tokens/search", {"q": words, "limit": str(limit)})

    async def token(self, token_id: str) -> rest.TokenBody:
        """One token by `chain:address`. NotFoundError where there is none."""
        return await self._get(rest.TokenBody, _token(token_id))

    async def price(self, token_id: str) -> rest.PriceBody:
        """What it costs now, in dollars."""
        return await self._get(rest.PriceBody, f"{_token(token_id)}/price")

    async def chart(self, token_id: str, resolution: str, count: int = MOST_CANDLES) -> rest.ChartBody:
        """Candles; `resolution` is 1m, 5m, 15m, 30m, 1h, 6h or 1d."""
        params = {"resolution": resolution, "count": str(count)}
        return await self._get(rest.ChartBody, f"{_token(token_id)}/price/chart", params)

    async def pools(self, token_id: str) -> rest.PoolsBody:
        """Where it trades, and how deep."""
        return await self._get(rest.PoolsBody, f"{_token(token_id)}/pools")

    async def _get(self, model: type[_Body], name: str, params: Mapping[str, str] | None = None) -> _Body:
        answer = await self.reader.get(f"{_BASE}/{name}", params)
        try:
            return model.model_validate_json(answer.body)
        except ValidationError as error:
            place = ".".join(str(step) for step in error.errors(include_url=False, include_input=False)[0]["loc"])
            raise BadAnswerError(f"Shuriken's answer cannot be read (at {place[:80] or 'its start'})") from None


def _token(token_id: str) -> str:
    return f"tokens/{quote(token_id, safe=':')}"
