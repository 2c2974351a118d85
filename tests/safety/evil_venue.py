"""The embedded exchange on a thread of its own, with somebody in between who changes what it says."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from websockets.asyncio.server import ServerConnection

from psdash.simulator.protocol.line import Line
from psdash.simulator.protocol.rest import Reply
from psdash.simulator.protocol.server import Server, ServerOptions, serve
from tests.loopback.simulator.rig import WALLET, SmallWorld
from tests.safety import canary

T = TypeVar("T")
#: Changes a body in place or gives another; the argument is decoded JSON.
Tamper = Callable[[Any], Any]
#: Fields whose text a person wrote, or whose text a person reads.
TEXTS = frozenset(
    {"title", "groupItemTitle", "message", "clientOrderId", "reason", "officialDataSource", "resolutionCriteria"}
    | {"group", "stage", "teamA", "teamB", "trace_id", "outcomeLabel", "entity"}
)


class EvilVenue:
    """`requests` are the request lines and headers it got, `served` the strings it put somewhere."""

    def __init__(self, tamper: Tamper | None = None, *, refuse: str | None = None) -> None:
        """`refuse` closes every socket with 4401 and these words, and has REST say them."""
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._tamper = tamper
        self._refuse = refuse
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="evil venue")
        self.world: SmallWorld
        self.server: Server

    def __enter__(self) -> EvilVenue:
        self._thread.start()
        self.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.server.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    def run(self, work: Any) -> Any:
        """Run a coroutine where the exchange lives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def call(self, work: Callable[[], T]) -> T:
        """Call a function where the exchange lives."""

        async def there() -> T:
            return work()

        result: T = self.run(there())
        return result

    def environment(self, **credential: str) -> Mapping[str, str]:
        """What psdash must be told to use this venue."""
        return {"PSDASH_REST_URL": self.server.rest_url, "PSDASH_WS_URL": self.server.ws_url, **credential}

    def say(self, message: str) -> None:
        """Have the platform say something to everybody."""
        self.call(lambda: self.world.exchange.set_platform(frozen=False, maintenance=True, message=message))

    async def _open(self) -> None:
        self.world = SmallWorld()
        exchange = self.world.exchange
        for number in range(3):
            self.world.place(WALLET, "buy", f"0.{30 + number}", "10", client_order_id=f"mine {number}")
        self.server = await serve(self.world, options=ServerOptions(line_factory=self._line))
        keys = self.server.keyring._keys
        keys[canary.KEY.key_id] = canary.KEY
        honest = self.server._rest.answer

        def answer(method: str, target: str, headers: Mapping[str, str], address: str) -> Reply:
            self.requests.append((f"{method} {target}", dict(headers)))
            if self._refuse is not None:
                return Reply(401, json.dumps({"code": "odd", "message": self._refuse}).encode())
            reply = honest(method, target, headers, address)
            if self._tamper is None:
                return reply
            return Reply(reply.status, json.dumps(self._tamper(json.loads(reply.body))).encode(), reply.headers)

        self.server._rest.answer = answer  # type: ignore[method-assign]
        assert exchange is self.world.exchange

    def _line(self, connection: ServerConnection) -> Line:
        assert connection.request is not None
        self.requests.append((connection.request.path, dict(connection.request.headers)))
        line = _Tampered(connection, self._tamper)
        if self._refuse is not None:
            line.close(4401, self._refuse)
        return line


class _Tampered(Line):
    def __init__(self, connection: ServerConnection, tamper: Tamper | None) -> None:
        super().__init__(connection)
        self._tamper_with = tamper

    def write(self, frame: bytes) -> None:
        if self._tamper_with is not None:
            frame = json.dumps(self._tamper_with(json.loads(frame))).encode()
        super().write(frame)


def rewriting(texts: list[str]) -> tuple[Tamper, set[str]]:
    """A tamper that puts the next string into every text it meets, and the set of those it has put somewhere."""
    turn: Iterator[str] = itertools.cycle(texts)
    used: set[str] = set()

    def next_text() -> str:
        text = next(turn)
        used.add(text)
        return text

    def change(body: Any) -> Any:
        if isinstance(body, list):
            return [change(each) for each in body]
        if not isinstance(body, dict):
            return body
        for name, value in body.items():
            if name in TEXTS and isinstance(value, str) and body.get("type") != "connected":
                body[name] = next_text()
            elif name == "outcomeLabels":
                body[name] = [next_text() for _ in value]
            elif isinstance(value, dict | list):
                body[name] = change(value)
        return body

    return change, used


@contextlib.contextmanager
def evil_venue(texts: list[str]) -> Iterator[tuple[EvilVenue, set[str]]]:
    """A venue all of whose words are these."""
    tamper, used = rewriting(texts)
    with EvilVenue(tamper) as venue:
        yield venue, used
