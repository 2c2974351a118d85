"""The recorded match at 20x, in virtual time: 2 % of the changes lost, some twice, and 20 disconnects.

The recording plays at 20x whenever the client is connected, and for the first quarter second of each outage; while
the client waits out the rest of its backoff the exchange's clock is held, because 20 outages of the backoff's own
length would not leave anything of a match that lasts 45 s at that speed.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from psdash.gateway.notices import LinkState
from psdash.market.board import MarketState
from psdash.market.book import Side
from psdash.simulator.protocol.server import ServerOptions
from psdash.simulator.world import World, build_world
from tests.loopback.simulator.rig import START_MS
from tests.proof.arena import Arena, in_virtual_time, now_s
from tests.proof.faults import LossyLine
from tests.proof.figures import Figures
from tests.proof.truth import LieError

RECORDED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "nhl-final-inplay.jsonl.gz"
SPEED = 20.0
CUTS = 20
PLAYS_ON_S = 0.25
_STEP_S = 0.01


class Rebuild:
    """The recording's own books, rebuilt line by line from the file by nobody's code but this."""

    def __init__(self) -> None:
        self._lines = self._read()
        self.played = 0
        self.trades = 0
        self.books: dict[int, dict[str, dict[str, str]]] = {}

    def _read(self) -> Iterator[dict[str, Any]]:
        with gzip.open(RECORDED, "rt") as recording:
            for text in recording:
                yield json.loads(text, parse_float=str, parse_int=str)

    def until(self, played: int) -> None:
        """Play on to the line with this number."""
        while self.played < played:
            record = next(self._lines)
            self.played += 1
            if record["k"] == "book":
                self.books[int(record["m"])] = {"B": dict(record["bids"]), "A": dict(record["asks"])}
            elif record["k"] == "trade":
                self.trades += 1
            else:
                side = self.books[int(record["m"])][record["s"]]
                if Decimal(record["q"]):
                    side[record["p"]] = record["q"]
                else:
                    side.pop(record["p"], None)

    def check(self, number: int, state: MarketState) -> None:
        """Both books of a market are the recording's: YES as written, NO its mirror. Raises LieError."""
        sides = self.books[number]
        for outcome, book in enumerate(state.books):
            for side in Side:
                written = sides["B" if (side is Side.BID) != bool(outcome) else "A"]
                wanted = {
                    (1 - Decimal(price) if outcome else Decimal(price)): Decimal(size)
                    for price, size in written.items()
                }
                shown = {level.price: level.size for level in book.levels(side)}
                if shown != wanted:
                    raise LieError(
                        f"market {number} outcome {outcome} {side} is not the recording's at line {self.played}"
                    )


class Match(Arena):
    """An arena whose exchange's clock is in our hand."""

    async def _tell_time(self) -> None:
        return


def match(seed: int) -> Figures:
    """Every book the recording's at each resync and at the end, no trade missing."""

    async def main() -> Figures:
        draw = random.Random(seed)
        world = build_world(seed, START_MS, replay=RECORDED, speed=SPEED)
        rates = LossyLine.Rates(random.Random(seed + 1), 0.02, 0.02, 0.0)
        options = ServerOptions(line_factory=lambda connection: LossyLine(connection, rates))
        slugs = [row.slug for row in world.exchange.catalogue.markets]
        made = Match(world, options, seed)
        await made.open(slugs)
        try:
            return await _play(made, world, slugs, rates, draw)
        finally:
            await made.close()
            world.close()

    return in_virtual_time(main())


async def _play(made: Match, world: World, slugs: list[str], rates: LossyLine.Rates, draw: random.Random) -> Figures:
    replay = world.replay
    assert replay is not None
    rebuild = Rebuild()
    cuts_at = sorted(draw.uniform(0.02, 0.97) for _ in range(CUTS))
    cuts = compared = resynced = 0
    was_live = [False] * len(slugs)
    await made.settled(slugs)
    lost_s = now_s()
    held_s = 0.0
    while not replay.finished:
        await asyncio.sleep(_STEP_S)
        is_connected = made.venue.market.link.state is LinkState.LIVE
        if is_connected:
            lost_s = now_s()
        if now_s() - lost_s > PLAYS_ON_S:
            held_s += _STEP_S
            continue
        if cuts < CUTS and is_connected and replay.fraction >= cuts_at[cuts]:
            cuts += made.cut() > 0
        world.scheduler.run_until(world.scheduler.now_ms + round(_STEP_S * 1000))
        await asyncio.sleep(0)
        rebuild.until(replay.played)
        for number, slug in enumerate(slugs):
            state = made.state(slug)
            is_live = all(each.is_live for each in state.book_freshness)
            if is_live and not was_live[number]:
                resynced += 1
            # At the recording's own line only when nothing is under way; in between the witness judges by sequence.
            if is_live and all(made.truth.is_current(book) for book in state.books):
                if not was_live[number]:
                    rebuild.check(number, state)
                    compared += 1
                was_live[number] = True
            elif not is_live:
                was_live[number] = False
    rates.on = False
    for _ in range(3_000):  # settlements, and the last audit
        await asyncio.sleep(_STEP_S * 4)
        world.scheduler.run_until(world.scheduler.now_ms + 40)
    await made.settled(slugs)
    rebuild.until(replay.played)
    for number, slug in enumerate(slugs):
        rebuild.check(number, made.state(slug))
        missing = made.truth.missing_trades(made.state(slug))
        if missing:
            raise LieError(f"{slug}: {len(missing)} of {len(made.truth.trades)} trades are missing")
        if made.state(slug).tape.gaps:
            raise LieError(f"{slug}: a GAP row, where REST has every trade")
    made.witness.verdict()
    made.conserved()
    if replay.failure is not None or cuts != CUTS:
        raise LieError(f"the recording ended by {replay.failure}, {cuts} cuts")
    return {
        "lines": replay.played,
        "trades": rebuild.trades,
        "disconnects": cuts,
        "changes_sent": rates.seen,
        "lost": rates.dropped,
        "repeated": rates.repeated,
        "resyncs": made.witness.resyncs,
        "came_back_live": resynced,
        "compared_with_file": compared + len(slugs),
        "book_checks": made.witness.checked,
        "held_s": round(held_s, 1),
        "digest": made.witness.digest,
    }
