"""Frames that are wrong: hostile messages, spoilt copies, broken framing, size; and hostile text in true ones."""

from __future__ import annotations

import json
import random
from http import HTTPStatus
from typing import Any, ClassVar

from websockets.asyncio.server import ServerConnection

from psdash.simulator.chaos import hostile
from psdash.simulator.chaos.fault import Fault, Kit, Push, Reply, Stage, Wire
from psdash.simulator.chaos.rewriting import body_of, with_body
from psdash.simulator.protocol import frames
from psdash.simulator.protocol.line import frame_text

#: Fields of REST bodies that hold text for people.
TEXTS = frozenset(
    {"title", "groupItemTitle", "resolutionCriteria", "officialDataSource", "teamA", "teamB", "message", "name"}
)


class Injector(Fault):
    """Something more is sent after a push; the level is the chance of each."""

    unit = "share of pushes that one follows"
    default: ClassVar[float] = 0.05

    def stage(self, wire: Wire) -> Stage | None:
        return _Injection(self, wire)

    def frame(self, rng: random.Random, push: Push, sid: int) -> bytes:
        """What is sent."""
        raise NotImplementedError


class _Injection(Stage):
    def __init__(self, fault: Injector, wire: Wire) -> None:
        super().__init__()
        self._fault = fault
        self._rng = fault.wire_rng(wire)

    def push(self, push: Push, sid: int) -> None:
        self.next.push(push, sid)
        if self._fault.active and self._rng.random() < self._fault.level:
            frame = self._fault.frame(self._rng, push, sid)
            self._fault.note(repr(frame[:60]))
            self.next.reply(frame)


class Garbage(Injector):
    """Messages that are not JSON, not of the protocol, too deep or with numbers too large."""

    def frame(self, rng: random.Random, push: Push, sid: int) -> bytes:
        return next(hostile.messages(rng))


class Mangled(Injector):
    """Copies of true pushes with hostile numbers, wrong types and wrong shapes."""

    def frame(self, rng: random.Random, push: Push, sid: int) -> bytes:
        return hostile.mangled(rng, {"type": push.type, "sid": sid, **body_of(push)})


class BadFrame(Fault):
    """Bytes that break the WebSocket framing: invalid UTF-8, reserved bits, a frame of a terabyte."""

    strikes = True

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._rng = self.rng("frames")

    def strike(self, gateways: frozenset[str]) -> None:
        for wire in self.wires(gateways):
            name = self._rng.choice(sorted(hostile.RAW))
            if wire.line is not None:
                wire.line.write_raw(hostile.RAW[name])
            self.note(f"{wire.gateway} {wire.number} {name}")


class Oversize(Fault):
    """One text frame of so many MiB: good JSON, far above any cap."""

    unit = "MiB"
    default: ClassVar[float] = 16.0
    strikes = True

    def strike(self, gateways: frozenset[str]) -> None:
        for wire in self.wires(gateways):
            if wire.line is not None:
                padding = b" " * round(self.level * 2**20)
                wire.line.write_raw(frame_text(b'{"type":"padding","data":{' + padding + b"}}"))
            self.note(f"{wire.gateway} {wire.number}")


class HostileText(Fault):
    """Titles, names and messages hold control characters, terminal commands, markup and bidi, from REST and push."""

    def stage(self, wire: Wire) -> Stage | None:
        return _HostileStatus(self, wire) if wire.gateway == "market" else None

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        if not self.active or reply.status != HTTPStatus.OK:
            return reply
        # By the path alone, so that a market keeps its title from one read to the next.
        rng = self.rng("texts", target.partition("?")[0])
        body = json.loads(reply.body)
        if not _poison(body, rng):
            return reply
        self.note(target)
        return Reply(reply.status, frames.encode(body), reply.headers)


def _poison(value: Any, rng: random.Random) -> bool:
    """Replace texts for people, anywhere inside; whether there was one."""
    found = False
    if isinstance(value, list):
        for each in value:
            found |= _poison(each, rng)
    if not isinstance(value, dict):
        return found
    for name, inner in value.items():
        if name in TEXTS and isinstance(inner, str):
            value[name] = f"{rng.choice(hostile.STRINGS)}{inner}{rng.choice(hostile.STRINGS)}"
            found = True
        elif name == "outcomeLabels":
            value[name] = [f"{label}{rng.choice(hostile.STRINGS)}" for label in inner]
            found = True
        else:
            found |= _poison(inner, rng)
    return found


class _HostileStatus(Stage):
    def __init__(self, fault: HostileText, wire: Wire) -> None:
        super().__init__()
        self._fault = fault
        self._rng = fault.wire_rng(wire)

    def push(self, push: Push, sid: int) -> None:
        if push.type == "platform_status" and self._fault.active:
            body = body_of(push)
            if body["data"]["message"] is not None:
                body["data"]["message"] += self._rng.choice(hostile.STRINGS)
                self._fault.note(push.type)
                push = with_body(push, body)
        self.next.push(push, sid)
