"""Every source at once, as one session: names go to their own source, and no source's trouble reaches another.

Each source has its own tasks. One that breaks is begun again after a while, one that cannot even be opened is a link
that says so; the others know nothing of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from psdash.account.account import Account
from psdash.gateway.begun_again import INTERNAL_ERROR, begun_again
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.lookup import UnknownMarketError, VenueUnreachableError
from psdash.gateway.notices import Emit, LinkChanged, LinkState
from psdash.market.board import Board, BoardPart
from psdash.market.catalogue import Market
from psdash.registry import SOURCES, source_of
from psdash.registry.source import Source
from psdash.settings import Endpoint
from psdash.sources.opening import gateway_of
from psdash.sources.session import Gateway, Matching, Searching, VenueSession

log = logging.getLogger(__name__)

#: Between reads of a list of markets that was not to be had.
_LIST_RETRY_S: Final = (1.0, 2.0, 5.0, 15.0)
#: How long the first source's list is waited for before any other's will do.
FIRST_LIST_S: Final = 3.0


class Part:
    """One source of several."""

    def __init__(self, source: Source, venue: VenueSession, emit: Emit, *, is_listed: bool) -> None:
        self.source = source
        self.is_listed = is_listed
        self.venue = venue
        self.emit = emit
        self.listed = asyncio.Event()
        #: Those of its workers that broke and have not begun again yet.
        self.broken: set[str] = set()

    @property
    def link(self) -> LinkChanged:
        """The latest word of its market gateway."""
        return Guarded(self, self.venue.market).link

    @property
    def gateways(self) -> Sequence[Gateway]:
        """Its gateways; one that has nothing to say of anybody's own is none."""
        user = self.venue.user
        is_none = user.link.state is LinkState.OFF and user.link.reason
        return (self.venue.market,) if is_none else (self.venue.market, user)


