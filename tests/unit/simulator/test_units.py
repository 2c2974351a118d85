from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.simulator.exchange import units

D = Decimal


@pytest.mark.parametrize(("mills", "spelled"), [(10, "0.01"), (500, "0.50"), (525, "0.525"), (999, "0.999")])
def test_prices_are_spelled_in_cents_or_mills(mills: int, spelled: str) -> None:
    assert str(units.PRICES[mills]) == spelled


@pytest.mark.parametrize(
    "price", ["0", "1", "-0.5", "1.5", "0.5255", "0.50000000000000000000000000000000001", "NaN", "Infinity"]
)
def test_what_is_no_price(price: str) -> None:
    with pytest.raises(ValueError, match="price"):
        units.mills(D(price))


@pytest.mark.parametrize(
    "quantity", ["-1", "0.0000001", "1000000000001", "5.00000000000000000000000000000000001", "1E+400", "NaN"]
)
def test_what_is_no_quantity(quantity: str) -> None:
    with pytest.raises(ValueError, match="quantity"):
        units.micros(D(quantity))


@given(st.integers(0, 10**18))
def test_sizes_survive_the_round_trip_and_are_spelled_plainly(quantity_u: int) -> None:
    spelled = str(units.shares(quantity_u))
    assert units.micros(D(spelled)) == quantity_u
    assert "E" not in spelled
    assert not ("." in spelled and spelled.endswith("0"))


def test_the_documented_fee() -> None:
    """Protocol §9: P 0.52, 100 shares, fee 0.2496, so k is 0.01."""
    assert units.dollars(units.taker_fee_n(520, 100 * units.MICROS, 100)) == D("0.2496")


@given(st.integers(1, 999), st.integers(1, 10**12), st.integers(0, 1000))
def test_fees_are_cut_to_six_decimals(price_m: int, quantity_u: int, bps: int) -> None:
    exact = D(bps) / 10_000 * D(price_m) / 1_000 * (1 - D(price_m) / 1_000) * D(quantity_u) / 1_000_000
    down = units.dollars(units.taker_fee_n(price_m, quantity_u, bps))
    up = units.dollars(units.taker_fee_n(price_m, quantity_u, bps, up=True))
    assert down <= exact <= up
    assert up - down in (0, D("0.000001"))
