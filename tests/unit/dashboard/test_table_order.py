"""The order of a table's rows, its filter, and the line in which a filter is typed."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from psdash.dashboard.panes.table_order import Sorting, TypedLine, in_order, matches, next_column
from psdash.text import is_safe


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5)), max_size=20), st.booleans())
def test_what_nobody_knows_stands_last_either_way(rows: list[int | None], falls: bool) -> None:
    ordered = in_order(list(enumerate(rows)), lambda row: row[1], falls=falls)
    known = [key for _, key in ordered if key is not None]
    assert [key for _, key in ordered[: len(known)]] == sorted(known, reverse=falls)
    assert sorted(ordered, key=lambda row: row[0]) == list(enumerate(rows))
    for key in {key for _, key in ordered}:  # equal ones as they were
        at = [at for at, each in ordered if each == key]
        assert at == sorted(at)


def test_figures_are_sorted_as_figures_and_words_whatever_their_case() -> None:
    assert in_order(["9", "10"], Decimal, falls=False) == ["9", "10"]
    assert in_order(["b", "A", "c"], str, falls=False) == ["A", "b", "c"]


def test_the_next_column_goes_round_by_way_of_the_tables_own_order() -> None:
    now = Sorting()
    seen = []
    for _ in range(4):
        now = next_column(now, [1, 4, 6], lambda column: column == 4)
        seen.append(now)
    assert seen == [Sorting(1, False), Sorting(4, True), Sorting(6, False), Sorting()]
    assert next_column(Sorting(5), [1, 4, 6], lambda _: False) == Sorting(6)
    assert next_column(Sorting(), [], lambda _: False) == Sorting()


def test_a_row_must_have_every_typed_word() -> None:
    assert matches("BUY YES Spain, Spain vs France", "spain buy")
    assert not matches("BUY YES Spain, Spain vs France", "spain sell")
    assert matches("anything", "")


def test_a_line_takes_letters_and_leaves_commands_alone() -> None:
    line = TypedLine()
    line.open()
    for key in ("s", "p", "space", "q"):
        assert line.key(key, " " if key == "space" else key)
    assert line.text == "sp q"
    assert not line.key("down", None)
    assert not line.key("ctrl+c", "\x03")
    assert line.key("backspace", None)
    assert line.text == "sp "
    assert line.key("ctrl+w", None)
    assert line.text == ""
    line.paste("ab")
    assert line.key("enter", "\r")
    assert (line.text, line.is_open) == ("ab", False)
    line.open()
    assert line.key("escape", "\x1b")
    assert (line.text, line.is_open) == ("", False)


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_pasted_is_safe_and_short(first: str, second: str) -> None:
    line = TypedLine()
    line.open()
    line.paste(first)
    line.paste(second)
    assert is_safe(line.text)
    assert len(line.text) <= 64
