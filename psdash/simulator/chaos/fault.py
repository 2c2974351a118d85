"""What a fault is: a name with hooks into the places where an exchange meets its clients.

A fault overrides the hooks that it needs and inherits "nothing happens" for the rest. It never touches the exchange's
books behind its back: see the package's text on what the truth is.
"""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from socket import SO_LINGER, SOL_SOCKET
from typing import ClassVar, Protocol

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from psdash.simulator.actors.seeds import Seeds
from psdash.simulator.protocol.faults import Caps, Venue
from psdash.simulator.protocol.frames import Push
from psdash.simulator.protocol.line import Line
from psdash.simulator.protocol.rest import Reply
from psdash.simulator.protocol.session import Outlet, Router, Subscription
from psdash.simulator.scheduler import Scheduler

BOTH_GATEWAYS = frozenset({"market", "user"})


class Timer(Protocol):
    """Something planned that can still be called off."""

    def cancel(self) -> None: ...


class Timers(Protocol):
    """The clock that faults live by, in seconds."""

    def now_s(self) -> float: ...
    def later(self, delay_s: float, action: Callable[[], None]) -> Timer: ...


class LoopTimers:
    """The running event loop's clock: real or virtual, as the loop is."""

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(delay_s, action)


class SchedulerTimers:
    """The exchange's own clock, for faults without an event loop."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def now_s(self) -> float:
        return self._scheduler.now_ms / 1000

    def later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        planned = _Planned(action)
        self._scheduler.after(round(delay_s * 1000), planned)
        return planned


class _Planned:
    def __init__(self, action: Callable[[], None]) -> None:
        self._action: Callable[[], None] | None = action

    def __call__(self) -> None:
        if self._action is not None:
            self._action()

    def cancel(self) -> None:
        self._action = None


@dataclass(slots=True)
class Kit:
    """What the menu gives each of its faults: its own generators, a timer, and a place to say what it did."""

    name: str
    seeds: Seeds
    timers: Timers
    note: Callable[[str, str], None]
    #: The server's side of things; None until one is opened (and for ever with a bare `Menu.outlet`).
    venue: Venue | None = None
    wires: list[Wire] = field(default_factory=list)


@dataclass(eq=False, slots=True, weakref_slot=True)
class Wire:
    """One client's connection as the faults see it. `number` counts the connections of its gateway, from 1."""

    gateway: str
    number: int
    line: Line | None = None

    @property
    def connection(self) -> ServerConnection | None:
        return None if self.line is None else self.line.connection

    def close(self, code: int, reason: str) -> None:
        """A close frame, after what has been written already."""
        if self.line is not None:
            self.line.close(code, reason)

    def abort(self) -> None:
        """End the TCP connection without a close frame: the client reads an end of file (1006)."""
        if self.connection is not None:
            self.connection.transport.close()

    def reset(self) -> None:
        """RST: what was under way is lost, and the client reads `ECONNRESET`."""
        if self.connection is not None:
            reset(self.connection.transport)

    def break_off(self, raw: bytes) -> None:
        """What waits, these bytes, and then the end of the TCP connection, without a close frame."""
        if self.line is not None:
            self.line.write_raw(raw)
        self.abort()


def reset(transport: asyncio.Transport) -> None:
    """End a connection with RST. On a loop without real sockets it is a plain abort."""
    sock = transport.get_extra_info("socket")
    if sock is not None and isinstance(sock.fileno(), int) and sock.fileno() >= 0:
        sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Stage:
    """One fault at one client's wire: a link of the chain between the session and the line."""

    def __init__(self) -> None:
        self.next: Outlet = _NOWHERE

    def push(self, push: Push, sid: int) -> None:
        """An event of subscription `sid`."""
        self.next.push(push, sid)

    def reply(self, frame: bytes) -> None:
        """A greeting, an acknowledgement, an error or a pong."""
        self.next.reply(frame)


