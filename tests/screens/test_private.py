"""Orders, fills and vault as a trader reads them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from psdash.account.account import AccountPane
from psdash.account.orders import OrderSide
from psdash.account.positions import Balance, Position
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.panes.orders import OrdersPane
from psdash.gateway.notices import AccountMoved, AccountPaneMoved, BookMoved, MarketPaneMoved
from psdash.market.board import MarketPane
from psdash.market.freshness import Freshness, PaneState
from tests.support import boards
from tests.support.screens import Stage, lines_of, text_of, until, until_shown

FULL = (200, 50)


def row_with(stage: Stage, *words: str) -> list[str]:
    """The words right of the tape of the first line that holds all of these."""
    line = next(line for line in lines_of(stage.app) if all(word in line for word in words))
    return line.split("│")[-2].split()


async def test_orders_say_what_is_left_and_those_of_the_market_come_first() -> None:
    stage = Stage()
    async with stage.app.run_test(size=FULL) as pilot:
        await until_shown(pilot, "mm-o1")
        assert row_with(stage, "mm-o1")[:7] == ["◆", "BUY", "YES", "50", "1,240", "760", "2"]
        assert row_with(stage, "mm-o1")[-4:] == ["Spain", "12", "min", "mm-o1"]
        assert row_with(stage, "mm-o3")[:3] == ["BUY", "NO", "44"]
        ids = [line.split("mm-")[1][:2] for line in lines_of(stage.app) if "mm-" in line]
        assert ids == ["o2", "o1", "o3"]
        await pilot.press("]")
        await until(pilot, lambda: row_with(stage, "mm-o3")[0] == "◆", "the other market's order is marked")
        ids = [line.split("mm-")[1][:2] for line in lines_of(stage.app) if "mm-" in line]
        assert ids[0] == "o3"


async def test_a_fill_moves_its_order_and_an_order_that_ends_leaves() -> None:
    stage = Stage()
    async with stage.app.run_test(size=FULL) as pilot:
        await until_shown(pilot, "mm-o2")
        await until(pilot, lambda: stage.venue.user.running, "the gateway runs")
        stage.account.orders.fill("o2", Decimal(500), boards.NOW_MS)
        stage.venue.emit(AccountMoved(AccountPane.FILLS))
        await until(pilot, lambda: row_with(stage, "mm-o2")[3:6] == ["55", "1,000", "500"], "the order moved")
        stage.account.orders.cancelled("o2")
        stage.venue.emit(AccountMoved(AccountPane.ORDERS))
        await until(pilot, lambda: "mm-o2" not in text_of(stage.app), "the order left")


async def test_ages_grow_while_nothing_else_happens() -> None:
    stage = Stage()
    async with stage.app.run_test(size=FULL) as pilot:
        await until(pilot, lambda: row_with(stage, "mm-o3")[-3:-1] == ["8", "s"], "the age")
        stage.wall_ms += 3_000
        stage.now_s += 3
        await until(pilot, lambda: row_with(stage, "mm-o3")[-3:-1] == ["11", "s"], "the age has grown")


async def test_fills_are_matched_and_then_settled() -> None:
    stage = Stage()
    async with stage.app.run_test(size=FULL) as pilot:
        await until_shown(pilot, "○ matched")
        await until(pilot, lambda: stage.venue.user.running, "the gateway runs")
        newest = row_with(stage, "BUY", "○ matched")
        assert newest[:6] == ["◆", "19:59:19", "BUY", "YES", "52", "396"]
        assert newest[-3:] == ["─", "○", "matched"]
        for at in (7, 8):
            stage.account.fills.settle(f"t{at}", boards.NOW_MS)
        stage.venue.emit(AccountMoved(AccountPane.FILLS))
        await until(pilot, lambda: "○ matched │" not in text_of(stage.app), "both are settled")
        assert row_with(stage, "19:59:19", "BUY")[-2:] == ["●", "settled"]


async def test_a_fill_of_another_day_says_its_day() -> None:
    stage = Stage()
    stage.wall_ms += 86_400_000
    async with stage.app.run_test(size=FULL) as pilot:
        await until_shown(pilot, "26-07-15")


async def test_positions_are_worth_the_mid_where_it_is_known_and_nothing_is_guessed() -> None:
    stage = Stage()
    async with stage.app.run_test(size=FULL) as pilot:
        await until_shown(pilot, "4,200")
        known = ["47", "52.5", "$2,184.00", "$2,205.00", "+$231.00", "+$12.50"]  # cost, mid, at bid, at mid
        assert row_with(stage, "4,200")[-6:] == known
        assert row_with(stage, "900", "NO")[-6:] == ["61", "57.5", "$513.00", "$517.50", "-$31.50", "─"]
        assert row_with(stage, "150", "Bitcoin")[-6:] == ["─"] * 6
        assert "worth $2,722.50 (2 of 3) at mid · $2,697.00 (2 of 3) at bid" in text_of(stage.app)
        assert "USDC $8,214.55 available · $1,240.00 locked · $9,454.55 total" in text_of(stage.app)


async def test_a_position_follows_its_book_without_a_word_from_the_account() -> None:
    stage = Stage()
    async with stage.app.run_test(size=FULL) as pilot:
        await until_shown(pilot, "$2,205.00")
        await until(pilot, lambda: stage.venue.user.running, "the gateway runs")
        state = stage.board.state(boards.FINAL.slug)
        assert state is not None
        boards.fill_book(state, bid=60, ask=62, seq=101)
        stage.now_s += 1
        stage.venue.emit(BookMoved(boards.FINAL.slug, 0, 101))
        await until_shown(pilot, "$2,562.00")


async def test_prices_wait_their_turn_in_the_tables_but_neither_the_account_nor_a_claim_does() -> None:
    stage = Stage()
    app = stage.app
    async with app.run_test(size=FULL) as pilot:
        await until_shown(pilot, "mm-o1")
        await until(pilot, lambda: stage.venue.user.running, "the gateway runs")
        waits: list[float] = []
        clock = PaintClock(lambda delay_s, _run: waits.append(delay_s), 30, lambda: stage.now_s)
        orders = app.query_one(OrdersPane)
        orders.paint_clock = clock  # one that paints only when it is told to
        orders.paint(stage.now_s)
        for _ in range(100):
            stage.venue.emit(BookMoved(boards.FINAL.slug, 0, 1))
        await pilot.pause()
        assert clock.is_idle, "what follows from a book is drawn with every change of it"
        assert [wait_s for wait_s in waits if wait_s < 1] == [pytest.approx(0.5)]
        is_urgent = []
        for notice in (
            AccountMoved(AccountPane.ORDERS),
            MarketPaneMoved(boards.FINAL.slug, MarketPane.BOOK, Freshness(PaneState.STALE, "quiet"), 0),
        ):
            stage.venue.emit(notice)
            await pilot.pause()
            is_urgent.append(not clock.is_idle)
            clock.forget(orders)
            orders.paint(stage.now_s)
        assert is_urgent == [True, True]


@pytest.mark.parametrize("size", [(80, 24), (112, 34), FULL])
async def test_balances_are_never_cut(size: tuple[int, int]) -> None:
    stage = Stage()
    stage.account.positions.set_balances([Balance("USDC", Decimal("123456789.55"), Decimal("98765432.10"))])
    async with stage.app.run_test(size=size) as pilot:
        await pilot.press("6")
        await until_shown(pilot, "USDC $123,456,789.55 available")
        line = next(line for line in lines_of(stage.app) if "USDC" in line)
        assert "…" not in line


async def test_panes_that_are_not_known_say_so_and_those_that_are_empty_too() -> None:
    stage = Stage()
    for at in (1, 2):  # one list that lacks an order could have crossed it
        stage.account.orders.reconcile([], boards.NOW_MS + at * 60_000)
    stage.account.freshness[AccountPane.FILLS] = Freshness(PaneState.SYNCING, since_s=stage.now_s)
    stage.account.fills = type(stage.account.fills)()
    stage.account.positions.reconcile([], boards.NOW_MS + 1)
    async with stage.app.run_test(size=FULL) as pilot:
        await until_shown(pilot, "no resting orders")
        await until_shown(pilot, "your fills are not known yet")
        await until_shown(pilot, "no positions in this vault")
        await until(pilot, lambda: stage.venue.user.running, "the gateway runs")
        stage.account.freshness[AccountPane.FILLS] = boards.live()
        stage.venue.emit(AccountPaneMoved(AccountPane.FILLS, boards.live()))
        await until_shown(pilot, "no fills yet")


async def test_a_pane_that_is_not_live_keeps_its_rows_and_says_why() -> None:
    stage = Stage()
    async with stage.app.run_test(size=FULL) as pilot:
        await until_shown(pilot, "○ matched")
        await until(pilot, lambda: stage.venue.user.running, "the gateway runs")
        before = stage.app.dashboard.fills.render_line(2)
        stale = Freshness(PaneState.STALE, "the gateway is silent", stage.now_s, stage.now_s - 40)
        stage.account.freshness[AccountPane.FILLS] = stale
        stage.venue.emit(AccountPaneMoved(AccountPane.FILLS, stale))
        await until_shown(pilot, "STALE 40 s")
        assert "○ matched" in text_of(stage.app)
        after = stage.app.dashboard.fills.render_line(2)
        assert after.text == before.text
        assert [segment.style for segment in after] != [segment.style for segment in before]


async def test_long_tables_scroll_by_keys_and_by_wheel() -> None:
    stage = Stage()
    more = [boards.order(f"x{at:02}", price=10 + at, age_ms=900_000 + at) for at in range(40)]
    stage.account.orders.reconcile([*stage.account.orders.open, *more], boards.NOW_MS)
    async with stage.app.run_test(size=FULL) as pilot:
        await until_shown(pilot, "of 43")
        await pilot.press("4", "end")
        await until(pilot, lambda: "mm-o3" in text_of(stage.app), "the last row")
        await pilot.press("up", "pageup", "home")
        await until(pilot, lambda: "mm-o2" in text_of(stage.app), "the first row")
        await pilot.press("pagedown", "down")
        await until(pilot, lambda: "mm-o2" not in text_of(stage.app), "further down")


async def test_names_written_by_strangers_are_shown_as_they_are() -> None:
    hostile = boards.market("evil", "[@click=app.quit]Win[/] [bold", event="[/] [red]E", group="[link=x]G")
    board = boards.filled_board((hostile, *boards.MARKETS))
    stage = Stage(board=board)
    stage.account.orders.reconcile(
        [replace(boards.order("h1", hostile, side=OrderSide.SELL), client_order_id="[b]id[/b]")], boards.NOW_MS
    )
    stage.account.positions.reconcile([Position("[@click=app.quit]X", 5, Decimal(7))], boards.NOW_MS)
    async with stage.app.run_test(size=FULL) as pilot:
        await until_shown(pilot, "[b]id[/b]")
        await until_shown(pilot, "[link=x]G")
        await until_shown(pilot, "[@click=")
        await pilot.press("slash")
        await until_shown(pilot, "[/] [red]E")
        await pilot.press("escape", "]")
        await until(pilot, lambda: stage.app.dashboard.slug != boards.FINAL.slug, "another market is shown")
        assert stage.app.return_code is None
