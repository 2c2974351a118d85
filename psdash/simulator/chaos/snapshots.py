"""Snapshots that are old, fail, or never come."""

from __future__ import annotations

from typing import ClassVar

from psdash.simulator.chaos.fault import Fault, Kit, Push, Stage, Wire
from psdash.simulator.protocol import frames

REASON = "matcher_unavailable"
#: A snapshot is served again when it is at least this old, and is forgotten when it is older than that.
OLD_S = (2.0, 60.0)


class SnapshotFault(Fault):
    """Something about `book_snapshot` frames; the level is the chance of each."""

    unit = "share of snapshots"
    default: ClassVar[float] = 0.3

    def stage(self, wire: Wire) -> Stage | None:
        return _SnapshotStage(self, wire) if wire.gateway == "market" else None

    def instead(self, push: Push) -> Push | None:
        """What goes out in place of a snapshot that is struck; None for nothing at all."""
        raise NotImplementedError

    def seen(self, push: Push) -> None:
        """A true snapshot passes."""


class _SnapshotStage(Stage):
    def __init__(self, fault: SnapshotFault, wire: Wire) -> None:
        super().__init__()
        self._fault = fault
        self._rng = fault.wire_rng(wire)

    def push(self, push: Push, sid: int) -> None:
        fault = self._fault
        if push.type == "book_snapshot":
            struck = fault.active and self._rng.random() < fault.level
            instead = fault.instead(push) if struck else push
            fault.seen(push)
            if instead is not push:
                fault.note(f"{push.id} {push.seq}")
            if instead is not None:
                self.next.push(instead, sid)
        else:
            self.next.push(push, sid)


class SnapshotFail(SnapshotFault):
    """Snapshots fail: book_snapshot_failed comes in their place."""

    def instead(self, push: Push) -> Push | None:
        venue = self.kit.venue
        at_ms = 0 if venue is None else venue.exchange.scheduler.now_ms
        return frames.book_snapshot_failed(push.id or "", REASON, at_ms)


class SnapshotLost(SnapshotFault):
    """Snapshots never come, and nothing says so."""

    def instead(self, push: Push) -> Push | None:
        return None


class SnapshotStale(SnapshotFault):
    """Snapshots are 2 to 60 s old: a true book, at the seq that it had then."""

    default: ClassVar[float] = 0.5

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._kept: dict[str | None, tuple[float, Push]] = {}

    def instead(self, push: Push) -> Push | None:
        at_s, kept = self._kept.get(push.id, (0.0, push))
        return kept if OLD_S[0] <= self.kit.timers.now_s() - at_s <= OLD_S[1] else push

    def seen(self, push: Push) -> None:
        now_s = self.kit.timers.now_s()
        kept = self._kept.get(push.id)
        if kept is None or now_s - kept[0] > OLD_S[1] / 2:
            self._kept[push.id] = (now_s, push)
