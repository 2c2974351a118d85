"""What sources beside the exchange tell, as lines: signals, and tasks of the person's own that moved."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from psdash.account.activity import MOST, Activity, ActivityLog
from psdash.gateway.notices import SignalsMoved
from psdash.headless.numbers import number
from psdash.market.signals import Signal, SignalLeg, Signals

Fields = dict[str, Any]


def signal_lines(moved: SignalsMoved, signals: Signals) -> Iterator[Fields]:
    """Each signal that came or changed, then each that was taken back; without the keys that every line has."""
    for signal in moved.signals:
        yield _signal("signal", signal)
    for key in moved.expired:
        known = signals.get(key)
        yield {"event": "signal_expired", "key": key} if known is None else _signal("signal_expired", known)


class ActivityLines:
    """Compares the log with what was told."""

    def __init__(self, log: ActivityLog) -> None:
        self._log = log
        self._told: dict[tuple[str, str], Activity] = {}

    def since_told(self) -> Iterator[Fields]:
        """The tasks that moved since, oldest first."""
        rows = self._log.newest(MOST)
        moved = [row for row in reversed(rows) if self._told.get((row.kind, row.task)) != row]
        self._told = {(row.kind, row.task): row for row in rows}
        for row in moved:
            yield {
                "event": "activity",
                "kind": row.kind,
                "task": row.task,
                "stream": row.stream,
                "times": row.times,
                "first_ms": row.first_ms,
                "last_ms": row.last_ms,
                "detail": row.detail,
            }

    def forget(self) -> None:
        """Tell every task once more."""
        self._told.clear()


def _signal(event: str, signal: Signal) -> Fields:
    return {
        "event": event,
        "venue_ms": signal.at_ms,
        "key": signal.key,
        "kind": signal.kind,
        "source": signal.source,
        "title": signal.title,
        "roi_percent": _number(signal.roi_percent),
        "size": _number(signal.size),
        "legs": [_leg(leg) for leg in signal.legs],
        "detail": signal.detail,
        "url": signal.url,
        "replay": signal.is_replay,
    }


def _leg(leg: SignalLeg) -> Fields:
    return {
        "venue": leg.venue,
        "market": leg.market,
        "side": leg.side,
        "price": _number(leg.price),
        "depth": _number(leg.depth),
        "fee": _number(leg.fee),
        "url": leg.url,
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else number(value)
