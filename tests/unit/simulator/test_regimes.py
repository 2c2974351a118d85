"""The pieces of the flow by themselves: regimes, moods, goals, beliefs, sizes, seeds."""

from __future__ import annotations

import random
import statistics
from decimal import Decimal

import pytest

from psdash.simulator.actors.beliefs import Beliefs
from psdash.simulator.actors.regimes import MINUTE_MS, TEMPI, Mood, Regime, Shock, Timeline, ramp_factor
from psdash.simulator.actors.seeds import Seeds
from psdash.simulator.actors.sizes import LARGEST_TAKE, maker_size, probe_size, taker_size, wall_size

KICKOFF_MS = 1_780_000_000_000
DAY_MS = 24 * 60 * MINUTE_MS


def at(minutes: float) -> int:
    return KICKOFF_MS + int(minutes * MINUTE_MS)


def test_a_match_goes_through_its_regimes() -> None:
    timeline = Timeline(KICKOFF_MS, at(110))
    lived = [timeline.regime(at(minutes)) for minutes in (-3 * 24 * 60, -60, 0, 24.9, 25, 106, 107, 109.9, 110)]
    assert lived == [
        Regime.QUIET,
        Regime.PRE_MATCH,
        Regime.RAMP,
        Regime.RAMP,
        Regime.IN_PLAY,
        Regime.IN_PLAY,
        Regime.FINISH,
        Regime.FINISH,
        Regime.OVER,
    ]
    assert timeline.tempo(at(111), "main").changes_per_s == 0
    assert timeline.tempo(at(50), "none").changes_per_s == 0


def test_an_event_without_a_kick_off_stays_as_it_is() -> None:
    assert Timeline(None).regime(KICKOFF_MS) is Regime.QUIET
    steady = Timeline(None, steady=Regime.PRE_MATCH)
    assert steady.regime(KICKOFF_MS + 100 * DAY_MS) is Regime.PRE_MATCH


def test_the_ramp_is_the_recorded_one() -> None:
    assert ramp_factor(0) == pytest.approx(9)
    assert ramp_factor(10) == pytest.approx(36)
    assert ramp_factor(25) == pytest.approx(54)
    factors = [ramp_factor(minutes) for minutes in range(30)]
    assert factors == sorted(factors)
    timeline = Timeline(KICKOFF_MS)
    busy = [timeline.tempo(at(minutes), "main").changes_per_s for minutes in range(40)]
    assert busy == sorted(busy)
    assert max(busy) == TEMPI[Regime.IN_PLAY]["main"].changes_per_s


def test_a_mood_has_mean_one_and_a_memory() -> None:
    mood = Mood(random.Random(1), 0.6, 0)
    factors = [mood.factor(second * 1000) for second in range(100_000)]
    assert statistics.fmean(factors) == pytest.approx(1, abs=0.05)
    assert min(factors) > 0
    assert 0.5 < statistics.correlation(factors[:-1], factors[1:]) < 0.95
    assert abs(statistics.correlation(factors[:-300], factors[300:])) < 0.1


def test_a_goal_peaks_and_passes() -> None:
    shock = Shock(1_000, 20.0)
    assert shock.factor(999) == 1
    assert shock.factor(1_000) == shock.factor(2_900) == 20
    assert 1 < shock.factor(10_000) < 10
    assert shock.factor(61_001) == pytest.approx(1, abs=0.01)
    assert shock.depth(1_500) == 0.03
    assert shock.depth(19_100) == 1
    assert not shock.over(30_000)
    assert shock.over(61_001)


def test_beliefs_stay_between_nothing_and_certainty() -> None:
    beliefs = Beliefs(random.Random(3), [0.52, 0.27, 0.22, 0.44, 0.1])
    assert [beliefs.price(index) for index in range(5)] == pytest.approx([0.515, 0.267, 0.218, 0.44, 0.1], abs=0.001)
    for step in range(5_000):
        beliefs.move(step % 5)
        if step % 250 == 0:
            beliefs.score()
            beliefs.absorb(1.0)
        prices = [beliefs.price(index) for index in range(5)]
        assert all(0.005 < price < 0.995 for price in prices)
        assert sum(prices[:3]) == pytest.approx(1)


def test_a_goal_moves_the_side_that_scored() -> None:
    beliefs = Beliefs(random.Random(4), [0.5, 0.3, 0.2])
    before = [beliefs.price(index) for index in range(3)]
    beliefs.score()
    assert [beliefs.price(index) for index in range(3)] == before  # nobody knows yet
    beliefs.absorb(0.5)
    beliefs.absorb(0.5)
    moves = [beliefs.price(index) - old for index, old in enumerate(before)]
    assert 0.03 < max(moves) < 0.25
    assert max(moves) in (moves[0], moves[2])  # a draw scores no goals
    assert sum(move < 0 for move in moves) == 2


def test_the_end_decides() -> None:
    beliefs = Beliefs(random.Random(5), [0.5, 0.3, 0.2, 0.4, 0.6])
    for _ in range(10):
        beliefs.decide(0.1)
    prices = [beliefs.price(index) for index in range(5)]
    assert prices[0] > 0.97
    assert max(prices[1:4]) < 0.03
    assert prices[4] > 0.97


def test_sizes_are_what_the_exchange_accepts() -> None:
    rng = random.Random(6)
    for _ in range(2_000):
        for liquidity in ("main", "medium", "thin", "static"):
            drawn = (maker_size(rng, liquidity, rng.randrange(60)), probe_size(rng, liquidity))
            assert all(size > 0 and size.as_tuple().exponent in (0, -2) for size in drawn)
        cents = rng.randint(1, 99)
        taken = taker_size(rng, cents)
        assert 0 < taken <= LARGEST_TAKE * 2  # a dollar's worth is the least, however small the price
        assert taken == taken.quantize(Decimal("0.000001"))
        assert 50_000 <= wall_size(rng) <= 250_000


def test_children_depend_on_their_name_and_the_seed_only() -> None:
    seeds = Seeds(7)
    first = seeds.child("makers").random()
    seeds.child("somebody else").random()
    assert seeds.child("makers").random() == first
    assert seeds.under("makers").child("makers").random() != first
    assert Seeds(8).child("makers").random() != first
