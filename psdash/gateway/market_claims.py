"""What the panes of a market may claim, by the link, the subscriptions and the proofs at hand (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psdash.gateway.books import BookFeed
from psdash.gateway.market_reads import Seeds
from psdash.gateway.panes import MarketPanes
from psdash.gateway.refusals import subscription_words
from psdash.gateway.subscriptions import Line, lines_of
from psdash.gateway.worker import GatewayWorker
from psdash.market.board import MarketPane, MarketState
from psdash.market.freshness import PaneState
from psdash.market.lifecycle import MEANING
from psdash.wire.predictstreet import Feed
from psdash.wire.predictstreet.channels import PLATFORM_IDS

NO_KEY = "the venue's sockets need a key, even for public data: set PSDASH_API_KEY"
PLATFORM = Line(Feed.PLATFORM, PLATFORM_IDS[0])
#: What to say where a feed's pushes are in a form that nobody foresaw.
UNREAD = {
    Feed.BOOK: "the venue sends changes of this book that this version cannot read",
    Feed.MATCHES: "the venue sends prints this version cannot read; they come by REST",
    Feed.SETTLEMENTS: "the venue sends settlements this version cannot read; they come by REST",
    Feed.CANDLES: "the venue sends candles this version cannot read; they come by REST",
    Feed.ORDERS: "the venue sends orders this version cannot read; they come by REST",
    Feed.FILLS: "the venue sends fills this version cannot read; they come by REST",
    Feed.POSITIONS: "the venue sends balances this version cannot read; they come by REST",
}
#: A status, or a platform state, older than this was not proved by several polls in a row.
STATUS_BUDGET_S = 75.0
PLATFORM_BUDGET_S = 150.0


class MarketClaims:
    """Derives claims and has them written. It keeps nothing but `platform_read_s`: when the platform last spoke."""

    def __init__(
        self, worker: GatewayWorker, panes: MarketPanes, books: BookFeed, seeds: Mapping[str, Seeds]
    ) -> None:
        self._worker = worker
        self._panes = panes
        self._books = books
        self._seeds = seeds
        self.platform_read_s: float | None = None

    def standing(self, line: Line, had_data: bool) -> tuple[PaneState, str] | None:
        """What a pane may claim by its subscription alone; None when the line is carried."""
        worker = self._worker
        if worker.subscriptions.sid_of(line) is not None:
            return None
        if worker.refusal:
            return PaneState.REFUSED, worker.refusal
        if not worker.credential.is_set:
            return PaneState.OFF, NO_KEY
        refused = worker.subscriptions.refused.get(line)
        if refused is not None:
            return PaneState.REFUSED, subscription_words(refused.code, refused.message)
        if had_data:
            return PaneState.STALE, worker.lost_reason or "not connected"
        return PaneState.CONNECTING, worker.lost_reason

    def market(self, state: MarketState) -> None:
        """Tape and chart: they live while every line of theirs is carried and their history is there."""
        seeds = self._seeds.get(state.market.slug)
        if seeds is None:
            return
        tape_note = seeds.tape_note or _unread_words(seeds, Feed.MATCHES, Feed.SETTLEMENTS)
        tape_note = tape_note or self.unsettled_words(state)
        chart_note = seeds.chart_note or _unread_words(seeds, Feed.CANDLES)
        tells_candles = self._worker.dialect.carries(Feed.CANDLES)
        if not tells_candles:
            chart_note = chart_note or "the gateway tells no candles: the newest are made of its prints"
        self._history(state, MarketPane.TAPE, Feed.MATCHES, done=seeds.tape_done, note=tape_note)
        feed = Feed.CANDLES if tells_candles else Feed.MATCHES
        self._history(state, MarketPane.CHART, feed, done=seeds.chart_done, note=chart_note)

    def _history(self, state: MarketState, pane: MarketPane, feed: Feed, *, done: bool, note: str) -> None:
        proved_s = state.freshness[pane].proved_s
        claim = self._worst(lines_of(feed, state.market.tokens), proved_s is not None)
        if not state.market.tokens:
            claim = (PaneState.OFF, "not on chain yet: nothing trades")
        elif claim is None and proved_s is not None and self._books.is_silent(state.market.slug):
            claim = (PaneState.STALE, "the venue does not answer for this market")
        elif claim is None and (done or note):
            claim = (PaneState.LIVE, note)
            proved_s = self._worker.connection.heard_s
        elif claim is None:
            claim = (PaneState.SYNCING, "")
        self._panes.pane(state, pane, *claim, proved_s)

    def _worst(self, lines: Sequence[Line], had_data: bool) -> tuple[PaneState, str] | None:
        return next((claim for line in lines if (claim := self.standing(line, had_data)) is not None), None)

    def unsettled_words(self, state: MarketState) -> str:
        """Why nothing can be said about settlements; empty when it can."""
        refused = self._worker.subscriptions.refused
        if not self._worker.dialect.carries(Feed.SETTLEMENTS):
            return "the gateway does not tell settlements: unknown but where REST says settled"
        if refused and any(line in refused for line in lines_of(Feed.SETTLEMENTS, state.market.tokens)):
            return "the venue does not tell settlements"
        return ""

    def status(self, state: MarketState) -> None:
        """The status pane: proved by every read of the market's detail."""
        seeds = self._seeds.get(state.market.slug)
        if seeds is None:
            return
        status, read_s = state.market.status, seeds.status_read_s
        if read_s is None:
            claim = (PaneState.CONNECTING, seeds.status_note)
        elif self._worker.clock.monotonic_s() - read_s > STATUS_BUDGET_S:
            claim = (PaneState.STALE, seeds.status_note or "the venue does not answer")
        elif status.trades:
            claim = (PaneState.LIVE, "")
        else:
            claim = (PaneState.PAUSED, MEANING[status])
        self._panes.pane(state, MarketPane.STATUS, *claim, read_s)

    def platform(self) -> None:
        """The venue as a whole: pushed while its line is carried, else read by REST now and then."""
        read_s = self.platform_read_s
        if read_s is None:
            self._panes.platform(PaneState.CONNECTING, "", None)
        elif self._worker.subscriptions.sid_of(PLATFORM) is not None:
            self._panes.platform(PaneState.LIVE, "", self._worker.connection.heard_s)
        elif self._worker.clock.monotonic_s() - read_s <= PLATFORM_BUDGET_S:
            self._panes.platform(PaneState.LIVE, "by REST", read_s)
        else:
            self._panes.platform(PaneState.STALE, self._worker.lost_reason or "not connected", read_s)


def _unread_words(seeds: Seeds, *feeds: Feed) -> str:
    """What to say of feeds whose pushes cannot be read; empty when all can."""
    return next((UNREAD[feed] for feed in feeds if feed in seeds.unread), "")
