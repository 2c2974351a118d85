"""Everything that happens on one exchange, from one seed: the exchange, its clock, and every actor on it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from psdash.simulator.actors.crowd import Crowd
from psdash.simulator.actors.episodes import Episodes
from psdash.simulator.actors.flow import MarketFlow
from psdash.simulator.actors.load import Load
from psdash.simulator.actors.match import Match
from psdash.simulator.actors.pulse import Pulse
from psdash.simulator.actors.regimes import Regime, Timeline
from psdash.simulator.actors.replay import Replay
from psdash.simulator.actors.seeds import Seeds
from psdash.simulator.actors.takers import TakerFlow
from psdash.simulator.actors.trader import DemoTrader
from psdash.simulator.actors.whistle import Whistle
from psdash.simulator.exchange.catalogue import build_catalogue, catalogue_for_replay
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import FillMade, Happening
from psdash.simulator.exchange.listing import Catalogue, EventRow, Liquidity, MarketRow, MarketStatus
from psdash.simulator.scheduler import Scheduler

#: How much of the day has happened before `start_ms`: tape, candles and the demo account's history.
HISTORY_MS = 15 * 60_000
#: History is traded at full pace, but the book moves at this share of it, until the last seconds.
HISTORY_CALM = 0.02
WARM_MS = 6_000
#: A world told to be quiet lies still for this long before it starts, so that nothing is left to settle.
STILL_MS = 12_000
#: Every market with makers has at least this many prints in its history.
RECALLED_TRADES = (4, 9)


@dataclass(slots=True)
class World:
    """One exchange and what lives on it. `run_until` or `run_realtime` of its scheduler makes it go."""

    exchange: Exchange
    scheduler: Scheduler
    demo: DemoTrader
    pulse: Pulse
    matches: tuple[Match, ...] = ()
    flows: tuple[MarketFlow, ...] = ()
    replay: Replay | None = None
    load: Load | None = None

    def goal(self) -> None:
        """Let somebody score now, in the first event that is in play; nothing happens without one."""
        for match in self.matches:
            if match.regime is Regime.IN_PLAY:
                match.goal()
                return

    def close(self) -> None:
        """Let every actor stop and close what is open."""
        self.pulse.beating = False
        if self.replay is not None:
            self.replay.close()


def build_world(
    seed: int,
    start_ms: int,
    *,
    rate: int | None = None,
    rate_slug: str | None = None,
    replay: Path | None = None,
    speed: float = 1.0,
    skip_s: int = 0,
    quiet: bool = False,
) -> World:
    """A world whose clock stands at `start_ms` (epoch ms), with furnished books and, but for a replay, a past.

    * by default: the season of `build_catalogue`, with a match in play, flow, episodes and the demo trader;
    * `quiet`: the same books, tape and accounts, but from `start_ms` on nothing happens by itself;
    * `rate`: `rate` book messages a second, exactly (load.py), in the markets of the event in play or, with
      `rate_slug`, in that market alone; nothing else happens;
    * `replay`: the recording at that path, `speed` times as fast, on the markets of `catalogue_for_replay`; its first
      `skip_s` seconds are history by `start_ms`.

    Raises `RecordingError` for a recording that cannot be opened, `KeyError` for an unknown `rate_slug`, `ValueError`
    for a rate or speed out of range.
    """
    seeds = Seeds(seed)
    if replay is not None:
        return _replayed(seeds, start_ms, replay, speed, skip_s)
    if rate is not None:
        return _loaded(seeds, start_ms, rate, rate_slug)
    return _alive(seeds, start_ms, quiet=quiet)


def _alive(seeds: Seeds, start_ms: int, *, quiet: bool) -> World:
    first_ms = start_ms - HISTORY_MS - (STILL_MS if quiet else 0)
    scheduler = Scheduler(first_ms)
    exchange = Exchange(
        build_catalogue(seeds.child("catalogue"), start_ms),
        scheduler,
        seeds.child("exchange"),
        _names(seeds, start_ms),
    )
    pulse = Pulse(calm=HISTORY_CALM)
    matches, flows, takers = _cast(exchange, seeds, pulse)
    demo = DemoTrader(exchange, seeds.child("demo trader"), _main_markets(exchange.catalogue), pulse)
    demo.furnish()
    for flow in flows:
        flow.start()
    rng = seeds.child("recall")
    for taker in takers:
        taker.recall(rng.randint(*RECALLED_TRADES), HISTORY_MS)
        taker.start()
    demo.start()
    scheduler.run_until(first_ms + HISTORY_MS - WARM_MS)
    pulse.calm = 1.0
    for flow in flows:
        flow.rouse()  # whoever opens the demo sees a lively market at once
    scheduler.run_until(first_ms + HISTORY_MS)
    world = World(exchange, scheduler, demo, pulse, matches, flows)
    if quiet:
        pulse.beating = False
        scheduler.run_until(start_ms)
        return world
    pausable = [
        flow.row.symbol
        for flow in flows
        if flow.match.regime is Regime.IN_PLAY and flow.row.liquidity in (Liquidity.MEDIUM, Liquidity.THIN)
    ]
    Episodes(exchange, seeds.under("episodes"), pulse, matches, pausable).start()
    for match in matches:
        demo.watch(match)
        Whistle(exchange, pulse, match, [flow.row.symbol for flow in flows if flow.match is match]).start()
    return world


def _loaded(seeds: Seeds, start_ms: int, rate: int, slug: str | None) -> World:
    """Markets under load have level books without orders, which is what makes tens of thousands a second possible."""
    season = build_catalogue(seeds.child("catalogue"), start_ms)
    busiest = next(event for event in season.events if any(row.liquidity is Liquidity.MAIN for row in event.markets))
    loaded = {row.symbol for row in busiest.markets if row.status is MarketStatus.OPEN}
    if slug is not None:
        loaded = {season.by_slug(slug).symbol}
    catalogue = Catalogue(
        replace(event, markets=tuple(replace(row, recorded=row.symbol in loaded) for row in event.markets))
        for event in season.events
    )
    scheduler = Scheduler(start_ms)
    exchange = Exchange(catalogue, scheduler, seeds.child("exchange"), _names(seeds, start_ms))
    pulse = Pulse()
    matches, flows, _ = _cast(exchange, seeds, pulse)
    symbols = [row.symbol for row in catalogue.markets if row.symbol in loaded]
    load = Load(exchange, seeds.child("load"), symbols, rate)
    load.furnish()
    demo = DemoTrader(exchange, seeds.child("demo trader"), [flow.row for flow in flows], pulse)
    demo.furnish()
    pulse.beating = False
    load.start()
    return World(exchange, scheduler, demo, pulse, matches, flows, load=load)


def _replayed(seeds: Seeds, start_ms: int, path: Path, speed: float, skip_s: int) -> World:
    scheduler = Scheduler(start_ms - (round(skip_s * 1000 / speed) if skip_s else 0))
    catalogue = catalogue_for_replay(seeds.child("catalogue"), start_ms)
    exchange = Exchange(catalogue, scheduler, seeds.child("exchange"), _names(seeds, start_ms))
    pulse = Pulse()
    # Nobody can trade in a recording: the demo account only has its money.
    demo = DemoTrader(exchange, seeds.child("demo trader"), (), pulse)
    replay = Replay(exchange, path, [row.symbol for row in catalogue.markets], speed)
    replay.start()
    scheduler.run_until(start_ms)
    return World(exchange, scheduler, demo, pulse, replay=replay)


def _names(seeds: Seeds, start_ms: int) -> random.Random:
    """What names orders and trades: a day that begins at another time is the same day with other ids."""
    return seeds.child(f"names of a day that begins at {start_ms}")


def _cast(
    exchange: Exchange, seeds: Seeds, pulse: Pulse
) -> tuple[tuple[Match, ...], tuple[MarketFlow, ...], tuple[TakerFlow, ...]]:
    """Makers and takers for every market that trades and is not recorded, with their books furnished."""
    crowd = Crowd(exchange, seeds.child("crowd"))
    matches: list[Match] = []
    flows: list[MarketFlow] = []
    takers: list[TakerFlow] = []
    for event in exchange.catalogue.events:
        rows = [row for row in event.markets if _is_made(row)]
        if not rows:
            continue
        crowd.stock(exchange, (row.symbol for row in rows))
        under = seeds.under(event.slug)
        timeline = _timeline(event, exchange.scheduler.now_ms)
        match = Match(exchange.scheduler, under, timeline, [float(row.fair_value) for row in rows])
        matches.append(match)
        for index, row in enumerate(rows):
            flow = MarketFlow(exchange, pulse, crowd, row, match, index, under.under(row.slug))
            flow.furnish()
            flows.append(flow)
            takers.append(TakerFlow(exchange, pulse, crowd, flow, under.under(row.slug)))
    _tell_fills(exchange, flows)
    return tuple(matches), tuple(flows), tuple(takers)


def _tell_fills(exchange: Exchange, flows: Sequence[MarketFlow]) -> None:
    by_symbol = {flow.row.symbol: flow for flow in flows}

    def hear(happening: Happening) -> None:
        if type(happening) is FillMade and happening.symbol in by_symbol:
            by_symbol[happening.symbol].on_fill(happening)

    exchange.listen(hear)


def _is_made(row: MarketRow) -> bool:
    return row.status is MarketStatus.OPEN and row.liquidity is not Liquidity.NONE and not row.recorded


def _timeline(event: EventRow, now_ms: int) -> Timeline:
    """A fixture lives by its kick-off; one that is in play already is never whistled off, so the demo does not end.

    Anything else is quiet, but for a tournament that is under way, which is quoted like a match before its start.
    """
    under_way = event.start_ms <= now_ms
    kickoff_ms = next((row.kickoff_ms for row in event.markets if row.kickoff_ms is not None), None)
    if kickoff_ms is None:
        return Timeline(None, steady=Regime.PRE_MATCH if under_way else Regime.QUIET)
    return Timeline(kickoff_ms, None if under_way else event.markets[0].closes_at_ms)


def _main_markets(catalogue: Catalogue) -> list[MarketRow]:
    """The markets the demo trader works: the busiest event's, most liquid first."""
    order = (Liquidity.MAIN, Liquidity.MEDIUM, Liquidity.THIN, Liquidity.STATIC)
    busiest = next(
        event for event in catalogue.events if any(row.liquidity is Liquidity.MAIN for row in event.markets)
    )
    return sorted((row for row in busiest.markets if _is_made(row)), key=lambda row: order.index(row.liquidity))
