"""From the gateways' notices to the widgets' queues: who needs to know, told once a frame.

A notice says what moved; the state already holds it. The bridge only looks up who shows that and tells each one,
which posts a conflated `Dirty` at most once between two paints. Nothing is formatted here, whatever the rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

from psdash.account.account import AccountPane
from psdash.gateway.notices import (
    AccountMoved,
    AccountPaneMoved,
    ActivityMoved,
    BookMoved,
    CandlesMoved,
    CatalogueMoved,
    ElsewhereMoved,
    LinkChanged,
    MarketMoved,
    MarketPaneMoved,
    Notice,
    PauseMoved,
    PlatformMoved,
    SettlementFailed,
    SignalsMoved,
    Spoken,
    TapeMoved,
)
from psdash.market.board import MarketPane
from psdash.market.freshness import Freshness


class Topic(Enum):
    """What a widget can show. The first five are of the shown market and outcome only."""

    BOOK = auto()
    TAPE = auto()
    CHART = auto()
    STATUS = auto()
    ANY_PRICE = auto()  # a price of whichever market: as often as frames come
    ANY_MARKET = auto()  # a status of whichever market, or what its panes may claim: seldom, and at once
    PLATFORM = auto()
    LINKS = auto()
    CATALOGUE = auto()
    ORDERS = auto()
    FILLS = auto()
    POSITIONS = auto()
    SIGNALS = auto()
    ACTIVITY = auto()
    ELSEWHERE = auto()


class Listener(Protocol):
    """A widget that can be told to look again."""

    def tell(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Ear:
    """Hears a topic for a widget that does not look again at once for it."""

    tell: Callable[[], object]


_OF_PANE = {MarketPane.TAPE: Topic.TAPE, MarketPane.CHART: Topic.CHART, MarketPane.STATUS: Topic.STATUS}
_OF_ACCOUNT = {
    AccountPane.ORDERS: (Topic.ORDERS,),
    AccountPane.FILLS: (Topic.FILLS, Topic.ORDERS),  # a fill moves its order on (account/orders.py)
    AccountPane.POSITIONS: (Topic.POSITIONS,),
}


class Bridge:
    """Who is told what. `emit` is what the gateways are given."""

    def __init__(self, speak: Callable[[Spoken], None], *, on_orders: Callable[[], object] | None = None) -> None:
        """`speak` shows a sentence to the person. `on_orders` is called when own orders moved, or a book's claim."""
        self._speak = speak
        self._listeners: dict[Topic, list[Listener]] = {topic: [] for topic in Topic}
        # What every change of a book tells, without looking it up.
        self._of_book, self._of_any = self._listeners[Topic.BOOK], self._listeners[Topic.ANY_PRICE]
        self._overheard: Callable[[Notice], None] | None = None
        self._on_orders = on_orders
        self._slug: str | None = None
        self._outcome = 0
        self._is_both = False
        self._on_shown: Callable[[Freshness | None], object] = _nobody
        self._ways: dict[type[Any], Callable[[Any], None]] = {
            BookMoved: self._book,
            TapeMoved: self._tape,
            CandlesMoved: self._candles,
            MarketMoved: self._market,
            MarketPaneMoved: self._market_pane,
            PlatformMoved: lambda _: self._tell(Topic.PLATFORM),
            CatalogueMoved: lambda _: self._tell(Topic.CATALOGUE),
            AccountMoved: self._account,
            SettlementFailed: lambda _: self._tell(Topic.FILLS),
            PauseMoved: lambda _: self._tell(Topic.ORDERS),
            AccountPaneMoved: self._account,
            LinkChanged: lambda _: self._tell(Topic.LINKS),
            SignalsMoved: lambda _: self._tell(Topic.SIGNALS),
            ActivityMoved: lambda _: self._tell(Topic.ACTIVITY),
            ElsewhereMoved: self._elsewhere,
            Spoken: self._speak,
        }

    def emit(self, notice: Notice) -> None:
        """Tell whoever shows what moved. Called on the app's loop, as often as frames come."""
        if self._overheard is not None:
            self._overheard(notice)
        self._ways[type(notice)](notice)

    def overhear(self, hear: Callable[[Notice], None]) -> None:
        """Have every notice heard before it is passed on, as often as they come: by the alerts."""
        self._overheard = hear

    def show(
        self,
        slug: str | None,
        outcome: int,
        on_shown: Callable[[Freshness | None], object],
        *,
        is_both: bool = False,
    ) -> None:
        """Which market and outcome the screen shows; `is_both` when the other outcome's book is shown too.

        `on_shown` is called when that market itself moves, with what a pane may claim where the notice says so: it
        may just have come into being, or have another state than before (`Board.watch`).
        """
        self._slug, self._outcome, self._on_shown, self._is_both = slug, outcome, on_shown, is_both

    def listen(self, listener: Listener, *topics: Topic) -> None:
        """Tell a widget of these topics from now on."""
        for topic in topics:
            self._listeners[topic].append(listener)

    def forget(self, listener: Listener) -> None:
        """Tell a widget nothing any more."""
        for listeners in self._listeners.values():
            if listener in listeners:
                listeners.remove(listener)

    def tell_all(self) -> None:
        """Have every widget look again."""
        self._tell(*Topic)

    def _tell(self, *topics: Topic) -> None:
        for topic in topics:
            for listener in self._listeners[topic]:
                listener.tell()

    def _book(self, moved: BookMoved) -> None:
        if moved.slug == self._slug and (moved.outcome_index == self._outcome or self._is_both):
            for listener in self._of_book:
                listener.tell()
        for listener in self._of_any:
            listener.tell()

    def _tape(self, moved: TapeMoved) -> None:
        if moved.slug == self._slug:
            self._tell(Topic.TAPE)
        self._tell(Topic.ANY_PRICE)

    def _candles(self, moved: CandlesMoved) -> None:
        if moved.slug == self._slug and moved.outcome_index == self._outcome:
            self._tell(Topic.CHART)

    def _market(self, moved: MarketMoved) -> None:
        if moved.slug == self._slug:
            self._on_shown(None)
            self._tell(Topic.STATUS)
        self._tell(Topic.ANY_MARKET)

    def _market_pane(self, moved: MarketPaneMoved) -> None:
        if moved.pane is MarketPane.BOOK and self._on_orders is not None:
            self._on_orders()
        if moved.slug == self._slug:
            self._on_shown(moved.freshness)
            self._tell(_OF_PANE.get(moved.pane, Topic.BOOK))
        self._tell(Topic.ANY_MARKET)

    def _elsewhere(self, moved: ElsewhereMoved) -> None:
        if moved.slug == self._slug:
            self._tell(Topic.ELSEWHERE)

    def _account(self, moved: AccountMoved | AccountPaneMoved) -> None:
        if moved.pane is not AccountPane.POSITIONS and self._on_orders is not None:
            self._on_orders()
        self._tell(*_OF_ACCOUNT[moved.pane])


def _nobody(_freshness: Freshness | None) -> None:
    return None
