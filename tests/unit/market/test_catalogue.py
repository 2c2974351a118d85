"""Finding a market by what a person types."""

from __future__ import annotations

from dataclasses import replace

from psdash.market.board import UNWATCHED, Board
from psdash.market.catalogue import Catalogue, Market, nearest_slugs
from psdash.market.lifecycle import MEANING, MarketStatus

SPAIN = Market(
    slug="spain-vs-france-2026-yes",
    symbol="SF26",
    title="Spain beat France",
    status=MarketStatus.OPEN,
    tokens=("11", "12"),
    condition="0xaa",
    event="Spain vs France",
)
DRAW = replace(SPAIN, slug="spain-vs-france-2026-draw", symbol="SF26D", title="Draw", tokens=("21", "22"))
RAIN = replace(
    SPAIN, slug="rain-in-oslo", symbol="RAIN", title="Rain in Oslo", tokens=(), event="Weather", condition=None
)


def a_catalogue() -> Catalogue:
    catalogue = Catalogue()
    catalogue.put([SPAIN, DRAW, RAIN])
    return catalogue


def test_markets_are_found_by_each_of_their_names() -> None:
    catalogue = a_catalogue()
    assert catalogue.by_slug("rain-in-oslo") is RAIN
    assert catalogue.by_symbol("SF26D") is DRAW
    assert catalogue.by_token("12") is SPAIN
    assert catalogue.by_token("99") is None
    assert list(catalogue.by_condition("0xaa")) == [SPAIN, DRAW]


def test_a_mistyped_slug_names_its_neighbours() -> None:
    assert a_catalogue().nearest("spain-v-france-2026-yes")[0] == "spain-vs-france-2026-yes"
    assert len(a_catalogue().nearest("zzzz", limit=2)) == 2


def test_the_nearest_come_by_likeness_and_equally_like_ones_by_name() -> None:
    assert nearest_slugs("cup-m", [f"cup-m{at}" for at in (5, 3, 0, 4, 1, 2)]) == [
        "cup-m0",
        "cup-m1",
        "cup-m2",
        "cup-m3",
    ]
    assert nearest_slugs("rain-in-olso", ["zz", "rain-in-rome", "rain-in-oslo"])[0] == "rain-in-oslo"


def test_markets_are_found_by_their_status() -> None:
    catalogue = a_catalogue()
    catalogue.put([replace(RAIN, status=MarketStatus.PENDING_RESOLUTION)])
    assert [market.slug for market in catalogue.find("pending res")] == [RAIN.slug]


def test_typing_narrows_and_nothing_typed_shows_all() -> None:
    catalogue = a_catalogue()
    assert list(catalogue.find("")) == [SPAIN, DRAW, RAIN]
    assert list(catalogue.find("oslo")) == [RAIN]
    assert list(catalogue.find("fra draw")) == [DRAW]
    assert list(catalogue.find("nothing like it")) == []


def test_news_of_a_market_keeps_its_books_until_its_tokens_change() -> None:
    board = Board()
    state = board.watch(SPAIN)
    paused = replace(SPAIN, status=MarketStatus.PAUSED)
    assert board.watch(paused) is state
    assert state.market is paused
    assert board.watch(replace(SPAIN, tokens=("31", "32"))) is not state


def test_of_markets_that_are_watched_no_more_the_newest_stay() -> None:
    board = Board()
    slugs = [f"m{n}" for n in range(UNWATCHED + 3)]
    for slug in slugs:
        board.watch(replace(SPAIN, slug=slug))
        board.keep([slug])
    assert [state.market.slug for state in board.watched] == slugs[2:]
    board.keep([slugs[2]])  # visited again: the next to go is another one
    board.watch(replace(SPAIN, slug="new"))
    board.keep(["new"])
    assert board.state(slugs[2]) is not None
    assert board.state(slugs[3]) is None
    assert len(board.watched) == UNWATCHED + 1


def test_what_is_watched_is_never_let_go() -> None:
    board = Board()
    slugs = [f"m{n}" for n in range(2 * UNWATCHED)]
    for slug in slugs:
        board.watch(replace(SPAIN, slug=slug))
    board.keep(slugs)
    assert len(board.watched) == len(slugs)


def test_every_status_says_what_it_means_and_only_open_trades() -> None:
    assert set(MEANING) == set(MarketStatus)
    assert [status for status in MarketStatus if status.trades] == [MarketStatus.OPEN]
    assert all(MEANING[status] for status in MarketStatus if not status.trades)
    assert MarketStatus.parse("open") is MarketStatus.OPEN
    assert MarketStatus.parse("new word") is MarketStatus.UNKNOWN
