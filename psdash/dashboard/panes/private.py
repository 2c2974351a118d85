"""What the three tables of the trader's own have in common: where they look, and how they name things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import ClassVar, Final

from psdash.account.account import Account, AccountPane
from psdash.account.orders import OrderSide
from psdash.dashboard.painting.columns import Cell, cut_cells, unknown
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.privacy import masked
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.table_order import R
from psdash.dashboard.panes.table_pane import TablePane
from psdash.dashboard.sending.tables import HIDDEN, Value
from psdash.market.board import Board
from psdash.market.book import Book
from psdash.market.catalogue import Market
from psdash.market.freshness import Freshness, PaneState
from psdash.text import safe_text

#: Cells of an outcome's label.
OUTCOME_CELLS: Final = 4
#: What follows from books is read again no more often than this, and so much after the book itself is painted.
_INTERVAL_S: Final = 0.5
_LAG_S: Final = 0.05


class PrivatePane(TablePane[R]):
    """A table of the account's, which marks the rows of the market on the screen.

    Where a table shows what follows from a book, that is read twice a second at most, and a moment later than the
    book, whose own frame does not wait for it. What the account says, and what a book may claim, is drawn at once.
    """

    #: What of the account it shows, what it is called, and its id.
    SHOWS: ClassVar[AccountPane]
    TITLE: ClassVar[str]
    ID: ClassVar[str]

    def __init__(
        self,
        board: Board,
        account: Account,
        clock: PaintClock,
        wall_ms: Callable[[], int],
        *,
        view: View | None = None,
    ) -> None:
        super().__init__(self.TITLE, clock, view=view, id=self.ID)
        self.board = board
        self.account = account
        self.wall_ms = wall_ms
        self.symbol = ""
        self._groups: Counter[str] = Counter()
        self._groups_version = -1
        self._drawn_s = float("-inf")
        self._is_due = False

    def unless_off(self, words: str) -> str:
        """What an empty table says; of a source that knows nothing of these rows, why."""
        freshness = self.freshness
        off = freshness.reason if freshness.state is PaneState.OFF else ""
        return safe_text(off, 120) or words

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

    # painting -------------------------------------------------------------------------------------------------------

    def tell_of_prices(self) -> None:
        """Some price moved: look again in a while, once, however many move until then."""
        if not self._is_due:
            self._is_due = True
            wait_s = self._drawn_s + _INTERVAL_S - self.paint_clock.now_s()
            self.paint_clock.mark_later(self, max(_LAG_S, wait_s))

    def drawn(self, now_s: float) -> None:
        self._drawn_s = now_s
        self._is_due = False

    # cells ----------------------------------------------------------------------------------------------------------

    def market_cell(self, market: Market | None, symbol: str, is_here: bool) -> Cell:
        """What the table calls a market; where that would be cut, its group alone when no other market has it."""
        catalogue = self.board.catalogue
        if catalogue.version != self._groups_version:
            self._groups = Counter(each.group for each in catalogue)
            self._groups_version = catalogue.version
        brief = market.group if market is not None and self._groups[market.group] == 1 else ""
        return Cell(market_words(market, symbol), Tone.TEXT if is_here else Tone.MUTED, brief=brief)

    def here_cell(self, is_here: bool) -> Cell:
        """The mark of a row of the market on the screen."""
        return Cell(self.glyphs.own if is_here else "", Tone.OWN)

    def amount(self, text: str, tone: Tone = Tone.TEXT, *, bold: bool = False, mark: str = "") -> Cell:
        """An own amount, as it may be shown."""
        return Cell(masked(text, self.view), tone, bold=bold, mark=mark)

    def or_unknown(self, value: Decimal | None, cell: Callable[[Decimal], Cell]) -> Cell:
        """A figure, or the sign that nobody has said it."""
        return unknown(self.glyphs) if value is None else cell(value)

    def own_field(self, value: Decimal | None) -> Value:
        """An own amount for other programs, as it may be given."""
        return HIDDEN if self.view.is_private and value is not None else value

    def book_of(self, market: Market | None, outcome_index: int) -> tuple[Book | None, bool]:
        """The outcome's own book, where it is watched, and whether it is live."""
        state = None if market is None else self.board.state(market.slug)
        if state is None or not 0 <= outcome_index < len(state.books):
            return None, False
        return state.books[outcome_index], state.book_freshness[outcome_index].is_live


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


def search_words(market: Market | None, symbol: str) -> str:
    """Every name of a market that a person may type."""
    if market is None:
        return symbol
    return f"{market.group} {market.event} {market.title} {market.slug} {symbol}"


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
