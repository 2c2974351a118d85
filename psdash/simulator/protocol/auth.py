"""Who is calling: API keys, JWTs, and every reason for which a caller is refused (protocol §1, §2.2, §10).

A key is `ps_live_<keyId>_<secret>`: 16 hex characters, and 32 bytes in base64url (43 characters). Each exchange has
one valid key made from its seed, and a fixed set of others (`FIXED_CREDENTIALS`), one for each way to be refused.
None of them opens anything but this toy on the loopback interface, so they may stand in documents and tests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from psdash.simulator.protocol import guesses

_KEY = re.compile(r"ps_(?:live|test)_([0-9a-f]{16})_([A-Za-z0-9_-]{43})\Z")

ALL_SCOPES = frozenset({"portfolio:read", "orders:write", "vault:write", "markets:read", "events:read"})
NO_PORTFOLIO = frozenset({"markets:read", "events:read"})


class AuthError(Exception):
    """A caller is refused. `reason` is the close reason of a gateway and the `code` of a REST body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Caller:
    """Someone whose credential held. `scopes` is None for a JWT, which skips the scope check (protocol §1)."""

    auth_method: str
    wallet: str
    scopes: frozenset[str] | None
    partner_id: str | None = None
    key_id: str | None = None

    def may(self, scope: str) -> bool:
        return self.scopes is None or scope in self.scopes


@dataclass(frozen=True, slots=True)
class Key:
    """What the exchange keeps of a key. `trouble` is the reason why the right secret is refused all the same."""

    key_id: str
    secret: str
    scopes: frozenset[str] = ALL_SCOPES
    multi_wallet: bool = False
    trouble: str | None = None

    @property
    def token(self) -> str:
        """The whole key, as a caller sends it."""
        return f"ps_live_{self.key_id}_{self.secret}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _fixed(label: str, **fields: Any) -> Key:
    digest = hashlib.sha256(f"psdash sim {label}".encode()).digest()
    return Key(key_id=digest[:8].hex(), secret=_base64url(hashlib.sha256(digest).digest()), **fields)


_UNKNOWN = _fixed("unknown key")
_BAD_SECRET = _fixed("bad secret")
_KNOWN = {
    "no-scope": _fixed("no portfolio scope", scopes=NO_PORTFOLIO),
    "multi-wallet": _fixed("multi wallet", multi_wallet=True),
    **{
        reason: _fixed(reason, trouble=reason)
        for reason in (
            "api_key_revoked",
            "api_key_expired",
            "api_key_suspended",
            "api_key_ip_denied",
            "api_key_auth_disabled",
            "api_key_auth_unconfigured",
        )
    },
}

_JWT_SECRET = b"the embedded exchange signs with this and guards nothing with it"


def make_jwt(wallet: str, expires_s: int | None = None) -> str:
    """A retail token for a wallet (HS256). `expires_s` is in epoch seconds; None never ends."""
    claims: dict[str, object] = {"sub": wallet}
    if expires_s is not None:
        claims["exp"] = expires_s
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signed = ".".join(_base64url(part) for part in parts)
    return f"{signed}.{_base64url(hmac.digest(_JWT_SECRET, signed.encode(), 'sha256'))}"


DEMO_WALLET = "0x1111111111111111111111111111111111111111"

#: What to send -> what comes of it. `psdash sim --help` prints this table.
FIXED_CREDENTIALS: Mapping[str, str] = {
    "api_key_bad_format": "ps_live_not-a-key",
    "api_key_unknown_key": _UNKNOWN.token,
    "api_key_bad_secret": _BAD_SECRET.token,
    **{reason: key.token for reason, key in _KNOWN.items() if key.trouble is not None},
    "api_key_no_associated_wallet": _KNOWN["multi-wallet"].token,
    "api_key_scope_missing": _KNOWN["no-scope"].token,
}
#: The same key is good once `X-User-Wallet` names a wallet.
MULTI_WALLET_KEY = _KNOWN["multi-wallet"].token
#: Opens both gateways; every private channel is refused with `api_key_scope_missing`.
NO_SCOPE_KEY = _KNOWN["no-scope"].token
#: Retail form: `Authorization: Bearer …`. The first never ends, the second ended in 2001.
DEMO_JWT = make_jwt(DEMO_WALLET)
EXPIRED_JWT = make_jwt(DEMO_WALLET, expires_s=1_000_000_000)


class Keyring:
    """Every credential one exchange knows. `wallet` is the one that single-wallet keys and the fresh key act for."""

    def __init__(self, seed: int, wallet: str, now_ms: Callable[[], int]) -> None:
        draw = random.Random(f"psdash sim key {seed}")
        self._wallet = wallet.lower()
        self._now_ms = now_ms
        self.fresh = Key(key_id=draw.randbytes(8).hex(), secret=_base64url(draw.randbytes(32)))
        known = [self.fresh, *_KNOWN.values(), replace(_BAD_SECRET, secret=_UNKNOWN.secret)]
        self._keys = {key.key_id: key for key in known}

    def revoke(self, key_id: str) -> None:
        """Kill a key: from now on it is refused with `api_key_revoked`. Raises KeyError on an unknown key id."""
        self._keys[key_id] = replace(self._keys[key_id], trouble="api_key_revoked")

    def identify(self, headers: Mapping[str, str], query: Mapping[str, str], *, gateway: bool) -> Caller:
        """The caller behind a request's credential. Names of `headers` are in lower case.

        Raises AuthError with the reason: a close reason of protocol §2.2 for a gateway, a 401 code of §10 for REST.
        """
        token = headers.get("x-api-key") or query.get("key")
        if token is not None:
            return self._by_key(token, headers.get("x-user-wallet") or query.get("user_wallet"), gateway=gateway)
        scheme, _, credential = (headers.get("authorization") or "").partition(" ")
        if scheme.lower() == "bearer":
            return self._by_jwt(credential.strip())
        raise AuthError(guesses.REASON_NO_CREDENTIAL)

    def _by_key(self, token: str, user_wallet: str | None, *, gateway: bool) -> Caller:
        match = _KEY.match(token)
        if match is None:
            raise AuthError("api_key_bad_format")
        key = self._keys.get(match[1])
        if key is None:
            raise AuthError("api_key_unknown_key")
        if not hmac.compare_digest(key.secret, match[2]):
            raise AuthError("api_key_bad_secret")
        if key.trouble is not None:
            raise AuthError(key.trouble)
        wallet = self._wallet
        if key.multi_wallet:
            if user_wallet is None:
                raise AuthError("api_key_no_associated_wallet" if gateway else "api_key_user_wallet_required")
            if guesses.ADDRESS.match(user_wallet) is None:
                raise AuthError(guesses.REASON_WALLET_INVALID)
            wallet = user_wallet.lower()
        return Caller("api_key", wallet, key.scopes, partner_id=f"cpartner{key.key_id}", key_id=key.key_id)

    def _by_jwt(self, token: str) -> Caller:
        signed, _, signature = token.rpartition(".")
        good = _base64url(hmac.digest(_JWT_SECRET, signed.encode(errors="replace"), "sha256"))
        if not hmac.compare_digest(good, signature.encode("ascii", "replace").decode("ascii")):
            raise AuthError(guesses.REASON_JWT_INVALID)
        payload = signed.partition(".")[2]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if "exp" in claims and claims["exp"] * 1000 <= self._now_ms():
            raise AuthError(guesses.REASON_JWT_EXPIRED)
        return Caller(guesses.AUTH_METHOD_JWT, str(claims["sub"]).lower(), None)
