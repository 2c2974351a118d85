"""What each pane of a market may claim (DESIGN §3): written to the board first, then told.

`since_s` marks the beginning of a state and moves only with its word or its reason; `proved_s` moves silently, so
that a live pane can show its age without a notice for each proof.
"""

from __future__ import annotations

from psdash.gateway.clock import Clock
from psdash.gateway.notices import Emit, MarketPaneMoved
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.freshness import Freshness, PaneState


def moved(held: Freshness, state: PaneState, reason: str, proved_s: float | None, now_s: float) -> Freshness:
    """The next claim after `held`; the same beginning while nothing changed in words."""
    if held.state is state and held.reason == reason:
        if held.proved_s == proved_s:
            return held
        return Freshness(state, reason, held.since_s, proved_s)
    return Freshness(state, reason, now_s, proved_s)


def is_news(held: Freshness, fresh: Freshness) -> bool:
    """Whether a claim changed in a way worth a notice."""
    return held.state is not fresh.state or held.reason != fresh.reason


class MarketPanes:
    """Writes the freshness of the board's panes."""

    def __init__(self, board: Board, emit: Emit, clock: Clock) -> None:
        self._board = board
        self._emit = emit
        self._clock = clock

    def book(
        self, market: MarketState, outcome_index: int, state: PaneState, reason: str, proved_s: float | None
    ) -> None:
        """The claim of one outcome's book."""
        held = market.book_freshness[outcome_index]
        fresh = moved(held, state, reason, proved_s, self._clock.monotonic_s())
        if fresh is not held:
            market.book_freshness[outcome_index] = fresh
            if is_news(held, fresh):
                self._emit(MarketPaneMoved(market.market.slug, MarketPane.BOOK, fresh, outcome_index))

    def pane(
        self, market: MarketState, pane: MarketPane, state: PaneState, reason: str, proved_s: float | None
    ) -> None:
        """The claim of the tape, the chart or the status."""
        held = market.freshness[pane]
        fresh = moved(held, state, reason, proved_s, self._clock.monotonic_s())
        if fresh is not held:
            market.freshness[pane] = fresh
            if is_news(held, fresh):
                self._emit(MarketPaneMoved(market.market.slug, pane, fresh))

    def platform(self, state: PaneState, reason: str, proved_s: float | None) -> None:
        """The claim about the venue as a whole."""
        held = self._board.platform_freshness
        self._board.platform_freshness = moved(held, state, reason, proved_s, self._clock.monotonic_s())

    def unknown(self, slug: str, state: PaneState, reason: str) -> None:
        """Something about a market that has no state to write to: it is not resolved."""
        self._emit(MarketPaneMoved(slug, MarketPane.STATUS, Freshness(state, reason, self._clock.monotonic_s())))
