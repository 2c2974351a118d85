"""Working with a table: a cursor that stays on its row, an order, a filter, rows that are copied and exported."""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from textual.pilot import Pilot

from psdash.account.account import Account
from psdash.account.orders import OrderStatus
from psdash.account.positions import Balance, Position
from psdash.dashboard.painting.numbers import shares
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.fills import FillsPane
from psdash.dashboard.panes.orders import OrdersPane
from psdash.dashboard.panes.positions import PositionsPane
from psdash.dashboard.panes.private import PrivatePane
from psdash.market.board import Board
from psdash.market.freshness import Freshness, PaneState
from psdash.settings import Settings
from tests.screens.stand import line_with, moved, screen_of, settle, standing
from tests.support import boards
from tests.support.screens import Stage, text_of, until, until_shown

WIDE = (132, 16)


def pane_of(
    kind: type[PrivatePane[object]], board: Board, account: Account, view: View | None = None
) -> Callable[[PaintClock], PrivatePane[object]]:
    def make(clock: PaintClock) -> PrivatePane[object]:
        pane = kind(board, account, clock, lambda: boards.NOW_MS, view=view)
        pane.show_market(boards.FINAL.symbol)
        pane.styles.width, pane.styles.height = "100%", "100%"
        return pane

    return make


ORDERS: type[PrivatePane[object]] = OrdersPane  # type: ignore[assignment]
FILLS: type[PrivatePane[object]] = FillsPane  # type: ignore[assignment]
VAULT: type[PrivatePane[object]] = PositionsPane  # type: ignore[assignment]


def column(pane: PrivatePane[object], title: str) -> list[str]:
    """What stands under a heading, row by row."""
    lines = [line.strip("│▸") for line in screen_of(pane)[1:-1]]
    head = lines[0]
    end = head.index(title) + len(title)
    words = []
    for line in lines[1:]:
        if line[:end].strip() and "for $" not in line and "worth" not in line and "USDC" not in line:
            words.append(line[:end].split()[-1])
    return words


def at_cursor(pane: PrivatePane[object]) -> str:
    """The row that has the cursor's sign."""
    return line_with(pane, "▸")


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


# the figures --------------------------------------------------------------------------------------------------------


async def test_orders_say_how_far_they_are_from_the_touch_of_their_own_book() -> None:
    account, board = boards.filled_account(), boards.filled_board()
    account.orders.placed(boards.order("o4", price=52, age_ms=1_000))
    account.orders.placed(boards.order("o5", boards.MARKETS[3], price=30, age_ms=500_000))  # nobody watches this one
    async with standing(pane_of(ORDERS, board, account), WIDE) as (_, pane):
        away = {line.split("mm-")[1][:2]: line.strip("│") for line in screen_of(pane) if "mm-" in line}
        assert [away[f"o{at}"].split()[7 if at in (1, 2, 4) else 6] for at in range(1, 6)] == [
            "2",  # buys at 50, the bid is 52
            "2",  # sells at 55, the ask is 53
            "13",  # buys NO at 44, the bid of NO is 57
            "touch",
            "─",
        ]


async def test_what_follows_from_a_book_that_is_not_live_has_a_sign() -> None:
    account, board = boards.filled_account(), boards.filled_board()
    state = board.state(boards.FINAL.slug)
    assert state is not None
    async with standing(pane_of(ORDERS, board, account), WIDE) as (pilot, pane):
        assert "○" not in line_with(pane, "mm-o1")
        state.book_freshness[0] = Freshness(PaneState.STALE, "connection lost")
        await moved(pilot, pane)
        assert "○2 " in line_with(pane, "mm-o1")
    async with standing(pane_of(VAULT, board, account), WIDE) as (pilot, pane):
        row = line_with(pane, "4,200")
        assert all(f"○{value}" in row for value in ("52", "52.5", "$2,184.00", "$2,205.00", "+$231.00"))
        assert "at mids not all live" in line_with(pane, "worth")


async def test_a_vault_without_room_for_the_payouts_says_them_below() -> None:
    account, board = boards.filled_account(), boards.filled_board()
    async with standing(pane_of(VAULT, board, account), (80, 16)) as (_, pane):
        assert "if wins" not in line_with(pane, "realised")
        assert "pays $4,200.00 if YES wins" in line_with(pane, "pays")
    async with standing(pane_of(VAULT, board, account), (80, 9)) as (_, pane):
        assert not any("pays" in line for line in screen_of(pane))


