"""Venues that read the open parts of the protocol otherwise, or lag: what is shown is true, or says why not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from psdash.account.account import AccountPane
from psdash.account.orders import OrderStatus
from psdash.gateway.market_claims import UNREAD
from psdash.gateway.notices import MarketPaneMoved
from psdash.market.board import MarketPane
from psdash.market.freshness import PaneState
from psdash.simulator.chaos.rewriting import body_of, with_body
from psdash.simulator.exchange.catalogue import MAIN_SLUG as MAIN
from psdash.simulator.protocol.channels import RejectedError
from psdash.simulator.protocol.frames import Push
from psdash.simulator.protocol.line import Line
from psdash.simulator.protocol.rest import Query
from psdash.simulator.protocol.rest_private import PrivateReads
from psdash.simulator.protocol.server import ServerOptions
from psdash.simulator.protocol.session import Session
from psdash.wire.predictstreet import Feed
from tests.loopback.simulator.rig import MAKER, WALLET, SmallWorld
from tests.virtual.gateway.rig import run
from tests.virtual.gateway.trading_room import Room, room

Act = Callable[[Room, SmallWorld], Coroutine[Any, Any, None]]


def play(act: Act, rewrite: Callable[[Push], Push] | None = None) -> None:
    """Run one act, with every push rewritten on its way out."""

    class Rewriting(Line):
        def push(self, push: Push, sid: int) -> None:
            super().push(push if rewrite is None else rewrite(push), sid)

    async def main() -> None:
        world = SmallWorld()
        async with room(world, watch=[MAIN], options=ServerOptions(line_factory=Rewriting)) as made:
            await made.until(lambda: made.is_live(MAIN) and made.is_account_live())
            await act(made, world)

    run(main())


def renamed(kind: str, old: str, new: str) -> Callable[[Push], Push]:
    """One key of one event's data has another name."""

    def rewrite(push: Push) -> Push:
        if push.type != kind:
            return push
        body = body_of(push)
        body["data"][new] = body["data"].pop(old)
        return with_body(push, body)

    return rewrite


def valued(kind: str, key: str, value: object) -> Callable[[Push], Push]:
    """One key of one event's data has another value."""

    def rewrite(push: Push) -> Push:
        if push.type != kind:
            return push
        body = body_of(push)
        body["data"][key] = value
        return with_body(push, body)

    return rewrite


@pytest.mark.parametrize(
    "rewrite", [renamed("trade_matched", "tradeId", "matchId"), valued("trade_matched", "price", 0.48)]
)
def test_prints_that_cannot_be_read_come_by_rest_and_the_tape_says_so(rewrite: Callable[[Push], Push]) -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        for _ in range(3):
            world.place(WALLET, "sell", "0.48", "1")
            await asyncio.sleep(1)
        await made.until(lambda: len(made.state(MAIN).tape) == 3, limit_s=10.0)
        claim = made.state(MAIN).freshness[MarketPane.TAPE]
        assert (claim.state, claim.reason) == (PaneState.LIVE, UNREAD[Feed.MATCHES])
        assert made.venue.market.counts.incidents["unreadable matches"] == 3
        await asyncio.sleep(60)
        assert {p.trade_id for p in made.state(MAIN).tape.newest(9)} == await made.tape_ids(world.row.symbol)

    play(act, rewrite)


def test_a_change_of_a_book_that_cannot_be_read_is_asked_about() -> None:
    lost: list[Push] = []

    def rewrite(push: Push) -> Push:
        if push.type != "book_delta" or len(lost) == 2:
            return push
        lost.append(push)
        return valued("book_delta", "bids", "many")(push)

    async def act(made: Room, world: SmallWorld) -> None:
        world.place(MAKER, "buy", "0.49", "5")  # changes both books, and nothing comes after it
        await made.until(lambda: len(lost) == 2, limit_s=1.0)
        await asyncio.sleep(0.1)
        said = [n.freshness.reason for n in made.notices if isinstance(n, MarketPaneMoved)]
        assert said.count(UNREAD[Feed.BOOK]) == 2
        await made.until(lambda: made.is_live(MAIN) and made.matches(MAIN), limit_s=2.0)

    play(act, rewrite)


def test_fills_that_cannot_be_read_come_by_rest_with_their_outcome() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        world.place(WALLET, "sell", "0.48", "1", outcome=0)
        await made.until(lambda: len(made.account.fills) == 1, limit_s=10.0)
        (fill,) = made.account.fills.newest(5)
        assert fill.outcome_index == 0
        await made.until(lambda: made.account.freshness[AccountPane.FILLS].reason == UNREAD[Feed.FILLS])

    play(act, renamed("user_fill", "tradeId", "matchId"))


def test_a_transient_refusal_of_a_subscription_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = Session._subscribe, [0]

    def subscribe(self: Session, command_id: int, params: dict[str, object]) -> None:
        calls[0] += 1
        if calls[0] in (2, 3):
            raise RejectedError("rate_limited", "too fast")
        real(self, command_id, params)

    monkeypatch.setattr(Session, "_subscribe", subscribe)

    async def main() -> None:
        async with room(watch=[MAIN]) as made:
            await made.until(lambda: made.is_live(MAIN) and made.is_account_live(), limit_s=12.0)
            assert calls[0] > 3
            assert made.venue.market.connection.sessions == made.venue.user.connection.sessions == 1

    run(main())


