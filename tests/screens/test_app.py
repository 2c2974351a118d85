"""The app from its first paint to its last: starting, speaking, breaking, leaving."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest
from textual.widgets import Input

from psdash.account.account import Account
from psdash.dashboard.screens.help import HelpScreen
from psdash.dashboard.screens.market_list import MarketListScreen
from psdash.gateway.notices import (
    BookMoved,
    CatalogueMoved,
    GatewayName,
    LinkChanged,
    LinkState,
    MarketMoved,
    Severity,
    Spoken,
)
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.settings import Exit, Settings, SettingsError, VenueUnavailableError
from tests.support import boards
from tests.support.fake_venue import FakeSource, FakeVenue
from tests.support.screens import Stage, lines_of, text_of, until, until_shown

SECOND = boards.MARKETS[1].slug


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_market_is_on_the_screen_at_every_size(size: tuple[int, int]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        await until_shown(pilot, "spread 1")
        shown = text_of(stage.app)
        for words in (
            "DEMO",
            "Spain to beat France",
            "bid 52",
            "ask 53",
            "YES ladder",
            "YES tape",
            "YES chart",
            "? help",
        ):
            assert words in shown, words
        assert all(len(line) == size[0] for line in shown.splitlines())


async def test_a_terminal_that_is_too_small_says_so_and_recovers() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(50, 12)) as pilot:
        await until_shown(pilot, "50x12 is too small")
        assert "YES ladder" not in text_of(stage.app)
        await pilot.resize_terminal(80, 24)
        await until_shown(pilot, "YES ladder")
        assert "too small" not in text_of(stage.app)


async def test_both_gateways_run_and_the_first_market_is_watched() -> None:
    stage = Stage(settings=Settings(demo=True, slugs=(boards.FINAL.slug, SECOND)))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running and stage.venue.user.running, "both gateways run")
        assert stage.venue.market.watched[0] == ((boards.FINAL.slug, SECOND), boards.FINAL.slug)
    assert stage.venue.closed == 1
    assert stage.source.closed == 1
    assert not stage.venue.market.running


async def test_the_screen_is_there_before_the_venue_is() -> None:
    stage = Stage(source=FakeSource(never=True), board=Board())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "CONNECTING")
        assert boards.FINAL.slug in text_of(stage.app)


async def test_without_a_slug_the_demo_opens_its_first_open_market() -> None:
    stage = Stage(settings=Settings(demo=True), board=Board())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: bool(stage.venue.market.watched), "a market is watched")
        assert stage.venue.market.watched[-1][1] == boards.FINAL.slug


async def test_without_a_slug_a_real_venue_opens_the_market_list() -> None:
    stage = Stage(settings=Settings(jwt="a.b.c"), board=Board())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(stage.app.screen, MarketListScreen), "the market list is open")
        await until_shown(pilot, "Bitcoin above $150,000")


async def test_a_market_that_comes_later_takes_its_place() -> None:
    stage = Stage(board=Board())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        state = stage.board.watch(boards.FINAL)
        boards.fill_book(state)
        stage.venue.emit(MarketMoved(boards.FINAL.slug, boards.FINAL.status))
        stage.venue.emit(BookMoved(boards.FINAL.slug, 0, 100))
        await until_shown(pilot, "#100")


async def test_only_unknown_slugs_end_the_program_with_the_nearest_ones() -> None:
    settings = Settings(demo=True, slugs=("spain-vs-france-2026-yess",))
    stage = Stage(settings=settings, board=Board())
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: stage.app.failure is not None, "the app fails")
    assert isinstance(stage.app.failure, SettingsError)
    assert "spain-vs-france-2026-yess" in str(stage.app.failure)
    assert "spain-vs-france-2026-yes\n" in f"{stage.app.failure}\n"


async def test_one_known_slug_is_enough_to_stay() -> None:
    settings = Settings(demo=True, slugs=("nothing-like-it", SECOND))
    stage = Stage(settings=settings)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: stage.app.dashboard.slug == SECOND, "the known one is shown")
        assert stage.app.session.wanted == [SECOND]
        watched, focus = stage.venue.market.watched[-1]
        assert focus == SECOND
        assert "nothing-like-it" not in watched
        assert stage.app.failure is None


async def test_an_unreachable_venue_keeps_the_screen() -> None:
    stage = Stage(venue=FakeVenue(boards.MARKETS, reachable=False), board=Board())
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway keeps trying")
        await pilot.pause()
        assert stage.app.failure is None
        assert "CONNECTING" in text_of(stage.app)


async def test_no_venue_at_all_ends_the_program() -> None:
    stage = Stage(source=FakeSource(VenueUnavailableError("the embedded exchange did not start")))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: stage.app.failure is not None, "the app fails")
    assert isinstance(stage.app.failure, VenueUnavailableError)


async def test_what_the_gateways_say_is_shown_as_it_is_and_once() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        said = Spoken(Severity.WARNING, "[@click=app.quit]50 orders[/] \x1b]52;c;AA==\x07 left", GatewayName.USER)
        stage.venue.emit(said)
        stage.venue.emit(said)
        await until_shown(pilot, "[@click=app.quit]50 orders[/]")
        assert len(stage.app._notifications) == 1
        assert "\x1b" not in text_of(stage.app)


async def test_a_refusal_is_the_banners_and_no_toast_repeats_it() -> None:
    stage = Stage()
    words = "The key has expired. psdash stopped dialling. Set another key and start again."
    async with stage.app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        for gateway in (stage.venue.market, stage.venue.user):
            name = gateway.link.gateway
            stage.venue.emit(Spoken(Severity.ERROR, words, name))  # in this order, as a gateway does
            gateway.link = LinkChanged(name, LinkState.REFUSED, words)
            stage.venue.emit(gateway.link)
        stage.venue.emit(Spoken(Severity.ERROR, "Something else happened.", GatewayName.USER))
        await until_shown(pilot, "BOTH GATEWAYS REFUSED")
        await until_shown(pilot, "Something else happened.")
        assert len(stage.app._notifications) == 1


async def test_the_shown_market_can_be_closed_and_the_last_one_stays() -> None:
    slugs = tuple(market.slug for market in boards.MARKETS[:3])
    stage = Stage(settings=Settings(demo=True, slugs=slugs))
    async with stage.app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("x")
        await until(pilot, lambda: stage.app.dashboard.slug == slugs[1], "the one beside it is shown")
        assert stage.app.session.wanted == list(slugs[1:])
        assert set(stage.venue.market.watched[-1][0]) == set(slugs[1:])
        await pilot.press("x")
        await until(pilot, lambda: stage.app.dashboard.slug == slugs[2], "the last one is shown")
        assert stage.venue.market.watched[-1][1] == slugs[2]
        assert slugs[0] not in stage.venue.market.watched[-1][0]
        await pilot.press("x")
        await until_shown(pilot, "the only market open")
        assert stage.app.dashboard.slug == slugs[2]


async def test_markets_that_were_only_looked_at_can_be_closed_too() -> None:
    stage = Stage(settings=Settings(demo=True))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: stage.app.dashboard.slug == boards.FINAL.slug, "the first market is shown")
        await pilot.press("]", "x")
        await until(pilot, lambda: stage.app.dashboard.slug == boards.FINAL.slug, "the one before is shown again")
        assert stage.venue.market.watched[-1][1] == boards.FINAL.slug


async def test_a_recording_is_marked_and_opens_its_main_line(tmp_path: Path) -> None:
    lines = [boards.market(f"final-m{at}", f"Line {at}", event="Final") for at in range(4)]
    stage = Stage(
        settings=Settings(demo=True, replay=tmp_path / "match.jsonl", speed=20.0),
        venue=FakeVenue(lines),
        board=Board(),
    )
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.app.dashboard.slug == "final-m2", "the main line is shown")
        await until_shown(pilot, "DEMO REPLAY x20")


async def test_a_fault_of_the_app_ends_it_without_a_word_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage()

    def broken() -> None:
        secret = "ps_live_do_not_print_me"
        raise RuntimeError(f"a fault, {len(secret)} letters deep")

    async def run() -> None:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            stage.app.call_later(broken)
            await until(pilot, lambda: stage.app.failure is not None, "the app fails")

    with pytest.raises(RuntimeError, match="a fault"):
        await run()
    assert stage.app.return_code == Exit.CRASH
    assert isinstance(stage.app.failure, RuntimeError)
    out = capsys.readouterr()
    assert "do_not_print_me" not in out.out + out.err
    assert "Traceback" not in out.out + out.err


@pytest.mark.parametrize(("key", "code"), [("q", Exit.OK), ("ctrl+q", Exit.OK), ("ctrl+c", Exit.INTERRUPTED)])
async def test_leaving(key: str, code: Exit) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "YES ladder")
        await pilot.press(key)
        await until(pilot, lambda: stage.app.return_code is not None, "the app leaves")
    assert stage.app.return_code == code
    assert stage.app.failure is None


async def test_next_and_previous_walk_the_markets_asked_for() -> None:
    stage = Stage(settings=Settings(demo=True, slugs=(boards.FINAL.slug, SECOND)))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("]")
        await until_shown(pilot, "bid 42")
        assert stage.venue.market.watched[-1] == ((SECOND, boards.FINAL.slug), SECOND)
        await pilot.press("]")
        await until_shown(pilot, "bid 52")
        await pilot.press("[")
        await until_shown(pilot, "bid 42")


async def test_with_one_slug_next_walks_the_whole_venue() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        for market in (*boards.MARKETS[1:], boards.FINAL):
            await pilot.press("]")
            await pilot.pause()
            assert stage.app.dashboard.slug == market.slug


async def test_flip_shows_the_other_outcome() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "bid 52  ask 53")
        await pilot.press("f")
        await until_shown(pilot, "bid 47  ask 48")
        assert "NO ladder" in text_of(stage.app)
        await pilot.press("f")
        await until_shown(pilot, "YES ladder")


async def test_resync_asks_the_gateway() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("r")
        await until(pilot, lambda: stage.venue.market.resynced == [boards.FINAL.slug], "a resync is asked for")


async def test_tab_walks_every_pane_and_brings_on_those_that_share_a_place() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "YES chart")
        assert "mm-o2" not in text_of(stage.app)
        seen = []
        for _ in range(6):
            await pilot.press("tab")
            await pilot.pause()
            assert stage.app.focused is not None
            seen.append(stage.app.focused.id)
            assert stage.app.focused.display
        assert seen == ["tape", "chart", "orders", "fills", "vault", "ladder"]
        await until_shown(pilot, "available")
        await pilot.press("shift+tab", "shift+tab")
        await until_shown(pilot, "Fills 9")


async def test_numbers_go_to_panes() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        for key, name in zip("123456", stage.app.dashboard.panes, strict=True):
            await pilot.press(key)
            await pilot.pause()
            assert stage.app.focused is stage.app.dashboard.panes[name]


async def test_the_name_of_a_pane_can_be_clicked() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "5 fills")
        at = next(line for line in text_of(stage.app).splitlines() if "5 fills" in line).index("5 fills")
        tabs = stage.app.dashboard.tabs
        await pilot.click(tabs, offset=(at - tabs.region.x + 2, 0))
        await until_shown(pilot, "Fills 9")


async def test_the_palette_runs_our_commands() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "YES ladder")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: bool(stage.app.screen.query(Input)), "the palette is open")
        await pilot.press(*"flip")
        await until_shown(pilot, "The other outcome")
        await pilot.press("enter")
        await until_shown(pilot, "NO ladder")


async def test_redraw_and_help_and_back() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "YES ladder")
        await pilot.press("ctrl+l", "question_mark")
        await until(pilot, lambda: isinstance(stage.app.screen, HelpScreen), "help is open")
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.screen is stage.app.dashboard, "help is closed")


async def test_a_market_chosen_from_the_list_joins_the_ones_asked_for() -> None:
    third = boards.MARKETS[3].slug
    stage = Stage(settings=Settings(demo=True, slugs=(boards.FINAL.slug, SECOND)))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        stage.venue.emit(CatalogueMoved(6))
        await pilot.press("slash", *"bitcoin", "enter")
        await until(pilot, lambda: stage.app.dashboard.slug == third, "the market is shown")
        assert stage.venue.market.watched[-1][1] == third
        assert stage.app.session.wanted == [boards.FINAL.slug, SECOND, third]


async def test_every_tab_has_its_name_at_80_columns_though_none_is_live() -> None:
    stage = Stage(source=FakeSource(never=True), board=Board(), account=Account())
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "CONNECTING")
        for name in ("3 chart", "4 orders", "5 fills", "6 vault"):
            await until_shown(pilot, name)


async def test_the_banner_has_the_lines_it_needs_and_no_blank_one_whatever_the_sentences() -> None:
    stage = Stage()
    first, then = "The connection broke off", "The gateway cannot be reached (connection refused by 127.0.0.1)"
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running and stage.venue.user.running, "both gateways run")
        for gateway in (stage.venue.market, stage.venue.user):
            stage.venue.emit(gateway.link)  # as gateways do when they are up
        await until_shown(pilot, "user ● LIVE")  # so that both are lost, and not merely not reached
        banner = stage.app.dashboard.banner
        heights = []
        for at, reasons in enumerate(((first, first), (first, then), (then, then), (then, first), (first, first))):
            for gateway, reason in zip((stage.venue.market, stage.venue.user), reasons, strict=True):
                name = gateway.link.gateway
                gateway.link = LinkChanged(name, LinkState.BACKOFF, reason, retry_in_s=7.0, attempts=at)
                stage.venue.emit(gateway.link)
            stage.now_s += 1
            stage.wall_ms += 1_000
            await until(pilot, lambda: banner.size.height == banner.rows_for(120, 40) > 0, "its lines are its own")
            await until(
                pilot, lambda: lines_of(stage.app)[2 + banner.size.height].startswith("╭"), "the panes follow"
            )
            assert all(line.strip() for line in lines_of(stage.app)[2 : 2 + banner.size.height])
            heights.append(banner.size.height)
        assert heights == [2, 3, 2, 3, 2]
        for gateway in (stage.venue.market, stage.venue.user):
            gateway.link = LinkChanged(gateway.link.gateway, LinkState.LIVE)
            stage.venue.emit(gateway.link)
        await until(pilot, lambda: lines_of(stage.app)[2].startswith("╭"), "all is well again")


async def test_a_fault_in_the_reading_of_lists_costs_no_more_than_the_list(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()
    begun = 0

    async def breaks() -> None:
        nonlocal begun
        begun += 1
        raise RuntimeError("a fault of ours")

    stage.venue.quotes.run = breaks  # type: ignore[method-assign]
    async with stage.app.run_test(size=(120, 40), notifications=True) as pilot:
        await until_shown(pilot, "The quotes gateway")  # the rest of the sentence is wrapped
        assert stage.app.is_running
        assert "a fault of ours" in caplog.text


async def test_a_paint_that_fails_ends_the_program_with_the_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()

    def breaks(*_arguments: object) -> NoReturn:
        raise RuntimeError("a row that cannot be drawn")

    with pytest.raises(RuntimeError, match="cannot be drawn"):  # noqa: PT012 - it is raised where the app ends
        async with stage.app.run_test(size=(120, 40)) as pilot:
            monkeypatch.setattr(stage.app.dashboard.header, "compute", breaks)
            stage.app.dashboard.header.touch()
            await until(pilot, lambda: not stage.app.is_running, "the end")
    assert stage.app.return_code == 1


async def test_a_fault_in_the_look_elsewhere_costs_that_line_alone(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()

    async def breaks(market: Market, group: int | None = None) -> NoReturn:
        raise RuntimeError(f"a fault of ours over {market.slug} and {group}")

    stage.venue.counterparts = breaks  # type: ignore[attr-defined]  # now it is one that finds counterparts
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "elsewhere broke" in caplog.text, "the look elsewhere")
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        assert stage.app.is_running
