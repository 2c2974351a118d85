"""Prints of one sweep as one: a market order that walks the book prints once at every order that it meets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psdash.market.gaps import Gap
from psdash.market.tape import Aggressor, Print, Settlement

_NOUGHT: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One print, or several by one aggressor at one venue millisecond. `prints` are newest first, one at least.

    Nobody says which prints belong together (no order id is public, protocol §5.1): it follows from the same
    millisecond, the same aggressor and prices that only walk away from where they began. Prints of nobody known
    are never put together.
    """

    prints: tuple[Print, ...]

    @property
    def key(self) -> str:
        """The trade id of the first print, which stays as more of the sweep come in."""
        return self.prints[-1].trade_id

    @property
    def venue_ms(self) -> int:
        """When it was, epoch ms."""
        return self.prints[0].venue_ms

    @property
    def size(self) -> Decimal:
        """Shares in all."""
        if len(self.prints) == 1:
            return self.prints[0].size
        return sum((each.size for each in self.prints), Decimal(0))

    @property
    def value(self) -> Decimal:
        """Dollars in all, in the terms of the prints."""
        return sum((each.price * each.size for each in self.prints), Decimal(0))

    @property
    def first_price(self) -> Decimal:
        """Where it began, in dollars."""
        return self.prints[-1].price

    @property
    def last_price(self) -> Decimal:
        """How far it went, in dollars."""
        return self.prints[0].price

    @property
    def aggressor(self) -> Aggressor:
        """Who swept, in the terms of the newest print."""
        return self.prints[0].aggressor

    @property
    def settlement(self) -> Settlement:
        """What is true of all of it: settled only when every print is; unsettled, else unknown, as soon as one is."""
        states = {each.settlement for each in self.prints}
        if Settlement.UNSETTLED in states:
            return Settlement.UNSETTLED
        if Settlement.UNKNOWN in states:
            return Settlement.UNKNOWN
        return Settlement.MATCHED if Settlement.MATCHED in states else Settlement.SETTLED

    def seen_from(self, outcome_index: int) -> Sweep:
        """The same in the terms of an outcome (`Print.seen_from`)."""
        if all(each.outcome_index == outcome_index for each in self.prints):
            return self
        return Sweep(tuple(each.seen_from(outcome_index) for each in self.prints))


def singly(rows: Iterable[Print | Gap], least: Decimal = _NOUGHT) -> Iterator[Sweep | Gap]:
    """Every print of `least` shares or more by itself."""
    for row in rows:
        if isinstance(row, Gap):
            yield row
        elif row.size >= least:
            yield Sweep((row,))


def merged(rows: Iterable[Print | Gap], least: Decimal = _NOUGHT) -> Iterator[Sweep | Gap]:
    """The prints of one sweep as one, where it has `least` shares or more in all.

    `rows` are newest first (`Tape.walk`); a gap parts what stands around it.
    """
    group: list[Print] = []
    size = _NOUGHT
    for row in rows:
        if isinstance(row, Gap):
            if group and size >= least:
                yield Sweep(tuple(group))
            group = []
            yield row
        elif group and row.venue_ms == group[-1].venue_ms and _continues(row, group[-1]):
            group.append(row)
            size += row.size
        else:
            if group and size >= least:
                yield Sweep(tuple(group))
            group, size = [row], row.size
    if group and size >= least:
        yield Sweep(tuple(group))


def _continues(older: Print, newer: Print) -> bool:
    """Whether `newer`, of the same millisecond, is the next print of the sweep that `older` belongs to."""
    way = _direction(newer)
    if not way or _direction(older) != way:
        return False
    before, after = _common(older), _common(newer)
    return before <= after if way > 0 else before >= after


def _direction(print_: Print) -> int:
    """1 when the first outcome was bought, -1 when it was sold, 0 when nobody said."""
    if print_.aggressor is Aggressor.UNKNOWN:
        return 0
    return 1 if (print_.aggressor is Aggressor.BUY) == (print_.outcome_index == 0) else -1


def _common(print_: Print) -> Decimal:
    """The price of the first outcome."""
    return print_.price if print_.outcome_index == 0 else 1 - print_.price
