"""An exchange of many markets: the shown one gets half of the book messages, all others the rest. As `psdash sim`
otherwise: three lines on stdout, and it ends with its stdin.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from dataclasses import replace

from psdash.simulator.actors.load import Load
from psdash.simulator.actors.pulse import Pulse
from psdash.simulator.actors.seeds import Seeds
from psdash.simulator.actors.trader import DemoTrader
from psdash.simulator.exchange.catalogue import MAIN_SLUG, build_catalogue
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.ids import make_hash, make_token_id, make_uuid
from psdash.simulator.exchange.listing import Catalogue, MarketRow
from psdash.simulator.protocol.server import ServerOptions, serve
from psdash.simulator.scheduler import Scheduler
from psdash.simulator.world import World


def slug_of(number: int) -> str:
    """The slug of a market; 0 is the shown one."""
    return f"line-{number:03d}" if number else MAIN_SLUG


def build(count: int, rate: int, now_ms: int) -> tuple[World, list[Load]]:
    """The world, not yet started."""
    seeds = Seeds(7)
    season = build_catalogue(seeds.child("catalogue"), now_ms)
    event = next(event for event in season.events if any(row.slug == MAIN_SLUG for row in event.markets))
    first = next(row for row in event.markets if row.slug == MAIN_SLUG)
    rng = random.Random(11)
    rows = [replace(first, recorded=True), *(_another(first, number, rng) for number in range(1, count))]
    scheduler = Scheduler(now_ms)
    exchange = Exchange(
        Catalogue([replace(event, markets=tuple(rows))]), scheduler, seeds.child("exchange"), seeds.child("names")
    )
    pulse = Pulse()
    demo = DemoTrader(exchange, seeds.child("demo"), (), pulse)
    shares = [(rows[:1], rate)] if count == 1 else [(rows[:1], rate // 2), (rows[1:], rate // 2)]
    loads = [
        Load(exchange, seeds.child(f"load {at}"), [row.symbol for row in part], share)
        for at, (part, share) in enumerate(shares)
    ]
    pulse.beating = False
    return World(exchange, scheduler, demo, pulse, load=loads[0]), loads


def _another(row: MarketRow, number: int, rng: random.Random) -> MarketRow:
    return replace(
        row,
        symbol=f"PS26-BIN-{number}",
        slug=slug_of(number),
        id=make_uuid(rng),
        title=f"Line {number}?",
        group_item_title=f"Line {number}",
        condition_id=make_hash(rng),
        question_id=make_hash(rng),
        yes_token_id=make_token_id(rng),
        no_token_id=make_token_id(rng),
        recorded=True,
    )


async def _run(count: int, rate: int) -> None:
    world, loads = build(count, rate, int(time.time() * 1000))
    for load in loads:
        load.furnish()
        load.start()
    server = await serve(world, port=0, options=ServerOptions(seed=7))
    key = server.keyring.fresh.token
    print(f"PSDASH_REST_URL={server.rest_url}\nPSDASH_WS_URL={server.ws_url}\nPSDASH_API_KEY={key}", flush=True)
    clock = asyncio.create_task(world.scheduler.run_realtime())
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    clock.cancel()
    await server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--markets", type=int, required=True)
    parser.add_argument("--rate", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(_run(options.markets, options.rate))
