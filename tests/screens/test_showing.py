"""Lines that go straight to the driver: whatever a person does, the screen is what compositing it all would give."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, cast

import pytest
from textual._context import visible_screen_stack
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from psdash.dashboard.painting.themes import THEMES
from psdash.gateway.notices import BookMoved
from psdash.market.book import Change, Side
from psdash.market.ticks import CENT
from psdash.terminal import CellDriver, LastHop, Screen
from tests.support import boards
from tests.support.screens import Stage, until, until_shown

SIZES: Final = ((120, 40), (80, 24), (160, 50))
#: Keys that move the focus, the panes and what lies over them; none that leaves.
KEYS: Final = ("tab", "2", "4", "3", "1", "?", "escape", "escape", "/", "escape", "x", "down", "up", "d", "escape")


class GridDriver(HeadlessDriver):
    """A terminal that keeps cells: what Textual writes, and what comes straight."""

    hop: LastHop

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.cells = Screen(*(self._size or SIZES[0]))
        self.placed = self.wrote = 0
        self.hop.driver = cast("CellDriver", self)

    @property
    def is_headless(self) -> bool:
        return False

    @property
    def behind_s(self) -> float:
        return 0.0

    def write(self, data: str) -> None:
        self.wrote += 1
        self.cells.write(data)

    def place(self, lines: Sequence[tuple[int, int, str]]) -> None:
        self.placed += len(lines)
        self.cells.place(lines)

    def flush(self) -> None:
        """Nothing waits."""


class GridHop(LastHop):
    """Brings the app onto that terminal."""

    def __init__(self) -> None:
        super().__init__(stock=True)

    @property
    def driver_class(self) -> type[Any]:
        return type("BoundGridDriver", (GridDriver,), {"hop": self})

    def measures(self) -> None:
        """There is no last hop to measure."""


def driver_of(stage: Stage) -> GridDriver:
    return cast("GridDriver", stage.app.hop.driver)


def rows_of(screen: Screen) -> list[list[tuple[str, object]]]:
    """Every cell with its look, whatever the styles are called here."""
    grid = screen.grid
    return [
        [(cell, grid.styles.style(name)) for cell, name in zip(text, style, strict=True)]
        for text, style in zip(grid.text, grid.style, strict=True)
    ]


def composed(stage: Stage) -> Screen:
    """The screen as Textual puts it together from nothing."""
    app = stage.app
    visible_screen_stack.set(app._background_screens)
    strips = app.screen._compositor.render_strips()
    truth = Screen(app.size.width, app.size.height)
    truth.write("".join(f"\x1b[{y + 1};1H{strip.render(app.console)}" for y, strip in enumerate(strips)))
    return truth


def apart(stage: Stage) -> Iterable[str]:
    """The rows that are not what they should be."""
    shown, wanted = rows_of(driver_of(stage).cells), rows_of(composed(stage))
    for y, (ours, theirs) in enumerate(zip(shown, wanted, strict=True)):
        if ours != theirs:
            x = next(at for at, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other)
            yield f"row {y} from {x}: {''.join(c for c, _ in ours)!r} for {''.join(c for c, _ in theirs)!r}"


async def settled(pilot: Pilot[Any], stage: Stage, what: str = "the screen") -> None:
    """Wait until nothing is left to be painted and every cell is what it should be. Fails with the rows that are not.

    The app's clock stands still, so that nothing later brings what a frame left out.
    """
    app = stage.app
    await pilot.pause()
    await until(pilot, lambda: app.paint_clock.is_idle, "an idle clock")
    await until(pilot, lambda: not app.screen._dirty_widgets and not app.screen._layout_required, "a drawn screen")
    try:
        await until(pilot, lambda: not list(apart(stage)), what)
    except AssertionError:
        pytest.fail(f"{what}: {list(apart(stage))[:3]}")


def move_book(stage: Stage, rng: random.Random) -> None:
    """A few levels of either outcome's book change, and the gateway says so."""
    state = stage.board.state(boards.FINAL.slug)
    assert state is not None
    outcome = rng.randrange(2)
    book = state.books[outcome]
    changes = [
        Change(side, ticks, Decimal(rng.choice((0, rng.randint(1, 9_000)))))
        for side in Side
        for ticks in rng.sample([each * CENT for each in (range(1, 50) if side is Side.BID else range(51, 100))], 3)
    ]
    book.apply(changes, seq=(book.seq or 0) + 1, venue_ms=boards.NOW_MS)
    stage.app.bridge.emit(BookMoved(boards.FINAL.slug, outcome, book.seq))


@pytest.mark.parametrize("seed", range(6))
async def test_every_cell_is_what_compositing_would_give(seed: int) -> None:
    rng = random.Random(seed)
    stage = Stage(hop=GridHop())
    app = stage.app
    async with app.run_test(headless=False, size=SIZES[0], notifications=True) as pilot:
        await until_shown(pilot, "LIVE")
        driver = driver_of(stage)
        for turn in range(40):
            what = rng.random()
            if what < 0.6:
                move_book(stage, rng)
            elif what < 0.8:
                await pilot.press(rng.choice(KEYS))
            elif what < 0.86:
                app.notify("東京 is a long way from here", timeout=rng.choice((0.05, 600)))
            elif what < 0.92:
                app.wear(rng.choice(THEMES))
            else:
                width, height = rng.choice(SIZES)
                driver.cells.resize(width, height)
                await pilot.resize_terminal(width, height)
            stage.now_s += rng.choice((0.1, 1.0))
            stage.wall_ms += 1_000
            app.bridge.tell_all()
            await settled(pilot, stage, f"seed {seed}, turn {turn}")
        assert driver.placed > 40, "nothing went straight"
        assert driver.wrote > 0


async def test_what_a_toast_covers_is_drawn_by_textual() -> None:
    stage = Stage(hop=GridHop())
    app = stage.app
    async with app.run_test(headless=False, size=(80, 24), notifications=True) as pilot:
        await until_shown(pilot, "LIVE")
        await settled(pilot, stage)
        app.notify("over the panes\n" * 12, timeout=60)
        await until_shown(pilot, "over the panes")
        await settled(pilot, stage)
        for seed in range(5):
            move_book(stage, random.Random(seed))
            stage.now_s += 1
            app.bridge.tell_all()
            await settled(pilot, stage)
            assert "over the panes" in "\n".join(driver_of(stage).cells.grid.text)


async def test_under_a_batch_nothing_goes_straight() -> None:
    stage = Stage(hop=GridHop())
    async with stage.app.run_test(headless=False, size=SIZES[0]) as pilot:
        await until_shown(pilot, "LIVE")
        await settled(pilot, stage)
        driver, clock = driver_of(stage), stage.app.paint_clock
        placed, frames = driver.placed, clock.frames
        with stage.app.batch_update():
            move_book(stage, random.Random(1))
            stage.now_s += 1
            await until(pilot, lambda: clock.frames > frames, "a frame")
            assert driver.placed == placed
        await settled(pilot, stage)
