"""How a connection ends: close codes, no close code, RST, half a frame, and an end that never comes."""

from __future__ import annotations

from typing import ClassVar

from psdash.simulator.chaos.fault import Fault, Kit, Push, Stage, Wire
from psdash.simulator.protocol import frames, guesses
from psdash.simulator.protocol.line import frame_text

#: What a close frame with each code says. 1006 is not one: it stands for an end without a close frame.
REASONS = {
    1000: "", 1001: "going away", 1002: "protocol error", 1003: "unsupported data", 1007: "invalid payload",
    1008: "policy violation", 1009: "message too big", 1011: "internal error", 1012: "service restart",
    1013: "try again later", 4000: "session ended",
}  # fmt: skip
#: The reasons of protocol §2.2 that a 4401 may give.
REASONS_4401 = (
    "api_key_bad_format", "api_key_unknown_key", "api_key_bad_secret", "api_key_revoked", "api_key_expired",
    "api_key_suspended", "api_key_ip_denied", "api_key_no_associated_wallet", "api_key_auth_disabled",
    "api_key_auth_unconfigured",
)  # fmt: skip


class Close(Fault):
    """A close frame with one code and reason."""

    strikes = True

    def __init__(self, kit: Kit, level: float, code: int, reason: str) -> None:
        super().__init__(kit, level)
        self._code, self._reason = code, reason

    def strike(self, gateways: frozenset[str]) -> None:
        for wire in self.wires(gateways):
            wire.close(self._code, self._reason)
            self.note(f"{wire.gateway} {wire.number}")


class Abort(Fault):
    """The TCP connection ends in order, but no close frame came: the client reports 1006."""

    strikes = True

    def strike(self, gateways: frozenset[str]) -> None:
        for wire in self.wires(gateways):
            wire.abort()
            self.note(f"{wire.gateway} {wire.number}")


class Reset(Fault):
    """The connection is reset (RST): ECONNRESET at the client."""

    strikes = True

    def strike(self, gateways: frozenset[str]) -> None:
        for wire in self.wires(gateways):
            wire.reset()
            self.note(f"{wire.gateway} {wire.number}")


class Cut(Fault):
    """The connection ends in the middle of a frame."""

    strikes = True

    def strike(self, gateways: frozenset[str]) -> None:
        for wire in self.wires(gateways):
            cut(wire, frames.pong(None, 0) + b" " * 200)
            self.note(f"{wire.gateway} {wire.number}")


class CutAt(Fault):
    """The connection ends in the middle of its first frame of one kind; the level is the share of connections."""

    unit = "share of connections"
    default = 0.5

    def __init__(self, kit: Kit, level: float, kind: bytes) -> None:
        super().__init__(kit, level)
        self._mark = b'"type":"%b"' % kind

    def stage(self, wire: Wire) -> Stage | None:
        return _Scissors(self, wire, self._mark) if self.wire_rng(wire).random() < self.level else None


class _Scissors(Stage):
    def __init__(self, fault: CutAt, wire: Wire, mark: bytes) -> None:
        super().__init__()
        self._fault, self._wire, self._mark = fault, wire, mark
        self._done = False

    def push(self, push: Push, sid: int) -> None:
        if not self._snips(push.head):
            self.next.push(push, sid)
        elif not self._done:
            self._snip(push.frame(sid))

    def reply(self, frame: bytes) -> None:
        if not self._snips(frame[:60]):
            self.next.reply(frame)
        elif not self._done:
            self._snip(frame)

    def _snips(self, head: bytes) -> bool:
        return self._done or (self._fault.active and self._mark in head)

    def _snip(self, frame: bytes) -> None:
        self._done = True
        cut(self._wire, frame)
        self._fault.note(f"{self._wire.gateway} {self._wire.number}")


def cut(wire: Wire, frame: bytes) -> None:
    """Send half of a text frame and end the TCP connection."""
    whole = frame_text(frame)
    wire.break_off(whole[: max(3, len(whole) // 2)])


class Freeze(Fault):
    """Half-open: nothing is read or written any more, the socket stays open; after the level, it is reset."""

    unit = "seconds until the socket is reset"
    default: ClassVar[float] = 60.0
    strikes = True

    def strike(self, gateways: frozenset[str]) -> None:
        for wire in self.wires(gateways):
            if wire.line is not None and wire.connection is not None:
                wire.line.freeze()
                # The reset reaps what would otherwise be held for ever; a client has long given up by then.
                self.kit.timers.later(self.level, wire.reset)
                self.note(f"{wire.gateway} {wire.number}")


class Revoke(Fault):
    """The key is revoked: its sockets are closed with 4401 api_key_revoked, and all is refused from then on."""

    strikes = True

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._done = False

    def strike(self, gateways: frozenset[str]) -> None:
        venue = self.kit.venue
        if venue is not None and not self._done:
            self._done = True
            venue.revoke(venue.keyring.fresh.key_id)
            self.note(guesses.CLOSE_REVOKED[1])
