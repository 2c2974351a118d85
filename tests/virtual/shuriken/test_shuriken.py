"""What is shown of Shuriken is what it says, and what it said is shown."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine
from decimal import Decimal
from fnmatch import fnmatch
from functools import partial
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from psdash.gateway.lookup import UnknownMarketError, VenueUnreachableError
from psdash.gateway.notices import ActivityMoved, LinkState, MarketPaneMoved
from psdash.gateway.shuriken import reads, session, words
from psdash.gateway.shuriken.proof import AUDIT_S, BUDGET_S
from psdash.market.board import MarketPane
from psdash.market.freshness import PaneState
from psdash.market.signals import SignalKind
from psdash.market.token_facts import Fact
from psdash.simulator.shuriken.server import KEY
from tests.virtual.gateway.rig import run
from tests.virtual.shuriken.shuriken_room import BONK, BRETT, JUP, START_MS, WATCHED, WIF, Room, shuriken_room


def played(main: Coroutine[Any, Any, None]) -> None:
    run(main, limit_s=100_000.0)


async def live(room: Room, limit_s: float = 60.0) -> int:
    """Wait for every tape; the chain's time from which on all is told."""
    await room.until(room.all_live, "live", limit_s)
    return room.world.now_ms


async def at_rest(room: Room) -> int:
    """Let nothing more happen and everything arrive; until when the tape has all."""
    room.is_moving = False
    await asyncio.sleep(2.0)
    return room.world.now_ms


def test_tape_chart_status_and_facts() -> None:
    async def main() -> None:
        async with shuriken_room() as room:
            since_ms = await live(room)
            await asyncio.sleep(120)
            until_ms = await at_rest(room)
            for slug in WATCHED:
                told, hidden = room.check_tape(slug, since_ms, until_ms)
                assert told > 30
                assert hidden == 0
                state = room.state(slug)
                assert state.book_freshness[0].state is PaneState.OFF
                assert state.book_freshness[0].reason == words.NO_BOOK
                assert state.freshness[MarketPane.STATUS].is_live
                assert state.freshness[MarketPane.CHART].is_live
                pool = room.world.pools[slug.partition(":")[2]]
                newest = room.swaps(slug)[-1]
                assert state.candles[0].last is not None
                assert state.candles[0].last.close == Decimal(str(newest["priceUsd"]))
                _check_minutes(room, slug)
                assert len(state.candles[0]) > 300
                assert abs(room.board.catalogue.quotes.of(slug).price or Decimal(0)) > pool.price / 2
            facts = room.board.tokens.of(JUP)
            assert (facts.symbol, facts.decimals, facts.liquidity_usd) == ("JUP", 6, Decimal("1200000.5"))
            assert room.state(JUP).market.title == "Jupiter (JUP)"
            assert room.market.counts.frames_in == room.market.counts.applied
            assert room.server.sessions == 1

    played(main())


def _check_minutes(room: Room, slug: str) -> None:
    """The drawn minutes are the service's own bars, the newest ones as far as the trades that were told."""
    shown = {candle.start_ms: candle for candle in room.state(slug).candles[0].frame(60_000, 500)}
    bars = {bar.start_s * 1_000: bar for bar in room.world.pools[slug.partition(":")[2]].bars}
    assert set(shown) <= set(bars)
    assert max(shown) == max(bars)
    for start_ms, candle in shown.items():
        bar = bars[start_ms]
        for drawn, true in ((candle.high, bar.high), (candle.low, bar.low), (candle.close, bar.close)):
            assert abs(drawn - true) <= true * Decimal("1e-12")
        assert abs(candle.volume - bar.volume) < Decimal("0.01")


def test_wallets_hold_what_the_service_says_and_every_fact_is_live() -> None:
    async def main() -> None:
        async with shuriken_room() as room:
            await live(room)
            await asyncio.sleep(200)
            await at_rest(room)
            wallets, tokens = room.account.wallets, room.board.tokens
            assert [wallet.address for wallet in wallets.known] == [row["address"] for row in room.world.wallets]
            assert wallets.freshness.is_live
            told = {(each.wallet, each.token): int(each.units) for each in wallets.holdings}
            assert len(told) >= 4
            for key, units in told.items():
                assert units == room.world.holdings[key]
            assert {each.decimals for each in wallets.holdings if not each.token} <= {9, 18}
            for fact in Fact:
                assert tokens.claim_of(JUP, fact).is_live, fact
                if fact is not Fact.CURVES:
                    assert tokens.claim_of(JUP, fact).proved_s is not None, fact
            facts = tokens.of(JUP)
            assert facts.top10_balances is not None
            assert facts.top10_balances > 2**47
            assert facts.balances[0].after >= 0
            curves = tokens.curves
            assert any(curve.is_graduation for curve in curves)
            assert not all(curve.is_graduation for curve in curves)

    played(main())


