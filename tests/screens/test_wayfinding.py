"""Finding the way: favourites, neighbours, the grid, alerts, the log, the palette, keys of one's own."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from psdash.dashboard.app import PsdashApp
from psdash.dashboard.launch import open_dashboard
from psdash.dashboard.remap import remapped
from psdash.dashboard.screens.alerts import AlertsScreen
from psdash.dashboard.screens.grid import GridScreen
from psdash.dashboard.screens.log import LogScreen
from psdash.dashboard.screens.market_list import MarketListScreen
from psdash.gateway.notices import BookMoved, CatalogueMoved, MarketPaneMoved, TapeMoved
from psdash.logs import Redactor, start_logging
from psdash.market.alerts import Alert, Kind
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import PlatformStatus
from psdash.market.tape import Aggressor, Print
from psdash.settings import Settings, SettingsError
from tests.screens.stand import screen_of
from tests.support import boards
from tests.support.fake_venue import FakeSource, FakeVenue
from tests.support.screens import Stage, lines_of, text_of, until, until_shown

SLUGS = [market.slug for market in boards.MARKETS]


def one_market() -> Settings:
    return Settings(demo=True, slugs=(boards.FINAL.slug,))


def state_of(stage: Stage, slug: str = boards.FINAL.slug) -> MarketState:
    state = stage.board.state(slug)
    assert state is not None
    return state


def marked(stage: Stage) -> list[str]:
    return list(stage.app.session.shelf.favourites)


def line_with(stage: Stage, words: str) -> str:
    return next(line for line in lines_of(stage.app) if words in line)


# stepping ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("forth", "back"), [("]", "["), ("right", "left")])
async def test_brackets_and_arrows_walk_the_list_and_the_neighbours_are_warm(forth: str, back: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        stage.venue.emit(CatalogueMoved(6))
        watched = stage.venue.market.watched
        await until(pilot, lambda: {SLUGS[1], SLUGS[-1]} <= set(watched[-1][0]), "both neighbours are watched")
        await pilot.press(forth)
        await until(pilot, lambda: stage.app.dashboard.slug == SLUGS[1], "the next one is shown")
        await until(pilot, lambda: {SLUGS[0], SLUGS[2]} <= set(watched[-1][0]), "its neighbours are watched")
        await pilot.press(back, back)
        await until(pilot, lambda: stage.app.dashboard.slug == SLUGS[-1], "the list is a ring")


def frames_of_header(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the header says after each of the frames to come, whichever widgets they paint."""
    clock, header = stage.app.paint_clock, stage.app.dashboard.header
    said: list[str] = []
    fire = clock._fire

    def watched() -> None:
        fire()
        said.append("\n".join(screen_of(header)))

    monkeypatch.setattr(clock, "_fire", watched)
    return said


async def test_a_warm_neighbour_is_live_in_the_very_next_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "bid 52")
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await until(pilot, lambda: stage.app.paint_clock.is_idle, "nothing waits to be painted")
        painted = frames_of_header(stage, monkeypatch)
        stage.app.dashboard.action_step_market(1)
        await until(pilot, lambda: bool(painted), "the next frame")
        assert "bid 42  ask 43" in painted[0]
        await until_shown(pilot, "bid 42  ask 43")
        assert "● LIVE" in lines_of(stage.app)[2]


async def test_a_cold_market_is_on_the_screen_in_the_frame_after_its_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = Stage(settings=Settings(demo=True, slugs=(SLUGS[3],)))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        state = stage.board.watch(boards.MARKETS[3])
        state.book_freshness[0] = Freshness(PaneState.SYNCING, since_s=stage.now_s)
        stage.venue.emit(MarketPaneMoved(SLUGS[3], MarketPane.BOOK, state.book_freshness[0], 0))
        await until_shown(pilot, "SYNCING")
        await until(pilot, lambda: stage.app.paint_clock.is_idle, "nothing waits to be painted")
        painted = frames_of_header(stage, monkeypatch)
        boards.fill_book(state, bid=31, ask=33)
        stage.venue.emit(BookMoved(SLUGS[3], 0, 100))
        stage.venue.emit(MarketPaneMoved(SLUGS[3], MarketPane.BOOK, boards.live(), 0))
        await until(pilot, lambda: bool(painted), "the next frame")
        assert "bid 31  ask 33" in painted[0]
        await until_shown(pilot, "bid 31  ask 33")


