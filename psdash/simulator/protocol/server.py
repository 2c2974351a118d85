"""One loopback port with everything on it: both WebSocket gateways, the REST side, and the oracle.

`websockets` answers the upgrades; its `process_request` hook answers plain GETs, one a connection. Authentication is
checked after the upgrade, so that a refusal is a close frame, as on the venue (protocol §2.2, §13.1).
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qsl

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from psdash.simulator.actors.replay import Replay
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.protocol import guesses, older, oracle, rest_private, rest_public
from psdash.simulator.protocol.auth import AuthError, Caller, Keyring
from psdash.simulator.protocol.channels import CHANNELS
from psdash.simulator.protocol.fanout import Hub
from psdash.simulator.protocol.faults import Faults
from psdash.simulator.protocol.journal import Journal
from psdash.simulator.protocol.limits import RateLimiter
from psdash.simulator.protocol.line import Line
from psdash.simulator.protocol.older import OlderHub
from psdash.simulator.protocol.rest import Rest
from psdash.simulator.protocol.session import Session

logger = logging.getLogger(__name__)

GATEWAYS = {"/ws/market": "market", "/ws/user": "user"}

PLAIN_SAILING = Faults()

#: Largest command a client may send, in bytes; 256 subscriptions of 100 token ids would be 2 MB.
MAX_COMMAND_BYTES = 4 * 2**20
#: How long a closing handshake may take before the connection is cut.
CLOSE_TIMEOUT_S = 2.0


class Trader(Protocol):
    """Whose keys the server gives out."""

    @property
    def wallet(self) -> str: ...


class Served(Protocol):
    """The parts of a `World` that a server needs."""

    @property
    def exchange(self) -> Exchange: ...
    @property
    def demo(self) -> Trader: ...
    @property
    def replay(self) -> Replay | None: ...


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a server differs from the plain one.

    `protocol` is the version that is spoken; `silent_books` lets the older one push no books (protocol §11). `seed`
    makes the fresh key. `whole_lifecycle` pushes all four events of protocol §5.8. `line_factory` makes each
    client's line. `chaos` is what goes wrong: a `psdash.simulator.chaos.Menu`, for this server alone.
    """

    host: str = "127.0.0.1"
    seed: int = 0
    protocol: int = guesses.PROTOCOL_VERSION
    silent_books: bool = False
    whole_lifecycle: bool = False
    line_factory: Callable[[ServerConnection], Line] = Line
    chaos: Faults = field(default_factory=Faults)


async def serve(world: Served, *, port: int = 0, options: ServerOptions | None = None) -> Server:
    """Open the exchange on a loopback port (0 picks a free one). The caller keeps its clock running.

    Raises ValueError for an address that is not loopback and OSError when the port cannot be had.
    """
    server = Server(world, options or ServerOptions())
    await server.open(port)
    return server


