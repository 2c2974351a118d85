"""The app in a headless terminal: made from a board and an account, read as text."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from psdash.account.account import Account
from psdash.dashboard.app import PsdashApp
from psdash.market.board import Board
from psdash.settings import Settings
from psdash.terminal import LastHop
from tests.support import boards
from tests.support.fake_venue import FakeSource, FakeVenue

DEADLINE_S = 20.0


class Stage:
    """One app, its venue and its hand-held clock. `now_s` moves only when a test moves it."""

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        venue: FakeVenue | None = None,
        source: FakeSource | None = None,
        board: Board | None = None,
        account: Account | None = None,
        hop: LastHop | None = None,
    ) -> None:
        self.now_s = boards.NOW_S + 1
        self.wall_ms = boards.NOW_MS
        self.board = board if board is not None else boards.filled_board()
        self.account = account if account is not None else boards.filled_account()
        self.venue = venue if venue is not None else FakeVenue(boards.MARKETS)
        self.source = source if source is not None else FakeSource()
        self.app = PsdashApp(
            settings if settings is not None else Settings(demo=True, slugs=(boards.FINAL.slug,)),
            self.source,
            hop=hop,
            open_venue=self.venue.open,
            now_s=lambda: self.now_s,
            wall_ms=lambda: self.wall_ms,
            board=self.board,
            account=self.account,
        )


def lines_of(app: PsdashApp) -> list[str]:
    """What the terminal shows, top to bottom."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def text_of(app: PsdashApp) -> str:
    """What the terminal shows, as one text."""
    return "\n".join(lines_of(app))


async def until(pilot: Pilot[Any], holds: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds. Fails with `what` and the screen after the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        if time.monotonic() > deadline:
            app = pilot.app
            assert isinstance(app, PsdashApp)
            raise AssertionError(f"never: {what}\n{text_of(app)}")
        await pilot.pause(0.01)


async def until_shown(pilot: Pilot[Any], words: str) -> None:
    """Wait until these words are on the screen."""
    app = pilot.app
    assert isinstance(app, PsdashApp)
    await until(pilot, lambda: words in text_of(app), f"{words!r} on the screen")
