"""Numbers as they are read."""

from __future__ import annotations

from decimal import Context, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from psdash.dashboard.painting import numbers
from psdash.market.ticks import CENT

_SCALE = {"k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
SIZES = st.decimals(min_value=0, max_value=Decimal("999999999999"), places=6)


@pytest.mark.parametrize(
    ("price", "decimals", "text"),
    [
        ("0.52", 0, "52"),
        ("0.5", 0, "50"),
        ("0.01", 0, "1"),
        ("0.523", 0, "52.3"),
        ("0.52", 1, "52.0"),
        ("0.5231", 1, "52.31"),
        ("1", 0, "100"),
        ("0", 0, "0"),
        ("-0.01", 0, "-1"),
        ("0.500001", 0, "50.0001"),
    ],
)
def test_prices_are_cents_with_every_decimal_they_have(price: str, decimals: int, text: str) -> None:
    assert numbers.cents(Decimal(price), decimals) == text


def test_the_grid_says_the_decimals() -> None:
    assert [numbers.cents_decimals(step) for step in (5 * CENT, CENT, CENT // 10, CENT // 100, 1)] == [0, 0, 1, 2, 4]
    assert numbers.ticks_in_cents(520_000, 0) == "52"
    assert numbers.ticks_in_cents(523_000, 1) == "52.3"


@pytest.mark.parametrize(
    ("shares", "width", "text"),
    [
        ("0", 4, "0"),
        ("7", 4, "7"),
        ("1240", 6, "1,240"),
        ("1240", 5, "1,240"),
        ("1240", 4, "1.2k"),
        ("12500", 5, "12.5k"),
        ("12500", 6, "12,500"),
        ("12500", 4, "12k"),
        ("999960", 5, "1.0M"),
        ("999960", 6, "1.00M"),
        ("999999", 4, "1.0M"),
        ("1200000", 4, "1.2M"),
        ("350000", 5, "350k"),
        ("350000", 6, "350.0k"),
        ("198942.24", 7, "198,942"),
        ("198942.24", 12, "198,942.24"),
        ("120.5", 7, "120.5"),
        ("0.25", 4, "0.25"),
        ("0.000001", 8, "0.000001"),
        ("0.000001", 5, "<0.01"),
        ("0.000001", 4, "<.01"),
        ("-12500", 6, "-12.5k"),
    ],
)
def test_sizes_fit_and_stay_whole(shares: str, width: int, text: str) -> None:
    assert numbers.size(Decimal(shares), width) == text


@example(Decimal("0.005"), 4)
@given(SIZES, st.integers(4, 14))
def test_no_size_is_ever_too_wide_or_far_from_the_truth(shares: Decimal, width: int) -> None:
    text = numbers.size(shares, width)
    assert len(text) <= width
    if text.startswith("<"):
        assert 0 < shares < Decimal(text[1:])
        return
    scale = _SCALE.get(text[-1], 1)
    shown = Decimal(text.rstrip("kMBT").replace(",", "")) * scale
    assert (shown == 0) == (shares == 0)
    unit = scale if width < 7 else Decimal(scale)
    assert abs(shown - shares) <= Decimal(unit) / 2


@given(SIZES, st.integers(5, 9))
def test_ladder_sizes_are_whole_from_a_hundred_up(shares: Decimal, width: int) -> None:
    text = numbers.shares(shares, width)
    assert len(text) <= width
    if shares >= 100 and text[-1].isdigit():
        assert "." not in text


@pytest.mark.parametrize(
    ("dollars", "width", "text"),
    [
        ("1240.5", 14, "$1,240.50"),
        ("0.004", 14, "$0.00"),
        ("-12.345", 14, "-$12.34"),
        ("1234567.8", 8, "$1.23M"),
        ("-1234567.8", 8, "-$1.23M"),
    ],
)
def test_money(dollars: str, width: int, text: str) -> None:
    assert numbers.money(Decimal(dollars), width) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0.9, "0 s"),
        (12, "12 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86_400, "1 d"),
        (100_000, "1 d 3 h"),
    ],
)
def test_ages(seconds: float, text: str) -> None:
    assert numbers.age(seconds) == text


@given(st.floats(0, 200_000))
def test_an_age_changes_no_later_than_it_says(seconds: float) -> None:
    step = numbers.age_step_s(seconds)
    assert 0 < step <= 60
    assert numbers.age(seconds + step * 0.98) == numbers.age(seconds)


def test_round_trips_and_times() -> None:
    assert [numbers.round_trip(ms) for ms in (0.2, 1, 2.4, 999.4, 1_240)] == [
        "<1 ms",
        "1 ms",
        "2 ms",
        "999 ms",
        "1.2 s",
    ]
    assert numbers.utc_time(1_784_145_603_007) == "20:00:03"
    assert numbers.utc_time_ms(1_784_145_603_007) == "20:00:03.007"


def test_a_moment_of_another_day_has_its_day() -> None:
    now_ms = 1_784_145_600_000  # 2026-07-15 20:00:00 UTC
    assert numbers.utc_moment(now_ms - 3_000, now_ms) == "19:59:57"
    assert numbers.utc_moment(now_ms - 86_400_000, now_ms) == "2026-07-14 20:00:00"


@given(st.integers(0, 2**256 - 1), st.integers(0, 30), st.integers(6, 40))
@example(2**256 - 1, 0, 12)
def test_what_a_token_may_count_fits_too(units: int, decimals: int, width: int) -> None:
    amount = Decimal(units).scaleb(-decimals, Context(prec=120))
    assert len(numbers.size(amount, width)) <= width
    assert len(numbers.shares(amount, width)) <= width
    assert len(numbers.money(amount, width + 1)) <= width + 1
