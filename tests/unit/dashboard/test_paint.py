"""The paint clock, under a schedule and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from psdash.dashboard.painting.paint import PaintClock


class Loop:
    """Time that moves when told, and what was asked to run in it."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.waiting: list[tuple[float, int, Callable[[], None]]] = []
        self.scheduled = 0

    def schedule(self, delay_s: float, run: Callable[[], None]) -> None:
        assert delay_s >= 0
        self.scheduled += 1
        self.waiting.append((self.now_s + delay_s, self.scheduled, run))

    def run_until(self, until_s: float) -> None:
        """Run all that is due up to a moment, in time's order."""
        while due := [item for item in self.waiting if item[0] <= until_s]:
            first = min(due, key=lambda item: item[:2])
            self.waiting.remove(first)
            self.now_s = max(self.now_s, first[0])
            first[2]()
        self.now_s = max(self.now_s, until_s)


class Widget:
    """Notes when it is painted."""

    def __init__(self, on_paint: Callable[[], None] = lambda: None) -> None:
        self.painted: list[float] = []
        self.on_paint = on_paint

    def paint(self, now_s: float) -> None:
        self.painted.append(now_s)
        self.on_paint()


def clock_at(fps: float = 10) -> tuple[Loop, PaintClock]:
    loop = Loop()
    return loop, PaintClock(loop.schedule, fps, lambda: loop.now_s)


def test_the_first_mark_paints_at_once() -> None:
    loop, clock = clock_at()
    widget = Widget()
    clock.mark(widget)
    loop.run_until(100.0)
    assert widget.painted == [100.0]


def test_marks_that_follow_share_the_next_frame() -> None:
    loop, clock = clock_at(fps=10)
    widget, other = Widget(), Widget()
    clock.mark(widget)
    loop.run_until(100.0)
    for step in range(1, 10):
        loop.run_until(100 + step / 100)
        clock.mark(widget)
        clock.mark(other)
    loop.run_until(100.2)
    assert widget.painted == [100.0, pytest.approx(100.1)]
    assert other.painted == [pytest.approx(100.1)]
    assert clock.frames == 2


def test_a_steady_flood_paints_no_more_than_the_rate() -> None:
    loop, clock = clock_at(fps=30)
    widget = Widget()
    for step in range(3_000):
        loop.run_until(100 + step / 1000)
        clock.mark(widget)
    loop.run_until(103.5)
    assert 88 <= len(widget.painted) <= 92
    assert widget.painted[-1] >= 102.999  # the last mark is painted too


def test_nothing_is_scheduled_while_nothing_is_dirty() -> None:
    loop, clock = clock_at()
    widget = Widget()
    clock.mark(widget)
    loop.run_until(200.0)
    assert loop.waiting == []
    assert loop.scheduled == 1
    assert clock.is_idle


def test_all_widgets_of_a_frame_see_the_same_second() -> None:
    loop, clock = clock_at()
    slow = Widget(on_paint=lambda: setattr(loop, "now_s", loop.now_s + 0.03))
    widgets = [slow, Widget(), Widget()]
    for widget in widgets:
        clock.mark(widget)
    loop.run_until(100.0)
    assert {second for widget in widgets for second in widget.painted} == {100.0}


def test_a_widget_that_marks_itself_while_it_paints_comes_again_in_the_next_frame() -> None:
    loop, clock = clock_at(fps=10)
    widget = Widget()
    widget.on_paint = lambda: clock.mark(widget) if len(widget.painted) < 3 else None
    clock.mark(widget)
    loop.run_until(101.0)
    assert widget.painted == [pytest.approx(100 + at / 10) for at in range(3)]