class _Nowhere:
    def push(self, push: Push, sid: int) -> None:
        pass

    def reply(self, frame: bytes) -> None:
        pass


_NOWHERE = _Nowhere()


class Fault:
    """One entry of the menu: its docstring is its line in the help; `unit` says what its level means, "" for none."""

    unit: ClassVar[str] = ""
    default: ClassVar[float] = 1.0
    #: Whether the level may be negative.
    signed: ClassVar[bool] = False
    #: Whether it acts at moments of the schedule.
    strikes: ClassVar[bool] = False

    def __init__(self, kit: Kit, level: float) -> None:
        self.kit = kit
        self.level = level
        #: False while the menu is stopped: whatever the fault would do, it does not.
        self.active = True

    # --- hooks, in the order in which a client meets them ---

    def opened(self, venue: Venue) -> None:
        """The server listens."""

    async def arrive(self, connection: ServerConnection, request: Request, gateway: str | None) -> Response | None:
        """A request, before anything is answered; `gateway` is None for REST. A response goes out instead."""
        return None

    def target(self, target: str) -> str:
        """The path and query that the REST side is asked for."""
        return target

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        """What the REST side answers; None when the fault has ended the connection itself."""
        return reply

    def stage(self, wire: Wire) -> Stage | None:
        """The fault's link in the chain of a fresh connection, if it wants one."""
        return None

    def router(self, router: Router, wire: Wire) -> Router:
        """Where a session subscribes and gets snapshots."""
        return router

    def caps(self, caps: Caps) -> Caps:
        """How much a connection may subscribe to."""
        return caps

    def strike(self, gateways: frozenset[str]) -> None:
        """Act now, at the connections of these gateways."""

    def relent(self) -> None:
        """The menu has been stopped: end what lasts."""

    # --- for subclasses ---

    def note(self, what: str = "") -> None:
        """Count and log that it really happened."""
        self.kit.note(self.kit.name, what)

    def rng(self, *path: str | int) -> random.Random:
        """The generator of one of the fault's purposes."""
        return self.kit.seeds.child("/".join(map(str, path)))

    def wire_rng(self, wire: Wire) -> random.Random:
        """The generator for one connection."""
        return self.rng(wire.gateway, wire.number)

    def wires(self, gateways: frozenset[str]) -> list[Wire]:
        """The open connections of these gateways, oldest first."""
        return [wire for wire in self.kit.wires if wire.gateway in gateways]


class Lasting(Fault):
    """A fault whose strike lasts for `level` seconds; `raging` says at which gateways it is on."""

    unit = "seconds it lasts"
    strikes = True

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._until: dict[str, Timer] = {}

    def raging(self, gateway: str) -> bool:
        """Whether it is on at this gateway now."""
        return self.active and gateway in self._until

    def strike(self, gateways: frozenset[str]) -> None:
        for gateway in sorted(gateways):
            self._drop(gateway)
            self._until[gateway] = self.kit.timers.later(self.level, partial(self._over, gateway))
            self.note(f"{gateway} for {self.level:g} s")
        self.begin(gateways)

    def relent(self) -> None:
        for gateway in sorted(self._until):
            self._over(gateway)

    def _over(self, gateway: str) -> None:
        self._drop(gateway)
        self.ended(gateway)

    def _drop(self, gateway: str) -> None:
        timer = self._until.pop(gateway, None)
        if timer is not None:
            timer.cancel()

    def begin(self, gateways: frozenset[str]) -> None:
        """A strike begins."""

    def ended(self, gateway: str) -> None:
        """A strike is over at this gateway."""


__all__ = [
    "BOTH_GATEWAYS", "Caps", "Fault", "Kit", "Lasting", "LoopTimers", "Outlet", "Push", "Reply", "Router",
    "SchedulerTimers", "Stage", "Subscription", "Timer", "Timers", "Venue", "Wire", "reset",
]  # fmt: skip
