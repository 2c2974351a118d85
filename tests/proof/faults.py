"""Faults with a hand on them: what the scenarios need to place exactly (the menu of `psdash sim --chaos` is random).

Each is made from one seeded generator and shared by every line of one server, through `ServerOptions.line_factory`.
TCP never loses or reorders bytes: dropping a frame is a fault of the gateway behind it.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from enum import StrEnum

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from psdash.simulator.protocol.faults import Faults
from psdash.simulator.protocol.frames import Push
from psdash.simulator.protocol.line import Line, frame_text
from psdash.simulator.protocol.server import ServerOptions

BOOK_CHANGES = ("book_delta", "book_update")
#: Close codes that a client dials again after (protocol §2.2; reliability §1.2 rule 3).
CLOSES = (1000, 1001, 1006, 1011, 1012, 1013, 4000)


class Phase(StrEnum):
    """Where a connection is when it breaks."""

    DIAL = "dial"
    AUTH = "auth"
    SUBSCRIBE = "subscribe"
    SNAPSHOT = "snapshot"
    LIVE = "live"


class Saboteur:
    """Breaks `left` connections, each in a phase and a manner drawn from the seed. `done` counts them by phase."""

    def __init__(self, draw: random.Random, left: int) -> None:
        self.draw = draw
        self.left = left
        self.done: Counter[Phase] = Counter()

    def plan(self) -> Phase | None:
        """What happens to the connection that is being made now; None when it is left in peace."""
        if not self.left:
            return None
        return self.draw.choice(list(Phase))

    def strike(self, phase: Phase) -> bool:
        """One more; False when enough were broken already."""
        if not self.left:
            return False
        self.left -= 1
        self.done[phase] += 1
        return True


class SabotagedDoor(Faults):
    """Refuses what the saboteur plans to break at the dial, and marks every other connection with its plan."""

    def __init__(self, saboteur: Saboteur) -> None:
        self._saboteur = saboteur

    async def arrive(self, connection: ServerConnection, request: Request, gateway: str | None) -> Response | None:
        if gateway is None:
            return None
        saboteur = self._saboteur
        plan = saboteur.plan()
        if plan is not Phase.DIAL or not saboteur.strike(plan):
            connection.plan = plan  # type: ignore[attr-defined]  # the line of this connection reads it
            return None
        manner = saboteur.draw.choice(("reset", "503", "429"))
        if manner == "reset":
            connection.transport.abort()
        headers = Headers({"Content-Length": "0", "Connection": "close"})
        if manner != "429":
            return Response(503, "Service Unavailable", headers, b"")
        headers["Retry-After"] = "1"
        return Response(429, "Too Many Requests", headers, b"")


def sabotaged(saboteur: Saboteur) -> ServerOptions:
    """What an arena is made with."""
    return ServerOptions(
        line_factory=lambda connection: SabotagedLine(connection, saboteur), chaos=SabotagedDoor(saboteur)
    )


class SabotagedLine(Line):
    """Breaks off in the phase that was planned: at the greeting, at an answer, within a snapshot, or in the flow."""

    def __init__(self, connection: ServerConnection, saboteur: Saboteur) -> None:
        super().__init__(connection)
        self._saboteur = saboteur
        self._plan: Phase | None = getattr(connection, "plan", None)
        self._greeted = False
        #: Frames of the flow that still pass. Some sessions live long enough to be healthy again.
        self._lives = int(saboteur.draw.expovariate(1 / 120))

    def reply(self, frame: bytes) -> None:
        if not self._greeted:
            self._greeted = True
            if self._plan is Phase.AUTH and self._break(frame):
                return
        elif self._plan is Phase.SUBSCRIBE and self._break(frame):
            return
        super().reply(frame)

    def push(self, push: Push, sid: int) -> None:
        if self._plan is Phase.SNAPSHOT and push.type == "book_snapshot" and self._break(push.frame(sid)):
            return
        if self._plan is Phase.LIVE and push.type != "book_snapshot":
            self._lives -= 1
            if self._lives < 0 and self._break(push.frame(sid)):
                return
        super().push(push, sid)

    def _break(self, frame: bytes) -> bool:
        """End this connection instead of sending a frame. False when the saboteur has done enough."""
        saboteur = self._saboteur
        plan, self._plan = self._plan, None
        assert plan is not None
        if self.closing or not saboteur.strike(plan):
            return False
        transport = self.connection.transport
        code = saboteur.draw.choice(CLOSES)
        if code == 1006:
            if saboteur.draw.random() < 0.5:  # cut mid-frame: the head and half of the body
                whole = frame_text(frame)
                transport.write(whole[: len(whole) // 2])
                transport.close()
            else:
                transport.abort()
            self.close(1000, "")
        else:
            self.close(code, "forced")
        return True


class LossyLine(Line):
    """Drops, repeats and reorders book changes, never an answer to a question (reliability §6.2 R2).

    A reordered frame waits behind up to `WINDOW` later ones; when none comes it is lost until the audit finds it.
    """

    WINDOW = 8

    def __init__(self, connection: ServerConnection, faults: LossyLine.Rates) -> None:
        super().__init__(connection)
        self._faults = faults
        self._held: list[tuple[int, bytes]] = []

    class Rates:
        """Shares of the changes, 0 to 1, and what was done."""

        def __init__(self, draw: random.Random, drop: float, repeat: float, reorder: float) -> None:
            self.draw = draw
            self.drop, self.repeat, self.reorder = drop, repeat, reorder
            self.on = True
            self.seen = self.dropped = self.repeated = self.reordered = 0

    def push(self, push: Push, sid: int) -> None:
        faults = self._faults
        if not faults.on or push.type not in BOOK_CHANGES:
            super().push(push, sid)
            return
        frame = push.frame(sid)
        luck = faults.draw.random()
        faults.seen += 1
        if luck < faults.drop:
            faults.dropped += 1
        elif luck < faults.drop + faults.repeat:
            faults.repeated += 1
            self.write(frame)
            self.write(frame)
        elif luck < faults.drop + faults.repeat + faults.reorder:
            faults.reordered += 1
            self._held.append((faults.draw.randrange(1, self.WINDOW + 1), frame))
            return
        else:
            self.write(frame)
        self._held = [(left - 1, frame) for left, frame in self._held]
        for left, held in self._held:
            if left <= 0:
                self.write(held)
        self._held = [(left, held) for left, held in self._held if left > 0]


class SilentLine(Line):
    """Acknowledgements and pongs go on, data stops."""

    class Switch:
        """Shared by every line of a server: which of them are silent, by identity."""

        def __init__(self) -> None:
            self.victims: set[int] = set()

    def __init__(self, connection: ServerConnection, switch: SilentLine.Switch) -> None:
        super().__init__(connection)
        self._switch = switch

    def push(self, push: Push, sid: int) -> None:
        if id(self) not in self._switch.victims:
            super().push(push, sid)


class LateLine(Line):
    """A round trip of 200 ms, all of it on the way out: everything keeps its order and comes later."""

    LATE_S = 0.2

    def push(self, push: Push, sid: int) -> None:
        asyncio.get_running_loop().call_later(self.LATE_S, super().push, push, sid)

    def reply(self, frame: bytes) -> None:
        asyncio.get_running_loop().call_later(self.LATE_S, super().reply, frame)


class HostileLine(Line):
    """Puts foreign frames behind every true one, while there are any."""

    def __init__(self, connection: ServerConnection, source: Callable[[bytes], list[bytes]]) -> None:
        super().__init__(connection)
        self._source = source
        self.hostile = 0

    def push(self, push: Push, sid: int) -> None:
        super().push(push, sid)
        for frame in self._source(push.frame(sid)):
            self.hostile += 1
            self.write(frame)
