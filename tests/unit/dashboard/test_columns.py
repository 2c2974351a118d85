"""Columns that drop in a declared order."""

from __future__ import annotations

from psdash.dashboard.painting.columns import Column, fit, wrapped
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
    assert names(10) == ["a"]


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
