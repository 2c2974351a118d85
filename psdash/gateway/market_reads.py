"""What REST adds to a watched market: the history before the socket opened, and across its gaps (protocol §6)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from psdash.gateway import translate
from psdash.gateway.chart_reads import ChartReads, Heard
from psdash.gateway.clock import Clock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.notices import Emit, TapeMoved
from psdash.gateway.print_candles import PrintCandles
from psdash.gateway.reads import TAPE_PAGE, Rest
from psdash.gateway.rest import RestError
from psdash.market.board import MarketState
from psdash.market.tape import Print
from psdash.wire.predictstreet import Feed
from psdash.wire.predictstreet.rest import TapeRow

log = logging.getLogger(__name__)

#: How far behind the last reading the next one begins. Rows may show up late (reliability §1.2 rule 7), and a feed
#: may have been silent for a minute before anybody knew (`books.OTHER_AUDIT_S`).
OVERLAP_MS = 120_000
#: Pages of the tape read in one go; what lies beyond them becomes a gap on the tape.
MAX_PAGES = 20
#: Later than anything.
NEVER_MS = 2**53
#: Between two readings of a tape that is live: a print or a settlement that the socket lost is found here only.
FOCUS_TAPE_S = 30.0
OTHER_TAPE_S = 120.0


@dataclass(slots=True)
class Seeds:
    """How far REST has come with one market. Notes are words for the pane, empty when there is nothing to say."""

    #: Sessions that ended since the market was followed: a reading begun in one proves nothing in the next.
    session: int = 0
    is_begun: bool = False  # history was asked for
    tape_done: bool = False
    tape_note: str = ""
    #: Venue time up to which REST has told every print; None before the first reading.
    tape_read_ms: int | None = None
    #: Venue times between which no socket was listening, since the last reading; the end is None while that lasts.
    deaf_from_ms: int | None = None
    deaf_to_ms: int | None = None
    tape_due_s: float = 0.0
    tape_read_s: float | None = None
    chart_done: bool = False
    chart_note: str = ""
    status_read_s: float | None = None
    status_note: str = ""
    #: Pushes of a feed that could not be read, in this session, and when REST has to tell instead.
    unread: dict[Feed, int] = field(default_factory=dict)
    retell_due_s: float | None = None
    chart: Heard = field(default_factory=Heard)

    @classmethod
    def following(cls, state: MarketState) -> Seeds:
        """A market is watched from now on; its tape may go on where an earlier watch left it."""
        last, candles = state.tape.last, [series.last for series in state.candles]
        seeds = cls() if last is None else cls(tape_read_ms=last.venue_ms, deaf_from_ms=last.venue_ms)
        seeds.chart.deaf_from_ms = min((candle.start_ms for candle in candles if candle is not None), default=None)
        return seeds

    @property
    def live_from_ms(self) -> dict[int, int]:
        """First bucket that this session's socket brought, by outcome."""
        return self.chart.live_from_ms

    def went_deaf(self, heard_ms: int) -> None:
        """The socket is gone, and was last heard at this venue time."""
        if self.deaf_from_ms is None:
            self.deaf_from_ms = heard_ms
        self.deaf_to_ms = None
        self.chart.went_deaf(heard_ms)

    def hears(self, now_ms: int) -> None:
        """A socket carries the tape again, from this venue time on."""
        if self.deaf_from_ms is not None and self.deaf_to_ms is None:
            self.deaf_to_ms = max(now_ms, self.deaf_from_ms)
        self.chart.hears(now_ms)


