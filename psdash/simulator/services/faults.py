"""Faults by name (`--chaos NAME[=LEVEL],...`); the seed decides when they strike. Each service has its own menu."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

#: Each fault's level when none is given, and what it does.
Menu = Mapping[str, tuple[float, str]]


class FaultError(ValueError):
    """A name or a level that is not on the menu."""


@dataclass(slots=True)
class Faults:
    """The faults that are on, by level."""

    levels: dict[str, float] = field(default_factory=dict)
    draw: random.Random = field(default_factory=lambda: random.Random(0))

    @classmethod
    def parse(cls, menu: Menu, text: str | None, seed: int) -> Faults:
        """Read `NAME[=LEVEL],...`. Raises FaultError."""
        levels: dict[str, float] = {}
        for part in filter(None, (text or "").split(",")):
            name, _, level = part.partition("=")
            if name not in menu:
                raise FaultError(f"no fault {name!r}; there are {', '.join(menu)}")
            try:
                levels[name] = float(level) if level else menu[name][0]
            except ValueError:
                raise FaultError(f"{name}: {level!r} is not a number") from None
        return cls(levels, random.Random(seed))

    def is_on(self, name: str) -> bool:
        """Whether a fault was asked for."""
        return bool(self.levels.get(name))

    def strikes(self, name: str) -> bool:
        """Whether a fault that has a share strikes now."""
        share = self.levels.get(name)
        return share is not None and self.draw.random() < share

    def after_s(self, name: str) -> float | None:
        """When a fault that has a time strikes; None when it is not on."""
        level = self.levels.get(name)
        return None if level is None else level * self.draw.uniform(0.5, 1.5)

    def use_up(self, name: str) -> bool:
        """Whether a fault that has a number strikes once more."""
        left = self.levels.get(name, 0.0)
        if left < 1:
            return False
        self.levels[name] = left - 1
        return True


def help_text(menu: Menu) -> str:
    """A menu, for `--help`."""
    return "\n".join(f"  {name:<18} [{level:g}] {means}" for name, (level, means) in menu.items())
