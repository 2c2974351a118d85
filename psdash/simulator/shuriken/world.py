"""The service's own day: tokens trade, are called, are born; wallets and tasks move. One seed, one clock."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from decimal import Decimal

from psdash.simulator.scheduler import Scheduler
from psdash.simulator.shuriken.holders import Holders, own_wallets
from psdash.simulator.shuriken.tokens import EVERY, NATIVE_USD, TOKENS, Pool, Token, address

BEAT_MS = 500
CALLS_MS = 6_000
#: Before the service began: more than a day, so that a day's change is known.
HISTORY_MINUTES = 1_500
Body = dict[str, object]
#: Whoever is told: the stream, what a filter of it must hold, and the payload.
Told = Callable[[str, dict[str, str], Body], None]
#: Times such a service keeps of everything, for its own truth.
REMEMBERED = 5_000


class ShurikenWorld:
    """Everything that is true here. `told` hears what is published."""

    def __init__(self, seed: int, start_ms: int, *, beat_ms: int = BEAT_MS) -> None:
        self.scheduler = Scheduler(start_ms)
        self.draw = random.Random(seed)
        self._beat_ms = beat_ms
        self.pools = {token.address: Pool(token, self.draw) for token in EVERY}
        self.wallet = address(self.draw)
        #: The key's owner has one wallet of each family; the rows of the lookup.
        self.wallets = own_wallets(self.wallet, seed)
        self.swaps: deque[Body] = deque(maxlen=REMEMBERED)
        self.calls: deque[Body] = deque(maxlen=REMEMBERED)
        self.notices: deque[Body] = deque(maxlen=REMEMBERED)
        self._slot = 300_000_000
        self._holders = Holders(seed, self.wallets, lambda: self.now_ms, self._tell)
        self._curves: deque[Body] = deque(maxlen=50)
        self._number = 0
        self.told: Told = _nobody
        for minutes in range(HISTORY_MINUTES, 0, -1):
            for pool in self.pools.values():
                if self.draw.random() < 0.8:
                    pool.step(start_ms // 1_000 - minutes * 60)
        self.scheduler.after(self._beat_ms, self._beat)
        self.scheduler.after(CALLS_MS, self._calls_beat)

    @property
    def now_ms(self) -> int:
        return self.scheduler.now_ms

    def _beat(self) -> None:
        self.scheduler.after(self._beat_ms, self._beat)
        token = self.draw.choice(EVERY)
        pool = self.pools[token.address]
        self._slot += self.draw.randint(1, 3)
        dollars = pool.step(self.now_ms // 1_000)
        swap = self._swap(token, pool, dollars)
        self.swaps.append(swap)
        where = {"tokenAddress": token.address}
        if token.chain_id is not None:
            where["chainId"] = str(token.chain_id)
        family = "svm" if token.chain == "solana" else "evm"
        self.told(f"{family}.token.swaps", where, swap)
        if self.draw.random() < 0.3:
            self.told(f"{family}.token.poolInfo", where, self._pool_info(token, pool))
        self._holders.traded(token, family, where, swap, pool.price, self._slot)

    def _swap(self, token: Token, pool: Pool, dollars: Decimal) -> Body:
        draw, native_usd = self.draw, NATIVE_USD[token.chain]
        now_s = self.now_ms // 1_000
        if token.chain == "solana":
            return {
                "tokenMint": token.address,
                "signature": address(draw, 88),
                "slot": self._slot,
                "blockTime": now_s,
                "transactionIndex": draw.randint(0, 900),
                "isBuy": draw.random() < 0.5,
                "sizeSol": _text(dollars / native_usd),
                "sizeUsd": _text(dollars),
                "priceUsd": _text(pool.price),
                "priceSol": _text(pool.price / native_usd),
                "maker": address(draw),
                "amountIn": int(dollars / native_usd * 10**9),
                "amountOut": int(dollars / pool.price * 10**token.decimals),
                "network": "sol",
            }
        return {
            "tokenAddress": token.address,
            "txHash": f"0x{draw.getrandbits(256):064x}",
            "chainId": token.chain_id,
            "blockNumber": self._slot,
            "timestamp": now_s,
            "isBuy": draw.random() < 0.5,
            "amountNative": _text(dollars / native_usd),
            "amountUsd": _text(dollars),
            "priceNative": _text(pool.price / native_usd),
            "priceUsd": _text(pool.price),
            "tokenDecimals": token.decimals,
            "tokenInAddress": "0x4200000000000000000000000000000000000006",
            "tokenOutAddress": token.address,
            "amountIn": str(int(dollars / native_usd * 10**18)),
            "amountOut": str(int(dollars / pool.price * 10**token.decimals)),
            "network": token.network,
        }

    def _pool_info(self, token: Token, pool: Pool) -> Body:
        body: Body = {
            "tokenAddress": token.address,
            "tokenName": token.name,
            "tokenSymbol": token.symbol,
            "tokenDecimals": token.decimals,
            "priceUsd": _text(pool.price),
            "timestampUpdatedMs": self.now_ms,
            "network": token.network,
        }
        if token.chain_id is None:
            return body | {"blockIndex": self._slot}
        return body | {
            "chainId": token.chain_id,
            "liquidityUsd": "1200000.5",
            "marketCapUsd": _text(pool.price * 10**9),
            "blockNumber": self._slot,
        }

    @property
    def holdings(self) -> dict[tuple[str, str], int]:
        """What the owner's wallets have in base units, by wallet and token ("" for what the chain pays with)."""
        return self._holders.own

    def _tell(self, stream: str, where: dict[str, str], body: Body) -> None:
        self.told(stream, where, body)

    # calls and notices ----------------------------------------------------------------------------------------------

    def _calls_beat(self) -> None:
        self.scheduler.after(CALLS_MS, self._calls_beat)
        self._number += 1
        body = self._call()
        self.calls.append(body)
        self.told("alpha.signalFeedGlobal", {}, body)
        if self.draw.random() < 0.5:
            self._notify()
        if self.draw.random() < 0.3:
            self.told("alpha.personal", {}, self._message())
        if self.draw.random() < 0.3:
            self._curves.append(self._creation())
            self.told("svm.bondingCurve.creations", {}, self._curves[-1])
        elif self._curves and self.draw.random() < 0.2:
            self.told("svm.bondingCurve.graduations", {}, self._graduation(self._curves.popleft()))

    def _call(self) -> Body:
        draw = self.draw
        token = draw.choice(TOKENS)
        pool = self.pools[token.address]
        kind = draw.choice(("discord", "telegram", "x", "trade"))
        sources: dict[str, Body] = {
            "discord": {
                "messageId": str(self._number),
                "guildId": "1",
                "channelId": "2",
                "authorId": "3",
                "authorUsername": "caller",
                "snapshotChannelName": "calls",
            },
            "telegram": {
                "messageId": str(self._number),
                "chatId": "4",
                "senderId": "5",
                "senderUsername": "anon",
                "snapshotChatTitle": "Alpha room",
            },
            "x": {"tweetId": str(self._number), "authorId": "6", "authorUsername": "poster", "authorVerified": True},
            "trade": {
                "walletAddress": address(draw),
                "txSignature": address(draw, 88),
                "isBuy": draw.random() < 0.7,
                "amountUsd": _text(Decimal(draw.randint(100, 5_000_000)) / 100),
                "amountNative": "1.5",
            },
        }
        inner = sources[kind]
        return {
            "type": "globalSignalFeedUpdate",
            "tokenAddress": token.address,
            "network": token.network,
            "tokenMeta": {
                "address": token.address,
                "network": token.network,
                "symbol": token.symbol,
                "name": token.name,
                "decimals": token.decimals,
            },
            "latestSignal": {
                "id": f"sig-{self._number}",
                "timestampMs": self.now_ms,
                "source": {"sourceType": kind, "source": inner},
                "isBot": False,
                "priceUsd": float(pool.price),
                "priceNative": float(pool.price / NATIVE_USD[token.chain]),
                "marketcapUsd": float(pool.price * 10**9),
                "liquidityUsd": 250_000.5,
            },
        }

    def _message(self) -> Body:
        return {
            "platform": "telegram",
            "data": {
                "messageId": f"m{self._number}",
                "chatId": "4",
                "content": f"have a look at {self.draw.choice(TOKENS).symbol}",
                "timestamp": self.now_ms,
                "author": {"username": "friend"},
                "tokens": [],
                "isEdited": False,
                "isDeleted": False,
            },
        }

    def _creation(self) -> Body:
        return {
            "tokenAddress": address(self.draw),
            "curveAddress": address(self.draw),
            "curveDexType": "pump",
            "creator": address(self.draw),
            "signature": address(self.draw, 88),
            "slot": self._slot,
            "blockTime": self.now_ms // 1_000,
            "blockHeight": self._slot,
            "blockHash": address(self.draw),
            "network": "sol",
        }

    def _graduation(self, born: Body) -> Body:
        told = {key: value for key, value in born.items() if key != "creator"}
        where = {"signature": address(self.draw, 88), "slot": self._slot, "blockTime": self.now_ms // 1_000}
        return told | where | {"destPoolAddress": address(self.draw), "destPoolDexType": "raydium"}

    def _notify(self) -> None:
        """Every documented shape takes its turn (part B5.11)."""
        task = f"task-{self._number}"
        shapes: list[tuple[str, Body]] = [
            ("portfolio.notifications", {"type": "swap", "taskId": task, "userId": "u1", "chainId": 8453}),
            ("portfolio.notifications", {"type": "transfer", "taskId": task, "userId": "u1"}),
            ("portfolio.notifications", {"type": "strategy", "rootTaskId": task, "userId": "u1"}),
            ("portfolio.notifications", {"type": "claim", "claimId": task, "userId": "u1"}),
            ("automation.updates", {"type": "automation", "taskId": task, "userId": "u1"}),
            ("automation.updates", {"type": "taskUpdate", "taskId": task, "userId": "u1"}),
            ("automation.updates", {"type": "regionalStats", "taskId": task, "regionId": "r1", "userId": "u1"}),
        ]
        stream, body = self.draw.choice(shapes)
        self.notices.append(body)
        self.told(stream, {}, body)


def _text(value: Decimal) -> str:
    """A decimal as such services write it: no exponent, twelve digits that count."""
    return f"{Decimal(f'{value:.12g}'):f}"


def _nobody(_stream: str, _where: dict[str, str], _body: Body) -> None:
    return None
