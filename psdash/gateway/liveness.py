"""Is the other side there? Deadlines, and the count of pings that nothing came back for.

Counted in ticks of this loop, not in seconds: a loop that was blocked for five seconds has had one tick, and so no
peer is called dead for our own absence (reliability §0 fact 12, §1.2 rule 4).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection


@dataclass(frozen=True, slots=True)
class Timing:
    """Every deadline of a connection, in seconds."""

    open_s: float = 8.0
    greeting_s: float = 5.0
    close_s: float = 1.0
    tick_s: float = 0.5
    peer_ping_s: float = 4.0  # RFC 6455 ping: is the peer there?
    peer_pong_s: float = 4.0
    gateway_ping_s: float = 25.0  # the venue's own ping (protocol §2.3): is the gateway behind it there?
    gateway_pong_s: float = 5.0
    first_ping_s: float = 0.5
    commands_per_s: float = (
        5.0  # the venue's own limit is unknown (protocol §10); this is another venue's published one
    )
    command_burst: int = 10
    command_reserve: int = 3  # of the burst, kept for what cannot wait: the focused market


class Peer:
    """Whether the other end of the socket is there, by RFC 6455 pings; any frame at all is as good as a pong."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._waiting: asyncio.Future[float] | None = None
        self._frames = 0
        self._since_ping = int(timing.peer_ping_s / timing.tick_s)  # the first ping goes out with the first tick
        self._silent = 0
        self.heard = False
        self.pongs = 0

    def ticked(self, frames: int) -> bool:
        """One tick later, `frames` taken so far. True when a ping has been unanswered for too long."""
        self.heard = frames != self._frames
        self._frames = frames
        self._since_ping += 1
        if self._waiting is not None and self._waiting.done():
            self._waiting = None
            self.heard = True
            self.pongs += 1
        if self.heard or self._waiting is None:
            self._silent = 0
            return False
        self._silent += 1
        return self._silent * self._timing.tick_s >= self._timing.peer_pong_s

    @property
    def is_due(self) -> bool:
        """Time for the next ping; not while one is waited for."""
        return self._waiting is None and self._since_ping * self._timing.tick_s >= self._timing.peer_ping_s

    async def ping(self, ws: ClientConnection) -> None:
        self._since_ping = 0
        waiting = await ws.ping()
        assert isinstance(waiting, asyncio.Future)
        waiting.add_done_callback(_retrieved)
        self._waiting = waiting


def _retrieved(pong: asyncio.Future[float]) -> None:
    """The library fails waiting pongs when a connection ends; that is no news."""
    if not pong.cancelled():
        pong.exception()
