"""Candles made of the tape, for a gateway that tells none (protocol §11: the older dialect).

From the first bucket in which a session listened on, a bucket's candle is made of every print the tape has in it,
whichever way a print came. What is older stays what REST told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from psdash.gateway.chart_reads import Heard
from psdash.gateway.notices import CandlesMoved, Emit
from psdash.market.board import MarketState
from psdash.market.candles import BASE_MS, Origin, candles_of_prints
from psdash.market.tape import Print, Tape


class PrintCandles:
    """`is_on` while the gateway tells no candles."""

    def __init__(self, emit: Emit) -> None:
        self.is_on = False
        self._emit = emit

    def hears(self, state: MarketState, heard: Heard, now_ms: int) -> None:
        """Prints come from this venue time on (0: unknown, so from the first that comes)."""
        if self.is_on and now_ms:
            for outcome in range(len(state.candles)):
                heard.live_from_ms.setdefault(outcome, now_ms - now_ms % BASE_MS)

    def printed(self, state: MarketState, heard: Heard, prints: Iterable[Print]) -> None:
        """Prints were added to the tape: make their buckets anew."""
        if not self.is_on:
            return
        for start_ms in sorted({each.venue_ms - each.venue_ms % BASE_MS for each in prints}):
            inside = _within(state.tape, start_ms)
            for outcome, series in enumerate(state.candles):
                if start_ms < heard.live_from_ms.setdefault(outcome, start_ms):
                    continue
                for made in candles_of_prints(inside, outcome, BASE_MS, 1):
                    candle = replace(made, origin=Origin.TAPE)
                    if series.upsert(candle):
                        self._emit(CandlesMoved(state.market.slug, outcome, candle))


def _within(tape: Tape, start_ms: int) -> list[Print]:
    """The prints of one bucket, newest first."""
    found: list[Print] = []
    for row in tape.walk():
        if isinstance(row, Print):
            if row.venue_ms < start_ms:
                break
            if row.venue_ms < start_ms + BASE_MS:
                found.append(row)
    return found