async def test_what_is_ahead_is_the_estimate_of_the_queue() -> None:
    account, board = boards.filled_account(), boards.filled_board()
    state = board.state(boards.FINAL.slug)
    assert state is not None
    account.queues.look(board.watched)
    async with standing(pane_of(ORDERS, board, account), WIDE) as (_, pane):
        told = account.queues.ahead("o1")
        assert told is not None
        assert told.is_bound
        assert f"≤{shares(told.shares, 6)}" in line_with(pane, "mm-o1")


async def test_an_order_whose_status_is_not_understood_has_a_mark() -> None:
    account, board = boards.filled_account(), boards.filled_board()
    strange = replace(boards.order("o9"), status=OrderStatus.UNKNOWN)
    account.orders.reconcile([*account.orders.open, strange], boards.NOW_MS)
    async with standing(pane_of(ORDERS, board, account), (80, 16)) as (_, pane):
        assert line_with(pane, "mm-o9").strip("│").lstrip().startswith("? BUY")


async def test_positions_have_values_at_bid_and_mid_a_gain_a_payout_and_totals() -> None:
    account, board = boards.filled_account(), boards.filled_board()
    async with standing(pane_of(VAULT, board, account), WIDE) as (pilot, pane):
        row = line_with(pane, "4,200").strip("│").split()
        prices, values = ["2,700", "47", "52", "52.5"], ["$2,184.00", "$2,205.00", "+$231.00", "+$12.50", "$4,200.00"]
        assert row[-9:] == [*prices, *values]
        assert "worth $2,722.50 (2 of 3) at mid" in line_with(pane, "worth")
        assert "$2,697.00 (2 of 3) at bid" in line_with(pane, "worth")
        assert "gain +$199.50 (2 of 3)" in line_with(pane, "worth")
        assert "realised +$12.50 (1 of 3)" in line_with(pane, "worth")
        account.positions.reconcile(
            [Position(boards.FINAL.symbol, 0, Decimal(100), None, boards.cents(40), None)], boards.NOW_MS
        )
        await moved(pilot, pane)
        assert "worth $52.50 at mid · $52.00 at bid · gain +$12.50" in line_with(pane, "worth")


async def test_a_position_of_a_resolved_market_is_worth_what_it_pays() -> None:
    lost = replace(boards.FINAL, payout=("0", "1"))
    board = boards.filled_board((lost, *boards.MARKETS[1:]))
    account = boards.filled_account()
    async with standing(pane_of(VAULT, board, account), WIDE) as (_, pane):
        assert line_with(pane, "4,200").split()[-2] == "$0.00"


# privacy ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ORDERS, FILLS, VAULT])
async def test_no_own_amount_is_readable_while_the_view_is_private(kind: type[PrivatePane[object]]) -> None:
    account, board = boards.filled_account(), boards.filled_board()
    account.positions.set_balances([Balance("USDC", Decimal("777.77"), Decimal("7.77"))])
    view = View()
    async with standing(pane_of(kind, board, account, view), (200, 16)) as (pilot, pane):
        plain = screen_of(pane)
        table = pane.table()
        view.is_private = True
        pane.look_again()
        await settle(pilot)
        private = screen_of(pane)
        masked = pane.table()
    title = boards.MARKETS[3].title  # "... $150,000 ..." is a name and no amount
    said = "\n".join(private).replace(title, "")
    words = {word for line in plain for word in line.replace(title, "").split()}
    amounts = {word for word in words if "$" in word or ("," in word and word[0].isdigit())}
    assert amounts
    assert not amounts & set(said.split())
    assert "$" not in said
    assert "•••" in said
    # Prices stay, and so does everything else.
    assert len(private) == len(plain)
    assert not table.is_masked
    assert masked.is_masked
    hidden = {name for name, *column in zip(masked.names, *masked.rows, strict=True) if "hidden" in column}
    assert (
        hidden
        == {
            ORDERS: {"size", "filled", "remaining"},
            FILLS: {"size", "value", "fee"},
            VAULT: {
                "size",
                "available",
                "value_at_bid",
                "value_at_mid",
                "unrealised_at_mid",
                "realised",
                "pays_if_it_wins",
            },
        }[kind]
    )


# cursor, order, filter ----------------------------------------------------------------------------------------------


