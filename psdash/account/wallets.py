"""What the person's own wallets hold, as a source tells it: each holding by wallet, chain and token, exact.

No stream tells a first state, only what changes (shuriken §E): a holding that has not moved since is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psdash.market.freshness import OFF, Freshness

#: Wallets, and holdings of all of them, that are kept; of holdings those that moved longest ago leave first.
MOST_WALLETS: Final = 16
MOST_HOLDINGS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Wallet:
    """One wallet of the person's. `chain` is empty where one address serves several."""

    address: str
    chain: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """What a wallet has of one token; `token` is empty for what its chain itself pays with.

    `units` are base units, `decimals` None where nobody told how many make a token. `before` is the amount that it
    was before, where that is told. `at_ms` is the chain's time.
    """

    wallet: str
    chain: str
    token: str
    units: Decimal
    decimals: int | None = None
    before: Decimal | None = None
    at_ms: int | None = None


class Wallets:
    """Every wallet and what it holds. `version` moves with every change."""

    def __init__(self) -> None:
        self.known: Sequence[Wallet] = ()
        self._holdings: dict[tuple[str, str, str], Holding] = {}  # what moved last stands last
        self.version = 0
        #: What the list may claim.
        self.freshness: Freshness = OFF

    def are(self, wallets: Sequence[Wallet]) -> None:
        """The person has these and no others."""
        wallets = tuple(wallets[:MOST_WALLETS])
        if wallets != self.known:
            self.known = wallets
            mine = {wallet.address for wallet in wallets}
            self._holdings = {key: each for key, each in self._holdings.items() if each.wallet in mine}
            self.version += 1

    def put(self, holding: Holding) -> bool:
        """A holding changed. False for what is known, and for what is older than that."""
        key = (holding.wallet, holding.chain, holding.token)
        known = self._holdings.get(key)
        if known == holding or (
            known is not None
            and None not in (known.at_ms, holding.at_ms)
            and (holding.at_ms or 0) < (known.at_ms or 0)
        ):
            return False
        self._holdings.pop(key, None)
        self._holdings[key] = holding
        while len(self._holdings) > MOST_HOLDINGS:
            del self._holdings[next(iter(self._holdings))]
        self.version += 1
        return True

    @property
    def holdings(self) -> Sequence[Holding]:
        """What moved last first."""
        return tuple(reversed(self._holdings.values()))

    def of(self, chain: str, token: str) -> Sequence[Holding]:
        """What the person has of a token, and of what its chain pays with."""
        return [each for each in self.holdings if each.chain == chain and each.token in (token, "")]
