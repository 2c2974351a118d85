"""Double-entry book-keeping: who holds what, and the entry behind every change of it.

Every entry moves an asset between buckets and owners and adds up to nothing, per asset; so the sum over all owners
never changes, and what customers hold is always matched by what the house owes. Amounts are integers: nanos of
dollars for `USDC`, micro-shares for an outcome token (units.py).

A holding has three buckets. **available** can be spent; **locked** stands behind resting orders; **outgoing** was
given away in a match that the chain has not confirmed yet. What such a match brings in appears only when it settles.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

USDC = "USDC"

#: How many entries stay readable. Older ones are closed into opening balances, as any book-keeper does, so that a
#: day at full rate does not fill the memory. The balances still equal opening plus entries.
KEEP_ENTRIES = 50_000


class LedgerError(Exception):
    """An entry that would overdraw a holding, or books that do not add up."""


class Bucket(IntEnum):
    """Where an amount stands within a holding."""

    AVAILABLE = 0
    LOCKED = 1
    OUTGOING = 2


class Holding:
    """What one owner has of one asset. Only the ledger changes it."""

    __slots__ = ("amounts", "asset", "may_owe", "opening", "owner")

    def __init__(self, owner: str, asset: str, *, may_owe: bool = False) -> None:
        self.owner = owner
        self.asset = asset
        self.may_owe = may_owe  # the house and the outside world go negative; customers never do
        self.amounts = [0, 0, 0]
        self.opening = [0, 0, 0]

    @property
    def available(self) -> int:
        """What can be spent or sold now."""
        return self.amounts[0]

    @property
    def locked(self) -> int:
        """What stands behind resting orders."""
        return self.amounts[1]

    @property
    def outgoing(self) -> int:
        """What matched trades will take when they settle."""
        return self.amounts[2]

    @property
    def total(self) -> int:
        """What the chain says this owner has: everything not yet taken by a settlement."""
        return sum(self.amounts)


class Posting(NamedTuple):
    """One line of an entry: a signed amount into one bucket of one holding."""

    holding: Holding
    bucket: int
    amount: int


class Entry(NamedTuple):
    """One line of the journal. `reference` is the order, trade or market it is about."""

    number: int
    at_ms: int
    kind: str  # deposit, lock, release, match, settle, fail, split, merge, redeem
    reference: str
    postings: tuple[Posting, ...]


class Ledger:
    """The append-only journal and the balances it adds up to."""

    def __init__(self, keep_entries: int = KEEP_ENTRIES) -> None:
        self._keep = keep_entries
        self._count = 0
        self._entries: deque[Entry] = deque()
        self._holdings: dict[tuple[str, str], Holding] = {}

    def holding(self, owner: str, asset: str, *, may_owe: bool = False) -> Holding:
        """The holding of `owner` in `asset`, opened empty at the first call."""
        key = (owner, asset)
        found = self._holdings.get(key)
        if found is None:
            found = self._holdings[key] = Holding(owner, asset, may_owe=may_owe)
        return found

    def holdings(self) -> Iterator[Holding]:
        """Every holding there is, in the order they were opened."""
        return iter(self._holdings.values())

    def entries(self) -> Iterator[Entry]:
        """The journal since the last closing, oldest first."""
        return iter(self._entries)

    @property
    def entry_count(self) -> int:
        """How many entries were ever made."""
        return self._count

    def move(
        self, at_ms: int, kind: str, reference: str, holding: Holding, source: Bucket, target: Bucket, amount: int
    ) -> None:
        """Move `amount` between two buckets of one holding. Raises LedgerError when the source has less."""
        amounts = holding.amounts
        if amount < 0 or (amounts[source] < amount and not holding.may_owe):
            raise LedgerError(f"{kind} {reference}: cannot move {amount} of {holding.asset} for {holding.owner}")
        amounts[source] -= amount
        amounts[target] += amount
        self._append(at_ms, kind, reference, (Posting(holding, source, -amount), Posting(holding, target, amount)))

    def post(self, at_ms: int, kind: str, reference: str, postings: Iterable[Posting]) -> None:
        """Make one entry of several lines. Raises LedgerError, changing nothing, if it is unbalanced or overdraws."""
        lines = tuple(posting for posting in postings if posting.amount)
        sums: dict[str, int] = {}
        for holding, _, amount in lines:
            sums[holding.asset] = sums.get(holding.asset, 0) + amount
        if any(sums.values()):
            raise LedgerError(f"{kind} {reference} does not balance: {sums}")
        for holding, bucket, amount in lines:
            holding.amounts[bucket] += amount
        if any(holding.amounts[bucket] < 0 and not holding.may_owe for holding, bucket, _ in lines):
            for holding, bucket, amount in lines:
                holding.amounts[bucket] -= amount
            raise LedgerError(f"{kind} {reference} would overdraw a holding")
        self._append(at_ms, kind, reference, lines)

    def check(self) -> None:
        """Prove the books: every asset sums to zero, nobody is overdrawn, balances equal opening plus entries.

        Raises LedgerError on the first violation. Costs a walk over the kept journal.
        """
        expected = {id(holding): list(holding.opening) for holding in self._holdings.values()}
        for entry in self._entries:
            for holding, bucket, amount in entry.postings:
                expected[id(holding)][bucket] += amount
        sums: dict[str, int] = {}
        for holding in self._holdings.values():
            if holding.amounts != expected[id(holding)]:
                raise LedgerError(
                    f"{holding.owner} {holding.asset}: holds {holding.amounts}, entries say {expected[id(holding)]}"
                )
            if not holding.may_owe and min(holding.amounts) < 0:
                raise LedgerError(f"{holding.owner} {holding.asset} is overdrawn: {holding.amounts}")
            sums[holding.asset] = sums.get(holding.asset, 0) + holding.total
        if any(sums.values()):
            raise LedgerError(f"assets appeared or vanished: { {name: n for name, n in sums.items() if n} }")

    def _append(self, at_ms: int, kind: str, reference: str, postings: tuple[Posting, ...]) -> None:
        self._count += 1
        self._entries.append(Entry(self._count, at_ms, kind, reference, postings))
        if len(self._entries) > self._keep:
            for holding, bucket, amount in self._entries.popleft().postings:
                holding.opening[bucket] += amount
