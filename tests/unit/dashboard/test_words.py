"""Lines that shrink part by part."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from psdash.dashboard.painting.words import Part, Phrase, Piece, cells_of, joined, shrink, spread_out, wrap


def part(name: str, *forms: str) -> Part:
    return Part(name, tuple((Piece(form),) if form else () for form in forms))


PARTS = [part("title", "a long title", "a long…", "a…"), part("price", "52"), part("clock", "20:00", "")]
ORDER = ("title", "clock", "title")


def text(phrase: Phrase) -> str:
    return "".join(piece.text for piece in phrase)


def at(width: int) -> str:
    return text(joined(list(shrink(PARTS, ORDER, width, 1).values()), 1))


def test_parts_give_way_one_step_at_a_time_in_the_order_declared() -> None:
    assert at(21) == "a long title 52 20:00"
    assert at(20) == "a long… 52 20:00"
    assert at(15) == "a long title 52"  # what gave way for nothing comes back
    assert at(14) == "a long… 52"
    assert at(9) == "a… 52"
    assert at(4) == "a…"  # and at the very end whole parts go, the last first
    assert at(1) == ""


@given(st.integers(0, 40))
def test_what_is_left_always_fits(width: int) -> None:
    assert len(at(width)) <= width


def test_two_ends() -> None:
    assert text(spread_out((Piece("a"),), 6, (Piece("bc"),))) == "a   "
    assert cells_of((Piece("日本"), Piece("x"))) == 5


@given(st.text(alphabet="ab 日é", max_size=80), st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_no_word(words: str, width: int) -> None:
    lines = wrap(words, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