def test_a_failed_snapshot_that_names_only_the_command_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Session, command_id: int, params: dict[str, object]) -> None:
        frame = {"id": command_id, "type": "book_snapshot_failed", "data": {"reason": None}}
        self._outlet.reply(json.dumps(frame).encode())

    monkeypatch.setattr(Session, "_get_book_snapshot", refuse)

    async def act(made: Room, world: SmallWorld) -> None:
        made.venue.market.resync(MAIN)
        entries = made.venue.market._books.entries.values()
        await made.until(lambda: all(entry.sync.asking.failed for entry in entries), limit_s=1.0)
        assert "book_snapshot_failed of an unknown sid" not in made.venue.market.counts.ignored_kinds

    play(act)


def test_one_list_that_lags_does_not_hide_an_open_order(monkeypatch: pytest.MonkeyPatch) -> None:
    real = PrivateReads.open_orders
    hidden: set[str] = set()
    lists = [0]

    def open_orders(self: PrivateReads, query: Query) -> Any:
        body: Any = real(self, query)
        lists[0] += 1
        body["orders"] = [row for row in body["orders"] if row["id"] not in hidden]
        return body

    monkeypatch.setattr(PrivateReads, "open_orders", open_orders)

    async def act(made: Room, world: SmallWorld) -> None:
        order_id = world.place(WALLET, "buy", "0.40", "100").order_id
        await made.until(lambda: made.account.orders.get(order_id) is not None, limit_s=1.0)
        world.advance(20_000)  # no list that lags by less than LAG_MS can lack it now
        hidden.add(order_id)
        before = lists[0]
        await made.until(lambda: lists[0] > before, limit_s=40.0)
        hidden.clear()
        await made.until(lambda: made.account.freshness[AccountPane.ORDERS].reason != "", limit_s=1.0)
        assert [order.order_id for order in made.account.orders.open] == [order_id]
        await made.until(lambda: made.account.freshness[AccountPane.ORDERS].reason == "", limit_s=5.0)
        assert [order.order_id for order in made.account.orders.open] == [order_id]
        # A replica that lags longer ends the order on the screen, until it has caught up.
        hidden.add(order_id)
        await made.until(lambda: not made.account.orders.open, limit_s=60.0)
        hidden.clear()
        world.advance(60_000)
        await made.until(lambda: bool(made.account.orders.open), limit_s=60.0)
        kept = made.account.orders.get(order_id)
        assert kept is not None
        assert kept.status is OrderStatus.OPEN

    play(act)


def test_one_host_whose_clock_is_ahead_spoils_no_figures() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        made.venue.user.connection.venue_time.saw(world.scheduler.now_ms + 3_600_000)
        order_id = world.place(WALLET, "buy", "0.50", "100").order_id
        await asyncio.sleep(35)
        world.advance(1_000)
        world.place(MAKER, "sell", "0.50", "30")
        await made.until(lambda: len(made.account.fills) == 1, limit_s=5.0)
        order = made.account.orders.get(order_id)
        assert order is not None
        assert order.filled == 30

    play(act)


def test_updates_that_are_changes_after_all_are_found_out_once() -> None:
    def rewrite(push: Push) -> Push:
        if push.type != "book_delta":
            return push
        body = body_of(push)
        del body["prevSeq"]
        return with_body(push, {**body, "hash": "0" * 16}, kind="book_update")

    async def act(made: Room, world: SmallWorld) -> None:
        for step in range(30):
            world.place(MAKER, "buy", f"0.{41 + step % 7}", "3")
            world.advance(100)
            await asyncio.sleep(0.5)
        incidents = made.venue.market.counts.incidents
        assert incidents["book_update read as a change"] == 1
        assert made.is_live(MAIN)
        assert made.matches(MAIN)
        version = made.state(MAIN).books[0].version
        world.place(MAKER, "buy", "0.41", "3")
        await made.until(lambda: made.matches(MAIN), limit_s=0.5)
        assert made.state(MAIN).books[0].version == version + 1  # applied, not replaced twice

    play(act, rewrite)


def test_a_state_frame_that_takes_levels_away_is_confirmed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psdash.simulator.protocol.guesses.BOOK_UPDATE_EVERY", 1)
    asked = [0]
    real = Session._get_book_snapshot

    def count(self: Session, command_id: int, params: dict[str, object]) -> None:
        asked[0] += 1
        real(self, command_id, params)

    monkeypatch.setattr(Session, "_get_book_snapshot", count)

    async def act(made: Room, world: SmallWorld) -> None:
        before = asked[0]
        for _ in range(20):
            order = world.place(MAKER, "buy", "0.49", "3")
            await asyncio.sleep(0.2)
            world.exchange.cancel(MAKER, order.order_id)
            await asyncio.sleep(0.2)
        assert 1 <= asked[0] - before <= 2
        assert "book_update read as a change" not in made.venue.market.counts.incidents
        assert made.matches(MAIN)

    play(act)
