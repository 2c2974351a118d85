"""What the vault holds: outcome tokens and dollars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

#: How far a venue time may be off before it decides that a position is gone.
SLACK_MS = 2_000


@dataclass(frozen=True, slots=True)
class Position:
    """One outcome token in the vault. Sizes in shares, money in dollars; None where the venue does not know."""

    symbol: str
    outcome_index: int
    size: Decimal
    available: Decimal | None = None
    average_cost: Decimal | None = None
    realised: Decimal | None = None
    token: str = ""
    reported_ms: int = 0

    @property
    def key(self) -> tuple[str, int]:
        return (self.symbol, self.outcome_index)

    def value(self, price: Decimal | None) -> Decimal | None:
        """Dollars at a price (0..1), None when the price is unknown."""
        return None if price is None else self.size * price

    def unrealised(self, price: Decimal | None) -> Decimal | None:
        """Gain at a price over the average cost, in dollars; None when either is unknown."""
        if price is None or self.average_cost is None:
            return None
        return self.size * (price - self.average_cost)


@dataclass(frozen=True, slots=True)
class Balance:
    """One currency (protocol §8.3): `available` may be spent, `locked` backs resting buys; both in dollars."""

    currency: str
    available: Decimal
    locked: Decimal

    @property
    def total(self) -> Decimal:
        return self.available + self.locked


class PositionStore:
    """Positions by (market symbol, outcome) and balances by currency. `version` moves with every change."""

    def __init__(self) -> None:
        self._positions: dict[tuple[str, int], Position] = {}
        self._balances: dict[str, Balance] = {}
        self._pushed: set[tuple[str, int]] = set()  # whose newest word is a single change, not a list
        self.version = 0

    def reconcile(self, positions: Iterable[Position], asked_ms: int) -> None:
        """Take the venue's whole list, asked for at venue time `asked_ms`; a newer single change is not undone.

        What the list lacks is gone, unless it changed about when the question was asked or after.
        """
        listed = {position.key: position for position in positions}
        fresh: dict[tuple[str, int], Position] = {}
        for key in list(self._pushed):
            held = self._positions[key]
            position = listed.pop(key, None)
            if position is None and held.reported_ms > asked_ms - SLACK_MS:
                fresh[key] = held
            elif position is not None and held.reported_ms > asked_ms:
                fresh[key] = replace(position, size=held.size, reported_ms=held.reported_ms)
            else:
                self._pushed.discard(key)
                if position is not None:
                    fresh[key] = position
        fresh.update(listed)
        if fresh != self._positions:
            self._positions = fresh
            self.version += 1

    def set_size(self, symbol: str, outcome_index: int, size: Decimal, at_ms: int, token: str = "") -> bool:
        """The absolute balance after a change (protocol §5.12). False for a change older than what is held."""
        key = (symbol, outcome_index)
        held = self._positions.get(key)
        if held is not None and held.reported_ms > at_ms:
            return False
        self._pushed.add(key)
        if held is None:
            self._positions[key] = Position(symbol, outcome_index, size, token=token, reported_ms=at_ms)
        else:
            moved = size - held.size
            available = None if held.available is None else max(Decimal(0), held.available + moved)
            # The average cost described the old size; REST tells the new one.
            cost = held.average_cost if moved == 0 else None
            self._positions[key] = replace(held, size=size, available=available, average_cost=cost, reported_ms=at_ms)
        self.version += 1
        return True

    def set_balances(self, balances: Iterable[Balance]) -> None:
        """Take the venue's whole list of currencies."""
        fresh = {balance.currency: balance for balance in balances}
        if fresh != self._balances:
            self._balances = fresh
            self.version += 1

    def get(self, symbol: str, outcome_index: int) -> Position | None:
        return self._positions.get((symbol, outcome_index))

    @property
    def held(self) -> Sequence[Position]:
        """Positions with a size, by market and outcome."""
        return sorted((p for p in self._positions.values() if p.size), key=lambda p: p.key)

    @property
    def balances(self) -> Sequence[Balance]:
        return sorted(self._balances.values(), key=lambda balance: balance.currency)
