"""What a source tells of the person's own tasks: that one moved, and which. Each once, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from psdash.market.freshness import OFF, Freshness

#: Rows kept at most; those that moved longest ago leave first.
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Activity:
    """One task of one kind. Times are epoch ms of this machine: the notices carry none of their own.

    `stream` is where it was told, `times` how often: a task is told again whenever it moves, and no notice says how
    far it has come.
    """

    kind: str
    task: str
    stream: str
    first_ms: int
    last_ms: int
    times: int = 1
    detail: str = ""


class ActivityLog:
    """Every task told, by (kind, id), what moved last first. `version` moves with every change."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._rows: dict[tuple[str, str], Activity] = {}  # what moved last stands last
        self.version = 0
        #: What the list may claim.
        self.freshness: Freshness = OFF

    def put(self, kind: str, task: str, *, stream: str, now_ms: int, detail: str = "") -> bool:
        """A notice came. False for a task that is known: its row moves to the front."""
        known = self._rows.pop((kind, task), None)
        if known is None:
            row = Activity(kind, task, stream, now_ms, now_ms, detail=detail)
        else:
            row = replace(known, last_ms=now_ms, times=known.times + 1, detail=detail or known.detail)
        self._rows[kind, task] = row
        while len(self._rows) > self._most:
            del self._rows[next(iter(self._rows))]
        self.version += 1
        return known is None

    def newest(self, limit: int, skip: int = 0) -> Sequence[Activity]:
        """Up to `limit` rows, what moved last first, after the first `skip`."""
        rows = [*reversed(self._rows.values())]
        return rows[skip : skip + limit]

    def __len__(self) -> int:
        return len(self._rows)
