"""What stands behind one market's tokens: a dollar for every YES-NO pair there is, never more and never less."""

from __future__ import annotations

from psdash.simulator.exchange.ledger import USDC, Bucket, Ledger, LedgerError, Posting
from psdash.simulator.exchange.units import NANOS_PER_MICRO_SHARE


class Collateral:
    """The house's side of minting, merging and redeeming one market's tokens. Sizes in micro-shares."""

    def __init__(self, ledger: Ledger, symbol: str, yes_token_id: str, no_token_id: str) -> None:
        owner = f"collateral:{symbol}"
        self._symbol = symbol
        self._dollars = ledger.holding(owner, USDC)
        # Issued tokens are a debt of the house, so these two are at most zero.
        self._issued = tuple(ledger.holding(owner, token, may_owe=True) for token in (yes_token_id, no_token_id))
        self._value_n = (NANOS_PER_MICRO_SHARE, NANOS_PER_MICRO_SHARE)  # nanos a micro-share, once resolved
        self._resolved = False

    @property
    def resolved(self) -> bool:
        """Whether tokens can be redeemed."""
        return self._resolved

    def resolve(self, payout_numerators: tuple[str, ...]) -> None:
        """Fix what a token pays. Raises ValueError unless there are two numerators that split a dollar evenly."""
        shares_of = [int(numerator) for numerator in payout_numerators]
        whole = sum(shares_of)
        if len(shares_of) != 2 or min(shares_of) < 0 or not whole:
            raise ValueError(f"a binary market pays by two non-negative numerators, not {payout_numerators}")
        if any(NANOS_PER_MICRO_SHARE * numerator % whole for numerator in shares_of):
            raise ValueError(f"payout {payout_numerators} does not split a share's dollar into whole mills")
        yes_n, no_n = (NANOS_PER_MICRO_SHARE * numerator // whole for numerator in shares_of)
        self._value_n = (yes_n, no_n)
        self._resolved = True

    def mint(self, quantity_u: int) -> list[Posting]:
        """The house's lines when pairs are made; the customers' lines must balance them."""
        return [
            Posting(self._dollars, Bucket.AVAILABLE, quantity_u * NANOS_PER_MICRO_SHARE),
            *(Posting(issued, Bucket.AVAILABLE, -quantity_u) for issued in self._issued),
        ]

    def merge(self, quantity_u: int) -> list[Posting]:
        """The house's lines when pairs are unmade."""
        return [posting._replace(amount=-posting.amount) for posting in self.mint(quantity_u)]

    def redeem(self, outcome: int, quantity_u: int) -> tuple[int, list[Posting]]:
        """What tokens of one outcome are worth in nanos, and the house's lines when they are handed in."""
        worth_n = quantity_u * self._value_n[outcome]
        return worth_n, [
            Posting(self._dollars, Bucket.AVAILABLE, -worth_n),
            Posting(self._issued[outcome], Bucket.AVAILABLE, quantity_u),
        ]

    def check(self) -> None:
        """Raises LedgerError unless the dollars held are exactly what the issued tokens can claim."""
        issued = [-holding.total for holding in self._issued]
        if self._resolved:
            owed_n = sum(quantity_u * value_n for quantity_u, value_n in zip(issued, self._value_n, strict=True))
        else:
            owed_n = issued[0] * NANOS_PER_MICRO_SHARE
            if issued[0] != issued[1]:
                raise LedgerError(f"{self._symbol}: {issued[0]} YES but {issued[1]} NO were issued")
        if self._dollars.total != owed_n:
            raise LedgerError(f"{self._symbol}: holds {self._dollars.total} nanos, owes {owed_n}")
