"""The banner on a screen: away while all is well, and the whole sentence when not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from psdash.account.account import Account, AccountPane
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.panes.banner import MOST_ROWS, Banner
from psdash.dashboard.panes.links import Links
from psdash.gateway.notices import GatewayName, LinkChanged, LinkState
from psdash.gateway.refusals import CREDENTIAL
from psdash.market.board import Board, MarketState
from psdash.market.freshness import OFF, Freshness, PaneState
from psdash.market.lifecycle import MarketStatus, PlatformStatus
from tests.screens.stand import Stand, moved, screen_of, settle, standing, until
from tests.support.boards import FINAL, MARKETS, NOW_MS, NOW_S, filled_account, filled_board

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
        self.is_deaf = False  # whoever lays out does not hear

    def make(self, clock: PaintClock) -> Banner:
        scene = self

        class Noted(Banner):
            def on_banner_wants(self, message: Banner.Wants) -> None:
                scene.wanted.append(message.rows)
                if not scene.is_deaf:
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
        assert banner.rows_for(120, 30) == 0
        assert banner.size.height == 0
        assert scene.wanted == []


async def test_a_pause_says_since_when_and_what_becomes_of_the_orders() -> None:
    scene = Scene()
    async with standing(scene.make, (120, 30)) as (pilot, banner):
        scene.state.market = replace(FINAL, status=MarketStatus.PAUSED, paused_ms=NOW_MS - 125_000)
        await moved(pilot, banner)
        await until(lambda: banner.size.height > 0)
        assert words(banner) == (
            "MARKET PAUSED No new orders; your 2 resting orders stay on the book. Since 19:57:55 UTC (2 min). "
            "Trading resumes where it stopped."
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


async def test_a_long_list_of_troubles_says_how_many_more_there_are() -> None:
    scene = Scene()
    scene.board.platform = PlatformStatus(frozen=True, message="m" * 150, since_ms=NOW_MS)
    scene.links = (
        LinkChanged(MARKET, LinkState.REFUSED, "reason " * 20),
        LinkChanged(USER, LinkState.REFUSED, "other " * 20),
    )
    async with standing(scene.make, (60, 24)) as (_, banner):
        await until(lambda: banner.size.height > 0)
        lines = screen_of(banner)
        assert len(lines) == MOST_ROWS
        assert "+1 more: d" in lines[-1]
        assert [len(line) for line in lines] == [60] * MOST_ROWS
        assert lines[0].startswith(" PLATFORM FROZEN ")


async def test_a_freeze_takes_two_lines_of_80_columns_and_cuts_no_sentence() -> None:
    scene = Scene()
    message = "Trading is frozen while the matching engine fails over. Resting orders are kept."
    scene.board.platform = PlatformStatus(frozen=True, message=message, since_ms=NOW_MS - 12_000)
    async with standing(scene.make, (80, 24)) as (_, banner):
        await until(lambda: banner.size.height > 0)
        assert banner.size.height == 2
        assert words(banner).startswith(
            "PLATFORM FROZEN No orders accepted; your 3 resting orders stay. Since 19:59:48"
        )
        assert "…" not in words(banner)
        assert words(banner).endswith("More: d.")


@pytest.mark.parametrize("code", list(CREDENTIAL))
async def test_a_refused_key_is_one_banner_that_fits_80_columns(code: str) -> None:
    scene = Scene()
    scene.links = tuple(LinkChanged(name, LinkState.REFUSED, CREDENTIAL[code].words) for name in (MARKET, USER))
    async with standing(scene.make, (80, 24)) as (_, banner):
        await until(lambda: banner.size.height > 0)
        text = words(banner)
        assert text.count("REFUSED") == 1
        assert "BOTH GATEWAYS" in text
        assert "…" not in text
        assert "; until then" not in text
        assert banner.size.height <= 3
        assert not any(line.strip() == "" for line in screen_of(banner))
        remedy = CREDENTIAL[code].words.split(". ")[-1].rstrip(". ")
        assert remedy.removeprefix("psdash stopped dialling")[:30] in text


async def test_it_takes_no_line_more_than_it_writes_while_the_tries_go_on() -> None:
    scene = Scene()
    reason = "The gateway cannot be reached (connection refused by 127.0.0.1:18765)"
    async with standing(scene.make, (80, 24)) as (pilot, banner):
        app = pilot.app
        assert isinstance(app, Stand)
        heads = set()
        for at in range(24):
            state = (LinkState.BACKOFF, LinkState.DIALLING, LinkState.BACKOFF, LinkState.AUTH)[at % 4]
            waits = state is LinkState.BACKOFF
            market = LinkChanged(
                MARKET, state, reason if waits else "", retry_in_s=10.0 if waits else None, attempts=at
            )
            user = LinkChanged(USER, LinkState.BACKOFF, reason, retry_in_s=9.5, attempts=at)
            scene.links = (market, user) if at else LIVE
            await moved(pilot, banner)
            await until(lambda: banner.size.height == banner.rows_for(80, 24))
            app.now_s += 0.7
            scene.wall_ms += 700
            lines = screen_of(banner)
            assert all(line.strip() for line in lines)
            if lines:
                heads.add(" ".join(lines[0].split()[:3]))
        assert heads == {"BOTH GATEWAYS LOST"}


async def test_a_wish_that_another_layout_undid_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two paints the screen may be laid out for some other reason, and the lines are what they were then."""
    scene = Scene()
    paused = replace(FINAL, status=MarketStatus.PAUSED, paused_ms=NOW_MS)
    async with standing(scene.make, (120, 30)) as (pilot, banner):
        scene.state.market = paused
        await moved(pilot, banner)
        await until(lambda: banner.size.height == 2)
        await moved(pilot, banner)
        scene.state.market = FINAL
        banner.paint(NOW_S)
        with monkeypatch.context() as held:
            held.setattr(banner, "paint", lambda _now_s: None)
            await until(lambda: banner.size.height == 0)
            banner.styles.height = 2
            await until(lambda: banner.size.height == 2)
            await settle(pilot)
        await moved(pilot, banner)
        await until(lambda: banner.size.height == 0)
        assert scene.wanted == [2, 0, 0]


