"""The service: sessions, channel authorisation and lookups by HTTP, streams by socket, its own truth under `/sim`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from http import HTTPStatus
from urllib.parse import parse_qs

from psdash.simulator.services.faults import Faults
from psdash.simulator.services.http import Asked, HttpServer, Reply
from psdash.simulator.shuriken.sockets import APP_KEY, Sockets, signature
from psdash.simulator.shuriken.streams import ALIASES, FILTERS, PRESENCE, channel_of
from psdash.simulator.shuriken.tokens import EVERY, TOKENS, Pool, Token
from psdash.simulator.shuriken.world import Body, ShurikenWorld

KEY = "sk_demo_" + "0123456789abcdef" * 2
_SECONDS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1_800, "1h": 3_600, "6h": 21_600, "1d": 86_400}


class ShurikenServer:
    """Everything that listens. `key` opens it."""

    def __init__(self, world: ShurikenWorld, *, faults: Faults | None = None) -> None:
        self._world = world
        self._faults = faults or Faults()
        self._http = HttpServer(self._answer)
        self._sockets = Sockets(self._faults, world.draw)
        self._revoked = False
        self._timers: list[asyncio.TimerHandle] = []
        self._numbers = 0
        self.key = KEY
        #: The routes that were asked for, for whoever asserts that a client only reads.
        self.asked: list[str] = []
        world.told = self._publish

    async def open(self, port: int = 0) -> None:
        """Listen on loopback. Raises OSError when the port cannot be had."""
        await self._http.open(port)
        await self._sockets.open()
        loop = asyncio.get_running_loop()
        strikes: tuple[tuple[str, Callable[[], None]], ...] = (
            ("silent", self._fall_silent),
            ("revoke", self._revoke),
        )
        for name, strike in strikes:
            after_s = self._faults.after_s(name)
            if after_s is not None:
                self._timers.append(loop.call_later(after_s, strike))

    async def close(self) -> None:
        """Stop listening."""
        for timer in self._timers:
            timer.cancel()
        await self._http.close()
        await self._sockets.close()

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self._http.port}"

    @property
    def ws_url(self) -> str:
        """Where the socket is; a client learns it from a session and not from here."""
        return f"ws://127.0.0.1:{self._sockets.port}"

    @property
    def sessions(self) -> int:
        """Sockets that were let in."""
        return self._sockets.sessions

    def _publish(self, stream: str, where: dict[str, str], body: Body) -> None:
        self._sockets.publish(channel_of(stream, where), "update", body)

    def _fall_silent(self) -> None:
        self._sockets.is_silent = True

    def _revoke(self) -> None:
        self._revoked = True
        self._sockets.drop_all(4009, "Connection is unauthorized")

    # http -----------------------------------------------------------------------------------------------------------

    def _answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/sim/"):
            return self._oracle(asked)
        self.asked.append(f"{asked.method} {asked.path}")
        if asked.headers.get("authorization") != f"Bearer {self.key}" or self._revoked:
            return self._refused(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "The key is not valid.")
        if self._faults.strikes("rest-429"):
            return self._refused(HTTPStatus.TOO_MANY_REQUESTS, "RATE_LIMITED", "Check your usage.")
        if self._faults.strikes("rest-500"):
            return self._refused(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Try again.")
        if asked.method == "POST" and asked.path == "/api/v2/ws/session":
            return self._session(asked)
        if asked.method == "POST" and asked.path == "/api/v2/ws/auth":
            return self._authorise(asked)
        if asked.method != "GET":
            return self._refused(HTTPStatus.FORBIDDEN, "FORBIDDEN", "This demo only reads.")
        return self._lookup(asked)

    def _refused(self, status: HTTPStatus, code: str, message: str) -> Reply:
        return status, {"error": {"code": code, "message": message, "details": None}, "requestId": self._number()}

    def _found(self, data: object) -> Reply:
        return HTTPStatus.OK, {"data": data, "requestId": self._number()}

    def _number(self) -> str:
        self._numbers += 1
        return f"req-{self._numbers}"

    def _session(self, asked: Asked) -> Reply:
        """Part B1. The reply names streams and channels and no filter: that is the trap."""
        try:
            wishes = json.loads(asked.body)["subscriptions"]
            granted = [self._granted(wish["stream"], dict(wish.get("filter") or {})) for wish in wishes]
        except (ValueError, KeyError, TypeError):
            return self._refused(HTTPStatus.BAD_REQUEST, "INVALID_PARAMS", "subscriptions[] of {stream, filter}.")
        if None in granted:
            return self._refused(HTTPStatus.BAD_REQUEST, "INVALID_PARAMS", "An unknown stream, or a filter missing.")
        body: Body = {
            "connection": {
                "provider": "pusher",
                "appKey": APP_KEY,
                "wsHost": "127.0.0.1",
                "wsPort": self._sockets.port,
                "forceTls": False,
                "authEndpoint": f"{self.rest_url}/api/v2/ws/auth",
            },
            "session": {"recommendedReconnectBackoffMs": [1_000, 2_000, 4_000]},
            "subscriptions": granted,
        }
        return self._found(body) if self._faults.is_on("wrapped") else (HTTPStatus.OK, body)

    @staticmethod
    def _granted(stream: str, where: dict[str, str]) -> Body | None:
        name = ALIASES.get(stream, stream)
        wants = FILTERS.get(name)
        if wants is None or any(not isinstance(where.get(key), str) for key in wants):
            return None
        return {
            "stream": stream,
            "channel": channel_of(name, {key: where[key] for key in wants}),
            "event": "update",
            "visibility": "presence" if name in PRESENCE else "public",
            "payloadFormat": "json",
            "payloadSchemaId": name,
        }

    def _authorise(self, asked: Asked) -> Reply:
        """Part B3: a form, never JSON; the answer is bare."""
        if asked.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            return self._refused(HTTPStatus.BAD_REQUEST, "INVALID_PARAMS", "Send a form.")
        form = parse_qs(asked.body.decode("latin-1"))
        socket_id, channel = form.get("socket_id", [""])[0], form.get("channel_name", [""])[0]
        if not socket_id or not channel or self._faults.use_up("bad-auth"):
            return self._refused(HTTPStatus.FORBIDDEN, "FORBIDDEN", "Not for this key.")
        if channel.startswith("presence-"):
            told = json.dumps({"user_id": "u1", "user_info": {}}, separators=(",", ":"))
            return HTTPStatus.OK, {"auth": signature(socket_id, channel, told), "channel_data": told}
        return HTTPStatus.OK, {"auth": signature(socket_id, channel)}

    # lookups --------------------------------------------------------------------------------------------------------

    def _lookup(self, asked: Asked) -> Reply:
        path = asked.path
        if path == "/api/v2/account/usage":
            return self._found({"keyId": "demo", "scopes": ["read:wallets", "read:tokens", "read:alpha"]})
        if path == "/api/v2/account/wallets":
            if self._faults.is_on("rest-403-wallets"):
                return self._refused(HTTPStatus.FORBIDDEN, "FORBIDDEN", "The key may not read wallets.")
            return self._found(self._world.wallets)
        if path == "/api/v2/tokens/search":
            words = asked.query.get("q", "").lower()
            rows = [
                _row(t) for t in (EVERY if words else TOKENS) if words in f"{t.symbol} {t.name} {t.address}".lower()
            ]
            status, body = self._found({"tokens": rows})
            page = {"hasMore": False, "limit": 20, "page": 1, "total": len(rows)}
            return status, {**body, "pagination": page}
        if path.startswith("/api/v2/tokens/"):
            return self._token(path.removeprefix("/api/v2/tokens/"), asked)
        return self._refused(HTTPStatus.NOT_FOUND, "NOT_FOUND", "No such route.")

    def _token(self, rest: str, asked: Asked) -> Reply:
        token_id, _, what = rest.partition("/")
        token = next((token for token in EVERY if token.token_id == token_id), None)
        if token is None:
            return self._refused(HTTPStatus.NOT_FOUND, "NOT_FOUND", "No such token.")
        pool = self._world.pools[token.address]
        price = f"{pool.price:f}"
        if not what:
            return self._found(_row(token))
        if what == "price":
            return self._found({"tokenId": token_id, "decimals": token.decimals, "priceUsd": price})
        if what == "price/chart":
            return self._chart(pool, asked)
        if what == "pools":
            found = {"address": pool.address, "liquidityUsd": 1_200_000.5, "marketCapUsd": None, "priceUsd": price}
            return self._found({"pools": [found]})
        return self._refused(HTTPStatus.NOT_FOUND, "NOT_FOUND", "No such route.")

    def _chart(self, pool: Pool, asked: Asked) -> Reply:
        width_s = _SECONDS.get(asked.query.get("resolution", "1h"))
        count = asked.query.get("count", "100")
        if width_s is None or not count.isdigit() or not 1 <= int(count) <= 500:
            return self._refused(HTTPStatus.BAD_REQUEST, "INVALID_PARAMS", "resolution, or count.")
        candles: dict[int, dict[str, Decimal]] = {}
        for bar in pool.bars:
            start_s = bar.start_s - bar.start_s % width_s
            row = candles.setdefault(
                start_s,
                {"open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close, "volume": Decimal(0)},
            )
            row["high"], row["low"] = max(row["high"], bar.high), min(row["low"], bar.low)
            row["close"] = bar.close
            row["volume"] += bar.volume
        rows = [
            {"timestamp": start_s, **{name: float(value) for name, value in row.items()}}
            for start_s, row in sorted(candles.items())
        ]
        return self._found({"candles": rows[-int(count) :]})

    def _oracle(self, asked: Asked) -> Reply:
        """What is true now, and what was told."""
        world = self._world
        if asked.path == "/sim/truth":
            prices = {token.token_id: f"{world.pools[token.address].price:f}" for token in EVERY}
            return HTTPStatus.OK, {
                "at_ms": world.now_ms,
                "prices": prices,
                "swaps": [*world.swaps],
                "calls": [*world.calls],
                "notices": [*world.notices],
                "holdings": {f"{wallet} {token}".strip(): units for (wallet, token), units in world.holdings.items()},
            }
        if asked.path == "/sim/asked":
            return HTTPStatus.OK, {"asked": self.asked}
        return HTTPStatus.NOT_FOUND, {}


def _row(token: Token) -> Body:
    return {
        "tokenId": token.token_id,
        "chain": token.chain,
        "address": token.address,
        "name": token.name,
        "symbol": token.symbol,
        "decimals": token.decimals,
    }
