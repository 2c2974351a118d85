"""The words under the ladder about other venues: what is old is marked, and makes no gap."""

from __future__ import annotations

from decimal import Decimal

from psdash.dashboard.elsewhere import Elsewhere
from psdash.dashboard.painting.glyphs import UNICODE
from psdash.market.board import Board, MarketState
from psdash.market.catalogue import Market
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.market.signals import Signal, SignalKind, SignalLeg

LIVE = Freshness(PaneState.LIVE)
STALE = Freshness(PaneState.STALE)


def market(board: Board, slug: str, bid: int, ask: int, freshness: Freshness = LIVE) -> MarketState:
    state = board.watch(Market(slug, slug, slug, MarketStatus.OPEN, (f"{slug}/y", f"{slug}/n"), fee_taker_bps=0))
    state.books[0].quote(bid * 10_000, ask * 10_000, venue_ms=None)
    state.book_freshness[0] = freshness
    return state


def board_of(**others: Freshness) -> tuple[Elsewhere, MarketState, Board]:
    board = Board()
    here = market(board, "spain-yes", 50, 51)
    for at, (venue, freshness) in enumerate(others.items()):
        market(board, f"{venue}:X", 54 + at, 55 + at, freshness)
    return Elsewhere(board, lambda _slug: [f"{venue}:X" for venue in others]), here, board


def test_prices_and_the_gap_to_the_venue_named_first() -> None:
    line, here, board = board_of(kalshi=LIVE, opinion=LIVE)
    assert line.words(here, 0, 80, UNICODE) == "opinion 55/56 kalshi 54/55  gap +4.0c before fees"
    assert line.words(here, 0, 36, UNICODE) == "opinion 55/56  gap +4.0c before fees"
    assert line.words(here, 0, 31, UNICODE) == "opinion 55/56  gap +4.0c gross"
    assert line.words(here, 0, 14, UNICODE) == "opinion 55/56"
    assert line.words(here, 0, 5, UNICODE) == ""
    leg = SignalLeg("opinion", "YES", Decimal("0.55"), None, Decimal("0.01"), "X")
    board.signals.put(Signal("a", SignalKind.ARB, "predictionhunt", "t", 0, legs=(leg,)))
    assert line.words(here, 0, 36, UNICODE) == "kalshi 54/55  gap +3.0c before fees"  # its fee is not known


def test_an_old_price_is_marked_and_makes_no_gap() -> None:
    line, here, _ = board_of(kalshi=STALE)
    assert line.words(here, 0, 80, UNICODE) == f"kalshi {UNICODE.hollow}54/55"
    line, here, _ = board_of(kalshi=LIVE)
    here.book_freshness[0] = STALE
    assert "gap" not in line.words(here, 0, 80, UNICODE)


def test_nothing_is_said_of_the_other_outcome_or_where_there_is_no_other_venue() -> None:
    line, here, _ = board_of(kalshi=LIVE)
    assert line.words(here, 1, 80, UNICODE) == ""
    line, here, _ = board_of()
    assert line.words(here, 0, 80, UNICODE) == ""
