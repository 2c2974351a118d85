"""What interrupts a trading day: a goal, a paused market, a frozen platform, maintenance.

Seldom enough to trade through, often enough that a person who watches the demo for some minutes meets one of them.
The main market is never paused.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from psdash.simulator.actors.match import Match
from psdash.simulator.actors.pulse import Pulse
from psdash.simulator.actors.regimes import Regime
from psdash.simulator.actors.seeds import Seeds
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.listing import MarketStatus

MINUTE_MS = 60_000
Span = tuple[int, int]

#: When each comes first, how long until it comes again, and how long it lasts, in milliseconds.
GOAL_FIRST, GOAL_AGAIN = (100_000, 200_000), (9 * MINUTE_MS, 18 * MINUTE_MS)
PAUSE_FIRST, PAUSE_AGAIN, PAUSE_LASTS = (120_000, 230_000), (8 * MINUTE_MS, 15 * MINUTE_MS), (25_000, 50_000)
FREEZE_FIRST, FREEZE_AGAIN, FREEZE_LASTS = (240_000, 350_000), (35 * MINUTE_MS, 60 * MINUTE_MS), (12_000, 25_000)
UPKEEP_FIRST, UPKEEP_AGAIN = (22 * MINUTE_MS, 30 * MINUTE_MS), (90 * MINUTE_MS, 150 * MINUTE_MS)
UPKEEP_LASTS = (30_000, 60_000)

FREEZE_MESSAGES = (
    "Trading is frozen while the matching engine fails over. Resting orders are kept.",
    "Trading is frozen: the settlement chain is congested. Resting orders are kept.",
)
UPKEEP_MESSAGE = "Scheduled maintenance. Resting orders are kept; trading resumes in about a minute."


class Episodes:
    """Plans the interruptions of one exchange."""

    def __init__(
        self, exchange: Exchange, seeds: Seeds, pulse: Pulse, matches: Sequence[Match], pausable: Sequence[str]
    ) -> None:
        """Goals fall in those of `matches` that are in play; `pausable` are the symbols that may be paused."""
        self._exchange = exchange
        self._scheduler = exchange.scheduler
        self._pulse = pulse
        self._matches = tuple(matches)
        self._pausable = tuple(pausable)
        self._seeds = seeds

    def start(self) -> None:
        """Plan the first of each kind, from now."""
        if self._matches:
            self._repeat(self._seeds.child("goals"), GOAL_FIRST, GOAL_AGAIN, self._goal)
        if self._pausable:
            self._repeat(self._seeds.child("pauses"), PAUSE_FIRST, PAUSE_AGAIN, self._pause)
        self._repeat(self._seeds.child("freezes"), FREEZE_FIRST, FREEZE_AGAIN, self._freeze)
        self._repeat(self._seeds.child("upkeep"), UPKEEP_FIRST, UPKEEP_AGAIN, self._maintain)

    def _repeat(self, rng: random.Random, first: Span, again: Span, episode: Callable[[random.Random], None]) -> None:
        def happen() -> None:
            if self._pulse.beating:
                episode(rng)
                self._scheduler.after(rng.randint(*again), happen)

        self._scheduler.after(rng.randint(*first), happen)

    def _goal(self, rng: random.Random) -> None:
        in_play = [match for match in self._matches if match.regime is Regime.IN_PLAY]
        if in_play and self._pulse.open(self._exchange):
            rng.choice(in_play).goal()

    def _pause(self, rng: random.Random) -> None:
        symbol = rng.choice(self._pausable)
        if self._exchange.market_status(symbol) is MarketStatus.OPEN:
            self._exchange.set_market_status(symbol, MarketStatus.PAUSED)
            self._scheduler.after(rng.randint(*PAUSE_LASTS), lambda: self._reopen(symbol))

    def _reopen(self, symbol: str) -> None:
        if self._exchange.market_status(symbol) is MarketStatus.PAUSED:
            self._exchange.set_market_status(symbol, MarketStatus.OPEN)

    def _freeze(self, rng: random.Random) -> None:
        self._interrupt(rng.randint(*FREEZE_LASTS), rng.choice(FREEZE_MESSAGES), maintenance=False)

    def _maintain(self, rng: random.Random) -> None:
        self._interrupt(rng.randint(*UPKEEP_LASTS), UPKEEP_MESSAGE, maintenance=True)

    def _interrupt(self, lasts_ms: int, message: str, *, maintenance: bool) -> None:
        if self._pulse.open(self._exchange):
            self._exchange.set_platform(frozen=not maintenance, maintenance=maintenance, message=message)
            self._scheduler.after(lasts_ms, self._resume)

    def _resume(self) -> None:
        self._exchange.set_platform(frozen=False, maintenance=False, message=None)
