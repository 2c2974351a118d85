"""What is known of a token beside its trades: its pool, its holders, the last balances that moved, its bonding curve.

Amounts are whole base units, exact however large; `amount` turns one into tokens. Times are epoch ms of the source.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from enum import StrEnum
from typing import Final

from psdash.market.freshness import OFF, Freshness

#: Balances and curves kept, of one token and in all.
MOST_BALANCES: Final = 200
MOST_CURVES: Final = 500
#: Tokens that anything is kept of; those heard of longest ago leave first.
MOST_TOKENS: Final = 1_000
#: More digits than 256 bits have.
_EXACT: Final = Context(prec=120, Emax=MAX_EMAX, Emin=MIN_EMIN)


def amount(units: int | Decimal, decimals: int) -> Decimal:
    """Base units as tokens, every digit kept. Raises ValueError for decimals that no token has."""
    if not 0 <= decimals <= 80:
        raise ValueError("a token has 0 to 80 decimals")
    return _EXACT.scaleb(Decimal(units), -decimals)


class Fact(StrEnum):
    """What is told of a token beside its trades, each by a stream of its own and with a freshness of its own."""

    POOL = "pool"
    HOLDERS = "holders"
    TRADERS = "traders"
    BALANCES = "balances"
    CURVES = "curves"


@dataclass(frozen=True, slots=True)
class Balance:
    """One owner's holdings changed. `before` is None where only the new one is told."""

    owner: str
    after: Decimal
    before: Decimal | None = None
    decimals: int | None = None
    at_ms: int | None = None

    @property
    def moved(self) -> Decimal | None:
        """How much came, or went (negative), exactly; None where the amount before was not told."""
        return None if self.before is None else _EXACT.subtract(self.after, self.before)


def written(tokens: Decimal) -> str:
    """An amount with every digit that it has, thousands apart, and no zero at its end."""
    text = f"{tokens:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Curve:
    """A bonding curve began (`pool` empty) or ended in a pool."""

    token: str
    curve: str
    dex: str
    signature: str
    at_ms: int
    creator: str = ""
    pool: str = ""
    pool_dex: str = ""

    @property
    def is_graduation(self) -> bool:
        """Whether it ended in a pool."""
        return bool(self.pool)


@dataclass(frozen=True, slots=True)
class HolderGroup:
    """Holders of one kind, e.g. snipers: what they have together, as it was told, and how many they are."""

    name: str
    units: Decimal | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """The newest word on everything; None and empty where nothing was said."""

    name: str = ""
    symbol: str = ""
    decimals: int | None = None
    price_usd: Decimal | None = None
    price_ms: int | None = None
    liquidity_usd: Decimal | None = None
    market_cap_usd: Decimal | None = None
    holders: int | None = None
    developer: str = ""
    developer_balance: Decimal | None = None
    top10_balances: Decimal | None = None
    bought_usd: Decimal | None = None
    sold_usd: Decimal | None = None
    buys: int | None = None
    sells: int | None = None
    graduated: Curve | None = None
    groups: tuple[HolderGroup, ...] = ()
    balances: tuple[Balance, ...] = field(default=(), repr=False)  # the newest first


_NOTHING: Final = TokenFacts()


class TokenBook:
    """Facts by market slug, and the newest curves of all tokens. `version` moves with every change."""

    def __init__(self) -> None:
        self._facts: dict[str, TokenFacts] = {}
        self._curves: deque[Curve] = deque(maxlen=MOST_CURVES)
        self._told: dict[tuple[str, bool], None] = {}
        self._claims: dict[str, dict[Fact, Freshness]] = {}
        self.version = 0

    def of(self, slug: str) -> TokenFacts:
        """What is known of a token."""
        return self._facts.get(slug, _NOTHING)

    def claim_of(self, slug: str, fact: Fact) -> Freshness:
        """What may be claimed of one fact; its `proved_s` is when it was told last."""
        return self._claims.get(slug, {}).get(fact, OFF)

    def claim(self, slug: str, fact: Fact, freshness: Freshness) -> None:
        """What may be claimed of one fact from now on."""
        if self.claim_of(slug, fact) == freshness:
            return
        claims = self._claims.pop(slug, {})
        self._claims[slug] = claims | {fact: freshness}
        while len(self._claims) > MOST_TOKENS:
            del self._claims[next(iter(self._claims))]
        self.version += 1

    def told(self, slug: str, fact: Fact, now_s: float) -> None:
        """A fact was told at this monotonic second, whether or not it was new."""
        self.claim(slug, fact, replace(self.claim_of(slug, fact), proved_s=now_s))

    def learn(self, slug: str, facts: TokenFacts) -> bool:
        """The facts of a token are these now. False when nothing changed."""
        if self.of(slug) == facts:
            return False
        self._facts.pop(slug, None)
        self._facts[slug] = facts
        while len(self._facts) > MOST_TOKENS:
            del self._facts[next(iter(self._facts))]
        self.version += 1
        return True

    def priced(self, slug: str, price_usd: Decimal, at_ms: int | None) -> bool:
        """A pool's price; an older word never overwrites a newer one."""
        known = self.of(slug)
        if at_ms is not None and known.price_ms is not None and at_ms < known.price_ms:
            return False
        return self.learn(slug, replace(known, price_usd=price_usd, price_ms=at_ms))

    def balance(self, slug: str, balance: Balance) -> bool:
        """A holder's balance changed. False when it was told before."""
        known = self.of(slug)
        if balance in known.balances:
            return False
        return self.learn(slug, replace(known, balances=(balance, *known.balances)[:MOST_BALANCES]))

    def curve(self, slug: str, curve: Curve) -> bool:
        """A curve began or ended. False when it was told before."""
        key = (curve.signature, curve.is_graduation)
        if key in self._told:
            return False
        self._told[key] = None
        while len(self._told) > 2 * MOST_CURVES:
            del self._told[next(iter(self._told))]
        self._curves.appendleft(curve)
        if curve.is_graduation and slug in self._facts:
            self.learn(slug, replace(self.of(slug), graduated=curve))
        self.version += 1
        return True

    @property
    def curves(self) -> Sequence[Curve]:
        """The newest first."""
        return tuple(self._curves)
