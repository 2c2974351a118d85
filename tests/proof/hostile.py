"""Malformed and hostile frames between the true ones, on both gateways' real sockets in virtual time."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator

from psdash.gateway.dialling import MAX_MESSAGE
from psdash.simulator.chaos import hostile as menu
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import SmallWorld
from tests.proof.arena import Bustle, arena, in_virtual_time
from tests.proof.faults import HostileLine
from tests.proof.figures import Figures
from tests.proof.truth import LieError

FRAMES = 10_000
#: Foreign frames behind each true one.
EACH = 6
_SHARDS = (
    b"", b"0", b"9", b"-1", b"1e999", b"null", b'"', b"{", b"}", b"[", b"]", b",", b":", b"true",
    b"99999999999999999999", b"0.0000001", b'"0"', b"[[[[[[", b"\\u0000", b'"\\ud800"', b"\\u202e", b"\\u001b[2J",
)  # fmt: skip


class Source:
    """Bends true frames and draws from the menu's own hostile messages, `left` times in all.

    A bent frame that still reads well would be the venue's own word, and nobody could know better: what is left of
    its `sid` is replaced by one that nobody subscribed to, so that its content must go nowhere.
    """

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._menu: Iterator[bytes] = iter(menu.messages(random.Random(seed + 1)))
        self.left = FRAMES

    def __call__(self, true: bytes) -> list[bytes]:
        count = min(EACH, self.left)
        self.left -= count
        return [self._bent(true) if self._draw.random() < 0.7 else self._menus() for _ in range(count)]

    def _bent(self, true: bytes) -> bytes:
        draw = self._draw
        data = bytearray(true)
        for _ in range(draw.randrange(1, 6)):
            at = draw.randrange(len(data))
            data[at : at + draw.randrange(3)] = draw.choice(_SHARDS)
        return _disowned(bytes(data))

    def _menus(self) -> bytes:
        frame = next(frame for frame in self._menu if len(frame) < MAX_MESSAGE[1])
        return _disowned(frame)


def _disowned(raw: bytes) -> bytes:
    """The frame, unless it would be believed; then the same under a sid of nobody."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    if isinstance(body, dict) and "sid" in body:
        return json.dumps(body | {"sid": 999_983}).encode()
    return raw


def hostile_frames(seed: int) -> Figures:
    """10,000 such frames while two markets trade: no crash, no wrong book, all counted, both sessions kept."""

    async def main() -> Figures:
        source = Source(seed)
        lines: list[HostileLine] = []

        def line(connection: object) -> HostileLine:
            lines.append(HostileLine(connection, source))  # type: ignore[arg-type]
            return lines[-1]

        draw = random.Random(seed)
        world = SmallWorld(seed)
        bustle = Bustle(world, draw, markets=2)
        async with arena(seed, world=world, watch=bustle.slugs, options=ServerOptions(line_factory=line)) as made:
            while source.left:
                bustle.step(own=0.2)
                await asyncio.sleep(draw.expovariate(10.0))
            await made.at_rest(bustle.slugs)
            gateways = (made.venue.market, made.venue.user)
            sent, came = sum(each.sent for each in lines), sum(gateway.counts.frames_in for gateway in gateways)
            if sent != came or sum(gateway.connection.sessions for gateway in gateways) != 2:
                raise LieError(f"{sent} frames were sent and {came} counted; the sessions should have been kept")
            for each in made.server.lines:
                each.write(b" " * (MAX_MESSAGE[1] + 1))  # too large to be honest: close code 1009, and dialled again
            await made.until(lambda: all(gateway.connection.sessions == 2 for gateway in gateways), "dialled again")
            await made.at_rest(bustle.slugs, settle_s=30.0)
            return {
                "hostile": sum(each.hostile for each in lines),
                "frames": came,
                "rejected": sum(gateway.counts.rejected for gateway in gateways),
                "ignored": sum(gateway.counts.ignored for gateway in gateways),
                "book_checks": made.witness.checked,
                "digest": made.witness.digest,
            }

    return in_virtual_time(main())
