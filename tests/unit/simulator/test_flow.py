"""One simulated hour, an hour before a match, a kick-off and a finish, against the recorded markets (realdata §1).

The bands are those of the recordings, widened to what differs between matches; seeds are fixed, so a failure is a
change of behaviour, never bad luck.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from psdash.simulator.actors.crowd import Crowd
from psdash.simulator.actors.flow import MarketFlow
from psdash.simulator.actors.match import Match
from psdash.simulator.actors.pulse import Pulse
from psdash.simulator.actors.regimes import MINUTE_MS, Regime, Timeline
from psdash.simulator.actors.seeds import Seeds
from psdash.simulator.actors.takers import TakerFlow
from psdash.simulator.exchange.catalogue import build_catalogue
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import BookChanged, Happening
from psdash.simulator.exchange.listing import Liquidity
from psdash.simulator.scheduler import Scheduler
from psdash.simulator.world import build_world
from tests.unit.simulator.figures import Figures, correlation, counts, dispersion, percentile

START_MS = 1_780_000_000_000
HOUR_MS = 60 * MINUTE_MS
SEED = 7

#: A figure: its name, the least it may be, what it is, the most it may be.
Check = tuple[str, float, float, float]


LIVELY = ("yes", "draw", "france", "over-2-5")


class Hour:
    """A whole demo world over an hour, looked at every second."""

    def __init__(self) -> None:
        self.world = build_world(SEED, START_MS)
        exchange = self.world.exchange
        rows = [flow.row for flow in self.world.flows if flow.match.regime is Regime.IN_PLAY]
        self.lines = {row.slug.removeprefix("spain-vs-france-2026-"): Figures(exchange, row) for row in rows}
        by_symbol = dict(zip((row.symbol for row in rows), self.lines.values(), strict=True))

        def hear(happening: Happening) -> None:
            figures = by_symbol.get(getattr(happening, "symbol", ""))
            if figures is not None:
                figures.hear(happening)

        exchange.listen(hear)
        self.touches: dict[str, list[Decimal]] = {line: [] for line in self.lines}
        self.depths: list[int] = []  # levels of a side of the main market
        self.orders: list[int] = []  # resting orders of the demo trader
        self.partly_filled = 0  # seconds in which one of them was
        for second in range(1, 3601):
            self.world.scheduler.run_until(START_MS + second * 1000)
            orders = exchange.open_orders(self.world.demo.wallet)
            self.orders.append(len(orders))
            self.partly_filled += any(order.filled for order in orders)
            if second % 10 == 0:
                self._look()

    def _look(self) -> None:
        for line, figures in self.lines.items():
            self.touches[line].append(figures.touch_size())
        main = self.lines["yes"].book
        self.depths += [len(main.bids()), len(main.asks())]

    def changes(self, line: str) -> list[int]:
        """Level changes in each second of one market's YES book."""
        return counts(self.lines[line].changed_ms, START_MS, START_MS + HOUR_MS)

    def event(self, bucket_ms: int = 1000) -> list[int]:
        """The same of all markets of the event together."""
        times = [at_ms for each in self.lines.values() for at_ms in each.changed_ms]
        return counts(times, START_MS, START_MS + HOUR_MS, bucket_ms)


def rates(hour: Hour) -> Iterator[Check]:
    for line, low, high in (("yes", 10, 50), ("draw", 5, 48), ("france", 5, 48), ("over-2-5", 5, 48)):
        yield f"changes/s, {line}", low, statistics.fmean(hour.changes(line)), high
    yield "changes/s, thin", 2, statistics.fmean(hour.changes("both-score")), 18
    yield "changes/s, static", 0.5, statistics.fmean(hour.changes("red-card")), 3
    yield "changes/s, event", 60, statistics.fmean(hour.event()), 150
    yield "share of empty seconds, event", 0, hour.event().count(0) / 3600, 0.05  # frozen seconds among them
    yield "worst second, main", 250, max(hour.changes("yes")), 600
    yield "worst second, event", 700, max(hour.event()), 1_700
    yield "worst 100 ms, event", 80, max(hour.event(100)), 300


def clustering(hour: Hour) -> Iterator[Check]:
    for line in LIVELY:
        seconds = hour.changes(line)
        yield f"variance / mean, {line}", 25, dispersion(seconds), 110
        yield f"autocorrelation 1 s, {line}", 0.5, correlation(seconds, seconds, 1), 0.9
        yield f"autocorrelation 5 s, {line}", 0.2, correlation(seconds, seconds, 5), 0.6
        yield f"autocorrelation 30 s, {line}", -0.05, correlation(seconds, seconds, 30), 0.3
    gaps = [b - a for a, b in pairwise(hour.lines["yes"].changed_ms)]
    yield "median gap, ms", 0, percentile(gaps, 50), 12
    yield "99th percentile gap, ms", 200, percentile(gaps, 99), 1_500
    for line in ("draw", "france", "over-2-5", "both-score"):
        yield f"together with the main market, {line}", 0.3, correlation(hour.changes("yes"), hour.changes(line)), 1


