"""Where orders stand and what holdings are worth: sums never count what nobody knows."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from psdash.account.orders import OrderSide
from psdash.account.standing import from_touch
from psdash.account.worth import payout_share, pays, total

prices = st.decimals(min_value="0.01", max_value="0.99", places=2)
dollars = st.decimals(min_value=-100_000, max_value=100_000, places=4)


@given(prices, prices, prices)
def test_the_distance_is_measured_on_the_orders_own_side(price: Decimal, bid: Decimal, ask: Decimal) -> None:
    assert from_touch(OrderSide.BUY, price, bid, ask) == bid - price
    assert from_touch(OrderSide.SELL, price, bid, ask) == ask * -1 + price
    # The same order seen as one of the other outcome is as far away.
    assert from_touch(OrderSide.SELL, 1 - price, 1 - ask, 1 - bid) == bid - price
    assert from_touch(OrderSide.BUY, price, None, ask) is None
    assert from_touch(OrderSide.SELL, price, bid, None) is None


@given(st.lists(st.one_of(st.none(), dollars), max_size=20))
def test_a_total_says_how_much_of_it_is_known(parts: list[Decimal | None]) -> None:
    known = [part for part in parts if part is not None]
    told = total(parts)
    assert told.dollars == sum(known, Decimal(0))
    assert (told.known, told.of) == (len(known), len(parts))
    assert told.is_whole == (None not in parts)


def test_a_share_pays_a_dollar_if_it_wins_and_after_that_what_it_does_pay() -> None:
    assert pays(Decimal(120), None, 0) == 120
    assert pays(Decimal(120), ["1", "0"], 0) == 120
    assert pays(Decimal(120), ["1", "0"], 1) == 0
    assert pays(Decimal(120), ["1", "1"], 1) == 60  # void: the dollar is split
    assert payout_share(["1000000", "0"], 0) == 1


def test_payouts_that_make_no_sense_are_not_read() -> None:
    for payout in (["x", "1"], ["0", "0"], ["-1", "2"], ["Infinity", "1"], ["NaN", "1"], []):
        assert payout_share(payout, 0) is None
    assert payout_share(["1", "0"], 2) is None
    assert payout_share(["1", "0"], -1) is None