async def test_the_cursor_stays_on_its_row_when_others_come_and_go() -> None:
    account, board = boards.filled_account(), boards.filled_board()
    async with standing(pane_of(ORDERS, board, account), WIDE) as (pilot, pane):
        assert "mm-o2" in screen_of(pane)[2]
        assert "▸" not in "".join(screen_of(pane))  # not before the pane has the focus
        pane.focus()
        await settle(pilot)
        assert "mm-o2" in at_cursor(pane)
        account.orders.placed(boards.order("o4", age_ms=500))
        await moved(pilot, pane)
        assert "mm-o4" in at_cursor(pane)  # nobody moved it: it is on top
        await press(pilot, "down", "down")
        assert "mm-o1" in at_cursor(pane)
        account.orders.placed(boards.order("o5", age_ms=100))
        await moved(pilot, pane)
        assert "mm-o1" in at_cursor(pane)
        assert [row[-1] for row in pane.row_table().rows] == ["mm-o1"]
        account.orders.cancelled("o1")
        await moved(pilot, pane)
        assert "mm-o3" in at_cursor(pane)  # what took its place
        await press(pilot, "home")
        assert "mm-o5" in at_cursor(pane)
        await press(pilot, "end", "down", "down")
        assert "mm-o3" in at_cursor(pane)


async def test_a_click_puts_the_cursor_on_a_row() -> None:
    account, board = boards.filled_account(), boards.filled_board()
    async with standing(pane_of(ORDERS, board, account), WIDE) as (pilot, pane):
        await pilot.click(pane, offset=(10, 4))
        await settle(pilot)
        assert "mm-o3" in at_cursor(pane)
        await pilot.click(pane, offset=(10, 9))  # under the rows
        await settle(pilot)
        assert "mm-o3" in at_cursor(pane)


async def test_s_sorts_by_the_next_column_and_the_heading_says_which_way() -> None:
    account, board = boards.filled_account(), boards.filled_board()
    async with standing(pane_of(ORDERS, board, account), WIDE) as (pilot, pane):
        pane.focus()
        await press(pilot, "s")
        assert "▲side" in screen_of(pane)[1]
        assert column(pane, "side") == ["BUY", "BUY", "SELL"]
        await press(pilot, "s")
        assert "▼price" in screen_of(pane)[1]
        assert column(pane, "price") == ["55", "50", "44"]
        await press(pilot, "S")
        assert "▲price" in screen_of(pane)[1]
        assert column(pane, "price") == ["44", "50", "55"]
        for _ in range(40):
            await press(pilot, "s")
            if "▲" not in screen_of(pane)[1] and "▼" not in screen_of(pane)[1]:
                break
        assert ["mm-o2" in line for line in screen_of(pane)[2:5]] == [True, False, False]  # the table's own order


async def test_what_is_unknown_stands_last_whichever_way_it_is_sorted() -> None:
    account, board = boards.filled_account(), boards.filled_board()
    async with standing(pane_of(VAULT, board, account), WIDE) as (pilot, pane):
        pane.focus()
        while "cost" not in screen_of(pane)[1] or "▼cost" not in screen_of(pane)[1].replace(" ", ""):
            await press(pilot, "s")
        for key in ("S", "S"):
            assert "Bitcoin" in screen_of(pane)[4]
            await press(pilot, key)


async def test_a_filter_is_typed_and_its_letters_are_no_commands() -> None:
    account, board = boards.filled_account(), boards.filled_board()
    async with standing(pane_of(ORDERS, board, account), WIDE) as (pilot, pane):
        pane.focus()
        await press(pilot, "F", "b", "e", "a")
        assert '2 of 3 have "bea_"' in screen_of(pane)[0]
        assert "Enter keeps, Esc ends" in screen_of(pane)[-1]
        assert [("mm-" in line) for line in screen_of(pane)[2:5]] == [True, True, False]
        await press(pilot, "space", "b", "u", "y", "enter")
        assert '1 of 3 have "bea buy"' in screen_of(pane)[0]
        assert "mm-o1" in screen_of(pane)[2]
        assert [row[-1] for row in pane.table().rows] == ["mm-o1"]  # what is sent is what is seen
        await press(pilot, "s")  # a command again
        assert "▲side" in screen_of(pane)[1]
        await press(pilot, "F", "z")
        assert line_with(pane, 'no row has "bea buyz"; Esc ends the filter')
        await press(pilot, "escape")
        assert "Orders 3" in screen_of(pane)[0]
        assert len(pane.table().rows) == 3


