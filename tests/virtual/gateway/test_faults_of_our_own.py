"""A bug of ours costs panes for a while, never the program, and never leaves one claiming to be live."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from psdash.gateway.begun_again import AFTER_FAULT_S, INTERNAL_ERROR
from psdash.gateway.notices import GatewayName, LinkState, Spoken
from psdash.market.book import Book
from psdash.market.freshness import PaneState
from psdash.simulator.exchange.catalogue import MAIN_SLUG as MAIN
from tests.loopback.simulator.rig import MAKER, SmallWorld
from tests.virtual.gateway.rig import run
from tests.virtual.gateway.trading_room import room


def once(method: Callable[..., None]) -> Callable[..., None]:
    """A method that breaks the first time it is called."""
    broken = False

    def breaking(*args: Any, **options: Any) -> None:
        nonlocal broken
        if not broken:
            broken = True
            raise RuntimeError("a bug of ours")
        method(*args, **options)

    return breaking


def test_a_gateway_that_breaks_says_so_and_begins_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        world = SmallWorld()
        async with room(world, watch=[MAIN]) as made:
            await made.until(lambda: made.is_live(MAIN) and made.is_account_live())
            monkeypatch.setattr(Book, "apply", once(Book.apply))
            world.place(MAKER, "buy", "0.41", "3")
            await made.until(lambda: bool(made.said(Spoken)), limit_s=2.0)
            states = {each.state for each in made.state(MAIN).book_freshness}
            assert states == {PaneState.STALE}
            assert made.state(MAIN).book_freshness[0].reason == INTERNAL_ERROR
            assert made.venue.market.link.state is LinkState.BACKOFF
            made.watch(MAIN)  # nothing the person does makes it live again by itself
            await asyncio.sleep(AFTER_FAULT_S[0] / 2)
            assert not any(each.is_live for each in made.state(MAIN).book_freshness)
            assert made.is_account_live()
            await made.until(lambda: made.is_live(MAIN) and made.matches(MAIN), limit_s=AFTER_FAULT_S[0] + 5.0)
            assert made.links(GatewayName.USER)[-1].state is LinkState.LIVE
            assert made.venue.market.counts.is_conserved
            assert made.venue.market.counts.incidents["internal errors"] == 1

    run(main())
    assert "a bug of ours" in caplog.text
