"""Amounts of tokens as they are read."""

from __future__ import annotations

from decimal import Context, Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from psdash.dashboard.painting.glyphs import UNICODE
from psdash.dashboard.panes.token_rows import short, tokens_words
from psdash.market.token_facts import Balance, amount, written

UNITS = st.integers(0, 2**256 - 1)


@given(UNITS, st.integers(0, 80))
@example(2**256 - 1, 18)
@example(1_000, 0)
def test_with_room_no_digit_is_lost(units: int, decimals: int) -> None:
    words = tokens_words(Decimal(units), decimals, 400)
    assert words == written(amount(units, decimals))
    assert Decimal(words.replace(",", "")).scaleb(decimals, Context(prec=200)) == units


@given(UNITS, st.integers(0, 80) | st.none(), st.integers(8, 40))
def test_without_room_it_is_said_more_coarsely(units: int, decimals: int | None, width: int) -> None:
    words = tokens_words(Decimal(units), decimals, width)
    assert len(words.removesuffix(" units")) <= width
    assert words.endswith(" units") is (decimals is None)


@given(UNITS, UNITS)
def test_what_came_is_exact(before: int, after: int) -> None:
    assert Balance("o", Decimal(after), Decimal(before)).moved == after - before


def test_an_address_is_known_by_its_ends() -> None:
    assert short("JUPyiwrYJFskUPiHa7hkeR8VUtAeFoSYbKedZNsDvCN", UNICODE) == "JUPy…DvCN"
    assert short("short", UNICODE) == "short"
    assert "\x1b" not in short("\x1b[2J" + "a" * 40, UNICODE)
