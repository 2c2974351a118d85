"""Backoff and pace under any history of dials, sessions, floors and pauses."""

from __future__ import annotations

import random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from psdash.gateway.backoff import CAP_S, DIALS, FIRST_S, HEALTHY_S, WINDOW_S, Backoff, TokenBucket


class Dialling(RuleBasedStateMachine):
    """One connection after another; the waits are obeyed as they are given."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.dials: list[float] = []
        self.sheltered = True  # the next wait may be the first one
        self.backoff = Backoff(random.Random(0))

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.backoff = Backoff(random.Random(seed))

    @rule(
        lasts_s=st.sampled_from([0.0, 0.01, 3.0, 9.9, 10.0, 400.0]),
        handshake_s=st.sampled_from([0.0, 0.2, 8.0]),
        floor_s=st.sampled_from([0.0, 0.0, 1.0, 45.0]),
        wary=st.booleans(),
    )
    def session(self, lasts_s: float, handshake_s: float, floor_s: float, wary: bool) -> None:
        self.dials.append(self.now_s)
        self.backoff.dialled(self.now_s)
        self.now_s += handshake_s + lasts_s
        self.backoff.was_live(lasts_s)
        if lasts_s >= HEALTHY_S:
            self.sheltered = True
        delay_s = self.backoff.next_delay_s(self.now_s, floor_s, wary=wary)
        assert delay_s >= floor_s
        window_s = self.dials[-DIALS] + WINDOW_S - self.now_s if len(self.dials) >= DIALS else 0.0
        assert delay_s <= max(CAP_S, floor_s, window_s)
        if self.sheltered and not wary:
            assert delay_s <= max(FIRST_S, floor_s, window_s)
        self.sheltered = False
        self.now_s += delay_s

    @invariant()
    def never_more_than_twelve_a_minute(self) -> None:
        for first, last in zip(self.dials, self.dials[DIALS:], strict=False):
            assert last - first >= WINDOW_S - 1e-6


TestDialling = Dialling.TestCase
TestDialling.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)


class Pacing(RuleBasedStateMachine):
    """Commands come in bursts; over any stretch no more go out than the rate and one burst allow."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.sent: list[float] = []
        self.bucket = TokenBucket(rate=5.0, burst=10)

    @rule(seconds=st.sampled_from([0.0, 0.05, 0.21, 1.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @precondition(lambda self: self.bucket.wait_s(self.now_s) == 0.0)
    @rule(urgent=st.booleans())
    def send(self, urgent: bool) -> None:
        if urgent or self.bucket.spares(3):
            self.bucket.take()
            self.sent.append(self.now_s)

    @rule()
    def obey(self) -> None:
        wait_s = self.bucket.wait_s(self.now_s)
        self.now_s += wait_s
        assert self.bucket.wait_s(self.now_s) <= 1e-6

    @invariant()
    def within_the_rate(self) -> None:
        for at, since_s in enumerate(self.sent):
            assert len(self.sent) - at <= 10 + 5.0 * (self.sent[-1] - since_s) + 1e-3


TestPacing = Pacing.TestCase
TestPacing.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
