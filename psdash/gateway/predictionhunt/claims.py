"""What each pane of a watched market may claim, and when it has to be looked up.

Nothing is numbered at Prediction Hunt (§1), so what a pane shows is proved by its age alone: by a frame of its own,
or by the lookup that is asked whenever it was quiet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from psdash.gateway.clock import Clock
from psdash.gateway.notices import LinkState
from psdash.gateway.panes import MarketPanes
from psdash.gateway.predictionhunt import words
from psdash.gateway.predictionhunt.wants import Wants
from psdash.gateway.streaming import Stream
from psdash.market.board import MarketPane, MarketState
from psdash.market.freshness import PaneState
from psdash.wire.predictionhunt import Channel

#: A book or a quote that nothing has proved for so long is stale, focused or not. The lookup is asked well before.
BUDGET_S: Final = {True: 25.0, False: 90.0}
AUDIT_S: Final = {True: 10.0, False: 45.0}
#: A chart is read so often while it is looked at, and after two reads that failed it is stale.
CHART_S: Final = 60.0
CHART_BUDGET_S: Final = 150.0
BY_AGE: Final = "unnumbered: proved by age"
NO_TAPE: Final = "Prediction Hunt tells no trades"

Claim = tuple[PaneState, str]


@dataclass(slots=True)
class Watched:
    """One market that is watched. Times are monotonic seconds."""

    state: MarketState
    venue: str
    market_id: str
    is_focused: bool = False
    proved_s: float | None = None
    asked_s: float = float("-inf")
    has_depth: bool = False
    books: bool = True  # the venue has a book of it, as far as is known
    group_id: int | None = None  # learned from its frames
    charted_s: float | None = None
    chart_asked_s: float = float("-inf")
    chart_trouble: str = ""
    chart_in_doubt: bool = False  # nobody reads it at the moment

    @property
    def slug(self) -> str:
        return self.state.market.slug


def books_due(markets: Iterable[Watched], now_s: float) -> list[Watched]:
    """The markets to look up now: those that were quiet for their period, or are in doubt. Notes that they are."""
    found = []
    for watched in markets:
        every_s = AUDIT_S[watched.is_focused]
        quiet_s = float("inf") if watched.proved_s is None else now_s - watched.proved_s
        if watched.books and now_s - watched.asked_s >= every_s and (quiet_s >= every_s or not watched.has_depth):
            watched.asked_s = now_s
            found.append(watched)
    return found


def charts_due(markets: Iterable[Watched], now_s: float) -> list[Watched]:
    """The markets whose chart is to be read now. Notes that it is."""
    due = [each for each in markets if each.is_focused and now_s - each.chart_asked_s >= CHART_S]
    for watched in due:
        watched.chart_asked_s = now_s
    return due


class Claims:
    """Derives claims and has them written. `lost` says why there is no session, while there is none."""

    def __init__(self, stream: Stream, wants: Wants, panes: MarketPanes, clock: Clock) -> None:
        self.lost = "not connected yet"
        #: Venues of which the service itself says that what it has is old.
        self.old_venues: frozenset[str] = frozenset()
        self._stream = stream
        self._wants = wants
        self._panes = panes
        self._clock = clock

    def of(self, watched: Watched) -> None:
        """Say what every pane of a market may claim now."""
        now_s = self._clock.monotonic_s()
        state, reason = self.over() or self._book(watched, now_s)
        for outcome in range(len(watched.state.books)):
            self._panes.book(watched.state, outcome, state, reason, watched.proved_s)
        chart = self.over() or self._chart(watched, now_s)
        self._panes.pane(watched.state, MarketPane.CHART, *chart, watched.charted_s)
        self._panes.pane(watched.state, MarketPane.TAPE, PaneState.OFF, NO_TAPE, None)

    def let_go(self, watched: Watched) -> None:
        """It is watched no more."""
        for outcome in range(len(watched.state.books)):
            self._panes.book(watched.state, outcome, PaneState.OFF, "", watched.proved_s)
        self._panes.pane(watched.state, MarketPane.CHART, PaneState.OFF, "", watched.charted_s)

    def over(self) -> Claim | None:
        """What is left to say once nobody dials any more."""
        link = self._stream.link
        if link.state is LinkState.REFUSED:
            return PaneState.REFUSED, link.reason
        if link.state is LinkState.OFF and link.reason:
            return PaneState.OFF, link.reason
        return None

    def _book(self, watched: Watched, now_s: float) -> Claim:
        refused = self._wants.refusals.get(Channel.PRICES, "")
        if self._wants.is_left_out(Channel.PRICES, watched.market_id):
            refused = "as many markets as the key's tier allows are watched already"
        if not self._stream.is_open or self._stream.link.state is not LinkState.LIVE:
            if watched.proved_s is None:
                return PaneState.CONNECTING, ""
            return PaneState.STALE, self.lost
        if refused and watched.proved_s is None:
            return PaneState.REFUSED, refused
        if watched.proved_s is None:
            return PaneState.SYNCING, ""
        if now_s - watched.proved_s > BUDGET_S[watched.is_focused]:
            return PaneState.STALE, "nothing proves it: no frame came, and no lookup was answered"
        if watched.venue in self.old_venues:
            return PaneState.STALE, words.old_data(watched.venue)
        return PaneState.LIVE, BY_AGE

    def _chart(self, watched: Watched, now_s: float) -> Claim:
        if watched.charted_s is None:
            return PaneState.CONNECTING, watched.chart_trouble
        if watched.venue in self.old_venues:
            return PaneState.STALE, words.old_data(watched.venue)
        if not watched.chart_in_doubt and now_s - watched.charted_s <= CHART_BUDGET_S:
            return PaneState.LIVE, "read once a minute"
        return PaneState.STALE, watched.chart_trouble or self.lost
