"""How a dial fails: refused, reset, left hanging, answered with a status, or accepted and closed at once.

Each strike first drops the connections there are, so that somebody dials, and then keeps the door for as long as its
level says. The TCP handshake itself is the kernel's: a refusal here is RST in place of the first answer.
"""

from __future__ import annotations

import asyncio
import math
from http import HTTPStatus
from typing import ClassVar

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from psdash.simulator.chaos.fault import Fault, Kit, Lasting, Stage, Wire, reset

#: Where redirects lead: a path of the same server under its other name, so another origin.
REDIRECTED = "/redirected"
STATUSES = (302, 401, 403, 404, 429, 500, 502, 503)


class Door(Lasting):
    """A dial that fails for a while."""

    default: ClassVar[float] = 6.0

    def begin(self, gateways: frozenset[str]) -> None:
        for wire in self.wires(gateways):
            wire.abort()

    async def arrive(self, connection: ServerConnection, request: Request, gateway: str | None) -> Response | None:
        if gateway is None or not self.raging(gateway):
            return None
        self.note(f"{gateway} dialled")
        return await self.keep(connection, gateway)

    async def keep(self, connection: ServerConnection, gateway: str) -> Response | None:
        """Answer a dial while the door is shut."""
        return None


class RefuseDial(Door):
    """Dials are refused: RST before any answer."""

    async def keep(self, connection: ServerConnection, gateway: str) -> Response | None:
        reset(connection.transport)
        return await gone(connection)


class HangHandshake(Door):
    """Dials are accepted by TCP and never answered; reset when the strike is over."""

    default: ClassVar[float] = 15.0

    async def keep(self, connection: ServerConnection, gateway: str) -> Response | None:
        try:
            async with asyncio.timeout(self.level):
                await connection.wait_closed()
        except TimeoutError:
            reset(connection.transport)
        return await gone(connection)


class UpgradeStatus(Door):
    """The upgrade is answered with an HTTP status instead of 101."""

    def __init__(self, kit: Kit, level: float, status: int) -> None:
        super().__init__(kit, level)
        self._status = HTTPStatus(status)
        self._since_s: dict[str, float] = {}

    def begin(self, gateways: frozenset[str]) -> None:
        super().begin(gateways)
        for gateway in gateways:
            self._since_s[gateway] = self.kit.timers.now_s()

    async def arrive(self, connection: ServerConnection, request: Request, gateway: str | None) -> Response | None:
        watch_redirected(self, request)
        return await super().arrive(connection, request, gateway)

    async def keep(self, connection: ServerConnection, gateway: str) -> Response | None:
        headers = Headers({"Content-Length": "0", "Connection": "close"})
        if self._status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            left_s = self._since_s[gateway] + self.level - self.kit.timers.now_s()
            headers["Retry-After"] = str(max(1, math.ceil(left_s)))
        if self._status == HTTPStatus.FOUND and self.kit.venue is not None:
            headers["Location"] = elsewhere(self.kit.venue.ws_url)
        return Response(self._status, self._status.phrase, headers, b"")


class AcceptClose(Door):
    """The upgrade succeeds and the socket is closed at once with 1013, without a greeting."""

    default: ClassVar[float] = 10.0

    async def arrive(self, connection: ServerConnection, request: Request, gateway: str | None) -> Response | None:
        return None

    def stage(self, wire: Wire) -> Stage | None:
        if self.raging(wire.gateway):
            wire.close(1013, "try again later")
            self.note(f"{wire.gateway} {wire.number}")
        return None


async def gone(connection: ServerConnection) -> Response:
    """Wait until the connection is no more; then nobody reads what is returned."""
    await connection.wait_closed()
    return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")


def elsewhere(url: str) -> str:
    """The redirect's target: the same port under another host name, which makes it another origin."""
    scheme, _, authority = url.partition("://")
    return f"{scheme}://localhost:{authority.rpartition(':')[2]}{REDIRECTED}"


def watch_redirected(fault: Fault, request: Request) -> None:
    """Count whoever follows a redirect, as "followed", and whether the key was taken along."""
    if request.path.startswith(REDIRECTED):
        fault.kit.note("followed", "with the key" if "X-Api-Key" in request.headers else "")
