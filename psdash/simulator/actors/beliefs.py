"""What the crowd believes: the fair prices behind one event's markets.

A fair price is a float that nobody sees: it only tells the makers which tick to quote. Markets that exclude each
other (their first fair prices add up to one) share their probability; others move by themselves and with the goals.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

#: Exclusive markets are listed first; three or more whose fair prices add up to one, give or take this much.
_EXCLUSIVE_TOLERANCE = 0.03
#: How strongly a price is drawn back to where it began, per move and unit of log-odds.
_PULL = 0.14
#: A move is one tick, two, or three (realdata §A: 1 c in 73-93 % of the steps).
_STEPS = (1, 1, 1, 1, 1, 1, 1, 1, 2, 3)
#: What a goal does to the side that scored, in log-odds, and what part of that the other lines feel.
_GOAL = (0.45, 0.75)
_ECHO = (0.3, 0.8)
#: Further than this from where it began, in log-odds, the next goal brings a price back.
_FAR = 0.8


@dataclass(slots=True)
class _View:
    log_odds: float  # of an exclusive market: the logarithm of its weight
    home: float
    exclusive: bool
    kick: float = 0.0  # what the goal that is coming in does to it


class Beliefs:
    """The fair prices of the markets of one event, by index."""

    def __init__(self, rng: random.Random, fair: Sequence[float]) -> None:
        self._rng = rng
        exclusive = _exclusive(fair)
        self._views = [
            _View(start, start, index < exclusive)
            for index, p in enumerate(fair)
            for start in (math.log(p) if index < exclusive else math.log(p / (1 - p)),)
        ]

    def price(self, index: int) -> float:
        """The fair price of YES, in 0..1."""
        view = self._views[index]
        if not view.exclusive:
            return 1 / (1 + math.exp(-view.log_odds))
        return math.exp(view.log_odds) / sum(math.exp(each.log_odds) for each in self._views if each.exclusive)

    def move(self, index: int) -> None:
        """A small change of mind about one market."""
        view, price = self._views[index], self.price(index)
        up = self._rng.random() < 0.5 - _PULL * max(-2.0, min(2.0, view.log_odds - view.home))
        step = self._rng.choice(_STEPS) * 0.01 / max(0.02, price * (1 - price))
        view.log_odds += step if up else -step

    def decide(self, part: float) -> None:
        """Let the end come nearer by `part` (0..1): exclusive markets go to the leader, the others to yes or no."""
        leader = max((view for view in self._views if view.exclusive), key=lambda view: view.log_odds, default=None)
        for view in self._views:
            if view.exclusive:
                view.log_odds += (3.0 if view is leader else -3.0) * part
            else:
                view.log_odds += math.copysign(5.0, view.log_odds) * part

    def score(self) -> None:
        """Draw a goal: who scored, and what it means to every market. `absorb` lets it into the prices."""
        rng = self._rng
        size = rng.uniform(*_GOAL)
        sides = [view for view in self._views if view.exclusive] or self._views[:1]
        scorer = rng.choice((sides[0], sides[-1]))  # home or away; a draw scores no goals
        for view in self._views:
            back = -1.0 if view.log_odds - view.home > _FAR else 1.0
            if view is scorer:
                view.kick = size * (back if len(sides) == 1 else 1.0)
            else:
                view.kick = 0.0 if view.exclusive else rng.uniform(*_ECHO) * size * back

    def absorb(self, part: float) -> None:
        """Let `part` (0..1) of the last goal's news into the prices."""
        for view in self._views:
            view.log_odds += view.kick * part


def _exclusive(fair: Sequence[float]) -> int:
    """How many markets, from the first, exclude each other."""
    for count in range(len(fair), 2, -1):
        if abs(sum(fair[:count]) - 1) <= _EXCLUSIVE_TOLERANCE:
            return count
    return 0
