"""What the vault holds: positions at the mid where the mid is known, and the dollars beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from psdash.account.account import Account, AccountPane
from psdash.account.positions import Balance, Position
from psdash.dashboard.painting.columns import Cell, Column, WordsRow, unknown
from psdash.dashboard.painting.numbers import cents, money, size
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import Dirty
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.private import PrivatePane, outcome_cell
from psdash.dashboard.tiers import VAULT
from psdash.market.board import Board

_INTERVAL_S = 0.5
_WHOLE = 40  # cells: a balance is said to the cent
_INDENT = "  "  # under the rows, past their mark
_TENTH_OF_A_CENT = Decimal("0.001")


class PositionsPane(PrivatePane):
    """Vault positions and balances (protocol §5.12, §7.8). Values are at the mid of a watched book, never guessed."""

    COLUMNS = (
        Column("", 1),
        Column("held", 8, right=True),
        Column("", 4),
        Column("market", 8, rank=1, stretch=True, least=6),
        Column("free", 8, rank=6, right=True),
        Column("cost", 5, rank=4, right=True),
        Column("mid", 5, rank=3, right=True),
        Column("value", 10, right=True),
        Column("gain", 10, rank=2, right=True),
        Column("realised", 10, rank=7, right=True),
    )

    SHOWS = AccountPane.POSITIONS

    def __init__(
        self,
        board: Board,
        account: Account,
        clock: PaintClock,
        wall_ms: Callable[[], int],
        *,
        view: View | None = None,
    ) -> None:
        super().__init__("Vault", board, account, clock, wall_ms, view=view, id=VAULT)
        self._drawn_s = float("-inf")

    def on_dirty(self, message: Dirty) -> None:
        """Mids move with every book; the worth of a position is read, not watched: twice a second at most."""
        message.stop()
        wait_s = self._drawn_s + _INTERVAL_S - self.paint_clock.now_s()
        if wait_s > 0:
            self.paint_clock.mark_later(self, wait_s)
        else:
            self.touch()

    def nothing(self) -> str:
        return "no positions in this vault" if self.freshness.is_live else "your positions are not known yet"

    def note(self) -> tuple[str, Tone]:
        count = len(self.account.positions.held)
        return (str(count) if count else ""), Tone.MUTED

    def cells(self, now_s: float, first: int, limit: int) -> tuple[Sequence[tuple[Cell, ...]], int]:
        self._drawn_s = now_s
        held = sorted(self.account.positions.held, key=lambda position: position.symbol != self.symbol)
        return [self._row(position) for position in held[first : first + limit]], len(held)

    def below(self, now_s: float, width: int) -> Sequence[WordsRow]:
        live = self.freshness.is_live
        return [
            WordsRow(self._balance(balance, width), Tone.TEXT, live=live)
            for balance in self.account.positions.balances
        ]

    def _balance(self, balance: Balance, width: int) -> str:
        """As many of the three figures as fit whole."""
        parts = [
            f"{balance.currency} {money(balance.available, _WHOLE)} available",
            f"{money(balance.locked, _WHOLE)} locked",
            f"{money(balance.total, _WHOLE)} total",
        ]
        joint = f" {self.glyphs.separator} "
        while len(parts) > 1 and len(joint.join(parts)) > width - len(_INDENT):
            parts.pop()
        return _INDENT + joint.join(parts)

    def _row(self, position: Position) -> tuple[Cell, ...]:
        market = self.board.catalogue.by_symbol(position.symbol)
        dash = unknown(self.glyphs)
        is_here = position.symbol == self.symbol
        mid, is_live = self._mid(position)
        tone = Tone.TEXT if is_live else Tone.STALE
        value, gain = position.value(mid), position.unrealised(mid)
        cost = position.average_cost
        available = position.available
        return (
            Cell(self.glyphs.own if is_here else "", Tone.OWN),
            Cell(size(position.size, 8), bold=True),
            outcome_cell(market, position.outcome_index),
            self.market_cell(market, position.symbol, is_here),
            dash if available is None else Cell(size(available, 8), Tone.MUTED),
            dash if cost is None else Cell(cents(cost.quantize(_TENTH_OF_A_CENT)), Tone.MUTED),
            dash if mid is None else Cell(cents(mid), tone),
            dash if value is None else Cell(money(value, 10), tone),
            dash if gain is None else _signed(gain, is_live),
            dash if position.realised is None else _signed(position.realised, True),
        )

    def _mid(self, position: Position) -> tuple[Decimal | None, bool]:
        """The mid of the outcome's own book in dollars, and whether that book is live."""
        market = self.board.catalogue.by_symbol(position.symbol)
        state = None if market is None else self.board.state(market.slug)
        if state is None or not 0 <= position.outcome_index < len(state.books):
            return None, False
        return state.books[position.outcome_index].mid, state.book_freshness[position.outcome_index].is_live


def _signed(dollars: Decimal, is_live: bool) -> Cell:
    text = money(dollars, 9)
    tone = Tone.MUTED if not dollars else Tone.UP if dollars > 0 else Tone.DOWN
    return Cell(f"+{text}" if dollars > 0 else text, tone if is_live else Tone.STALE)
