"""What the chain does to the demo account, for those who are told of it: deposits and pauses (protocol §11).

Only an exchange of the older protocol has this actor, so the day of the newer one stays as it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

from psdash.simulator.exchange.exchange import Exchange

#: When each comes first, how long until it comes again, and how long a pause lasts, in milliseconds.
DEPOSIT_FIRST, DEPOSIT_AGAIN = (40_000, 80_000), (300_000, 600_000)
PAUSE_FIRST, PAUSE_AGAIN, PAUSE_LASTS = (90_000, 150_000), (600_000, 900_000), (20_000, 40_000)
#: The chain makes a block a second.
BLOCK_MS = 1_000


class Chain:
    """Plans what happens to one wallet."""

    def __init__(self, exchange: Exchange, rng: random.Random, wallet: str) -> None:
        self._exchange = exchange
        self._rng = rng
        self._wallet = wallet

    def start(self) -> None:
        """Plan the first of each kind, from now."""
        self._plan(DEPOSIT_FIRST, self._deposit)
        self._plan(PAUSE_FIRST, self._pause)

    def _plan(self, span: tuple[int, int], action: Callable[[], None]) -> None:
        self._exchange.scheduler.after(self._rng.randint(*span), action)

    def _deposit(self) -> None:
        self._exchange.deposit(self._wallet, Decimal(self._rng.randrange(1, 11) * 100))
        self._plan(DEPOSIT_AGAIN, self._deposit)

    def _pause(self) -> None:
        lasts_ms = self._rng.randint(*PAUSE_LASTS)
        self._exchange.pause(self._wallet, lasts_ms // BLOCK_MS)
        self._exchange.scheduler.after(lasts_ms, lambda: self._exchange.unpause(self._wallet))
        self._plan(PAUSE_AGAIN, self._pause)
