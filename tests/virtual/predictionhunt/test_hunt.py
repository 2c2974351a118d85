"""What is shown of Prediction Hunt is what it says, whatever happens on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest

from psdash.gateway.begun_again import AFTER_FAULT_S, INTERNAL_ERROR
from psdash.gateway.lookup import VenueUnreachableError
from psdash.gateway.notices import LinkState
from psdash.gateway.predictionhunt import words
from psdash.gateway.predictionhunt.claims import CHART_BUDGET_S
from psdash.gateway.predictionhunt.reads import ROUTES
from psdash.gateway.predictionhunt.words import WARNINGS
from psdash.market.catalogue import Market
from psdash.market.freshness import PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.market.signals import SignalKind
from psdash.wire.predictionhunt import Channel
from tests.virtual.gateway.rig import run
from tests.virtual.predictionhunt.hunt_room import FED, LAKERS, WATCHED, Room, hunt_room


def played(main: Coroutine[Any, Any, None]) -> None:
    run(main, limit_s=100_000.0)


def states(room: Room) -> list[LinkState]:
    return [link.state for link in room.links]


def test_books_quotes_chart_and_signals() -> None:
    async def main() -> None:
        async with hunt_room() as room:
            await room.until(room.all_live, "live", 20)
            await asyncio.sleep(60)
            await room.rest()
            assert room.state(FED).books[0].is_sized
            assert not room.state(LAKERS).books[0].is_sized
            assert len(room.state(FED).candles[0]) > 50
            kinds = {signal.kind for signal in room.board.signals.newest()}
            assert kinds == {SignalKind.ARB, SignalKind.EV, SignalKind.SMART, SignalKind.FADE}
            assert set(room.server.asked) <= ROUTES

    played(main())


def test_signals_are_the_services_own_each_once() -> None:
    async def main() -> None:
        async with hunt_room("cut=15") as room:
            await asyncio.sleep(240)
            room.faults.levels.clear()
            await room.rest()
            live = {s.key for s in room.board.signals.newest() if s.kind is SignalKind.ARB and s.expired_ms is None}
            assert {f"predictionhunt:arb:{group}" for group in room.world.arbs} <= live
            told = [s for s in room.board.signals.newest() if s.kind in (SignalKind.SMART, SignalKind.FADE)]
            expected = [*room.world.wallets.smart, *room.world.wallets.fades]
            assert len({json.dumps(body, sort_keys=True) for body in expected}) <= len(told)
            assert all(room.signals[signal.key] == 1 for signal in told)

    played(main())


def test_two_hundred_disconnects() -> None:
    async def main() -> None:
        async with hunt_room("cut=3") as room:
            await room.until(lambda: room.venue.socket.stream.sessions > 200, "200 sessions", 20_000)
            room.faults.levels.clear()
            await room.rest()
            dials = [at for at, link in enumerate(room.links) if link.state is LinkState.DIALLING]
            assert len(dials) > 200

    played(main())


def test_twenty_thousand_frames_that_cannot_be_read() -> None:
    async def main() -> None:
        async with hunt_room("garbage=1,duplicate=0.2", beat_ms=20) as room:
            counts = room.venue.market.counts
            await room.until(lambda: counts.rejected + counts.ignored > 20_000, "20,000 of them", 3_000)
            room.faults.levels.clear()
            await room.rest()

    played(main())


def test_a_silent_channel_is_found_within_its_budget() -> None:
    """A book is proved by the lookup; a market of quotes alone cannot be, and says so."""

    async def main() -> None:
        async with hunt_room("silent=10", watch=(LAKERS, FED)) as room:
            await room.until(lambda: room.claim(LAKERS) is not None and room.state(LAKERS) is not None, "watched", 10)
            await asyncio.sleep(16)
            took_s = await room.until(
                lambda: room.state(LAKERS).book_freshness[0].state is PaneState.STALE, "the quote is stale", 30
            )
            assert took_s <= 26
            assert "nothing proves it" in room.state(LAKERS).book_freshness[0].reason
            room.is_moving = False
            await asyncio.sleep(50)
            assert room.state(FED).book_freshness[0].is_live
            assert room.is_right(FED)

    played(main())


@pytest.mark.parametrize(
    ("chaos", "tier", "key", "words"),
    [
        ("revoke=20", "pro", None, "does not accept the key"),
        ("tier-forbidden", "pro", None, "tier has no socket"),
        ("", "free", None, "tier has no socket"),
        ("", "pro", "pmx_test_revoked_" + "0" * 32, "inactive or revoked"),
        ("", "pro", "pmx_nobody_" + "0" * 20, "Invalid API key"),
    ],
)
def test_a_refusal_ends_dialling(chaos: str, tier: str, key: str | None, words: str) -> None:
    async def main() -> None:
        async with hunt_room(chaos, tier=tier, key=key) as room:
            await _refused(room, words)

    async def _refused(room: Room, words: str) -> None:
        socket = room.venue.socket
        await room.until(lambda: socket.link.state is LinkState.REFUSED, "refused", 60)
        assert words in socket.link.reason
        dialled = states(room).count(LinkState.DIALLING)
        await asyncio.sleep(3_600)
        assert states(room).count(LinkState.DIALLING) == dialled
        assert all((claim := room.claim(slug)) is None or not claim.is_live for slug in WATCHED)

    played(main())


def test_a_connection_limit_waits_long() -> None:
    async def main() -> None:
        async with hunt_room("connection-limit=3") as room:
            took_s = await room.until(room.all_live, "live", 600)
            assert took_s >= 180
            assert states(room).count(LinkState.DIALLING) == 4

    played(main())


def test_a_tier_without_books_shows_quotes_and_asks_for_no_more() -> None:
    async def main() -> None:
        async with hunt_room(tier="dev") as room:
            await room.until(room.all_live, "live", 30)
            assert not room.venue.socket.wants[Channel.BOOK].held_markets
            assert "refused orderbook" not in room.venue.market.counts.incidents
            left_out = "orderbook, arb, ev, market_lifecycle"
            assert room.said == [f"The Prediction Hunt key's tier (dev) does not include {left_out}."]

    played(main())


def test_a_key_sold_down_loses_its_channels_and_keeps_the_rest() -> None:
    async def main() -> None:
        async with hunt_room("downgrade=10") as room:
            await room.until(lambda: "refused orderbook" in room.venue.market.counts.incidents, "sold down", 60)
            await asyncio.sleep(60)
            assert room.claim(FED) is not None
            assert room.state(FED).book_freshness[0].is_live
            assert room.venue.socket.link.state is LinkState.LIVE
            assert "Prediction Hunt: arb: the key's tier does not include this channel." in room.said

    played(main())


def test_a_market_that_the_venue_never_took_in_is_said_once() -> None:
    async def main() -> None:
        async with hunt_room() as room:
            await room.until(room.all_live, "live", 20)
            room.venue.socket.follow_groups([101, 777])
            await room.until(lambda: bool(room.said), "said", 20)
            assert room.said == [f"Prediction Hunt: {WARNINGS['UNKNOWN_ID']}."]
            room.venue.socket.stream.drop("a test cuts it")
            await asyncio.sleep(30)
            assert len(room.said) == 1

    played(main())


@pytest.mark.parametrize("chaos", ["rate-limited=0.3", "duplicate=0.5", "late=2", "rest-429=0.5", "rest-503=0.5"])
def test_everything_is_right_in_the_end(chaos: str) -> None:
    async def main() -> None:
        async with hunt_room(chaos) as room:
            await asyncio.sleep(120)
            room.faults.levels.clear()
            await room.rest(150)

    played(main())


@pytest.mark.parametrize("where", ["a frame", "a lookup", "a name"])
def test_a_fault_of_our_own_is_said_and_it_begins_again(
    where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever it happens: panes for a while, never the program, and none of them live meanwhile."""

    def break_down(*_: object) -> None:
        raise RuntimeError("a bug of ours")

    async def main() -> None:
        async with hunt_room() as room:
            await room.until(lambda: room.all_live() and room.chart(FED).is_live, "live", 20)
            with monkeypatch.context() as patched:
                if where == "a frame":
                    patched.setattr(room.venue.socket, "_price", break_down)
                elif where == "a lookup":
                    patched.setattr(room.venue.socket, "load", break_down)
                else:
                    patched.setattr(room.venue, "resolve", break_down)
                    room.venue.market.watch(WATCHED, FED)
                await room.until(lambda: bool(room.said), "said", 60)
            assert room.said == [
                f"The hunt gateway met an internal error and begins again in {AFTER_FAULT_S[0]:g} s."
            ]
            claim = room.claim(FED)
            assert claim is not None
            assert (claim.state, claim.reason) == (PaneState.STALE, INTERNAL_ERROR)
            assert (room.chart(FED).state, room.chart(FED).reason) == (PaneState.STALE, INTERNAL_ERROR)
            assert room.venue.market.link.state is LinkState.BACKOFF
            assert room.venue.market.counts.is_conserved
            assert room.venue.market.counts.incidents["internal errors"] == 1
            await room.until(room.all_live, "live again", AFTER_FAULT_S[0] + 10)
            await room.rest()
            assert room.said == [room.said[0]]

    played(main())
    assert "a bug of ours" in caplog.text


