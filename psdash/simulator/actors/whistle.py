"""The end of a match: its prices go to the wall, its markets close, wait for a verdict, and pay out."""

from __future__ import annotations

from collections.abc import Sequence

from psdash.simulator.actors.match import Match
from psdash.simulator.actors.pulse import Pulse
from psdash.simulator.actors.regimes import FINISH_MIN, MINUTE_MS
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.listing import MarketStatus

#: From the whistle to the proposal, and from there to the payout. The venue takes two hours (protocol §7.4).
PROPOSED_AFTER_MS, PAID_AFTER_MS = 5 * MINUTE_MS, 10 * MINUTE_MS
#: How often the end comes nearer, while it does.
STEP_MS = 5_000


class Whistle:
    """Ends one match at its timeline's final whistle; a match without one goes on for ever."""

    def __init__(self, exchange: Exchange, pulse: Pulse, match: Match, symbols: Sequence[str]) -> None:
        """`symbols` are the match's markets in the order of its beliefs."""
        self._exchange = exchange
        self._scheduler = exchange.scheduler
        self._pulse = pulse
        self._match = match
        self._symbols = tuple(symbols)

    def start(self) -> None:
        """Plan the end."""
        whistle_ms = self._match.timeline.final_whistle_ms
        if whistle_ms is not None:
            self._scheduler.at(whistle_ms - int(FINISH_MIN * MINUTE_MS), self._near)
            self._scheduler.at(whistle_ms, self._close)

    def _near(self) -> None:
        whistle_ms = self._match.timeline.final_whistle_ms
        assert whistle_ms is not None
        if self._pulse.beating and self._scheduler.now_ms < whistle_ms:
            self._match.beliefs.decide(STEP_MS / (FINISH_MIN * MINUTE_MS))
            self._scheduler.after(STEP_MS, self._near)

    def _close(self) -> None:
        if not self._pulse.beating:
            return
        for symbol in self._symbols:
            if self._exchange.market_status(symbol) in (MarketStatus.OPEN, MarketStatus.PAUSED):
                self._exchange.set_market_status(symbol, MarketStatus.CLOSED)
                self._plan(symbol)

    def _plan(self, symbol: str) -> None:
        # What was believed at the whistle is what happened.
        payout = ("1", "0") if self._match.beliefs.price(self._symbols.index(symbol)) > 0.5 else ("0", "1")

        def propose() -> None:
            self._exchange.set_market_status(symbol, MarketStatus.PENDING_RESOLUTION)
            self._scheduler.after(PAID_AFTER_MS, pay)

        def pay() -> None:
            self._exchange.set_market_status(symbol, MarketStatus.RESOLVED, payout)

        self._scheduler.after(PROPOSED_AFTER_MS, propose)
