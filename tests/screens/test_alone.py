"""One pane over the whole screen: what a small terminal has no room for beside the others."""

from __future__ import annotations

from functools import partial

import pytest
from textual.widget import Widget

from psdash.dashboard import tiers
from tests.support.screens import Stage, lines_of, text_of, until, until_shown


def has_width(pane: Widget, cells: int) -> bool:
    return pane.size.width == cells


def is_narrower(pane: Widget, cells: int) -> bool:
    return 0 < pane.size.width < cells


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 50)])
async def test_a_pane_takes_the_screen_and_gives_it_back(size: tuple[int, int]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        await until_shown(pilot, "YES ladder")
        before = stage.app.dashboard.plan(stage.app.size)
        for key, name in zip("123456", tiers.PANES, strict=True):
            await pilot.press(key, "enter")
            pane = stage.app.dashboard.panes[name]
            await until(pilot, partial(has_width, pane, size[0]), f"{name} has the screen")
            assert pane.has_focus
            assert [each for each in tiers.PANES if stage.app.dashboard.panes[each].display] == [name]
            await pilot.press("enter")
            await until(pilot, partial(is_narrower, pane, size[0]), f"{name} gives it back")
            assert pane.has_focus
        assert set(stage.app.dashboard.plan(stage.app.size).tabs) == set(before.tabs)


async def test_on_80x24_every_column_of_the_own_tables_can_be_read() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "YES ladder")
        await pilot.press("4", "enter")
        await until_shown(pilot, "client id")
        assert all(word in text_of(stage.app) for word in ("away", "~ahead", "filled", "age", "mm-o1"))
        assert "Enter all panes" in lines_of(stage.app)[2]
        await pilot.press("5")
        await until_shown(pilot, "chain")
        assert "fee" in text_of(stage.app)
        await pilot.press("tab")
        await until_shown(pilot, "realised")
        assert all(word in text_of(stage.app) for word in ("cost", "at bid", "at mid", "gain", "pays $"))


async def test_the_filter_keeps_its_enter() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "YES ladder")
        await pilot.press("4", "F", "b", "u", "y", "enter")
        await until_shown(pilot, 'have "buy"')
        assert stage.app.dashboard.ladder.display
        await pilot.press("enter")
        await until(pilot, lambda: not stage.app.dashboard.ladder.display, "the orders have the screen")


async def test_a_terminal_that_shrinks_and_grows_keeps_the_pane_alone() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "YES ladder")
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.dashboard.ladder.size.width == 120, "the ladder has the screen")
        await pilot.resize_terminal(50, 12)
        await until_shown(pilot, "too small")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: stage.app.dashboard.ladder.size.width == 80, "it has it again")
