"""Activity: what a source tells of the person's own tasks, each once, what moved last first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from psdash.account.activity import ActivityLog
from psdash.dashboard.bridge import Bridge, Topic
from psdash.dashboard.painting import moments, numbers
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.view import View
from psdash.dashboard.screens.sheet import Line, Piece, Sheet, SheetScreen
from psdash.text import safe_text

_MOST: Final = 200
_PERIOD_S: Final = 1.0


class ActivitySheet(Sheet):
    """The log of tasks, and what it may claim."""

    def __init__(self, clock: PaintClock, activity: ActivityLog, wall_ms: Callable[[], int], *, view: View) -> None:
        super().__init__(clock, view=view)
        self.border_title = "Activity"
        self._activity = activity
        self._wall_ms = wall_ms

    def lines(self, now_s: float, width: int) -> Sequence[Line]:
        self.paint_clock.mark_later(self, _PERIOD_S)
        freshness, now_ms = self._activity.freshness, self._wall_ms()
        words = str(freshness.state) + (f": {safe_text(freshness.reason, 300)}" if freshness.reason else "")
        age_s = freshness.age_s(now_s)
        if age_s is not None:
            words += f" (heard {numbers.age(age_s)} ago)"
        lines: list[Line] = [(Piece(words, Tone.UP if freshness.is_live else Tone.WARN),), (Piece(""),)]
        rows = self._activity.newest(_MOST)
        if not rows:
            told = "nothing has moved yet" if freshness.is_live else "no open source tells of tasks of yours"
            return [*lines, (Piece(told, Tone.MUTED),)]
        tone = Tone.TEXT if freshness.is_live else Tone.STALE
        lines.append(
            (
                Piece(moments.zone_words(self.view.zone, now_ms), Tone.MUTED, width=10),
                Piece("KIND", Tone.MUTED, width=26),
                Piece("TIMES", Tone.MUTED, width=7),
                Piece("TASK", Tone.MUTED),
            )
        )
        for row in rows:
            detail = f"  {safe_text(row.detail, 120)}" if row.detail else ""
            lines.append(
                (
                    Piece(moments.clock_or_day(row.last_ms, now_ms, self.view.zone), Tone.MUTED, width=10),
                    Piece(safe_text(row.kind, 24), tone, width=26),
                    Piece(f"{row.times:,}", tone, width=7),
                    Piece(f"{safe_text(row.task, 80)}{detail}", tone),
                )
            )
        return lines


class ActivityScreen(SheetScreen):
    """The activity sheet over the dashboard."""

    def __init__(
        self, clock: PaintClock, activity: ActivityLog, bridge: Bridge, wall_ms: Callable[[], int], *, view: View
    ) -> None:
        super().__init__(clock)
        self._sheet = ActivitySheet(clock, activity, wall_ms, view=view)
        self._bridge = bridge

    def sheet(self, clock: PaintClock) -> Sheet:
        return self._sheet

    def on_mount(self) -> None:
        self._bridge.listen(self._sheet, Topic.ACTIVITY)

    def on_unmount(self) -> None:
        self._bridge.forget(self._sheet)
