"""What the vault holds: positions at the bid and at the mid where these are known, and the dollars beside them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psdash.account.account import AccountPane
from psdash.account.positions import Balance, Position
from psdash.account.worth import Total, pays, total
from psdash.dashboard.painting.columns import Cell, Column, WordsRow
from psdash.dashboard.painting.numbers import cents, money, size
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.privacy import masked
from psdash.dashboard.panes.private import PrivatePane, outcome_cell, outcome_words, search_words
from psdash.dashboard.panes.table_order import Key
from psdash.dashboard.sending.tables import Value
from psdash.dashboard.tiers import VAULT
from psdash.market.catalogue import Market

_WHOLE: Final = 40  # cells: a sum is said to the cent
_DOLLARS: Final = 9  # cells of an amount in the table
_INDENT: Final = "  "  # under the rows, past their mark
_IF_WINS: Final = "if wins"
_TALL: Final = 12  # rows of a pane that can spare one of them
_TENTH_OF_A_CENT: Final = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class _Quoted:
    """A position's market and prices, as far as they are known; `is_live` says whether these are."""

    market: Market | None
    bid: Decimal | None
    mid: Decimal | None
    is_live: bool


class PositionsPane(PrivatePane[Position]):
    """Vault positions and balances (protocol §5.12, §8.3). Prices are those of a watched book, never guessed."""

    SHOWS = AccountPane.POSITIONS
    TITLE = "Vault"
    ID = VAULT

    COLUMNS = (
        Column("", 1),
        Column("held", 8, right=True),
        Column("", 4),
        Column("market", 8, rank=1, stretch=True, least=6),
        Column("free", 8, rank=9, right=True),
        Column("cost", 5, rank=4, right=True),
        Column("bid", 5, rank=10, right=True),
        Column("mid", 5, rank=3, right=True),
        Column("at bid", _DOLLARS, rank=5, right=True),
        Column("at mid", _DOLLARS, right=True),
        Column("gain", _DOLLARS, rank=2, right=True),
        Column("realised", _DOLLARS, rank=6, right=True),
        Column(_IF_WINS, _DOLLARS, rank=7, right=True),  # what is held, but for a market that is resolved
    )

    FIELDS = (
        "market",
        "symbol",
        "outcome",
        "size",
        "available",
        "average_cost",
        "bid",
        "mid",
        "prices_are_live",
        "value_at_bid",
        "value_at_mid",
        "unrealised_at_mid",
        "realised",
        "pays_if_it_wins",
    )

    def nothing(self) -> str:
        if self.freshness.is_live:
            return "no positions in this vault"
        return self.unless_off("your positions are not known yet")

    def records(self) -> Sequence[Position]:
        return sorted(self.account.positions.held, key=lambda position: position.symbol != self.symbol)

    def ident(self, record: Position) -> Hashable:
        return record.key

    def cells(self, record: Position) -> tuple[Cell, ...]:
        quoted = self._quoted(record)
        market = quoted.market
        is_here = record.symbol == self.symbol
        tone, mark = (Tone.TEXT, "") if quoted.is_live else (Tone.STALE, self.glyphs.hollow)
        worth = _worth(record, quoted)
        return (
            self.here_cell(is_here),
            self.amount(size(record.size, 8), bold=True),
            outcome_cell(market, record.outcome_index),
            self.market_cell(market, record.symbol, is_here),
            self.or_unknown(record.available, lambda free: self.amount(size(free, 8), Tone.MUTED)),
            self.or_unknown(
                record.average_cost, lambda cost: Cell(cents(cost.quantize(_TENTH_OF_A_CENT)), Tone.MUTED)
            ),
            self.or_unknown(quoted.bid, lambda bid: Cell(cents(bid), tone, mark=mark)),
            self.or_unknown(quoted.mid, lambda mid: Cell(cents(mid), tone, mark=mark)),
            self.or_unknown(worth.at_bid, lambda dollars: self.amount(money(dollars, _DOLLARS), tone, mark=mark)),
            self.or_unknown(worth.at_mid, lambda dollars: self.amount(money(dollars, _DOLLARS), tone, mark=mark)),
            self.or_unknown(worth.gain, lambda dollars: self._signed(dollars, quoted.is_live)),
            self.or_unknown(record.realised, lambda dollars: self._signed(dollars, True)),
            self.amount(money(worth.pays, _DOLLARS), Tone.MUTED),
        )

    def keys(self, record: Position) -> tuple[Key, ...]:
        quoted = self._quoted(record)
        worth = _worth(record, quoted)
        return (
            "",
            record.size,
            outcome_words(quoted.market, record.outcome_index),
            search_words(quoted.market, record.symbol),
            record.available,
            record.average_cost,
            quoted.bid,
            quoted.mid,
            worth.at_bid,
            worth.at_mid,
            worth.gain,
            record.realised,
            worth.pays,
        )

    def words(self, record: Position) -> str:
        market = self.board.catalogue.by_symbol(record.symbol)
        return f"{outcome_words(market, record.outcome_index)} {search_words(market, record.symbol)}"

    def fields(self, record: Position) -> tuple[Value, ...]:
        quoted = self._quoted(record)
        worth = _worth(record, quoted)
        known = quoted.bid is not None or quoted.mid is not None
        return (
            "" if quoted.market is None else quoted.market.slug,
            record.symbol,
            outcome_words(quoted.market, record.outcome_index),
            self.own_field(record.size),
            self.own_field(record.available),
            record.average_cost,
            quoted.bid,
            quoted.mid,
            ("yes" if quoted.is_live else "no") if known else None,
            self.own_field(worth.at_bid),
            self.own_field(worth.at_mid),
            self.own_field(worth.gain),
            self.own_field(record.realised),
            self.own_field(worth.pays),
        )

    # totals ---------------------------------------------------------------------------------------------------------

    def below(self, now_s: float, width: int) -> Sequence[WordsRow]:
        live = self.freshness.is_live
        rows = [self._totals(width), self._pays(width)] if self.shown_records() else []
        rows += [self._balance(balance, width) for balance in self.account.positions.balances]
        return [WordsRow(row, Tone.TEXT, live=live) for row in rows if row]

    def _totals(self, width: int) -> str:
        """What all of it is worth; a sum that lacks some says so."""
        rows = [(record, self._quoted(record)) for record in self.shown_records()]
        worths = [_worth(record, quoted) for record, quoted in rows]
        is_old = any(quoted.mid is not None and not quoted.is_live for _, quoted in rows)
        sums = (
            (
                f"worth {{}} at {'mids not all live' if is_old else 'mid'}",
                total(worth.at_mid for worth in worths),
                False,
            ),
            ("{} at bid", total(worth.at_bid for worth in worths), False),
            ("gain {}", total(worth.gain for worth in worths), True),
            ("realised {}", total(record.realised for record, _ in rows), True),
        )
        return self._fitting(
            [form.format(self._sum(each, signed)) for form, each, signed in sums if each.known], width
        )

    def _pays(self, width: int) -> str:
        """What each outcome of the shown market pays if it wins, where the rows have no column for it."""
        fitted = {column.at for column in self._fitted}
        if len(self.COLUMNS) - 1 in fitted or self.size.height < _TALL:
            return ""
        said = []
        for record in self.shown_records():
            if record.symbol == self.symbol:
                quoted = self._quoted(record)
                label = outcome_words(quoted.market, record.outcome_index)
                said.append(f"{masked(money(_worth(record, quoted).pays, _WHOLE), self.view)} if {label} wins")
        return self._fitting([f"pays {said[0]}", *said[1:]], width) if said else ""

    def _sum(self, each: Total, signed: bool) -> str:
        text = money(each.dollars, _WHOLE)
        text = masked(f"+{text}" if signed and each.dollars > 0 else text, self.view)
        return text if each.is_whole else f"{text} ({each.known} of {each.of})"

    def _balance(self, balance: Balance, width: int) -> str:
        """As many of the three figures as fit whole."""
        parts = ((balance.available, "available"), (balance.locked, "locked"), (balance.total, "total"))
        said = [f"{masked(money(dollars, _WHOLE), self.view)} {word}" for dollars, word in parts]
        return self._fitting([f"{balance.currency} {said[0]}", *said[1:]], width)

    def _fitting(self, parts: list[str], width: int) -> str:
        """As many of the parts as fit whole."""
        joint = f" {self.glyphs.separator} "
        while len(parts) > 1 and len(joint.join(parts)) > width - len(_INDENT):
            parts.pop()
        return _INDENT + joint.join(parts) if parts else ""

    # prices ---------------------------------------------------------------------------------------------------------

    def _quoted(self, position: Position) -> _Quoted:
        market = self.board.catalogue.by_symbol(position.symbol)
        book, is_live = self.book_of(market, position.outcome_index)
        if book is None:
            return _Quoted(market, None, None, False)
        bid = book.best_bid
        return _Quoted(market, None if bid is None else bid.price, book.mid, is_live)

    def _signed(self, dollars: Decimal, is_live: bool) -> Cell:
        text = money(dollars, _DOLLARS - 1)
        tone = Tone.MUTED if not dollars else Tone.UP if dollars > 0 else Tone.DOWN
        if self.view.is_private:
            tone = Tone.MUTED  # its colour would tell its sign
        mark = "" if is_live else self.glyphs.hollow
        return self.amount(f"+{text}" if dollars > 0 else text, Tone.STALE if mark else tone, mark=mark)


@dataclass(frozen=True, slots=True)
class _Worth:
    """Dollars; None where a price or a cost is not known."""

    at_bid: Decimal | None
    at_mid: Decimal | None
    gain: Decimal | None
    pays: Decimal


def _worth(position: Position, quoted: _Quoted) -> _Worth:
    payout = None if quoted.market is None else quoted.market.payout
    return _Worth(
        position.value(quoted.bid),
        position.value(quoted.mid),
        position.unrealised(quoted.mid),
        pays(position.size, payout, position.outcome_index),
    )
