"""Own resting orders: what the venue says of them, advanced by own fills."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum


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
    `version` moves with every change.
    """

    def __init__(self, recent: int = 500) -> None:
        self._recent = recent
        self._reports: dict[str, Order] = {}
        self._fills: OrderedDict[str, list[tuple[int, Decimal]]] = OrderedDict()
        self._orders: dict[str, Order] = {}
        self._finished: OrderedDict[str, None] = OrderedDict()
        self.version = 0

    def placed(self, order: Order) -> None:
        """The venue accepted an order. Every fill of it comes after, even one of the same millisecond."""
        known = self._reports.get(order.order_id)
        if known is not None and (known.reported_ms > order.reported_ms or not known.status.is_open):
            return  # an older word never overwrites a newer one
        self._take(replace(order, reported_ms=-1) if known is None else order)

    def cancelled(self, order_id: str, at_ms: int, status: OrderStatus = OrderStatus.CANCELLED) -> bool:
        """The venue took an order off the book. False when the order is not known (REST will tell of it)."""
        known = self._reports.get(order_id)
        if known is None:
            return False
        self._take(replace(known, status=status))
        return True

    def fill(self, order_id: str, size: Decimal, venue_ms: int) -> None:
        """One own fill, seen for the first time. It may come before its order is known."""
        self._fills.setdefault(order_id, []).append((venue_ms, size))
        self._fills.move_to_end(order_id)
        while len(self._fills) > 10_000:
            self._fills.popitem(last=False)
        known = self._reports.get(order_id)
        if known is not None:
            self._take(known)

    def reconcile(self, open_orders: Iterable[Order], asked_ms: int) -> Sequence[Order]:
        """Take the venue's whole list of open orders, asked for at venue time `asked_ms`.

        An order that we hold open and the list lacks is finished, unless it was placed after the question. Returns
        the orders whose filled size the list corrected.
        """
        corrected: list[Order] = []
        listed: set[str] = set()
        for order in open_orders:
            listed.add(order.order_id)
            held = self._orders.get(order.order_id)
            if held is not None and not held.status.is_open:
                continue  # it ended while the answer was on its way
            self._take(order)
            if held is not None and self._orders[order.order_id].filled < held.filled:
                corrected.append(held)
        for order_id, held in list(self._orders.items()):
            if held.status.is_open and order_id not in listed and (held.created_ms or 0) < asked_ms:
                done = held.remaining == 0
                self._take(
                    replace(self._reports[order_id], status=OrderStatus.FILLED if done else OrderStatus.CANCELLED)
                )
        return corrected

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
        self._reports[report.order_id] = report
        later = sum(
            (size for at_ms, size in self._fills.get(report.order_id, ()) if at_ms > report.reported_ms), Decimal(0)
        )
        filled = min(report.size, report.filled + later)
        status = report.status
        if status.is_open and report.size and filled >= report.size:
            status = OrderStatus.FILLED
        elif status is OrderStatus.OPEN and filled:
            status = OrderStatus.PARTIAL
        order = replace(report, filled=filled, status=status)
        if self._orders.get(report.order_id) == order:
            return
        self._orders[report.order_id] = order
        if not status.is_open:
            self._finished[report.order_id] = None
            while len(self._finished) > self._recent:
                gone, _ = self._finished.popitem(last=False)
                self._orders.pop(gone, None)
                self._reports.pop(gone, None)
        self.version += 1
