"""One watched token: its lines, its proof, and where its tape may have holes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from psdash.gateway.shuriken.lines import CHAIN_IDS, CURVES, SOLANA, Line, is_same_address, more_of, pool_of, swaps_of
from psdash.gateway.shuriken.proof import Proof
from psdash.market.board import MarketState
from psdash.market.layered_candles import LayeredCandles
from psdash.market.token_facts import Fact

#: A trade is told so much after its block's time at most, and a block's clock is ahead of ours by so much at most.
LATE_MS: Final = 5_000
AHEAD_MS: Final = 2_000
_STREAMS: Final[Mapping[Fact, str]] = {
    Fact.POOL: "token.poolInfo",
    Fact.HOLDERS: "token.distributionStats",
    Fact.TRADERS: "token.holderStats",
    Fact.BALANCES: "token.balances",
}


@dataclass(slots=True)
class TokenWatch:
    """What the gateway keeps of one token. `_ms` are the chain's times."""

    state: MarketState
    chain: str
    address: str
    is_focused: bool = False
    decimals: int | None = None
    proof: Proof = field(default_factory=Proof)
    joined_s: float | None = None
    joined_ms: int = 0
    shown_s: float | None = None  # when the tape was last proved, in whatever session
    deaf_from_ms: int | None = None
    unreadable: int = 0  # swaps that could not be read, in this session
    priced_s: float | None = None
    chart_asked_s: float | None = None
    chart_read_s: float | None = None
    chart_read_ms: int = 0
    chart_due_s: float = 0.0
    chart_trouble: str = ""
    coarse_due_s: float = 0.0
    has_pools: bool = False

    @classmethod
    def of(cls, state: MarketState) -> TokenWatch:
        """Begin to watch."""
        chain, _, address = state.market.slug.partition(":")
        if not isinstance(state.candles[0], LayeredCandles):
            state.candles = (LayeredCandles(),)
        return cls(state, chain, address)

    @property
    def slug(self) -> str:
        return self.state.market.slug

    @property
    def candles(self) -> LayeredCandles:
        """The one outcome's candles."""
        series = self.state.candles[0]
        assert isinstance(series, LayeredCandles)
        return series

    @property
    def swaps(self) -> Line | None:
        return swaps_of(self.chain, self.address)

    @property
    def lines(self) -> tuple[Line, ...]:
        """What it cannot do without."""
        return tuple(line for line in (self.swaps, pool_of(self.chain, self.address)) if line is not None)

    @property
    def more(self) -> tuple[Line, ...]:
        """What the focus is worth beside."""
        return more_of(self.chain, self.address)

    @property
    def told_by(self) -> Mapping[Fact, tuple[Line, ...]]:
        """Which lines tell each fact; none where no stream of its chain does."""
        lines = (*self.lines, *self.more)
        named = {
            fact: tuple(line for line in lines if line.stream.partition(".")[2] == stream)
            for fact, stream in _STREAMS.items()
        }
        return named | {Fact.CURVES: CURVES if self.chain == SOLANA else ()}

    def is_of(self, address: str, chain_id: int | None = None) -> bool:
        """Whether a payload is about this token: what a channel carries is checked, not believed."""
        if chain_id is not None and self.chain != SOLANA and CHAIN_IDS.get(self.chain) != str(chain_id):
            return False
        return is_same_address(self.address, address)

    # holes ----------------------------------------------------------------------------------------------------------

    def went_deaf(self, heard_ms: int) -> None:
        """Nobody listens any more, and the socket was last heard at this time."""
        self.joined_s = None
        if self.deaf_from_ms is None:
            self.deaf_from_ms = heard_ms - LATE_MS

    def hears(self, now_s: float, now_ms: int) -> bool:
        """The trades are told from now on. True when a hole stands on the tape for the time before."""
        self.joined_s, self.joined_ms = now_s, now_ms + AHEAD_MS
        self.unreadable = 0
        self.proof.joined(now_s)
        self.chart_due_s = 0.0
        from_ms, self.deaf_from_ms = self.deaf_from_ms, None
        return from_ms is not None and self._lost(from_ms, now_ms + AHEAD_MS)

    def missed(self, from_ms: int, to_ms: int) -> bool:
        """Trades told between two moments may be missing. True when that was not known."""
        return self._lost(from_ms - LATE_MS, to_ms + AHEAD_MS)

    def _lost(self, from_ms: int, to_ms: int) -> bool:
        self.candles.lost(from_ms, to_ms)
        return self.state.tape.lost(from_ms, to_ms)
