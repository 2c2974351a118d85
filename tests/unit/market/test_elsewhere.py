"""The same question elsewhere: which one it is, and that no gap is made of an old price."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.market.elsewhere import Gap, VenueQuote, best_gap, gap_between, is_same_question, taker_fee

CENTS = st.integers(1, 99).map(lambda cents: Decimal(cents) / 100)
FEES = st.none() | st.integers(0, 5).map(lambda cents: Decimal(cents) / 100)


def quotes(live: st.SearchStrategy[bool]) -> st.SearchStrategy[VenueQuote]:
    return st.builds(VenueQuote, st.sampled_from(["kalshi", "polymarket"]), CENTS, CENTS, live, FEES)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Will Spain beat France?", "Spain beats France", True),
        ("Will the Fed cut rates in March?", "Fed cuts rates in March", True),
        ("Will Spain beat France?", "France beats Spain", False),  # the same words, another question
        ("Will Spain beat France?", "Spain vs France ends in a draw", False),
        ("Fed cuts rates in March", "Fed cuts rates in March 2027", False),
        ("Will it?", "Will it?", False),  # one word tells nothing
        ("", "", False),
        ("Rates above 3.25", "Rates above 3.50", False),
    ],
)
def test_the_same_question_has_every_word_that_matters_in_the_same_order(one: str, other: str, same: bool) -> None:
    assert is_same_question(one, other) is same
    assert is_same_question(other, one) is same


def test_a_gap_is_bought_where_it_is_cheap_after_the_fees_of_both() -> None:
    here = VenueQuote("here", Decimal("0.50"), Decimal("0.51"), True, Decimal("0.005"))
    kalshi = VenueQuote("kalshi", Decimal("0.56"), Decimal("0.57"), True, Decimal("0.015"))
    polymarket = VenueQuote("polymarket", Decimal("0.44"), Decimal("0.45"), True, None)
    assert gap_between(here, kalshi) == Gap("kalshi", Decimal("0.030"), True, True)
    assert gap_between(here, polymarket) == Gap("polymarket", Decimal("0.05"), False, False)  # before anybody's fees
    assert best_gap(here, [kalshi, polymarket]) == gap_between(here, polymarket)
    assert best_gap(here, []) is None
    assert gap_between(here, VenueQuote("empty", is_live=True)) is None


@given(quotes(st.booleans()), st.lists(quotes(st.booleans()), max_size=4))
def test_no_gap_is_ever_made_of_a_price_that_is_not_live(here: VenueQuote, there: list[VenueQuote]) -> None:
    gap = best_gap(here, there)
    if not here.is_live:
        assert gap is None
    if gap is not None:
        assert any(quote.is_live and quote.venue == gap.venue for quote in there)
        assert gap == max(
            (each for quote in there if (each := gap_between(here, quote)) is not None),
            key=lambda each: each.dollars,
        )


@given(quotes(st.just(True)), quotes(st.just(True)))
def test_fees_only_ever_take_away(here: VenueQuote, there: VenueQuote) -> None:
    free = gap_between(
        VenueQuote("here", here.bid, here.ask, True, Decimal(0)),
        VenueQuote(there.venue, there.bid, there.ask, True, Decimal(0)),
    )
    gap = gap_between(here, there)
    assert free is not None
    assert gap is not None
    assert gap.dollars <= free.dollars
    assert gap.is_after_fees == (here.fee is not None and there.fee is not None)


def test_the_fee_here_is_the_protocols() -> None:
    # protocol §9: P 0.52 and 100 shares cost 0.2496 at k = 0.01
    fee = taker_fee(Decimal("0.52"), 100)
    assert fee is not None
    assert fee * 100 == Decimal("0.2496")
    assert taker_fee(Decimal("0.52"), None) is None
