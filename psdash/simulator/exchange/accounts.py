"""A trading account: a wallet, its vault, what they hold, and what it did lately."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from psdash.simulator.exchange import units
from psdash.simulator.exchange.costs import Cost
from psdash.simulator.exchange.ledger import USDC, Holding, Ledger
from psdash.simulator.exchange.orders import Order
from psdash.simulator.exchange.trades import TradeRecord

#: How many finished orders, and how many trades, of one account stay readable, unless it is opened with less.
KEEP_HISTORY = 2_000


@dataclass(frozen=True, slots=True)
class Balance:
    """One asset of one account, in dollars or shares. `incoming` is what unsettled matches will bring."""

    available: Decimal
    locked: Decimal
    outgoing: Decimal
    incoming: Decimal

    @property
    def total(self) -> Decimal:
        """What the chain says: available, locked and not yet taken by a settlement."""
        return self.available + self.locked + self.outgoing


class Account:
    """One customer. The exchange writes it; everyone may read it."""

    def __init__(self, wallet: str, vault: str, ledger: Ledger, keep_history: int = KEEP_HISTORY) -> None:
        self.wallet = wallet
        self.vault = vault
        self.usdc: Holding = ledger.holding(wallet, USDC)
        self.tokens: dict[str, Holding] = {}
        self.open_orders: dict[str, Order] = {}
        self.finished_orders: deque[Order] = deque()
        self.keep_history = keep_history
        self.trades: deque[TradeRecord] = deque(maxlen=keep_history)
        self.unsettled: dict[str, TradeRecord] = {}
        self.costs: dict[str, Cost] = {}
        self._ledger = ledger

    def token(self, token_id: str) -> Holding:
        """The holding of one outcome token, opened at the first call."""
        found = self.tokens.get(token_id)
        if found is None:
            found = self.tokens[token_id] = self._ledger.holding(self.wallet, token_id)
        return found

    def cost(self, token_id: str) -> Cost:
        """What the shares of one outcome token cost, opened at the first call."""
        return self.costs.setdefault(token_id, Cost())

    def balance(self) -> Balance:
        """The account's dollars."""
        incoming = sum(
            leg.price_m * record.quantity_u - leg.fee_n
            for record in self.unsettled.values()
            for leg in (record.maker, record.taker)
            if leg.account is self and leg.side == "sell"
        )
        return Balance(
            available=units.dollars(self.usdc.available),
            locked=units.dollars(self.usdc.locked),
            outgoing=units.dollars(self.usdc.outgoing),
            incoming=units.dollars(incoming),
        )

    def position(self, token_id: str) -> Balance:
        """The account's shares of one outcome token; all zero for a token it never touched."""
        holding = self.tokens.get(token_id)
        incoming = sum(record.quantity_u for record in self.unsettled.values() if self._brings(record, token_id))
        return Balance(
            available=units.shares(holding.available if holding else 0),
            locked=units.shares(holding.locked if holding else 0),
            outgoing=units.shares(holding.outgoing if holding else 0),
            incoming=units.shares(incoming),
        )

    def positions(self) -> dict[str, Balance]:
        """Every outcome token this account has, or is about to have, by token id."""
        found = {token_id: self.position(token_id) for token_id in self.tokens}
        return {token_id: balance for token_id, balance in found.items() if balance.total or balance.incoming}

    def _brings(self, record: TradeRecord, token_id: str) -> bool:
        return any(
            leg.account is self and leg.side == "buy" and leg.token_id == token_id
            for leg in (record.maker, record.taker)
        )
