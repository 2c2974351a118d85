"""The banner on a screen: away while all is well, and the whole sentence when not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from psdash.account.account import Account, AccountPane
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.panes.banner import MOST_ROWS, Banner
from psdash.dashboard.panes.links import Links
from psdash.gateway.notices import GatewayName, LinkChanged, LinkState
from psdash.market.board import Board, MarketState
from psdash.market.freshness import OFF
from psdash.market.lifecycle import MarketStatus, PlatformStatus
from tests.screens.stand import Stand, moved, screen_of, standing, until
from tests.support.boards import FINAL, MARKETS, NOW_MS, filled_account, filled_board

MARKET, USER = GatewayName.MARKET, GatewayName.USER
LIVE = (LinkChanged(MARKET, LinkState.LIVE), LinkChanged(USER, LinkState.LIVE))


class Scene:
    """What a banner looks at; the trader has two orders here and one elsewhere."""

    def __init__(self) -> None:
        self.board: Board = filled_board(MARKETS)
        self.account: Account = filled_account(MARKETS)
        state = self.board.state(FINAL.slug)
        assert state is not None
        self.state: MarketState = state
        self.links: Sequence[LinkChanged] = LIVE
        self.wall_ms = NOW_MS
        self.wanted: list[int] = []

    def make(self, clock: PaintClock) -> Banner:
        scene = self

        class Noted(Banner):
            def on_banner_wants(self, message: Banner.Wants) -> None:
                scene.wanted.append(message.rows)
                self.styles.height = message.rows  # what the screen's layout does

        banner = Noted(clock, self.board, self.account, lambda: self.wall_ms, Links(lambda: self.links))
        banner.styles.height = 0
        banner.show(self.state)
        return banner


def words(banner: Banner) -> str:
    """The banner's text with its lines joined."""
    return " ".join(" ".join(screen_of(banner)).split())


async def test_all_well_takes_no_line() -> None:
    scene = Scene()
    async with standing(scene.make, (120, 30)) as (_, banner):
        assert banner.rows_for(120) == 0
        assert banner.size.height == 0
        assert scene.wanted == []


async def test_a_pause_says_since_when_and_what_becomes_of_the_orders() -> None:
    scene = Scene()
    async with standing(scene.make, (120, 30)) as (pilot, banner):
        scene.state.market = replace(FINAL, status=MarketStatus.PAUSED, paused_ms=NOW_MS - 125_000)
        await moved(pilot, banner)
        await until(lambda: banner.size.height > 0)
        assert words(banner) == (
            "MARKET PAUSED since 19:57:55 UTC (2 min); no new orders; your 2 resting orders stay on the book; "
            "trading resumes where it stopped"
        )
        assert scene.wanted == [banner.size.height]
        scene.state.market = FINAL
        await moved(pilot, banner)
        await until(lambda: banner.size.height == 0)
        assert scene.wanted[-1] == 0


async def test_its_ages_count_on() -> None:
    scene = Scene()
    scene.board.platform = PlatformStatus(frozen=True, since_ms=NOW_MS - 12_000)
    async with standing(scene.make, (120, 30)) as (pilot, banner):
        await until(lambda: "(12 s)" in words(banner))
        scene.wall_ms += 3_000
        app = pilot.app
        assert isinstance(app, Stand)
        app.now_s += 3
        await until(lambda: "(15 s)" in words(banner))


async def test_a_long_list_of_troubles_is_cut_where_one_can_see_it() -> None:
    scene = Scene()
    scene.board.platform = PlatformStatus(frozen=True, message="m" * 150, since_ms=NOW_MS)
    scene.links = (
        LinkChanged(MARKET, LinkState.REFUSED, "reason " * 20),
        LinkChanged(USER, LinkState.REFUSED, "reason " * 20),
    )
    async with standing(scene.make, (60, 24)) as (_, banner):
        await until(lambda: banner.size.height > 0)
        lines = screen_of(banner)
        assert len(lines) == MOST_ROWS
        assert lines[-1].rstrip().endswith("…")
        assert [len(line) for line in lines] == [60] * MOST_ROWS
        assert lines[0].startswith(" PLATFORM FROZEN ")


async def test_figures_that_may_be_old_say_so() -> None:
    scene = Scene()
    scene.account.freshness[AccountPane.ORDERS] = OFF
    scene.state.market = replace(FINAL, status=MarketStatus.PAUSED)
    async with standing(scene.make, (120, 30)) as (_, banner):
        await until(lambda: banner.size.height > 0)
        assert "your 2 resting orders (as last known) stay on the book" in words(banner)


async def test_a_hostile_message_is_shown_harmlessly() -> None:
    scene = Scene()
    scene.board.platform = PlatformStatus(maintenance=True, message="[b]\x1b]0;x\x07 \u202egnp", since_ms=None)
    async with standing(scene.make, (120, 30)) as (_, banner):
        await until(lambda: banner.size.height > 0)
        text = words(banner)
        assert "[b]" in text
        assert not set("\x1b\x07\u202e") & set(text)


async def test_with_no_market_it_still_speaks_for_the_venue() -> None:
    scene = Scene()
    scene.links = (LinkChanged(MARKET, LinkState.BACKOFF, "connection refused", retry_in_s=4.0, attempts=1), LIVE[1])
    async with standing(scene.make, (120, 30)) as (pilot, banner):
        banner.show(None)
        await moved(pilot, banner)
        await until(lambda: banner.size.height > 0)
        assert "MARKET GATEWAY LOST connection refused; next try in 4 s (try 2)" in words(banner)
