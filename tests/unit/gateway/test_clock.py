"""What is believed of the venue's clock when one of its hosts is wrong."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from psdash.gateway.clock import LEAP_MS, VenueTime

NOW_MS = 1_778_783_112_000
HOUR_MS = 3_600_000


class Watch:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


def a_clock(*said: int) -> tuple[VenueTime, Watch]:
    watch = Watch()
    time = VenueTime(watch)
    for venue_ms in said:
        time.saw(venue_ms)
    return time, watch


def test_it_follows_and_never_goes_back() -> None:
    time, watch = a_clock(NOW_MS, NOW_MS + 1)
    watch.s += 60
    for later_ms in (60_000, 59_000, 61_000):
        time.saw(NOW_MS + later_ms)
    time.saw(None)
    assert time.reached_ms == NOW_MS + 61_000


def test_one_host_an_hour_ahead_does_not_move_it_however_often_it_speaks_between_the_others() -> None:
    time, watch = a_clock(NOW_MS, NOW_MS)
    for second in range(1, 60):
        watch.s += 1
        time.saw(NOW_MS + second * 1_000 + (HOUR_MS if second % 2 else 0))
    assert time.reached_ms == NOW_MS + 58_000


def test_a_second_voice_right_after_the_first_confirms_a_leap() -> None:
    time, watch = a_clock(NOW_MS, NOW_MS)
    time.saw(NOW_MS + HOUR_MS)
    assert time.reached_ms == NOW_MS
    watch.s += 2
    time.saw(NOW_MS + HOUR_MS + 2_000)
    assert time.reached_ms == NOW_MS + HOUR_MS + 2_000


def test_two_leaps_to_different_times_confirm_nothing() -> None:
    time, _ = a_clock(NOW_MS, NOW_MS)
    time.saw(NOW_MS + HOUR_MS)
    time.saw(NOW_MS + 2 * HOUR_MS)
    time.saw(NOW_MS + HOUR_MS)
    assert time.reached_ms == NOW_MS


def test_the_first_word_gives_way_to_an_earlier_second() -> None:
    time, _ = a_clock(NOW_MS + HOUR_MS, NOW_MS)
    assert time.reached_ms == NOW_MS
    time.saw(NOW_MS - HOUR_MS)
    assert time.reached_ms == NOW_MS


def test_a_new_session_begins_anew() -> None:
    time, _ = a_clock(NOW_MS + HOUR_MS, NOW_MS + HOUR_MS)
    time.begin()
    assert time.reached_ms == 0
    time.saw(NOW_MS)
    assert time.reached_ms == NOW_MS


@given(st.lists(st.tuples(st.integers(0, 30_000), st.booleans()), max_size=40))
def test_it_is_never_ahead_of_an_honest_majority(steps: list[tuple[int, bool]]) -> None:
    """Honest frames come at least every other time; liars are a day ahead."""
    time, watch = a_clock(NOW_MS, NOW_MS)
    lied = False
    for wait_ms, lies in steps:
        watch.s += wait_ms / 1_000
        honest_ms = NOW_MS + round((watch.s - 100) * 1_000)
        lied = lies and not lied
        time.saw(honest_ms + (24 * HOUR_MS if lied else 0))
        assert time.reached_ms <= honest_ms + LEAP_MS
