"""A menu that has been ordered from: the faults of one server, their schedule, and what they did."""

from __future__ import annotations

import logging
import math
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from psdash.simulator.actors.seeds import Seeds
from psdash.simulator.chaos.catalogue import FAULTS, Entry
from psdash.simulator.chaos.dialects import CountersRestart
from psdash.simulator.chaos.fault import BOTH_GATEWAYS, Fault, Kit, LoopTimers, Outlet, Stage, Timer, Timers, Wire
from psdash.simulator.protocol.faults import Caps, Faults, Venue, Ways
from psdash.simulator.protocol.line import Line
from psdash.simulator.protocol.rest import Reply
from psdash.simulator.protocol.session import Router

logger = logging.getLogger(__name__)

#: How long from one strike of a fault to its next, in seconds.
EVERY_S = (5.0, 20.0)
#: Whom a scheduled strike meets, and how often.
_TARGETS = (frozenset({"market"}), BOTH_GATEWAYS, frozenset({"user"}))
_WEIGHTS = (4, 4, 2)
LOG_LINES = 100_000


class MenuError(ValueError):
    """An order that is not on the menu; the text says what is wrong with it."""


class Menu(Faults):
    """Faults by name, for one server at a time. See the package's text for how to use it."""

    #: A handshake that is left hanging must not be ended by the server's own patience.
    patience_s: ClassVar[float] = 600.0

    def __init__(
        self,
        orders: dict[str, float | None],
        seed: int = 0,
        *,
        every_s: tuple[float, float] | None = EVERY_S,
        timers: Timers | None = None,
    ) -> None:
        """`orders` maps names of `FAULTS` to levels, None for the default. Raises MenuError.

        `every_s` is the shortest and the longest time between two strikes; with None nothing strikes by itself.
        """
        self._seeds = Seeds(seed, "psdash chaos")
        self._every_s = every_s
        self._timers: Timers = timers or LoopTimers()
        self._schedule = {name: self._seeds.child(f"schedule/{name}") for name in orders}
        self._wires: list[Wire] = []
        self._numbers: Counter[str] = Counter()
        self._planned: dict[str, Timer] = {}
        self._waiting: set[ServerConnection] = set()
        self._venue: Venue | None = None
        self._opened_s = 0.0
        self._stopped = False
        #: How often each fault really happened.
        self.struck: Counter[str] = Counter()
        #: What happened: seconds since the server opened, name, and what exactly. The newest LOG_LINES are kept.
        self.log: deque[tuple[float, str, str]] = deque(maxlen=LOG_LINES)
        self._kits: list[Kit] = []
        self._faults: dict[str, Fault] = {}
        for name in sorted(orders, key=list(FAULTS).index) if orders.keys() <= FAULTS.keys() else _refuse(orders):
            self._faults[name] = self._make(FAULTS[name], orders[name])

    @classmethod
    def parse(
        cls,
        text: str,
        seed: int = 0,
        *,
        every_s: tuple[float, float] | None = EVERY_S,
        timers: Timers | None = None,
    ) -> Menu:
        """A menu from `name[=level]` with commas between. Raises MenuError."""
        orders: dict[str, float | None] = {}
        for word in text.split(","):
            name, equals, level = word.strip().partition("=")
            if not name:
                raise MenuError("a fault is NAME or NAME=LEVEL, with commas between them")
            if name in orders:
                raise MenuError(f"{name} is there twice")
            try:
                orders[name] = float(level) if equals else None
            except ValueError:
                raise MenuError(f"{name} needs a number, not {level!r}") from None
        return cls(orders, seed, every_s=every_s, timers=timers)

    def _make(self, entry: Entry, level: float | None) -> Fault:
        if level is not None:
            if not entry.unit:
                raise MenuError(f"{entry.name} takes no level")
            share = entry.unit.startswith("share")
            if not math.isfinite(level) or (level < 0 and not entry.signed) or (share and level > 1):
                raise MenuError(f"the level of {entry.name} is a {entry.unit}, not {level:g}")
        kit = Kit(entry.name, self._seeds.under(entry.name), self._timers, self._note, wires=self._wires)
        self._kits.append(kit)
        return entry.make(kit, entry.default if level is None else level)

    def _note(self, name: str, what: str) -> None:
        self.struck[name] += 1
        self.log.append((round(self._timers.now_s() - self._opened_s, 3), name, what))

    @property
    def names(self) -> list[str]:
        """What was ordered, in the order in which it stands in the chain."""
        return list(self._faults)

    # --- by hand ---

    def strike(self, name: str, gateway: str | None = None) -> None:
        """Let a striking fault act now, at one gateway ("market", "user") or at both.

        Raises MenuError when it was not ordered or does not strike.
        """
        fault = self._faults.get(name)
        if fault is None or not fault.strikes:
            raise MenuError(f"{name} was not ordered" if fault is None else f"{name} acts all the time")
        if not self._stopped:
            fault.strike(BOTH_GATEWAYS if gateway is None else frozenset({gateway}))

    def stop(self) -> None:
        """Let nothing more go wrong; what lasts ends now, what is late still comes."""
        self._stopped = True
        self._unplan()
        for fault in self._faults.values():
            fault.active = False
            fault.relent()

    def resume(self) -> None:
        """Undo `stop`."""
        self._stopped = False
        for fault in self._faults.values():
            fault.active = True
        if self._venue is not None:
            self._plan_all()

    def outlet(self, sink: Outlet, gateway: str) -> Outlet:
        """The chain of the standing faults in front of any sink, without a server."""
        self._numbers[gateway] += 1
        return self._chain(Wire(gateway, self._numbers[gateway]), sink)

    # --- the schedule ---

    def _plan_all(self) -> None:
        for name, fault in self._faults.items():
            if fault.strikes:
                self._plan(name, fault)

    def _plan(self, name: str, fault: Fault) -> None:
        if self._every_s is None:
            return
        rng = self._schedule[name]
        delay_s = rng.uniform(*self._every_s)
        (gateways,) = rng.choices(_TARGETS, _WEIGHTS)

        def strike() -> None:
            logger.info("chaos: %s at %s", name, " and ".join(sorted(gateways)))
            fault.strike(gateways)
            self._plan(name, fault)

        self._planned[name] = self._timers.later(delay_s, strike)

    def _unplan(self) -> None:
        for timer in self._planned.values():
            timer.cancel()
        self._planned.clear()

    # --- the seams ---

    def opened(self, venue: Venue) -> None:
        if self._venue is not None:
            raise MenuError("a menu serves one server at a time")
        self._venue = venue
        self._opened_s = self._timers.now_s()
        for kit in self._kits:
            kit.venue = venue
        for fault in self._faults.values():
            fault.opened(venue)
        if not self._stopped:
            self._plan_all()

    def closed(self) -> None:
        self._unplan()
        for fault in self._faults.values():
            fault.relent()
        for connection in list(self._waiting):
            connection.transport.abort()
        self._venue = None

    async def arrive(self, connection: ServerConnection, request: Request, gateway: str | None) -> Response | None:
        with self._answering(connection):
            for fault in self._faults.values():
                instead = await fault.arrive(connection, request, gateway)
                if instead is not None:
                    return instead
        return None

    def target(self, target: str) -> str:
        for fault in self._faults.values():
            target = fault.target(target)
        return target

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        with self._answering(connection):
            for fault in self._faults.values():
                spoilt = await fault.answer(connection, target, reply)
                if spoilt is None:
                    return None
                reply = spoilt
        return reply

    @contextmanager
    def _answering(self, connection: ServerConnection) -> Iterator[None]:
        """A fault may take its time with this connection; when the server closes, it is cut."""
        self._waiting.add(connection)
        try:
            yield
        finally:
            self._waiting.discard(connection)

    def connect(self, line: Line, gateway: str, router: Router) -> Ways:
        self._numbers[gateway] += 1
        wire = Wire(gateway, self._numbers[gateway], line)
        self._wires.append(wire)
        for fault in self._faults.values():
            router = fault.router(router, wire)
        return Ways(self._chain(wire, line), router)

    def disconnect(self, line: Line) -> None:
        self._wires[:] = [wire for wire in self._wires if wire.line is not line]

    def caps(self) -> Caps:
        caps = super().caps()
        for fault in self._faults.values():
            caps = fault.caps(caps)
        return caps

    def ledger_seq(self, token_id: str, seq: int) -> int:
        """The ledger's number for a `seq` of the wire; they differ only under `counters-restart`."""
        for fault in self._faults.values():
            if isinstance(fault, CountersRestart):
                return fault.ledger_seq(token_id, seq)
        return seq

    def _chain(self, wire: Wire, sink: Outlet) -> Outlet:
        stages = [stage for fault in self._faults.values() if (stage := fault.stage(wire)) is not None]
        outlet = sink
        for stage in reversed(stages):
            stage.next = outlet
            outlet = stage
        return outlet


def _refuse(orders: dict[str, float | None]) -> list[str]:
    unknown = sorted(orders.keys() - FAULTS.keys())
    raise MenuError(f"there is no fault called {unknown[0]!r}; psdash sim --help lists them all")


__all__ = ["EVERY_S", "Menu", "MenuError", "Stage"]
