"""Quotes by REST: what is asked, how often, and that trouble never ends the reading. In virtual time."""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections import Counter
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any, cast

import async_solipsism
import pytest

from psdash.gateway.clock import LoopClock
from psdash.gateway.lookup import Lookup
from psdash.gateway.notices import CatalogueMoved, Notice
from psdash.gateway.quote_feed import PACE_S, REST_S, VOLUMES_S, QuoteFeed
from psdash.gateway.reads import Rest
from psdash.gateway.rest import BadAnswerError, LimitedError, RestError, UnreachableError
from psdash.market.board import Board
from psdash.market.freshness import OFF
from psdash.market.quotes import LASTS_S, Part, Quote
from psdash.wire.predictstreet import rest as bodies
from tests.support import boards

SLUGS = [market.slug for market in boards.MARKETS]


def virtual(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run a test on a loop whose hours take no time."""

    @functools.wraps(test)
    def run() -> None:
        with asyncio.Runner(loop_factory=async_solipsism.EventLoop) as runner:
            runner.run(test())

    return run


class FakeRest:
    """Answers in the venue's own words, and notes what was asked when."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, str]] = []
        self.empty_spans: frozenset[str] = frozenset()
        self.trouble: Callable[[str], RestError | None] = lambda _what: None

    def _ask(self, what: str) -> None:
        self.asked.append((asyncio.get_running_loop().time(), what))
        error = self.trouble(what)
        if error is not None:
            raise error

    async def orderbook(self, symbol: str, outcome_index: int, depth: int = 100) -> bodies.BookBody:
        self._ask(f"touch {symbol}")
        assert (outcome_index, depth) == (0, 1)
        body = {"bids": [{"price": "0.41", "quantity": "5"}], "asks": []}
        return bodies.BookBody.model_validate(body)

    async def trades(self, symbol: str, *, limit: int = 200, **_: Any) -> bodies.TapeBody:
        self._ask(f"last {symbol}")
        assert limit == 1
        row = {
            "id": "t1",
            "price": "0.6",
            "quantity": "5",
            "createdAt": "2026-07-15T20:00:00.000Z",
            "outcomeIndex": 1,
        }
        return bodies.TapeBody.model_validate({"symbol": symbol, "trades": [row]})

    async def price_history(self, symbol: str, outcome_index: int, span: str) -> bodies.PriceHistoryBody:
        if span == "1d":
            self._ask(f"day {symbol}")
        assert outcome_index == 0
        if span in self.empty_spans:
            return bodies.PriceHistoryBody.model_validate({"points": [{"ts": 1_000, "price": None}]})
        points = [{"ts": 1_000, "price": None}, {"ts": 3_000, "price": "0.5"}, {"ts": 2_000, "price": "0.25"}]
        return bodies.PriceHistoryBody.model_validate({"points": points})

    async def matches(self) -> bodies.MatchesBody:
        self._ask("volumes")
        markets = [{"slug": SLUGS[0], "volume24h": "123.5"}, {"slug": SLUGS[1]}, {"nonsense": 1}]
        return bodies.MatchesBody.model_validate({"matches": [{"events": [{"markets": markets}]}, 7]})


class Desk:
    """A feed over a board, running for a while of virtual time."""

    def __init__(self) -> None:
        self.board = Board()
        self.board.catalogue.put(boards.MARKETS)
        self.rest = FakeRest()
        self.notices: list[Notice] = []
        self.feed = QuoteFeed(cast("Rest", self.rest), self.board, self.notices.append, LoopClock())

    async def run(self, seconds: float) -> None:
        task = asyncio.create_task(self.feed.run())
        await asyncio.sleep(seconds)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@virtual
async def test_every_part_of_a_row_is_read_and_told() -> None:
    desk = Desk()
    desk.feed.want(SLUGS[:2])
    await desk.run(5)
    quote = desk.board.catalogue.quotes.of(SLUGS[0])
    assert (quote.bid, quote.ask) == (Decimal("0.41"), None)
    assert quote.last == Decimal("0.4")  # a print of the other outcome, in this one's terms
    assert quote.day_ago == Decimal("0.25")
    assert quote.volume_24h == Decimal("123.5")
    assert desk.board.catalogue.quotes.of(SLUGS[1]).volume_24h is None
    assert desk.notices
    assert all(isinstance(notice, CatalogueMoved) for notice in desk.notices)


@virtual
async def test_a_young_market_has_the_change_since_its_first_price() -> None:
    desk = Desk()
    desk.feed.want(SLUGS[:1])
    desk.rest.empty_spans = frozenset({"1d"})
    await desk.run(5)
    assert desk.board.catalogue.quotes.of(SLUGS[0]).day_ago == Decimal("0.25")
    desk = Desk()
    desk.feed.want(SLUGS[:1])
    desk.rest.empty_spans = frozenset({"1d", "1h", "live"})
    await desk.run(5)
    quote = desk.board.catalogue.quotes.of(SLUGS[0])
    assert (quote.day_ago, quote.day_s is None) == (None, False)


@virtual
async def test_the_pace_is_kept_and_nothing_is_asked_before_its_time() -> None:
    desk = Desk()
    desk.feed.want(SLUGS)
    await desk.run(120)
    times = [at for at, _ in desk.rest.asked]
    assert all(later - before >= PACE_S - 1e-9 for before, later in itertools.pairwise(times))
    by_what: dict[str, list[float]] = {}
    for at, what in desk.rest.asked:
        by_what.setdefault(what, []).append(at)
    for what, ats in by_what.items():
        lasts_s = VOLUMES_S if what == "volumes" else LASTS_S[Part(what.split()[0])]
        assert all(later - before >= lasts_s - 1e-9 for before, later in itertools.pairwise(ats)), what
    assert len(by_what["volumes"]) == 2
    assert len(by_what) == 1 + 3 * len(SLUGS)


@virtual
async def test_nothing_is_asked_when_nobody_looks() -> None:
    desk = Desk()
    await desk.run(60)
    assert desk.rest.asked == []
    desk.feed.want(SLUGS[:1])
    await desk.run(1)
    assert desk.rest.asked
    desk.feed.want(())
    asked = len(desk.rest.asked)
    await desk.run(60)
    assert len(desk.rest.asked) == asked


@virtual
async def test_of_a_live_market_only_the_day_is_asked_until_it_is_live_no_more() -> None:
    desk = Desk()
    state = desk.board.watch(boards.MARKETS[0])
    boards.fill_book(state)
    desk.feed.want(SLUGS[:1])
    await desk.run(30)
    symbol = boards.MARKETS[0].symbol
    assert {what for _, what in desk.rest.asked} == {"volumes", f"day {symbol}"}
    state.book_freshness[0] = OFF
    await desk.run(30)
    assert f"touch {symbol}" in {what for _, what in desk.rest.asked}


@virtual
async def test_a_venue_that_asks_for_patience_gets_it() -> None:
    desk = Desk()
    desk.rest.trouble = lambda _what: LimitedError("slow down", retry_after_s=20.0)
    desk.feed.want(SLUGS)
    await desk.run(61)
    assert len(desk.rest.asked) == 4


@virtual
async def test_a_venue_that_does_not_answer_is_not_hammered_and_is_heard_when_it_does() -> None:
    desk = Desk()
    desk.rest.trouble = lambda _what: UnreachableError("nobody answers")
    desk.feed.want(SLUGS[:1])
    await desk.run(60)
    assert len(desk.rest.asked) <= 60 / REST_S + 1
    desk.rest.trouble = lambda _what: None
    await desk.run(10)
    assert desk.board.catalogue.quotes.of(SLUGS[0]).bid == Decimal("0.41")


@virtual
async def test_a_route_that_is_not_there_costs_its_column_only() -> None:
    desk = Desk()
    desk.rest.trouble = lambda what: BadAnswerError("odd") if what.startswith(("day", "volumes")) else None
    desk.feed.want(SLUGS[:3])
    await desk.run(100)
    asked = Counter(what.split()[0] for _, what in desk.rest.asked)
    assert asked["touch"] >= 3 * 8
    assert asked["day"] <= 3 * 4
    quote = desk.board.catalogue.quotes.of(SLUGS[2])
    assert quote.bid is not None
    assert quote.day_ago is None


@virtual
async def test_the_list_of_markets_brings_the_venues_own_price_and_volume_where_it_has_them() -> None:
    board = Board()
    lookup = Lookup(cast("Rest", FakeRest()), board, lambda _notice: None, LoopClock())
    plain = {"symbol": "A", "slug": "a-market", "title": "A", "status": "OPEN"}
    lookup.take(bodies.MarketRecord.model_validate(plain))
    assert board.catalogue.quotes.of("a-market") == Quote()
    said = plain | {"outcomePrices": ["0.525000", "0.475000"], "volume24h": "1500"}
    await asyncio.sleep(7)
    lookup.take(bodies.MarketRecord.model_validate(said))
    quote = board.catalogue.quotes.of("a-market")
    assert (quote.price, quote.price_s) == (Decimal("0.525"), 7.0)
    assert (quote.volume_24h, quote.volume_s) == (Decimal(1500), 7.0)
    assert quote.bid is None  # of which kind the price is, nobody said: it stands for no other
    assert quote.last is None
