"""When to send, and how much: frames from the screen, as the link has room for them.

Pure: told the time, returns what to send. While it returns nothing, new output only changes what is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from psdash.terminal.cap import Cap
from psdash.terminal.credit import MAX_WINDOW, Credit
from psdash.terminal.importance import Region
from psdash.terminal.intake import STATUS_QUESTION, SYNC_QUESTION, Answer
from psdash.terminal.measures import Measures, Meter
from psdash.terminal.screen import Screen

#: With an allowance of this much a frame goes out whole, in row order.
_AMPLE: Final = 24 * 1024
#: Seconds after a change of size until which the app's own drawing in the new size is awaited.
_RESIZE_PATIENCE_S: Final = 0.25
_LEAST_WAIT_S: Final = 0.005


class Pacer:
    """Between a screen and a link.

    `asks` tells whether the terminal may be asked questions; `regions` names the rows that come first on a slow link.
    """

    def __init__(self, screen: Screen, cap: Cap, *, asks: bool, regions: Callable[[], Sequence[Region]]) -> None:
        self.screen = screen
        self.credit = Credit()
        self._cap = cap
        self._asks = asks
        self._regions = regions
        self._meter = Meter()
        #: Which question this terminal answers; None until one was answered.
        self._answers: Answer | None = None
        self._owes_question = False
        self._drawn_by_s = float("-inf")
        self._waiting_since_s: float | None = None

    def restart(self) -> None:
        """Another terminal, or the same one after a pause: nothing is known of it."""
        self.credit = Credit()
        self._answers = None
        self._owes_question = False
        self._waiting_since_s = None

    # out ------------------------------------------------------------------------------------------------------------

    def resize(self, size: tuple[int, int], now_s: float) -> None:
        """The terminal has this size, columns and rows; a new one is drawn when the app has drawn in it."""
        if size != self.screen.size:
            self.screen.resize(*size)
            self.screen.grid.lowest = -1
            self._drawn_by_s = now_s + _RESIZE_PATIENCE_S

    def take(self, now_s: float) -> str:
        """What to send now; empty when there is nothing, or no room. What is returned counts as sent."""
        screen = self.screen
        if self._owes_question or (self._asks and self.credit.should_probe(now_s)):
            self._owes_question = False
            probe = self._question
            self.credit.on_probe(len(probe), now_s)
            self._count(len(probe), now_s)
        else:
            probe = ""
        if now_s < self._drawn_by_s and screen.grid.lowest < screen.grid.height - 1:
            return probe + self._sent(screen.controls(), now_s, asks=False)
        allowance = self._allowance(now_s)
        if allowance <= 0:
            self._note_waiting(now_s)
            return probe
        frame = screen.frame(None if allowance >= _AMPLE else allowance, self._regions)
        if frame is None:
            self._waiting_since_s = None
            return probe
        self._meter.frames += 1
        self._meter.partial_frames += not frame.is_whole
        data = self._sent(frame.data, now_s, asks=True)
        if frame.is_whole:
            self._waiting_since_s = None
        else:
            self._note_waiting(now_s)
        return probe + data

    def on_held(self, now_s: float) -> None:
        """The kernel has no room."""
        self._note_waiting(now_s)

    def wakes_in_s(self, now_s: float) -> float | None:
        """Seconds until `take` is worth a call though nothing happened; None when that is not to be expected."""
        waits = [self._drawn_by_s - now_s if now_s < self._drawn_by_s else None]
        if self._waiting_since_s is not None:
            waits += [self._cap.wakes_in_s(), self.credit.wakes_in_s(now_s) if self._asks else None]
        known = [wait for wait in waits if wait is not None]
        return max(_LEAST_WAIT_S, min(known)) if known else None

    def _allowance(self, now_s: float) -> int:
        allowance = self.credit.allowance(now_s) if self._asks else MAX_WINDOW
        limit = self._cap.allowance(now_s)
        return allowance if limit is None else min(allowance, limit)

    @property
    def _question(self) -> str:
        return SYNC_QUESTION if self._answers is Answer.SYNC else STATUS_QUESTION

    def _sent(self, data: str, now_s: float, *, asks: bool) -> str:
        if not data:
            return ""
        length = len(data.encode("utf-8", "replace")) if not data.isascii() else len(data)
        asked = asks and self._asks and self.credit.should_ask(length, now_s)
        if asked:
            data += self._question
            length += len(self._question)
        self.credit.on_sent(length, now_s, asked=asked)
        self._count(length, now_s)
        return data

    def _count(self, length: int, now_s: float) -> None:
        self._cap.on_sent(length)
        self._meter.on_sent(length, now_s)

    def _note_waiting(self, now_s: float) -> None:
        if self._waiting_since_s is None and not self.screen.is_current:
            self._waiting_since_s = now_s

    # in -------------------------------------------------------------------------------------------------------------

    def on_answer(self, answer: Answer, now_s: float) -> bool:
        """An answer came; True when there may be room now."""
        is_first = self._answers is None
        if is_first:
            self._answers = answer
        if answer is not self._answers:
            return False
        is_one = self.credit.on_answer(now_s)
        if is_first and self.credit.flight:
            self._owes_question = True  # what went out meanwhile has no question at its end
        return is_one

    def on_typed(self, now_s: float) -> bool:
        """A person is at the terminal; True when there may be room now."""
        return self.credit.on_sign_of_life(now_s)

    def behind_s(self, now_s: float) -> float:
        """For how long the terminal has not had all of what is wanted."""
        return 0.0 if self._waiting_since_s is None else now_s - self._waiting_since_s

    def measures(self, now_s: float) -> Measures:
        """What is known of the last hop now."""
        credit = self.credit
        age_s: float | None = None
        if credit.is_answering:
            age_s = 0.0
            if (credit.is_waiting or self._waiting_since_s is not None) and credit.acknowledged_s is not None:
                age_s = now_s - credit.acknowledged_s
        return Measures(
            bytes_per_s=self._meter.rate(now_s),
            bytes_sent=self._meter.sent,
            frames=self._meter.frames,
            partial_frames=self._meter.partial_frames,
            round_trip_s=credit.round_trip_s,
            acknowledged_age_s=age_s,
            waiting_s=self.behind_s(now_s),
            is_answering=credit.is_answering,
            window=credit.window,
            faults=self.screen.faults,
        )
