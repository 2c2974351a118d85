"""What is subscribed to: one stream with its filter, and which of them a token needs (shuriken §B4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from psdash.wire.shuriken import STREAMS, Payload, Wish


@dataclass(frozen=True, slots=True)
class Line:
    """One (stream, filter): what a session request asks for, one at a time."""

    stream: str
    filter: tuple[tuple[str, str], ...] = ()

    @property
    def payload(self) -> Payload:
        """The shape of what comes on it."""
        return STREAMS[self.stream].payload

    @property
    def wish(self) -> Wish:
        """As the session request says it."""
        return Wish(stream=self.stream, filter=dict(self.filter))

    @property
    def token(self) -> str:
        """The token's address in the filter; empty for a line that is of no token."""
        return dict(self.filter).get("tokenAddress", "")

    @property
    def wallet(self) -> str:
        """The wallet's address in the filter; empty for a line that is of no wallet."""
        return dict(self.filter).get("walletAddress", "")


#: Lines of no token: what was called, and what is the person's own. Presence channels all but the first and the last.
CALLS: Final = Line("alpha.signalFeedGlobal")
OWN: Final = (Line("portfolio.notifications"), Line("automation.updates"))
FEEDS: Final = (Line("alpha.signalFeedPersonal"), Line("alpha.personal"))
CURVES: Final = (Line("svm.bondingCurve.graduations"), Line("svm.bondingCurve.creations"))

SOLANA: Final = "solana"
#: EVM chains by the word in a token id (§B4 gives the words, §B5.6 Base's number; the rest are the chains' own).
CHAIN_IDS: Final[Mapping[str, str]] = {
    "eth": "1",
    "ethereum": "1",
    "base": "8453",
    "bsc": "56",
    "avax": "43114",
    "blast": "81457",
    "monad": "143",
    "hype": "999",
}
#: A payload's `network` as the chain of a token id, where the two differ.
_CHAIN_OF: Final[Mapping[str, str]] = {"sol": SOLANA}


def chain_of(network: str) -> str:
    """The chain that a payload's network names."""
    return _CHAIN_OF.get(network, network)


def slug_of(network: str, address: str) -> str:
    """A token's own name, `chain:address`."""
    return f"{chain_of(network)}:{address}"


def is_same_address(one: str, other: str) -> bool:
    """Hexadecimal addresses are written in either case, base-58 ones are not."""
    return one == other or (one.startswith("0x") and one.lower() == other.lower())


def swaps_of(chain: str, address: str) -> Line | None:
    """The trades of a token; None for a chain that this version cannot ask for."""
    return _of("token.swaps", chain, address)


def pool_of(chain: str, address: str) -> Line | None:
    """What it costs."""
    return _of("token.poolInfo", chain, address)


def more_of(chain: str, address: str) -> tuple[Line, ...]:
    """What only the token in focus is worth: balances, and on Solana who holds it."""
    balances = _of("token.balances", chain, address)
    if balances is None:
        return ()
    if chain != SOLANA:
        return (balances,)
    stats = (_of(f"token.{name}", chain, address) for name in ("distributionStats", "holderStats"))
    return (balances, *(line for line in stats if line is not None))


def wallet_lines(address: str) -> tuple[Line, ...]:
    """What a wallet holds. One with a hexadecimal address is of every EVM chain (§B4: its filter names none)."""
    family = "evm" if address.startswith("0x") else "svm"
    where = (("walletAddress", address),)
    return tuple(Line(f"{family}.wallet.{name}", where) for name in ("nativeBalance", "tokenBalances"))


def _of(name: str, chain: str, address: str) -> Line | None:
    if chain == SOLANA:
        return Line(f"svm.{name}", (("tokenAddress", address),))
    chain_id = CHAIN_IDS.get(chain)
    return None if chain_id is None else Line(f"evm.{name}", (("chainId", chain_id), ("tokenAddress", address)))
