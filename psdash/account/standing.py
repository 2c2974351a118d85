"""Where an own order stands in its book."""

from __future__ import annotations

from decimal import Decimal

from psdash.account.orders import OrderSide


def from_touch(side: OrderSide, price: Decimal, bid: Decimal | None, ask: Decimal | None) -> Decimal | None:
    """Dollars between an order's price and the best price of its own side, both of the order's own outcome.

    0 at the touch, more the farther it rests behind; below 0 when it is better than any that the book shows yet. None
    when its side is empty.
    """
    if side is OrderSide.BUY:
        return None if bid is None else bid - price
    return None if ask is None else price - ask