class MarketReads:
    """Tape and candles of watched markets by REST. `changed` hears which market's panes to look at again."""

    def __init__(
        self,
        reads: Rest,
        emit: Emit,
        clock: Clock,
        changed: Callable[[MarketState], None],
        *,
        counts: FrameCounts | None = None,
        heard_ms: Callable[[], int] = int,
    ) -> None:
        self._reads = reads
        self._emit = emit
        self._clock = clock
        self._changed = changed
        self._counts = counts or FrameCounts()
        self._heard_ms = heard_ms
        self._page = 0  # rows of the longest page so far
        self._chart = ChartReads(reads, emit)
        #: In place of candles and settlements, where the gateway tells none.
        self.print_candles = PrintCandles(emit)
        self.settles = True

    # tape ------------------------------------------------------------------------------------------------------

    async def tape(self, state: MarketState, seeds: Seeds) -> None:
        """Read the prints since the last reading, with an overlap; the newest page the first time (protocol §7.7).

        It starts from the last *reading*, never from the last print: a live print behind an outage would hide it.
        What history does not hold of the time in which nobody listened becomes a gap on the tape.
        """
        tape, session = state.tape, seeds.session
        # A print may bear a time to come; only where no clock was heard is there no better one.
        asked_ms = max(self._reads.venue_time.reached_ms, self._heard_ms())
        if not asked_ms and tape.last is not None:
            asked_ms = tape.last.venue_ms
        deaf = known_deaf = (seeds.deaf_from_ms, seeds.deaf_to_ms)
        since_ms = seeds.tape_read_ms if seeds.tape_read_ms is not None else seeds.deaf_from_ms
        if since_ms is None:
            body = await self._reads.trades(state.market.symbol)
            known = tape.last is not None
            self._add(state, seeds, body.trades, late=known)
        else:
            after_ms = max(0, min(since_ms, asked_ms or since_ms) - OVERLAP_MS)
            before = len(tape) + tape.dropped
            unread = await self._backfill(state, seeds, after_ms)
            if unread is not None and deaf[0] is None and len(tape) + tape.dropped > before:
                # The socket was there and lost prints of what was read: it may have lost some of what was not.
                deaf = (since_ms, asked_ms)
            self._gaps(state, after_ms, asked_ms, unread, deaf)
        seeds.tape_read_ms = asked_ms or None
        if (seeds.deaf_from_ms, seeds.deaf_to_ms) == known_deaf:  # else another outage began meanwhile
            ongoing = known_deaf[0] is not None and known_deaf[1] is None
            from_ms = max(known_deaf[0] or 0, asked_ms)
            seeds.deaf_from_ms, seeds.deaf_to_ms = (from_ms, None) if ongoing else (None, None)
        seeds.tape_read_s = self._clock.monotonic_s()
        seeds.tape_note = ""
        seeds.tape_done = seeds.session == session
        self._changed(state)

    async def _backfill(self, state: MarketState, seeds: Seeds, after_ms: int) -> tuple[int, int] | None:
        """Read everything after `after_ms`, page by page; the venue times between which something was left unread."""
        before_ms: int | None = None
        for _ in range(MAX_PAGES):
            body = await self._reads.trades(state.market.symbol, after=after_ms, before=before_ms)
            self._add(state, seeds, body.trades, late=True)
            # A short page may be the venue's own cap on pages: only one shorter than another is surely the last.
            rows = len(body.trades)
            if rows == 0 or rows < self._page:
                return None
            self._page = rows
            times = [row.created_ms for row in body.trades]
            # The bounds are exclusive, and one millisecond may hold several prints.
            if times[0] < times[-1]:  # oldest first: go forward
                step_ms = max(times) - 1
                if step_ms <= after_ms:
                    return max(times), NEVER_MS
                after_ms = step_ms
            else:
                step_ms = min(times) + 1
                if before_ms is not None and step_ms >= before_ms:
                    return None if rows < TAPE_PAGE and self._page < TAPE_PAGE else (after_ms, step_ms)
                before_ms = step_ms
        return after_ms, NEVER_MS if before_ms is None else before_ms

    def _gaps(
        self,
        state: MarketState,
        after_ms: int,
        asked_ms: int,
        unread: tuple[int, int] | None,
        deaf: tuple[int | None, int | None],
    ) -> None:
        """What was read closes gaps; what was not, and nobody heard live, is one."""
        tape = state.tape
        if unread is None:
            self._tell(state, tape.covered(after_ms, asked_ms))
            return
        self._tell(state, tape.covered(after_ms, unread[0]) | tape.covered(unread[1], asked_ms))
        if deaf[0] is not None:
            heard_again_ms = deaf[1] if deaf[1] is not None else max(asked_ms, deaf[0] + 1)
            self._lost(state, max(unread[0], deaf[0]), min(unread[1], heard_again_ms))

    def _lost(self, state: MarketState, from_ms: int, to_ms: int) -> None:
        if state.tape.lost(from_ms, to_ms):
            self._counts.happened("gaps on the tape")
            log.warning("%s: prints may be missing: history does not reach back over an outage", state.market.slug)
            self._emit(TapeMoved(state.market.slug))

    def _tell(self, state: MarketState, moved: bool) -> None:
        if moved:
            log.info("%s: history told what an outage had hidden", state.market.slug)
            self._emit(TapeMoved(state.market.slug))

    def _add(self, state: MarketState, seeds: Seeds, rows: list[TapeRow], *, late: bool) -> None:
        prints: list[Print] = []
        settled: list[str] = []
        is_newest_first = bool(rows) and rows[0].created_ms >= rows[-1].created_ms
        for row in reversed(rows) if is_newest_first else rows:  # the tape wants equal times oldest first
            try:
                print_ = translate.tape_row(row, state.market, settles=self.settles)
            except ValueError as error:
                log.info("%s: a row of the tape was left out: %s", state.market.slug, error)
                continue
            version = state.tape.version
            if state.tape.add(print_):
                kept = state.tape.get(print_.trade_id)
                if kept is not None:
                    prints.append(kept)
            elif state.tape.version != version:
                settled.append(print_.trade_id)
        if late:
            self._counts.happened("prints that only history told", len(prints))
        self.print_candles.printed(state, seeds.chart, prints)
        if prints or settled:
            self._emit(TapeMoved(state.market.slug, tuple(prints), tuple(settled)))

    # candles ---------------------------------------------------------------------------------------------------

    async def candles(self, state: MarketState, seeds: Seeds) -> None:
        """Read the candles of both outcomes; where the venue gives none, its price points (protocol §7.8)."""
        session = seeds.session
        asked_ms = self._reads.venue_time.reached_ms
        note, older = await self._chart.newest(state, seeds.chart, asked_ms)
        seeds.chart_done = seeds.session == session
        seeds.chart_note = note
        self._changed(state)
        if older is not None:
            await self._chart.older(state, seeds.chart, older)

    def troubled_tape(self, state: MarketState, seeds: Seeds, error: RestError) -> None:
        """The tape's history is not to be had now; live prints come all the same.

        What an outage hid is a gap until history answers after all.
        """
        seeds.tape_note = f"no history: {error.words}"
        if seeds.deaf_from_ms is not None:
            to_ms = seeds.deaf_to_ms if seeds.deaf_to_ms is not None else self._heard_ms()
            self._lost(state, seeds.deaf_from_ms, to_ms)
        self._changed(state)

    def troubled_chart(self, state: MarketState, seeds: Seeds, error: RestError) -> None:
        """The chart's history is not to be had now; what an outage hid is a gap until it is."""
        self._chart.missed(state, seeds.chart, self._heard_ms())
        seeds.chart_note = f"no history: {error.words}"
        self._changed(state)