def test_a_key_that_may_not_read_wallets_says_so() -> None:
    async def main() -> None:
        async with shuriken_room("rest-403-wallets") as room:
            await live(room)
            await room.until(lambda: room.account.wallets.freshness.state is PaneState.REFUSED, "refused", 60)
            assert "permission" in room.account.wallets.freshness.reason
            assert room.state(JUP).freshness[MarketPane.TAPE].is_live
            assert not room.account.wallets.known

    played(main())


def test_calls_and_notices_each_once() -> None:
    async def main() -> None:
        async with shuriken_room("duplicate=0.5", watch=[JUP]) as room:
            await room.until(lambda: room.market.client.is_settled, "settled", 60)
            seen_ms = room.world.now_ms
            calls, notices = len(room.world.calls), len(room.world.notices)
            await asyncio.sleep(300)
            await at_rest(room)
            expected = [call["latestSignal"] for call in list(room.world.calls)[calls:]]
            shown = {s.key for s in room.board.signals.newest() if s.received_ms > seen_ms and ":call:" in s.key}
            assert shown == {f"shuriken:call:{body['id']}" for body in expected if isinstance(body, dict)}
            assert all(times == 1 for times in room.signals.values())
            assert {signal.kind for signal in room.board.signals.newest()} == {SignalKind.ALPHA}
            rows = {(row.kind, row.task) for row in room.account.activity.newest(1_000)}
            for notice in list(room.world.notices)[notices:]:
                task = next(notice[key] for key in ("taskId", "rootTaskId", "claimId") if key in notice)
                assert (notice["type"], task) in rows
            assert len(rows) >= 10
            assert room.account.activity.freshness.is_live
            assert any(isinstance(notice, ActivityMoved) for notice in room.notices)
            assert room.market.counts.duplicate > 20
            assert room.board.tokens.curves

    played(main())


def test_only_these_routes_are_ever_asked_for() -> None:
    async def main() -> None:
        async with shuriken_room("cut=20") as room:
            await live(room)
            await room.venue.load_catalogue()
            assert await room.venue.search("wif")
            await room.venue.resolve(BRETT)
            asyncio.get_running_loop().call_later(40, room.venue.quotes.want, ())
            room.venue.quotes.want([WIF])
            await asyncio.sleep(120)
            routes = reads.ROUTES | session.ROUTES
            posts = {route for route in room.server.asked if not route.startswith("GET ")}
            assert posts == {"POST /api/v2/ws/session", "POST /api/v2/ws/auth"}
            for asked in room.server.asked:
                assert any(fnmatch(asked, route) for route in routes), asked
            for route in routes:
                assert any(fnmatch(asked, route) for asked in room.server.asked), route

    played(main())


@pytest.mark.parametrize(
    "chaos",
    [
        "wrapped,objects",
        "garbage=0.3,duplicate=0.3",
        "rest-429=0.3",
        "rest-500=0.3",
        "bad-auth,auth-error,quiet-refusal",
    ],
)
def test_what_goes_wrong_on_the_way_costs_nothing(chaos: str) -> None:
    async def main() -> None:
        async with shuriken_room(chaos, watch=[JUP, BRETT]) as room:
            await room.until(lambda: room.all_live([JUP, BRETT]), "live", 60)
            since_ms = room.world.now_ms
            await asyncio.sleep(120)
            await room.until(lambda: room.market.client.is_settled, "settled", 60)
            until_ms = await at_rest(room)
            for slug in (JUP, BRETT):
                told, _ = room.check_tape(slug, since_ms, until_ms)
                assert told > 25
            assert room.account.activity.freshness.is_live
            assert not any(room.market.client.refusal(line) for line in room.market.client.lines)
            assert room.server.sessions == 1

    played(main())


