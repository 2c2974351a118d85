"""Alerts at work: they hear every notice, look at live books and prints only, and ring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from psdash.dashboard.keeping import Shelf
from psdash.dashboard.painting.numbers import cents, size
from psdash.gateway.notices import BookMoved, MarketPaneMoved, Notice, TapeMoved
from psdash.market.alerts import Alert, Kind, Ring
from psdash.market.board import Board, MarketPane
from psdash.market.catalogue import Market
from psdash.market.tape import Print

_OF_A_MARKET: Final = (BookMoved, TapeMoved, MarketPaneMoved)


class AlertWatch:
    """Looks when a market with alerts moved. Each state of a book is looked at, not each frame of the screen: a price
    that was there for a millisecond was there.
    """

    def __init__(self, shelf: Shelf, board: Board, venue_ms: Callable[[], int], ring: Callable[[str], None]) -> None:
        """`ring` makes the person look up, with a sentence."""
        self._shelf = shelf
        self._board = board
        self._venue_ms = venue_ms
        self._ring = ring

    def heard(self, notice: Notice) -> None:
        """What a gateway said. Cheap when no alert is of that market."""
        if not isinstance(notice, _OF_A_MARKET) or not self._shelf.alerts.concerns(notice.slug):
            return
        if isinstance(notice, TapeMoved):
            if notice.prints:
                self._prints(notice.slug, notice.prints)
        elif notice.outcome_index is not None:
            self._book(notice.slug, notice.outcome_index)

    def look(self, slug: str) -> None:
        """An alert was added: see where the market stands."""
        state = self._board.state(slug)
        for outcome in range(len(state.books) if state is not None else 0):
            self._book(slug, outcome)

    def _book(self, slug: str, outcome: int) -> None:
        state = self._board.state(slug)
        if state is None or outcome >= len(state.books) or not state.book_freshness[outcome].is_live:
            return
        alerts = self._shelf.alerts
        self._say(alerts.look(slug, outcome, state.books[outcome], self._venue_ms()))

    def _prints(self, slug: str, prints: tuple[Print, ...]) -> None:
        state = self._board.state(slug)
        if state is not None and state.freshness[MarketPane.TAPE].is_live:
            self._say(self._shelf.alerts.printed(slug, prints, self._venue_ms()))

    def _say(self, rings: Sequence[Ring]) -> None:
        for ring in rings:
            self._ring(words_of(ring, self._board.catalogue.by_slug(ring.alert.slug)))
        self._shelf.alerts_changed()


def name_of(alert: Alert, market: Market | None) -> str:
    """The market, and the outcome where that matters."""
    name = alert.slug if market is None else market.group or market.title or market.slug
    if market is not None and market.event and market.group:
        name = f"{market.event}: {name}"
    label = market.label(alert.outcome) if market is not None else ("YES", "NO")[alert.outcome]
    return name if alert.kind is Kind.PRINT else f"{name} {label}"


def condition_of(alert: Alert) -> str:
    """What it waits for, saying which price."""
    if alert.kind is Kind.PRINT:
        return f"a print of {size(alert.level)} or more"
    sign = {Kind.ABOVE: "bid at or above", Kind.BELOW: "ask at or below", Kind.WIDER: "spread of"}[alert.kind]
    return f"{sign} {cents(alert.level)}c" + (" or wider" if alert.kind is Kind.WIDER else "")


def words_of(ring: Ring, market: Market | None) -> str:
    """What to say of an alert that rang."""
    alert, name = ring.alert, name_of(ring.alert, market)
    if alert.kind is Kind.PRINT:
        return f"ALERT {name}: a print of {size(ring.at)} shares ({size(alert.level)} or more)"
    what = {Kind.ABOVE: "bid", Kind.BELOW: "ask", Kind.WIDER: "spread"}[alert.kind]
    return f"ALERT {name}: {what} {cents(ring.at)}c ({condition_of(alert)})"
