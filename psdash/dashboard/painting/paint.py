"""When widgets paint: at once when something moved, at most so many times a second, never without a reason.

A message handler only marks its widget dirty. The first mark after a quiet time paints in the next turn of the loop;
marks that follow are collected until the frame interval has passed (DESIGN §5). Between frames nothing runs, so an
idle screen costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Protocol

from textual import events
from textual._context import active_app, active_message_pump
from textual.app import App


class Paintable(Protocol):
    """Something that can bring the screen up to date with its state."""

    def paint(self, now_s: float) -> None:
        """Paint what changed. `now_s` is the frame's monotonic second, the same for every widget of the frame."""


#: Run a callable after so many seconds (0: in the next turn of the loop).
Schedule = Callable[[float, Callable[[], None]], object]


def schedule_on(app: App[Any]) -> Schedule:
    """Run paints on the app's loop, in the app's context; a failure is the app's, as if a message had met it.

    They are no messages: each of those costs its way through a queue, and a turn of the loop or two.
    """
    context: Context | None = None

    def guarded(run: Callable[[], None]) -> None:
        try:
            run()
        except Exception as failure:  # noqa: BLE001 - handed on: the app ends by it, and says why
            app.post_message(events.Callback(callback=_Failed(failure).again))

    def schedule(delay_s: float, run: Callable[[], None]) -> object:
        nonlocal context
        if context is None:
            context = copy_context()
            context.run(active_app.set, app)
            context.run(active_message_pump.set, app)
        loop = asyncio.get_running_loop()
        if delay_s <= 0:
            return loop.call_soon(guarded, run, context=context)
        # A turn after its time, so that what came with it, or just before, is in the frame.
        return loop.call_later(delay_s, partial(loop.call_soon, guarded, run, context=context))

    return schedule


class _Failed:
    """What a paint could not do, to be met once more where the app looks after failures."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    def again(self) -> None:
        """Fail."""
        raise self._failure


#: Take what a frame painted to the terminal.
Show = Callable[[Sequence[Paintable]], None]


class PaintClock:
    """Paints what was marked, at most `fps` times a second.

    Every widget marked before a frame is painted in that frame, with nothing else running in between: panes that show
    the same book show the same state of it.
    """

    def __init__(
        self, schedule: Schedule, fps: float, clock: Callable[[], float], show: Show = lambda _painted: None
    ) -> None:
        """`clock` tells monotonic seconds; `show` ends a frame. Raises ValueError when `fps` is not positive."""
        if fps <= 0:
            raise ValueError("a frame rate is positive")
        self._schedule = schedule
        self._interval_s = 1 / fps
        self._clock = clock
        self._show = show
        self._dirty: dict[Paintable, None] = {}
        self._is_armed = False
        self._next_s = float("-inf")
        self._due: dict[Paintable, float] = {}
        self._alarm_s: float | None = None
        self.frames = 0

    def now_s(self) -> float:
        """The monotonic second."""
        return self._clock()

    @property
    def is_idle(self) -> bool:
        """True when nothing waits to be painted now; something may still be due later."""
        return not self._dirty

    def mark(self, widget: Paintable) -> None:
        """Say that a widget's state moved."""
        self._dirty[widget] = None
        self._arm()

    def mark_later(self, widget: Paintable, delay_s: float) -> None:
        """Say that a widget will look different in `delay_s` seconds even if nothing moves (an age, a clock).

        An earlier wish of the same widget stands.
        """
        due_s = self._clock() + max(0.0, delay_s)
        self._due[widget] = min(due_s, self._due.get(widget, due_s))
        self._set_alarm()

    def forget(self, widget: Paintable) -> None:
        """Drop a widget that left the screen."""
        self._dirty.pop(widget, None)
        self._due.pop(widget, None)

    def _arm(self) -> None:
        if not self._is_armed:
            self._is_armed = True
            self._schedule(max(0.0, self._next_s - self._clock()), self._fire)

    def _fire(self) -> None:
        started_s = self._clock()
        # A steady stream keeps its beat: what made this frame a little late makes no later one so.
        is_on_beat = started_s - self._next_s < self._interval_s / 2
        beat_s = min(started_s, self._next_s) if is_on_beat else started_s
        batch, self._dirty = self._dirty, {}
        painted = list(batch)
        self.frames += 1
        try:
            while batch:
                widget, _ = batch.popitem()
                self._due.pop(widget, None)  # it says again what it wants
                widget.paint(started_s)
            self._show(painted)
        finally:
            # A frame that takes long may not eat the loop: half of it stays for messages and keys.
            self._next_s = max(beat_s + self._interval_s, self._clock() + self._interval_s / 2)
            self._dirty = batch | self._dirty
            self._is_armed = False  # not before: what a paint marks waits for the next frame
            if self._dirty:
                self._arm()

    def _set_alarm(self) -> None:
        if not self._due:
            return
        first_s = min(self._due.values())
        if self._alarm_s is None or first_s < self._alarm_s:
            self._alarm_s = first_s
            self._schedule(max(0.0, first_s - self._clock()), partial(self._ring, first_s))

    def _ring(self, alarm_s: float) -> None:
        if alarm_s != self._alarm_s:
            return  # an earlier alarm took its place
        self._alarm_s = None
        # A timer may fire a hair early; whoever wants to be drawn at a second is drawn then.
        now_s = max(alarm_s, self._clock())
        for widget in [widget for widget, due_s in self._due.items() if due_s <= now_s]:
            del self._due[widget]
            self._dirty[widget] = None
        if self._dirty and not self._is_armed and now_s >= self._next_s:
            self._is_armed = True
            self._fire()  # the time has come: the frame need not wait for another turn of the loop
        elif self._dirty:
            self._arm()
        self._set_alarm()
