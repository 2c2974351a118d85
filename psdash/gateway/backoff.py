"""How long to wait before the next dial or retry: jittered, capped, and never more often than a budget allows."""

from __future__ import annotations

import random
from collections import deque
from email.utils import parsedate_to_datetime

FIRST_S = 0.25
BASE_S = 0.5
FACTOR = 1.7
CAP_S = 30.0
HEALTHY_S = 10.0
#: A venue that accepts and then closes must not be hammered, whatever the jitter draws (reliability §6.2 R8).
DIALS = 12
WINDOW_S = 60.0
#: No `Retry-After` is obeyed for longer.
MOST_PATIENCE_S = 3600.0


class Backoff:
    """The waits between the dials of one connection (reliability §1.2 rule 2).

    The first retry comes within 250 ms, the n-th after full jitter `uniform(0, min(30, 0.5 * 1.7**n))` seconds. Only
    `HEALTHY_S` of live data forgets the past; a handshake does not. No window of 60 s sees more than 12 dials.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._dials: deque[float] = deque(maxlen=DIALS)
        self.failures = 0

    def dialled(self, now_s: float) -> None:
        """A dial begins at `now_s`."""
        self._dials.append(now_s)

    def was_live(self, for_s: float) -> None:
        """A connection ended that had been live for `for_s` seconds (0 when it never was)."""
        if for_s >= HEALTHY_S:
            self.failures = 0

    def next_delay_s(self, now_s: float, floor_s: float = 0.0, *, wary: bool = False) -> float:
        """Seconds until the next dial, at least `floor_s` (a `Retry-After`, or a slow refusal). Counts a failure.

        With `wary` there is a floor under the jitter too, which grows like its ceiling.
        """
        if wary:
            floor_s = max(floor_s, min(CAP_S, BASE_S * FACTOR ** min(self.failures, 64)) / 2)
        delay_s = max(floor_s, self._jittered())
        self.failures += 1
        return max(delay_s, self.soonest_s(now_s))

    def soonest_s(self, now_s: float) -> float:
        """Seconds until the budget of dials allows the next one, whatever happens."""
        return max(0.0, self._dials[0] + WINDOW_S - now_s) if len(self._dials) == DIALS else 0.0

    def _jittered(self) -> float:
        if self.failures == 0:
            return self._rng.uniform(0.0, FIRST_S)
        exponent = min(self.failures, 64)  # far beyond the cap, and far from an overflow
        return self._rng.uniform(0.0, min(CAP_S, BASE_S * FACTOR**exponent))


def retry_after_s(header: str | None, date: str | None = None) -> float:
    """The seconds a `Retry-After` asks for, 0 when it is absent or unreadable. At most an hour.

    A header that names a moment is measured against the answer's own `Date`: this machine's clock may be wrong.
    """
    if header is None:
        return 0.0
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return min(float(text), MOST_PATIENCE_S)
    until_s, now_s = _http_date_s(text), _http_date_s(date)
    return 0.0 if until_s is None or now_s is None else min(max(0.0, until_s - now_s), MOST_PATIENCE_S)


def _http_date_s(text: str | None) -> float | None:
    if text is None or len(text) > 64:
        return None
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


class Misbehaviour:
    """How often the other side broke the protocol: `MOST` times within `WITHIN_S`, and it is dialled slowly."""

    MOST = 3
    WITHIN_S = 600.0

    def __init__(self) -> None:
        self._at_s: deque[float] = deque(maxlen=self.MOST)

    def again(self, now_s: float) -> bool:
        """It happened at `now_s`. True when it was once too often."""
        self._at_s.append(now_s)
        return len(self._at_s) == self.MOST and now_s - self._at_s[0] <= self.WITHIN_S


class TokenBucket:
    """At most `rate` a second on average, `burst` at once. The venue's own limit is unknown (protocol §10)."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._held = float(burst)
        self._at_s: float | None = None

    def wait_s(self, now_s: float) -> float:
        """Seconds until one may go; 0 when one may go now."""
        if self._at_s is not None:
            self._held = min(self._burst, self._held + (now_s - self._at_s) * self._rate)
        self._at_s = now_s
        # A hair below one is one: else rounding could ask for a wait too short for the clock to move.
        return 0.0 if self._held >= 1.0 - 1e-6 else (1.0 - self._held) / self._rate

    def spares(self, reserve: int) -> bool:
        """Whether one may go and `reserve` would be left. Ask after `wait_s`."""
        return self._held >= 1.0 + reserve - 1e-6

    def take(self) -> None:
        """One goes."""
        self._held -= 1.0
