"""A limit on what is sent, for a link that somebody pays for or shares."""

from __future__ import annotations

from typing import Final

#: Seconds of the rate that may be sent at once.
_BURST_S: Final = 0.25
_LEAST_BURST: Final = 640


class Cap:
    """A bucket that fills at a rate. Pure: told the time."""

    def __init__(self, kbps: float | None) -> None:
        """`kbps` is kilobits (of 1000) a second; None is no limit."""
        self._rate = None if kbps is None else kbps * 125  # bytes a second
        self._burst = 0.0 if self._rate is None else max(_LEAST_BURST, self._rate * _BURST_S)
        self._level = self._burst
        self._at_s: float | None = None

    @property
    def is_set(self) -> bool:
        """Whether there is a limit."""
        return self._rate is not None

    def allowance(self, now_s: float) -> int | None:
        """Bytes that may be sent now; None without a limit. 0 until a burst's half has gathered again."""
        if self._rate is None:
            return None
        if self._at_s is not None:
            self._level = min(self._burst, self._level + (now_s - self._at_s) * self._rate)
        self._at_s = now_s
        return int(self._level) if self._level >= self._burst / 2 else 0

    def on_sent(self, length: int) -> None:
        """So many bytes went out; more than the allowance is a debt."""
        self._level -= length

    def wakes_in_s(self) -> float | None:
        """Seconds until there is an allowance again; None when there is one."""
        if self._rate is None or self._level >= self._burst / 2:
            return None
        return (self._burst / 2 - self._level) / self._rate
