"""Own fills, each once, matched first and settled later."""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from psdash.account.failures import Failure, Failures
from psdash.account.orders import OrderSide
from psdash.market.tape import UNSETTLED_MS, Settlement


@dataclass(frozen=True, slots=True)
class Fill:
    """One own side of a match. `price` in dollars of its own outcome, `size` in shares, times epoch ms.

    `fee` is None until the venue says it (it is absent at match time, protocol §5.11).
    """

    trade_id: str
    order_id: str
    side: OrderSide
    price: Decimal
    size: Decimal
    venue_ms: int
    symbol: str = ""
    token: str = ""
    outcome_index: int | None = None
    client_order_id: str = ""
    settlement: Settlement = Settlement.MATCHED
    settled_ms: int | None = None
    fee: Decimal | None = None
    tx_hash: str = ""
    #: Why the chain refused it, in words; only where the venue tells.
    failure: str = ""

    @property
    def key(self) -> tuple[int, str, str]:
        """Venue order."""
        return (self.venue_ms, self.trade_id, self.order_id)


class FillStore:
    """Own fills in venue order, at most `capacity`, exactly once by (trade, order). `version` moves with changes."""

    def __init__(self, capacity: int = 5_000) -> None:
        self._capacity = capacity
        self._keys: list[tuple[int, str, str]] = []
        self._fills: dict[tuple[str, str], Fill] = {}
        self._gone: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._taken: deque[tuple[str, str]] = deque(maxlen=capacity)
        self.failures = Failures()
        self.version = 0
        #: How many fills were taken in all.
        self.taken = 0

    def add(self, fill: Fill) -> bool:
        """Take one fill. False for one already known; what the new report adds (fee, settlement) is kept."""
        ident = (fill.trade_id, fill.order_id)
        known = self._fills.get(ident)
        if known is not None:
            better = replace(
                known,
                fee=fill.fee if fill.fee is not None else known.fee,
                tx_hash=fill.tx_hash or known.tx_hash,
                symbol=known.symbol or fill.symbol,
                token=known.token or fill.token,
                outcome_index=known.outcome_index if known.outcome_index is not None else fill.outcome_index,
                client_order_id=known.client_order_id or fill.client_order_id,
            )
            if fill.settlement is Settlement.SETTLED:
                better = replace(
                    better, settlement=Settlement.SETTLED, settled_ms=fill.settled_ms or known.settled_ms
                )
                better = replace(better, failure="")
            if better != known:
                self._fills[ident] = better
                self.version += 1
            return False
        if ident in self._gone:
            return False
        insort(self._keys, fill.key)
        self._fills[ident] = fill
        self._taken.append(ident)
        self.taken += 1
        while len(self._keys) > self._capacity:
            _, trade_id, order_id = self._keys.pop(0)
            del self._fills[trade_id, order_id]
            self._gone[trade_id, order_id] = None
            while len(self._gone) > 2 * self._capacity:
                self._gone.popitem(last=False)
        self.version += 1
        return True

    def settle(self, trade_id: str, settled_ms: int) -> None:
        """The chain confirmed a trade: every own side of it is settled."""
        for ident, fill in self._fills.items():
            if ident[0] == trade_id and fill.settlement is not Settlement.SETTLED:
                self._fills[ident] = replace(fill, settlement=Settlement.SETTLED, settled_ms=settled_ms)
                self.version += 1

    def told_failed(self, failure: Failure) -> bool:
        """The chain refused a settlement of an order. False when that was known."""
        if not self.failures.told(failure, self._waiting(failure.order_id)):
            return False
        self.version += 1
        self.find_failed()
        return True

    def find_failed(self) -> None:
        """Mark the fills of which it is clear by now that they are the ones that failed."""
        for order_id in self.failures.orders:
            for trade_id, reason in self.failures.resolved(order_id, self._waiting(order_id)).items():
                ident = (trade_id, order_id)
                self._fills[ident] = replace(self._fills[ident], settlement=Settlement.FAILED, failure=reason)
                self.version += 1

    def _waiting(self, order_id: str) -> set[str]:
        """Trades of an order that the chain has neither taken nor refused, as far as is known."""
        over = (Settlement.SETTLED, Settlement.FAILED)
        return {
            fill.trade_id
            for fill in self._fills.values()
            if fill.order_id == order_id and fill.settlement not in over
        }

    def overdue(self, now_ms: int) -> int:
        """Call unsettled what was matched more than a minute before venue time `now_ms` and has not settled.

        A settlement that failed is told by nobody (REST hides the row, protocol §8.3), so this is by age. One that
        comes after all still counts. Returns how many there were.
        """
        due = [
            (ident, fill)
            for ident, fill in self._fills.items()
            if fill.settlement is Settlement.MATCHED and fill.venue_ms < now_ms - UNSETTLED_MS
        ]
        for ident, fill in due:
            self._fills[ident] = replace(fill, settlement=Settlement.UNSETTLED)
        if due:
            self.version += 1
        return len(due)

    def newest(self, limit: int, skip: int = 0) -> Sequence[Fill]:
        """Up to `limit` fills, newest first, after the first `skip`."""
        end = max(0, len(self._keys) - skip)
        keys = reversed(self._keys[max(0, end - limit) : end])
        return [self._fills[trade_id, order_id] for _, trade_id, order_id in keys]

    def taken_after(self, count: int) -> Sequence[Fill]:
        """Fills taken since there had been `count` of them, in the order in which they were taken."""
        fresh = min(self.taken - count, len(self._taken))
        idents = list(self._taken)[len(self._taken) - fresh :] if fresh > 0 else []
        return [self._fills[ident] for ident in idents if ident in self._fills]

    @property
    def last_ms(self) -> int | None:
        """Venue time of the newest fill."""
        return self._keys[-1][0] if self._keys else None

    def __len__(self) -> int:
        return len(self._keys)
