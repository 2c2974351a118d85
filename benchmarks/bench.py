"""What a benchmark is: a row of figures, each held against a target."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a row. `unit` is "x" for a ratio; the others ("ms", "s", "%", "MB") name a time or a size."""

    name: str
    value: float
    unit: str
    target: float
    #: What the value came from, in words: absolute numbers are shown and are no goals.
    detail: str = ""
    at_least: bool = False
    #: How far the short form lets a ratio fall behind the last full run before it calls that a regression.
    slack: float = 0.35

    @property
    def is_met(self) -> bool:
        return self.value >= self.target if self.at_least else self.value <= self.target

    def is_regression(self, before: float) -> bool:
        """Whether this ratio misses its target and is worse than it was; a time never is one."""
        if self.unit != "x" or self.is_met:
            return False
        if self.at_least:
            return self.value < min(self.target, before) / (1 + self.slack)
        return self.value > max(self.target, before) * (1 + self.slack)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.is_met}


@dataclass(frozen=True, slots=True)
class Context:
    """How this run is made. `say` shows progress."""

    short: bool
    say: Callable[[str], None]

    def pick(self, full: int, short: int) -> int:
        """A number for the full form, or for the short one."""
        return short if self.short else full


class SkipRowError(Exception):
    """This machine has not what the row needs; the text says what."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of goals."""

    name: str
    goal: str
    against: str
    run: Callable[[Context], Iterable[Figure]]
    #: Part of the short form.
    is_short: bool = True


T = TypeVar("T")


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all are not above. Raises ValueError without values."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def interleaved(repeats: int, *subjects: Callable[[], T]) -> list[list[T]]:
    """Measure each subject `repeats` times, by turns: what the machine does to one, it does to its baseline."""
    taken: list[list[T]] = [[] for _ in subjects]
    for _ in range(repeats):
        for subject, results in zip(subjects, taken, strict=True):
            results.append(subject())
    return taken