def test_200_disconnects() -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP], beat_ms=1_000) as room:
            await room.until(lambda: room.all_live([JUP]), "live", 60)
            since_ms = room.world.now_ms
            for number in range(200):
                await asyncio.sleep(10.5 if number % 3 == 0 else 0.2)  # some live long enough, some hardly begin
                for client in room.server._sockets._clients:
                    client.connection.transport.abort()
                await room.until(partial(_again, room, room.market.stream.sessions), "live again", 120)
            until_ms = await at_rest(room)
            told, hidden = room.check_tape(JUP, since_ms, until_ms)
            assert told > 100
            assert hidden > 20
            assert room.server.sessions >= 200
            assert all(times == 1 for times in room.signals.values())
            assert PaneState.STALE in room.tape_states(JUP)
            assert "The connection broke off" in {link.reason for link in room.links}
            assert room.account.activity.freshness.is_live

    played(main())


def _again(room: Room, before: int) -> bool:
    """Whether there is another session, and it is live."""
    return room.market.stream.sessions > before and room.all_live([JUP])


def test_20000_malformed_frames() -> None:
    async def main() -> None:
        async with shuriken_room("garbage=0", watch=[JUP, WIF]) as room:
            await room.until(lambda: room.all_live([JUP, WIF]), "live", 60)
            since_ms = room.world.now_ms
            before = room.market.counts.frames_in
            draw = room.faults.draw
            channels = [room.market.client.channel_of(line) for line in room.market.client.lines]
            for batch in range(100):
                for client in room.server._sockets._clients:
                    for number in range(200):
                        client.outbox.put_nowait(_malformed(draw.random(), channels[number % len(channels)], number))
                await asyncio.sleep(0.5 if batch % 10 else 5.0)
            until_ms = await at_rest(room)
            assert room.market.counts.frames_in - before >= 20_000
            assert room.market.counts.rejected > 10_000
            assert room.market.counts.is_conserved
            assert len(room.market.counts.ignored_kinds) <= 101
            for slug in (JUP, WIF):
                told, hidden = room.check_tape(slug, since_ms, until_ms)
                assert told > 10
                assert hidden == 0
                assert room.state(slug).tape.gaps  # a trade may have been in them
            assert room.all_live([JUP, WIF])
            assert room.server.sessions == 1

    played(main())


def _malformed(draw: float, channel: str, number: int) -> str:
    shapes = (
        "{",
        "null",
        "[]",
        '{"event":5}',
        '{"data":"x"}',
        '{"event":"pusher:subscription_error","data":{}}',
        '{"event":"pusher:error","data":{"code":"\\u0000","message":7}}',
        '{"event":"nobody:knows' + str(number) + '","data":"{}"}',
        '{"event":"update","channel":"' + channel + '","data":"{\\"type\\":"}',
        '{"event":"update","channel":"' + channel + '","data":{"blockTime":1e400}}',
        '{"event":"update","channel":"' + channel + '"',
        '{"event":"update","channel":"' + channel + '","data":"' + "[" * 2_000 + '"}',
        '{"event":"update","channel":"elsewhere","data":"{}"}',
        "\x00\x1b[2J" + "x" * 300,
    )
    return shapes[int(draw * len(shapes))]


def test_a_silent_channel_is_found_and_what_it_hid_is_a_gap() -> None:
    async def main() -> None:
        async with shuriken_room() as room:
            since_ms = await live(room)
            await asyncio.sleep(30)
            room.server._sockets.is_silent = True
            budget_s = BUDGET_S[True] + 3 * AUDIT_S[True]
            await room.until(lambda: PaneState.STALE in room.tape_states(JUP), "found", budget_s)
            assert room.market.counts.incidents["channels found silent"] >= 1
            await asyncio.sleep(240)
            assert room.server.sessions == 2  # one new session may mend it; a third will not
            assert room.link is LinkState.LIVE
            assert not any(claim.is_live for slug in WATCHED if (claim := room.tape(slug)) is not None)
            claim = room.tape(JUP)
            assert claim is not None
            assert claim.reason == "the price moved and no trade was told: the channel went silent"
            beside = [room.board.tokens.claim_of(JUP, fact) for fact in Fact]
            beside += [room.account.wallets.freshness, room.account.activity.freshness]
            assert {each.state for each in beside} == {PaneState.STALE}  # what tells nothing now proves nothing
            room.server._sockets.is_silent = False
            await room.until(room.all_live, "live again", 60)
            await room.until(lambda: room.account.wallets.freshness.is_live, "the wallets too", 60)
            assert room.board.tokens.claim_of(JUP, Fact.POOL).is_live
            await asyncio.sleep(10)
            until_ms = await at_rest(room)
            hidden = [room.check_tape(slug, since_ms, until_ms)[1] for slug in WATCHED]
            assert all(hidden)

    played(main())


