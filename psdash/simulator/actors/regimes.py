"""How busy a market is, and why: the regimes of a sports event, and the clustered noise on top of them.

The figures are those of the recorded markets in realdata §1 (quiet, pre-match, kick-off ramp, in play, goal, finish).
Rates are level changes of the YES book per second and trades per minute; all times are epoch milliseconds.
"""

from __future__ import annotations

import enum
import math
import random
from dataclasses import dataclass, field
from itertools import pairwise

MINUTE_MS = 60_000


class Regime(enum.Enum):
    """What an event is going through."""

    QUIET = "quiet"
    PRE_MATCH = "pre-match"
    RAMP = "kick-off ramp"
    IN_PLAY = "in play"
    FINISH = "finish"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Tempo:
    """Mean activity of one market: `changes_per_s` of its YES book, `trades_per_min`, best price moves per minute."""

    changes_per_s: float
    trades_per_min: float
    moves_per_min: float

    def scaled(self, factor: float) -> Tempo:
        """The same market, `factor` times as busy."""
        return Tempo(self.changes_per_s * factor, self.trades_per_min * factor, self.moves_per_min * factor)


NOTHING = Tempo(0.0, 0.0, 0.0)

#: Mean activity by regime and by how liquid the market is (`MarketRow.liquidity`); goals come on top.
TEMPI: dict[Regime, dict[str, Tempo]] = {
    Regime.QUIET: {
        "main": Tempo(0.05, 0.1, 0.01),
        "medium": Tempo(0.04, 0.05, 0.01),
        "thin": Tempo(0.02, 0.02, 0.005),
        "static": Tempo(0.02, 0.02, 0.0),
    },
    Regime.PRE_MATCH: {
        "main": Tempo(0.20, 2.0, 0.1),
        "medium": Tempo(0.15, 0.6, 0.05),
        "thin": Tempo(0.10, 0.2, 0.05),
        "static": Tempo(0.05, 0.1, 0.0),
    },
    Regime.IN_PLAY: {
        "main": Tempo(26.0, 20.0, 4.0),
        "medium": Tempo(13.0, 4.0, 4.0),
        "thin": Tempo(5.0, 1.5, 3.0),
        "static": Tempo(1.2, 1.5, 0.0),
    },
    Regime.FINISH: {
        "main": Tempo(40.0, 250.0, 12.0),
        "medium": Tempo(25.0, 40.0, 10.0),
        "thin": Tempo(8.0, 8.0, 6.0),
        "static": Tempo(1.2, 1.5, 0.0),
    },
}

#: Kick-off ramp: minutes after the start against the factor over the pre-match rate (realdata §B).
RAMP: tuple[tuple[float, float], ...] = ((0.0, 9.0), (10.0, 36.0), (25.0, 54.0))
RAMP_ENDS_MIN = 25.0
#: From two days before the start a match is quoted in earnest.
PRE_MATCH_MIN = 48 * 60.0
FINISH_MIN = 3.0


@dataclass(frozen=True, slots=True)
class Timeline:
    """When an event lives through which regime. Without a kick-off it is `steady` for ever; without a final whistle
    it is in play for ever."""

    kickoff_ms: int | None
    final_whistle_ms: int | None = None
    steady: Regime = Regime.QUIET

    def regime(self, now_ms: int) -> Regime:
        """The regime at `now_ms`."""
        if self.kickoff_ms is None:
            return self.steady
        if self.final_whistle_ms is not None:
            if now_ms >= self.final_whistle_ms:
                return Regime.OVER
            if now_ms >= self.final_whistle_ms - FINISH_MIN * MINUTE_MS:
                return Regime.FINISH
        minutes = (now_ms - self.kickoff_ms) / MINUTE_MS
        if minutes < -PRE_MATCH_MIN:
            return Regime.QUIET
        if minutes < 0:
            return Regime.PRE_MATCH
        return Regime.RAMP if minutes < RAMP_ENDS_MIN else Regime.IN_PLAY

    def tempo(self, now_ms: int, liquidity: str) -> Tempo:
        """Mean activity at `now_ms` of a market of that liquidity; no activity at all for liquidity "none"."""
        regime = self.regime(now_ms)
        if regime is Regime.OVER or liquidity not in TEMPI[Regime.QUIET]:
            return NOTHING
        if regime is not Regime.RAMP:
            return TEMPI[regime][liquidity]
        assert self.kickoff_ms is not None
        before, after = TEMPI[Regime.PRE_MATCH][liquidity], TEMPI[Regime.IN_PLAY][liquidity]
        factor = ramp_factor((now_ms - self.kickoff_ms) / MINUTE_MS)
        return Tempo(
            min(before.changes_per_s * factor, after.changes_per_s),
            min(before.trades_per_min * factor, after.trades_per_min),
            min(before.moves_per_min * factor, after.moves_per_min),
        )