class Server:
    """A running server. `keyring.fresh.token` opens it; `close` ends it."""

    def __init__(self, world: Served, options: ServerOptions) -> None:
        if not ipaddress.ip_address(options.host).is_loopback:
            raise ValueError(f"the embedded exchange listens on loopback only, not on {options.host}")
        exchange = world.exchange
        self._options = options
        self._exchange = exchange
        self._faults = options.chaos
        self.keyring = Keyring(options.seed, world.demo.wallet, self._now_ms)
        self._hubs: dict[int, Hub] = {}
        self.speak(options.protocol)
        self.journal = Journal(exchange)
        routes = [
            *rest_public.routes(exchange),
            *rest_private.routes(exchange),
            *oracle.routes(exchange, self.journal, world.replay, self._faults.ledger_seq),
        ]
        self._rest = Rest(routes, self.keyring, RateLimiter(self._now_ms), self._now_ms)
        self._lines: dict[Line, Caller] = {}
        self._websockets: WebSocketServer | None = None
        self.port = 0

    async def open(self, port: int) -> None:
        """Listen. Raises OSError when the port cannot be had."""
        self._websockets = await serve_websockets(
            self._session,
            self._options.host,
            port,
            process_request=self._answer,
            open_timeout=self._faults.patience_s,
            compression="deflate",  # used only with clients that ask for it
            server_header=None,
            ping_interval=None,  # the venue's gateways have no idle timeout (protocol §2.3)
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MAX_COMMAND_BYTES,
            write_limit=2**18,
        )
        self.port = self._websockets.sockets[0].getsockname()[1]
        self._faults.opened(self)

    async def close(self) -> None:
        """Close every session with the code of a restart, stop listening, let go of the exchange."""
        self._faults.closed()
        for hub in self._hubs.values():
            hub.close()
        self.journal.close()
        if self._websockets is not None:
            self._websockets.close(code=guesses.CLOSE_RESTART[0], reason=guesses.CLOSE_RESTART[1])
            await self._websockets.wait_closed()

    def speak(self, protocol: int) -> None:
        """Speak this version of the protocol with whoever connects from now on."""
        options = self._options
        self._version = protocol
        if protocol not in self._hubs:
            self._hubs[protocol] = (
                OlderHub(self._exchange, whole_lifecycle=options.whole_lifecycle, silent_books=options.silent_books)
                if protocol == older.VERSION
                else Hub(self._exchange, whole_lifecycle=options.whole_lifecycle)
            )

    @property
    def hub(self) -> Hub:
        """What routes the events, in the version that is spoken now."""
        return self._hubs[self._version]

    @property
    def exchange(self) -> Exchange:
        """The exchange behind it."""
        return self._exchange

    @property
    def rest_url(self) -> str:
        """Base of `/api/...`."""
        return f"http://{self._authority}"

    @property
    def ws_url(self) -> str:
        """Base of `/ws/market` and `/ws/user`."""
        return f"ws://{self._authority}"

    @property
    def _authority(self) -> str:
        host = self._options.host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    @property
    def lines(self) -> list[Line]:
        """The line of each open session."""
        return list(self._lines)

    def revoke(self, key_id: str) -> None:
        """Kill a key and close every socket that it opened (protocol §1). Raises KeyError on an unknown key id."""
        self.keyring.revoke(key_id)
        for line, caller in self._lines.items():
            if caller.key_id == key_id:
                line.close(*guesses.CLOSE_REVOKED)

    def _now_ms(self) -> int:
        return self._exchange.scheduler.now_ms

    async def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """What a request gets, None for an upgrade. The oracle under `/sim` is beyond every fault."""
        headers_in = _plain(request.headers)
        path = request.path.partition("?")[0]
        gateway = GATEWAYS.get(path) if "websocket" in headers_in.get("upgrade", "").lower() else None
        faults = PLAIN_SAILING if path.startswith("/sim/") else self._faults
        instead = await faults.arrive(connection, request, gateway)
        if instead is not None or gateway is not None:
            return instead
        target, address = faults.target(request.path), connection.remote_address[0]
        reply = await faults.answer(
            connection, target, self._rest.answer(request.method, target, headers_in, address)
        )
        if reply is None:  # it is over: whatever is returned goes nowhere
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")
        headers = Headers(reply.headers)
        headers["Content-Length"] = str(len(reply.body))
        headers["Connection"] = "close"
        return Response(reply.status, HTTPStatus(reply.status).phrase, headers, reply.body)

    def _vaults(self, caller: Caller) -> frozenset[str]:
        try:
            return frozenset({self._exchange.account(caller.wallet).vault.lower()})
        except KeyError:
            return frozenset()

    async def _session(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        path, _, query = connection.request.path.partition("?")
        headers = _plain(connection.request.headers)
        origin = headers.get("origin")
        if origin is not None and origin not in guesses.ALLOWED_ORIGINS:
            await connection.close(1008, "forbidden origin")
            return
        try:
            caller = self.keyring.identify(headers, dict(parse_qsl(query)), gateway=True)
        except AuthError as refusal:
            logger.info("%s refused: %s", path, refusal.reason)
            await connection.close(4401, refusal.reason)
            return
        line = self._options.line_factory(connection)
        gateway = GATEWAYS[path]
        ways = self._faults.connect(line, gateway, self.hub)
        session = Session(
            gateway,
            caller,
            self._vaults(caller),
            ways.outlet,
            ways.router,
            self._now_ms,
            self._faults.caps,
            version=self._version,
            channels=older.CHANNELS if self._version == older.VERSION else CHANNELS,
        )
        self._lines[line] = caller
        writer = asyncio.create_task(line.run())
        logger.info("%s opened for %s", path, caller.wallet)
        try:
            session.greet()
            async for message in connection:
                session.receive(message)
        except ConnectionClosed:
            pass
        finally:
            session.end()
            self._faults.disconnect(line)
            del self._lines[line]
            writer.cancel()
            await asyncio.wait([writer])
            logger.info("%s closed: %s %s", path, connection.close_code, connection.close_reason)


def _plain(headers: Headers) -> dict[str, str]:
    """Headers by lower-case name; of a name sent twice the last value counts."""
    return {name.lower(): value for name, value in headers.raw_items()}