class Together:
    """A session with several sources. `endpoints` holds one a source, the first one being whose account is shown.

    The `consulted` ones are there to be asked of another's market: their own lists of markets are not read.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        board: Board,
        account: Account,
        emit: Emit,
        consulted: Sequence[Endpoint] = (),
    ) -> None:
        self._board = board
        self._refused: list[Gateway] = []
        self.parts: dict[str, Part] = {}
        for endpoint in (*endpoints, *consulted):
            source = SOURCES[endpoint.source]
            try:
                venue = gateway_of(source)(endpoint, BoardPart(board, _owner(source)), account, emit)
            except Exception as error:
                log.exception("%s cannot be opened", source.title)
                self._refused.append(Unopened(source, type(error).__name__))
            else:
                self.parts[source.name] = Part(source, venue, emit, is_listed=endpoint not in consulted)
        if not self.listed:
            raise RuntimeError("no source can be opened")
        first = next(iter(self.parts.values()))
        self.market = TogetherFeed(self)
        self.user: Gateway = Guarded(first, first.venue.user)
        self.quotes = TogetherQuotes(self)

    @property
    def listed(self) -> Sequence[Part]:
        """The sources whose own markets are watched."""
        return [part for part in self.parts.values() if part.is_listed]

    @property
    def gateways(self) -> Sequence[Gateway]:
        """Every source's, for the links and the counts."""
        found = [Guarded(part, each) for part in self.parts.values() for each in part.gateways]
        return [*found, *self._refused]

    def part_of(self, slug: str) -> Part | None:
        """Whose market a name is; None when that source is not here."""
        source = source_of(slug)
        return None if source is None else self.parts.get(source.name)

    async def resolve(self, slug: str) -> Market:
        """The market of a name. Raises UnknownMarketError or VenueUnreachableError."""
        part = self.part_of(slug)
        if part is None:
            raise UnknownMarketError(slug, self._board.catalogue.nearest(slug))
        return await part.venue.resolve(slug)

    async def load_catalogue(self) -> None:
        """Have every source's list read, and return when there is something to choose from.

        Which is the first source's list, or any other's when that one takes long. Raises nothing: each is asked for
        again until it comes.
        """
        for part in self.listed:
            part.listed.clear()
        self.market.list_again()
        first, *others = (asyncio.create_task(part.listed.wait()) for part in self.listed)
        try:
            done, _ = await asyncio.wait([first], timeout=FIRST_LIST_S)
            if not done:
                await asyncio.wait([first, *others], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in (first, *others):
                waiting.cancel()

    async def counterparts(self, market: Market, group: int | None = None) -> Sequence[str]:
        """The same question at the other sources, by their names for it. Raises VenueUnreachableError."""
        own, found = self.part_of(market.slug), []
        for part in self.parts.values():
            if part is not own and isinstance(part.venue, Matching):
                names = await part.venue.counterparts(market, group)
                found += [name for name in names if self.part_of(name) is part]
        return found

    async def search(self, typed: str) -> Sequence[Market]:
        """Markets by words, of every source that can be asked. Raises VenueUnreachableError when none answers."""
        asked = [(part, part.venue) for part in self.listed if isinstance(part.venue, Searching)]
        answers = await asyncio.gather(
            *(venue.search(typed) for _, venue in asked if isinstance(venue, Searching)), return_exceptions=True
        )
        found: list[Market] = []
        troubles: list[str] = []
        for (part, _), answer in zip(asked, answers, strict=True):
            if isinstance(answer, VenueUnreachableError):
                troubles.append(f"{part.source.title}: {answer}")
            elif isinstance(answer, BaseException):
                log.error("%s cannot be searched", part.source.title, exc_info=answer)
                troubles.append(f"{part.source.title}: {INTERNAL_ERROR}")
            else:
                found += [market for market in answer if self.part_of(market.slug) is part]
        if troubles and not found:
            raise VenueUnreachableError("; ".join(troubles))
        return found

    async def close(self) -> None:
        """Let go of every source. Cancel the workers first."""
        ends = await asyncio.gather(*(part.venue.close() for part in self.parts.values()), return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                log.error("a source did not close well", exc_info=end)


class TogetherFeed:
    """What the screen asks of a market gateway, passed on to the source that a name is of."""

    def __init__(self, whole: Together) -> None:
        self._whole = whole
        self._focus: Part | None = None
        self._list = asyncio.Event()

    @property
    def counts(self) -> FrameCounts:
        """Of the source that is looked at; the detail screen shows each one's."""
        return self._shown.venue.market.counts

    @property
    def link(self) -> LinkChanged:
        return self._shown.link

    @property
    def offset_ms(self) -> float | None:
        return self._shown.venue.market.offset_ms

    @property
    def _shown(self) -> Part:
        return self._focus or next(iter(self._whole.parts.values()))

    def watch(self, slugs: Sequence[str], focus: str) -> None:
        """Show these, each by its own source."""
        self._focus = self._whole.part_of(focus) or self._focus
        for part in self._whole.parts.values():
            mine = [slug for slug in slugs if self._whole.part_of(slug) is part]
            part.venue.market.watch(mine, focus if focus in mine else mine[0] if mine else "")

    def resync(self, slug: str) -> None:
        """The person wants a fresh look."""
        part = self._whole.part_of(slug)
        if part is not None:
            part.venue.market.resync(slug)

    def list_again(self) -> None:
        """Every source's list of markets is to be read."""
        self._list.set()

    async def run(self) -> None:
        """Every source's workers, until cancelled; what breaks is begun again."""
        first = next(iter(self._whole.parts.values()))  # whose own gateway is run as `Together.user`
        async with asyncio.TaskGroup() as group:
            for part in self._whole.parts.values():
                gateways = part.gateways[:1] if part is first else part.gateways
                for gateway in gateways:
                    group.create_task(Guarded(part, gateway).run(), name=f"{part.source.name} gateway")
            group.create_task(self._lists(), name="lists of markets")

    async def _lists(self) -> None:
        async with asyncio.TaskGroup() as group:
            reading: dict[str, asyncio.Task[None]] = {}
            while True:
                await self._list.wait()
                self._list.clear()
                for part in self._whole.listed:
                    name = part.source.name
                    if name not in reading or reading[name].done():
                        reading[name] = group.create_task(_listed(part), name=f"{name} list")


class TogetherQuotes:
    """Quotes, asked of the source that a name is of."""

    def __init__(self, whole: Together) -> None:
        self._whole = whole

    def want(self, slugs: Sequence[str]) -> None:
        """Keep the quotes of these young."""
        for part in self._whole.parts.values():
            part.venue.quotes.want([slug for slug in slugs if self._whole.part_of(slug) is part])

    async def run(self) -> None:
        """Every source's reader, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for part in self._whole.parts.values():
                name = f"{part.source.name} quotes"
                group.create_task(_kept_going(part, name, part.venue.quotes.run), name=name)


class Unopened:
    """What is left of a source that could not be opened."""

    def __init__(self, source: Source, error: str) -> None:
        self.counts = FrameCounts()
        self.link = LinkChanged(
            source.name, LinkState.REFUSED, f"{source.title} cannot be opened ({error}); see the log"
        )
        self.offset_ms: float | None = None

    async def run(self) -> None:
        return


class Guarded:
    """A gateway whose worker may break: then its last word would be old, and it is begun again."""

    def __init__(self, part: Part, gateway: Gateway) -> None:
        self._part = part
        self._gateway = gateway

    @property
    def counts(self) -> FrameCounts:
        return self._gateway.counts

    @property
    def link(self) -> LinkChanged:
        link = self._gateway.link
        return replace(link, state=LinkState.BACKOFF, reason=INTERNAL_ERROR) if self._part.broken else link

    @property
    def offset_ms(self) -> float | None:
        return self._gateway.offset_ms

    async def run(self) -> None:
        """The gateway's worker, begun again whenever it breaks."""
        await _kept_going(self._part, self._gateway.link.gateway, self._gateway.run)


def _owner(source: Source) -> Callable[[str], bool]:
    return lambda slug: source_of(slug) is source


async def _kept_going(part: Part, name: str, run: Callable[[], Awaitable[None]]) -> None:
    """The bulkhead: what a source's own worker did not contain stays with that source, which says so meanwhile."""

    async def work() -> None:
        part.broken.discard(name)
        await run()

    await begun_again(name, work, lambda _: part.broken.add(name), part.venue.market.counts, part.emit)


async def _listed(part: Part) -> None:
    tries = 0
    while True:
        try:
            await part.venue.load_catalogue()
        except VenueUnreachableError as error:
            log.info("%s: the list of markets is not to be had yet: %s", part.source.title, error)
        except Exception:
            log.exception("%s: the list of markets cannot be read", part.source.title)
        else:
            part.listed.set()
            return
        await asyncio.sleep(_LIST_RETRY_S[min(tries, len(_LIST_RETRY_S) - 1)])
        tries += 1
