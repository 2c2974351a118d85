"""What is traded, and what it costs over time. Prices are exact decimals in dollars; amounts are whole base units."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from decimal import Decimal

MOST_BARS = 6_000
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Token:
    """One token of one chain; `chain_id` for EVM chains."""

    chain: str
    address: str
    symbol: str
    name: str
    decimals: int
    price_usd: Decimal
    chain_id: int | None = None

    @property
    def token_id(self) -> str:
        return f"{self.chain}:{self.address}"

    @property
    def network(self) -> str:
        return "sol" if self.chain == "solana" else self.chain


TOKENS = (
    Token("solana", "JUPyiwrYJFskUPiHa7hkeR8VUtAeFoSYbKedZNsDvCN", "JUP", "Jupiter", 6, Decimal("0.51")),
    Token("solana", "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263", "BONK", "Bonk", 5, Decimal("0.0000213")),
    Token("solana", "EKpQGSJtjMFqKZ9KQanSqYXRcF8fBopzLHYxdM65zcjm", "WIF", "dogwifhat", 6, Decimal("1.87")),
    Token("base", "0x532f27101965dd16442e59d40670faf5ebb142e4", "BRETT", "Brett", 18, Decimal("0.0612"), 8453),
)
#: Tokens that only a search finds: no list has all there are.
MORE = (
    Token("solana", "4k3Dyjzvzp8eMZWUXbBCjEvwSkkk59S5iCNLY3QrkX6R", "RAY", "Raydium", 6, Decimal("2.41")),
    Token("base", "0x940181a94a35a4569e4529a3cdfb74e38fd98631", "AERO", "Aerodrome", 18, Decimal("0.894"), 8453),
)
EVERY = (*TOKENS, *MORE)
NATIVE_USD = {"solana": Decimal(100), "base": Decimal(3_000)}


def address(draw: random.Random, length: int = 44) -> str:
    """A Solana address or signature that is nobody's."""
    return "".join(draw.choice(_BASE58) for _ in range(length))


@dataclass(slots=True)
class Bar:
    """One minute."""

    start_s: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = Decimal(0)


class Pool:
    """Where one token trades: its price, and minute bars."""

    def __init__(self, token: Token, draw: random.Random) -> None:
        self.token = token
        self.price = token.price_usd
        self.address = address(draw)
        self.bars: deque[Bar] = deque(maxlen=MOST_BARS)
        self._draw = draw

    def step(self, now_s: int) -> Decimal:
        """Another price, at most a percent away; the size in dollars of the trade that made it."""
        factor = Decimal(10_000 + self._draw.randint(-80, 80)) / 10_000
        self.price = self._rounded(self.price * factor)
        dollars = Decimal(self._draw.randint(500, 900_000)) / 100
        start_s = now_s - now_s % 60
        if not self.bars or self.bars[-1].start_s != start_s:
            self.bars.append(Bar(start_s, self.price, self.price, self.price, self.price))
        bar = self.bars[-1]
        bar.high, bar.low, bar.close = max(bar.high, self.price), min(bar.low, self.price), self.price
        bar.volume += dollars
        return dollars

    @staticmethod
    def _rounded(price: Decimal) -> Decimal:
        """Eight significant digits, as such services write them."""
        return Decimal(f"{price:.8g}")
