"""The other readings of what the venue's documents leave open: the same truth, spelt otherwise (protocol §5)."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar

from websockets.asyncio.server import ServerConnection

from psdash.simulator.chaos.fault import Fault, Kit, Push, Reply, Stage, Venue, Wire
from psdash.simulator.chaos.rewriting import body_of, with_body, with_tail
from psdash.simulator.protocol import frames

_PREV = re.compile(rb'"prevSeq":(\d+),')
_SEQ = re.compile(rb'"seq":(\d+)')
_EMPTY = re.compile(rb'(?<!\\)":\[\]')  # not inside a text, whose quotes are escaped
_TRADE_ID = re.compile(rb'"tradeId":"[^"]*",')
_SERVER_TS = re.compile(rb',"serverTs":\d+')


class Rewrite(Fault):
    """Always on: rewrites the pushes of the market gateway."""

    def stage(self, wire: Wire) -> Stage | None:
        return Rewriter(self, self.rewritten) if wire.gateway == "market" else None

    def rewritten(self, push: Push) -> Push:
        """The push as it goes out."""
        raise NotImplementedError


class Rewriter(Stage):
    """Passes pushes and replies through functions while its fault is active."""

    def __init__(
        self, fault: Fault, push: Callable[[Push], Push], reply: Callable[[bytes], bytes] | None = None
    ) -> None:
        super().__init__()
        self._fault, self._push, self._reply = fault, push, reply

    def push(self, push: Push, sid: int) -> None:
        if self._fault.active:
            changed = self._push(push)
            if changed is not push:
                self._fault.note()
            push = changed
        self.next.push(push, sid)

    def reply(self, frame: bytes) -> None:
        self.next.reply(self._reply(frame) if self._reply is not None and self._fault.active else frame)


class PrevSeqInData(Rewrite):
    """prevSeq stands in data, not beside seq."""

    def rewritten(self, push: Push) -> Push:
        found = _PREV.search(push.tail)
        if push.type != "book_delta" or found is None:
            return push
        tail = _PREV.sub(b"", push.tail, count=1).replace(b'"data":{', b'"data":{' + found[0], 1)
        return with_tail(push, tail)


class PrevSeqAbsent(Rewrite):
    """Deltas have no prevSeq at all: only seq itself shows a gap."""

    def rewritten(self, push: Push) -> Push:
        return with_tail(push, _PREV.sub(b"", push.tail, count=1)) if push.type == "book_delta" else push


class UpdateAsState(Fault):
    """Deltas come as book_update, the whole book each time."""

    unit = "share of deltas"

    def stage(self, wire: Wire) -> Stage | None:
        return _StateStage(self, wire) if wire.gateway == "market" else None


class _StateStage(Stage):
    def __init__(self, fault: UpdateAsState, wire: Wire) -> None:
        super().__init__()
        self._fault = fault
        self._rng = fault.wire_rng(wire)
        self._sent: dict[tuple[int, str | None], int] = {}

    def push(self, push: Push, sid: int) -> None:
        key = (sid, push.id)
        venue = self._fault.kit.venue
        if push.type == "book_delta" and push.id and push.seq is not None and venue is not None:
            if push.seq <= self._sent.get(key, 0):
                return  # the book had moved on when its state was sent: this change is in it
            if self._fault.active and self._rng.random() < self._fault.level:
                state = venue.hub.snapshot(push.id, None)
                if state is not None:
                    self._sent[key] = state.seq or 0
                    self._fault.note()
                    push = with_body(state, body_of(state), kind="book_update")
        self.next.push(push, sid)


class UpdateAsChange(Fault):
    """Deltas come as book_update, the changed levels alone, with the hash of the book that results."""

    unit = "share of deltas"

    def opened(self, venue: Venue) -> None:
        venue.hub.state_every = None  # a venue of this dialect has no state frames between snapshots

    def stage(self, wire: Wire) -> Stage | None:
        return _ChangeStage(self, wire) if wire.gateway == "market" else None


class _ChangeStage(Stage):
    def __init__(self, fault: UpdateAsChange, wire: Wire) -> None:
        super().__init__()
        self._fault = fault
        self._rng = fault.wire_rng(wire)

    def push(self, push: Push, sid: int) -> None:
        fault = self._fault
        if push.type == "book_delta" and fault.active and self._rng.random() < fault.level:
            push = self._as_change(push)
        self.next.push(push, sid)

    def _as_change(self, push: Push) -> Push:
        venue = self._fault.kit.venue
        book = venue.exchange.token_book(push.id) if venue is not None and push.id else None
        if book is None or book.seq != push.seq:
            return push  # the book has moved on: what this change made of it cannot be hashed any more
        body = body_of(push)
        body.pop("prevSeq", None)
        self._fault.note()
        return with_body(push, {**body, "hash": book.hash()}, kind="book_update")


class ChangesList(Rewrite):
    """Deltas have one list, data.changes of side, price and quantity, in place of bids and asks."""

    def rewritten(self, push: Push) -> Push:
        if push.type != "book_delta":
            return push
        body = body_of(push)
        data = body["data"]
        data["changes"] = [{"side": side[:-1], **level} for side in ("bids", "asks") for level in data.pop(side)]
        return with_body(push, body)


class NullLists(Fault):
    """An empty list is null, in every frame and every answer of REST."""

    def stage(self, wire: Wire) -> Stage | None:
        return Rewriter(self, _nulled, lambda frame: _EMPTY.sub(b'":null', frame))

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        body = _EMPTY.sub(b'":null', reply.body) if self.active else reply.body
        if body == reply.body:
            return reply
        self.note(target)
        return Reply(reply.status, body, reply.headers)


def _nulled(push: Push) -> Push:
    tail = _EMPTY.sub(b'":null', push.tail)
    return push if tail == push.tail else with_tail(push, tail)


class TradesWithoutId(Rewrite):
    """Prints and settlements do not name their trade: nothing joins them to each other or to REST."""

    def rewritten(self, push: Push) -> Push:
        if push.type not in ("trade_matched", "trade_settled"):
            return push
        return with_tail(push, _TRADE_ID.sub(b"", push.tail, count=1))


class PlacedFilled(Fault):
    """order_placed tells what was filled when it is sent; the fills that made it so come after it all the same."""

    def stage(self, wire: Wire) -> Stage | None:
        return Rewriter(self, self._told) if wire.gateway == "user" else None

    def _told(self, push: Push) -> Push:
        if push.type != "order_placed" or self.kit.venue is None:
            return push
        body = body_of(push)
        try:
            order = self.kit.venue.exchange.order(body["data"]["orderId"])
        except KeyError:
            return push  # long over
        if not order.filled:
            return push
        filled = {
            "filledQty": frames.number(order.filled),
            "remainingQty": frames.number(order.remaining),
            "status": str(order.status),
        }
        return with_body(push, {**body, "data": body["data"] | filled})


class ReversedLevels(Rewrite):
    """Levels come worst first, on the wire and from REST."""

    def rewritten(self, push: Push) -> Push:
        if push.channel != "token_book" or push.type == "book_snapshot_failed":
            return push
        body = body_of(push)
        _turn(body["data"])
        return with_body(push, body)

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        if not self.active or not is_orderbook(target, reply):
            return reply
        body = json.loads(reply.body)
        _turn(body)
        self.note()
        return Reply(reply.status, frames.encode(body), reply.headers)


def _turn(book: dict[str, Any]) -> None:
    for side in ("bids", "asks", "changes"):
        if side in book:
            book[side].reverse()


def is_orderbook(target: str, reply: Reply) -> bool:
    """Whether this is a good answer of protocol §7.6."""
    return target.partition("?")[0].endswith("/orderbook") and reply.status == HTTPStatus.OK


class NoServerTs(Fault):
    """No frame has serverTs, as in the older documents."""

    def stage(self, wire: Wire) -> Stage | None:
        return Rewriter(self, _untimed, lambda frame: _SERVER_TS.sub(b"", frame))


def _untimed(push: Push) -> Push:
    return with_tail(push, _SERVER_TS.sub(b"", push.tail, count=1))


class CountersRestart(Fault):
    """The seq of every book starts again at 1, in the middle of a connection."""

    strikes = True
    default: ClassVar[float] = 1.0

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        #: By token: the ledger's seqs at which the counter started again, ascending.
        self._origins: dict[str, list[int]] = {}

    def strike(self, gateways: frozenset[str]) -> None:
        venue = self.kit.venue
        if venue is None or "market" not in gateways:
            return
        for row in venue.exchange.catalogue.markets:
            for token_id in (row.yes_token_id, row.no_token_id):
                self._origins.setdefault(token_id, [0]).append(venue.exchange.token_book(token_id).seq)
        self.note("every book")

    def relent(self) -> None:
        self._origins.clear()

    def ledger_seq(self, token_id: str, seq: int) -> int:
        """The ledger's number for a seq that the wire has now."""
        return seq + self._origins.get(token_id, [0])[-1]

    def wire_seq(self, token_id: str, ledger_seq: int) -> int:
        """The wire's number for one of the ledger's; a state sent just after a restart may be at 0."""
        origins = self._origins.get(token_id, [0])
        return ledger_seq - origins[bisect_right(origins, ledger_seq) - 1]

    def stage(self, wire: Wire) -> Stage | None:
        return Rewriter(self, self._renumbered) if wire.gateway == "market" else None

    def _renumbered(self, push: Push) -> Push:
        if push.seq is None or push.id not in self._origins:
            return push
        # A delta belongs to the count that it ends in: the first one after a restart is 1, after 0.
        before = self.wire_seq(push.id, push.seq - 1) if push.type == "book_delta" else 0
        seq = before + 1 if push.type == "book_delta" else self.wire_seq(push.id, push.seq)
        tail = _SEQ.sub(b'"seq":%d' % seq, push.tail, count=1)
        return with_tail(push, _PREV.sub(b'"prevSeq":%d,' % before, tail, count=1), seq)

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        if not self._origins or self.kit.venue is None or not is_orderbook(target, reply):
            return reply
        body = json.loads(reply.body)
        token_id = self.kit.venue.exchange.catalogue.market(body["marketId"]).token_id(int(body["outcome"]))
        body["seq"] = self.wire_seq(token_id, body["seq"])
        return Reply(reply.status, frames.encode(body), reply.headers)
