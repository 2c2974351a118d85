"""What can go wrong here, by name (`--chaos NAME[=LEVEL],...`); the seed decides when."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: Each name, what its level is when none is given, and what it does.
MENU: Final[Mapping[str, tuple[float, str]]] = {
    "cut": (20, "break every connection off after so many seconds, give or take half"),
    "revoke": (20, "revoke the key after so many seconds: AUTH_FAILED, and the end"),
    "downgrade": (20, "sell the key down to dev after so many seconds: CHANNEL_FORBIDDEN from then on"),
    "connection-limit": (3, "refuse so many connections with CONNECTION_LIMIT"),
    "tier-forbidden": (1, "refuse every connection with TIER_FORBIDDEN"),
    "auth-late": (1, "answer an auth frame with the timeout's words"),
    "silent": (20, "after so many seconds say nothing on any channel; pings go on"),
    "garbage": (0.1, "send so large a share of frames that cannot be read"),
    "duplicate": (0.2, "send so large a share of frames twice"),
    "late": (2, "send frames up to so many seconds late"),
    "rate-limited": (0.3, "refuse so large a share of the client's frames with RATE_LIMITED"),
    "rest-429": (0.3, "answer so large a share of requests with 429 and Retry-After"),
    "rest-503": (0.3, "answer so large a share of requests with 503"),
}


class FaultError(ValueError):
    """A name or a level that is not on the menu."""


@dataclass(slots=True)
class Faults:
    """The faults that are on, by level."""

    levels: dict[str, float] = field(default_factory=dict)
    draw: random.Random = field(default_factory=random.Random)

    @classmethod
    def parse(cls, text: str | None, seed: int) -> Faults:
        """Read `NAME[=LEVEL],...`. Raises FaultError."""
        levels: dict[str, float] = {}
        for part in filter(None, (text or "").split(",")):
            name, _, level = part.partition("=")
            if name not in MENU:
                raise FaultError(f"no fault {name!r}; there are {', '.join(MENU)}")
            try:
                levels[name] = float(level) if level else MENU[name][0]
            except ValueError:
                raise FaultError(f"{name}: {level!r} is not a number") from None
        return cls(levels, random.Random(seed))

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


def help_text() -> str:
    """The menu, for `--help`."""
    return "\n".join(f"  {name:<18} [{level:g}] {means}" for name, (level, means) in MENU.items())
