"""How wide the makers quote: a spread that is redrawn every few seconds, and torn open by a goal (realdata §1)."""

from __future__ import annotations

import math
import random

from psdash.simulator.actors.match import Match
from psdash.simulator.actors.regimes import Regime
from psdash.simulator.exchange.listing import Liquidity

#: Spread in cents against weight, by liquidity, while the event is quoted in earnest.
_TABLE: dict[Liquidity, tuple[tuple[int, float], ...]] = {
    Liquidity.MAIN: ((1, 0.95), (2, 0.05)),
    Liquidity.MEDIUM: ((1, 0.42), (2, 0.20), (3, 0.18), (4, 0.10), (5, 0.06), (6, 0.04)),
    Liquidity.THIN: ((3, 0.25), (4, 0.25), (5, 0.20), (6, 0.15), (7, 0.10), (8, 0.05)),
    Liquidity.STATIC: ((2, 1.0),),
}
#: How long a drawn spread is held, in milliseconds, on average.
_HELD_MS = {Liquidity.MAIN: 2_500.0, Liquidity.MEDIUM: 9_000.0, Liquidity.THIN: 15_000.0, Liquidity.STATIC: 600_000.0}
#: So many times longer before the action: nobody changes a spread that nobody hits.
_PATIENCE = {Regime.QUIET: 200, Regime.PRE_MATCH: 25, Regime.RAMP: 4}
#: Idle markets show a stub: hardly a market at all.
_STUB = (46, 50)
#: At a goal: the spread at once, in cents.
_TORN = {Liquidity.MAIN: 3, Liquidity.MEDIUM: 8, Liquidity.THIN: 25, Liquidity.STATIC: 4}


class Spreads:
    """The spread that one market's makers want."""

    def __init__(self, rng: random.Random, liquidity: Liquidity) -> None:
        self._rng = rng
        self._liquidity = liquidity
        self._until_ms = 0
        self._spread = 1
        self._stub = rng.randint(*_STUB)

    def now(self, now_ms: int, match: Match) -> int:
        """The spread in cents, at least 1. Asked with a time that never goes back."""
        regime = match.timeline.regime(now_ms)
        if regime is Regime.QUIET and self._liquidity is Liquidity.STATIC:
            return self._stub
        if now_ms >= self._until_ms:
            table = _TABLE[self._liquidity]
            self._spread = self._rng.choices([cents for cents, _ in table], [weight for _, weight in table])[0]
            held_ms = _HELD_MS[self._liquidity] * _PATIENCE.get(regime, 1)
            self._until_ms = now_ms + int(self._rng.expovariate(1 / held_ms))
        depth = match.depth()
        if depth >= 1:
            return self._spread
        torn = (_TORN[self._liquidity] - self._spread) * math.sqrt(1 - depth)
        return max(self._spread, round(self._spread + torn))
