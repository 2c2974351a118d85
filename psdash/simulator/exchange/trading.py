"""The order desk: who may place what, what it locks, how it matches, and how it ends (protocol §8.1, §8.4, §8.5).

Fees are the taker's alone and are charged in dollars on both sides, on top of a purchase and out of a sale: the
venue's newer text takes a buyer's fee in shares, its older text and its trades page agree with this one (§9).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from itertools import count

from psdash.simulator.exchange import units
from psdash.simulator.exchange.accounts import Account
from psdash.simulator.exchange.engine import Engine, Fill
from psdash.simulator.exchange.happenings import FillMade, OrderCancelled, OrderPlaced, PlatformChanged, TradeMatched
from psdash.simulator.exchange.ids import make_uuid
from psdash.simulator.exchange.ledger import Bucket, Holding, Ledger
from psdash.simulator.exchange.listing import MarketStatus
from psdash.simulator.exchange.market import Market
from psdash.simulator.exchange.orders import Order, OrderStatus, Placement, RejectCode
from psdash.simulator.exchange.outbox import Outbox
from psdash.simulator.exchange.settlement import SettlementDesk
from psdash.simulator.exchange.trades import Adjustment, TradeLeg, TradeRecord
from psdash.simulator.scheduler import Scheduler

_ZERO = Decimal(0)


class _RefusedError(Exception):
    def __init__(self, code: RejectCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class OrderDesk:
    """Places and cancels for known accounts on live markets."""

    def __init__(
        self,
        markets: Mapping[str, Market],
        scheduler: Scheduler,
        names: random.Random,
        ledger: Ledger,
        outbox: Outbox,
        settlement: SettlementDesk,
    ) -> None:
        self._markets = markets
        self._scheduler = scheduler
        self._names = names
        self._ledger = ledger
        self._outbox = outbox
        self._settlement = settlement
        self._numbers = count(1)
        self._orders: dict[str, Order] = {}
        self._by_client_id: dict[tuple[str, str], Order] = {}
        self.platform = PlatformChanged(scheduler.now_ms, frozen=False, maintenance=False, message=None)

    def order(self, order_id: str) -> Order:
        """An open or lately finished order. Raises KeyError."""
        return self._orders[order_id]

    def place(
        self,
        account: Account,
        symbol: str,
        side: str,
        outcome: int,
        price: Decimal | None,
        quantity: Decimal,
        order_type: str,
        time_in_force: str | None,
        client_order_id: str | None,
    ) -> Placement:
        """Accept, match and rest an order, or refuse it; see `Exchange.place`."""
        if client_order_id is not None:
            known = self._by_client_id.get((account.wallet, client_order_id))
            if known is not None:
                return _answer(known)
        try:
            market, engine = self._tradable(symbol)
            order = self._write(
                account, market, side, outcome, price, quantity, order_type, time_in_force, client_order_id
            )
            fits = self._check_funds(order, market, engine, bounded=price is not None)
        except _RefusedError as refused:
            return Placement("", OrderStatus.REJECTED, _ZERO, _ZERO, (), refused.code, str(refused))
        self._orders[order.order_id] = account.open_orders[order.order_id] = order
        if client_order_id is not None:
            self._by_client_id[account.wallet, client_order_id] = order
        self._outbox.put(OrderPlaced(order.created_at_ms, order.order_id, account.wallet))
        if fits:
            self._match(order, market, engine)
        if order.remaining_u:
            if order.time_in_force == "gtc":
                engine.rest(order)
                self._shift(order, "lock", Bucket.AVAILABLE, Bucket.LOCKED)
            else:
                self._finish(order, OrderStatus.CANCELLED)
        market.book_moved(order.created_at_ms)
        self._outbox.deliver()
        return _answer(order)

    def cancel(self, account: Account, order_id: str) -> bool:
        """Take an account's resting order out; False if it has none of that id resting."""
        order = account.open_orders.get(order_id)
        if order is None:
            return False
        market = self._markets[order.symbol]
        assert isinstance(market.book, Engine)
        self._withdraw(order, market.book, OrderStatus.CANCELLED)
        market.book_moved(self._scheduler.now_ms)
        self._outbox.deliver()
        return True

    def clear(self, market: Market) -> None:
        """Cancel everything that rests in a market that was resolved, as one event of its book."""
        if isinstance(market.book, Engine):
            for order in market.book.resting():
                self._withdraw(order, market.book, OrderStatus.CANCELLED_BY_RESOLVE)
            market.book_moved(self._scheduler.now_ms)

    def _tradable(self, symbol: str) -> tuple[Market, Engine]:
        market = self._markets.get(symbol)
        if market is None:
            raise _RefusedError(RejectCode.MARKET_NOT_FOUND, f"no market {symbol}")
        if self.platform.frozen:
            raise _RefusedError(RejectCode.PLATFORM_FROZEN, "the platform is frozen")
        if self.platform.maintenance:
            raise _RefusedError(RejectCode.PLATFORM_MAINTENANCE, "the platform is under maintenance")
        if market.status is not MarketStatus.OPEN:
            raise _RefusedError(RejectCode.MARKET_NOT_OPEN, f"market is {market.status}")
        if not isinstance(market.book, Engine):
            raise _RefusedError(RejectCode.MARKET_NOT_OPEN, "a recorded market takes no orders")
        return market, market.book

    def _write(
        self,
        account: Account,
        market: Market,
        side: str,
        outcome: int,
        price: Decimal | None,
        quantity: Decimal,
        order_type: str,
        time_in_force: str | None,
        client_order_id: str | None,
    ) -> Order:
        if side not in ("buy", "sell") or order_type not in ("limit", "market"):
            raise _RefusedError(RejectCode.VALIDATION_FAILED, f"no order is a {order_type} {side}")
        if outcome not in (0, 1):
            raise _RefusedError(RejectCode.INVALID_OUTCOME, f"outcome must be 0 or 1, not {outcome}")
        if time_in_force is None:
            time_in_force = "gtc" if order_type == "limit" else "ioc"
        if time_in_force not in ("gtc", "ioc", "fok") or (order_type == "market" and time_in_force == "gtc"):
            raise _RefusedError(RejectCode.INVALID_TIF, f"a {order_type} order cannot be {time_in_force}")
        tick_m = market.tick_m
        try:
            if price is not None:
                price_m = units.mills(price)
            elif order_type == "market":
                price_m = units.MILLS - tick_m if side == "buy" else tick_m
            else:
                raise _RefusedError(RejectCode.INVALID_AMOUNTS, "a limit order needs a price")
            quantity_u = units.micros(quantity)
        except ValueError as error:
            raise _RefusedError(RejectCode.INVALID_AMOUNTS, str(error)) from None
        if price_m % tick_m:
            raise _RefusedError(RejectCode.INVALID_AMOUNTS, f"price tick size is {market.row.tick}")
        if not quantity_u:
            raise _RefusedError(RejectCode.INVALID_AMOUNTS, "quantity must be above 0")
        is_bid = (side == "buy") == (outcome == 0)
        yes_price_m = units.MILLS - price_m if outcome else price_m
        now_ms = self._scheduler.now_ms
        return Order(
            order_id=make_uuid(self._names),
            number=next(self._numbers),
            account=account,
            symbol=market.row.symbol,
            token_id=market.row.token_id(outcome),
            side=side,
            outcome=outcome,
            price_m=price_m,
            quantity_u=quantity_u,
            order_type=order_type,
            time_in_force=time_in_force,
            client_order_id=client_order_id,
            created_at_ms=now_ms,
            is_bid=is_bid,
            key=-yes_price_m if is_bid else yes_price_m,
            remaining_u=quantity_u,
            updated_at_ms=now_ms,
        )

    def _check_funds(self, order: Order, market: Market, engine: Engine, *, bounded: bool) -> bool:
        """Refuse what the account could not pay; otherwise, whether the order may match (fill-or-kill may not)."""
        fees = market.row.fee_taker_bps
        fits = True
        fills: list[tuple[int, int]] = []
        if not bounded or order.time_in_force == "fok":
            fills = engine.preview(order)
            fits = order.time_in_force != "fok" or sum(size_u for _, size_u in fills) == order.quantity_u
        if order.side == "sell":
            needs = order.quantity_u
        elif bounded:
            # The dearest way this order can fill: all of it at its limit, as a taker. Price plus fee rises with the
            # price (the fee rate is far below 1), and rounding up covers the sum of fees rounded down.
            needs = order.price_m * order.quantity_u + units.taker_fee_n(
                order.price_m, order.quantity_u, fees, up=True
            )
        else:
            needs = 0
            for yes_price_m, size_u in fills:
                price_m = units.MILLS - yes_price_m if order.outcome else yes_price_m
                needs += price_m * size_u + units.taker_fee_n(price_m, size_u, fees)
        if _pays_with(order).available < needs:
            raise _RefusedError(RejectCode.INSUFFICIENT_FUNDS, f"overdraft: the order needs {_spell(order, needs)}")
        return fits

    def _match(self, order: Order, market: Market, engine: Engine) -> None:
        taken = engine.take(order)
        for own in taken.own_cancelled:
            self._shift(own, "release", Bucket.LOCKED, Bucket.AVAILABLE)
            self._finish(own, OrderStatus.CANCELLED)
        for fill in taken.fills:
            self._trade(order, fill, market)
        if taken.fills:
            market.tell_candles(order.created_at_ms)
            order.status = OrderStatus.PARTIAL
            if not order.remaining_u:
                self._finish(order, OrderStatus.FILLED)

    def _trade(self, taker: Order, fill: Fill, market: Market) -> None:
        maker, yes_price_m, quantity_u = fill
        now_ms = self._scheduler.now_ms
        row = market.row
        taker_price_m = units.MILLS - yes_price_m if taker.outcome else yes_price_m
        fee_n = units.taker_fee_n(taker_price_m, quantity_u, row.fee_taker_bps)
        adjustment = Adjustment.NONE
        if maker.side == taker.side:
            adjustment = Adjustment.MINT if taker.side == "buy" else Adjustment.MERGE
        record = TradeRecord(
            trade=TradeMatched(
                at_ms=now_ms,
                trade_id=make_uuid(self._names),
                symbol=row.symbol,
                token_id=taker.token_id,
                condition_id=row.condition_id,
                outcome_index=taker.outcome,
                price=units.PRICES[taker_price_m],
                quantity=units.shares(quantity_u),
                taker_side=taker.side,
                maker_order_id=maker.order_id,
                taker_order_id=taker.order_id,
            ),
            maker=_leg(maker, maker.price_m, 0),
            taker=_leg(taker, taker_price_m, fee_n),
            yes_price_m=yes_price_m,
            quantity_u=quantity_u,
            adjustment=adjustment,
        )
        self._settlement.open(record, market)
        market.print_trade(record)
        for leg, order in ((record.maker, maker), (record.taker, taker)):
            order.trades.append(record)
            order.updated_at_ms = now_ms
            order.account.trades.append(record)
            self._outbox.put(
                FillMade(
                    now_ms,
                    leg.wallet,
                    record.trade_id,
                    leg.order_id,
                    row.symbol,
                    leg.token_id,
                    row.condition_id,
                    leg.outcome,
                    leg.side,
                    leg.price,
                    record.trade.quantity,
                )
            )
        maker.status = OrderStatus.PARTIAL
        if not maker.remaining_u:
            self._finish(maker, OrderStatus.FILLED)

    def _withdraw(self, order: Order, engine: Engine, status: OrderStatus) -> None:
        engine.remove(order)
        self._shift(order, "release", Bucket.LOCKED, Bucket.AVAILABLE)
        self._finish(order, status)

    def _shift(self, order: Order, kind: str, source: Bucket, target: Bucket) -> None:
        amount = order.price_m * order.remaining_u if order.side == "buy" else order.remaining_u
        self._ledger.move(self._scheduler.now_ms, kind, order.order_id, _pays_with(order), source, target, amount)

    def _finish(self, order: Order, status: OrderStatus) -> None:
        order.status = status
        order.updated_at_ms = self._scheduler.now_ms
        account = order.account
        del account.open_orders[order.order_id]
        account.finished_orders.append(order)
        if len(account.finished_orders) > account.keep_history:
            forgotten = account.finished_orders.popleft()
            del self._orders[forgotten.order_id]
            if forgotten.client_order_id is not None:
                del self._by_client_id[account.wallet, forgotten.client_order_id]
        if status is not OrderStatus.FILLED:
            self._outbox.put(OrderCancelled(order.updated_at_ms, order.order_id, account.wallet))


def _answer(order: Order) -> Placement:
    return Placement(order.order_id, order.status, order.filled, order.remaining, tuple(order.trades))


def _pays_with(order: Order) -> Holding:
    return order.account.usdc if order.side == "buy" else order.account.token(order.token_id)


def _spell(order: Order, needs: int) -> str:
    return f"{units.dollars(needs)} USDC" if order.side == "buy" else f"{units.shares(needs)} shares"


def _leg(order: Order, price_m: int, fee_n: int) -> TradeLeg:
    return TradeLeg(
        wallet=order.account.wallet,
        order_id=order.order_id,
        token_id=order.token_id,
        side=order.side,
        outcome=order.outcome,
        price_m=price_m,
        fee_n=fee_n,
        account=order.account,
        order=order,
    )
