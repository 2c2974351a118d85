"""The conservation law: every frame that came in is accounted for (DESIGN §3)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class FrameCounts:
    """`frames_in = applied + duplicate + stale + buffered + ignored + rejected`, at every moment.

    `buffered` is what waits right now (it moves on to another count when it is replayed or thrown away); `ignored`
    are frames of no known kind or for nobody, counted by kind in `ignored_kinds`; `rejected` could not be decoded.
    Frames that are about the connection itself (greeting, acks, pongs, errors) count as applied.

    `incidents` counts beside the law what a person should be able to look up: resyncs, differences, gaps.
    """

    frames_in: int = 0
    applied: int = 0
    duplicate: int = 0
    stale: int = 0
    buffered: int = 0
    ignored: int = 0
    rejected: int = 0
    ignored_kinds: dict[str, int] = field(default_factory=dict)
    incidents: dict[str, int] = field(default_factory=dict)

    @property
    def is_conserved(self) -> bool:
        """True while the law holds."""
        return self.frames_in == (
            self.applied + self.duplicate + self.stale + self.buffered + self.ignored + self.rejected
        )

    def ignore(self, kind: str) -> bool:
        """Count a frame of an unknown or unwanted kind; True the first time that kind is met."""
        self.ignored += 1
        first = kind not in self.ignored_kinds
        if first and len(self.ignored_kinds) >= 100:
            kind = "(other kinds)"
            first = kind not in self.ignored_kinds
        self.ignored_kinds[kind] = self.ignored_kinds.get(kind, 0) + 1
        return first

    def happened(self, what: str, times: int = 1) -> None:
        """Count something that is no frame. `what` is one of a few fixed words."""
        if times:
            self.incidents[what] = self.incidents.get(what, 0) + times
