"""A bell and a toast for own fills, each fill once, and none for what was filled before psdash looked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from textual.app import App

from psdash.account.account import Account, AccountPane
from psdash.account.fills import Fill
from psdash.dashboard.painting.numbers import cents, size
from psdash.dashboard.painting.privacy import masked
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.private import market_words, outcome_words
from psdash.dashboard.session import Session
from psdash.market.board import Board
from psdash.text import safe_text

#: Fills of so many seconds are told together: a sweep through ten own orders is one bell.
GATHER_S: Final = 0.4
_TOAST_S: Final = 6.0


class FillWatch:
    """Which fills are news. Pure: it looks at the store whenever it is asked.

    History that REST tells is no news: not before the fills were live for the first time, and nothing made before the
    newest one known at that moment. What came in an outage and is told afterwards is news: nobody has told it.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._told = 0
        self._since_ms: int | None = None
        self._begun = False

    def news(self) -> Sequence[Fill]:
        """Fills nobody was told of, oldest first; each is returned once."""
        account = self._account
        fills = account.fills
        if not self._begun:
            if not account.freshness[AccountPane.FILLS].is_live:
                return ()
            self._begun, self._told, self._since_ms = True, fills.taken, fills.last_ms
            return ()
        fresh = fills.taken_after(self._told)
        self._told = fills.taken
        return [fill for fill in fresh if self._since_ms is None or fill.venue_ms >= self._since_ms]


class FillNews:
    """Rings and tells. A listener of the bridge's fills."""

    def __init__(
        self, app: App[Any], board: Board, account: Account, view: View, *, rings: bool, toasts: bool
    ) -> None:
        """`rings` and `toasts` are what the person asked for."""
        self._app = app
        self._board = board
        self._account = account
        self._view = view
        self._rings = rings
        self._toasts = toasts
        self._watch = FillWatch(account)
        self._gathered: list[Fill] = []

    @classmethod
    def of(cls, app: App[Any], session: Session, view: View) -> FillNews:
        """By what the person set."""
        settings = session.settings
        return cls(
            app, session.board, session.account, view, rings=settings.bell_on_fill, toasts=settings.toast_on_fill
        )

    @property
    def is_quiet(self) -> bool:
        """Whether nothing waits to be told."""
        return not self._gathered

    def tell(self) -> None:
        """Fills moved, or what their pane may claim."""
        if not (self._rings or self._toasts):
            return
        fresh = self._watch.news()
        if fresh:
            if not self._gathered:
                self._app.set_timer(GATHER_S, self._out_with_it)
            self._gathered += fresh

    def _out_with_it(self) -> None:
        fills, self._gathered = self._gathered, []
        if self._rings:
            self._app.bell()
        if self._toasts:
            text = news_words(fills, self._board, self._view)
            self._app.notify(text, title="Filled", timeout=_TOAST_S, markup=False)


def news_words(fills: Sequence[Fill], board: Board, view: View) -> str:
    """What was filled: every order by itself while they are few, then how many and how much."""
    by_order: dict[tuple[str, str], list[Fill]] = {}
    for fill in fills:
        by_order.setdefault((fill.order_id, fill.side.value), []).append(fill)
    lines = [_line(each, board, view) for each in by_order.values()]
    if len(lines) > 3:
        lines = [*lines[:2], f"and {len(lines) - 2} more orders; 5 goes to your fills"]
    return "\n".join(lines)


def _line(fills: Sequence[Fill], board: Board, view: View) -> str:
    first = fills[0]
    market = board.catalogue.by_symbol(first.symbol) or board.catalogue.by_token(first.token)
    outcome = first.outcome_index
    if outcome is None and market is not None:
        outcome = market.outcome_of(first.token)
    shares = sum((fill.size for fill in fills), Decimal(0))
    prices = sorted({fill.price for fill in fills})
    at = cents(prices[0]) if len(prices) == 1 else f"{cents(prices[0])}-{cents(prices[-1])}"
    side = "Bought" if first.side.value == "buy" else "Sold"
    label = "" if outcome is None else f" {outcome_words(market, outcome)}"
    where = safe_text(market_words(market, first.symbol), 80)
    return f"{side} {masked(size(shares, 12), view)}{label} at {at}{view.glyphs.cents}: {where}"
