"""What the rest of the program knows of a session with a source, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from psdash.account.account import Account
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.notices import Emit, LinkChanged
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.settings import Endpoint


class Gateway(Protocol):
    """What the screen knows of a gateway."""

    @property
    def counts(self) -> FrameCounts: ...
    @property
    def link(self) -> LinkChanged: ...
    @property
    def offset_ms(self) -> float | None: ...
    async def run(self) -> None: ...


class MarketFeed(Gateway, Protocol):
    """What the screen asks of the gateway that feeds its markets."""

    def watch(self, slugs: Sequence[str], focus: str) -> None: ...
    def resync(self, slug: str) -> None: ...


class QuoteReader(Protocol):
    """What the screen asks of the reader of quotes."""

    def want(self, slugs: Sequence[str]) -> None: ...
    async def run(self) -> None: ...


class VenueSession(Protocol):
    """A session with a source. It writes `Board` and `Account` first and calls `emit` after.

    `resolve` raises UnknownMarketError(slug, nearest) or VenueUnreachableError, `load_catalogue` the latter.
    """

    @property
    def market(self) -> MarketFeed: ...
    @property
    def user(self) -> Gateway: ...
    @property
    def quotes(self) -> QuoteReader: ...
    async def resolve(self, slug: str) -> Market: ...
    async def load_catalogue(self) -> None: ...
    async def close(self) -> None: ...


@runtime_checkable
class Matching(Protocol):
    """A session that finds the markets of its own that ask the same as another source's: by themselves, or by the id
    that a person gave of the group of them. Raises VenueUnreachableError when it is worth another try.
    """

    async def counterparts(self, market: Market, group: int | None = None) -> Sequence[str]: ...


@runtime_checkable
class Searching(Protocol):
    """A session that finds markets of its own by words, best first, and puts them into the catalogue.

    Raises VenueUnreachableError.
    """

    async def search(self, typed: str) -> Sequence[Market]: ...


OpenVenue = Callable[[Endpoint, Board, Account, Emit], VenueSession]
