"""The header on a screen: venue, market, prices, gateways and clock, at every width."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.geometry import Region

from psdash.account.account import Account, AccountPane
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.panes.header import Header, HeaderRow
from psdash.dashboard.panes.links import Links
from psdash.gateway.notices import GatewayName, LinkChanged, LinkState
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import MarketStatus, PlatformStatus
from tests.screens.stand import Stand, colors_of, moved, screen_of, settle, standing, until
from tests.support.boards import FINAL, MARKETS, NOW_MS, NOW_S, fill_book, filled_account, filled_board

MARKET, USER = GatewayName.MARKET, GatewayName.USER


class Scene:
    """What a header looks at."""

    def __init__(self) -> None:
        self.board: Board = filled_board(MARKETS)
        self.account: Account = filled_account(MARKETS)
        state = self.board.state(FINAL.slug)
        assert state is not None
        self.state: MarketState = state
        self.wall_ms = NOW_MS + 3_000
        self.links = [
            LinkChanged(MARKET, LinkState.LIVE, round_trip_ms=2.2),
            LinkChanged(USER, LinkState.LIVE, round_trip_ms=0.4),
        ]

    def make(self, clock: PaintClock) -> Header:
        header = Header(
            clock, "DEMO", lambda: self.wall_ms, Links(lambda: self.links), board=self.board, account=self.account
        )
        header.show(self.state, 0)
        return header


async def test_everything_is_there_at_120_columns() -> None:
    scene = Scene()
    async with standing(scene.make, (120, 30)) as (_, header):
        above, below = screen_of(header)
        last = scene.state.tape.last
        assert last is not None
        assert above.split()[:6] == ["DEMO", "Spain", "to", "beat", "France", "YES"]
        assert FINAL.slug in above
        assert f"mid 52.5  last {int(last.price * 100)} " in above
        assert above.rstrip().endswith("bid 52  ask 53  spread 1")
        assert below.split()[0] == "OPEN"
        assert "Spain vs France" in below
        assert "market ● LIVE 2 ms" in below
        assert "user ● LIVE <1 ms" in below
        assert below.rstrip().endswith("20:00:03 UTC")


async def test_the_clock_goes_on_by_itself() -> None:
    scene = Scene()
    scene.wall_ms += 900
    async with standing(scene.make, (80, 24)) as (pilot, header):
        assert "20:00:03" in screen_of(header)[1]
        app = pilot.app
        assert isinstance(app, Stand)
        scene.wall_ms += 200
        app.now_s += 1
        await until(lambda: "20:00:04" in screen_of(header)[1])


@pytest.mark.parametrize("height", [1, 2])
def test_no_width_cuts_a_number(height: int) -> None:
    scene = Scene()
    scene.state.market = replace(FINAL, title="Q" * 90, event="E" * 90, group="")
    header = scene.make(PaintClock(lambda _delay, _run: None, 30, lambda: NOW_S))
    words = {"DEMO", "D", "YES", "OPEN", "last", "bid", "ask", "mid", "spread", "market", "user", "LIVE", "ms", "UTC"}
    marks = {"●", "▲", "▼", "·"}
    figures = {
        "52",
        "53",
        "52.5",
        FINAL.slug,
        "1",
        "2",
        "<1",
        "20:00:03",
        str(int(scene.state.tape.newest(1)[0].price * 100)),
    }
    whole = words | marks | figures
    for width in (*range(40, 130), 160, 200):
        rows = header.compute(NOW_S, width, height)
        assert len(rows) == height
        lines = [(*row.left, *row.right) for row in rows if isinstance(row, HeaderRow)]
        texts = ["".join(piece.text for piece in line) for line in lines]
        for text in texts:
            assert len(text) == width, text
            assert {word for word in text.split() if not set(word) <= set("QE…")} <= whole, text
        assert "bid 52  ask 53" in texts[0], texts


async def test_a_gateway_in_trouble_is_loud_and_keeps_its_words_at_80() -> None:
    scene = Scene()
    async with standing(scene.make, (80, 24)) as (pilot, header):
        scene.links = [
            LinkChanged(MARKET, LinkState.BACKOFF, "connection lost", retry_in_s=4.0, attempts=2),
            LinkChanged(USER, LinkState.REFUSED, "expired key"),
        ]
        await moved(pilot, header)
        below = screen_of(header)[1]
        assert "market ○ RETRY in 4 s" in below
        assert "user ○ REFUSED" in below
        app = pilot.app
        assert isinstance(app, Stand)
        app.now_s += 2.5
        await moved(pilot, header)
        assert "RETRY in 2 s" in screen_of(header)[1]


async def test_prices_of_a_book_that_is_not_live_are_dimmed() -> None:
    scene = Scene()
    async with standing(scene.make, (120, 30)) as (pilot, header):
        bright = colors_of(header, 0)
        scene.state.book_freshness[0] = Freshness(PaneState.STALE, "", NOW_S, NOW_S)
        scene.state.freshness[MarketPane.TAPE] = Freshness(PaneState.STALE, "", NOW_S, NOW_S)
        await moved(pilot, header)
        assert colors_of(header, 0) != bright
        assert "bid 52  ask 53" in screen_of(header)[0]


async def test_sides_that_are_empty_are_dashes() -> None:
    scene = Scene()
    scene.state.books[0].clear()
    async with standing(scene.make, (120, 30)) as (pilot, header):
        assert "bid ─  ask ─" in screen_of(header)[0]
        assert "spread" not in screen_of(header)[0]
        fill_book(scene.state, 0, bid=30, ask=31)
        await moved(pilot, header)
        assert "bid 30  ask 31  spread 1" in screen_of(header)[0]


async def test_a_market_that_does_not_trade_says_so() -> None:
    scene = Scene()
    scene.state.market = replace(FINAL, status=MarketStatus.PENDING_RESOLUTION)
    async with standing(scene.make, (80, 24)) as (_, header):
        assert screen_of(header)[1].split()[:2] == ["PENDING", "RESOLUTION"]


async def test_a_platform_that_stopped_is_not_open() -> None:
    scene = Scene()
    async with standing(scene.make, (80, 24)) as (pilot, header):
        for platform, word in (
            (PlatformStatus(frozen=True), "FROZEN"),
            (PlatformStatus(maintenance=True), "MAINTENANCE"),
            (PlatformStatus(), "OPEN"),
        ):
            scene.board.platform = platform
            await moved(pilot, header)
            assert screen_of(header)[1].split()[0] == word


async def test_a_status_nobody_would_correct_is_dimmed_like_the_prices() -> None:
    scene = Scene()
    async with standing(scene.make, (120, 30)) as (pilot, header):
        bright = style_of(header, "OPEN")
        scene.links[0] = LinkChanged(MARKET, LinkState.BACKOFF, "gone", retry_in_s=4.0)
        await moved(pilot, header)
        assert style_of(header, "OPEN") != bright


async def test_a_key_without_scope_is_not_plain_live() -> None:
    scene = Scene()
    reason = "the key lacks the scope portfolio:read; issue one that has it to see this"
    for pane in AccountPane:
        scene.account.freshness[pane] = Freshness(PaneState.REFUSED, reason)
    async with standing(scene.make, (120, 24)) as (_, header):
        assert "user ○ LIVE, no scope" in screen_of(header)[1]


async def test_no_cell_is_left_empty_that_the_spread_or_the_title_could_use() -> None:
    scene = Scene()
    scene.state.market = replace(FINAL, title="Who will win the final between Spain and France on Sunday evening?")
    async with standing(scene.make, (80, 24)) as (_, header):
        above = screen_of(header)[0]
        assert "spread 1" in above
        title = above[above.index("Who") : above.index("…") + 1]
        assert len(title) >= 20
        assert "    " not in above.strip()


def style_of(header: Header, word: str) -> object:
    strip = header.render_lines(Region(0, 1, header.size.width, 1))[0]
    return next(segment.style for segment in strip if word in segment.text)


async def test_without_a_market_the_venue_and_the_gateways_are_still_there() -> None:
    scene = Scene()
    async with standing(scene.make, (80, 24)) as (pilot, header):
        header.show(None, words="spain-vs-france-2026-yes")
        header.mark_venue("TESTNET")
        await settle(pilot)
        above, below = screen_of(header)
        assert above.split() == ["TESTNET", "spain-vs-france-2026-yes"]
        assert "market ● LIVE" in below


async def test_a_hostile_title_is_shown_harmlessly() -> None:
    scene = Scene()
    scene.state.market = replace(FINAL, title="[red]a\x1b[31mb\u202ec\n", event="\x9bd")
    async with standing(scene.make, (120, 24)) as (_, header):
        text = "".join(screen_of(header))
        assert "[red]" in text
        assert not set("\x1b\x9b\u202e\n") & set(text)


def test_a_low_terminal_gets_one_line() -> None:
    assert [Header.rows_for(height) for height in (16, 19, 20, 24, 50)] == [1, 1, 2, 2, 2]


async def test_how_far_the_venues_clock_is_off_is_said_and_a_long_way_is_loud() -> None:
    scene = Scene()
    offset_ms: float | None = -12.4

    def make(clock: PaintClock) -> Header:
        links = Links(lambda: scene.links)
        header = Header(clock, "DEMO", lambda: scene.wall_ms, links, offset_ms=lambda: offset_ms)
        header.show(scene.state, 0)
        return header

    async with standing(make, (120, 30)) as (pilot, header):
        assert "venue clock in step  market" in screen_of(header)[1]
        quiet = style_of(header, "in step")
        offset_ms = 3_600.0
        await moved(pilot, header)
        assert "venue clock +3.6 s" in screen_of(header)[1]
        assert style_of(header, "+3.6 s") != quiet
        offset_ms = None
        await moved(pilot, header)
        assert "venue clock" not in screen_of(header)[1]


async def test_the_slug_goes_before_the_title_is_cut() -> None:
    scene = Scene()
    async with standing(scene.make, (80, 24)) as (_, header):
        above = screen_of(header)[0]
        assert FINAL.slug not in above
        assert FINAL.title in above


async def test_a_link_that_is_too_slow_for_the_screen_is_told() -> None:
    scene, behind_s = Scene(), 0.4

    def make(clock: PaintClock) -> Header:
        header = Header(clock, "DEMO", lambda: scene.wall_ms, Links(lambda: scene.links), behind_s=lambda: behind_s)
        header.show(scene.state, 0)
        return header

    async with standing(make, (80, 24)) as (pilot, header):
        assert "behind" not in screen_of(header)[1]
        behind_s = 3.2
        await moved(pilot, header)
        assert "screen 3 s behind" in screen_of(header)[1]
        assert "market ●" in screen_of(header)[1]
        behind_s = 0.0
        await moved(pilot, header)
        assert "behind" not in screen_of(header)[1]