async def test_q_in_a_filter_does_not_leave_the_program() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "bid 52")
        await pilot.press("4", "F", "q", "slash", "1", "y")
        await until_shown(pilot, 'have "q/1y_"')
        assert stage.app.is_running
        await pilot.press("escape", "escape")
        await until_shown(pilot, "Orders 3")


async def test_a_filter_stays_closed_when_the_pane_is_left() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "bid 52")
        await pilot.press("4", "F", "s", "tab")
        await until_shown(pilot, "Fills 9")
        await pilot.press("4")
        await until_shown(pilot, 'have "s"')  # and takes no more letters
        await pilot.press("x")
        await until_shown(pilot, 'have "s"')


# copy and export ----------------------------------------------------------------------------------------------------


async def until_said(pilot: Pilot[None], stage: Stage, words: str) -> None:
    """Wait until a toast says this; on the screen it may be broken into lines."""
    await until(pilot, lambda: any(words in each.message for each in stage.app._notifications), words)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_y_copies_the_row_and_shift_y_the_table() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "bid 52")
        await pilot.press("4", "down", "y")
        await until_said(pilot, stage, "Sent to the clipboard: 1 row of orders")
        (row,) = rows_of(stage.app.clipboard)
        assert row["client_order_id"] == "mm-o1"
        assert (row["market"], row["price"], row["remaining"]) == (boards.FINAL.slug, "0.5", "1240")
        assert row["created_at"] == "2026-07-15T19:47:26.000Z"
        await pilot.press("Y")
        await until_said(pilot, stage, "3 rows of orders")
        assert [row["client_order_id"] for row in rows_of(stage.app.clipboard)] == ["mm-o2", "mm-o1", "mm-o3"]
        for key, title, count in (("2", "tape", 60), ("5", "fills", 9), ("6", "vault", 3)):
            await pilot.press(key, "Y")
            await until_said(pilot, stage, f"{count} rows of {title}")
            assert len(rows_of(stage.app.clipboard)) == count


async def test_a_pane_without_a_table_says_so() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "bid 52")
        await pilot.press("1", "y")
        await until_said(pilot, stage, "This pane has no table to send.")
        assert stage.app.clipboard == ""


async def test_what_strangers_wrote_is_no_formula_in_the_table() -> None:
    stage = Stage()
    evil = replace(boards.order("o7"), client_order_id='=cmd|"/c calc"!A0\x1b]52;c;eA==\x07')
    stage.account.orders.reconcile([evil], boards.NOW_MS)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "bid 52")
        await pilot.press("4", "F", "c", "m", "d", "enter", "Y")
        await until_said(pilot, stage, "1 row of orders")
        (row,) = rows_of(stage.app.clipboard)
        assert row["client_order_id"].startswith("'=cmd")
        assert "\x1b" not in stage.app.clipboard


async def test_e_writes_a_private_file_and_says_where(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    stage = Stage(settings=Settings(demo=True, slugs=(boards.FINAL.slug,), export_dir=folder))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "bid 52")
        for _ in range(2):
            await pilot.press("5", "e")
        await until(pilot, lambda: len(list(folder.glob("*.csv"))) == 2 if folder.exists() else False, "two files")
        await until_said(pilot, stage, "Exported 9 rows of fills to")
        said = stage.app._notifications
        await until(pilot, lambda: sum("Exported 9 rows" in each.message for each in said) == 2, "both are whole")
        names = sorted(path.name for path in folder.iterdir())
        assert names == ["psdash-fills-20260715T200000Z-2.csv", "psdash-fills-20260715T200000Z.csv"]
        for path in folder.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert len(rows_of(path.read_text())) == 9


async def test_an_export_that_fails_says_why_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    stage = Stage(settings=Settings(demo=True, slugs=(boards.FINAL.slug,), export_dir=tmp_path / "file" / "out"))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "bid 52")
        await pilot.press("5", "e")
        await until_said(pilot, stage, "Nothing was exported: Not a directory")
        assert stage.app.is_running


async def test_what_is_sent_while_the_view_is_private_says_that_it_is_masked() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "bid 52")
        stage.app.view.is_private = True
        await pilot.press("4", "Y")
        await until_said(pilot, stage, "Your amounts are hidden in it")
        assert {row["size"] for row in rows_of(stage.app.clipboard)} == {"hidden"}
        assert {row["price"] for row in rows_of(stage.app.clipboard)} == {"0.5", "0.55", "0.44"}
        assert "2,000" not in text_of(stage.app)
