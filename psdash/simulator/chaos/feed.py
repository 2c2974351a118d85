"""What a gateway can do to the deltas of a book, each an application fault: TCP does none of these.

All but `ghost` leave a trace in the sequence, or a silence. A delta is `book_delta`; state frames are let through.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from psdash.simulator.chaos.fault import Fault, Push, Stage, Timer, Wire
from psdash.simulator.chaos.rewriting import body_of, with_body

#: A reordered delta comes this many deltas of its token too late at most, or after this long when nothing follows.
WINDOW = 8
WINDOW_S = 0.5
#: How long a stall of one book lasts.
STALL_S = (0.2, 2.0)
#: How late a late row is (the recorded feeds have up to three seconds).
LATE_S = (0.05, 3.0)
#: A repeated frame comes at once or within this long.
REPEAT_S = 1.0
#: So long without a delta is a quiet time.
QUIET_S = 1.5

DELTA = "book_delta"
TRADES = frozenset({"trade_matched", "user_fill", "trade"})  # the last one is the older protocol's
REPEATED = TRADES | {"trade_settled", "trade_fill", "trade_failed"}


class Feed(Fault):
    """A standing fault of the frames that the market gateway pushes; the level is the chance of each."""

    unit = "share of deltas"
    default: ClassVar[float] = 0.05

    def stage(self, wire: Wire) -> Stage | None:
        return self.link(self.wire_rng(wire)) if wire.gateway == "market" else None

    def link(self, rng: random.Random) -> Stage:
        """The link of one connection."""
        raise NotImplementedError

    def hits(self, rng: random.Random) -> bool:
        """Whether this frame is struck."""
        return self.active and rng.random() < self.level


class Drop(Feed):
    """Deltas are lost."""

    def link(self, rng: random.Random) -> Stage:
        return _Drop(self, rng)


class _FeedStage(Stage):
    def __init__(self, fault: Feed, rng: random.Random) -> None:
        super().__init__()
        self._fault, self._rng = fault, rng

    def _struck(self, push: Push) -> bool:
        if self._fault.hits(self._rng):
            self._fault.note(f"{push.type} {push.id} {push.seq}")
            return True
        return False

    def _later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        return self._fault.kit.timers.later(delay_s, action)


class _Drop(_FeedStage):
    def push(self, push: Push, sid: int) -> None:
        if push.type != DELTA or not self._struck(push):
            self.next.push(push, sid)


class Duplicate(Feed):
    """Deltas come twice: at once, or again up to a second later."""

    def link(self, rng: random.Random) -> Stage:
        return _Duplicate(self, rng, frozenset({DELTA}))


class DuplicateTrades(Feed):
    """Prints, settlements and fills come twice: at once, or again up to a second later."""

    unit = "share of trades"
    default: ClassVar[float] = 0.3

    def stage(self, wire: Wire) -> Stage | None:
        return self.link(self.wire_rng(wire))

    def link(self, rng: random.Random) -> Stage:
        return _Duplicate(self, rng, REPEATED)


class _Duplicate(_FeedStage):
    def __init__(self, fault: Feed, rng: random.Random, kinds: frozenset[str]) -> None:
        super().__init__(fault, rng)
        self._kinds = kinds

    def push(self, push: Push, sid: int) -> None:
        self.next.push(push, sid)
        if push.type in self._kinds and self._struck(push):
            if self._rng.random() < 0.5:
                self.next.push(push, sid)
            else:
                self._later(self._rng.uniform(0, REPEAT_S), lambda: self.next.push(push, sid))


@dataclass(eq=False, slots=True)
class _Held:
    push: Push
    sid: int
    passes: int
    timer: Timer | None = None


class Reorder(Feed):
    """Deltas are overtaken by up to 8 later ones of their book."""

    def link(self, rng: random.Random) -> Stage:
        return _Reorder(self, rng)


class _Reorder(_FeedStage):
    def __init__(self, fault: Feed, rng: random.Random) -> None:
        super().__init__(fault, rng)
        self._held: dict[tuple[int, str | None], list[_Held]] = {}

    def push(self, push: Push, sid: int) -> None:
        if push.type != DELTA:
            self.next.push(push, sid)
            return
        key = (sid, push.id)
        overtaken = [*self._held.get(key, ())]
        if self._struck(push):
            fresh = _Held(push, sid, self._rng.randint(1, WINDOW))
            fresh.timer = self._later(WINDOW_S, lambda: self._release(key, fresh))
            self._held.setdefault(key, []).append(fresh)
        else:
            self.next.push(push, sid)
        for held in overtaken:
            held.passes -= 1
            if not held.passes:
                self._release(key, held)

    def _release(self, key: tuple[int, str | None], held: _Held) -> None:
        assert held.timer is not None
        held.timer.cancel()
        self._held[key].remove(held)
        self.next.push(held.push, held.sid)


class Late(Feed):
    """Deltas and prints come up to 3 s late, overtaken by whatever follows them."""

    unit = "share of deltas and prints"
    default: ClassVar[float] = 0.02

    def link(self, rng: random.Random) -> Stage:
        return _Late(self, rng, frozenset({DELTA, "trade_matched"}), LATE_S)


class LateTrades(Feed):
    """Prints and fills come 1 to 20 s after they happened."""

    unit = "share of trades"
    default: ClassVar[float] = 0.2

    def stage(self, wire: Wire) -> Stage | None:
        return self.link(self.wire_rng(wire))

    def link(self, rng: random.Random) -> Stage:
        return _Late(self, rng, TRADES, (1.0, 20.0))


class _Late(_FeedStage):
    def __init__(self, fault: Feed, rng: random.Random, kinds: frozenset[str], late_s: tuple[float, float]) -> None:
        super().__init__(fault, rng)
        self._kinds, self._late_s = kinds, late_s

    def push(self, push: Push, sid: int) -> None:
        if push.type in self._kinds and self._struck(push):
            self._later(self._rng.uniform(*self._late_s), lambda: self.next.push(push, sid))
        else:
            self.next.push(push, sid)


class Delay(Feed):
    """A book stalls for 0.2 to 2 s, then everything held comes at once, in order."""

    unit = "share of deltas that begin a stall"
    default: ClassVar[float] = 0.01

    def link(self, rng: random.Random) -> Stage:
        return _Delay(self, rng)


class _Delay(_FeedStage):
    def __init__(self, fault: Feed, rng: random.Random) -> None:
        super().__init__(fault, rng)
        self._stalled: dict[tuple[int, str | None], list[Push]] = {}

    def push(self, push: Push, sid: int) -> None:
        key = (sid, push.id)
        if key in self._stalled and push.channel == "token_book":
            self._stalled[key].append(push)
        elif push.type == DELTA and self._struck(push):
            self._stalled[key] = [push]
            self._later(self._rng.uniform(*STALL_S), lambda: self._flush(key))
        else:
            self.next.push(push, sid)

    def _flush(self, key: tuple[int, str | None]) -> None:
        for push in self._stalled.pop(key):
            self.next.push(push, key[0])


class LoseLast(Feed):
    """The last delta before a quiet time (1.5 s without another) is lost, so that no later one shows the gap."""

    unit = "share of quiet times"
    default: ClassVar[float] = 0.5

    def link(self, rng: random.Random) -> Stage:
        return _LoseLast(self, rng)


class _LoseLast(_FeedStage):
    """Holds a delta until its successor shows that it was not the last."""

    def __init__(self, fault: Feed, rng: random.Random) -> None:
        super().__init__(fault, rng)
        self._held: dict[tuple[int, str | None], _Held] = {}

    def push(self, push: Push, sid: int) -> None:
        key = (sid, push.id)
        if push.channel == "token_book":
            held = self._held.pop(key, None)
            if held is not None:
                assert held.timer is not None
                held.timer.cancel()
                self.next.push(held.push, sid)
            if push.type == DELTA and self._fault.hits(self._rng):
                fresh = self._held[key] = _Held(push, sid, 0)
                fresh.timer = self._later(QUIET_S, lambda: self._lose(key))
                return
        self.next.push(push, sid)

    def _lose(self, key: tuple[int, str | None]) -> None:
        held = self._held.pop(key)
        self._fault.note(f"{held.push.type} {held.push.id} {held.push.seq}")


class Ghost(Feed):
    """A best level is removed and its delta comes without the removal, seq in order: a ghost inside the spread."""

    unit = "share of removals of a best level"
    default: ClassVar[float] = 0.02

    def link(self, rng: random.Random) -> Stage:
        return _Ghost(self, rng)


class _Ghost(_FeedStage):
    def push(self, push: Push, sid: int) -> None:
        if push.type == DELTA and b'"quantity":"0"' in push.tail:
            push = self._haunted(push)
        self.next.push(push, sid)

    def _haunted(self, push: Push) -> Push:
        venue = self._fault.kit.venue
        if venue is None or push.id is None:
            return push
        book = venue.exchange.token_book(push.id)
        bid, ask = book.best_bid, book.best_ask
        body = body_of(push)
        data = body["data"]
        for side in ("bids", "asks"):
            for level in data[side]:
                inside = level["quantity"] == "0" and (
                    (bid is None or Decimal(level["price"]) > bid) and (ask is None or Decimal(level["price"]) < ask)
                )
                if inside and self._struck(push):
                    kept = [other for other in data[side] if other is not level]
                    return with_body(push, {**body, "data": {**data, side: kept}})
        return push
