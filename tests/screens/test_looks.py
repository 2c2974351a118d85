"""How things look, and what a person can change about it while the program runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from textual.widgets import Input

from psdash.dashboard.painting.themes import BLUE_ORANGE, GRAPHITE
from psdash.settings import Settings
from tests.screens.goldens import SCENES, Scene, at_rest, playing
from tests.support import boards
from tests.support.screens import Stage, lines_of, text_of, until, until_shown

#: Every screen once, and the dashboard at every size.
IN_ASCII = [
    (scene, size) for scene in SCENES for size in (scene.sizes if scene.name == "dashboard" else scene.sizes[:1])
]


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as set_zone:
        set_zone.setenv("TZ", "JST-9")
        time.tzset()
        yield
    time.tzset()


def with_settings(**settings: object) -> Stage:
    return Stage(settings=Settings.model_validate({"demo": True, "slugs": (boards.FINAL.slug,), **settings}))


@pytest.mark.parametrize(("scene", "size"), IN_ASCII, ids=[scene.path(size).stem for scene, size in IN_ASCII])
async def test_in_ascii_no_cell_of_any_screen_is_anything_else(scene: Scene, size: tuple[int, int]) -> None:
    plain = replace(scene, settings={**scene.settings, "ascii": True})
    async with playing(plain, size) as (pilot, stage):
        shot = await at_rest(pilot, stage)
        odd = {char for line in shot.text for char in line if not char.isascii()}
        assert not odd, "\n".join(line for line in shot.text if not line.isascii())
        assert all(len(line) == size[0] for line in shot.text)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_privacy_masks_own_amounts_and_nothing_else(size: tuple[int, int]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        await until_shown(pilot, "◆1,240")
        await pilot.press("4", "P")
        await until(pilot, lambda: "1,240" not in text_of(stage.app), "own sizes are masked")
        assert "7,757" in text_of(stage.app)  # the public book
        assert "bid 52  ask 53" in text_of(stage.app)
        await pilot.press("P")
        await until_shown(pilot, "◆1,240")


async def test_privacy_from_the_start() -> None:
    stage = with_settings(privacy=True)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "7,757")
        assert "1,240" not in text_of(stage.app)


@pytest.mark.usefixtures("tokyo")
async def test_the_zone_is_printed_in_the_header_and_over_the_tape() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "20:00:00 UTC")
        head = next(line for line in lines_of(stage.app) if "SIZE" in line)
        assert "UTC" in head
        await pilot.press("u")
        await until_shown(pilot, "05:00:00 JST")
        await until(
            pilot, lambda: any("JST" in line and "SIZE" in line for line in lines_of(stage.app)), "in the head"
        )
        assert "UTC" not in text_of(stage.app)
        assert "04:59:58" in text_of(stage.app)  # a print
        await pilot.press("u")
        await until_shown(pilot, "20:00:00 UTC")


@pytest.mark.usefixtures("tokyo")
async def test_the_zone_from_the_start() -> None:
    stage = with_settings(zone="local")
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "05:00:00 JST")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_dense_shows_more_of_the_book(size: tuple[int, int]) -> None:
    stage = Stage()
    async with stage.app.run_test(size=size) as pilot:
        ladder = stage.app.dashboard.ladder
        await until_shown(pilot, "? help")
        before = ladder.size.height
        await pilot.press("D")
        await until(pilot, lambda: ladder.size.height == before + 2, "the ladder has two more rows")
        await until(pilot, lambda: "? help" not in text_of(stage.app), "the line of keys is gone")
        await until(
            pilot, lambda: lines_of(stage.app)[1].startswith("╭─ YES ladder"), "the panes begin under the header"
        )
        await pilot.press("D")
        await until_shown(pilot, "? help")
        assert ladder.size.height == before


async def test_dense_from_the_start() -> None:
    stage = with_settings(dense=True)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "YES ladder")
        assert lines_of(stage.app)[1].startswith("╭─ YES ladder")


async def test_a_theme_can_be_chosen_from_the_palette_while_the_program_runs() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "YES ladder")
        assert stage.app.theme == GRAPHITE.full_name
        await pilot.press("ctrl+p")
        await until(pilot, lambda: bool(stage.app.screen.query(Input)), "the palette is open")
        await pilot.press(*"theme blue")
        await until_shown(pilot, BLUE_ORANGE.means)
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.theme == BLUE_ORANGE.full_name, "the theme is worn")


async def test_no_color_is_answered_by_a_theme_and_not_by_grey(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who sets NO_COLOR and asks for a theme gets the theme's colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    stage = with_settings(theme="blue-orange")
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "YES ladder")
        shot = await at_rest(pilot, stage)
        assert any(BLUE_ORANGE.meanings.ask in look for row in shot.looks for look in row)


@pytest.mark.parametrize("theme", ["sixteen", "monochrome"])
async def test_the_chosen_command_of_the_palette_stands_out_where_nothing_has_a_ground(theme: str) -> None:
    palette = next(scene for scene in SCENES if scene.name == "palette")
    async with playing(replace(palette, settings={"theme": theme}), (80, 24)) as (pilot, stage):

        async def chosen() -> list[str]:
            shot = await at_rest(pilot, stage)
            return [
                line.strip()
                for line, looks in zip(shot.text, shot.looks, strict=True)
                if sum(look.startswith("bold") for look in looks) > 20
            ]

        first = await chosen()
        assert len(first) in (1, 2)  # a command and what it means
        await pilot.press("down")
        second = await chosen()
        assert len(second) in (1, 2)
        assert second != first


async def test_in_ascii_the_help_calls_the_arrows_by_name() -> None:
    stage = with_settings(ascii=True)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "YES ladder")
        await pilot.press("question_mark")
        await until_shown(pilot, "] Right")
        await until_shown(pilot, "Up k")
