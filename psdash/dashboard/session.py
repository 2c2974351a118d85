"""One venue, opened after the first paint: the endpoint, the two gateway workers, and the markets being watched."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Final

from psdash.account.account import Account
from psdash.dashboard.finding import Finder
from psdash.dashboard.keeping import Shelf
from psdash.gateway.begun_again import begun_again
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.notices import (
    CatalogueMoved,
    ElsewhereMoved,
    Emit,
    GatewayName,
    LinkChanged,
    LinkState,
    SignalsMoved,
)
from psdash.market.board import Board
from psdash.market.freshness import Freshness, PaneState
from psdash.registry import DEFAULT
from psdash.settings import Endpoint, EndpointSource, Settings, SettingsError
from psdash.sources.opening import gateway_of, gateways_of, open_session
from psdash.sources.session import Gateway, Matching, OpenVenue, VenueSession

log = logging.getLogger(__name__)

#: Markets kept live behind the shown one, so that stepping back and forth is at once.
WARM: Final = 12
_CATALOGUE_RETRY_S: Final = (1.0, 2.0, 5.0, 15.0)
#: plotext takes longer to import than a venue nearby takes to send a book.
_CHART_AFTER_S: Final = 0.3
#: A list of markets older than this is read again when a person asks for it.
_CATALOGUE_AGE_S: Final = 60.0
#: Between two questions where else a market is, after one that nobody answered.
_ELSEWHERE_RETRY_S: Final = 15.0


Work = Callable[[], Coroutine[Any, Any, None]]
#: Run a coroutine function as a Textual worker of this name.
RunWorker = Callable[[Work, str], object]


class Session:
    """The venue's side of the app. It fills `board` and `account` through the gateways and speaks by `emit`."""

    def __init__(
        self,
        settings: Settings,
        source: EndpointSource,
        board: Board,
        account: Account,
        emit: Emit,
        *,
        run_worker: RunWorker,
        now_s: Callable[[], float],
        open_venue: OpenVenue = open_session,
        shelf: Shelf | None = None,
    ) -> None:
        #: What the person marked and set, kept from run to run.
        self.shelf = shelf or Shelf(speak=log.warning)
        self.settings = settings
        self.board = board
        self.account = account
        self.endpoint: Endpoint | None = None
        self.venue: VenueSession | None = None
        #: The markets the person asked for: those of the command line, and those opened beside them.
        self.wanted = list(settings.slugs)
        self._source = source
        self._emit = emit
        self._run_worker = run_worker
        self._now_s = now_s
        self._open_venue = open_venue
        self._recent: list[str] = list(settings.slugs)
        self._listed_s: float | None = None
        self._focus: str | None = settings.slugs[0] if settings.slugs else None
        self._beside: tuple[str, ...] = ()
        self._told: tuple[str, list[str]] | None = None
        self._together: tuple[str, ...] = ()
        self._quoted: tuple[str, ...] = ()
        #: Markets found at the sources by what a person types.
        self.finder = Finder(
            lambda: self.venue, run_worker, now_s, lambda: emit(CatalogueMoved(len(self.board.catalogue)))
        )
        #: The same question at other sources, by the slug of the market here; asked for once a market.
        self.elsewhere: dict[str, tuple[str, ...]] = {}

    # opening --------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Get the endpoint and start both gateways.

        Raises VenueUnavailableError (from the source) when there is no venue to dial and never will be.
        """
        warming = asyncio.create_task(_import_gateways(self.settings))  # while the embedded exchange starts up
        try:
            self.endpoint = await self._source()
        finally:
            await warming
        self.venue = self._open_venue(self.endpoint, self.board, self.account, self._emit)
        self._close_private_panes()
        self._tell_gateway()
        self._look_elsewhere()
        self._run_worker(self.venue.market.run, "market gateway")
        self._run_worker(self.venue.user.run, "user gateway")
        self._run_worker(partial(_read_quotes, self.venue, self._emit), "quotes")
        self.venue.quotes.want(self._quoted)
        self._run_worker(_import_chart, "chart library")

    async def refuse_unknown(self) -> None:
        """Look up the slugs of the command line. Raises SettingsError when the venue knows none of them."""
        from psdash.gateway.lookup import UnknownMarketError, VenueUnreachableError

        venue = self.venue
        assert venue is not None
        unknown: list[UnknownMarketError] = []
        for slug in self.settings.slugs:
            try:
                await venue.resolve(slug)
            except UnknownMarketError as error:
                unknown.append(error)
            except VenueUnreachableError:
                return  # nobody said that it is unknown
        gone = {each.slug for each in unknown}
        self.wanted = [slug for slug in self.wanted if slug not in gone]
        self._recent = [slug for slug in self._recent if slug not in gone]
        if unknown and not self.wanted:
            raise SettingsError("\n".join(unknown_market_words(each.slug, each.nearest) for each in unknown))

    async def load_catalogue(self) -> None:
        """Read the list of markets, however long the venue takes to answer."""
        from psdash.gateway.lookup import VenueUnreachableError

        venue = self.venue
        assert venue is not None
        tries = 0
        while True:
            try:
                await venue.load_catalogue()
            except VenueUnreachableError as error:
                log.info("the list of markets is not to be had yet: %s", error)
            else:
                self._listed_s = self._now_s()
                return
            await asyncio.sleep(_CATALOGUE_RETRY_S[min(tries, len(_CATALOGUE_RETRY_S) - 1)])
            tries += 1

    async def close(self) -> None:
        """Leave the venue and give the endpoint back."""
        if self.venue is not None:
            await self.venue.close()
        await self._source.close()

    # while it runs --------------------------------------------------------------------------------------------------

    @property
    def expected_links(self) -> Sequence[str]:
        """The names of the links that will be there, as far as they are known before the venue is open."""
        return tuple(GatewayName) if self.settings.source == DEFAULT else ()

    def gateways(self) -> Sequence[Gateway]:
        """Every gateway, market first; nothing before the venue is open."""
        return () if self.venue is None else gateways_of(self.venue)

    def links(self) -> Sequence[LinkChanged]:
        """Each gateway's latest word."""
        return [gateway.link for gateway in self.gateways()]

    def source_links(self) -> dict[str, LinkChanged]:
        """The link of each open source that tells signals, by the source's name."""
        if self.venue is None or self.endpoint is None:
            return {}
        parts = getattr(self.venue, "parts", None)
        if parts is not None:
            return {name: part.link for name, part in parts.items() if name != DEFAULT}
        return {} if self.endpoint.source == DEFAULT else {self.endpoint.source: self.venue.market.link}

    def sweep_signals(self, now_ms: int) -> None:
        """Let go of signals that expired a while ago, when this machine's time has come to."""
        due_ms = self.board.signals.next_sweep_ms()
        if due_ms is not None and now_ms >= due_ms and self.board.signals.sweep(now_ms):
            self._emit(SignalsMoved())

    def _close_private_panes(self) -> None:
        """A source that knows nothing of the person's own says why, and so does each pane."""
        assert self.venue is not None
        link = self.venue.user.link
        if link.state is LinkState.OFF and link.reason:
            for pane in self.account.freshness:
                self.account.freshness[pane] = Freshness(PaneState.OFF, link.reason, since_s=self._now_s())

    def venue_ms(self, wall_ms: int) -> int:
        """The venue's time at the local `wall_ms`, as far as its clock is known."""
        offset_ms = None if self.venue is None else self.venue.market.offset_ms
        return wall_ms if offset_ms is None else wall_ms + round(offset_ms)

    def stop(self, slug: str) -> str | None:
        """Stop watching a market. Returns the one to show in its place; None when it is the only one, which stays."""
        others = [each for each in self.wanted if each != slug]
        recent = [each for each in reversed(self._recent) if each != slug]
        if not others and not recent:
            return None
        if slug in self.wanted and others:
            beside = others[self.wanted.index(slug) % len(others)]
        else:
            beside = recent[0] if recent else others[0]
        self.wanted = others
        self._recent = [each for each in self._recent if each != slug]
        return beside

    def watch(self, slug: str, beside: Sequence[str] = ()) -> None:
        """Have this market live, and keep warm the last ones, and those `beside` it: the next a person may want."""
        if slug in self._recent:
            self._recent.remove(slug)
        self._recent.append(slug)
        self._focus = slug
        self._beside = tuple(beside)
        self._tell_gateway()
        self._look_elsewhere()

    def _look_elsewhere(self) -> None:
        """Find the shown market at the other sources that are open, if any of them can say."""
        slug = self._focus
        if slug is not None and slug not in self.elsewhere and self._matching() is not None:
            self.elsewhere[slug] = ()
            self._run_worker(partial(self._find_elsewhere, slug), "elsewhere")

    def _matching(self) -> Matching | None:
        venue: object = self.venue
        return venue if isinstance(venue, Matching) else None

    async def _find_elsewhere(self, slug: str) -> None:
        from psdash.gateway.lookup import UnknownMarketError, VenueUnreachableError

        matching = self._matching()
        assert self.venue is not None
        assert matching is not None
        group = self.settings.elsewhere.get(slug)
        while self._focus == slug:
            try:
                names = await matching.counterparts(await self.venue.resolve(slug), group)
                self.elsewhere[slug] = tuple(name for name in names if name != slug)
            except UnknownMarketError:
                break
            except VenueUnreachableError as error:
                log.info("%s is not to be found elsewhere now: %s", slug, error)
                await asyncio.sleep(_ELSEWHERE_RETRY_S)
            except Exception:
                log.exception("the look for %s elsewhere broke", slug)  # a fault of our own costs this line
                return
            else:
                self.watch_again()
                self._emit(ElsewhereMoved(slug))
                return
        del self.elsewhere[slug]  # the next look asks again

    def watch_again(self) -> None:
        """What is to be watched may have changed: an alert came, or the list of markets."""
        if (self._focus, self._watched()) != self._told:
            self._tell_gateway()

    def _tell_gateway(self) -> None:
        if self.venue is not None and self._focus is not None:
            watched = self._watched()
            self._told = (self._focus, watched)
            self.venue.market.watch(watched, self._focus)

    def keep_beside(self, beside: Sequence[str]) -> None:
        """The markets beside the shown one, as the list has them now."""
        if self._focus is not None:
            self._beside = tuple(beside)
            self.watch_again()

    async def keep_shelf(self) -> None:
        """Take what an earlier run kept, watch the markets of its alerts, and keep what changes, until cancelled."""
        await self.shelf.load()
        self.watch_again()
        await self.shelf.run()

    def keep_together(self, slugs: Sequence[str]) -> None:
        """Markets that somebody looks at all at once, whatever is shown; none: nobody does any more."""
        if tuple(slugs) != self._together:
            self._together = tuple(slugs)
            self.watch_again()

    def quote(self, slugs: Sequence[str]) -> None:
        """Keep the quotes of these markets young; none: nobody looks at a list any more."""
        if tuple(slugs) != self._quoted:
            self._quoted = tuple(slugs)
            if self.venue is not None:
                self.venue.quotes.want(self._quoted)

    @property
    def is_listed(self) -> bool:
        """Whether the list of markets has come."""
        return self._listed_s is not None

    def renew_catalogue(self) -> None:
        """A person looks at the list of markets: read it again when it is old."""
        if self._listed_s is not None and self._now_s() - self._listed_s > _CATALOGUE_AGE_S:
            self._listed_s = None  # until it is read, no other read begins
            self._run_worker(self.load_catalogue, "list of markets")

    def resync(self, slug: str) -> None:
        """Ask for a fresh snapshot of a market's books."""
        if self.venue is not None:
            self.venue.market.resync(slug)

    def _watched(self) -> list[str]:
        """Focus first, then those beside it, the wanted ones, those with alerts, and the newest others."""
        known = self.board.catalogue.by_slug
        alerted = [slug for slug in self.shelf.alerts.markets() if known(slug) is not None]
        others = [slug for slug in reversed(self._recent) if slug in self.wanted]
        elsewhere = self.elsewhere.get(self._focus or "", ())
        kept = dict.fromkeys([*elsewhere, *self._beside, *self._together, *others, *alerted])
        kept.pop(self._focus or "", None)
        rest = [slug for slug in reversed(self._recent) if slug not in kept and slug != self._focus]
        rest = rest[: max(0, WARM - 1 - len(kept))]
        return ([self._focus] if self._focus is not None else []) + [*kept, *rest]


async def _import_gateways(settings: Settings) -> None:
    """Import, off the loop, what the first paint did without."""
    for source in (*settings.chosen, *settings.consulted):
        await asyncio.to_thread(gateway_of, source)


async def _import_chart() -> None:
    """The same for what no book needs: candles come later than it does, and not at all where no chart is open."""
    await asyncio.sleep(_CHART_AFTER_S)
    await asyncio.to_thread(importlib.import_module, "plotext")


async def _read_quotes(venue: VenueSession, emit: Emit) -> None:
    """Prices of lists, until cancelled. A fault of our own costs them for a while, never the program."""
    await begun_again("quotes", venue.quotes.run, lambda _wait_s: None, FrameCounts(), emit)


def unknown_market_words(slug: str, nearest: Sequence[str]) -> str:
    """What to say of a slug that the venue does not know."""
    listed = "".join(f"\n  {each}" for each in nearest)
    return f"The venue has no market {slug}." + (f" The nearest:{listed}" if listed else "")
