"""What stops while the connection looks well: subscriptions gone silent, pongs that do not come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from weakref import WeakKeyDictionary

from psdash.simulator.chaos.fault import Fault, Kit, Lasting, Push, Router, Stage, Subscription, Wire


class Silent(Fault):
    """The gateway forgets the subscriptions it has: acks and pongs go on, their data stops. Fresh ones work."""

    strikes = True

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        #: By wire: the newest sid there is, and the newest that is mute.
        self._newest: WeakKeyDictionary[Wire, int] = WeakKeyDictionary()
        self._muted: WeakKeyDictionary[Wire, int] = WeakKeyDictionary()

    def strike(self, gateways: frozenset[str]) -> None:
        for wire in self.wires(gateways):
            self._muted[wire] = self._newest.get(wire, 0)
            self.note(f"{wire.gateway} {wire.number} up to sid {self._muted[wire]}")

    def relent(self) -> None:
        self._muted.clear()

    def stage(self, wire: Wire) -> Stage | None:
        return _Mute(self, wire)

    def router(self, router: Router, wire: Wire) -> Router:
        return _Ear(self, router, wire)

    def heard(self, wire: Wire, sid: int) -> None:
        """A subscription was opened."""
        self._newest[wire] = max(sid, self._newest.get(wire, 0))

    def is_mute(self, wire: Wire, sid: int) -> bool:
        """Whether this subscription has been forgotten."""
        return sid <= self._muted.get(wire, 0)


class SilentLine(Silent):
    """A whole connection goes silent but for acks and pongs, whatever is subscribed on it later."""

    def is_mute(self, wire: Wire, sid: int) -> bool:
        return wire in self._muted


class _Mute(Stage):
    def __init__(self, fault: Silent, wire: Wire) -> None:
        super().__init__()
        self._fault, self._wire = fault, wire

    def push(self, push: Push, sid: int) -> None:
        if not self._fault.is_mute(self._wire, sid):
            self.next.push(push, sid)


class _Ear:
    """A router that tells a fault which sids there are."""

    def __init__(self, fault: Silent, router: Router, wire: Wire) -> None:
        self._fault, self._router, self._wire = fault, router, wire

    def attach(self, subscription: Subscription, topics: Sequence[str]) -> None:
        self._fault.heard(self._wire, subscription.sid)
        self._router.attach(subscription, topics)

    def detach(self, subscription: Subscription, topics: Sequence[str]) -> None:
        self._router.detach(subscription, topics)

    def snapshot(self, token_id: str, depth: int | None) -> Push | None:
        return self._router.snapshot(token_id, depth)


class NoPong(Lasting):
    """Application pings go unanswered while the data flows on."""

    default: ClassVar[float] = 40.0

    def stage(self, wire: Wire) -> Stage | None:
        return _Unanswered(self, wire)


class _Unanswered(Stage):
    def __init__(self, fault: NoPong, wire: Wire) -> None:
        super().__init__()
        self._fault, self._wire = fault, wire

    def reply(self, frame: bytes) -> None:
        if b'"type":"pong"' in frame and self._fault.raging(self._wire.gateway):
            self._fault.note("pong withheld")
            return
        self.next.reply(frame)
