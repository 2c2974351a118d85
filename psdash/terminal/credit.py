"""How much may be on its way to the terminal.

The kernel is not the only buffer: a pty takes some 16 KB, ssh, tmux and sockets a quarter of a megabyte and more, and
none of them can be asked how full it is. So frames end with a question that every terminal answers by itself, and the
answers tell what has arrived. Answers come in the order of the questions, so they need no number.

The window is steered by delay, as in FAST TCP (Wei, Jin, Low, Hegde, 2006): so much may be unacknowledged as the link
carries in its bare round trip and TARGET_S more. On a fast link that is never felt; on a slow one no more than about
TARGET_S of output stands in any buffer, so that what is sent next is the newest truth and the answer to a key comes
soon. Pure: every method is told the time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

#: Seconds of output that may stand in buffers on the way.
TARGET_S: Final = 0.2
#: Bytes that may always be on their way, and those that may before anything was learnt.
MIN_WINDOW: Final = 640
FIRST_WINDOW: Final = 12 * 1024
MAX_WINDOW: Final = 128 * 1024
#: A terminal that has answered nothing for so long after its first question answers no questions.
GIVE_UP_S: Final = 2.0
#: On a link this quick an answer for every so many bytes, or so many seconds, is enough.
_QUICK_S: Final = 0.02
_QUICK_WINDOW: Final = 16 * 1024
_ASK_BYTES: Final = 8 * 1024
_ASK_S: Final = 0.25
#: Answers that are this late make us hold, however wide the window.
_LATE_S: Final = 0.25
#: The clock's and the scheduler's own noise in a round trip.
_NOISE_S: Final = 0.002
#: The bare round trip is the least of the last one or two spans of so many seconds.
_BASE_SPAN_S: Final = 20.0
#: After so many seconds (and round trips) of silence a question is sent alone, then at twice the distance each time.
_PROBE_S: Final = 0.3
_PROBE_TRIPS: Final = 4
_MAX_PROBE_S: Final = 8.0
#: A terminal that lets somebody type and has not answered for so long is not going to.
_LOST_S: Final = 2.0


@dataclass(slots=True)
class _Question:
    at_s: float
    sent: int  # bytes, from the beginning, up to and with this question
    flight: int  # of these, those without an answer then
    alone: bool  # nothing else was on its way before it
    made_s: float  # when the newest truth in it was made


class Credit:
    """Counts what was sent and what was answered, and says how much may follow."""

    def __init__(self) -> None:
        #: None until it is known whether the terminal answers questions.
        self.is_answering: bool | None = None
        self.window = FIRST_WINDOW
        self.sent = 0
        self.answered = 0
        #: The latest round trip, seconds, and when the newest truth that has arrived was made.
        self.round_trip_s: float | None = None
        self.acknowledged_s: float | None = None
        self._open: deque[_Question] = deque()
        self._first_s: float | None = None
        self._base_s: float | None = None
        self._base_before_s: float | None = None
        self._base_since_s = 0.0
        self._asked_s = float("-inf")
        self._asked_bytes = 0
        self._probe_s: float | None = None
        self._probe_wait_s = _PROBE_S
        self._answer_s = float("-inf")
        #: When a question last travelled alone and by itself, so that its round trip was bare.
        self._bare_s = float("-inf")
        #: Questions given up as lost whose answers may come yet.
        self._lost = 0

    # asking ---------------------------------------------------------------------------------------------------------

    @property
    def flight(self) -> int:
        """Bytes without an answer."""
        return self.sent - self.answered

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is outstanding."""
        return bool(self._open)

    @property
    def base_s(self) -> float:
        """The bare round trip, seconds."""
        known = [each for each in (self._base_s, self._base_before_s) if each is not None]
        return min(known, default=0.0)

    def should_ask(self, length: int, now_s: float) -> bool:
        """Whether a frame of so many bytes is to end with a question."""
        if self.is_answering is not True:
            return self.is_answering is None and not self._open  # one will do, until somebody is known to answer
        if self.base_s < _QUICK_S and self.window >= _QUICK_WINDOW:
            return self.sent + length - self._asked_bytes >= _ASK_BYTES or now_s - self._asked_s >= _ASK_S
        return True

    def on_sent(self, length: int, now_s: float, *, asked: bool, made_s: float | None = None) -> None:
        """So many bytes went out; `asked` when a question stands at their end."""
        alone = not self._open and not self.flight
        self.sent += length
        if not asked:
            return
        if self._first_s is None:
            self._first_s = now_s
        self._open.append(_Question(now_s, self.sent, self.flight, alone, now_s if made_s is None else made_s))
        self._asked_s, self._asked_bytes = now_s, self.sent

    def on_answer(self, now_s: float) -> bool:
        """The terminal answered a question; False when none was outstanding."""
        self.is_answering = True
        self._answer_s = now_s
        if not self._open:
            self._lost = max(0, self._lost - 1)
            return False
        if self._lost and now_s - self._open[0].at_s < self.base_s / 2:
            self._lost -= 1  # too soon: the answer to a question that was given up
            return False
        question = self._open.popleft()
        if not self._open:
            self._probe_s = None
            self._probe_wait_s = _PROBE_S
        self.answered = question.sent
        self.acknowledged_s = question.made_s
        trip_s = max(now_s - question.at_s, 0.0)
        self.round_trip_s = trip_s
        self._learn_base(trip_s, now_s)
        self._steer(question, trip_s)
        return True

    def on_sign_of_life(self, now_s: float) -> bool:
        """Somebody typed: a terminal that is there and answers late answers no more. True when that frees us."""
        if not self._open or now_s - self._open[0].at_s < max(_LOST_S, _PROBE_TRIPS * (self.round_trip_s or 0.0)):
            return False
        self._forget()
        return True

    def _forget(self) -> None:
        """What is outstanding will not come; start anew, carefully."""
        self._lost += len(self._open)
        self._open.clear()
        self.answered = self.sent
        self.window = min(self.window, FIRST_WINDOW)
        self._probe_s = None

    # how much -------------------------------------------------------------------------------------------------------

    def allowance(self, now_s: float) -> int:
        """Bytes that may be sent now; 0 while we hold."""
        if self.is_answering is False:
            return MAX_WINDOW
        if self.is_answering is None:
            if self._first_s is not None and now_s - self._first_s >= GIVE_UP_S:
                self.is_answering = False
                self._forget()
                return MAX_WINDOW
            # Nothing heard yet: what a quick link carries meanwhile, in steps that do not fill a slow one.
            waited_s = 0.0 if self._first_s is None else now_s - self._first_s
            return max(0, FIRST_WINDOW * (1 + int(waited_s / _ASK_S)) - self.flight)
        if not self._open:
            return 0 if self._wants_bare(now_s) else self.window
        if self._wants_bare(now_s):
            return 0
        if now_s - self._open[0].at_s > 2 * self.base_s + max(_LATE_S, TARGET_S):
            return 0
        left = self.window - self.flight
        # Not crumbs: a third of the window, or whatever there is when nothing is on its way.
        return left if left * 3 >= self.window else 0

    def wakes_in_s(self, now_s: float) -> float | None:
        """Seconds until something changes without an answer; None when nothing will."""
        if self.is_answering is None and self._first_s is not None:
            return min(_ASK_S, max(0.0, self._first_s + GIVE_UP_S - now_s))
        if not self._open:
            return None
        return max(0.0, self._probe_at_s() - now_s)

    def should_probe(self, now_s: float) -> bool:
        """Whether to send a question by itself: an answer may have been lost.

        Answers come in the order of the questions. So when one came after a probe was sent, and then nothing more
        for long, all before the probe was answered too, as far as it ever will be.
        """
        if self.is_answering is not True:
            return False
        if not self._open:
            return self._wants_bare(now_s)
        if now_s < self._probe_at_s():
            return False
        if self._probe_s is not None and self._answer_s > self._probe_s:
            self._forget()
            return False
        return True

    def on_probe(self, length: int, now_s: float) -> None:
        """A question went out by itself."""
        if not self._open:
            self._bare_s = now_s
            self.on_sent(length, now_s, asked=True, made_s=self.acknowledged_s)
            return
        self.on_sent(length, now_s, asked=True, made_s=self._open[-1].made_s)
        self._probe_wait_s = min(_MAX_PROBE_S, self._probe_wait_s * 2)
        self._probe_s = now_s

    def _wants_bare(self, now_s: float) -> bool:
        """Whether the bare round trip has to be measured again: a link that is always full never shows it."""
        return self.window < FIRST_WINDOW and now_s - self._bare_s >= _BASE_SPAN_S

    def _probe_at_s(self) -> float:
        since = max(self._asked_s, self._answer_s, self._probe_s or float("-inf"))
        # A lost answer makes the next one look late; that must not make us wait for ever.
        return since + max(self._probe_wait_s, min(_LOST_S, _PROBE_TRIPS * (self.round_trip_s or 0.0)))

    # learning -------------------------------------------------------------------------------------------------------

    def _learn_base(self, trip_s: float, now_s: float) -> None:
        if self._base_s is None or now_s - self._base_since_s >= _BASE_SPAN_S:
            self._base_before_s, self._base_s, self._base_since_s = self._base_s, trip_s, now_s
        else:
            self._base_s = min(self._base_s, trip_s)

    def _steer(self, question: _Question, trip_s: float) -> None:
        base_s = self.base_s
        span_s = base_s + TARGET_S
        # Alone, it took its own time after the bare trip; in a stream, what was on its way took the whole trip.
        took_s = max(trip_s - base_s, _NOISE_S) if question.alone else max(trip_s, _NOISE_S)
        fits = int(question.flight / took_s * span_s)
        if trip_s > span_s:
            self.window = max(MIN_WINDOW, self.window // 4, min(self.window, fits))
        else:
            self.window = min(MAX_WINDOW, 2 * self.window, max(self.window, fits))
