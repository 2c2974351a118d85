"""Who holds what: the balances that trades move, the figures about a token's holders, and the owner's own wallets.

Chance of its own, so that prices and trades are the same whoever holds them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from psdash.simulator.shuriken.tokens import EVERY, Token, address

Body = dict[str, object]
#: In base units, more than a float can count.
_SUPPLY = 10**9
_SOL = 10**9
_WEI = 10**18
#: Of the trades, those that are the owner's, those after which the figures of the holders are told.
_OWN = 0.15
_STATS = 0.25


def own_wallets(solana: str, seed: int) -> list[Body]:
    """The rows of `GET /api/v2/account/wallets`."""
    evm = f"0x{random.Random(f'wallet {seed}').getrandbits(160):040x}"
    return [
        {"walletId": "w1", "address": solana, "chain": "solana", "label": "demo"},
        {"walletId": "w2", "address": evm, "chain": None, "label": None},
    ]


@dataclass(slots=True)
class _Sum:
    """What was bought of a token, or sold, since the service began."""

    times: int = 0
    dollars: Decimal = Decimal(0)


class Holders:
    """Moves balances with every trade. `tell` publishes."""

    def __init__(
        self,
        seed: int,
        wallets: list[Body],
        now_ms: Callable[[], int],
        tell: Callable[[str, dict[str, str], Body], None],
    ) -> None:
        self._draw = random.Random(f"holders {seed}")
        self._now_ms = now_ms
        self._tell = tell
        self._svm, self._evm = (str(wallet["address"]) for wallet in wallets)
        self._others = {token.address: [address(self._draw) for _ in range(20)] for token in EVERY}
        self._counts = {token.address: self._draw.randint(2_000, 90_000) for token in EVERY}
        self._sums = {(token.address, is_buy): _Sum() for token in EVERY for is_buy in (True, False)}
        #: What the owner has: by wallet and token ("" for what the chain pays with), in base units.
        self.own: dict[tuple[str, str], int] = {(self._svm, ""): 5 * _SOL, (self._evm, ""): 2 * _WEI + 1}
        self._held: dict[tuple[str, str], int] = {}

    def traded(self, token: Token, family: str, where: dict[str, str], swap: Body, price: Decimal, slot: int) -> None:
        """A trade moved the balance of whoever made it."""
        draw = self._draw
        is_buy, is_own = bool(swap["isBuy"]), draw.random() < _OWN
        units = int(str(swap["amountOut"]))
        me = self._svm if family == "svm" else self._evm
        owner = me if is_own else draw.choice(self._others[token.address])
        ledger = self.own if is_own else self._held
        before = ledger.get((owner, token.address), _SUPPLY * 10**token.decimals // 50)
        after = max(0, before + (units if is_buy else -units))
        ledger[owner, token.address] = after
        body = self._balance(token, owner, before, after, slot)
        self._tell(f"{family}.token.balances", where, body)
        if is_own:
            self._tell(f"{family}.wallet.tokenBalances", {"walletAddress": me}, body)
            paid = self.own[me, ""]
            cost = int(str(swap["amountIn"])) // 1_000
            self.own[me, ""] = max(0, paid - cost if is_buy else paid + cost)
            native = self._balance(token, me, paid, self.own[me, ""], slot, is_native=True)
            self._tell(f"{family}.wallet.nativeBalance", {"walletAddress": me}, native)
        traded = self._sums[token.address, is_buy]
        traded.times += 1
        traded.dollars += price * units / Decimal(10) ** token.decimals
        if family == "svm" and draw.random() < _STATS:
            self._stats(token, where, slot)

    def _balance(
        self, token: Token, owner: str, before: int, after: int, slot: int, *, is_native: bool = False
    ) -> Body:
        now_s = self._now_ms() // 1_000
        if token.chain_id is None:
            body: Body = {
                "owner": owner,
                "slot": slot,
                "blockTime": now_s,
                "preBalance": before,
                "postBalance": after,
                "network": token.network,
            }
            return body if is_native else body | {"mint": token.address, "decimals": token.decimals}
        body = {
            "owner": owner,
            "chainId": token.chain_id,
            "blockNumber": slot,
            "blockTime": now_s,
            "balance": str(after),
            "network": token.network,
        }
        return body if is_native else body | {"tokenAddress": token.address, "decimals": token.decimals}

    def _stats(self, token: Token, where: dict[str, str], slot: int) -> None:
        draw, others = self._draw, self._others[token.address]
        self._counts[token.address] += draw.randint(-3, 4)
        unit = 10**token.decimals
        envelope: Body = {"tokenAddress": token.address, "network": token.network, "blockIndex": slot}
        held: Body = {
            "holderCount": self._counts[token.address],
            "developer": others[0],
            "developerBalance": str(_SUPPLY // 100 * unit + slot),
            "top10HolderBalances": str(_SUPPLY // 4 * unit + slot),
            "top10Holders": others[:10],
        }
        for at, kind in enumerate(("sniper", "proTrader", "freshie", "insider", "bundler")):
            held[f"{kind}Balances"] = str(_SUPPLY // (100 + at) * unit + slot)
            held[f"{kind}Count"] = self._counts[token.address] // (200 + at)
        self._tell("svm.token.distributionStats", where, envelope | {"stats": held})
        bought, sold = (self._sums[token.address, is_buy] for is_buy in (True, False))
        traded = {
            "boughtUsd": float(bought.dollars),
            "soldUsd": float(sold.dollars),
            "boughtNative": float(bought.dollars / 100),
            "soldNative": float(sold.dollars / 100),
            "boughtTokens": "0",
            "soldTokens": "0",
            "tokenBalance": "0",
            "buysCount": bought.times,
            "sellsCount": sold.times,
            "isTokenDev": False,
        }
        self._tell("svm.token.holderStats", where, envelope | {"stats": traded})
