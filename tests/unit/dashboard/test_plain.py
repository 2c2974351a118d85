"""ASCII, for terminals that do not agree with anybody on the width of the rest."""

from __future__ import annotations

import dataclasses
from unicodedata import east_asian_width

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from psdash.dashboard.painting.glyphs import ASCII, UNICODE, key_name
from psdash.dashboard.painting.plain import InAscii, in_ascii


def test_both_tables_have_the_same_characters_cell_for_cell() -> None:
    for field in dataclasses.fields(UNICODE):
        drawn, plain = getattr(UNICODE, field.name), getattr(ASCII, field.name)
        assert len(drawn) == len(plain) == cell_len(drawn) == cell_len(plain), field.name
        assert plain.isascii(), field.name
        assert plain.isprintable(), field.name


def test_signs_that_mean_different_things_differ_in_ascii_too() -> None:
    """A buy is no sell, live is not waiting, mine is not everybody's, and none of them is nothing."""
    signs = [ASCII.up, ASCII.down, ASCII.own, ASCII.full, ASCII.hollow, ASCII.dot, ASCII.big, ASCII.cursor, " "]
    assert len(set(signs)) == len(signs)


def test_whatever_our_table_draws_becomes_its_twin() -> None:
    for field in dataclasses.fields(UNICODE):
        drawn = getattr(UNICODE, field.name)
        assert in_ascii(drawn).isascii(), field.name
    assert in_ascii(f"{UNICODE.up}{UNICODE.own}{UNICODE.full}") == f"{ASCII.up}{ASCII.own}{ASCII.full}"


def test_borders_arrows_and_accents_of_others() -> None:
    assert in_ascii("┌─┐│└┘") == "+-+|++"
    assert in_ascii("Café Málaga") == "Cafe Malaga"
    assert in_ascii("← →") == "< >"
    assert in_ascii("§") == "?"
    assert in_ascii("Łódź 日本") == "Lodź 日本"  # what has one width everywhere stays


@given(st.text())
def test_nothing_ambiguous_is_left_and_no_cell_is_won_or_lost(text: str) -> None:
    plain = in_ascii(text)
    assert len(plain) == len(text)
    assert not any(east_asian_width(char) == "A" for char in plain)
    assert in_ascii(plain) == plain


def test_the_filter_keeps_looks_and_controls() -> None:
    bold = Style(bold=True)
    segments = InAscii().apply([Segment("─ ok", bold), Segment("plain")], Color.parse("black"))
    assert segments == [Segment("- ok", bold), Segment("plain")]


def test_keys_are_called_by_name_where_arrows_cannot_be_drawn() -> None:
    assert key_name("↑ k", UNICODE) == "↑ k"
    assert key_name("↑ k", ASCII) == "Up k"
    assert key_name("] →", ASCII) == "] Right"
