"""Who is told what."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest

from psdash.account.account import AccountPane
from psdash.dashboard.bridge import Bridge, Topic
from psdash.gateway.notices import (
    AccountMoved,
    AccountPaneMoved,
    ActivityMoved,
    BookMoved,
    CandlesMoved,
    CatalogueMoved,
    ElsewhereMoved,
    GatewayName,
    LinkChanged,
    LinkState,
    MarketMoved,
    MarketPaneMoved,
    Notice,
    PauseMoved,
    PlatformMoved,
    SettlementFailed,
    Severity,
    SignalsMoved,
    Spoken,
    TapeMoved,
)
from psdash.market.board import MarketPane
from psdash.market.candles import Candle
from psdash.market.freshness import OFF, Freshness
from psdash.market.lifecycle import MarketStatus, PlatformStatus


class Counter:
    """A listener that counts."""

    def __init__(self) -> None:
        self.told = 0

    def tell(self) -> None:
        self.told += 1


@pytest.fixture
def said() -> list[Spoken]:
    return []


@pytest.fixture
def shown() -> list[Freshness | None]:
    return []


@pytest.fixture
def bridge(said: list[Spoken], shown: list[Freshness | None]) -> Bridge:
    bridge = Bridge(said.append)
    bridge.show("here", 1, shown.append)
    return bridge


CANDLE = Candle(0, *(Decimal("0.5"),) * 4, Decimal(1))

CASES: list[tuple[Notice, set[Topic]]] = [
    (BookMoved("here", 1, 7), {Topic.BOOK, Topic.ANY_PRICE}),
    (BookMoved("here", 0, 7), {Topic.ANY_PRICE}),
    (BookMoved("there", 1, 7), {Topic.ANY_PRICE}),
    (TapeMoved("here"), {Topic.TAPE, Topic.ANY_PRICE}),
    (TapeMoved("there"), {Topic.ANY_PRICE}),
    (CandlesMoved("here", 1, CANDLE), {Topic.CHART}),
    (CandlesMoved("here", 0, CANDLE), set()),
    (MarketMoved("here", MarketStatus.PAUSED), {Topic.STATUS, Topic.ANY_MARKET}),
    (MarketMoved("there", MarketStatus.PAUSED), {Topic.ANY_MARKET}),
    (MarketPaneMoved("here", MarketPane.BOOK, OFF, 1), {Topic.BOOK, Topic.ANY_MARKET}),
    (MarketPaneMoved("here", MarketPane.TAPE, OFF), {Topic.TAPE, Topic.ANY_MARKET}),
    (MarketPaneMoved("here", MarketPane.CHART, OFF), {Topic.CHART, Topic.ANY_MARKET}),
    (MarketPaneMoved("here", MarketPane.STATUS, OFF), {Topic.STATUS, Topic.ANY_MARKET}),
    (MarketPaneMoved("there", MarketPane.TAPE, OFF), {Topic.ANY_MARKET}),
    (PlatformMoved(PlatformStatus()), {Topic.PLATFORM}),
    (CatalogueMoved(3), {Topic.CATALOGUE}),
    (AccountMoved(AccountPane.ORDERS), {Topic.ORDERS}),
    (AccountMoved(AccountPane.FILLS), {Topic.FILLS, Topic.ORDERS}),
    (AccountMoved(AccountPane.POSITIONS), {Topic.POSITIONS}),
    (AccountPaneMoved(AccountPane.POSITIONS, OFF), {Topic.POSITIONS}),
    (LinkChanged(GatewayName.USER, LinkState.BACKOFF), {Topic.LINKS}),
    (SettlementFailed("o1", "the vault has too little"), {Topic.FILLS}),
    (PauseMoved(None), {Topic.ORDERS}),
    (SignalsMoved(), {Topic.SIGNALS}),
    (ActivityMoved(), {Topic.ACTIVITY}),
    (ElsewhereMoved("here"), {Topic.ELSEWHERE}),
    (ElsewhereMoved("there"), set()),
    (Spoken(Severity.INFO, "hello"), set()),
]


@pytest.mark.parametrize(("notice", "topics"), CASES, ids=lambda value: type(value).__name__)
def test_a_notice_reaches_those_who_show_it_and_nobody_else(
    bridge: Bridge, notice: Notice, topics: set[Topic]
) -> None:
    counters = {topic: Counter() for topic in Topic}
    for topic, counter in counters.items():
        bridge.listen(counter, topic)
    bridge.emit(notice)
    assert {topic for topic, counter in counters.items() if counter.told} == topics


def test_every_kind_of_notice_has_a_way() -> None:
    assert {type(notice) for notice, _ in CASES} == set(get_args(Notice))


def test_the_shown_market_coming_into_being_is_told_with_its_claim(
    bridge: Bridge, shown: list[Freshness | None]
) -> None:
    claim = Freshness(OFF.state, "no such market")
    bridge.emit(MarketMoved("here", MarketStatus.OPEN))
    bridge.emit(MarketPaneMoved("here", MarketPane.BOOK, claim, 0))
    bridge.emit(MarketMoved("there", MarketStatus.OPEN))
    assert shown == [None, claim]


def test_a_sentence_is_spoken(bridge: Bridge, said: list[Spoken]) -> None:
    sentence = Spoken(Severity.WARNING, "the venue is slow")
    bridge.emit(sentence)
    assert said == [sentence]


def test_a_forgotten_listener_hears_nothing(bridge: Bridge) -> None:
    counter = Counter()
    bridge.listen(counter, Topic.BOOK, Topic.TAPE)
    bridge.forget(counter)
    bridge.emit(BookMoved("here", 1, 7))
    bridge.emit(TapeMoved("here"))
    assert counter.told == 0


def test_both_outcomes_of_the_shown_market_reach_a_ladder_that_shows_both(bridge: Bridge) -> None:
    ladder = Counter()
    bridge.listen(ladder, Topic.BOOK)
    bridge.emit(BookMoved("here", 0, 1))
    assert ladder.told == 0
    bridge.show("here", 1, lambda _: None, is_both=True)
    bridge.emit(BookMoved("here", 0, 2))
    bridge.emit(BookMoved("elsewhere", 0, 2))
    assert ladder.told == 1


def test_own_orders_are_looked_at_when_they_or_a_books_claim_moved(said: list[Spoken]) -> None:
    looks: list[None] = []
    bridge = Bridge(said.append, on_orders=lambda: looks.append(None))
    for moved in (
        AccountMoved(AccountPane.ORDERS),
        AccountMoved(AccountPane.FILLS),
        MarketPaneMoved("anywhere", MarketPane.BOOK, OFF, 0),
    ):
        before = len(looks)
        bridge.emit(moved)
        assert len(looks) == before + 1
    for other in (AccountMoved(AccountPane.POSITIONS), BookMoved("here", 0, 1), TapeMoved("here")):
        bridge.emit(other)
    assert len(looks) == 3
