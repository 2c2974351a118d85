"""Own resting orders: what the venue says of them, advanced by own fills."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

#: How far a venue time may be off before it decides that an order is gone: a list may be made from a replica.
SLACK_MS = 2_000
#: How far a list of open orders may be behind the socket (no source gives a number): what moved within that time
#: before the question is not decided by a list that does not have it.
LAG_MS = 10_000
_MOST_ENDS = 10_000


class OrderSide(StrEnum):
    """The trader's own side of an order or fill."""

    BUY = "buy"
    SELL = "sell"


class OrderStatus(StrEnum):
    """Protocol §8.1, and UNKNOWN for a word this client has not met."""

    PENDING = "PENDING"
    OPEN = "OPEN"
    PARTIAL = "PARTIAL"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    CANCELLED_BY_RESOLVE = "CANCELLED_BY_RESOLVE"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    SETTLEMENT_FAILED = "SETTLEMENT_FAILED"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def parse(cls, word: str) -> OrderStatus:
        """The status a word names, in any case; UNKNOWN for a new one."""
        return cls.__members__.get(word.upper(), cls.UNKNOWN)

    @property
    def is_open(self) -> bool:
        """May still trade."""
        return self in (OrderStatus.PENDING, OrderStatus.OPEN, OrderStatus.PARTIAL, OrderStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Order:
    """One own order. `price` in dollars of its own outcome, sizes in shares, times epoch ms.

    `filled` is the venue's figure, advanced by fills that the venue reported after it.
    """

    order_id: str
    symbol: str
    outcome_index: int
    side: OrderSide
    price: Decimal
    size: Decimal
    filled: Decimal
    status: OrderStatus
    reported_ms: int  # the venue's time of this report
    created_ms: int | None = None
    client_order_id: str = ""
    order_type: str = "limit"
    time_in_force: str = "gtc"

    @property
    def remaining(self) -> Decimal:
        """Shares that may still trade."""
        return max(Decimal(0), self.size - self.filled)


class OrderStore:
    """Own orders by id. Open ones are all kept; of the finished ones, the newest `recent`.

    The venue pushes only "placed" and "cancelled" (protocol §5.10), so progress is derived: a report's own filled
    size plus every own fill after it, each fill counted once (the caller guarantees that, see `FillStore`).

    Nor does it push that an order filled, expired or was rejected: that end is inferred from two lists of open orders
    in a row that lack it, and a later list that has it takes the end back. A list may be `LAG_MS` behind the socket,
    and takes nothing back that is younger. `version` moves with every change.
    """

    def __init__(self, recent: int = 500) -> None:
        self._recent = recent
        self._reports: dict[str, Order] = {}
        self._fills: OrderedDict[str, list[tuple[int, Decimal]]] = OrderedDict()
        self._orders: dict[str, Order] = {}
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._missing: dict[str, None] = {}  # open, but not in the newest list
        self._ended_ms: dict[str, int] = {}  # ends that were inferred, and the venue time of the question
        self._part_filled: set[str] = set()  # placed with a filled size, which later fills may repeat
        self._told_ends: OrderedDict[str, OrderStatus] = OrderedDict()  # of orders that were not known yet
        self._grown_ms: dict[str, int] = {}  # the venue time of what last made an order fuller
        self._unsure_ms: dict[str, int] = {}  # fills that the newest list may have in it, or not yet
        self.version = 0

    def placed(self, order: Order) -> None:
        """The venue accepted an order. Every fill of it comes after, even one of the same millisecond.

        One that says it is partly filled already may mean the very fills that come after it: what is then certain is
        the larger of the two figures.
        """
        if order.order_id in self._reports:
            return  # nothing that is known of an order is older than its placement
        if order.filled:
            self._part_filled.add(order.order_id)
            self._grew(order.order_id, order.reported_ms)
        status = self._told_ends.pop(order.order_id, order.status)
        self._take(replace(order, status=status, reported_ms=-1))

    def cancelled(self, order_id: str, status: OrderStatus = OrderStatus.CANCELLED) -> bool:
        """The venue took an order off the book. False when the order is not known (REST will tell of it)."""
        known = self._reports.get(order_id)
        if known is None:
            self._told_ends[order_id] = status
            while len(self._told_ends) > _MOST_ENDS:
                self._told_ends.popitem(last=False)
            return False
        self._ended_ms.pop(order_id, None)  # it is told now
        self._take(replace(known, status=status))
        return True

    def fill(self, order_id: str, size: Decimal, venue_ms: int) -> None:
        """One own fill, seen for the first time. It may come before its order is known."""
        self._fills.setdefault(order_id, []).append((venue_ms, size))
        self._fills.move_to_end(order_id)
        while len(self._fills) > 10_000:
            self._fills.popitem(last=False)
        self._grew(order_id, venue_ms)
        known = self._reports.get(order_id)
        if known is not None:
            if known.status.is_open and known.reported_ms - LAG_MS < venue_ms <= known.reported_ms:
                self._unsure_ms[order_id] = max(venue_ms, self._unsure_ms.get(order_id, 0))
            self._take(known)

    def _grew(self, order_id: str, venue_ms: int) -> None:
        self._grown_ms[order_id] = max(venue_ms, self._grown_ms.get(order_id, 0))
        while len(self._grown_ms) > _MOST_ENDS:
            del self._grown_ms[next(iter(self._grown_ms))]

    def reconcile(self, open_orders: Iterable[Order], asked_ms: int) -> Sequence[Order]:
        """Take the venue's whole list of open orders, asked for at venue time `asked_ms`.

        An order that we hold open and two lists in a row lack is finished, unless it was placed after the question or
        within `LAG_MS` before it. Returns the orders whose filled size the list corrected.
        """
        corrected: list[Order] = []
        listed: set[str] = set()
        self._unsure_ms = {each: at_ms for each, at_ms in self._unsure_ms.items() if at_ms > asked_ms - LAG_MS}
        for order in open_orders:
            listed.add(order.order_id)
            if order.order_id in self._told_ends:
                continue
            held = self._orders.get(order.order_id)
            if held is not None and not held.status.is_open:
                ended_ms = self._ended_ms.get(order.order_id)
                if ended_ms is None or asked_ms < ended_ms:
                    continue  # it ended while the answer was on its way
                del self._ended_ms[order.order_id]
            self._missing.pop(order.order_id, None)
            self._part_filled.discard(order.order_id)
            self._take(self._not_behind(order, held, asked_ms))
            if held is not None and self._orders[order.order_id].filled < held.filled:
                corrected.append(held)
        for order_id, held in list(self._orders.items()):
            created_ms = held.created_ms or 0
            if not held.status.is_open or order_id in listed or created_ms >= asked_ms - SLACK_MS:
                continue
            if order_id in self._missing and created_ms < asked_ms - LAG_MS:
                self._ended_ms[order_id] = asked_ms
                self._take(replace(self._reports[order_id], status=OrderStatus.CANCELLED))
            else:
                self._missing[order_id] = None
        return corrected

    def _not_behind(self, order: Order, held: Order | None, asked_ms: int) -> Order:
        """A list's row, with what is known to be filled already where the list may only be behind."""
        known = Decimal(0) if held is None else held.filled - self._later(order)
        if known > order.filled and self._grown_ms.get(order.order_id, 0) > asked_ms - LAG_MS:
            return replace(order, filled=known)
        if known < order.filled:
            self._grew(order.order_id, asked_ms)
        return order

    def _later(self, report: Order) -> Decimal:
        """What own fills after a report add to it."""
        fills = self._fills.get(report.order_id, ())
        return sum((size for at_ms, size in fills if at_ms > report.reported_ms), Decimal(0))

    @property
    def in_doubt(self) -> bool:
        """Whether the newest list lacks an order that is shown, or may lack a fill: worth another question soon."""
        return bool(self._missing or self._unsure_ms)

    @property
    def may_lack_a_fill(self) -> bool:
        """Whether a fill came that the newest list may have in its figure, or not yet."""
        return bool(self._unsure_ms)

    def get(self, order_id: str) -> Order | None:
        return self._orders.get(order_id)

    @property
    def open(self) -> Sequence[Order]:
        """Orders that may still trade, newest first."""
        rows = [order for order in self._orders.values() if order.status.is_open]
        return sorted(rows, key=lambda order: (-(order.created_ms or 0), order.order_id))

    def open_in(self, symbol: str) -> Sequence[Order]:
        """Open orders of one market."""
        return [order for order in self._orders.values() if order.symbol == symbol and order.status.is_open]

    def _take(self, report: Order) -> None:
        order_id = report.order_id
        self._reports[order_id] = report
        later = self._later(report)
        told = max(report.filled, later) if order_id in self._part_filled else report.filled + later
        filled = min(report.size, told)
        status = report.status
        if (status.is_open or order_id in self._ended_ms) and report.size and filled >= report.size:
            status = OrderStatus.FILLED
        elif status is OrderStatus.OPEN and filled:
            status = OrderStatus.PARTIAL
        order = replace(report, filled=filled, status=status)
        if self._orders.get(order_id) == order:
            return
        self._orders[order_id] = order
        if status.is_open:
            self._finished.pop(order_id, None)
        else:
            self._missing.pop(order_id, None)
            self._unsure_ms.pop(order_id, None)
            self._finished[order_id] = None
            while len(self._finished) > self._recent:
                self._forget(self._finished.popitem(last=False)[0])
        self.version += 1

    def _forget(self, order_id: str) -> None:
        self._orders.pop(order_id, None)
        self._reports.pop(order_id, None)
        self._ended_ms.pop(order_id, None)
        self._part_filled.discard(order_id)