# the list ---------------------------------------------------------------------------------------------------


async def test_favourites_are_marked_stand_first_and_are_stepped_to_first() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("slash", *"bitcoin", "*")
        await until_shown(pilot, "Favourites")
        assert "* Bitcoin" in line_with(stage, "Bitcoin")
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.screen is stage.app.dashboard, "the list is closed")
        assert marked(stage) == [SLUGS[3]]
        await pilot.press("*")
        assert marked(stage) == [SLUGS[3], SLUGS[0]]
        await pilot.press("slash")
        await until_shown(pilot, "Favourites")
        lines = lines_of(stage.app)
        at = next(at for at, line in enumerate(lines) if "Favourites" in line)
        assert "Bitcoin" in lines[at + 1]
        assert "Spain vs France: Spain" in lines[at + 2]
        await pilot.press("*", "escape", "]")
        await until(pilot, lambda: stage.app.dashboard.slug == SLUGS[1], "the next of the list")


async def test_unwatched_markets_have_quotes_with_their_age_and_are_never_called_live() -> None:
    market = replace(boards.MARKETS[3], closes_ms=boards.NOW_MS + 7_500_000)
    markets = (*boards.MARKETS[:3], market, *boards.MARKETS[4:])
    stage = Stage(venue=FakeVenue(markets), board=boards.filled_board(markets))
    quotes = stage.board.catalogue.quotes
    async with stage.app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        quotes.price(market.slug, Decimal("0.345"), stage.now_s)
        await pilot.press("slash")
        await until_shown(pilot, "~34.5")
        assert SLUGS[3] in stage.venue.quotes.wanted[-1]
        assert SLUGS[5] not in stage.venue.quotes.wanted[-1]  # resolved: no price comes any more
        quotes.touch(market.slug, Decimal("0.33"), Decimal("0.36"), stage.now_s)
        quotes.last(market.slug, Decimal("0.34"), stage.now_s)
        quotes.day(market.slug, Decimal("0.30"), stage.now_s)
        quotes.volume(market.slug, Decimal(76_821), stage.now_s)
        stage.now_s += 8
        stage.venue.emit(CatalogueMoved(6))
        await until_shown(pilot, "+4.5")
        cells = line_with(stage, "Bitcoin").split()
        assert cells[-9:-1] == ["open", "33", "36", "34", "+4.5", "76,821", "2h05", "8s"]
        assert line_with(stage, " Draw").split()[-2] == "live"
        await pilot.press("escape")
        await until(pilot, lambda: stage.venue.quotes.wanted[-1] == (), "nobody asks any more")


async def test_a_watched_book_that_went_stale_says_its_age_or_gives_way_to_a_younger_quote() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        state = state_of(stage, SLUGS[1])
        proved_s = stage.now_s
        state.book_freshness[0] = Freshness(PaneState.STALE, "lost", since_s=stage.now_s, proved_s=proved_s)
        stage.now_s += 65
        await pilot.press("slash")
        await until(pilot, lambda: " 42    43 " in line_with(stage, "Draw"), "the old prices")
        assert line_with(stage, "Draw").split()[-2] == "1m"
        stage.board.catalogue.quotes.touch(SLUGS[1], Decimal("0.44"), None, stage.now_s - 3)
        stage.venue.emit(CatalogueMoved(6))
        await until(pilot, lambda: line_with(stage, "Draw").split()[-2] == "3s", "the younger quote")
        assert line_with(stage, "Draw").split()[-5:-3] == ["44", "─"]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 50)])
