"""When to dial again: bounds of every draw, what forgets the past, and the budget."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.gateway.backoff import CAP_S, DIALS, FIRST_S, WINDOW_S, Backoff, TokenBucket, retry_after_s


@given(seed=st.integers(0, 2**32), failures=st.integers(0, 2_000))
def test_every_wait_is_within_full_jitter(seed: int, failures: int) -> None:
    backoff = Backoff(random.Random(seed))
    backoff.failures = failures
    ceiling_s = FIRST_S if failures == 0 else min(CAP_S, 0.5 * 1.7 ** min(failures, 64))
    assert 0.0 <= backoff.next_delay_s(0.0) <= ceiling_s
    assert backoff.failures == failures + 1


@given(seed=st.integers(0, 2**32), floor_s=st.floats(0, 3_600))
def test_a_retry_after_is_never_undercut(seed: int, floor_s: float) -> None:
    assert Backoff(random.Random(seed)).next_delay_s(0.0, floor_s) >= floor_s


@given(seed=st.integers(0, 2**32), lasting_s=st.floats(0, 9.9))
def test_accept_then_close_stays_within_twelve_dials_a_minute(seed: int, lasting_s: float) -> None:
    """Whatever the jitter draws (without the budget, one seed in ten would dial more often)."""
    backoff = Backoff(random.Random(seed))
    now_s, dials = 0.0, []
    while now_s < 300.0:
        backoff.dialled(now_s)
        dials.append(now_s)
        backoff.was_live(lasting_s)
        now_s += backoff.next_delay_s(now_s)
    for start_s in dials:
        assert sum(start_s <= at_s < start_s + WINDOW_S for at_s in dials) <= DIALS


@pytest.mark.parametrize(("live_s", "forgets"), [(0.0, False), (9.99, False), (10.0, True), (3_600.0, True)])
def test_only_ten_seconds_of_data_forget_the_past(live_s: float, forgets: bool) -> None:
    backoff = Backoff(random.Random(1))
    for _ in range(8):
        backoff.next_delay_s(0.0)
    backoff.was_live(live_s)
    assert (backoff.failures == 0) is forgets


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0.0),
        ("0", 0.0),
        ("7", 7.0),
        (" 30 ", 30.0),
        ("999999", 3600.0),
        ("-1", 0.0),
        ("1e9", 0.0),
        ("٣", 0.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0),
        ("9" * 400, 0.0),
    ],
)
def test_retry_after_reads_seconds_only(header: str | None, seconds: float) -> None:
    assert retry_after_s(header) == seconds


def test_a_bucket_lets_a_burst_go_and_then_paces() -> None:
    bucket = TokenBucket(rate=5.0, burst=10)
    now_s = 0.0
    sent: list[float] = []
    while len(sent) < 30:
        wait_s = bucket.wait_s(now_s)
        if wait_s == 0.0:
            bucket.take()
            sent.append(now_s)
        now_s += wait_s
    assert sent[:10] == [0.0] * 10
    assert sent[-1] == pytest.approx(20 / 5.0)
