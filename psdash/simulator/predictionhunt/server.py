"""One loopback port: the socket, the lookups, and what was true (`/sim/...`), by which tests judge."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from psdash.simulator.predictionhunt.markets import Group, HuntMarket
from psdash.simulator.predictionhunt.rest import Lookups, Reply, refused
from psdash.simulator.predictionhunt.session import Session
from psdash.simulator.predictionhunt.signals import Data
from psdash.simulator.predictionhunt.tiers import AUTH_S, KEYS, PING_S, REFUSED_KEYS, TIERS, Tier, key_of
from psdash.simulator.predictionhunt.world import HuntWorld, book_body, price_body
from psdash.simulator.services.faults import Faults

logger = logging.getLogger(__name__)

#: Published frames kept for `/sim/told`.
REMEMBERED = 20_000
GARBAGE = ('{"channel":"prices","type":"price_up', "\x00\x01", "[]", '{"type":"arb_update","data":{}}', "null")


class HuntServer:
    """The service. `key` opens it at the tier it was made with."""

    def __init__(self, world: HuntWorld, *, tier: str = "pro", faults: Faults | None = None) -> None:
        self._world = world
        self._faults = faults or Faults()
        self._lookups = Lookups(world)
        self._sessions: dict[Session, Callable[[], None]] = {}
        self._told: deque[Data] = deque(maxlen=REMEMBERED)
        self._websockets: WebSocketServer | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._is_silent = False
        self._revoked = False
        self._tier_now: Tier | None = None
        self.key = key_of(tier)
        self.port = 0
        self.sent = 0
        #: The routes that were asked for, for whoever asserts that a client only reads.
        self.asked: list[str] = []
        world.told = self._publish

    async def open(self, port: int = 0) -> None:
        """Listen on loopback. Raises OSError when the port cannot be had."""
        self._websockets = await serve(
            self._serve, "127.0.0.1", port, process_request=self._request, ping_interval=PING_S, ping_timeout=None
        )
        self.port = next(iter(self._websockets.sockets)).getsockname()[1]
        for name, strike in (("silent", self._fall_silent), ("revoke", self._revoke), ("downgrade", self._downgrade)):
            after_s = self._faults.after_s(name)
            if after_s is not None:
                self._later(after_s, strike)

    async def close(self) -> None:
        """Stop listening and let everybody go."""
        for task in [*self._background]:
            task.cancel()
        if self._websockets is not None:
            self._websockets.close()
            await self._websockets.wait_closed()

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    # the socket -----------------------------------------------------------------------------------------------------

    async def _serve(self, connection: ServerConnection) -> None:
        try:
            tier = await self._let_in(connection)
            if tier is None:
                return
            await self._session(connection, tier)
        except ConnectionClosed:
            return

    async def _let_in(self, connection: ServerConnection) -> Tier | None:
        """The caller's tier, or None when the connection was refused (§1.1)."""
        found = await self._judged(connection)
        if isinstance(found, Tier):
            return found
        code, message = found
        await connection.send(json.dumps({"type": "error", "code": code, "message": message}))
        await connection.close(1008, message)
        return None

    async def _judged(self, connection: ServerConnection) -> Tier | tuple[str, str]:
        """The caller's tier, or the code and the words of a refusal."""
        query = dict(parse_qsl(urlsplit(connection.request.path if connection.request else "").query))
        key = query.get("api_key")
        if key is None:
            try:
                async with asyncio.timeout(AUTH_S):
                    first = await connection.recv()
            except TimeoutError:
                return "AUTH_FAILED", "Authentication timeout."
            try:
                frame = json.loads(first)
            except ValueError:
                frame = None
            if not isinstance(frame, dict) or frame.get("action") != "auth":
                return "AUTH_REQUIRED", "The first frame must be auth."
            key = frame.get("api_key")
        if self._faults.is_on("auth-late"):
            return "AUTH_FAILED", "Authentication timeout."
        if isinstance(key, str) and key in REFUSED_KEYS:
            return "AUTH_FAILED", REFUSED_KEYS[key]
        if self._revoked and key == self.key:
            return "AUTH_FAILED", "API key is inactive or revoked."
        if not isinstance(key, str) or key not in KEYS:
            return "AUTH_FAILED", "Invalid API key."
        tier = self._tier_now or TIERS[KEYS[key]]
        if not tier.connections or self._faults.is_on("tier-forbidden"):
            return "TIER_FORBIDDEN", "Your tier does not have WebSocket access."
        if len(self._sessions) >= tier.connections or self._faults.use_up("connection-limit"):
            message = f"Max {tier.connections} concurrent connections for your tier."
            return "CONNECTION_LIMIT", message
        return tier

    async def _session(self, connection: ServerConnection, tier: Tier) -> None:
        outbox: asyncio.Queue[str] = asyncio.Queue()
        session = Session(self._world, tier, lambda frame: self._post(outbox, frame), asyncio.get_running_loop().time)
        self._sessions[session] = connection.transport.abort
        writer = asyncio.create_task(self._write(connection, outbox))
        cut_s = self._faults.after_s("cut")
        cutter = None if cut_s is None else asyncio.get_running_loop().call_later(cut_s, connection.transport.abort)
        try:
            async for text in connection:
                if self._faults.strikes("rate-limited"):
                    session.refuse("RATE_LIMITED", "Too many frames.")
                else:
                    session.receive(text)
        finally:
            if cutter is not None:
                cutter.cancel()
            self._sessions.pop(session, None)
            writer.cancel()

    def _post(self, outbox: asyncio.Queue[str], frame: Data) -> None:
        faults = self._faults
        is_push = "data" in frame
        if is_push and self._is_silent:
            return
        text = json.dumps(frame)
        if is_push and faults.strikes("garbage"):
            outbox.put_nowait(faults.draw.choice(GARBAGE))
        late_s = faults.levels.get("late")
        if is_push and late_s is not None:
            asyncio.get_running_loop().call_later(faults.draw.uniform(0, late_s), outbox.put_nowait, text)
        else:
            outbox.put_nowait(text)
        if is_push and faults.strikes("duplicate"):
            outbox.put_nowait(text)

    async def _write(self, connection: ServerConnection, outbox: asyncio.Queue[str]) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.send(await outbox.get())
                self.sent += 1

    def _publish(self, channel: str, kind: str, body: Data, about: HuntMarket | Group | None) -> None:
        self._told.append({"at_ms": self._world.now_ms, "channel": channel, "type": kind, "data": body})
        for session in [*self._sessions]:
            session.told(channel, kind, body, about)

    # faults that strike by the clock --------------------------------------------------------------------------------

    def _later(self, seconds: float, strike: Callable[[], None]) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            strike()

        task = asyncio.get_running_loop().create_task(wait())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _fall_silent(self) -> None:
        self._is_silent = True

    def _revoke(self) -> None:
        self._revoked = True
        for session, abort in [*self._sessions.items()]:
            session.refuse("AUTH_FAILED", "API key is inactive or revoked.")
            asyncio.get_running_loop().call_later(0.05, abort)

    def _downgrade(self) -> None:
        self._tier_now = TIERS["dev"]
        for session in self._sessions:
            session.tier = TIERS["dev"]
            for channel in [*session.wanted]:
                if channel not in session.tier.channels:
                    del session.wanted[channel]
                    message = f"Your tier does not have access to the {channel} channel."
                    session.refuse("CHANNEL_FORBIDDEN", message, channel)

    # plain requests -------------------------------------------------------------------------------------------------

    def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return None
        parts = urlsplit(request.path)
        query = dict(parse_qsl(parts.query))
        if parts.path.startswith("/sim/"):
            return _response(self._oracle(parts.path, query))
        self.asked.append(f"GET {parts.path}")
        if parts.path == "/health":
            return _response((HTTPStatus.OK, {"ok": True}))
        if parts.path == "/api/v2/status":
            return _response(self._lookups.status(("kalshi",) if self._faults.is_on("venue-stale") else ()))
        return _response(self._lookup(parts.path, query, request.headers))

    def _lookup(self, path: str, query: dict[str, str], headers: Headers) -> Reply:
        key = headers.get("X-API-Key") or query.get("api_key")
        if key is None:
            return refused(HTTPStatus.UNAUTHORIZED, "auth.missing_api_key", "Send X-API-Key.")
        if key not in KEYS or (self._revoked and key == self.key):
            return refused(HTTPStatus.FORBIDDEN, "auth.invalid_api_key", "Invalid API key.")
        if self._faults.strikes("rest-429"):
            return refused(HTTPStatus.TOO_MANY_REQUESTS, "rate_limit.exceeded_second", "Slow down.")
        if self._faults.strikes("rest-503"):
            return refused(HTTPStatus.SERVICE_UNAVAILABLE, "internal", "Try again.")
        return self._lookups.answer(path, query, self._tier_now or TIERS[KEYS[key]])

    def _oracle(self, path: str, query: dict[str, str]) -> Reply:
        """What is true now, and what was told."""
        world = self._world
        if path == "/sim/market" and query.get("market_id") in world.quotes:
            quote = world.quotes[query["market_id"]]
            return HTTPStatus.OK, {"at_ms": world.now_ms, "price": price_body(quote), "book": book_body(quote)}
        if path == "/sim/signals":
            return HTTPStatus.OK, {
                "at_ms": world.now_ms,
                "arb": [*world.arbs.values()],
                "ev": [*world.values.values()],
                "smart_money": [*world.wallets.smart],
                "fade_finder": [*world.wallets.fades],
            }
        if path == "/sim/told":
            return HTTPStatus.OK, {"told": [*self._told]}
        if path == "/sim/asked":
            return HTTPStatus.OK, {"asked": self.asked}
        return HTTPStatus.NOT_FOUND, {}


def _response(reply: Reply) -> Response:
    status, body = reply
    raw = json.dumps(body).encode()
    headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(raw)), "Connection": "close"})
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        headers["Retry-After"] = "2"
    return Response(status.value, status.phrase, headers, raw)