def test_a_quiet_token_is_live_and_costs_one_session() -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP]) as room:
            await room.until(lambda: room.all_live([JUP]), "live", 60)
            room.is_moving = False
            for _ in range(90):
                await asyncio.sleep(10)
                assert room.all_live([JUP])
            assert room.server.sessions == 1
            assert room.state(JUP).freshness[MarketPane.CHART].is_live
            claim = room.tape(JUP)
            assert claim is not None
            assert claim.reason == "quiet; the price by lookup bears it out"

    played(main())


def test_a_quiet_token_that_no_lookup_proves_goes_stale() -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP]) as room:
            await room.until(lambda: room.all_live([JUP]), "live", 60)
            await asyncio.sleep(5)
            room.is_moving = False
            room.faults.levels["rest-500"] = 1.0
            await room.until(lambda: not room.all_live([JUP]), "stale", BUDGET_S[True] + AUDIT_S[True])
            claim = room.tape(JUP)
            assert claim is not None
            assert claim.state is PaneState.STALE
            assert claim.reason.startswith("nothing proves it: no trade came, and Shuriken is in trouble")
            await asyncio.sleep(100)
            assert room.state(JUP).freshness[MarketPane.STATUS].state is PaneState.STALE
            assert room.state(JUP).freshness[MarketPane.CHART].state is PaneState.STALE
            room.faults.levels.clear()
            await room.until(lambda: room.all_live([JUP]), "live again", 60)

    played(main())


def test_a_socket_that_answers_no_ping_is_left() -> None:
    async def main() -> None:
        async with shuriken_room("no-pong", watch=[JUP]) as room:
            await room.until(lambda: room.all_live([JUP]), "live", 60)
            room.is_moving = False
            await room.until(lambda: room.server.sessions == 2, "another session", 70)
            assert "Shuriken's socket did not answer a ping within 30 s" in {link.reason for link in room.links}

    played(main())


# closes -------------------------------------------------------------------------------------------------------------


def test_4001_ends_dialling_and_the_lookups_go_on() -> None:
    async def main() -> None:
        async with shuriken_room("close-4001", watch=[JUP]) as room:
            await room.until(lambda: room.link is LinkState.REFUSED, "refused", 30)
            claim = room.tape(JUP)
            assert claim is not None
            assert claim.state is PaneState.REFUSED
            assert "4001" in claim.reason
            await asyncio.sleep(200)
            assert room.server.sessions == 0
            assert [link.state for link in room.links].count(LinkState.DIALLING) == 1
            assert room.state(JUP).freshness[MarketPane.STATUS].is_live
            assert room.state(JUP).freshness[MarketPane.CHART].reason == "by lookup, once a minute"
            assert len(room.said()) == 1

    played(main())


def test_4100_is_waited_for_longer_each_time() -> None:
    async def main() -> None:
        async with shuriken_room("close-4100=4,close-4004=1", watch=[JUP]) as room:
            await room.until(lambda: room.all_live([JUP]), "live", 120)
            waits = [link.retry_in_s or 0.0 for link in room.links if link.state is LinkState.BACKOFF]
            assert len(waits) == 5
            assert all(wait_s >= floor_s for wait_s, floor_s in zip(waits, (1, 2, 4, 8, 16), strict=True))
            assert any("quota" in link.reason for link in room.links)
            assert room.market.counts.incidents["closed with 4100"] == 5

    played(main())


def test_4200_is_followed_at_once_and_then_by_the_ladder() -> None:
    async def main() -> None:
        async with shuriken_room("close-4200=8", watch=[JUP]) as room:
            await room.until(lambda: room.all_live([JUP]), "live", 180)
            waits = [link.retry_in_s or 0.0 for link in room.links if link.state is LinkState.BACKOFF]
            assert len(waits) == 8
            assert waits[0] <= 0.25
            assert all(wait_s >= floor_s for wait_s, floor_s in zip(waits[1:], (1, 2, 4, 4, 4, 4, 4), strict=True))

    played(main())


