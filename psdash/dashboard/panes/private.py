"""What the three tables of the trader's own have in common: where they look, and how they name things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import ClassVar, Final

from psdash.account.account import Account, AccountPane
from psdash.account.orders import OrderSide
from psdash.dashboard.painting.columns import Cell, TablePane, cut_cells
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.view import View
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.market.freshness import Freshness, PaneState
from psdash.text import safe_text

#: Cells of an outcome's label.
OUTCOME_CELLS: Final = 4


class PrivatePane(TablePane):
    """A table of the account's, which marks the rows of the market on the screen."""

    #: What of the account it shows.
    SHOWS: ClassVar[AccountPane]

    def __init__(
        self,
        title: str,
        board: Board,
        account: Account,
        clock: PaintClock,
        wall_ms: Callable[[], int],
        *,
        view: View | None = None,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        super().__init__(title, clock, view=view, id=id)
        self.board = board
        self.account = account
        self.wall_ms = wall_ms
        self.symbol = ""
        self._groups: Counter[str] = Counter()
        self._groups_version = -1

    def show_market(self, symbol: str) -> None:
        """Mark the rows of this market."""
        self.symbol = symbol
        self.touch()

    @property
    def freshness(self) -> Freshness:
        return self.account.freshness[self.SHOWS]

    def foot(self) -> tuple[str, str]:
        """What a live table must say all the same: where the socket and REST differ, and what is in doubt."""
        left, right = super().foot()
        freshness = self.freshness
        return (safe_text(freshness.reason, 60) if freshness.is_live and freshness.reason else left), right

    def market_cell(self, market: Market | None, symbol: str, is_here: bool) -> Cell:
        """What the table calls a market; where that would be cut, its group alone when no other market has it."""
        catalogue = self.board.catalogue
        if catalogue.version != self._groups_version:
            self._groups = Counter(each.group for each in catalogue)
            self._groups_version = catalogue.version
        brief = market.group if market is not None and self._groups[market.group] == 1 else ""
        return Cell(market_words(market, symbol), Tone.TEXT if is_here else Tone.MUTED, brief=brief)


def refused_words(account: Account) -> str:
    """Why the venue refuses every private pane; empty while it gives one of them."""
    all_of_them = list(account.freshness.values())
    if any(freshness.state is not PaneState.REFUSED for freshness in all_of_them):
        return ""
    return all_of_them[0].reason or "the venue refuses without saying why"


def market_words(market: Market | None, symbol: str) -> str:
    """What a table calls a market: what tells it from its neighbours first, then where it belongs."""
    if market is None:
        return symbol
    if market.group and market.event:
        return f"{market.group}, {market.event}"
    return market.title or market.slug


def outcome_words(market: Market | None, outcome_index: int) -> str:
    """The outcome's label."""
    if market is not None:
        return market.label(outcome_index)
    return ("YES", "NO")[outcome_index] if outcome_index in (0, 1) else f"#{outcome_index}"


def outcome_cell(market: Market | None, outcome_index: int) -> Cell:
    """As much of the outcome's label as four cells hold: a label may be in wide letters."""
    return Cell(cut_cells(outcome_words(market, outcome_index), OUTCOME_CELLS))


def side_cell(side: OrderSide) -> Cell:
    """BUY or SELL, in the colour of the side of the book it rests on."""
    return Cell("BUY", Tone.BID) if side is OrderSide.BUY else Cell("SELL", Tone.ASK)
