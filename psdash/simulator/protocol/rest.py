"""The REST side: routes, who may read what, rate limits, error bodies (protocol §7, §8, §10, §13.9).

Read-only: this exchange takes no orders from outside. The handlers are in `rest_public.py` and `rest_private.py`, the
exchange's own truth for tests in `oracle.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

from psdash.simulator.protocol import frames, guesses
from psdash.simulator.protocol.auth import AuthError, Caller, Keyring
from psdash.simulator.protocol.limits import Limit, RateLimiter

logger = logging.getLogger(__name__)

PUBLIC_READS = Limit("public", *guesses.LIMIT_PUBLIC_READS)
PRIVATE_READS = Limit("private", *guesses.LIMIT_PRIVATE_READS)
ORDER_READS = Limit("orders", *guesses.LIMIT_ORDER_READS)


class RestError(Exception):
    """A request fails: an HTTP status and the flat error body `{code, message, details}` (protocol §10)."""

    def __init__(self, status: int, code: str, message: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = dict(details or {})
        #: Further top-level members of the body.
        self.extra: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Query:
    """One GET: the variable parts of its path, its query string, and who asks (None on public routes)."""

    args: Mapping[str, str]
    params: Mapping[str, str]
    caller: Caller | None = None

    @property
    def wallet(self) -> str:
        """The wallet that a private read is about."""
        assert self.caller is not None
        return self.caller.wallet

    def integer(self, name: str, default: int, low: int, high: int, code: str = "bad_request") -> int:
        """A whole-number parameter, cut to `high`. Raises RestError(400, code) below `low` or for no number."""
        text = self.params.get(name)
        if text is None:
            return default
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low:
            raise RestError(400, code, f"{name} must be a whole number of at least {low}")
        return min(value, high)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP answer; `body` is JSON already."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Query], object]


class Access(Enum):
    """Who may read a route, and from which bucket."""

    PUBLIC = PUBLIC_READS
    PRIVATE = PRIVATE_READS
    ORDERS = ORDER_READS
    ORACLE = None


@dataclass(frozen=True, slots=True)
class Route:
    """`path` may hold `{names}`, each standing for one part."""

    path: str
    access: Access
    handler: Handler

    def match(self, parts: list[str]) -> dict[str, str] | None:
        """The values of the names, or None when the path is another."""
        pattern = self.path.strip("/").split("/")
        if len(pattern) != len(parts):
            return None
        args: dict[str, str] = {}
        for want, part in zip(pattern, parts, strict=True):
            if want.startswith("{"):
                args[want[1:-1]] = part
            elif want != part:
                return None
        return args


class Rest:
    """Answers GET requests. Earlier routes win."""

    def __init__(
        self, routes: list[Route], keyring: Keyring, limiter: RateLimiter, now_ms: Callable[[], int]
    ) -> None:
        self._routes = routes
        self._keyring = keyring
        self._limiter = limiter
        self._now_ms = now_ms

    def answer(self, method: str, target: str, headers: Mapping[str, str], address: str) -> Reply:
        """The answer to one request: `target` is path and query, `headers` have lower-case names."""
        limit_headers: dict[str, str] = {}
        try:
            status, body = 200, self._read(method, target, headers, address, limit_headers)
        except RestError as failure:
            status = failure.status
            body = {
                "code": failure.code,
                "message": failure.message,
                "details": failure.details,
                **failure.extra,
            }
        fixed = {"X-Server-Time": str(self._now_ms()), "Content-Type": "application/json; charset=utf-8"}
        return Reply(status, frames.encode(body), fixed | limit_headers)

    def _read(
        self, method: str, target: str, headers: Mapping[str, str], address: str, limit_headers: dict[str, str]
    ) -> object:
        if method != "GET":
            raise RestError(HTTPStatus.METHOD_NOT_ALLOWED, guesses.CODE_METHOD, "this exchange is read-only")
        path, _, query_text = target.partition("?")
        parts = [unquote(part) for part in path.strip("/").split("/")]
        for route in self._routes:
            args = route.match(parts)
            if args is not None:
                break
        else:
            raise RestError(404, guesses.CODE_NOT_FOUND, "no such resource")
        params = dict(parse_qsl(query_text, keep_blank_values=True))
        caller = self._admit(route, headers, params)
        if route.access.value is not None:
            who = [f"ip {address}"] if caller is None else [f"ip {address}", f"wallet {caller.wallet}"]
            verdict = self._limiter.take(route.access.value, *who)
            limit_headers.update(verdict.headers())
            if verdict.retry_after_s is not None:
                raise RestError(
                    429, guesses.CODE_RATE_LIMITED, "too many requests", {"retryAfterSeconds": verdict.retry_after_s}
                )
        return route.handler(Query(args, params, caller))

    def _admit(self, route: Route, headers: Mapping[str, str], params: Mapping[str, str]) -> Caller | None:
        if route.access in (Access.PUBLIC, Access.ORACLE):
            return None
        try:
            caller = self._keyring.identify(headers, {}, gateway=False)
        except AuthError as refusal:
            raise RestError(401, refusal.reason, "not authenticated") from refusal
        if not caller.may(guesses.SCOPE_READS):
            failure = RestError(403, "api_key_scope_missing", f"this needs {guesses.SCOPE_READS}")
            failure.extra = {"requiredScope": guesses.SCOPE_READS, "have": sorted(caller.scopes or ())}
            raise failure
        return caller
