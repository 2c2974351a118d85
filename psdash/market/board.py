"""The public side of what is on the screen: one state a market, and the venue as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

from psdash.market.book import Book
from psdash.market.candles import CandleSeries
from psdash.market.catalogue import Catalogue, Market
from psdash.market.depth_history import DepthHistory
from psdash.market.freshness import OFF, Freshness, PaneState
from psdash.market.level_flow import BookFlow
from psdash.market.lifecycle import PlatformStatus
from psdash.market.signals import Signals
from psdash.market.tape import Tape
from psdash.market.token_facts import TokenBook
from psdash.market.traded import VolumeAtPrice

#: States kept of markets that are watched no more, to have something to show when one of them is again.
UNWATCHED = 32


class MarketPane(StrEnum):
    """What a market shows, each with a freshness of its own."""

    BOOK = "book"
    TAPE = "tape"
    CHART = "chart"
    STATUS = "status"


class MarketState:
    """Everything live about one market. Books and candles are by outcome index."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.books = tuple(Book(token) for token in market.tokens)
        self.candles = tuple(CandleSeries() for _ in market.tokens)
        #: What rested where over time; somebody has to look once a second (`DepthHistory.sample`).
        self.depths = tuple(DepthHistory() for _ in market.tokens)
        self.tape = Tape()
        #: What happens at each price: of each book, and on the tape.
        self.flows = tuple(BookFlow(book, outcome) for outcome, book in enumerate(self.books))
        self.volume = VolumeAtPrice()
        for book, flow in zip(self.books, self.flows, strict=True):
            book.watcher = flow
        self.tape.watchers = (self.volume, *self.flows)
        #: One freshness a book (by outcome index): YES may be live while NO resyncs.
        self.book_freshness: list[Freshness] = [OFF for _ in market.tokens]
        self.freshness: dict[MarketPane, Freshness] = {
            MarketPane.TAPE: OFF,
            MarketPane.CHART: OFF,
            MarketPane.STATUS: OFF,
        }


class Board:
    """The markets being watched, the catalogue they come from, and the platform's own status."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.platform = PlatformStatus()
        #: What other sources say is worth a look.
        self.signals = Signals()
        #: What is known of tokens beside their trades.
        self.tokens = TokenBook()
        self.platform_freshness: Freshness = OFF
        self._states: dict[str, MarketState] = {}
        self._let_go: dict[str, None] = {}  # slugs of states that are watched no more, in that order

    def watch(self, market: Market) -> MarketState:
        """The state of a market, made when it is first asked for."""
        self.catalogue.put([market])
        state = self._states.get(market.slug)
        if state is None:
            state = self._states[market.slug] = MarketState(market)
        elif state.market.tokens == market.tokens:
            state.market = market
        else:  # deployed on chain since: the old books name tokens that no longer exist
            state = self._states[market.slug] = MarketState(market)
        return state

    def state(self, slug: str) -> MarketState | None:
        """The state of a watched market."""
        return self._states.get(slug)

    def keep(self, slugs: Iterable[str]) -> None:
        """These are watched from now on. Of the others only those let go last stay in memory."""
        self._let_go.update(dict.fromkeys(slug for slug in self._states if slug not in self._let_go))
        for slug in slugs:
            self._let_go.pop(slug, None)
        while len(self._let_go) > UNWATCHED:
            slug = next(iter(self._let_go))
            del self._let_go[slug]
            self._states.pop(slug, None)

    @property
    def watched(self) -> tuple[MarketState, ...]:
        """Every watched market, in the order of watching."""
        return tuple(self._states.values())

    def sample_depths(self, now_ms: int) -> None:
        """Record what rests in every watched book at venue time `now_ms`; hand it the time once a second."""
        for state in self._states.values():
            for book, freshness, depth in zip(state.books, state.book_freshness, state.depths, strict=True):
                if freshness.state is PaneState.OFF:
                    depth.clear()
                else:
                    depth.sample(now_ms, book, freshness.is_live)


class BoardPart(Board):
    """A board that several sources write: everything is the whole board's, and what one lets go is its own only."""

    __slots__ = ("_is_mine",)

    def __init__(self, whole: Board, is_mine: Callable[[str], bool]) -> None:
        """`is_mine` tells whether a slug is of this source."""
        self.__dict__ = whole.__dict__
        self._is_mine = is_mine

    def keep(self, slugs: Iterable[str]) -> None:
        """These of this source are watched from now on; the others' stay as they are."""
        gone = set(self._let_go)
        theirs = [slug for slug in self._states if slug not in gone and not self._is_mine(slug)]
        super().keep([*slugs, *theirs])