def test_a_chart_that_nobody_answers_for_is_live_no_more() -> None:
    async def main() -> None:
        async with hunt_room() as room:
            await room.until(lambda: room.chart(FED).is_live, "a chart", 20)
            room.faults.levels["rest-503"] = 1.0
            await room.until(lambda: room.chart(FED).state is PaneState.STALE, "it is stale", CHART_BUDGET_S + 2)
            room.faults.levels.clear()
            await room.until(lambda: room.chart(FED).is_live, "and is read again", 70)

    played(main())


def test_a_market_opened_after_the_refusal_says_why_there_is_nothing() -> None:
    async def main() -> None:
        async with hunt_room("revoke=20", watch=(FED,)) as room:
            await room.until(lambda: room.chart(FED).state is PaneState.REFUSED, "refused", 60)
            asked = len(room.server.asked)
            room.venue.market.watch(("kalshi:KXNEW", LAKERS), "kalshi:KXNEW")
            await room.until(lambda: "kalshi:KXNEW" in room.unresolved, "it is said", 10)
            assert room.unresolved["kalshi:KXNEW"].state is PaneState.REFUSED
            assert "does not accept the key" in room.unresolved["kalshi:KXNEW"].reason
            await asyncio.sleep(600)
            assert len(room.server.asked) == asked

    played(main())