def test_4201_again_and_again() -> None:
    async def main() -> None:
        async with shuriken_room("close-4201=15", watch=[JUP]) as room:
            await room.until(lambda: room.server.sessions >= 6, "six sessions", 300)
            room.faults.levels.clear()
            await room.until(lambda: room.market.counts.incidents["closed with 4201"] >= 6, "six closes", 60)
            await room.until(lambda: room.all_live([JUP]), "live", 60)
            until_ms = await at_rest(room)
            assert sum(room.check_tape(JUP, START_MS + 5_000, until_ms)) > 15

    played(main())


async def _wait(ws: ServerConnection) -> None:
    await ws.wait_closed()


@pytest.mark.parametrize(("code", "ends"), [(4004, True), (4100, False), (4001, True)])
def test_an_error_instead_of_a_greeting_is_taken_for_the_close_that_does_not_come(code: int, ends: bool) -> None:
    async def forbid(ws: ServerConnection) -> None:
        data = json.dumps({"code": code, "message": "Over quota"})
        await ws.send(json.dumps({"event": "pusher:error", "data": data}))
        await ws.wait_closed()

    async def main() -> None:
        async with shuriken_room(watch=[JUP]) as room:
            room.server._sockets.port = 9_100
            async with serve(forbid, "127.0.0.1", 9_100, ping_interval=None, close_timeout=0.1):
                waited = LinkState.REFUSED if ends else LinkState.BACKOFF
                await room.until(lambda: room.link is waited and "Over quota" in room.market.link.reason, "said", 60)
                await asyncio.sleep(1)

    played(main())


def test_a_fault_of_our_own_costs_a_session_and_breaks_no_law(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP]) as room:
            await room.until(lambda: room.all_live([JUP]), "live", 60)
            room.has_fault = True

            def break_down(*_: object) -> None:
                raise RuntimeError("a mistake of ours")

            with monkeypatch.context() as patched:
                patched.setattr(room.market._feed, "event", break_down)
                await room.until(lambda: bool(room.said()), "said", 10)
            assert room.said() == ["The shuriken gateway met an internal error and begins again in 5 s."]
            assert not room.all_live([JUP])
            assert room.market.counts.is_conserved
            await room.until(lambda: room.all_live([JUP]), "live again", 30)

    played(main())


def test_a_socket_that_never_greets_is_left() -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP]) as room:
            room.server._sockets.port = 9_100
            async with serve(_wait, "127.0.0.1", 9_100, ping_interval=None, close_timeout=0.1):
                await room.until(lambda: "did not greet" in room.market.link.reason, "said", 60)
                await asyncio.sleep(1)

    played(main())


# the key ------------------------------------------------------------------------------------------------------------


def test_a_revoked_key_ends_everything() -> None:
    async def main() -> None:
        async with shuriken_room("revoke=20", watch=[JUP]) as room:
            since_ms = await live_only(room, JUP)
            await room.until(lambda: room.link is LinkState.REFUSED, "refused", 60)
            told, hidden = room.check_tape(JUP, since_ms, room.world.now_ms - 2_000)
            assert told > 0
            assert hidden == 0
            await asyncio.sleep(1)
            asked = len(room.server.asked)
            await asyncio.sleep(200)
            assert len(room.server.asked) == asked
            assert room.market.link.reason.startswith("The socket does not accept the key any more (4009).")
            freshness = room.state(JUP).freshness
            assert freshness[MarketPane.TAPE].state is PaneState.REFUSED
            assert not any(each.is_live for each in freshness.values())
            assert room.account.activity.freshness.state is PaneState.REFUSED

    played(main())


async def live_only(room: Room, slug: str) -> int:
    await room.until(lambda: room.all_live([slug]), "live", 60)
    return room.world.now_ms


def test_a_key_that_is_refused_while_the_socket_stays() -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP]) as room:
            await room.until(lambda: room.market.client.is_settled, "settled", 60)
            room.server._revoked = True
            await asyncio.sleep(100)
            assert room.all_live([JUP])  # what still comes is still true
            assert room.state(JUP).freshness[MarketPane.STATUS].reason == "Shuriken does not accept the key"
            for client in room.server._sockets._clients:
                client.connection.transport.abort()
            await room.until(lambda: room.link is LinkState.REFUSED, "refused", 30)
            assert room.market.link.reason == words.BAD_KEY.words

    played(main())


