"""The person's own wallets: which there are, by lookup, and what their streams tell (shuriken §B5.3, §B5.8)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from psdash.account.account import Account
from psdash.account.wallets import MOST_WALLETS, Holding, Wallet
from psdash.gateway.rest import LimitedError, RefusedError, RestError
from psdash.gateway.shuriken import words
from psdash.gateway.shuriken.lines import Line, chain_of, wallet_lines
from psdash.gateway.shuriken.reads import ShurikenReads
from psdash.market.token_facts import TokenBook
from psdash.wire.shuriken import payloads, rest

log = logging.getLogger(__name__)

#: Between two looks at which wallets there are, and after a look that gave nothing.
LOOK_S: Final = 600.0
RETRY_S: Final = 10.0
LIMITED_S: Final = 5.0
#: Decimals of what a chain itself pays with, by the chain of a token id; it is a matter of the chain.
_NATIVE_DECIMALS: Final[Mapping[str, int]] = {"solana": 9, "trx": 6}
_EVM_DECIMALS: Final = 18


class OwnWallets:
    """Reads which wallets there are; `changed` is told when there are others. `lines` is what to subscribe to."""

    def __init__(self, reads: ShurikenReads, account: Account, changed: Callable[[], None]) -> None:
        self.lines: tuple[Line, ...] = ()
        #: Why it is not known which there are; empty when it is, or when nobody has asked yet.
        self.trouble = ""
        self.is_refused = False
        self.is_known = False
        self._reads = reads
        self._wallets = account.wallets
        self._changed = changed

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            wait_s = await self._look()
            await asyncio.sleep(wait_s)

    async def _look(self) -> float:
        try:
            found = [wallet_of(row) for row in (await self._reads.wallets()).wallets]
        except RestError as error:
            self.trouble, self.is_refused = words.rest_words(error), isinstance(error, RefusedError)
            log.info("no wallets: %s", self.trouble)
            self._changed()
            if isinstance(error, LimitedError):
                return max(LIMITED_S, error.retry_after_s)
            return LOOK_S if self.is_refused else RETRY_S
        self.trouble, self.is_refused, self.is_known = "", False, True
        self._wallets.are(list(dict.fromkeys(found))[:MOST_WALLETS])
        self.lines = tuple(dict.fromkeys(line for each in self._wallets.known for line in wallet_lines(each.address)))
        self._changed()
        return LOOK_S


def wallet_of(row: rest.WalletRow) -> Wallet:
    """A wallet of the lookup."""
    return Wallet(row.address, chain_of(row.chain), row.label)


def holding(told: payloads.SvmBalance | payloads.EvmBalance, tokens: TokenBook) -> Holding:
    """What a wallet has now. Decimals that the stream leaves out are the token's own, where they are known."""
    chain = chain_of(told.network)
    token = told.mint if isinstance(told, payloads.SvmBalance) else told.token
    decimals = told.decimals
    if decimals is None:
        decimals = tokens.of(f"{chain}:{token}").decimals if token else _NATIVE_DECIMALS.get(chain, _EVM_DECIMALS)
    before = payloads.before_of(told)
    return Holding(told.owner, chain, token or "", payloads.after_of(told), decimals, before, told.at_ms)
