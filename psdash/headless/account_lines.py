"""What of the own account is new since it was told: the stores keep the state, a notice only says that it moved."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from psdash.account.account import Account, AccountPane
from psdash.account.fills import Fill
from psdash.account.orders import Order
from psdash.account.positions import Balance, Position
from psdash.gateway.notices import AccountMoved
from psdash.headless.numbers import number, outcome_name
from psdash.market.board import Board

Fields = dict[str, Any]

#: Newest fills in which a late settlement or fee is looked for.
FILLS_BACK = 1_000


class AccountChanges:
    """Compares the stores with what was told."""

    def __init__(self, account: Account, board: Board) -> None:
        self._account = account
        self._board = board
        self._orders: dict[str, Order] = {}
        self._fills: dict[tuple[str, str], Fill] = {}
        self._positions: dict[tuple[str, int], Position] = {}
        self._balances: dict[str, Balance] = {}

    def since_told(self, moved: AccountMoved) -> Iterator[Fields]:
        """The rows of one pane that are not as they were told, without the keys every line has."""
        if moved.pane is AccountPane.ORDERS:
            return self._new_orders()
        if moved.pane is AccountPane.FILLS:
            return self._new_fills(moved.fills)
        return self._new_positions()

    def forget_totals(self) -> None:
        """Tell open orders and holdings once more; what happened to a fill or a finished order is not repeated."""
        self._orders.clear()
        self._positions.clear()
        self._balances.clear()

    def _new_orders(self) -> Iterator[Fields]:
        orders = self._account.orders
        current = {order.order_id: order for order in orders.open}
        for order_id in [order_id for order_id in self._orders if order_id not in current]:
            ended = orders.get(order_id)
            del self._orders[order_id]
            if ended is not None:
                yield self._order(ended)
        for order_id, order in reversed(current.items()):  # oldest first
            if self._orders.get(order_id) != order:
                self._orders[order_id] = order
                yield self._order(order)

    def _order(self, order: Order) -> Fields:
        at_ms = max(order.reported_ms, order.created_ms or 0)
        return {
            "event": "order",
            "slug": self._slug(order.symbol),
            "outcome": outcome_name(order.outcome_index),
            "venue_ms": at_ms if at_ms > 0 else None,
            "symbol": order.symbol,
            "order_id": order.order_id,
            "client_order_id": order.client_order_id,
            "side": order.side,
            "price": number(order.price),
            "size": number(order.size),
            "filled": number(order.filled),
            "status": order.status,
            "type": order.order_type,
            "time_in_force": order.time_in_force,
        }

    def _new_fills(self, fresh: tuple[Fill, ...]) -> Iterator[Fields]:
        newest = self._account.fills.newest(FILLS_BACK)
        current = {(fill.trade_id, fill.order_id): fill for fill in (*fresh, *newest)}
        for ident, fill in sorted(current.items(), key=lambda item: item[1].key):
            told = self._fills.get(ident)
            if told != fill:
                self._fills[ident] = fill
                yield self._fill("fill" if told is None else "fill_update", fill)
        while len(self._fills) > 10 * FILLS_BACK:
            del self._fills[next(iter(self._fills))]

    def _fill(self, event: str, fill: Fill) -> Fields:
        return {
            "event": event,
            "slug": self._slug(fill.symbol),
            "outcome": outcome_name(fill.outcome_index),
            "venue_ms": fill.venue_ms,
            "symbol": fill.symbol,
            "trade_id": fill.trade_id,
            "order_id": fill.order_id,
            "client_order_id": fill.client_order_id,
            "side": fill.side,
            "price": number(fill.price),
            "size": number(fill.size),
            "fee": _maybe(fill.fee),
            "settlement": fill.settlement,
            "settled_ms": fill.settled_ms,
            "tx_hash": fill.tx_hash,
            **({"failure": fill.failure} if fill.failure else {}),
        }

    def _new_positions(self) -> Iterator[Fields]:
        positions = self._account.positions
        held = {position.key: position for position in positions.held}
        for key in [key for key in self._positions if key not in held]:
            gone = positions.get(*key)
            del self._positions[key]
            yield self._position(gone or Position(*key, Decimal(0)))
        for key, position in held.items():
            if self._positions.get(key) != position:
                self._positions[key] = position
                yield self._position(position)
        for balance in positions.balances:
            if self._balances.get(balance.currency) != balance:
                self._balances[balance.currency] = balance
                yield {
                    "event": "balance",
                    "currency": balance.currency,
                    "available": number(balance.available),
                    "locked": number(balance.locked),
                }

    def _position(self, position: Position) -> Fields:
        return {
            "event": "position",
            "slug": self._slug(position.symbol),
            "outcome": outcome_name(position.outcome_index),
            "venue_ms": position.reported_ms or None,
            "symbol": position.symbol,
            "size": number(position.size),
            "available": _maybe(position.available),
            "average_cost": _maybe(position.average_cost),
            "realised": _maybe(position.realised),
        }

    def _slug(self, symbol: str) -> str | None:
        market = self._board.catalogue.by_symbol(symbol)
        return None if market is None else market.slug


def _maybe(value: Decimal | None) -> str | None:
    return None if value is None else number(value)
