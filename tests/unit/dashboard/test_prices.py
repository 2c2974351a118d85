"""Prices in their market's unit: an outcome's as ever in cents, a token's in dollars of any size."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.glyphs import ASCII, UNICODE
from psdash.dashboard.painting.prices import PriceForm, form_of, price_fitting, price_text, price_words
from psdash.market.quoting import Unit

CENTS = st.decimals(min_value=0, max_value=1, places=6)
DOLLARS = st.decimals(min_value=Decimal("1e-18"), max_value=Decimal("1e12")).filter(lambda price: price > 0)


@given(st.lists(CENTS, min_size=1, max_size=8))
def test_an_outcomes_price_is_written_as_ever(prices: list[Decimal]) -> None:
    form, decimals = form_of(Unit.PROBABILITY, prices), max(map(numbers.decimals_of, prices))
    assert [form.text(price) for price in prices] == [numbers.cents(price, decimals) for price in prices]
    assert form.cells(prices) == (3 + decimals if decimals else 2)
    assert price_words(prices[0], Unit.PROBABILITY) == numbers.cents(prices[0])


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("0.53448862", "0.53449"),
        ("0.000021361092", "0.000021361"),
        ("1.87", "1.8700"),
        ("169.20476", "169.20"),
        ("64312.416", "64312.42"),
        ("0.00000000123456", "1.2346e-9"),
        ("12345678901.5", "1.2346e+10"),
        ("0", "0"),
    ],
)
def test_a_tokens_price_has_five_digits_that_count(price: str, text: str) -> None:
    assert price_text(Decimal(price), Unit.DOLLARS) == text
    assert price_words(Decimal(price), Unit.DOLLARS) == f"${text}"


def test_a_fall_has_its_sign_before_the_dollar() -> None:
    assert price_words(Decimal("-0.0123456"), Unit.DOLLARS) == "-$0.012346"


@given(DOLLARS)
def test_no_token_is_written_far_from_what_it_costs(price: Decimal) -> None:
    written = Decimal(price_text(price, Unit.DOLLARS))
    assert abs(written - price) <= price * Decimal("0.00006")


@given(st.lists(DOLLARS, min_size=1, max_size=9))
def test_a_column_holds_every_price_and_none_loses_its_digits(prices: list[Decimal]) -> None:
    form = form_of(Unit.DOLLARS, prices)
    for price in prices:
        text = form.text(price)
        assert len(text) <= form.cells(prices)
        assert len(text) <= 24
        assert abs(Decimal(text) - price) <= price * Decimal("0.006")


def test_prices_under_each_other_have_their_points_under_each_other() -> None:
    prices = [Decimal("0.5343"), Decimal("0.54"), Decimal("0.53448862")]
    form = form_of(Unit.DOLLARS, prices)
    assert [form.text(price) for price in prices] == ["0.53430", "0.54000", "0.53449"]
    # one stray price makes the others neither coarse nor wide
    assert form_of(Unit.DOLLARS, [*prices, Decimal(9_000)]) == form
    assert form_of(Unit.DOLLARS, [*prices, Decimal("1e-9")]) == form


@given(DOLLARS, st.integers(8, 14))
def test_a_price_in_a_narrow_column_says_less_and_never_more(price: Decimal, cells: int) -> None:
    text = price_fitting(price, cells)
    assert len(text) <= cells
    assert abs(Decimal(text[1:]) - price) <= price * Decimal("0.5")
    assert text.startswith("$")


def test_the_unit_is_said_over_a_column() -> None:
    assert PriceForm().sign(UNICODE) == "¢"
    assert PriceForm().sign(ASCII) == "c"
    assert PriceForm(Unit.DOLLARS, 5).sign(ASCII) == "$"