def test_a_key_that_may_trade_is_more_than_psdash_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP]) as room:
            found = {"keyId": "k", "scopes": ["read:tokens", "trade:swap:execute"]}
            monkeypatch.setattr(room.server, "_lookup", lambda asked: room.server._found(found))
            await room.until(lambda: bool(room.said()), "said", 10)
            assert room.said() == [
                "The Shuriken key may do more than read (trade:swap:execute); psdash only ever reads."
            ]

    played(main())


def test_a_key_that_is_not_one() -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP], key="sk_wrong_" + "f" * 32) as room:
            await room.until(lambda: room.link is LinkState.REFUSED, "refused", 30)
            assert room.said() == [words.BAD_KEY.words]
            await asyncio.sleep(5)
            asked = len(room.server.asked)
            await asyncio.sleep(300)
            assert len(room.server.asked) == asked
            with pytest.raises(VenueUnreachableError, match="does not accept the key"):
                await room.venue.resolve(JUP)

    played(main())


def test_without_a_key_nothing_is_asked() -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP], key="") as room:
            await asyncio.sleep(60)
            assert not room.server.asked
            assert room.link is LinkState.OFF
            assert room.said() == [f"No live data: {words.NO_KEY}."]
            room.market.watch([JUP, WIF], WIF)
            claims = {n.slug: n.freshness for n in room.notices if isinstance(n, MarketPaneMoved)}
            assert sorted(claims) == sorted([JUP, WIF])
            assert {(each.state, each.reason) for each in claims.values()} == {(PaneState.OFF, words.NO_KEY)}

    played(main())


def test_the_key_is_in_nothing_that_anybody_sees(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "psdash")

    async def main() -> None:
        async with shuriken_room("cut=10,rest-500=0.2,bad-auth=2,garbage=0.1", watch=[JUP]) as room:
            await asyncio.sleep(60)
            room.server._sockets.publish(room.market.client.channel_of(room.market.client.first), "update", KEY)
            await asyncio.sleep(1)
            seen = [repr(room.notices), repr(room.market.counts), repr(room.board.signals.newest()), caplog.text]
            seen += [repr(room.venue._door.keychain.headers()), repr(room.venue._door.keychain.current)]
            assert not any(KEY in text for text in seen)
            assert len(caplog.text) > 100

    played(main())


# which tokens -------------------------------------------------------------------------------------------------------


def test_unknown_tokens_and_unknown_chains() -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP]) as room:
            await room.until(lambda: room.all_live([JUP]), "live", 60)
            wrong = JUP[:-1] + "x"
            room.market.watch([JUP, wrong], wrong)
            await room.until(lambda: any("has no token" in text for text in room.said()), "said", 10)
            with pytest.raises(UnknownMarketError) as caught:
                await room.venue.resolve(wrong)
            assert caught.value.nearest[0] == JUP
            assert room.board.state(wrong) is None

    played(main())


def test_a_token_let_go_and_taken_up_again_has_a_gap() -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP, WIF]) as room:
            await room.until(lambda: room.all_live([JUP, WIF]), "live", 60)
            since_ms = room.world.now_ms
            await asyncio.sleep(30)
            room.market.watch([JUP], JUP)
            assert room.state(WIF).freshness[MarketPane.TAPE].state is PaneState.OFF
            await asyncio.sleep(60)
            known = len(room.state(WIF).tape)
            await asyncio.sleep(30)
            assert len(room.state(WIF).tape) == known
            room.market.watch([WIF, JUP], WIF)
            await room.until(lambda: room.all_live([JUP, WIF]), "live again", 20)
            await asyncio.sleep(30)
            until_ms = await at_rest(room)
            assert room.check_tape(JUP, since_ms, until_ms)[1] == 0
            told, hidden = room.check_tape(WIF, since_ms, until_ms)
            assert told > 10
            assert hidden > 10
            assert room.server.sessions == 1

    played(main())


def test_the_person_asks_again() -> None:
    async def main() -> None:
        async with shuriken_room(watch=[JUP]) as room:
            await room.until(lambda: room.all_live([JUP]), "live", 60)
            await asyncio.sleep(3)
            chart = f"GET /api/v2/tokens/{JUP}/price/chart"
            before = room.server.asked.count(chart)
            room.market.resync(JUP)
            room.market.resync(BONK)  # not watched
            await room.until(lambda: room.server.asked.count(chart) > before, "read again", 5)

    played(main())
