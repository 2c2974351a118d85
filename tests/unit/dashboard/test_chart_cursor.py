"""Walking along the time line, and the price one looks at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from psdash.dashboard.panes.chart_cursor import TimeCursor
from psdash.dashboard.panes.chart_spot import Spot

NOW_MS = 1_784_145_600_000
MINUTE = 60_000


def test_the_first_step_is_the_newest_and_holds_the_picture() -> None:
    cursor = TimeCursor()
    cursor.move(-1, now_ms=NOW_MS + 7_000, interval_ms=MINUTE, slots=10, oldest_ms=0)
    assert cursor.at_ms == NOW_MS
    assert cursor.edge_ms(NOW_MS + 3 * MINUTE, MINUTE) == NOW_MS
    cursor.move(-1, now_ms=NOW_MS + 3 * MINUTE, interval_ms=MINUTE, slots=10, oldest_ms=0)
    assert cursor.at_ms == NOW_MS - MINUTE
    cursor.end()
    assert cursor.edge_ms(NOW_MS + 3 * MINUTE, MINUTE) == NOW_MS + 3 * MINUTE


def test_a_step_out_of_view_takes_the_picture_along() -> None:
    cursor = TimeCursor()
    for _ in range(12):
        cursor.move(-1, now_ms=NOW_MS, interval_ms=MINUTE, slots=10, oldest_ms=0)
    assert cursor.at_ms == NOW_MS - 11 * MINUTE
    assert cursor.edge_ms(NOW_MS, MINUTE) == NOW_MS - 2 * MINUTE


def test_home_is_the_oldest_and_end_the_newest() -> None:
    cursor = TimeCursor()
    cursor.move(-1_000_000, now_ms=NOW_MS, interval_ms=MINUTE, slots=10, oldest_ms=NOW_MS - 99 * MINUTE + 1)
    assert cursor.at_ms == NOW_MS - 99 * MINUTE
    cursor.move(1_000_000, now_ms=NOW_MS, interval_ms=MINUTE, slots=10, oldest_ms=0)
    assert (cursor.at_ms, cursor.edge_ms(NOW_MS, MINUTE)) == (NOW_MS, NOW_MS)


@given(
    st.lists(st.tuples(st.integers(-300, 300), st.sampled_from([5_000, MINUTE, 3_600_000])), max_size=30),
    st.integers(1, 60),
)
def test_the_cursor_is_always_in_view_and_in_history(steps: list[tuple[int, int]], slots: int) -> None:
    cursor, now_ms, oldest_ms = TimeCursor(), NOW_MS, NOW_MS - 7_200_000
    for by, interval_ms in steps:
        now_ms += 1_234
        cursor.move(by, now_ms=now_ms, interval_ms=interval_ms, slots=slots, oldest_ms=oldest_ms)
        at_ms, edge_ms = cursor.bucket_ms(interval_ms), cursor.edge_ms(now_ms, interval_ms)
        assert at_ms is not None
        assert edge_ms - (slots - 1) * interval_ms <= at_ms <= edge_ms <= now_ms
        assert at_ms >= oldest_ms - oldest_ms % interval_ms
        assert at_ms % interval_ms == edge_ms % interval_ms == 0


def test_the_first_step_to_a_side_is_its_touch() -> None:
    spot = Spot()
    spot.built(10_000, 400_000, 600_000, 500_000, 520_000)
    spot.move(1)
    assert spot.ticks == 520_000
    spot.move(1)
    assert spot.ticks == 530_000
    spot.end()
    spot.move(-1)
    assert spot.ticks == 500_000
    spot.move(-99)
    assert spot.ticks == 400_000
    spot.move(99)
    assert spot.ticks == 600_000