async def test_a_market_that_does_not_trade_says_so_at_every_width(size: tuple[int, int]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("slash", *"fed")
        await until_shown(pilot, "paused")


# the grid ---------------------------------------------------------------------------------------------------


async def opened_grid(stage: Stage, pilot: object) -> GridScreen:
    from textual.pilot import Pilot

    assert isinstance(pilot, Pilot)
    await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
    await pilot.press("g")
    await until(pilot, lambda: isinstance(stage.app.screen, GridScreen), "the grid is open")
    screen = stage.app.screen
    assert isinstance(screen, GridScreen)
    return screen


async def test_the_grid_shows_small_ladders_each_with_its_own_state() -> None:
    settings = Settings(demo=True, slugs=(SLUGS[0], SLUGS[1]))
    stage = Stage(settings=settings)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened_grid(stage, pilot)
        await until_shown(pilot, "YES Draw")
        top = lines_of(stage.app)[1]
        assert top.count("● LIVE") == 2
        assert "spread 1" in text_of(stage.app)
        state = state_of(stage, SLUGS[1])
        state.book_freshness[0] = Freshness(PaneState.STALE, "lost", since_s=stage.now_s, proved_s=stage.now_s)
        stage.venue.emit(MarketPaneMoved(SLUGS[1], MarketPane.BOOK, state.book_freshness[0], 0))
        await until(pilot, lambda: "STALE" in lines_of(stage.app)[1], "one of them is stale")
        assert lines_of(stage.app)[1].count("● LIVE") == 1
        await pilot.press("g")
        await until(pilot, lambda: lines_of(stage.app)[1].count("╭") == 3, "three columns")


async def test_cells_are_walked_flipped_and_opened_with_keys() -> None:
    stage = Stage(settings=Settings(demo=True, slugs=tuple(SLUGS[:2])))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        screen = await opened_grid(stage, pilot)
        await until_shown(pilot, "YES Spain")
        assert screen._chosen.slug == SLUGS[0]
        await pilot.press("right")
        assert screen._chosen.slug == SLUGS[1]
        await pilot.press("left", "l", "f")
        await until_shown(pilot, "NO Draw")
        assert set(SLUGS[:4]) <= set(stage.venue.market.watched[-1][0])
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.screen is stage.app.dashboard, "the grid is closed")
        assert (stage.app.dashboard.slug, stage.app.dashboard.outcome) == (SLUGS[1], 1)


async def test_the_grid_has_pages_and_comes_back_to_the_dashboard_as_it_was() -> None:
    many = [boards.market(f"many-{at:02}", f"Market {at:02}", event="Many") for at in range(9)]
    stage = Stage(board=boards.filled_board((*boards.MARKETS[:2], *many)))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened_grid(stage, pilot)
        await until_shown(pilot, "page 1 of 4")
        await pilot.press("tab")
        await until_shown(pilot, "page 2 of 4")
        await pilot.press("]", "pagedown", "]")
        await until_shown(pilot, "page 1 of 4")
        await pilot.press("shift+tab")
        await until_shown(pilot, "page 4 of 4")
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.screen is stage.app.dashboard, "the grid is closed")
        assert stage.app.dashboard.slug == SLUGS[0]


async def test_the_grid_says_what_the_whole_venue_is_in() -> None:
    stage = Stage()
    stage.board.platform = PlatformStatus(frozen=True)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened_grid(stage, pilot)
        await until_shown(pilot, "PLATFORM FROZEN")


# alerts -----------------------------------------------------------------------------------------------------


async def set_alert(stage: Stage, pilot: object, *typed: str) -> None:
    from textual.pilot import Pilot

    assert isinstance(pilot, Pilot)
    await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
    await pilot.press("a")
    await until(pilot, lambda: isinstance(stage.app.screen, AlertsScreen), "the alerts are open")
    for text in typed:
        await pilot.press(*("space" if char == " " else char for char in text), "enter")
    await pilot.pause()


def moved(stage: Stage, bid: int, ask: int) -> None:
    boards.fill_book(state_of(stage), bid=bid, ask=ask, seq=200 + bid)
    stage.venue.emit(BookMoved(boards.FINAL.slug, 0, 200 + bid))


async def test_an_alert_is_set_listed_rings_once_and_is_removed_with_keys_alone() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24), notifications=True) as pilot:
        await set_alert(stage, pilot, "above 55")
        await until_shown(pilot, "bid at or above 55c")
        assert "armed" in line_with(stage, "at or above")
        moved(stage, 56, 57)
        await until_shown(pilot, "ALERT Spain vs France: Spain YES: bid 56c")
        moved(stage, 54, 55)
        moved(stage, 57, 58)
        await until(pilot, lambda: "rang 20:00:00" in line_with(stage, "at or above"), "when it rang")
        assert not stage.app._rung
        await pilot.press("delete")
        await until_shown(pilot, "no alert is set")
        assert len(stage.app.session.shelf.alerts) == 0


