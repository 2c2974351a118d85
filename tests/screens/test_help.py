"""Help and detail: sheets over the dashboard."""

from __future__ import annotations

import pytest

from psdash.account.account import AccountPane
from psdash.dashboard import keymap
from psdash.dashboard.screens.detail import DetailScreen
from psdash.dashboard.screens.help import HelpScreen
from psdash.gateway.notices import BookMoved, GatewayName, LinkChanged, LinkState
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import PlatformStatus
from tests.support import boards
from tests.support.screens import Stage, text_of, until, until_shown


async def read_through(stage: Stage, size: tuple[int, int], key: str) -> str:
    """Everything a sheet says, page by page."""
    pages = []
    async with stage.app.run_test(size=size) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press(key)
        await until_shown(pilot, "Esc closes" if size[1] > 70 else "more")
        for _ in range(12):
            pages.append(text_of(stage.app))
            if "more" not in pages[-1]:
                break
            await pilot.press("pagedown")
            await pilot.pause(0.1)
    return "\n".join(pages)


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_the_whole_help_can_be_read_on_a_small_terminal(size: tuple[int, int]) -> None:
    said = await read_through(Stage(), size, "?")
    words = set(said.replace("│", " ").split())  # a sentence may be cut by the end of a page
    for key in keymap.TABLE:
        assert set(key.means.split()) <= words, key.id


async def test_the_help_stands_on_one_page_of_a_large_terminal() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 60)) as pilot:
        await pilot.press("?")
        await until_shown(pilot, "Esc closes")
        shown = text_of(stage.app)
        assert " more ─" not in shown
        for key in keymap.TABLE:
            assert key.means.split()[0] in shown, key.id


async def test_a_sheet_with_more_to_read_says_how_to_read_on_and_how_to_leave() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("?")
        await until_shown(pilot, "more (PgDn)  Esc closes")


@pytest.mark.parametrize("key", ["escape", "q", "left", "?"])
async def test_a_sheet_closes(key: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("?")
        await until(pilot, lambda: isinstance(stage.app.screen, HelpScreen), "help is open")
        await pilot.press(key)
        await until(pilot, lambda: stage.app.screen is stage.app.dashboard, "help is closed")


async def test_a_sheet_hides_what_stands_still_under_it_and_the_dashboard_catches_up() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "bid 52")
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("?")
        await until(pilot, lambda: "bid 52" not in text_of(stage.app), "the old price is covered")
        state = stage.board.state(boards.FINAL.slug)
        assert state is not None
        boards.fill_book(state, bid=33, ask=35, seq=101)
        stage.venue.emit(BookMoved(boards.FINAL.slug, 0, 101))
        await pilot.pause()
        await pilot.press("escape")
        await until_shown(pilot, "bid 33  ask 35")
        await until_shown(pilot, "#101")


async def test_the_detail_accounts_for_every_frame() -> None:
    said = await read_through(Stage(), (100, 30), "d")
    for words in (
        "Market gateway",
        "User gateway",
        "12,345",
        "12,300",
        "every frame accounted for",
        "5 odd",
        "12 ms",
        "#100",
    ):
        assert words in said, words


async def test_the_detail_says_when_the_law_does_not_hold_and_follows_the_links() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 50)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(stage.app.screen, DetailScreen), "detail is open")
        stage.venue.market.counts.frames_in += 1
        stage.venue.market.link = LinkChanged(
            GatewayName.MARKET, LinkState.BACKOFF, "connection lost", retry_in_s=4.0, attempts=3
        )
        stage.venue.emit(stage.venue.market.link)
        await until_shown(pilot, "FRAMES ARE MISSING")
        await until_shown(pilot, "BACKOFF: connection lost, next try in 4 s")


async def test_the_detail_has_every_reason_whole() -> None:
    stage = Stage()
    reason = "the key lacks the scope portfolio:read; issue one that has it to see this, and ask the venue for it"
    for pane in AccountPane:
        stage.account.freshness[pane] = Freshness(PaneState.REFUSED, reason)
    stage.board.platform = PlatformStatus(frozen=True, message="The engine fails over. " * 8 + "That is the end.")
    said = " ".join((await read_through(stage, (80, 24), "d")).replace("│", " ").split())
    assert "PLATFORM FROZEN" in said
    assert "That is the end." in said
    assert "KEY WITHOUT SCOPE" in said
    assert said.count(reason) == len(AccountPane)
