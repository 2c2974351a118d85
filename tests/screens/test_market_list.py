"""The market list."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from psdash.dashboard.screens.market_list import MarketListScreen
from psdash.gateway.notices import BookMoved, CatalogueMoved
from psdash.market.board import Board
from psdash.settings import Settings
from tests.support import boards
from tests.support.screens import Stage, lines_of, text_of, until, until_shown


async def opened(stage: Stage, pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
    await pilot.press("slash")
    await until(pilot, lambda: isinstance(stage.app.screen, MarketListScreen), "the list is open")
    await until_shown(pilot, "type to find")


def line_with(stage: Stage, words: str) -> str:
    return next(line for line in lines_of(stage.app) if words in line)


async def test_markets_stand_under_their_events_with_what_is_known() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(100, 30)) as pilot:
        await opened(stage, pilot)
        await until_shown(pilot, "Spain vs France")
        lines = lines_of(stage.app)
        event = next(at for at, line in enumerate(lines) if "Spain vs France" in line)
        assert [words in lines[event + 1 + at] for at, words in enumerate(("Spain", "Draw", "France"))] == [True] * 3
        assert line_with(stage, "Draw").split()[-5:] == ["42", "43", "52", "live", "│"]
        assert line_with(stage, "Bitcoin").split()[-2:] == ["open", "│"]  # not watched: nothing is claimed
        assert "paused" in line_with(stage, "Fed cuts")


async def test_typing_and_arrows_work_at_once() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press(*"spain", "down", "down", "up")
        await pilot.pause()
        assert "Bitcoin" not in text_of(stage.app)
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.dashboard.slug == boards.MARKETS[1].slug, "the second match is shown")


@pytest.mark.parametrize("key", ["escape", "left"])
async def test_going_back_changes_nothing(key: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("down", key)
        await until(pilot, lambda: stage.app.screen is stage.app.dashboard, "the list is closed")
        assert stage.app.dashboard.slug == boards.FINAL.slug


async def test_left_moves_the_text_cursor_while_something_is_typed() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("b", "t", "left", "i")
        await until_shown(pilot, "bit")
        assert isinstance(stage.app.screen, MarketListScreen)


async def test_the_keys_of_the_dashboard_can_be_typed() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press(*"fqdr1")
        await until_shown(pilot, "fqdr1")
        await until_shown(pilot, "no market matches")
        await pilot.press("enter")
        assert isinstance(stage.app.screen, MarketListScreen)


async def test_prices_move_while_the_list_is_open() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await until_shown(pilot, "Draw")
        state = stage.board.state(boards.MARKETS[1].slug)
        assert state is not None
        boards.fill_book(state, bid=21, ask=24, seq=101)
        stage.venue.emit(BookMoved(state.market.slug, 0, 101))
        await until(pilot, lambda: line_with(stage, "Draw").split()[-5:-3] == ["21", "24"], "the new prices")


async def test_a_list_opened_before_the_markets_are_known_fills_itself() -> None:
    stage = Stage(settings=Settings(demo=True), board=Board())
    stage.venue.markets.clear()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash")
        await until_shown(pilot, "has not listed its markets yet")
        stage.board.catalogue.put(boards.MARKETS)
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        stage.venue.emit(CatalogueMoved(len(boards.MARKETS)))
        await until_shown(pilot, "resolved: Rain in London")


async def test_a_long_list_scrolls_with_the_cursor() -> None:
    many = [boards.market(f"many-{at:03}", f"Market {at:03}", event="Many") for at in range(200)]
    board = boards.filled_board((*boards.MARKETS, *many))
    stage = Stage(board=board)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        for _ in range(8):
            await pilot.press("pagedown")
        await pilot.press("down")
        await pilot.pause()
        screen = stage.app.screen
        assert isinstance(screen, MarketListScreen)
        chosen = screen._rows.chosen
        assert chosen is not None
        assert chosen.startswith("many-")
        assert f"Market {chosen[-3:]}" in text_of(stage.app)
        for _ in range(40):
            await pilot.press("pageup")
        await until_shown(pilot, "Spain vs France")


async def test_a_market_can_be_clicked() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await until_shown(pilot, "Bitcoin")
        at = next(y for y, line in enumerate(lines_of(stage.app)) if "Bitcoin" in line)
        await pilot.click(offset=(20, at))
        await until(pilot, lambda: stage.app.dashboard.slug == boards.MARKETS[3].slug, "the clicked market is shown")


async def test_a_market_that_is_not_on_chain_yet_has_no_book_to_quote() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: stage.venue.market.running, "the gateway runs")
        stage.board.watch(replace(boards.MARKETS[1], tokens=(), condition=None))
        await opened(stage, pilot)
        await until_shown(pilot, "Spain vs France")
        assert line_with(stage, "Draw").split()[-2:] == ["open", "│"]


async def test_markets_are_found_by_their_status() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press(*"paused")
        await until(pilot, lambda: "Bitcoin" not in text_of(stage.app), "the others are gone")
        assert line_with(stage, "Fed cuts")


async def test_a_list_that_is_cut_says_how_much_more_there_is() -> None:
    many = [boards.market(f"many-{at:03}", f"Market {at:03}", event="Many") for at in range(40)]
    stage = Stage(board=boards.filled_board((*boards.MARKETS, *many)))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await until_shown(pilot, "▼ 32 more")
        await pilot.press(*["pagedown"] * 4)
        await until_shown(pilot, "▲ ")
        await pilot.press(*["pagedown"] * 4)
        await until(pilot, lambda: "▼" not in text_of(stage.app), "the end")
        assert "Market 039" in text_of(stage.app)
        await pilot.press(*"bitcoin")
        await until(pilot, lambda: "more" not in text_of(stage.app), "all of it is there")


def exported(folder: Path) -> list[dict[str, str]]:
    (path,) = folder.glob("*.csv")
    return list(csv.DictReader(io.StringIO(path.read_text())))


async def test_what_was_found_can_be_copied_and_exported(tmp_path: Path) -> None:
    stage = Stage(settings=Settings(demo=True, slugs=(boards.FINAL.slug,), export_dir=tmp_path))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press(*"spain", "ctrl+y")
        await until(pilot, lambda: bool(stage.app.clipboard), "a row is copied")
        (row,) = csv.DictReader(io.StringIO(stage.app.clipboard))
        assert (row["market"], row["bid"], row["ask"]) == (boards.FINAL.slug, "0.52", "0.53")
        assert (row["prices_are_live"], row["status"], row["favourite"]) == ("yes", "open", "no")
        await pilot.press("ctrl+e")
        await until(pilot, lambda: any(tmp_path.glob("*.csv")), "a file is written")
        rows = exported(tmp_path)
        assert len(rows) > 1
        assert all("spain" in f"{each['market']} {each['event']} {each['name']}".lower() for each in rows)
        assert isinstance(stage.app.screen, MarketListScreen)
