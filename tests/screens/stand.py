"""A bare app that stands widgets up with a clock that the test moves, and reads what they put on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from textual.app import App
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget

from psdash.dashboard.painting.paint import PaintClock, schedule_on
from psdash.dashboard.painting.pane import RowsWidget
from psdash.dashboard.painting.showing import Shower
from psdash.dashboard.painting.themes import THEMES
from tests.support.boards import NOW_S


class Stand(App[None]):
    """An empty screen. `now_s` is the monotonic second that every widget sees."""

    CSS = """
    Screen { background: $background; }
    Ladder, TapePane { width: 100%; height: 100%; background: $background; }
    Header { height: 2; }
    Banner { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.now_s = NOW_S
        self.paint_clock = PaintClock(schedule_on(self), 1000, lambda: self.now_s, Shower())

    def on_mount(self) -> None:
        for theme in THEMES:
            self.register_theme(theme.as_textual())
        self.theme = THEMES[0].full_name


_W = TypeVar("_W", bound=RowsWidget)


@asynccontextmanager
async def standing(make: Callable[[PaintClock], _W], size: tuple[int, int]) -> AsyncIterator[tuple[Pilot[None], _W]]:
    """A terminal of this size with one widget on it, painted."""
    app = Stand()
    async with app.run_test(size=size) as pilot:
        widget = make(app.paint_clock)
        await app.mount(widget)
        await settle(pilot)
        yield pilot, widget


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until everything marked has been painted and sent on."""
    app = pilot.app
    assert isinstance(app, Stand)
    await pilot.pause()
    for _ in range(500):
        if app.paint_clock.is_idle:
            break
        app.now_s += 0.001  # frames are due by this clock
        await asyncio.sleep(0.001)
    assert app.paint_clock.is_idle, "the paint clock never came to rest"
    await pilot.pause()


async def until(condition: Callable[[], bool], deadline_s: float = 10) -> None:
    """Wait for something that a timer of the loop will bring about."""
    async with asyncio.timeout(deadline_s):
        while not condition():  # noqa: ASYNC110 - what changes is the screen, and it sets no event
            await asyncio.sleep(0.01)


async def moved(pilot: Pilot[Any], widget: RowsWidget) -> None:
    """Tell a widget that its state moved, as the bridge does, and wait for the paint."""
    widget.tell()
    await settle(pilot)


def screen_of(widget: Widget) -> list[str]:
    """The widget's lines as it last gave them to the screen (through Textual's own cache of clean lines)."""
    return [strip.text for strip in widget.render_lines(Region(0, 0, *widget.size))]


def line_with(widget: Widget, *words: str) -> str:
    """The one line that has all these words."""
    lines = [line for line in screen_of(widget) if all(word in line for word in words)]
    assert len(lines) == 1, f"{words} in {len(lines)} lines of:\n" + "\n".join(screen_of(widget))
    return lines[0]


def colors_of(widget: Widget, y: int) -> set[tuple[int, int, int]]:
    """Every ink on a line."""
    strip = widget.render_lines(Region(0, y, widget.size.width, 1))[0]
    inks = [segment.style.color for segment in strip if segment.text.strip() and segment.style]
    return {(*ink.triplet,) for ink in inks if ink is not None and ink.triplet is not None}


class Refreshes:
    """Writes down which lines a widget has asked to be drawn again."""

    def __init__(self, widget: RowsWidget, monkeypatch: Any) -> None:
        self.lines: set[int] = set()
        self.is_whole = False
        plain = widget.refresh

        def spy(*regions: Region, **options: Any) -> Widget:
            self.is_whole = self.is_whole or not regions
            for region in regions:
                self.lines |= set(range(region.y, region.bottom))
            return plain(*regions, **options)

        monkeypatch.setattr(widget, "refresh", spy)

    def forget(self) -> None:
        self.lines, self.is_whole = set(), False
