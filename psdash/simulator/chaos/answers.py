"""What REST says otherwise than the documents lead one to expect: the same truth, older or not all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from websockets.asyncio.server import ServerConnection

from psdash.simulator.chaos.fault import Fault, Kit, Reply, Venue
from psdash.simulator.exchange.accounts import Account
from psdash.simulator.exchange.orders import Order, OrderStatus
from psdash.simulator.protocol import bodies, frames

_NO_ACCOUNTS = {"avgCost": None, "realizedPnl": None, "unrealizedPnl": None, "accountingStatus": "unavailable"}
_NOT_ON_CHAIN = dict.fromkeys(("conditionId", "questionId", "yesTokenId", "noTokenId"))


class Answer(Fault):
    """Rewrites the good answers of some routes."""

    def is_mine(self, path: str) -> bool:
        """Whether the answers of this path are rewritten."""
        raise NotImplementedError

    def rewrite(self, target: str, body: Any) -> bool:
        """Change a decoded answer in place; False when there was nothing to change."""
        raise NotImplementedError

    async def answer(self, connection: ServerConnection, target: str, reply: Reply) -> Reply | None:
        if not self.active or reply.status != HTTPStatus.OK or not self.is_mine(target.partition("?")[0]):
            return reply
        body = json.loads(reply.body)
        if not self.rewrite(target, body):
            return reply
        self.note(target)
        return Reply(reply.status, frames.encode(body), reply.headers)


class OhlcIgnoresOutcome(Answer):
    """/ohlc does not look at its outcome parameter and names none: always the candles of outcome 0."""

    def target(self, target: str) -> str:
        path, _, query = target.partition("?")
        if not self.active or not self.is_mine(path):
            return target
        kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "outcome"]
        return f"{path}?{urlencode(kept)}"

    def is_mine(self, path: str) -> bool:
        return path.endswith("/ohlc")

    def rewrite(self, target: str, body: Any) -> bool:
        del body["outcome"]
        return True


class OrdersLag(Answer):
    """/orders/open is behind the socket: each answer is a true list of some seconds ago."""

    unit = "seconds behind at most"
    default: ClassVar[float] = 5.0

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._rng = self.rng("reads")

    def is_mine(self, path: str) -> bool:
        return path == "/api/orders/open"

    def rewrite(self, target: str, body: Any) -> bool:
        asked = dict(parse_qsl(target.partition("?")[2]))
        if self.kit.venue is None or body["nextCursor"] is not None or asked.keys() - {"limit"}:
            return False  # one whole list on one page: nobody here has more open orders than that
        exchange = self.kit.venue.exchange
        try:
            account = exchange.account(body["walletAddress"])
        except KeyError:
            return False
        then_ms = exchange.scheduler.now_ms - round(self._rng.uniform(0.0, self.level) * 1000)
        before = body["orders"]
        body["orders"] = [_as_at(order, then_ms) for order in _open_at(account, then_ms)]
        return bool(before != body["orders"])


def _open_at(account: Account, then_ms: int) -> Iterator[Order]:
    """What rested at a time, newest first."""
    orders = [order for order in account.finished_orders if order.updated_at_ms > then_ms]
    orders += account.open_orders.values()
    for order in sorted(orders, key=lambda order: -order.number):
        if order.created_at_ms <= then_ms:
            yield order


def _as_at(order: Order, then_ms: int) -> dict[str, object]:
    fills = [record for record in order.trades if record.at_ms <= then_ms]
    filled = sum((record.trade.quantity for record in fills), Decimal(0))
    return bodies.order(order, OrderStatus.OPEN) | {
        "filledQty": frames.number(filled),
        "remainingQty": frames.number(order.quantity - filled),
        "updatedAt": bodies.iso(max([order.created_at_ms, *(record.at_ms for record in fills)])),
    }


class LateTokens(Answer):
    """Markets are listed before they are on chain: PRE_MARKET with null tokens and conditionId, filled in later."""

    unit = "seconds from the start until the last one is on chain"
    default: ClassVar[float] = 40.0

    def __init__(self, kit: Kit, level: float) -> None:
        super().__init__(kit, level)
        self._began_s = 0.0

    def opened(self, venue: Venue) -> None:
        self._began_s = self.kit.timers.now_s()

    def is_mine(self, path: str) -> bool:
        parts = path.strip("/").split("/")
        return parts[:2] in (["api", "markets"], ["api", "events"], ["api", "matches"]) and len(parts) < 4

    def rewrite(self, target: str, body: Any) -> bool:
        late = [row for row in _markets_in(body) if self._is_late(row["slug"])]
        for row in late:
            row |= _NOT_ON_CHAIN
            if row["status"] in ("OPEN", "PAUSED"):
                row["status"] = "PRE_MARKET"
        return bool(late)

    def _is_late(self, slug: str) -> bool:
        passed_s = self.kit.timers.now_s() - self._began_s
        return passed_s < self.level * self.rng("on chain", slug).uniform(0.5, 1.0)


def _markets_in(body: Any) -> Iterator[dict[str, Any]]:
    """Every market of an answer, wherever it stands."""
    if isinstance(body, list):
        for each in body:
            yield from _markets_in(each)
    elif isinstance(body, dict):
        if "yesTokenId" in body:
            yield body
        for each in body.values():
            yield from _markets_in(each)


class NoAccounts(Answer):
    """Positions have no cost and no profit: accountingStatus is "unavailable"."""

    def is_mine(self, path: str) -> bool:
        return path in ("/api/me/positions", "/api/me/portfolio")

    def rewrite(self, target: str, body: Any) -> bool:
        for row in body["positions"]:
            row |= _NO_ACCOUNTS
        return bool(body["positions"])
