"""Clocks that are wrong: every time the venue writes, or the gateway's own stamps alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from websockets.asyncio.server import ServerConnection

from psdash.simulator.chaos.dialects import Rewriter
from psdash.simulator.chaos.fault import Fault, Kit, Push, Reply, Stage, Wire
from psdash.simulator.chaos.rewriting import with_tail
from psdash.simulator.protocol.bodies import iso

_EVERY_MS = re.compile(rb'"(serverTs|tsMs|ts|bucketStartMs)":(\d+)')
_GATEWAY_MS = re.compile(rb'"(serverTs|ts)":(\d+)')
_ISO = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z"')
_ASKED = re.compile(r"([?&](?:before|after|from|to)=)([^&]+)")


def _shift(pattern: re.Pattern[bytes], text: bytes, by_ms: int) -> bytes:
    return pattern.sub(lambda found: b'"%b":%d' % (found[1], int(found[2]) + by_ms), text)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class ClockSkew(Fault):
    """Every time that the venue writes is off by the level, alike on the wire and in REST."""

    unit = "seconds ahead, or behind when negative; a multiple of 5"
    default: ClassVar[float] = 3_600.0
    signed = True

    @property
    def by_ms(self) -> int:
        """How far it is off now; a whole number of five-second candles."""
        return round(self.level / 5) * 5_000 if self.active else 0

    def stage(self, wire: Wire) -> Stage | None:
        return Rewriter(
            self,
            lambda push: with_tail(push, _shift(_EVERY_MS, push.tail, self.by_ms)),
            lambda frame: _shift(_EVERY_MS, frame, self.by_ms),
        )

    def target(self, target: str) -> str:
        def back(found: re.Match[str]) -> str:
            name, asked = found.groups()
            if asked.isdigit():
                return f"{name}{int(asked) - self.by_ms}"
            try:
                moment = datetime.fromisoformat(asked.replace("%3A", ":").replace("%2B", "+").replace(" ", "+"))
            except ValueError:
                return f"{name}{asked}"
            return f"{name}{round(moment.timestamp() * 1000) - self.by_ms}"

        return _ASKED.sub(back, target)

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        by = timedelta(milliseconds=self.by_ms)

        def off(found: re.Match[bytes]) -> bytes:
            moment = _instant(found[1].decode()) + by
            return f'"{iso(round(moment.timestamp() * 1000))}"'.encode()

        self.note()
        body = _shift(_EVERY_MS, _ISO.sub(off, reply.body), self.by_ms)
        return Reply(reply.status, body, shifted_headers(reply, self.by_ms))


class HostClock(ClockSkew):
    """What a client sees whose machine's clock is wrong: all that the venue writes is off the other way."""

    unit = "seconds; a multiple of 5"
    default: ClassVar[float] = 90.0
    signed = False

    def __init__(self, kit: Kit, level: float, sign: int) -> None:
        super().__init__(kit, sign * level)


class ClockStep(Fault):
    """The gateway's clock jumps, there and back: serverTs, pong and X-Server-Time; the times in the data keep."""

    unit = "seconds at most"
    default: ClassVar[float] = 10.0
    strikes = True

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._off_ms = 0
        self._rng = self.rng("steps")

    def strike(self, gateways: frozenset[str]) -> None:
        self._off_ms = round(self._rng.uniform(-self.level, self.level) * 1000)
        self.note(f"{self._off_ms:+d} ms")

    def relent(self) -> None:
        self._off_ms = 0

    def stage(self, wire: Wire) -> Stage | None:
        return _StepStage(self)

    def shifted(self, text: bytes) -> bytes:
        """A frame's bytes with the gateway's stamps as its clock has them now."""
        return _shift(_GATEWAY_MS, text, self._off_ms) if self._off_ms else text

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        return Reply(reply.status, reply.body, shifted_headers(reply, self._off_ms))


class _StepStage(Stage):
    def __init__(self, fault: ClockStep) -> None:
        super().__init__()
        self._fault = fault

    def push(self, push: Push, sid: int) -> None:
        self.next.push(with_tail(push, self._fault.shifted(push.tail)), sid)

    def reply(self, frame: bytes) -> None:
        self.next.reply(self._fault.shifted(frame))


def shifted_headers(reply: Reply, by_ms: int) -> dict[str, str]:
    """The headers of an answer whose clock is off."""
    headers = dict(reply.headers)
    if "X-Server-Time" in headers:
        headers["X-Server-Time"] = str(int(headers["X-Server-Time"]) + by_ms)
    return headers
