"""Several sources as one session: names go to their own, and no source's trouble reaches another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from psdash.account.account import Account
from psdash.gateway.begun_again import AFTER_FAULT_S, INTERNAL_ERROR
from psdash.gateway.lookup import UnknownMarketError
from psdash.gateway.notices import LinkState, Notice, Spoken
from psdash.market.board import UNWATCHED, Board, BoardPart
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MarketStatus
from psdash.registry import SOURCES
from psdash.settings import Endpoint
from psdash.sources.opening import gateways_of, open_session
from psdash.sources.together import Together
from tests.support.toy_source import ToyVenue, toy


def endpoint(name: str) -> Endpoint:
    return Endpoint("http://127.0.0.1:1", "ws://127.0.0.1:1", None, None, None, "DEMO", source=name)


def opened(monkeypatch: pytest.MonkeyPatch, board: Board, said: list[Notice], **venues: str) -> Together:
    for name, venue in venues.items():
        monkeypatch.setitem(SOURCES, name, toy(name, venue))
    first, *beside = (endpoint(name) for name in venues)
    session = open_session(
        Endpoint(**{f: getattr(first, f) for f in first.__dataclass_fields__} | {"beside": tuple(beside)}),
        board,
        Account(),
        said.append,
    )
    assert isinstance(session, Together)
    return session


def toys_of(session: Together) -> dict[str, ToyVenue]:
    found = {name: part.venue for name, part in session.parts.items()}
    return {name: venue for name, venue in found.items() if isinstance(venue, ToyVenue)}


async def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, f"never: {what}"
        await asyncio.sleep(0.005)


async def test_a_name_goes_to_its_own_source_and_the_focus_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened(monkeypatch, Board(), [], toy="QuietVenue", boat="QuietVenue")
    session.market.watch(["boat/duck", "toy/duck"], "boat/duck")
    toys = toys_of(session)
    feeds = {name: venue.market for name, venue in toys.items()}
    assert feeds["boat"].watched == [(("boat/duck",), "boat/duck")]
    assert feeds["toy"].watched == [(("toy/duck",), "toy/duck")]
    assert session.market.link.gateway == "boat"
    session.market.resync("toy/duck")
    assert (feeds["toy"].resynced, feeds["boat"].resynced) == (["toy/duck"], [])
    session.quotes.want(["toy/duck", "boat/duck", "nobody's"])
    assert {name: venue.quotes.wanted for name, venue in toys.items()} == {
        "toy": ("toy/duck",),
        "boat": ("boat/duck",),
    }
    assert (await session.resolve("boat/duck")).slug == "boat/duck"
    with pytest.raises(UnknownMarketError):
        await session.resolve("nobody's")
    await session.close()
    assert [venue.closed for venue in toys.values()] == [1, 1]


async def test_a_source_that_breaks_says_so_is_begun_again_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again = asyncio.Event()
    sleep = asyncio.sleep

    async def held(delay: float) -> None:
        await (again.wait() if delay == AFTER_FAULT_S[0] else sleep(delay))

    monkeypatch.setattr(asyncio, "sleep", held)
    board, said = Board(), list[Notice]()
    session = opened(monkeypatch, board, said, toy="QuietVenue", boat="BrokenVenue")
    session.market.watch(["toy/duck", "boat/duck"], "toy/duck")
    running = asyncio.create_task(session.market.run())
    boat, well = session.parts["boat"], session.parts["toy"]
    await until(lambda: bool(boat.broken), "the fault is known")
    await until(lambda: well.link.state is LinkState.LIVE, "the other is live")
    assert boat.link.state is LinkState.BACKOFF
    assert boat.link.reason == INTERNAL_ERROR
    assert [each.text for each in said if isinstance(each, Spoken)] == [
        "The boat gateway met an internal error and begins again in 5 s."
    ]
    assert board.state("toy/duck") is not None
    again.set()
    await until(lambda: boat.link.state is LinkState.LIVE, "the broken one lives again")
    assert not boat.broken
    await session.load_catalogue()  # the other's list never comes, and nobody waits for it
    assert board.catalogue.by_slug("toy/duck") is not None
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await session.close()


async def test_a_consulted_source_is_asked_and_watched_and_lists_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, venue in (("toy", "QuietVenue"), ("boat", "KnowingVenue")):
        monkeypatch.setitem(SOURCES, name, toy(name, venue))
    board = Board()
    session = open_session(replace(endpoint("toy"), consulted=(endpoint("boat"),)), board, Account(), lambda _: None)
    assert isinstance(session, Together)
    running = asyncio.create_task(session.market.run())
    await session.load_catalogue()
    assert [market.slug for market in board.catalogue] == ["toy/duck"]
    duck = await session.resolve("toy/duck")
    assert await session.counterparts(duck) == ["boat/duck"]
    assert await session.counterparts(duck, 101) == ["boat/pinned"]
    session.market.watch(["toy/duck", "boat/duck"], "toy/duck")
    await until(lambda: board.state("boat/duck") is not None, "it is watched all the same")
    assert [str(each.link.gateway) for each in gateways_of(session)] == ["toy", "boat"]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await session.close()


async def test_a_source_that_cannot_be_opened_is_a_link_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened(monkeypatch, Board(), [], toy="QuietVenue", boat="ShutVenue")
    links = {gateway.link.gateway: gateway.link for gateway in gateways_of(session)}
    assert list(session.parts) == ["toy"]
    assert links["boat"].state is LinkState.REFUSED
    assert "RuntimeError" in links["boat"].reason
    assert "account" not in links  # nobody has one, so there is no link to it
    await session.close()


def test_a_part_of_a_board_lets_go_of_its_own_markets_only() -> None:
    board = Board()
    toys = BoardPart(board, lambda slug: slug.startswith("toy"))
    boats = BoardPart(board, lambda slug: slug.startswith("boat"))
    for name in ("toy", "boat"):
        for at in range(UNWATCHED):
            slug = f"{name}/{at}"
            board.watch(Market(slug, slug, slug, MarketStatus.OPEN, (slug,)))
    boats.keep([f"boat/{at}" for at in range(UNWATCHED)])
    for _ in range(3):
        toys.keep(["toy/0"])
        boats.keep([f"boat/{at}" for at in range(UNWATCHED)])
    assert all(board.state(f"boat/{at}") is not None for at in range(UNWATCHED))
    toys.platform_freshness = toys.platform_freshness
    assert boats.catalogue is board.catalogue