def test_a_market_that_is_over_says_so_and_a_title_comes_with_the_market() -> None:
    async def main() -> None:
        async with hunt_room() as room:
            await room.until(room.all_live, "live", 20)
            assert room.state(FED).market.title == "Fed cuts rates in March"
            assert room.state(LAKERS).market.title == "Lakers beat Celtics"
            room.world.resolve(room.world.quotes["KXFED-26"].market, "yes")
            await room.until(lambda: room.state(FED).market.status is MarketStatus.RESOLVED, "over", 5)
            assert room.state(LAKERS).market.status is MarketStatus.OPEN

    played(main())


def test_an_arbitrage_of_the_last_session_stands_only_when_it_is_told_again() -> None:
    """Its end may have been told to nobody."""

    async def main() -> None:
        async with hunt_room() as room:
            await room.until(lambda: bool(standing(room)), "an arbitrage", 60)
            room.is_moving = False
            await asyncio.sleep(2)
            assert standing(room)
            sessions = room.venue.socket.stream.sessions
            room.venue.socket.stream.drop("a test cuts it")
            await room.until(lambda: room.venue.socket.stream.sessions > sessions, "another session", 30)
            await room.until(lambda: room.venue.socket.link.state is LinkState.LIVE, "live", 30)
            assert not standing(room)
            room.is_moving = True
            await room.until(lambda: bool(standing(room)), "told again", 60)

    def standing(room: Room) -> set[str]:
        kinds = (SignalKind.ARB, SignalKind.EV)
        return {s.key for s in room.board.signals.newest() if s.kind in kinds and s.expired_ms is None}

    played(main())


def test_a_pinned_group_is_looked_up_by_its_id_and_a_wrong_one_is_said() -> None:
    async def main() -> None:
        async with hunt_room() as room:
            await room.until(room.all_live, "live", 20)
            slug = "who-wins"
            asked = Market(slug, slug, "Nothing like its title", MarketStatus.OPEN, ("y", "n"))
            assert await room.venue.counterparts(asked) == []
            assert await room.venue.counterparts(asked, 101) == [FED, "polymarket:573656"]
            assert await room.venue.counterparts(asked, 999) == ()
            assert room.said == ["Prediction Hunt knows no group 999, which is pinned for who-wins."]
            assert "GET /api/v2/unified-orderbook" in room.server.asked
            room.faults.levels["rest-503"] = 1.0
            with pytest.raises(VenueUnreachableError):
                await room.venue.counterparts(asked, 101)
            room.faults.levels.clear()

    played(main())


def test_words_find_the_markets_of_every_venue_and_a_venue_that_is_silent_is_said() -> None:
    async def main() -> None:
        async with hunt_room() as room:
            await room.until(room.all_live, "live", 20)
            held = room.board.catalogue.by_slug(FED)
            found = await room.venue.search("fed")
            assert FED in [market.slug for market in found]
            assert len({market.slug.partition(":")[0] for market in found}) > 1, "one venue only"
            assert all(room.board.catalogue.by_slug(market.slug) is market for market in found)
            assert room.board.catalogue.by_slug(FED) is held, "what was known was replaced"
            assert not await room.venue.search("no such words anywhere")
            room.faults.levels["rest-503"] = 1.0
            with pytest.raises(VenueUnreachableError):
                await room.venue.search("fed")
            room.faults.levels.clear()

    played(main())


def test_what_the_service_calls_old_is_not_live_whatever_frames_come() -> None:
    async def main() -> None:
        async with hunt_room() as room:
            await room.until(room.all_live, "live", 20)
            room.faults.levels["venue-stale"] = 1.0
            await room.until(lambda: not room.is_live(FED), "marked", 40)
            claim = room.claim(FED)
            assert claim is not None
            assert (claim.state, claim.reason) == (PaneState.STALE, words.old_data("kalshi"))
            assert room.chart(FED).state is PaneState.STALE
            others = [slug for slug in WATCHED if slug != FED]
            assert all(room.is_live(slug) for slug in others), "another venue's data is not old"
            await asyncio.sleep(60)
            assert room.said == [f"{words.old_data('kalshi')}."]
            room.faults.levels.clear()
            await room.until(room.all_live, "live again", 40)

    played(main())