async def test_nothing_rings_from_a_book_that_is_not_live() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24), notifications=True) as pilot:
        await set_alert(stage, pilot, "above 55", "print 100")
        state = state_of(stage)
        for name in (PaneState.STALE, PaneState.SYNCING, PaneState.RESYNC, PaneState.CONNECTING):
            boards.fill_book(state, bid=60, ask=61, seq=300)
            state.book_freshness[0] = Freshness(name, proved_s=stage.now_s)
            state.freshness[MarketPane.TAPE] = Freshness(name)
            stage.venue.emit(BookMoved(boards.FINAL.slug, 0, 300))
            stage.venue.emit(MarketPaneMoved(boards.FINAL.slug, MarketPane.BOOK, state.book_freshness[0], 0))
            big = Print(f"big-{name}", "1", 0, Decimal("0.5"), Decimal(9_999), Aggressor.BUY, boards.NOW_MS)
            stage.venue.emit(TapeMoved(boards.FINAL.slug, (big,)))
        await pilot.pause()
        assert not stage.app._notifications
        assert all(alert.rung_ms is None for alert in stage.app.session.shelf.alerts.all())
        state.book_freshness[0] = boards.live()
        stage.venue.emit(MarketPaneMoved(boards.FINAL.slug, MarketPane.BOOK, boards.live(), 0))
        await until_shown(pilot, "bid 60c")  # it is true, and now it is known to be


async def test_many_alerts_at_once_are_one_bell_and_one_sentence() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40), notifications=True) as pilot:
        await set_alert(stage, pilot, *(f"above {54 + at}" for at in range(8)))
        moved(stage, 70, 71)
        await until_shown(pilot, "ALERT")
        assert len(stage.app._notifications) == 1
        assert len(stage.app._rung) == 7
        await until_shown(pilot, "and 4 more")


async def test_a_print_rings_and_a_wrong_word_is_answered() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24), notifications=True) as pilot:
        await set_alert(stage, pilot, "soon 5")
        await until_shown(pilot, "type above 55, below 40")
        await pilot.press(*["backspace"] * 6)
        for char in "print 500":
            await pilot.press("space" if char == " " else char)
        await pilot.press("enter")
        await until_shown(pilot, "a print of 500 or more")
        big = Print("big", "1", 0, Decimal("0.5"), Decimal(500), Aggressor.BUY, boards.NOW_MS)
        stage.venue.emit(TapeMoved(boards.FINAL.slug, (big,)))
        await until_shown(pilot, "a print of 500 shares")


async def test_the_market_of_an_alert_stays_watched_wherever_the_person_goes() -> None:
    stage = Stage()
    stage.app.session.shelf.alerts.add(Alert(SLUGS[3], 1, Kind.BELOW, Decimal("0.2")))
    stage.app.session.shelf.alerts.add(Alert("gone-from-the-venue", 0, Kind.BELOW, Decimal("0.2")))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        for _ in range(2):
            assert SLUGS[3] in stage.venue.market.watched[-1][0]
            assert "gone-from-the-venue" not in stage.venue.market.watched[-1][0]
            await pilot.press("]")
            await pilot.pause()
        await pilot.press("a")
        await until_shown(pilot, "gone-from-the-venue YES")


# the log, the palette, the keys -----------------------------------------------------------------------------


async def test_the_log_is_on_the_screen_newest_last_without_secrets_or_escapes(tmp_path: Path) -> None:
    secret = "ps_live_0123456789abcdef_" + "s3cr3t" * 6
    session = start_logging("info", None, tmp_path / "psdash.log", Redactor())
    try:
        log = logging.getLogger("psdash.test")
        for at in range(60):
            log.info("line %d", at)
        log.warning("the key %s and \x1b[31m red [bold]markup[/]", secret)
        stage = Stage()
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
            await pilot.press("L")
            await until(pilot, lambda: isinstance(stage.app.screen, LogScreen), "the log is open")
            await until_shown(pilot, "[bold]markup[/]")
            shown = text_of(stage.app)
            assert "s3cr3t" not in shown
            assert "\x1b" not in shown
            assert "line 59" in shown
            assert "line 3 " not in shown
            log.info("and one more")
            stage.now_s += 1  # the sheet looks again twice a second
            await until_shown(pilot, "and one more")
            await pilot.press("home")
            await until_shown(pilot, "line 3")
            log.info("told while scrolled")
            stage.now_s += 1
            await until_shown(pilot, "line 3")
            assert "told while scrolled" not in text_of(stage.app)
            await pilot.press("end")
            await until_shown(pilot, "told while scrolled")
            await pilot.press("L")
            await until(pilot, lambda: stage.app.screen is stage.app.dashboard, "the log is closed")
    finally:
        session.close()


