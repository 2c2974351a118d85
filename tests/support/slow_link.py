"""A link in virtual time: so many bytes a second behind a buffer that takes everything, as ssh and sockets do."""

from __future__ import annotations

import re
from collections import deque
from typing import Final

from psdash.terminal.intake import Answer

_QUESTION: Final = re.compile(rb"\x1b\[5n|\x1b\[\?2026\$p")


class SlowLink:
    """Bytes go in at once, come out at the link's pace `delay_s` later; a question's answer is back `delay_s` after.

    The terminal answers `answers` only; while `is_stopped` nothing comes out.
    """

    def __init__(
        self, rate: float, delay_s: float, *, answers: Answer | None = Answer.STATUS, burst_s: float = 0.0
    ) -> None:
        """`rate` in bytes a second; `burst_s`: the link moves only so often, as a shaper does."""
        self.rate = rate
        self.delay_s = delay_s
        self.is_stopped = False
        self.arrived = bytearray()
        self.worst_queue = 0
        self._answers = answers
        self._burst_s = burst_s
        self._queue = bytearray()
        self._credit = 0.0
        self._at_s = 0.0
        self._moved_s = 0.0
        self._flying: deque[tuple[float, bytes]] = deque()
        self._back: deque[tuple[float, Answer]] = deque()
        self._tail = b""

    def send(self, data: bytes, now_s: float) -> None:
        """The program writes."""
        self.advance(now_s)
        self._queue += data
        self.worst_queue = max(self.worst_queue, len(self._queue))

    def advance(self, now_s: float) -> tuple[bytes, list[Answer]]:
        """Let time pass: what the terminal shows now, and the answers that the program hears now."""
        self._credit += (now_s - self._at_s) * self.rate
        self._at_s = now_s
        if self.is_stopped or not self._queue:
            self._credit = 0.0
        elif now_s - self._moved_s >= self._burst_s:
            self._moved_s = now_s
            count = min(int(self._credit), len(self._queue))
            if count:
                self._credit -= count
                self._flying.append((now_s + self.delay_s, bytes(self._queue[:count])))
                del self._queue[:count]
        shown = b""
        while self._flying and self._flying[0][0] <= now_s:
            at_s, data = self._flying.popleft()
            shown += data
            self._answer(data, at_s)
        heard: list[Answer] = []
        while self._back and self._back[0][0] <= now_s:
            heard.append(self._back.popleft()[1])
        self.arrived += shown
        return shown, heard

    def _answer(self, data: bytes, at_s: float) -> None:
        data = self._tail + data
        end = 0
        for found in _QUESTION.finditer(data):
            end = found.end()
            kind = Answer.STATUS if found.group() == b"\x1b[5n" else Answer.SYNC
            if kind is self._answers:
                self._back.append((at_s + self.delay_s, kind))
        self._tail = data[max(end, len(data) - 8) :]
