"""Settlements that the chain refused, where the venue names the order and not the trade (protocol §11).

Which fill it was is said only when it can be told: when so many fills of the order still wait for the chain as
settlements of it have failed. Until then the failures wait for the others to settle.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

#: Orders whose failures are waited for at most.
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Failure:
    """One refused settlement of an order: why, in words, and the transaction ("" where it was not told)."""

    order_id: str
    reason: str
    tx_hash: str = ""


@dataclass(slots=True)
class _Open:
    """Failures of one order, and the trades of it that waited for the chain when they were told."""

    reasons: list[str] = field(default_factory=list)
    among: set[str] = field(default_factory=set)


class Failures:
    """Each failure once (by transaction, where it has one)."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        #: The newest one told; None before any.
        self.last: Failure | None = None
        self.count = 0

    def told(self, failure: Failure, waiting: Collection[str]) -> bool:
        """A settlement failed while these trades of its order waited for the chain. False when that was known."""
        mark = (failure.order_id, failure.tx_hash)
        if failure.tx_hash and mark in self._seen:
            return False
        self._seen[mark] = None
        while len(self._seen) > MOST:
            self._seen.popitem(last=False)
        self.last, self.count = failure, self.count + 1
        if waiting:  # else the fill is not known: another one must not be taken for it
            known = self._open.setdefault(failure.order_id, _Open())
            known.reasons.append(failure.reason)
            known.among.update(waiting)
            while len(self._open) > MOST:
                self._open.popitem(last=False)
        return True

    @property
    def orders(self) -> Sequence[str]:
        """Orders with failures whose fill is not known yet."""
        return list(self._open)

    def resolved(self, order_id: str, waiting: Collection[str]) -> Mapping[str, str]:
        """Which trades failed and why, when `waiting` are the order's trades that the chain has not taken: empty
        while it cannot be told.
        """
        known = self._open.get(order_id)
        if known is None:
            return {}
        known.among.intersection_update(waiting)
        if len(known.among) > len(known.reasons):
            return {}
        del self._open[order_id]
        why = " or ".join(dict.fromkeys(known.reasons))
        return dict.fromkeys(sorted(known.among), why)
