"""When to dial again: bounds of every draw, what forgets the past, and the budget."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.gateway.backoff import CAP_S, DIALS, FIRST_S, WINDOW_S, Backoff, Misbehaviour, TokenBucket, retry_after_s


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


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("Wed, 21 Oct 2026 07:28:30 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 3600.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", "soon", 0.0),
        ("soon", "Wed, 21 Oct 2026 07:28:00 GMT", 0.0),
    ],
)
def test_a_retry_after_that_names_a_moment_is_measured_by_the_answers_own_clock(
    header: str, date: str, seconds: float
) -> None:
    assert retry_after_s(header, date) == seconds


def test_three_breaches_in_ten_minutes_are_too_many() -> None:
    breaches = Misbehaviour()
    told = [breaches.again(at_s) for at_s in (0.0, 10.0, 700.0, 705.0, 1_299.0, 1_305.1, 2_000.0)]
    assert told == [False, False, False, False, True, False, False]


def test_what_nobody_understands_is_met_with_a_growing_floor() -> None:
    backoff = Backoff(random.Random(1))
    waits = [backoff.next_delay_s(1e6 * n, wary=True) for n in range(12)]
    floors = [min(30.0, 0.5 * 1.7**n) / 2 for n in range(12)]
    assert all(wait >= floor for wait, floor in zip(waits, floors, strict=True))


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


def test_a_bucket_keeps_a_reserve_for_what_cannot_wait() -> None:
    bucket = TokenBucket(rate=5.0, burst=10)
    sent = 0
    while bucket.wait_s(0.0) == 0.0 and bucket.spares(3):
        bucket.take()
        sent += 1
    assert sent == 7
    assert bucket.wait_s(0.0) == 0.0
