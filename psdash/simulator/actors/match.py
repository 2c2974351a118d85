"""One event as its crowd lives it: the regime, the mood, what is believed, and the goals that shake it all."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial

from psdash.simulator.actors.beliefs import Beliefs
from psdash.simulator.actors.regimes import Mood, Regime, Shock, Tempo, Timeline
from psdash.simulator.actors.seeds import Seeds
from psdash.simulator.scheduler import Scheduler

#: The news of a goal comes in over two seconds: (milliseconds after it, share of the whole move).
_NEWS = ((0, 0.35), (450, 0.35), (1_200, 0.2), (2_000, 0.1))
#: How far the shared mood of an event swings (variance of the logarithm); each market adds its own.
_SHARED_VARIANCE = 0.6
#: So many times the usual rate at a goal; it gives 300-500 changes a second in the main market (realdata §1).
_GOAL_HEIGHT = (18.0, 25.0)

Alarm = Callable[[Shock], None]


class Match:
    """What all the flows of one event share."""

    def __init__(self, scheduler: Scheduler, seeds: Seeds, timeline: Timeline, fair: Sequence[float]) -> None:
        self.timeline = timeline
        self.beliefs = Beliefs(seeds.child("beliefs"), fair)
        #: The last goal while it is still felt.
        self.shock: Shock | None = None
        self._scheduler = scheduler
        self._rng: random.Random = seeds.child("goals")
        self._mood = Mood(seeds.child("mood"), _SHARED_VARIANCE, scheduler.now_ms)
        self._alarms: list[Alarm] = []

    def on_goal(self, alarm: Alarm) -> None:
        """Call `alarm` the moment a goal is known."""
        self._alarms.append(alarm)

    @property
    def regime(self) -> Regime:
        """What the event is going through now."""
        return self.timeline.regime(self._scheduler.now_ms)

    def tempo(self, liquidity: str) -> Tempo:
        """Mean activity of a market of that liquidity now, without mood or goals."""
        return self.timeline.tempo(self._scheduler.now_ms, liquidity)

    def rouse(self) -> None:
        """Let the next minute be a busy one."""
        self._mood.rouse()

    def heat(self) -> float:
        """The factor that mood and goals put on the activity of every market of the event now."""
        now_ms = self._scheduler.now_ms
        heat = self._mood.factor(now_ms)
        if self.shock is not None:
            if self.shock.over(now_ms):
                self.shock = None
            else:
                # In the first seconds of a goal nobody is in any other mood.
                heat = max(heat, 1.0) ** 0.5 * self.shock.factor(now_ms)
        return heat

    def depth(self) -> float:
        """What share of the usual size stands near the touch: 1 but for the seconds after a goal."""
        return 1.0 if self.shock is None else self.shock.depth(self._scheduler.now_ms)

    def goal(self) -> None:
        """Somebody scores: prices jump within two seconds, every market of the event bursts, depth goes."""
        self.beliefs.score()
        self.shock = Shock(self._scheduler.now_ms, self._rng.uniform(*_GOAL_HEIGHT))
        for delay_ms, part in _NEWS:
            self._scheduler.after(delay_ms, partial(self.beliefs.absorb, part))
        for alarm in self._alarms:
            alarm(self.shock)
