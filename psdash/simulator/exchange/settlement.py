"""From the match to the chain: what two orders owe each other is set aside, and changes hands seconds later.

A match only moves what each side gives from available or locked to outgoing. One to eight seconds later the chain
confirms it (protocol §13.5): everything changes hands in one entry, the tape row becomes settled and the vaults' new
balances are told. About one match in sixty is refused instead: what was set aside comes back, and the gateways, as
the venue's do, say nothing about it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from psdash.simulator.exchange import units
from psdash.simulator.exchange.accounts import Account
from psdash.simulator.exchange.costs import SPLIT_SHARE_N
from psdash.simulator.exchange.happenings import PositionChanged, SettlementFailed, TradeSettled
from psdash.simulator.exchange.ids import make_hash
from psdash.simulator.exchange.ledger import USDC, Bucket, Holding, Ledger, Posting
from psdash.simulator.exchange.market import Market
from psdash.simulator.exchange.orders import OrderStatus
from psdash.simulator.exchange.outbox import Outbox
from psdash.simulator.exchange.trades import Adjustment, TradeLeg, TradeRecord, TradeStatus
from psdash.simulator.scheduler import Scheduler

FASTEST_MS = 1_000
SLOWEST_MS = 8_000
#: One match in this many is refused by the chain.
FAILURES_ONE_IN = 60
#: The chain makes a block a second.
BLOCK_MS = 1_000


class SettlementDesk:
    """Everything that waits for the chain, and everything the chain does at once."""

    def __init__(self, scheduler: Scheduler, rng: random.Random, ledger: Ledger, outbox: Outbox) -> None:
        self._scheduler = scheduler
        self._rng = rng
        self._ledger = ledger
        self._outbox = outbox
        self._fees = ledger.holding("fees", USDC)
        self._first_block = rng.randrange(1_000_000, 9_000_000)
        self._first_ms = scheduler.now_ms
        #: Judges each fresh match: True, and the chain never says a word about it.
        self.jams: Callable[[TradeRecord], bool] | None = None

    @property
    def block_number(self) -> int:
        """The chain's height now."""
        return self._first_block + (self._scheduler.now_ms - self._first_ms) // BLOCK_MS

    def open(self, record: TradeRecord, market: Market) -> None:
        """Set aside what both sides of a fresh match give, and plan its settlement.

        A recorded print has no accounts behind it: it settles on the tape only.
        """
        lines = [
            line
            for leg, held_in in ((record.maker, Bucket.LOCKED), (record.taker, Bucket.AVAILABLE))
            if leg.account is not None
            for line in _shift(leg.account, leg, record, held_in, Bucket.OUTGOING)
        ]
        if lines:
            self._ledger.post(record.at_ms, "match", record.trade_id, lines)
        for leg in (record.maker, record.taker):
            if leg.account is not None:
                leg.account.unsettled[record.trade_id] = record
        delay_ms = self._rng.randrange(FASTEST_MS, SLOWEST_MS + 1)
        fails = self._rng.randrange(FAILURES_ONE_IN) == 0
        self._scheduler.after(self._rng.randrange(200, FASTEST_MS), partial(self._submit, record))
        if self.jams is None or not self.jams(record):
            self._scheduler.after(delay_ms, partial(self._fail if fails else self._settle, record, market))

    def split(self, account: Account, market: Market, quantity_u: int) -> None:
        """Turn dollars into YES-NO pairs. Raises LedgerError without the dollars."""
        self._convert(account, market, "split", quantity_u)

    def merge(self, account: Account, market: Market, quantity_u: int) -> None:
        """Turn YES-NO pairs into dollars. Raises LedgerError without the pairs."""
        self._convert(account, market, "merge", -quantity_u)

    def redeem(self, account: Account, market: Market) -> None:
        """Hand in an account's free tokens of a resolved market, winning or not."""
        for outcome in (0, 1):
            holding = account.tokens.get(market.row.token_id(outcome))
            if holding is None or not holding.available:
                continue
            quantity_u = holding.available
            worth_n, house = market.collateral.redeem(outcome, quantity_u)
            self._ledger.post(
                self._scheduler.now_ms,
                "redeem",
                market.row.symbol,
                [
                    *house,
                    Posting(holding, Bucket.AVAILABLE, -quantity_u),
                    Posting(account.usdc, Bucket.AVAILABLE, worth_n),
                ],
            )
            account.cost(holding.asset).went(quantity_u, worth_n)
            self._tell_position(account, market, outcome, "redeem", make_hash(self._rng))

    def _convert(self, account: Account, market: Market, kind: str, quantity_u: int) -> None:
        collateral = market.collateral
        self._ledger.post(
            self._scheduler.now_ms,
            kind,
            market.row.symbol,
            [
                *(collateral.mint(quantity_u) if quantity_u > 0 else collateral.merge(-quantity_u)),
                Posting(account.usdc, Bucket.AVAILABLE, -quantity_u * units.NANOS_PER_MICRO_SHARE),
                *(
                    Posting(account.token(market.row.token_id(outcome)), Bucket.AVAILABLE, quantity_u)
                    for outcome in (0, 1)
                ),
            ],
        )
        tx_hash = make_hash(self._rng)
        for outcome in (0, 1):
            cost = account.cost(market.row.token_id(outcome))
            if quantity_u > 0:
                cost.came(quantity_u, quantity_u * SPLIT_SHARE_N)
            else:
                cost.went(-quantity_u, -quantity_u * SPLIT_SHARE_N)
            self._tell_position(account, market, outcome, kind, tx_hash)

    def _submit(self, record: TradeRecord) -> None:
        record.status = TradeStatus.SETTLEMENT_PENDING

    def _settle(self, record: TradeRecord, market: Market) -> None:
        now_ms = self._scheduler.now_ms
        lines: list[Posting] = []
        for leg in (record.maker, record.taker):
            if leg.account is not None:
                lines += _hand_over(leg.account, leg, record)
        if lines:
            lines.append(Posting(self._fees, Bucket.AVAILABLE, record.maker.fee_n + record.taker.fee_n))
            if record.adjustment is Adjustment.MINT:
                lines += market.collateral.mint(record.quantity_u)
            elif record.adjustment is Adjustment.MERGE:
                lines += market.collateral.merge(record.quantity_u)
            self._ledger.post(now_ms, "settle", record.trade_id, lines)
        record.status = TradeStatus.SETTLED
        record.settled_at_ms = now_ms
        record.tx_hash = make_hash(self._rng)
        record.block_number = self.block_number
        fee = units.dollars(record.maker.fee_n + record.taker.fee_n)
        self._outbox.put(TradeSettled(now_ms, record.trade, record.tx_hash, record.block_number, fee))
        for leg in (record.maker, record.taker):
            if leg.account is not None:
                leg.account.unsettled.pop(record.trade_id, None)
                _account_for(leg.account, leg, record)
                self._tell_position(leg.account, market, leg.outcome, "trade", record.tx_hash)
        self._close(record, market)

    def _fail(self, record: TradeRecord, market: Market) -> None:
        now_ms = self._scheduler.now_ms
        lines: list[Posting] = []
        for leg in (record.maker, record.taker):
            if leg.account is not None:
                lines += _shift(leg.account, leg, record, Bucket.OUTGOING, Bucket.AVAILABLE)
                leg.account.unsettled.pop(record.trade_id, None)
            if leg.order is not None:
                leg.order.failed_u += record.quantity_u
                if leg.order.status is OrderStatus.FILLED and leg.order.failed_u == leg.order.quantity_u:
                    leg.order.status = OrderStatus.SETTLEMENT_FAILED
                    leg.order.updated_at_ms = now_ms
        if lines:
            self._ledger.post(now_ms, "fail", record.trade_id, lines)
        record.status = TradeStatus.SETTLEMENT_FAILED
        self._outbox.put(SettlementFailed(now_ms, record.trade))
        self._close(record, market)

    def _close(self, record: TradeRecord, market: Market) -> None:
        if market.collateral.resolved:  # what arrived after the resolution is redeemed as it arrives
            for leg in (record.maker, record.taker):
                if leg.account is not None:
                    self.redeem(leg.account, market)
        self._outbox.deliver()

    def _tell_position(self, account: Account, market: Market, outcome: int, reason: str, tx_hash: str) -> None:
        token_id = market.row.token_id(outcome)
        self._outbox.put(
            PositionChanged(
                self._scheduler.now_ms,
                account.wallet,
                account.vault,
                token_id,
                market.row.condition_id,
                outcome,
                units.shares(account.token(token_id).total),
                reason,
                tx_hash,
                self.block_number,
            )
        )


