"""What one account's shares cost: average-cost accounting, kept as shares come and go (protocol §8.3)."""

from __future__ import annotations

from decimal import Decimal

from psdash.simulator.exchange import units

#: GUESS: a pair that was split cost half a dollar a share, and brings as much when it is merged. No source says how
#: the venue divides the dollar.
SPLIT_SHARE_N = units.NANOS_PER_MICRO_SHARE // 2


class Cost:
    """One token of one account: micro-shares, nanos paid for them, nanos gained by those that went."""

    __slots__ = ("paid_n", "quantity_u", "realised_n")

    def __init__(self) -> None:
        self.quantity_u = 0
        self.paid_n = 0
        self.realised_n = 0

    def came(self, quantity_u: int, paid_n: int) -> None:
        """Shares came in for so much, fees included."""
        self.quantity_u += quantity_u
        self.paid_n += paid_n

    def went(self, quantity_u: int, brought_n: int) -> None:
        """Shares went out for so much, after fees; each cost the average."""
        cost_n = self.paid_n * quantity_u // self.quantity_u if self.quantity_u else 0
        self.quantity_u -= quantity_u
        self.paid_n -= cost_n
        self.realised_n += brought_n - cost_n

    @property
    def average(self) -> Decimal | None:
        """Dollars a share; None without shares."""
        return units.dollars(self.paid_n) / units.shares(self.quantity_u) if self.quantity_u else None

    @property
    def realised(self) -> Decimal:
        """Dollars."""
        return units.dollars(self.realised_n)