@pytest.mark.parametrize(("code", "pane"), [("ob", "ladder"), ("ts", "tape"), ("ch", "chart"), ("VLT", "vault")])
async def test_short_codes_lead_to_the_panes(code: str, pane: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("ctrl+p", *code)
        await until_shown(pilot, f"{code.upper():<4}")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await until(
            pilot,
            lambda: (
                stage.app.screen is stage.app.dashboard
                and stage.app.dashboard.focused is not None
                and stage.app.dashboard.focused.id == pane
            ),
            f"the {pane} has the focus",
        )


async def test_the_palette_finds_markets_too_and_takes_their_titles_as_text() -> None:
    odd = boards.market("odd-title", "Will [red]it[/] happen", event="Odd")
    stage = Stage(board=boards.filled_board((*boards.MARKETS, odd)))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("ctrl+p", *"happen")
        await until_shown(pilot, "Odd: Will [red]it[/] happen")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.dashboard.slug == "odd-title", "the market is shown")


async def test_keys_of_ones_own_work_and_every_line_says_so() -> None:
    stage = Stage()
    app = PsdashApp(
        stage.app.settings,
        FakeSource(),
        key_table=remapped({"market.flip": "n", "view.help": "f2", "list.close": "f9", "rows.down": "ctrl+n"}),
        open_venue=stage.venue.open,
        now_s=lambda: stage.now_s,
        wall_ms=lambda: stage.wall_ms,
        board=stage.board,
        account=stage.account,
    )
    stage.app = app
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        assert "F2 help" in lines_of(app)[-1]
        await pilot.press("f")
        await pilot.pause()
        assert app.dashboard.outcome == 0
        await pilot.press("n")
        await until(pilot, lambda: app.dashboard.outcome == 1, "flipped by the new key")
        await pilot.press("f2")
        await until_shown(pilot, "n          The other outcome")
        await pilot.press("escape", "slash")
        await until_shown(pilot, "F9 closes")
        await pilot.press("f9")
        await until(pilot, lambda: app.screen is app.dashboard, "the list is closed")
        assert not isinstance(app.screen, MarketListScreen)


def test_keys_that_cannot_be_are_refused_before_anything_opens() -> None:
    for keys, words in (({"market.flp": "n"}, "market.flip"), ({"market.flip": "q"}, "program.quit")):
        with pytest.raises(SettingsError, match=words):
            open_dashboard(Settings(demo=True, keys=keys), FakeSource())


async def test_favourites_and_alerts_outlive_the_run(tmp_path: Path) -> None:
    settings = Settings(demo=True, slugs=(boards.FINAL.slug,), state_dir=tmp_path)
    first = Stage(settings=settings)
    async with first.app.run_test(size=(80, 24)) as pilot:
        await set_alert(first, pilot, "below 40")
        await pilot.press("escape", "*")
        await pilot.pause()
    again = Stage(settings=settings, board=Board())
    async with again.app.run_test(size=(80, 24)) as pilot:
        shelf = again.app.session.shelf
        await until(pilot, lambda: shelf.favourites == (boards.FINAL.slug,), "the favourite is there again")
        await until(pilot, lambda: len(shelf.alerts) == 1, "the alert is there again")
        assert shelf.alerts.all()[0].is_armed


async def test_steps_taken_before_the_list_has_come_are_taken_once_it_has() -> None:
    stage = Stage(board=Board())
    listed = asyncio.Event()
    load = stage.venue.load_catalogue

    async def load_late() -> None:
        await listed.wait()
        await load()

    stage.venue.load_catalogue = load_late  # type: ignore[method-assign]
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        await pilot.press("right_square_bracket", "right_square_bracket", "left_square_bracket")
        assert stage.app.dashboard.slug == boards.FINAL.slug
        listed.set()
        await until(pilot, lambda: stage.app.dashboard.slug != boards.FINAL.slug, "the step")
        assert stage.app.dashboard.slug == stage.app.dashboard._ways.rotation()[1]
