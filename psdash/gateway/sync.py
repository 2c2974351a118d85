"""Is it the next one? The book of one token, brought from a snapshot and changes to a state that is proved. Sans-IO.

Two rules find a gap (protocol §6.1): a `prevSeq` that is not the last sequence, or, where it is absent, a jump of
more than one. A gap freezes the book and asks for a snapshot; changes wait, bounded, until it comes and must then
chain on to it. A change that arrives late and closes the gap heals it without one.

A sequence that goes back is either an old answer or a counter that restarted. Changes seen since the question are
kept, so that an old answer is brought up to date by replaying them; what they do not explain is asked once more, and
then believed (protocol §6.1, rule 4). Sequences are never compared across connections.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from psdash.gateway.conservation import FrameCounts
from psdash.market.book import Book, Change, Level, Side

#: Changes kept while a snapshot is on its way; beyond it the oldest are thrown away, and asking begins again.
BUFFER = 10_000
#: Changes remembered while an answer is on its way, to bring an old one up to date.
RECENT = 2_000
#: Waits between the questions for a snapshot that does not come, and how many questions make a failure.
RETRY_S = (0.25, 0.5, 1.0, 2.0, 3.0)
#: How long an answer may take, and the first snapshot after a subscription.
ANSWER_S = 2.0
#: Between questions once the venue has failed to answer five.
FAILED_RETRY_S = 15.0
#: How long a book may stand crossed before it is doubted.
CROSSED_S = 1.0
#: How many snapshots in a row must contradict a change that waits before the change is given up.
DOUBTS = 3


class SyncState(Enum):
    """What is known of a book."""

    OFF = "off"  # not subscribed
    SYNCING = "syncing"  # subscribed; the first snapshot is awaited
    LIVE = "live"
    RESYNC = "resync"  # a gap: what is shown was true, and is not proved any more
    FAILED = "failed"  # the venue does not give a snapshot


class Delta(NamedTuple):
    """Changed levels that lead from `prev_seq` (None: from the sequence before) to `seq`."""

    seq: int
    prev_seq: int | None
    changes: Sequence[Change]
    venue_ms: int | None
    state_hash: str | None = None


class Snapshot(NamedTuple):
    """A whole state. `asked` for a push that the venue sends only on subscribing or on request."""

    seq: int
    bids: Iterable[Level]
    asks: Iterable[Level]
    venue_ms: int | None
    state_hash: str | None


class BookSync:
    """One token's book on one connection after another. It writes `book` and `counts`, and says when to ask.

    Attributes for reading: `state`, `reason` (in words), `proved_s` (when the book was last known to be true),
    `audits_failed` (questions about a live book that stayed unanswered), `crossed_since_s`.
    """

    __slots__ = (
        "_asked_s",
        "_asks_failed",
        "_buffer",
        "_crossed_asked",
        "_doubted",
        "_due_s",
        "_last",
        "_owed",
        "_recent",
        "_recent_from",
        "_rewound",
        "_seen",
        "audit_every_s",
        "audits_failed",
        "book",
        "corrections",
        "counts",
        "crossed_since_s",
        "gaps",
        "proved_s",
        "reason",
        "state",
    )

    def __init__(self, book: Book, counts: FrameCounts) -> None:
        self.book = book
        self.counts = counts
        self.proved_s: float | None = None
        self.audit_every_s: float | None = None  # None: never re-asked while it is quiet
        self.gaps = 0
        self.corrections = 0
        self._buffer: deque[Delta] = deque()
        self._reset(SyncState.OFF)

    def _reset(self, state: SyncState) -> None:
        self._discard()
        self.state = state
        self.reason = ""
        self.audits_failed = 0
        self.crossed_since_s: float | None = None
        self._crossed_asked = False
        self._last: int | None = None
        self._due_s: float | None = None
        self._asked_s: float | None = None
        self._asks_failed = 0
        self._owed = 0  # answers that may still come
        #: What was applied since the oldest question that is still open, and the sequence it began at.
        self._recent: deque[Delta] = deque(maxlen=RECENT)
        self._recent_from: int | None = None
        self._rewound = False  # one answer went back already
        self._doubted = False  # not a gap but the book itself is in question: no change can heal that
        self._seen: deque[tuple[int, str | None]] = deque(maxlen=8)

    # the connection -----------------------------------------------------------------------------------------------

    def subscribed(self, now_s: float) -> None:
        """A subscription stands: the venue pushes a snapshot by itself."""
        self._reset(SyncState.SYNCING)
        self._due_s = now_s + ANSWER_S

    def renewed(self, now_s: float) -> None:
        """The same book was subscribed to once more, which pushes a snapshot like a question does."""
        self.asked(now_s)

    def lost(self) -> None:
        """The subscription is gone. The book keeps its last levels; nothing proves them any more."""
        self._reset(SyncState.OFF)

    @property
    def seq(self) -> int | None:
        """The sequence of the book, None before the first snapshot of this connection."""
        return self._last

    @property
    def is_waiting(self) -> bool:
        """Whether a question is open."""
        return self._asked_s is not None

    @property
    def asks_failed(self) -> int:
        """Questions in a row that brought nothing, while the book is not live."""
        return self._asks_failed

    # asking -------------------------------------------------------------------------------------------------------

    def wants_snapshot(self, now_s: float) -> bool:
        """Whether to ask now. An answer that is overdue counts as failed here."""
        if self._asked_s is not None and now_s >= self._asked_s + ANSWER_S:
            self._failed("no answer to the request for a snapshot", now_s)
        return self._asked_s is None and self._due_s is not None and now_s >= self._due_s

    def asked(self, now_s: float) -> None:
        """The question went out."""
        if not self._owed:
            self._recent.clear()
            self._recent_from = self._last
        self._owed += 1
        self._asked_s = now_s
        self._due_s = None

    def ask_soon(self, now_s: float, reason: str) -> None:
        """Somebody doubts this book: ask, and do not call it proved until the answer."""
        if self.state is SyncState.LIVE:
            self._resync(reason, now_s)
            self._doubted = True
        elif self.state is SyncState.FAILED:
            self._due_s = now_s

    def snapshot_failed(self, reason: str, now_s: float) -> None:
        """The venue says that it cannot (protocol §5.6), or does not understand the question."""
        if self.state is not SyncState.OFF:
            self._owed = max(0, self._owed - 1)
            self._failed(reason or "the venue gave no reason", now_s)

    def _failed(self, reason: str, now_s: float) -> None:
        self._asked_s = None
        if self.state is SyncState.LIVE:
            # An audit without an answer proves nothing; it also disproves nothing.
            self.audits_failed += 1
            self._due_s = now_s + RETRY_S[min(self.audits_failed, len(RETRY_S)) - 1]
        else:
            self._ask_again(reason, now_s)

    def _ask_again(self, reason: str, now_s: float) -> None:
        self._asks_failed += 1
        if self._asks_failed >= len(RETRY_S):
            self.state = SyncState.FAILED
            self.reason = reason
            self._due_s = now_s + FAILED_RETRY_S
        else:
            self._due_s = now_s + RETRY_S[self._asks_failed - 1]

    def tick(self, now_s: float) -> None:
        """Time passed: a book that was quiet for its audit period is due for a question, and so is a crossed one."""
        if self.state is not SyncState.LIVE:
            return
        if not self.book.is_crossed:
            self.crossed_since_s = None
            self._crossed_asked = False
        elif self.crossed_since_s is None:
            self.crossed_since_s = now_s
        elif now_s - self.crossed_since_s > CROSSED_S and not self._crossed_asked:
            self._crossed_asked = True  # once: if the venue says the same again, then that is what the venue has
            self.ask_soon(now_s, "the bid crossed the ask")
            return
        if (
            self.audit_every_s is None
            or self.proved_s is None
            or self._asked_s is not None
            or self._due_s is not None
        ):
            return
        if now_s - self.proved_s >= self.audit_every_s:
            self._due_s = now_s

    # frames -------------------------------------------------------------------------------------------------------

    def delta(self, delta: Delta, now_s: float) -> bool:
        """Take changes. True when the book moved."""
        if self.state is SyncState.LIVE:
            last = self._last
            assert last is not None
            seq, prev_seq = delta.seq, delta.prev_seq
            if seq > last and (prev_seq == last or (prev_seq is None and seq == last + 1)):
                self._apply(delta)
                self.proved_s = now_s
                if self.audits_failed:
                    self.audits_failed = 0
                return True
            if seq <= last:
                return self._old(delta, now_s)
            self._resync(f"gap: {last} to {seq if prev_seq is None else prev_seq}", now_s)
        elif self.state is SyncState.OFF:
            self.counts.stale += 1
            return False
        return self._wait(delta, now_s)

    def state_frame(self, snapshot: Snapshot, now_s: float) -> bool:
        """Take a whole state that was pushed in the stream (protocol §5.4): a gap before it does not matter."""
        if self.state is SyncState.OFF:
            self.counts.stale += 1
            return False
        if self._last is not None and snapshot.seq <= self._last:
            self.counts.duplicate += 1
            return False
        self.counts.applied += 1
        # An answer on its way was made before or after this; it must not be taken for more than it is.
        self._recent.clear()
        self._recent_from = snapshot.seq if self._owed else None
        self._rebuild(snapshot, (), now_s)
        return True

    def snapshot(self, snapshot: Snapshot, now_s: float) -> bool:
        """Take a snapshot, asked for or pushed on subscribing. True when the book moved or became proved."""
        if self.state is SyncState.OFF:
            self.counts.stale += 1
            return False
        last = self._last
        answers = self._owed > 0 or last is None
        self._owed = max(0, self._owed - 1)
        mark = (snapshot.seq, snapshot.state_hash)
        repeated = mark in self._seen
        self._seen.append(mark)
        if self.state is SyncState.LIVE and answers and snapshot.seq == last:
            return self._audited(snapshot, now_s)
        if last is None or snapshot.seq > last or (answers and snapshot.seq == last):
            self.counts.applied += 1
            if self.state is SyncState.LIVE and snapshot.seq != last:
                self.corrections += 1  # the tail had been lost, and no frame after it could tell
            self._answered()
            self._rebuild(snapshot, (), now_s)
            return True
        if not answers or snapshot.seq == last:
            self.counts.duplicate += 1
            if not repeated and snapshot.seq != last and self.state is SyncState.LIVE:
                self._resync(f"the venue's counter went back to {snapshot.seq}", now_s)
            return False
        return self._behind(snapshot, last, now_s)

    def _audited(self, snapshot: Snapshot, now_s: float) -> bool:
        """The answer about a live book, at its own sequence. True when it says something else than the book did."""
        self.counts.applied += 1
        self._answered()
        book = self.book
        bids = sorted((level for level in snapshot.bids if level.size), reverse=True)
        asks = sorted(level for level in snapshot.asks if level.size)
        if bids == list(book.levels(Side.BID)) and asks == list(book.levels(Side.ASK)):
            self._proved(now_s)
            return False
        sizes = [[level[:2] for level in side] for side in (bids, asks)]
        if sizes != [[level[:2] for level in book.levels(side)] for side in (Side.BID, Side.ASK)]:
            self.corrections += 1  # else it only tells how many orders make a level, which changes do not
        self._rebuild(snapshot._replace(bids=bids, asks=asks), (), now_s)
        return True

    def give_up_asking(self) -> None:
        """Nobody answers questions about this book: ask no more while it is quiet, and wait for no answer."""
        self.audit_every_s = None
        self.audits_failed = 0
        self._owed = 0
        self._due_s = None
        self._answered()
        self._recent.clear()

    def fallback(self, snapshot: Snapshot, now_s: float) -> bool:
        """Show a state that came another way (REST) while the gateway gives none. It joins no sequence."""
        if self.state is not SyncState.FAILED:
            return False
        self._discard()
        self._last = None
        self.proved_s = now_s
        self.book.replace(
            snapshot.bids, snapshot.asks, seq=snapshot.seq, venue_ms=snapshot.venue_ms, state_hash=snapshot.state_hash
        )
        return True

    # inside -------------------------------------------------------------------------------------------------------

    def _apply(self, delta: Delta) -> None:
        self.counts.applied += 1
        self._last = delta.seq
        self.book.apply(delta.changes, seq=delta.seq, venue_ms=delta.venue_ms, state_hash=delta.state_hash)
        if self._recent_from is not None:
            self._recent.append(delta)

    def _old(self, delta: Delta, now_s: float) -> bool:
        """A sequence that was passed: delivered twice, or the first sign of a counter that restarted."""
        book_ms = self.book.venue_ms
        if (
            delta.venue_ms is not None
            and book_ms is not None
            and delta.venue_ms > book_ms
            and delta.seq != self._last
        ):
            self._resync(f"the venue's counter went back to {delta.seq}", now_s)
            return self._wait(delta, now_s)
        self.counts.duplicate += 1
        return False

    def _resync(self, reason: str, now_s: float) -> None:
        self.state = SyncState.RESYNC
        self.reason = reason
        self.gaps += 1
        self._asks_failed = 0
        self._rewound = False
        if self._asked_s is None:
            self._due_s = now_s

    def _wait(self, delta: Delta, now_s: float) -> bool:
        """Keep changes until a snapshot comes, or heal at once when this is the one that was missing."""
        last = self._last
        if last is not None and self.state is not SyncState.SYNCING and _follows(delta, last):
            self._apply(delta)
            self._drain()
            if not self._buffer and not self._rewound and not self._doubted:
                self._proved(now_s)
            return True
        self._buffer.append(delta)
        if len(self._buffer) > BUFFER:
            self._buffer.popleft()
            self.counts.stale += 1
        else:
            self.counts.buffered += 1
        return False

    def _behind(self, snapshot: Snapshot, last: int, now_s: float) -> bool:
        """The answer to a question, of an earlier sequence than ours."""
        since = self._recent_from
        if since is not None and since <= snapshot.seq and len(self._recent) < RECENT:
            # It was made before changes that we have: bring it up to date.
            later = [delta for delta in self._recent if delta.seq > snapshot.seq]
            self.counts.applied += 1
            self._answered()
            self._rebuild(snapshot, later, now_s)
            return True
        if self._rewound:
            self.counts.applied += 1
            self._discard()
            self._answered()
            self._rebuild(snapshot, (), now_s)
            return True
        # Old, or a counter that restarted: a second answer decides.
        self.counts.stale += 1
        self._answered()
        self._resync(f"the venue's counter went back to {snapshot.seq}", now_s)
        self._rewound = True
        return False

    def _answered(self) -> None:
        self._asked_s = None
        if not self._owed:
            self._recent_from = None

    def _rebuild(self, snapshot: Snapshot, later: Sequence[Delta], now_s: float) -> None:
        """The state of a snapshot, then what was applied after it was made, then what waited for it."""
        book = self.book
        book.replace(
            snapshot.bids,
            snapshot.asks,
            seq=snapshot.seq,
            venue_ms=None if later else snapshot.venue_ms,
            state_hash=snapshot.state_hash,
        )
        for delta in later:
            book.apply(delta.changes, seq=delta.seq, venue_ms=delta.venue_ms, state_hash=delta.state_hash)
        self._last = later[-1].seq if later else snapshot.seq
        self._drain()
        if self._buffer:
            if self._asks_failed >= DOUBTS:
                self._discard()  # the venue says the same again and again: what cannot chain on to it was not its own
            else:
                was_asking = self.state is not SyncState.LIVE
                first = self._buffer[0]
                self.state = SyncState.RESYNC
                self.reason = f"gap: {self._last} to {first.seq if first.prev_seq is None else first.prev_seq}"
                if self._asked_s is None:
                    if was_asking:
                        self._ask_again(self.reason, now_s)
                    else:
                        self._due_s = now_s
                return
        self._proved(now_s)

    def _drain(self) -> None:
        """Apply what waited, in order, as far as it chains; what the state already holds is thrown away."""
        if not self._buffer:
            return
        waiting = sorted(self._buffer, key=_by_seq)
        self._buffer.clear()
        counts = self.counts
        last = self._last
        assert last is not None
        for at, delta in enumerate(waiting):
            if delta.seq <= last:
                counts.buffered -= 1
                counts.stale += 1
            elif _follows(delta, last):
                counts.buffered -= 1
                self._apply(delta)
                last = delta.seq
            else:
                self._buffer.extend(waiting[at:])
                return

    def _discard(self) -> None:
        """Throw away what waits."""
        self.counts.buffered -= len(self._buffer)
        self.counts.stale += len(self._buffer)
        self._buffer.clear()

    def _proved(self, now_s: float) -> None:
        self.state = SyncState.LIVE
        self.reason = ""
        self.proved_s = now_s
        self.audits_failed = 0
        self._asks_failed = 0
        self._due_s = None
        self._rewound = False
        self._doubted = False


def _follows(delta: Delta, last: int) -> bool:
    """Whether changes lead on from `last`."""
    if delta.prev_seq is not None:
        return delta.prev_seq == last
    return delta.seq == last + 1


def _by_seq(delta: Delta) -> int:
    return delta.seq
