"""Rate limits: a fixed window for each address and for each wallet; both must have room (protocol §10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """`requests` in each window of `window_s` seconds."""

    name: str
    requests: int
    window_s: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tightest bucket says after this request. `retry_after_s` is None when the request may pass."""

    limit: int
    remaining: int
    reset_s: int
    retry_after_s: int | None

    def headers(self) -> dict[str, str]:
        """The `X-RateLimit-*` headers, and `Retry-After` on a refusal."""
        found = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_s),
        }
        if self.retry_after_s is not None:
            found["Retry-After"] = str(self.retry_after_s)
        return found


class RateLimiter:
    """Counts requests by (limit, who). Forgets the buckets of old windows."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._used: dict[tuple[str, str], tuple[int, int]] = {}  # (limit name, who) -> (window number, used)

    def take(self, limit: Limit, *callers: str) -> Verdict:
        """Take one request from the bucket of each of `callers`, or from none when any of them is empty."""
        now_ms = self._now_ms()
        window = now_ms // (limit.window_s * 1000)
        reset_s = -(-((window + 1) * limit.window_s * 1000 - now_ms) // 1000)
        used = [self._count(limit, who, window) for who in callers]
        most = max(used)
        if most >= limit.requests:
            return Verdict(limit.requests, 0, reset_s, reset_s)
        for who, count in zip(callers, used, strict=True):
            self._used[limit.name, who] = (window, count + 1)
        return Verdict(limit.requests, limit.requests - most - 1, reset_s, None)

    def _count(self, limit: Limit, who: str, window: int) -> int:
        counted_window, count = self._used.get((limit.name, who), (window, 0))
        return count if counted_window == window else 0
