"""Every identifier of the exchange, drawn from the injected generator, so that one seed names everything the same."""

from __future__ import annotations

import random

_TOKEN_FLOOR = 10**76


def make_uuid(rng: random.Random) -> str:
    """A version 4 UUID in its usual spelling."""
    bits = rng.getrandbits(128)
    bits = bits & ~(0xF << 76) | 0x4 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def make_address(rng: random.Random) -> str:
    """A lower-cased account address: 0x and 40 hex digits (protocol §1.2)."""
    return f"0x{rng.getrandbits(160):040x}"


def make_hash(rng: random.Random) -> str:
    """A lower-cased 32-byte value, as condition ids and transaction hashes are: 0x and 64 hex digits."""
    return f"0x{rng.getrandbits(256):064x}"


def make_token_id(rng: random.Random) -> str:
    """A token id: a decimal string of 77 digits without leading zeroes (protocol §1.2)."""
    return str(_TOKEN_FLOOR + rng.randrange(9 * _TOKEN_FLOOR))
