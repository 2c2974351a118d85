"""How a REST read goes wrong: refused, slow, huge, compressed beyond reason, redirected, cut, or nonsense."""

from __future__ import annotations

import asyncio
import random
import zlib
from http import HTTPStatus
from typing import ClassVar

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from psdash.simulator.chaos.doors import REDIRECTED, elsewhere, watch_redirected
from psdash.simulator.chaos.fault import Fault, Kit, Reply, Venue, reset
from psdash.simulator.protocol import frames

RETRY_AFTER_S = (1, 5)
#: One piece of a dripping body, and how long until the next.
DRIP_BYTES, DRIP_S, DRIP_FOR_S = 2, 0.25, 120.0
HANG_S = 60.0
MIB = 2**20
#: 200 OK all of them, and none of them an answer.
NONSENSE = (
    b"<html><body>Bad gateway</body></html>", b"", b"null", b"[]", b"{", b'{"markets":null,"trades":7,"bids":{}}',
    b'"' + b"x" * 5_000, b"[" * 20_000, b'{"ts":1e1000000,"seq":' + b"9" * 5_000 + b"}", b"\xff\xfe\x00\x01",
)  # fmt: skip


class ReadFault(Fault):
    """Something about the reads under `/api`; the level is the chance of each."""

    unit = "share of reads"
    default: ClassVar[float] = 0.3

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._rng = self.rng("reads")

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        if not self.active or self._rng.random() >= self.level:
            return reply
        self.note(target)
        return await self.spoil(connection, reply, self._rng)

    async def spoil(self, connection: ServerConnection, reply: Reply, rng: random.Random) -> Reply | None:
        """The answer that goes out instead; None when the connection has been ended."""
        raise NotImplementedError


class Status(ReadFault):
    """Reads are refused with an HTTP status (429 and 503 with Retry-After)."""

    def __init__(self, kit: Kit, level: float, status: int) -> None:
        super().__init__(kit, level)
        self._status = HTTPStatus(status)

    async def spoil(self, connection: ServerConnection, reply: Reply, rng: random.Random) -> Reply | None:
        code = self._status.phrase.lower().replace(" ", "_")
        headers = reply.headers | {"Retry-After": str(rng.randint(*RETRY_AFTER_S))}
        return Reply(
            self._status, frames.encode({"code": code, "message": self._status.phrase, "details": {}}), headers
        )


class Drip(ReadFault):
    """The answer comes 2 bytes every quarter of a second."""

    default: ClassVar[float] = 0.1

    async def spoil(self, connection: ServerConnection, reply: Reply, rng: random.Random) -> Reply | None:
        transport = connection.transport
        transport.write(_head(reply))
        ends_s = self.kit.timers.now_s() + DRIP_FOR_S
        for start in range(0, len(reply.body), DRIP_BYTES):
            if transport.is_closing() or self.kit.timers.now_s() > ends_s:
                break
            transport.write(reply.body[start : start + DRIP_BYTES])
            await asyncio.sleep(DRIP_S)
        transport.close()
        await connection.wait_closed()
        return None


class Oversize(ReadFault):
    """The answer is good JSON behind 32 MiB of blanks."""

    default: ClassVar[float] = 0.1

    async def spoil(self, connection: ServerConnection, reply: Reply, rng: random.Random) -> Reply | None:
        return Reply(reply.status, b" " * 32 * MIB + reply.body, reply.headers)


class GzipBomb(ReadFault):
    """The answer is gzip of a few kilobytes that unpacks to 64 MiB before it makes sense."""

    default: ClassVar[float] = 0.1

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._packed: bytes | None = None

    async def spoil(self, connection: ServerConnection, reply: Reply, rng: random.Random) -> Reply | None:
        if self._packed is None:
            self._packed = bomb(64 * MIB)
        return Reply(reply.status, self._packed, reply.headers | {"Content-Encoding": "gzip"})


class Redirect(ReadFault):
    """The answer is 302 to another origin; whoever follows it is counted as "followed"."""

    default: ClassVar[float] = 0.1

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._venue: Venue | None = None

    def opened(self, venue: Venue) -> None:
        self._venue = venue

    async def arrive(self, connection: ServerConnection, request: Request, gateway: str | None) -> Response | None:
        watch_redirected(self, request)
        return None

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        return reply if target.startswith(REDIRECTED) else await super().answer(connection, target, reply)

    async def spoil(self, connection: ServerConnection, reply: Reply, rng: random.Random) -> Reply | None:
        assert self._venue is not None
        return Reply(HTTPStatus.FOUND, b"", reply.headers | {"Location": elsewhere(self._venue.rest_url)})


class Nonsense(ReadFault):
    """The answer is 200 with HTML, nothing, broken JSON, deep JSON or JSON of another shape."""

    default: ClassVar[float] = 0.1

    async def spoil(self, connection: ServerConnection, reply: Reply, rng: random.Random) -> Reply | None:
        return Reply(HTTPStatus.OK, rng.choice(NONSENSE), reply.headers)


class Hang(ReadFault):
    """No answer for a minute, then the connection ends."""

    default: ClassVar[float] = 0.1

    async def spoil(self, connection: ServerConnection, reply: Reply, rng: random.Random) -> Reply | None:
        try:
            async with asyncio.timeout(HANG_S):
                await connection.wait_closed()
        except TimeoutError:
            connection.transport.close()
        await connection.wait_closed()
        return None


class Torn(ReadFault):
    """The connection is reset in the middle of the body."""

    default: ClassVar[float] = 0.1

    async def spoil(self, connection: ServerConnection, reply: Reply, rng: random.Random) -> Reply | None:
        connection.transport.write(_head(reply) + reply.body[: len(reply.body) // 2])
        await asyncio.sleep(0)
        reset(connection.transport)
        await connection.wait_closed()
        return None


def bomb(size: int) -> bytes:
    """Gzip of so many blanks and an empty object: about a thousandth of them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = [packer.compress(b" " * MIB) for _ in range(size // MIB)]
    return b"".join([*packed, packer.compress(b"{}"), packer.flush()])


def _head(reply: Reply) -> bytes:
    fields = reply.headers | {"Content-Length": str(len(reply.body)), "Connection": "close"}
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}", *(f"{k}: {v}" for k, v in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii")