def orders(hour: Hour) -> Iterator[Check]:
    for line in LIVELY:
        figures = hour.lines[line]
        yield f"removals that are quotes that move, {line}", 0.35, figures.requoted / figures.decreases, 0.6
        for share, low, high in ((5, 25, 60), (50, 200, 1_300), (90, 5_000, 90_000), (99, 40_000, 400_000)):
            yield f"level lifetime p{share}, {line}", low, percentile(figures.lifetimes_ms, share), high
    where = hour.lines["yes"].distances
    total = sum(where.values())
    yield "changes at the touch", 0.04, where[0] / total, 0.14
    yield "changes that improve the best", 0.001, sum(n for away, n in where.items() if away < 0) / total, 0.02
    yield "changes far away", 0.1, sum(n for away, n in where.items() if away > 10) / total, 0.4


def books(hour: Hour) -> Iterator[Check]:
    lines = hour.lines
    yield "main spread 1 c", 0.85, lines["yes"].spread_share(1, 1), 1
    yield "main spread 1-3 c", 0.98, lines["yes"].spread_share(1, 3), 1
    yield "medium spread 1-6 c", 0.9, lines["draw"].spread_share(1, 6), 1
    yield "thin spread 3-8 c", 0.85, lines["both-score"].spread_share(3, 8), 1
    yield "static spread 2 c", 0.9, lines["red-card"].spread_share(2, 2), 1
    for line, figures in lines.items():
        yield f"crossed ms, {line}", 0, -min(0, *(cents for cents in figures.spread_ms if cents is not None)), 0
    yield "mid moves/min, main", 8, lines["yes"].mid_moves / 60, 50
    yield "touch size, main", 1_000, percentile(hour.touches["yes"], 50), 10_000
    yield "touch size, thin", 20, percentile(hour.touches["both-score"], 50), 150
    yield "touch size, static", 18_000, percentile(hour.touches["red-card"], 50), 32_000
    yield "levels a side, p5", 8, percentile(hour.depths, 5), 30
    yield "levels a side, p95", 20, percentile(hour.depths, 95), 60
    book = lines["yes"].book
    ends = [level.quantity for level in (*book.bids(), *book.asks()) if not 3 < level.price * 100 < 97]
    yield "walls at the ends", 50_000, float(max(ends)), 600_000
    for share, low, high in ((25, 20, 80), (50, 50, 200), (90, 500, 2_500)):
        yield f"size of a change p{share}", low, percentile(lines["yes"].change_sizes, share), high


def trades(hour: Hour) -> Iterator[Check]:
    main = hour.lines["yes"]
    changes = sum(len(figures.changed_ms) for figures in hour.lines.values())
    prints = sum(len(figures.traded_ms) for figures in hour.lines.values())
    yield "trades/min, main", 20, len(main.traded_ms) / 60, 40
    yield "changes : trades, main", 40, len(main.changed_ms) / len(main.traded_ms), 110
    yield "changes : trades, event", 60, changes / prints, 250
    yield "trades on the beat", 0.9, sum(at_ms % 1000 < 100 for at_ms in main.traded_ms) / len(main.traded_ms), 0.97
    for share, low, high in ((5, 0.4, 3), (50, 15, 50), (90, 200, 700), (99, 1_000, 6_000), (100, 2_000, 21_377)):
        yield f"trade size p{share}", low, percentile(main.trade_sizes, share), high
    whole = sum(size == int(size) for size in main.trade_sizes) / len(main.trade_sizes)
    yield "whole trade sizes", 0.3, whole, 0.65


def demo(hour: Hour) -> Iterator[Check]:
    yield "resting orders of the demo trader, fewest", 1, min(hour.orders), 11
    yield "resting orders of the demo trader, median", 7, statistics.median(hour.orders), 11
    yield "seconds with a partly filled one", 1_800, hour.partly_filled, 3_600


