"""A program under test: the real dashboard (or one ladder) on a venue that moves an exact number of levels a frame.

Run in a pty by the rows. The log it leaves (JSON) holds the CPU it used and when each step was told to the screen.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rich.text import Text
from textual.app import App, ComposeResult
from textual.widgets import Static

from benchmarks.drivers import STOCK, install
from psdash.dashboard.app import PsdashApp
from psdash.dashboard.painting.paint import PaintClock, schedule_on
from psdash.dashboard.painting.showing import Shower
from psdash.dashboard.painting.themes import THEMES
from psdash.dashboard.panes.ladder import Ladder
from psdash.gateway.notices import BookMoved, Emit
from psdash.market.board import MarketState
from psdash.market.book import Change, Side
from psdash.market.ticks import CENT
from psdash.settings import Settings
from psdash.terminal import LastHop
from tests.support import boards
from tests.support.fake_venue import FakeSource, FakeVenue

#: The book of `boards.fill_book`: thirty levels a side around 52 / 53 cents.
BID, ASK, LEVELS = 52, 53, 30
#: In the ages' runs a level's size tells the step that set it: this much and the step.
BASE_SIZE: Final = 1_000
SETTLE_S: Final = 1.0


class Steps:
    """Level changes, an exact number a step, the same ones in every run of a seed."""

    def __init__(self, changes: int, *, tell_step: bool, seed: int = 5) -> None:
        self._rng = random.Random(seed)
        self._changes = changes
        self._tell_step = tell_step
        self.done = 0

    def next(self) -> list[Change]:
        """The changes of the next step. Where sizes tell the step, both touch rows are always among them."""
        self.done += 1
        levels = [(self._rng.choice((Side.BID, Side.ASK)), self._rng.randrange(LEVELS)) for _ in range(self._changes)]
        if self._tell_step:
            levels += [(Side.BID, 0), (Side.ASK, 0)]
        return [Change(side, self._ticks(side, away), self._size(), self._rng.randint(1, 9)) for side, away in levels]

    def _size(self) -> Decimal:
        return Decimal(BASE_SIZE + self.done if self._tell_step else self._rng.randint(20, 9_000))

    @staticmethod
    def _ticks(side: Side, away: int) -> int:
        return (BID - away if side is Side.BID else ASK + away) * CENT


class Player:
    """Plays the steps into a state, and keeps the books on what it cost."""

    def __init__(self, options: argparse.Namespace, state: MarketState) -> None:
        self.options = options
        self.state = state
        self.steps = Steps(options.changes, tell_step=options.tell_step)
        self.told_s: list[float] = []
        self.cpu_s = 0.0
        self.gap_s = 0.0
        self.began_s = 0.0

    def step(self) -> None:
        book = self.state.books[0]
        book.apply(self.steps.next(), seq=(book.seq or 0) + 1, venue_ms=boards.NOW_MS)
        self.told_s.append(time.monotonic())

    async def play(self, tell: Callable[[], object]) -> None:
        """All steps, one a period; then write the log."""
        options = self.options
        await asyncio.sleep(SETTLE_S)
        self.began_s = due_s = time.monotonic()
        began_cpu_s = time.process_time()
        for _ in range(options.steps):
            self.step()
            tell()
            due_s += options.period_ms / 1000
            await self._until(due_s)
        self.cpu_s = time.process_time() - began_cpu_s
        self.write()
        await asyncio.sleep(options.linger_s)

    async def _until(self, due_s: float) -> None:
        left_s = due_s - time.monotonic()
        await asyncio.sleep(max(0.0, left_s))
        self.gap_s = max(self.gap_s, time.monotonic() - due_s)

    def write(self) -> None:
        log = {"cpu_s": self.cpu_s, "began_s": self.began_s, "told_s": self.told_s, "gap_s": self.gap_s}
        path = Path(self.options.log)
        path.with_suffix(".part").write_text(json.dumps(log))
        path.with_suffix(".part").rename(path)  # whole, or not there


def dashboard(options: argparse.Namespace) -> App[Any]:
    """The whole program but for the network."""
    board = boards.filled_board()
    state = board.state(boards.FINAL.slug)
    assert state is not None
    player = Player(options, state)
    began_s = time.monotonic()
    venue = FakeVenue(boards.MARKETS)

    async def play() -> None:
        told: Emit = venue.emit
        await player.play(lambda: told(BookMoved(boards.FINAL.slug, 0, state.books[0].seq)))
        app.exit()

    venue.market.run = play  # type: ignore[method-assign]
    # The clocks on the screen move with the steps: every run of a seed shows the same.
    app = PsdashApp(
        Settings(demo=True, slugs=(boards.FINAL.slug,), fps=60),
        FakeSource(),
        hop=LastHop(stock=options.driver == STOCK),
        open_venue=venue.open,
        now_s=lambda: boards.NOW_S + 1 + (time.monotonic() - began_s),
        wall_ms=lambda: boards.NOW_MS + player.steps.done * options.period_ms,
        board=board,
        account=boards.filled_account(),
    )
    return app


class OnePane(App[None]):
    """One ladder, drawn by our Line API widget, or by `Static.update(Text)`, or not at all."""

    CSS = "Screen { background: $background; } Ladder, Static { width: 62; height: 100%; }"

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self.options = options
        state = boards.filled_board(watched=1).state(boards.FINAL.slug)
        assert state is not None
        self.player = Player(options, state)
        self.paint_clock = PaintClock(schedule_on(self), 60, time.monotonic, Shower())
        self.ladder = Ladder(self.paint_clock)
        self.text = Static()
        for theme in THEMES:
            self.register_theme(theme.as_textual())
        self.theme = THEMES[0].full_name

    def compose(self) -> ComposeResult:
        yield self.text if self.options.subject == "static" else self.ladder

    def on_mount(self) -> None:
        self.ladder.show(self.player.state, 0, boards.filled_account().orders)
        self.run_worker(self._play())

    async def _play(self) -> None:
        tell = {"ladder": self.ladder.tell, "static": self._update, "idle": lambda: None}[self.options.subject]
        await self.player.play(tell)
        self.exit()

    def _update(self) -> None:
        """The same rows in the same look, as most programs would draw them."""
        ladder = self.ladder
        width, height = self.text.size
        text = Text(no_wrap=True, end="")
        for row in ladder.compute(time.monotonic(), width, height):
            for segment in ladder.draw(row, width):
                text.append(segment.text, segment.style)
            text.append("\n")
        self.text.update(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stage")
    parser.add_argument("--driver", default="stock")
    parser.add_argument("--subject", choices=("dashboard", "ladder", "static", "idle"), default="dashboard")
    parser.add_argument("--changes", type=int, default=33)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--period-ms", type=int, default=40)
    parser.add_argument("--linger-s", type=float, default=0.3)
    parser.add_argument("--tell-step", action="store_true")
    parser.add_argument("--log", required=True)
    return parser.parse_args()


def main() -> None:
    options = _options()
    if options.subject == "dashboard":
        app = dashboard(options)
    else:
        app = OnePane(options)
        install(app, options.driver)
    app.run(mouse=False)


if __name__ == "__main__":
    main()