def ramp_factor(minutes: float) -> float:
    """How many times the pre-match rate, `minutes` after kick-off (geometric between the points of `RAMP`)."""
    for (m0, f0), (m1, f1) in pairwise(RAMP):
        if minutes <= m1:
            part = max(0.0, minutes - m0) / (m1 - m0)
            return float(f0 * (f1 / f0) ** part)
    return RAMP[-1][1]


@dataclass(slots=True)
class Mood:
    """A positive factor of mean 1 that clusters activity: log-normal, with a memory of seconds and tens of seconds.

    Recorded counts per second have variance / mean of 50-75 and autocorrelations of 0.7 / 0.45 / 0.17 at lags of
    1 / 5 / 30 s (realdata §A), which two Ornstein-Uhlenbeck processes under an exponential give. One mood belongs to
    an event and one to each of its markets, so that the markets of an event are busy together.
    """

    rng: random.Random
    variance: float
    at_ms: int
    fast_s: float = 3.0
    slow_s: float = 40.0
    fast_share: float = 0.5
    _fast: float = field(init=False)
    _slow: float = field(init=False)

    def __post_init__(self) -> None:
        self._fast = self.rng.gauss(0.0, 1.0)
        self._slow = self.rng.gauss(0.0, 1.0)

    def factor(self, now_ms: int) -> float:
        """The factor at `now_ms`, which never goes back."""
        elapsed_s = (now_ms - self.at_ms) / 1000
        if elapsed_s >= 0.1:  # a tenth of a second is fine enough, and keeps this cheap
            self.at_ms = now_ms
            self._fast = self._drift(self._fast, elapsed_s / self.fast_s)
            self._slow = self._drift(self._slow, elapsed_s / self.slow_s)
        level = math.sqrt(self.fast_share) * self._fast + math.sqrt(1 - self.fast_share) * self._slow
        return math.exp(math.sqrt(self.variance) * min(level, 2.6) - self.variance / 2)

    def rouse(self) -> None:
        """Let the next minute be a busy one."""
        self._fast = max(self._fast, 0.5)
        self._slow = max(self._slow, 0.5)

    def _drift(self, value: float, time_constants: float) -> float:
        keep = math.exp(-time_constants)
        return keep * value + math.sqrt(1 - keep * keep) * self.rng.gauss(0.0, 1.0)


@dataclass(slots=True)
class Shock:
    """A goal: for `peak_ms` everything runs at `height` times its rate, then falls back with `decay_s`.

    The book thins at once and is back after some eighteen seconds (realdata §A, "a goal").
    """

    at_ms: int
    height: float
    peak_ms: int = 2_000
    decay_s: float = 5.0
    recovery_s: float = 18.0

    def factor(self, now_ms: int) -> float:
        """How many times the usual rate."""
        since_ms = now_ms - self.at_ms
        if since_ms < 0:
            return 1.0
        if since_ms < self.peak_ms:
            return self.height
        return 1.0 + (self.height - 1.0) * math.exp(-(since_ms - self.peak_ms) / 1000 / self.decay_s)

    def depth(self, now_ms: int) -> float:
        """What share of the usual size stands near the touch: 3 % at first, all of it at the end of the recovery."""
        since_s = (now_ms - self.at_ms) / 1000
        return 0.03 if since_s < 2 else min(1.0, 0.03 + 0.97 * (since_s / self.recovery_s) ** 2)

    def over(self, now_ms: int) -> bool:
        """True when nothing of it is left."""
        return now_ms - self.at_ms > 60_000
