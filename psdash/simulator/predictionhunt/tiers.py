"""Keys, what they were bought for, and what that allows (prediction hunt §1.1, §5)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tier:
    """What a key may do."""

    name: str
    channels: frozenset[str]
    connections: int
    per_connection: int
    per_channel: int
    rest_per_s: int


_SOME = frozenset({"prices", "smart_money", "fade_finder"})
_ALL = _SOME | {"orderbook", "arb", "ev", "market_lifecycle"}
TIERS = {
    tier.name: tier
    for tier in (
        Tier("free", frozenset(), 0, 0, 0, 1),
        Tier("dev", _SOME, 3, 50, 25, 20),
        Tier("pro", _ALL, 10, 200, 100, 100),
        Tier("enterprise", _ALL, 50, 1_000, 500, 1_000),
    )
}
CHANNELS = _ALL
#: Frames a second on one connection, any tier.
FRAMES_PER_S = 10
AUTH_S = 5.0
PING_S = 30.0

#: A key by tier, and the keys that are refused, by the words with which they are.
KEYS = {f"pmx_test_{name}_{'0123456789abcdef' * 2}": name for name in TIERS}
REFUSED_KEYS = {
    "pmx_test_revoked_" + "0" * 32: "API key is inactive or revoked.",
    "pmx_test_expired_" + "0" * 32: "API key has expired.",
}


def key_of(tier: str) -> str:
    """The key that this service sold for a tier."""
    return next(key for key, name in KEYS.items() if name == tier)