def test_frames_that_take_long_leave_half_a_frame_to_the_loop() -> None:
    loop, clock = clock_at(fps=10)
    widget = Widget()

    def takes_long() -> None:
        loop.now_s += 0.2
        if len(widget.painted) < 3:
            clock.mark(widget)

    widget.on_paint = takes_long
    clock.mark(widget)
    loop.run_until(102.0)
    gaps = [later - earlier for earlier, later in zip(widget.painted, widget.painted[1:], strict=False)]
    assert gaps == [pytest.approx(0.25)] * 2


def test_a_paint_that_fails_costs_no_other_widget_its_paint() -> None:
    loop, clock = clock_at()

    def fails() -> None:
        raise RuntimeError("broken widget")

    widgets = [Widget(), Widget(fails), Widget()]
    for widget in widgets:
        clock.mark(widget)
    with pytest.raises(RuntimeError, match="broken"):
        loop.run_until(100.0)
    with suppress(RuntimeError):
        loop.run_until(101.0)
    assert [len(widget.painted) for widget in widgets] == [1, 1, 1]


def test_a_later_mark_comes_on_time_and_once() -> None:
    loop, clock = clock_at()
    widget = Widget()
    clock.mark_later(widget, 0.7)
    clock.mark_later(widget, 5.0)  # the earlier wish stands
    loop.run_until(110.0)
    assert widget.painted == [pytest.approx(100.7)]
    assert loop.waiting == []


def test_an_earlier_alarm_replaces_a_later_one() -> None:
    loop, clock = clock_at()
    early, late = Widget(), Widget()
    clock.mark_later(late, 2.0)
    clock.mark_later(early, 1.0)
    loop.run_until(110.0)
    assert early.painted == [pytest.approx(101.0)]
    assert late.painted == [pytest.approx(102.0)]


def test_a_paint_in_between_takes_the_wish_over() -> None:
    loop, clock = clock_at()
    widget = Widget()
    clock.mark_later(widget, 1.0)
    loop.run_until(100.5)
    clock.mark(widget)
    loop.run_until(105.0)
    assert widget.painted == [pytest.approx(100.5)]


def test_a_second_hand_needs_one_alarm_at_a_time() -> None:
    loop, clock = clock_at(fps=30)
    widget = Widget()
    widget.on_paint = lambda: clock.mark_later(widget, 1 - loop.now_s % 1)
    clock.mark(widget)
    for step in range(300):  # busy all the while
        loop.run_until(100 + step / 100)
        clock.mark(widget)
        assert len(loop.waiting) <= 3
    loop.run_until(110.0)
    assert widget.painted[-3:] == [pytest.approx(second) for second in (108, 109, 110)]


def test_a_widget_that_left_is_not_painted() -> None:
    loop, clock = clock_at()
    widget = Widget()
    clock.mark(widget)
    clock.mark_later(widget, 1.0)
    clock.forget(widget)
    loop.run_until(105.0)
    assert widget.painted == []


def test_a_frame_rate_is_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        PaintClock(Loop().schedule, 0, lambda: 0.0)


def test_a_frame_that_comes_a_little_late_makes_no_later_one_so() -> None:
    loop = Loop()

    def schedule_late(delay_s: float, run: Callable[[], None]) -> None:
        loop.schedule(delay_s + 0.02, run)

    late = PaintClock(schedule_late, 10, lambda: loop.now_s)
    widget = Widget()
    widget.on_paint = lambda: late.mark(widget) if len(widget.painted) < 6 else None
    late.mark(widget)
    loop.run_until(102.0)
    assert widget.painted == [pytest.approx(100.02 + at / 10 + (0.02 if at else 0)) for at in range(6)]


def test_a_frame_that_comes_far_too_late_begins_a_beat_of_its_own() -> None:
    loop, clock = clock_at(fps=10)
    widget = Widget()
    clock.mark(widget)
    loop.run_until(100.0)
    loop.now_s = 100.17  # nothing moved for a while
    clock.mark(widget)
    loop.run_until(100.17)
    clock.mark(widget)
    loop.run_until(101.0)
    assert widget.painted == [100.0, pytest.approx(100.17), pytest.approx(100.27)]
