"""Books that nothing proves by itself: questions refused, unanswered, answered before they are acknowledged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import pytest

from psdash.gateway.clock import LoopClock
from psdash.gateway.notices import MarketPaneMoved
from psdash.market.board import MarketPane
from psdash.market.freshness import PaneState
from psdash.simulator.exchange.catalogue import MAIN_SLUG as MAIN
from psdash.simulator.protocol.frames import Push
from psdash.simulator.protocol.line import Line
from psdash.simulator.protocol.server import ServerOptions
from psdash.simulator.protocol.session import Session
from tests.loopback.simulator.rig import MAKER, SmallWorld
from tests.virtual.gateway.rig import run
from tests.virtual.gateway.trading_room import Room, refused_commands, room

Act = Callable[[Room, SmallWorld], Coroutine[Any, Any, None]]
GUESSES = "psdash.simulator.protocol.guesses"


class TaillessLine(Line):
    """Loses changes of books while it is told to."""

    lose = False

    def push(self, push: Push, sid: int) -> None:
        if not (TaillessLine.lose and push.type == "book_delta"):
            super().push(push, sid)


def play(act: Act) -> None:
    """Run one act over a line that can lose tails."""

    async def main() -> None:
        TaillessLine.lose = False
        world = SmallWorld()
        async with room(world, watch=[MAIN], options=ServerOptions(line_factory=TaillessLine)) as made:
            await made.until(lambda: made.is_live(MAIN))
            await act(made, world)

    run(main())


async def lose_tail(made: Room, world: SmallWorld, slug: str) -> None:
    """One change of a market is lost, and nothing follows it."""
    TaillessLine.lose = True
    world.exchange.place(MAKER, made.state(slug).market.symbol, "buy", 0, Decimal("0.03"), Decimal(5))
    await asyncio.sleep(0.1)
    TaillessLine.lose = False
    assert not made.matches(slug)


def test_where_questions_are_refused_a_lost_tail_is_found_by_subscribing_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{GUESSES}.PARAMS_SNAPSHOT_ID", ("something_else",))
    refusals = refused_commands(monkeypatch)

    async def act(made: Room, world: SmallWorld) -> None:
        await asyncio.sleep(20)
        assert refusals
        assert made.is_live(MAIN)
        mark = len(made.notices)
        for _ in range(2):
            await lose_tail(made, world, MAIN)
            await made.until(lambda: made.matches(MAIN), limit_s=65.0)
            assert made.is_live(MAIN)
        await asyncio.sleep(600)
        turned = [n for n in made.notices[mark:] if isinstance(n, MarketPaneMoved) and n.pane is MarketPane.BOOK]
        assert turned == []  # and it costs no moment of the ladder
        assert made.venue.market.connection.sessions == 1

    play(act)


def test_a_silent_session_is_left_where_questions_are_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{GUESSES}.PARAMS_SNAPSHOT_ID", ("something_else",))

    async def act(made: Room, world: SmallWorld) -> None:
        await asyncio.sleep(90)  # renewed once, at least
        with monkeypatch.context() as silent:
            silent.setattr(Line, "push", lambda *_: None)
            world.place(MAKER, "buy", "0.49", "5")
            await made.until(lambda: not made.state(MAIN).book_freshness[0].is_live, limit_s=70.0)
            await made.until(lambda: made.venue.market.connection.sessions > 1, limit_s=20.0)
        await made.until(lambda: made.is_live(MAIN) and made.matches(MAIN), limit_s=15.0)

    play(act)


def test_a_book_that_nobody_confirms_is_live_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a question nor another subscription brings a second snapshot."""
    monkeypatch.setattr(f"{GUESSES}.PARAMS_SNAPSHOT_ID", ("something_else",))

    async def act(made: Room, world: SmallWorld) -> None:
        monkeypatch.setattr(Session, "_send_snapshots", lambda *_: None)
        await lose_tail(made, world, MAIN)
        await asyncio.sleep(80)
        assert not made.state(MAIN).book_freshness[0].is_live
        await asyncio.sleep(600)
        assert not made.state(MAIN).book_freshness[0].is_live
        assert made.venue.market.connection.sessions < 6

    play(act)