def _gives(account: Account, leg: TradeLeg, record: TradeRecord) -> tuple[Holding, int]:
    """What a side of a trade gives: dollars with the fee, or tokens."""
    if leg.side == "buy":
        return account.usdc, leg.price_m * record.quantity_u + leg.fee_n
    return account.token(leg.token_id), record.quantity_u


def _shift(account: Account, leg: TradeLeg, record: TradeRecord, source: Bucket, target: Bucket) -> list[Posting]:
    holding, amount = _gives(account, leg, record)
    return [Posting(holding, source, -amount), Posting(holding, target, amount)]


def _hand_over(account: Account, leg: TradeLeg, record: TradeRecord) -> list[Posting]:
    gives, amount = _gives(account, leg, record)
    if leg.side == "buy":
        gets = Posting(account.token(leg.token_id), Bucket.AVAILABLE, record.quantity_u)
    else:
        gets = Posting(account.usdc, Bucket.AVAILABLE, leg.price_m * record.quantity_u - leg.fee_n)
    return [Posting(gives, Bucket.OUTGOING, -amount), gets]


def _account_for(account: Account, leg: TradeLeg, record: TradeRecord) -> None:
    """What a settled side did to the cost of what the account holds."""
    worth_n = leg.price_m * record.quantity_u
    if leg.side == "buy":
        account.cost(leg.token_id).came(record.quantity_u, worth_n + leg.fee_n)
    else:
        account.cost(leg.token_id).went(record.quantity_u, worth_n - leg.fee_n)
