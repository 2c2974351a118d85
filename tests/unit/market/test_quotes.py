"""Quotes of unwatched markets: what is read next, and the order of the list."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from psdash.market import listing
from psdash.market.catalogue import Catalogue
from psdash.market.quotes import LASTS_S, TROUBLED_S, Part, Quote, Quotes, Round, change_of
from tests.support import boards

SLUGS = ("a", "b", "c")


def read(quotes: Quotes, slug: str, part: Part, now_s: float) -> None:
    if part is Part.TOUCH:
        quotes.touch(slug, Decimal("0.4"), Decimal("0.5"), now_s)
    elif part is Part.LAST:
        quotes.last(slug, Decimal("0.5"), now_s)
    else:
        quotes.day(slug, Decimal("0.5"), now_s)


def test_bids_and_asks_of_every_row_come_first_then_lasts_then_days() -> None:
    quotes = Quotes()
    round_ = Round(quotes)
    seen = []
    for _ in range(9):
        due = round_.next(SLUGS, 100.0)
        assert due is not None
        seen.append(due)
        read(quotes, *due, 100.0)
    assert seen == [(slug, part) for part in Part for slug in SLUGS]
    assert round_.next(SLUGS, 100.0 + min(LASTS_S.values()) - 0.1) is None


@given(st.floats(0, 2000), st.integers(1, 200))
def test_nothing_is_ever_read_again_before_its_time(pause_s: float, reads: int) -> None:
    quotes = Quotes()
    round_ = Round(quotes)
    now_s = 0.0
    at: dict[tuple[str, Part], float] = {}
    for _ in range(reads):
        due = round_.next(SLUGS, now_s)
        if due is not None:
            assert now_s - at.get(due, -1e9) >= LASTS_S[due[1]]
            at[due] = now_s
            read(quotes, *due, now_s)
        now_s += pause_s / reads


def test_of_a_live_market_only_the_day_is_asked_and_trouble_is_left_alone() -> None:
    quotes = Quotes()
    round_ = Round(quotes)
    assert round_.next(("a",), 10.0, live=("a",)) == ("a", Part.DAY)
    round_.troubled("a", Part.DAY, 10.0)
    assert round_.next(("a",), 10.0 + TROUBLED_S - 1, live=("a",)) is None
    assert round_.next(("a",), 10.0 + TROUBLED_S, live=("a",)) == ("a", Part.DAY)


def test_the_change_of_a_day_is_by_the_mid_and_else_by_the_last_print() -> None:
    quote = Quote(day_ago=Decimal("0.40"))
    assert change_of(quote, Decimal("0.50"), Decimal("0.52"), Decimal("0.30")) == Decimal("0.11")
    assert change_of(quote, None, Decimal("0.52"), Decimal("0.30")) == Decimal("-0.10")
    assert change_of(quote, None, None, None) is None
    assert change_of(Quote(), Decimal("0.50"), Decimal("0.52"), None) is None


def filled() -> Catalogue:
    catalogue = Catalogue()
    catalogue.put(boards.MARKETS)
    return catalogue


def test_favourites_stand_first_in_the_order_of_marking_and_nowhere_else() -> None:
    catalogue = filled()
    marked = (boards.MARKETS[3].slug, boards.MARKETS[1].slug, "gone")
    blocks = listing.blocks(catalogue, "", marked)
    assert blocks[0] == (listing.FAVOURITES, [boards.MARKETS[3], boards.MARKETS[1]])
    order = listing.order(catalogue, marked)
    assert sorted(order) == sorted(market.slug for market in boards.MARKETS)
    assert order[:2] == list(marked[:2])
    assert listing.blocks(catalogue, "bitcoin", marked) == [(listing.FAVOURITES, [boards.MARKETS[3]])]


@given(
    st.lists(st.text("abc", min_size=1, max_size=2), unique=True, max_size=8), st.integers(0, 7), st.integers(1, 4)
)
def test_what_stands_beside_is_never_the_market_itself_nor_named_twice(slugs: list[str], at: int, reach: int) -> None:
    slug = slugs[at % len(slugs)] if slugs else None
    near = listing.beside(slugs, slug, reach)
    assert slug not in near
    assert len(set(near)) == len(near)
    if slug is not None and len(slugs) > 2:
        here = slugs.index(slug)
        assert near[:2] == [slugs[(here + 1) % len(slugs)], slugs[here - 1]]
