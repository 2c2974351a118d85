"""Bad weather over the whole gateway: lossy feeds, and everything on the exchange's fault menu."""

from __future__ import annotations

import asyncio
import random

from psdash.simulator.chaos import FAULTS, Menu
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import SmallWorld
from tests.proof.arena import Bustle, arena, in_virtual_time, now_s
from tests.proof.faults import LossyLine
from tests.proof.truth import LieError

Figures = dict[str, float | int | str]

#: Book changes on the wire for each seed of the lossy feed.
CHANGES = 5_000
#: Virtual seconds that a fault of the menu has its way.
CHAOS_S = 120.0


def lossy_wire(seed: int) -> Figures:
    """5 % each of drop, repeat and reorder on the book changes of three markets, through the real socket."""
    return in_virtual_time(_lossy(seed, 0.05))


def lossy_wire_20(seed: int) -> Figures:
    """20 % each."""
    return in_virtual_time(_lossy(seed, 0.20))


async def _lossy(seed: int, share: float) -> Figures:
    draw = random.Random(seed)
    rates = LossyLine.Rates(random.Random(seed + 1), share, share, share)
    options = ServerOptions(line_factory=lambda connection: LossyLine(connection, rates))
    world = SmallWorld(seed)
    bustle = Bustle(world, draw, markets=3)
    async with arena(seed, world=world, watch=bustle.slugs, options=options) as made:
        await made.settled(bustle.slugs)
        started_s = now_s()
        while rates.seen < CHANGES:
            bustle.step()
            await asyncio.sleep(draw.expovariate(12.0))
        ended_s = now_s()
        rates.on = False
        await made.at_rest(bustle.slugs)
        return {
            "changes": rates.seen,
            "dropped": rates.dropped,
            "repeated": rates.repeated,
            "reordered": rates.reordered,
            "book_checks": made.witness.checked,
            "live_but_wrong": 0,
            "resyncs": made.witness.resyncs,
            "longest_behind_s": round(made.witness.longest_behind_s, 2),
            "virtual_s": round(ended_s - started_s),
            "digest": made.witness.digest,
        }


# the fault menu ------------------------------------------------------------------------------------------------------

#: Faults after which the wire's own sequences, or its levels, are not the ledger's: B1 is judged at rest only.
REWRITING = frozenset({"counters-restart", "ghost"})
#: Faults that end the session for good: nothing comes back, and nothing may be called LIVE.
ENDING = frozenset({"key-revoked"})
#: Faults that change what the exchange lists: the books end as they are, not as the bustle left them.


def chaos(name: str, seed: int) -> Figures:
    """Two minutes of one fault of the menu while three markets trade, then the menu stops: everything converges."""
    return in_virtual_time(_chaos(name, seed))


async def _chaos(name: str, seed: int) -> Figures:
    draw = random.Random(seed)
    menu = Menu.parse(name, seed=seed)
    world = SmallWorld(seed)
    bustle = Bustle(world, draw, markets=3)
    names = {word.partition("=")[0] for word in name.split(",")}
    async with arena(seed, world=world, watch=bustle.slugs, options=ServerOptions(chaos=menu)) as made:
        made.witness.sees_sequences = not names & REWRITING
        while now_s() < CHAOS_S:
            bustle.step()
            await asyncio.sleep(draw.expovariate(6.0))
        menu.stop()
        if not sum(menu.struck.values()):
            raise LieError("the fault never happened")
        if names & ENDING:
            await asyncio.sleep(120)
            if made.is_book_live(made.focus):
                raise LieError("LIVE after the end")
            made.witness.verdict()
        else:
            await made.at_rest(bustle.slugs, settle_s=150.0)
        return {
            "struck": sum(menu.struck.values()),
            "book_checks": made.witness.checked,
            "resyncs": made.witness.resyncs,
            "longest_behind_s": round(made.witness.longest_behind_s, 2),
            "sessions": made.venue.market.connection.sessions,
            "digest": made.witness.digest,
        }


def menu_names() -> list[str]:
    """Every fault by name."""
    return list(FAULTS)