def test_a_warm_book_is_proved_before_the_focus_calls_it_live() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await made.venue.load_catalogue()
        other = next(m.slug for m in made.board.catalogue if m.tokens and m.slug != MAIN)
        made.watch(MAIN, other)
        await made.until(lambda: made.is_live(other))
        await asyncio.sleep(30)
        await lose_tail(made, world, other)
        assert made.is_live(other)  # nobody can know
        made.watch(other, MAIN)
        assert made.state(other).book_freshness[0].state is PaneState.SYNCING
        await made.until(lambda: made.is_live(other), limit_s=2.0)
        assert made.matches(other)

    play(act)


def test_a_book_whose_questions_are_answered_no_costs_itself_only(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Session._get_book_snapshot
    denied: list[str] = []

    def deny(self: Session, command_id: int, params: dict[str, Any]) -> None:
        if params["id"] not in denied:
            return real(self, command_id, params)
        data = {"tokenId": params["id"], "reason": "matcher_unavailable"}
        frame = {"id": command_id, "type": "book_snapshot_failed", "data": data, "serverTs": self._now_ms()}
        return self._outlet.reply(json.dumps(frame).encode())

    monkeypatch.setattr(Session, "_get_book_snapshot", deny)

    async def act(made: Room, world: SmallWorld) -> None:
        denied.append(made.state(MAIN).market.tokens[0])
        await asyncio.sleep(60)
        first, second = made.state(MAIN).book_freshness
        assert (first.state, second.state) == (PaneState.STALE, PaneState.LIVE)
        assert "read by REST" in first.reason
        assert PaneState.RESYNC in made.pane_states(MAIN, MarketPane.BOOK, 0)
        assert made.venue.market.connection.sessions == 1
        world.place(MAKER, "buy", "0.49", "5")
        await made.until(lambda: made.matches(MAIN), limit_s=12.0)
        denied.clear()
        await made.until(lambda: made.is_live(MAIN) and made.matches(MAIN), limit_s=20.0)

    play(act)


def test_a_snapshot_that_comes_before_its_acknowledgement_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{GUESSES}.SNAPSHOT_BEFORE_ACK", True)

    async def main() -> None:
        async with room(watch=[MAIN]) as made:
            await made.until(lambda: made.is_live(MAIN) and made.matches(MAIN), limit_s=1.5)
            counts = made.venue.market.counts
            assert (counts.ignored_kinds, counts.buffered) == ({}, 0)
            made.conserved()

    run(main())


def test_a_machine_that_slept_does_not_call_its_questions_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds pass at once while a subscription, then a question for a book, is on its way."""
    slept_s = [0.0]
    monotonic_s = LoopClock.monotonic_s
    monkeypatch.setattr(LoopClock, "monotonic_s", lambda self: monotonic_s(self) + slept_s[0])

    def late(name: str) -> None:
        real = getattr(Session, name)

        def answer(self: Session, *words: Any) -> None:
            asyncio.get_running_loop().call_later(1.2, real, self, *words)

        monkeypatch.setattr(Session, name, answer)

    late("_subscribe")
    late("_get_book_snapshot")

    async def main() -> None:
        async with room(watch=[MAIN]) as made:
            gateway = made.venue.market
            await made.until(lambda: gateway.subscriptions.is_asking)
            slept_s[0] += 10.0
            await made.until(lambda: made.is_live(MAIN), limit_s=5.0)
            syncs = [entry.sync for entry in gateway._books.entries.values()]
            for _ in range(4):
                await made.until(lambda: any(sync.asking.is_open for sync in syncs), limit_s=10.0)
                slept_s[0] += 10.0
                await made.until(lambda: not any(sync.asking.is_open for sync in syncs), limit_s=3.0)
            assert gateway.connection.sessions == 1
            assert not any(sync.audits_failed for sync in syncs)

    run(main())
