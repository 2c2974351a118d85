"""Secrets that nobody else has, and the search for any piece of them in whatever was written."""

from __future__ import annotations

import re
from pathlib import Path

from psdash.simulator.protocol.auth import Key, make_jwt
from tests.loopback.simulator.rig import WALLET

KEY_ID = "c0ffee0123456789"
SECRET = "q7RkZ2mXv9BtW4nHy6LpD1sJc8FgK3uEa5oTiVwQxYz"
#: An API key of protocol §1.
API_KEY = f"ps_live_{KEY_ID}_{SECRET}"
KEY = Key(KEY_ID, SECRET)
#: A session token that the embedded exchange accepts.
JWT = make_jwt(WALLET, expires_s=4_000_000_017)
#: Any so many characters in a row count as a leak. Long enough to be nobody else's.
WINDOW = 8

_ESCAPES = re.compile(rb"\x1b\[[0-9;:?<>=]*[a-zA-Z]")


def pieces() -> list[bytes]:
    """The parts of each secret that are secret: a JWT's header is the same for everybody."""
    _, payload, signature = JWT.encode().split(b".")
    return [SECRET.encode(), payload, signature]


def leaked(written: bytes) -> set[bytes]:
    """Every piece of a secret in these bytes, read as they are and as a terminal would join them."""
    plain = _ESCAPES.sub(b"", written)
    found: set[bytes] = set()
    for secret in pieces():
        windows = {secret[at : at + WINDOW] for at in range(len(secret) - WINDOW + 1)}
        found |= {window for window in windows if window in written or window in plain}
    return found


def leaked_into(directory: Path, *, but: Path | None = None) -> dict[str, set[bytes]]:
    """The files under a directory that hold a piece of a secret, and which; `but` is the key file itself."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path != but and (pieces_there := leaked(path.read_bytes())):
            found[str(path)] = pieces_there
    return found
