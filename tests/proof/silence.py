"""Pongs and acknowledgements go on, data stops: connected is not fresh (reliability §0 fact 11)."""

from __future__ import annotations

import asyncio
import random

from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import SmallWorld
from tests.proof.arena import Bustle, arena, in_virtual_time, now_s
from tests.proof.faults import SilentLine
from tests.proof.figures import Figures
from tests.proof.truth import LieError

STALE_S, RECOVERED_S = 10.0, 15.0


def silence(seed: int) -> Figures:
    """The open market socket goes silent while the markets trade on: STALE within 10 s, current again within 15 s."""

    async def main() -> Figures:
        draw = random.Random(seed)
        switch = SilentLine.Switch()
        options = ServerOptions(line_factory=lambda connection: SilentLine(connection, switch))
        world = SmallWorld(seed)
        bustle = Bustle(world, draw, markets=2)
        async with arena(seed, world=world, watch=bustle.slugs, options=options) as made:
            await made.settled(bustle.slugs)
            trading = asyncio.create_task(_trade(bustle, draw, rate=draw.choice((0.3, 3.0, 15.0))))
            await asyncio.sleep(draw.uniform(5, 40))
            switch.victims.update(id(line) for line in made.server.lines)
            started_s = now_s()
            await made.until(lambda: not made.is_book_live(made.focus), "the focused book is not LIVE", STALE_S)
            stale_s = now_s() - started_s
            await made.until(lambda: made.is_live(made.focus), "the focused market is live again", RECOVERED_S)
            recovered_s = now_s() - started_s
            if recovered_s > RECOVERED_S:
                raise LieError(f"recovered only after {recovered_s:.1f} s")
            trading.cancel()
            await made.at_rest(bustle.slugs)
            return {"stale_after_s": round(stale_s, 2), "recovered_after_s": round(recovered_s, 2)}

    return in_virtual_time(main())


async def _trade(bustle: Bustle, draw: random.Random, rate: float) -> None:
    while True:
        bustle.step()
        await asyncio.sleep(draw.expovariate(rate))
