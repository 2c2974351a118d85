"""What a pane may claim about its data (DESIGN §3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PaneState(StrEnum):
    """The one word each pane shows. Only LIVE means: true now."""

    CONNECTING = "CONNECTING"
    SYNCING = "SYNCING"
    LIVE = "LIVE"
    STALE = "STALE"
    RESYNC = "RESYNC"
    PAUSED = "PAUSED"
    REFUSED = "REFUSED"
    OFF = "OFF"


@dataclass(frozen=True, slots=True)
class Freshness:
    """One pane's claim.

    `reason` says why in words a person reads (empty when the word is enough). `since_s` is the monotonic second at
    which this state began; `proved_s` the last at which the data was known to be true, None if it never was.
    """

    state: PaneState
    reason: str = ""
    since_s: float = 0.0
    proved_s: float | None = None

    @property
    def is_live(self) -> bool:
        return self.state is PaneState.LIVE

    def age_s(self, now_s: float) -> float | None:
        """Seconds since the data was last known to be true; None when it never was."""
        return None if self.proved_s is None else max(0.0, now_s - self.proved_s)


#: Before anything is known.
OFF = Freshness(PaneState.OFF)