def test_a_simulated_hour_is_like_the_recorded_markets() -> None:
    hour = Hour()
    hour.world.exchange.check()  # the ledger holds after an hour
    checks = [check for measure in (rates, clustering, orders, books, trades, demo) for check in measure(hour)]
    assert len(checks) > 80
    wrong = [
        f"{name}: {value:.4g} is not in {low}..{high}"
        for name, low, value, high in checks
        if not low <= value <= high
    ]
    assert not wrong, "\n" + "\n".join(wrong)


@dataclasses.dataclass
class Stage:
    """The makers and takers of one event, on a timeline of the test's own."""

    exchange: Exchange
    flows: list[MarketFlow]
    changed_ms: list[int] = dataclasses.field(default_factory=list)

    def rate(self, first_ms: int, last_ms: int) -> float:
        """Level changes a second of all YES books."""
        return sum(first_ms <= at_ms < last_ms for at_ms in self.changed_ms) / (last_ms - first_ms) * 1000


def stage(timeline: Timeline, first_ms: int, liquidities: tuple[Liquidity, ...], seed: int = SEED) -> Stage:
    seeds = Seeds(seed)
    exchange = Exchange(build_catalogue(seeds.child("catalogue"), START_MS), Scheduler(first_ms), seeds.child("ids"))
    rows = [
        row
        for event in exchange.catalogue.events[:1]
        for row in event.markets
        if row.status == "OPEN" and row.liquidity in liquidities
    ]
    crowd, pulse = Crowd(exchange, seeds.child("crowd")), Pulse()
    crowd.stock(exchange, [row.symbol for row in rows])
    match = Match(exchange.scheduler, seeds, timeline, [float(row.fair_value) for row in rows])
    flows = [
        MarketFlow(exchange, pulse, crowd, row, match, index, seeds.under(row.slug)) for index, row in enumerate(rows)
    ]
    found = Stage(exchange, flows)
    for flow in flows:
        flow.furnish()
        flow.start()
        TakerFlow(exchange, pulse, crowd, flow, seeds.under(flow.row.slug)).start()
    yes = {row.yes_token_id for row in rows}

    def hear(happening: Happening) -> None:
        if isinstance(happening, BookChanged) and happening.token_id in yes:
            found.changed_ms.extend(happening.at_ms for _ in happening.changes)

    exchange.listen(hear)
    return found


FOUR = (Liquidity.MAIN, Liquidity.MEDIUM)


def test_quiet_and_pre_match_rates() -> None:
    quiet = stage(Timeline(None), START_MS, FOUR)
    quiet.exchange.scheduler.run_until(START_MS + 2 * HOUR_MS)
    assert 0.05 <= quiet.rate(START_MS, START_MS + 2 * HOUR_MS) <= 0.4
    before = stage(Timeline(START_MS + 3 * HOUR_MS), START_MS, FOUR)
    before.exchange.scheduler.run_until(START_MS + 2 * HOUR_MS)
    assert 0.4 <= before.rate(START_MS, START_MS + 2 * HOUR_MS) <= 1.6


def test_the_kick_off_ramp() -> None:
    kickoff_ms = START_MS + 120 * MINUTE_MS
    spans = ((-100, 0), (0, 5), (10, 15), (25, 30))
    sums = [0.0] * len(spans)
    for seed in range(5):  # five minutes of one match say little: they have their moods
        ramp = stage(Timeline(kickoff_ms), START_MS, (Liquidity.MAIN,), seed)
        ramp.exchange.scheduler.run_until(kickoff_ms + 30 * MINUTE_MS)
        for index, (first, last) in enumerate(spans):
            sums[index] += ramp.rate(kickoff_ms + first * MINUTE_MS, kickoff_ms + last * MINUTE_MS)
    before, first_minutes, after_ten, after_twenty_five = sums
    assert 7 <= first_minutes / before <= 20
    assert 28 <= after_ten / before <= 60
    assert 45 <= after_twenty_five / before <= 150
    assert before < first_minutes < after_ten < after_twenty_five


def test_the_finish_trades_more_than_it_quotes() -> None:
    timeline = Timeline(START_MS - HOUR_MS, START_MS + 3 * MINUTE_MS)
    finish = stage(timeline, START_MS, (Liquidity.MAIN,))
    finish.exchange.scheduler.run_until(START_MS + 3 * MINUTE_MS)
    trades = len(finish.exchange.trades(finish.flows[0].row.symbol)) / 3
    assert 150 <= trades <= 500
    assert 5 <= finish.rate(START_MS, START_MS + 3 * MINUTE_MS) * 60 / trades <= 20
    made = len(finish.changed_ms)
    finish.exchange.scheduler.run_until(START_MS + 10 * MINUTE_MS)
    assert len(finish.changed_ms) - made <= made / 50  # after the whistle only what was short-lived goes
