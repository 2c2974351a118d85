"""The anonymous accounts behind the flow: makers and takers with money, shares, and nothing else to do."""

from __future__ import annotations

import random
from collections.abc import Iterable
from decimal import Decimal

from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.ids import make_address

#: Enough that no account of the crowd runs dry in a month.
USDC = Decimal(200_000_000)
#: Nobody reads the crowd's history, and it is most of what the exchange would remember.
KEEP_HISTORY = 100
#: YES+NO pairs of each traded market that every account begins with, so that it can sell as well as buy.
MAKER_PAIRS = Decimal(2_000_000)
TAKER_PAIRS = Decimal(200_000)


class Crowd:
    """Opens the accounts and hands out their wallets."""

    def __init__(self, exchange: Exchange, rng: random.Random, *, makers: int = 8, takers: int = 24) -> None:
        self._rng = rng
        self.makers = tuple(_open(exchange, rng) for _ in range(makers))
        self.takers = tuple(_open(exchange, rng) for _ in range(takers))

    def stock(self, exchange: Exchange, symbols: Iterable[str]) -> None:
        """Give every account shares of both outcomes of each market; its status has to be OPEN."""
        for symbol in symbols:
            for wallet in self.makers:
                exchange.split(wallet, symbol, MAKER_PAIRS)
            for wallet in self.takers:
                exchange.split(wallet, symbol, TAKER_PAIRS)


def _open(exchange: Exchange, rng: random.Random) -> str:
    wallet = make_address(rng)
    exchange.open_account(wallet, make_address(rng), USDC, keep_history=KEEP_HISTORY)
    return wallet
