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
from collections.abc import Sequence
from enum import Enum

from psdash.gateway.asking import ANSWER_S, Asking
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.waiting import Delta, Snapshot, Waiting
from psdash.market.book import Book, Side

__all__ = ["BookSync", "Delta", "Snapshot", "SyncState"]

#: Changes remembered while an answer is on its way, to bring an old one up to date.
RECENT = 2_000
#: How long a book may stand crossed before it is doubted.
CROSSED_S = 1.0
#: Levels of a side that REST is asked for: a side that is as long was cut there (protocol §7.6).
REST_DEPTH = 100
#: How many snapshots in a row must contradict a change that waits before the change is given up.
DOUBTS = 3


class SyncState(Enum):
    """What is known of a book."""

    OFF = "off"  # not subscribed
    SYNCING = "syncing"  # subscribed; the first snapshot is awaited
    LIVE = "live"
    RESYNC = "resync"  # a gap: what is shown was true, and is not proved any more
    FAILED = "failed"  # the venue does not give a snapshot


class BookSync:
    """One token's book on one connection after another. It writes `book` and `counts`, and says when to ask.

    Attributes for reading: `state`, `reason` (in words), `proved_s` (when the book was last known to be true),
    `crossed_since_s`, `asking` (the questions); and how often in its life: `gaps` (left LIVE for a resync),
    `corrections` (an audit found the book wrong), `mismatches` (REST told another book).
    """

    __slots__ = (
        "_crossed_asked",
        "_disputed",
        "_doubted",
        "_last",
        "_recent",
        "_recent_from",
        "_rewound",
        "_seen",
        "_waiting",
        "asking",
        "book",
        "corrections",
        "counts",
        "crossed_since_s",
        "gaps",
        "mismatches",
        "proved_s",
        "reason",
        "state",
    )

    def __init__(self, book: Book, counts: FrameCounts) -> None:
        self.book = book
        self.counts = counts
        self.proved_s: float | None = None
        self.asking = Asking()
        self.gaps = 0
        self.corrections = 0
        self.mismatches = 0
        self._waiting = Waiting(counts)
        self._reset(SyncState.OFF)

    def _reset(self, state: SyncState) -> None:
        self._waiting.discard()
        self.asking.reset()
        self.state = state
        self.reason = ""
        self.crossed_since_s: float | None = None
        self._crossed_asked = False
        self._last: int | None = None
        #: What was applied since the oldest question that is still open, and the sequence it began at.
        self._recent: deque[Delta] = deque(maxlen=RECENT)
        self._recent_from: int | None = None
        self._rewound = False  # one answer went back already
        self._doubted = False  # not a gap but the book itself is in question: no change can heal that
        #: Sequence and hash of the newest whole states that the venue told.
        self._seen: deque[tuple[int, str | None]] = deque(maxlen=16)
        self._disputed: tuple[int, str | None] | None = None

    # the connection -----------------------------------------------------------------------------------------------

    def subscribed(self, now_s: float) -> None:
        """A subscription stands: the venue pushes a snapshot by itself."""
        self._reset(SyncState.SYNCING)
        self.asking.soon(now_s + ANSWER_S)

    def lost(self) -> None:
        """The subscription is gone. The book keeps its last levels; nothing proves them any more."""
        self._reset(SyncState.OFF)

    @property
    def seq(self) -> int | None:
        """The sequence of the book, None before the first snapshot of this connection."""
        return self._last

    def expects(self, seq: int) -> bool:
        """Whether a state of this sequence would be news: subscribed, and not passed already."""
        return self.state is not SyncState.OFF and (self._last is None or seq > self._last)

    @property
    def audit_every_s(self) -> float | None:
        """How long a live book may be quiet before it is asked again; None: for ever."""
        return self.asking.audit_every_s

    @audit_every_s.setter
    def audit_every_s(self, seconds: float | None) -> None:
        self.asking.audit_every_s = seconds

    @property
    def audits_failed(self) -> int:
        """Questions in a row about a live book that stayed unanswered."""
        return self.asking.audits_failed

    # asking -------------------------------------------------------------------------------------------------------

    def wants_snapshot(self, now_s: float) -> bool:
        """Whether to ask now. An answer that is overdue counts as failed here."""
        if self.asking.is_overdue(now_s):
            self._unanswered(now_s)
        return self.asking.is_due(now_s)

    def asked(self, now_s: float) -> None:
        """The question went out."""
        if not self.asking.owed:
            self._recent.clear()
            self._recent_from = self._last
        self.asking.went_out(now_s)

    def ask_soon(self, now_s: float, reason: str) -> None:
        """Somebody doubts this book: ask, and do not call it proved until the answer."""
        if self.state is SyncState.LIVE:
            self._resync(reason, now_s)
            self._doubted = True
        elif self.state is SyncState.FAILED:
            self.asking.soon(now_s)

    def snapshot_failed(self, reason: str, now_s: float) -> None:
        """The venue says that it cannot (protocol §5.6), or does not understand the question."""
        if self.state is not SyncState.OFF:
            self.asking.came()
            self.asking.close()
            if self.state is SyncState.LIVE:
                self.asking.denied(now_s)
            else:
                self._ask_again(reason or "the venue gave no reason", now_s)

    def _unanswered(self, now_s: float) -> None:
        self.asking.nothing_came(now_s)
        self.asking.close()
        if self.state is SyncState.LIVE:
            self.asking.audit_again(now_s)
        else:
            self._ask_again("no answer to the request for a snapshot", now_s)

    def _ask_again(self, reason: str, now_s: float) -> None:
        if self.asking.ask_again(now_s):
            self.state = SyncState.FAILED
            self.reason = reason

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
        self.asking.audit(now_s, self.proved_s)

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
                if self.asking.audits_failed:
                    self.asking.audits_failed = 0
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
            if self.state is SyncState.LIVE and self._restarted(snapshot.seq, snapshot.venue_ms):
                self.counts.stale += 1
                self._resync(f"the venue's counter went back to {snapshot.seq}", now_s)
            else:
                self.counts.duplicate += 1
            return False
        self.counts.applied += 1
        follows = self.state is SyncState.LIVE and self._last is not None and snapshot.seq == self._last + 1
        self._seen.append((snapshot.seq, snapshot.state_hash))
        # An answer on its way was made before or after this; it must not be taken for more than it is.
        self._recent.clear()
        self._recent_from = snapshot.seq if self.asking.owed else None
        self._rebuild(snapshot, (), now_s, follows=follows)
        return True

    def snapshot(self, snapshot: Snapshot, now_s: float) -> bool:
        """Take a snapshot, asked for or pushed on subscribing. True when the book moved or became proved."""
        if self.state is SyncState.OFF:
            self.counts.stale += 1
            return False
        last = self._last
        answers = self.asking.owed > 0 or last is None
        self.asking.came()
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
        same = sizes == [[level[:2] for level in book.levels(side)] for side in (Side.BID, Side.ASK)]
        if not same:
            self.corrections += 1  # else it only tells how many orders make a level, which changes do not
        self._rebuild(snapshot._replace(bids=bids, asks=asks), (), now_s, follows=same)
        return True

    def give_up_asking(self, again_s: float) -> None:
        """Nobody answers questions about this book: wait for none, and ask again at `again_s` at the earliest."""
        self.asking.give_up(again_s)
        self._answered()
        self._recent.clear()

    def compare(self, other: Snapshot, now_s: float) -> bool | None:
        """Whether a state that came another way (REST) is the one this book has, or lately had.

        None when that cannot be told: not live, another sequence, nothing to compare. A difference at the same
        sequence leads to one resync; what the socket then says again is what the socket has.
        """
        if self.state is not SyncState.LIVE:
            return None
        told = next((told for seq, told in reversed(self._seen) if seq == other.seq and told is not None), None)
        by_hash = None if told is None or other.state_hash is None else told == other.state_hash
        by_levels = self._has_levels(other) if other.seq == self._last else None
        if by_hash is None and by_levels is None:
            return None
        if by_hash is not False and by_levels is not False:
            self._disputed = None
            return True
        mark = (other.seq, other.state_hash)
        if mark != self._disputed:
            self._disputed = mark
            self.mismatches += 1
            self.ask_soon(now_s, "REST tells another book")
        return False

    def _has_levels(self, other: Snapshot) -> bool:
        """Whether the book's levels are these, as far as a cut side goes."""
        for side, rows in ((Side.BID, other.bids), (Side.ASK, other.asks)):
            theirs = sorted((level[:2] for level in rows if level.size), reverse=side is Side.BID)
            ours = [level[:2] for level in self.book.levels(side)]
            if len(theirs) >= REST_DEPTH:
                ours, theirs = ours[:REST_DEPTH], theirs[:REST_DEPTH]
            if ours != theirs:
                return False
        return True

    def fallback(self, snapshot: Snapshot, now_s: float) -> bool:
        """Show a state that came another way (REST) while the gateway gives none. It joins no sequence."""
        if self.state is not SyncState.FAILED:
            return False
        self._waiting.discard()
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
        if self._restarted(delta.seq, delta.venue_ms):
            self._resync(f"the venue's counter went back to {delta.seq}", now_s)
            return self._wait(delta, now_s)
        self.counts.duplicate += 1
        return False

    def _restarted(self, seq: int, venue_ms: int | None) -> bool:
        """Whether a sequence that was passed belongs to a later time: the counter behind it began anew."""
        book_ms = self.book.venue_ms
        return venue_ms is not None and book_ms is not None and venue_ms > book_ms and seq != self._last

    def _resync(self, reason: str, now_s: float) -> None:
        self.state = SyncState.RESYNC
        self.reason = reason
        self.gaps += 1
        self.asking.failed = 0
        self._rewound = False
        self.asking.soon(now_s)

    def _wait(self, delta: Delta, now_s: float) -> bool:
        """Keep changes until a snapshot comes, or heal at once when this is the one that was missing."""
        last = self._last
        if last is not None and self.state is not SyncState.SYNCING and delta.follows(last):
            self._apply(delta)
            self._waiting.drain(delta.seq, self._apply)
            if not self._waiting and not self._rewound and not self._doubted:
                self._proved(now_s)
            return True
        if self.state is SyncState.FAILED:
            self.asking.stirred(now_s)
        self._waiting.keep(delta)
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
            self._waiting.discard()
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
        self.asking.close()
        if not self.asking.owed:
            self._recent_from = None

    def _rebuild(self, snapshot: Snapshot, later: Sequence[Delta], now_s: float, *, follows: bool = False) -> None:
        """The state of a snapshot, then what was applied after it was made, then what waited for it.

        `follows` says that nothing was missed between the book as it stands and the snapshot.
        """
        book = self.book
        book.replace(
            snapshot.bids,
            snapshot.asks,
            seq=snapshot.seq,
            venue_ms=None if later else snapshot.venue_ms,
            state_hash=snapshot.state_hash,
            follows=follows,
        )
        for delta in later:
            book.apply(delta.changes, seq=delta.seq, venue_ms=delta.venue_ms, state_hash=delta.state_hash)
        self._last = later[-1].seq if later else snapshot.seq
        self._waiting.drain(self._last, self._apply)
        if self._waiting:
            if self.asking.failed >= DOUBTS:
                # The venue says the same again and again: what cannot chain on to it was not its own.
                self._waiting.discard()
            else:
                was_asking = self.state is not SyncState.LIVE
                first = self._waiting.first
                self.state = SyncState.RESYNC
                self.reason = f"gap: {self._last} to {first.seq if first.prev_seq is None else first.prev_seq}"
                if not self.asking.is_open:
                    if was_asking:
                        self._ask_again(self.reason, now_s)
                    else:
                        self.asking.soon(now_s)
                return
        self._proved(now_s)

    def _proved(self, now_s: float) -> None:
        self.state = SyncState.LIVE
        self.reason = ""
        self.proved_s = now_s
        self.asking.proved()
        self._rewound = False
        self._doubted = False
