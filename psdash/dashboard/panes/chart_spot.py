"""The price a person looks at in the depth view and in the heat map, and how much of the book they want to see."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Spot:
    """`ticks` is the price under the cursor (None: there is none). A picture that was built says what a step is and
    between which prices one can walk."""

    ticks: int | None = None
    closer: int = 0  # steps of the zoom away from what is chosen by itself; negative: closer
    step: int = 10_000
    low: int = 0
    high: int = 1_000_000
    bid: int = 500_000
    ask: int = 500_000

    @property
    def key(self) -> tuple[int | None, int]:
        """What of it changes a picture."""
        return self.ticks, self.closer

    def built(self, step: int, low: int, high: int, bid: int, ask: int) -> None:
        """What the picture shows: prices from `low` to `high`, `step` ticks apart, and the touch."""
        self.step, self.low, self.high, self.bid, self.ask = max(1, step), low, high, bid, ask

    def end(self) -> None:
        """No cursor."""
        self.ticks = None

    def move(self, by: int) -> None:
        """Go `by` steps to a higher (positive) or lower price; the first step goes to the touch of that side."""
        if self.ticks is None:
            start = self.ask if by > 0 else self.bid
            wanted = start + (by - (1 if by > 0 else -1)) * self.step
        else:
            wanted = self.ticks + by * self.step
        self.ticks = max(self.low, min(self.high, wanted))

    def zoom(self, by: int) -> None:
        """More of the book (positive) or less, as far as that goes."""
        self.closer = max(-9, min(9, self.closer + by))
