"""`psdash book`: one proved book as JSON, and exit."""

from __future__ import annotations

import asyncio
from typing import Final

from psdash.account.account import Account
from psdash.gateway.clock import system_wall_ms
from psdash.gateway.notices import MarketPaneMoved, Notice
from psdash.headless.lines import encode, whole_book
from psdash.headless.numbers import OUTCOMES
from psdash.headless.output import print_line
from psdash.headless.running import Ending, open_endpoint, open_venue, run_until_signal
from psdash.market.board import Board, MarketPane
from psdash.market.freshness import Freshness, PaneState
from psdash.settings import EndpointSource, Settings, VenueUnavailableError

DEADLINE_S: Final = 10.0


def book(settings: Settings, source: EndpointSource, outcome: str, depth: int | None, deadline_s: float) -> int:
    """Print the first slug's book of an outcome ("yes", "no") once it is LIVE; returns the exit code.

    `depth` is how many levels of each side, None for all; `deadline_s` begins when there is a venue to dial. Raises
    SettingsError and VenueUnavailableError.
    """
    return run_until_signal(_run(settings, source, OUTCOMES.index(outcome), depth, deadline_s))


async def _run(
    settings: Settings, source: EndpointSource, outcome_index: int, depth: int | None, deadline_s: float
) -> int:
    endpoint = await open_endpoint(settings, source)
    slug = settings.slugs[0]
    board = Board()
    ending: Ending[None] = Ending()
    looking_up = Freshness(PaneState.CONNECTING)

    def claim() -> Freshness:
        state = board.state(slug)
        if state is None:
            return looking_up
        if not state.market.tokens:
            return Freshness(PaneState.OFF, "the market is not on chain yet and has no book")
        return state.book_freshness[outcome_index]

    def heard(notice: Notice) -> None:
        nonlocal looking_up
        if isinstance(notice, MarketPaneMoved) and notice.pane is MarketPane.STATUS:
            looking_up = notice.freshness
        if claim().is_live:
            ending.by(None)

    async with open_venue(endpoint, board, Account(), heard, [slug], ending, with_user=False):
        try:
            async with asyncio.timeout(deadline_s):
                await ending.wait()
        except TimeoutError:
            why = claim()
            words = f"{why.state}: {why.reason}" if why.reason else why.state
            raise VenueUnavailableError(
                f"The {OUTCOMES[outcome_index]} book of {slug} was not LIVE within {deadline_s:g} s ({words})."
            ) from None
        state = board.state(slug)
        assert state is not None
        line = whole_book(slug, outcome_index, state.books[outcome_index], claim().state, system_wall_ms(), depth)
    line["venue"] = endpoint.label
    return print_line(encode(line))
