"""What subscribing meets: lowered caps, and a backlog of what happened before."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import ClassVar

from psdash.simulator.chaos.fault import Caps, Fault, Kit, Push, Router, Subscription, Wire


class LoweredCap(Fault):
    """A cap is lowered from the first strike on; what a connection has already is kept."""

    strikes = True

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self.lowered = False

    def strike(self, gateways: frozenset[str]) -> None:
        if not self.lowered:
            self.lowered = True
            self.note(f"{self.level:g}")

    def relent(self) -> None:
        self.lowered = False


class CapIds(LoweredCap):
    """A subscription takes fewer ids than before: subscription_too_many_ids."""

    unit = "ids"
    default: ClassVar[float] = 10.0

    def caps(self, caps: Caps) -> Caps:
        return Caps(caps.subscriptions, min(caps.ids, int(self.level))) if self.lowered else caps


class CapSids(LoweredCap):
    """A connection takes fewer subscriptions than before: subscription_cap_exceeded."""

    unit = "subscriptions"
    default: ClassVar[float] = 4.0

    def caps(self, caps: Caps) -> Caps:
        return Caps(min(caps.subscriptions, int(self.level)), caps.ids) if self.lowered else caps


class Backlog(Fault):
    """After a reconnect the gateway first repeats what it sent in the last 50 s, old seqs and old trades included."""

    unit = "seconds of backlog"
    default: ClassVar[float] = 50.0

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._tapes: dict[tuple[str, str], _Tape] = {}

    def router(self, router: Router, wire: Wire) -> Router:
        return _Repeater(self, router, wire)

    def attached(self, router: Router, wire: Wire, subscription: Subscription, topics: Sequence[str]) -> None:
        """Keep what these topics say from now on, and repeat what they said."""
        now_s = self.kit.timers.now_s()
        repeated: list[Push] = []
        for topic in topics:
            key = (subscription.channel.name, topic)
            if key not in self._tapes:
                tape = self._tapes[key] = _Tape(self)
                shadow = Subscription(0, subscription.channel, tape, [topic], subscription.wallet)
                router.attach(shadow, [topic])
            elif wire.number > 1 and self.active:
                repeated += self._tapes[key].since(now_s - self.level)
        if repeated:
            self.note(f"{subscription.channel.name} {len(repeated)} frames")
            # After the acknowledgement, which is written when the subscription has been made.
            self.kit.timers.later(0.0, lambda: _repeat(subscription, repeated))


def _repeat(subscription: Subscription, pushes: list[Push]) -> None:
    for push in pushes:
        subscription.outlet.push(push, subscription.sid)


class _Tape:
    """The last pushes of one topic."""

    def __init__(self, fault: Backlog) -> None:
        self._fault = fault
        self._kept: deque[tuple[float, Push]] = deque()

    def push(self, push: Push, sid: int) -> None:
        now_s = self._fault.kit.timers.now_s()
        self._kept.append((now_s, push))
        while self._kept[0][0] < now_s - self._fault.level:
            self._kept.popleft()

    def reply(self, frame: bytes) -> None:
        """No session speaks here."""

    def since(self, from_s: float) -> list[Push]:
        return [push for at_s, push in self._kept if at_s >= from_s]


class _Repeater:
    def __init__(self, fault: Backlog, router: Router, wire: Wire) -> None:
        self._fault, self._router, self._wire = fault, router, wire

    def attach(self, subscription: Subscription, topics: Sequence[str]) -> None:
        self._router.attach(subscription, topics)
        self._fault.attached(self._router, self._wire, subscription, topics)

    def detach(self, subscription: Subscription, topics: Sequence[str]) -> None:
        self._router.detach(subscription, topics)

    def snapshot(self, token_id: str, depth: int | None) -> Push | None:
        return self._router.snapshot(token_id, depth)
