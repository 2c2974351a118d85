"""What one account's shares cost, as far as its own trades tell (protocol §8.3: `avgCost`, realised P&L)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from psdash.simulator.exchange.accounts import Account
from psdash.simulator.exchange.trades import TradeStatus


@dataclass(slots=True)
class Cost:
    """Average-cost accounting of one token: shares, dollars paid for them, dollars made by selling others."""

    quantity: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    realised: Decimal = Decimal(0)

    @property
    def average(self) -> Decimal | None:
        """Dollars a share, fees included; None without shares."""
        return self.paid / self.quantity if self.quantity else None


def average_costs(account: Account) -> dict[str, Cost]:
    """Costs by token id, from settled trades. A token that also came by a split has a quantity unlike the balance."""
    costs: dict[str, Cost] = {}
    for record in account.trades:
        if record.status is not TradeStatus.SETTLED:
            continue
        for leg in record.legs_of(account.wallet):
            cost = costs.setdefault(leg.token_id, Cost())
            quantity = record.trade.quantity
            if leg.side == "buy":
                cost.quantity += quantity
                cost.paid += leg.price * quantity + leg.fee
            elif cost.quantity >= quantity > 0:
                share = cost.paid * quantity / cost.quantity
                cost.realised += leg.price * quantity - leg.fee - share
                cost.quantity -= quantity
                cost.paid -= share
            else:
                cost.quantity -= quantity  # sold what came by a split: this token's cost is unknown from here on
    return costs
