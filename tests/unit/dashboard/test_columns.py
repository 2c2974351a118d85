"""Columns that drop in a declared order."""

from __future__ import annotations

from textual.color import Color

from psdash.dashboard.painting.columns import Cell, Column, Fitted, TableRow, draw_cells, fit, wrapped
from psdash.dashboard.painting.glyphs import UNICODE
from psdash.dashboard.painting.palette import Palette
from psdash.dashboard.painting.themes import THEMES
from psdash.dashboard.panes.fills import FillsPane
from psdash.dashboard.panes.orders import OrdersPane
from psdash.dashboard.panes.positions import PositionsPane

COLUMNS = (
    Column("a", 4),
    Column("words", 6, rank=1, stretch=True),
    Column("b", 5, rank=2),
    Column("c", 5, rank=3, right=True),
)


def names(width: int) -> list[str]:
    return [COLUMNS[column.at].title for column in fit(COLUMNS, width)]


def test_columns_drop_from_the_highest_rank() -> None:
    assert names(23) == ["a", "words", "b", "c"]
    assert names(22) == ["a", "words", "b"]
    assert names(16) == ["a", "words"]
    assert names(9) == ["a"]


def test_a_narrow_column_comes_back_where_a_wide_one_had_to_go() -> None:
    assert names(10) == ["a", "b"]


def test_names_are_cut_shorter_before_what_is_worth_more_goes() -> None:
    columns = (Column("a", 4), Column("words", 12, rank=1, stretch=True, least=5), Column("b", 5, rank=2))
    assert [(column.at, column.width) for column in fit(columns, 18)] == [(0, 4), (1, 7), (2, 5)]
    assert [(column.at, column.width) for column in fit(columns, 16)] == [(0, 4), (1, 5), (2, 5)]
    assert [column.at for column in fit(columns, 15)] == [0, 1]


def test_orders_keep_filled_and_the_vault_its_mid_at_80_columns() -> None:
    inner = 41
    assert "filled" in {OrdersPane.COLUMNS[column.at].title for column in fit(OrdersPane.COLUMNS, inner)}
    assert "size" not in {OrdersPane.COLUMNS[column.at].title for column in fit(OrdersPane.COLUMNS, inner)}
    vault = {PositionsPane.COLUMNS[column.at].title for column in fit(PositionsPane.COLUMNS, inner)}
    assert "mid" in vault
    assert "free" not in vault


def test_a_name_that_would_be_cut_is_said_briefly() -> None:
    palette = Palette(THEMES[0].as_textual().variables, Color.parse("#101216"))
    for width, words in ((20, "Spain, Spain v Fr"), (10, "Spain"), (4, "Spa…")):
        row = TableRow((Cell("Spain, Spain v Fr", brief="Spain"),), (Fitted(0, width, False, True),))
        assert "".join(segment.text for segment in draw_cells(row, palette, UNICODE)).rstrip() == words


def test_rank_nought_stays_whatever_the_room() -> None:
    assert names(1) == ["a"]


def test_words_take_what_is_left_over_and_numbers_keep_their_width() -> None:
    fitted = fit(COLUMNS, 40)
    assert [column.width for column in fitted] == [4, 23, 5, 5]
    assert sum(column.width for column in fitted) + 3 == 40


def test_the_private_tables_keep_their_numbers_in_the_narrowest_pane() -> None:
    for pane in (OrdersPane, FillsPane, PositionsPane):
        for width in range(24, 140):
            fitted = fit(pane.COLUMNS, width)
            needed = sum(column.width for column in fitted) + len(fitted) - 1
            assert needed <= max(width, 34), (pane, width)
            shown = {pane.COLUMNS[column.at].title for column in fitted}
            assert {column.title for column in pane.COLUMNS if column.rank == 0} <= shown


def test_words_wrap() -> None:
    assert wrapped("no prints yet: candles begin", 12) == ["no prints", "yet: candles", "begin"]
