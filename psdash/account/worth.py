"""What holdings are worth, summed up without counting what nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of dollars over `of` parts, of which `known` have a figure."""

    dollars: Decimal
    known: int
    of: int

    @property
    def is_whole(self) -> bool:
        """Whether every part is in it."""
        return self.known == self.of


def total(parts: Iterable[Decimal | None]) -> Total:
    """The sum of what is known."""
    dollars, known, of = Decimal(0), 0, 0
    for part in parts:
        of += 1
        if part is not None:
            dollars += part
            known += 1
    return Total(dollars, known, of)


def payout_share(payout: Sequence[str] | None, outcome_index: int) -> Decimal | None:
    """Dollars a share of an outcome pays after resolution, from the numerators by outcome (protocol §7.4). None
    before, or when they cannot be read. A void market splits the dollar.
    """
    if payout is None or not 0 <= outcome_index < len(payout):
        return None
    try:
        numerators = [Decimal(each) for each in payout]
    except InvalidOperation:
        return None
    whole = sum(numerators, Decimal(0))
    if not whole.is_finite() or whole <= 0 or any(each < 0 for each in numerators):
        return None
    return numerators[outcome_index] / whole


def pays(size: Decimal, payout: Sequence[str] | None, outcome_index: int) -> Decimal:
    """Dollars that so many shares pay: if their outcome wins, or after resolution what they do pay."""
    share = payout_share(payout, outcome_index)
    return size if share is None else size * share