async def test_a_wish_that_nothing_came_of_is_told_again_after_a_second() -> None:
    scene = Scene()
    scene.is_deaf = True
    async with standing(scene.make, (120, 30)) as (pilot, banner):
        scene.state.market = replace(FINAL, status=MarketStatus.PAUSED, paused_ms=NOW_MS)
        for wishes in (1, 1, 2):
            await moved(pilot, banner)
            assert scene.wanted == [2] * wishes
            app = pilot.app
            assert isinstance(app, Stand)
            app.now_s += 0.6


async def test_a_key_without_scope_is_told_in_one_line() -> None:
    scene = Scene()
    reason = "the key lacks the scope portfolio:read; issue one that has it to see this"
    for pane in AccountPane:
        scene.account.freshness[pane] = Freshness(PaneState.REFUSED, reason)
    async with standing(scene.make, (80, 24)) as (_, banner):
        await until(lambda: banner.size.height == 1)
        assert words(banner) == "KEY WITHOUT SCOPE Orders, fills and vault need portfolio:read."


async def test_a_status_without_a_time_counts_from_when_it_was_first_seen() -> None:
    scene = Scene()
    async with standing(scene.make, (120, 30)) as (pilot, banner):
        scene.state.market = replace(FINAL, status=MarketStatus.SUSPENDED)
        await moved(pilot, banner)
        await until(lambda: banner.size.height > 0)
        scene.wall_ms += 65_000
        await moved(pilot, banner)
        assert "Since at least 20:00:00 UTC (1 min)." in words(banner)


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
        assert "MARKET GATEWAY NOT REACHED Since 20:00:00 UTC" in words(banner)
        assert "Next try within 4 s (try 2). Connection refused." in words(banner)
