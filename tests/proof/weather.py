"""Bad weather over the whole gateway: lossy feeds, and everything on the exchange's fault menu."""

from __future__ import annotations

import asyncio
import random

from psdash.simulator.chaos import FAULTS, Menu
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import SmallWorld
from tests.proof.arena import Arena, Bustle, arena, in_virtual_time, now_s
from tests.proof.faults import LossyLine
from tests.proof.figures import Figures
from tests.proof.truth import OTHER_BEHIND_S, LieError

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


# the fault menu ----------------------------------------------------------------------------------------------------

#: Faults after which the wire's own sequences, or its levels, are not the ledger's: B1 is judged at rest only.
REWRITING = frozenset({"counters-restart", "ghost"})
#: Faults that need an occasion, or a higher level to have one within two minutes: a snapshot is asked for after a
#: loss, and a session begins after an end.
COMPANIONS = {
    "ghost": "=0.3",
    "snapshot-stale": ",drop=0.03",
    "snapshot-lost": ",drop=0.03",
    "snapshot-fail": ",drop=0.03",
    "backlog": ",close-1012",
    "cut-ack": ",close-1012",
    "cut-snapshot": ",close-1012",
}
#: Faults after which nobody dials again (reliability §1.2 rule 3): the panes must say so, for good.
ENDING = ("close-1008", "close-4401-", "close-4403", "revoke", "upgrade-30", "upgrade-40")
#: Reasons of 4401 that are the venue's to mend: dialled again, once a minute.
SLOW = ("close-4401-api_key_auth_disabled", "close-4401-api_key_auth_unconfigured")


def chaos(name: str, seed: int) -> Figures:
    """Two minutes of one fault of the menu while three markets trade, then the menu stops: everything converges."""
    return in_virtual_time(_chaos(name, seed))


async def _chaos(name: str, seed: int) -> Figures:
    draw = random.Random(seed)
    menu = Menu.parse(name + COMPANIONS.get(name, ""), seed=seed)
    world = SmallWorld(seed)
    bustle = Bustle(world, draw, markets=3)
    async with arena(seed, world=world, watch=bustle.slugs, options=ServerOptions(chaos=menu)) as made:
        if name == "snapshot-stale":  # every answer may be the same old one: only REST can tell, once a minute
            made.witness.focus_behind_s = OTHER_BEHIND_S
        made.witness.sees_sequences = name not in REWRITING
        while now_s() < CHAOS_S:
            bustle.step()
            await asyncio.sleep(draw.expovariate(6.0))
        menu.stop()
        if not menu.struck[name]:
            raise LieError("the fault never happened")
        refused = [gateway for gateway in (made.venue.market, made.venue.user) if gateway.refusal]
        if refused and not (name.startswith(ENDING) and name not in SLOW):
            raise LieError(f"gave up for good: {refused[0].refusal}")
        if refused:
            await asyncio.sleep(150.0)
            _check_refused(made)
        else:
            await made.at_rest(bustle.slugs, settle_s=150.0)
        return {
            "struck": menu.struck[name],
            "book_checks": made.witness.checked,
            "resyncs": made.witness.resyncs,
            "longest_behind_s": round(made.witness.longest_behind_s, 2),
            "sessions": made.venue.market.connection.sessions,
            "digest": made.witness.digest,
        }


def _check_refused(made: Arena) -> None:
    """What a refused gateway feeds is called REFUSED and is never LIVE; the other one is untouched."""
    market, user = made.venue.market, made.venue.user
    for slug in (state.market.slug for state in made.board.watched):
        if made.is_book_live(slug) == bool(market.refusal):
            raise LieError(f"{slug}: LIVE is {made.is_book_live(slug)}, and the link {market.link.state}")
    if made.is_account_live() == bool(user.refusal):
        raise LieError(f"private panes: LIVE is {made.is_account_live()}, and the link {user.link.state}")
    made.witness.verdict()
    made.conserved()


def menu_names() -> list[str]:
    """Every fault by name."""
    return list(FAULTS)
