"""The book feed of the market gateway: whose frames go to which `BookSync`, when to ask, what a ladder may claim."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from psdash.gateway import translate
from psdash.gateway.asking import FAILED_RETRY_S
from psdash.gateway.clock import Clock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.notices import BookMoved, Emit
from psdash.gateway.panes import MarketPanes
from psdash.gateway.subscriptions import Line, Subscriptions
from psdash.gateway.sync import BookSync, Delta, Snapshot, SyncState
from psdash.gateway.update_kind import UpdateKind
from psdash.market.board import MarketState
from psdash.market.freshness import PaneState
from psdash.wire.predictstreet import (
    BookDelta,
    BookSnapshot,
    BookSnapshotFailed,
    BookUpdate,
    CommandError,
    Feed,
)
from psdash.wire.predictstreet.commands import Command, get_book_snapshot
from psdash.wire.predictstreet.rest import BookBody

log = logging.getLogger(__name__)

#: How long a focused book, and another one, may be quiet before it is asked again (reliability §1.2 rule 6).
FOCUS_AUDIT_S = 5.0
OTHER_AUDIT_S = 60.0
#: How much later than its audit period a live book may be proved: a tick, a turn to speak, an answer.
AUDIT_SLACK_S = 3.0
OTHER_AUDIT_SLACK_S = 15.0
#: Unanswered questions about a quiet book after which the whole session is suspect.
SILENT = 2
#: Sessions ended for a silence by a venue that never answered a question, before the command itself is doubted.
SUSPICIONS = 2
#: A focused book that gets no snapshot at all, from a venue that used to give them: the session is suspect.
SILENT_S = 20.0
#: Between REST reads of a book that the gateway gives no snapshot of, and questions for one of a focused book.
FALLBACK_S = 5.0
#: Between the reads by which REST cross-checks a focused book (reliability §1.2 rule 6).
CROSS_CHECK_S = 60.0
#: How long a focused book may be quiet where no snapshot can be asked for, and a new subscription has to bring it.
FOCUS_RENEWAL_S = 15.0
#: So many changes that a new subscription tells at once, and the old one did not: the old one has gone silent.
MISSED = 3
#: So many books of one sid in want of a snapshot are asked for together, by subscribing once more to the whole sid.
TOGETHER = 6
TOGETHER_S = 2.0


@dataclass(slots=True)
class Entry:
    """One token that is watched."""

    token: str
    line: Line
    state: MarketState
    outcome_index: int
    sync: BookSync
    is_focused: bool = False
    fallback_due_s: float = 0.0
    check_due_s: float | None = None
    disputed_seq: int | None = None  # the sequence at which REST goes on telling another book
    questioned: bool = False  # a get_book_snapshot is open
    renewed: bool = False  # its line was subscribed to once more, and no snapshot came yet

    @property
    def slug(self) -> str:
        return self.state.market.slug


class BookFeed:
    """Every watched book."""

    def __init__(
        self,
        *,
        subscriptions: Subscriptions,
        next_id: Callable[[], int],
        counts: FrameCounts,
        panes: MarketPanes,
        emit: Emit,
        clock: Clock,
        ignore: Callable[[str], None],
        wake: Callable[[], None],
        standing: Callable[[Line, bool], tuple[PaneState, str] | None],
    ) -> None:
        self.entries: dict[str, Entry] = {}
        self._subscriptions = subscriptions
        self._next_id = next_id
        self._counts = counts
        self._panes = panes
        self._emit = emit
        self._clock = clock
        self._ignore = ignore
        self._wake = wake
        self._standing = standing
        self._asked: dict[int, str] = {}
        self._answers = 0  # to get_book_snapshot, in this program's life
        self._renewals = 0  # subscriptions made once more that brought a snapshot, in this program's life
        self._renews = False  # in this session, questions are put by subscribing once more
        self._asks = True  # in this session, there is a question for a snapshot at all
        self._is_deaf = False  # in this session, a subscription went silent, so others may have
        self._suspicions = 0
        self._probed = False  # in this session
        self._updates = UpdateKind()
        self._together_s: float | None = None
        self._comparable = False  # REST and socket have told the same of a book once: their words mean the same

    # which -----------------------------------------------------------------------------------------------------

    def set_markets(self, states: list[MarketState], focus: str) -> None:
        """Follow the books of these markets, the focused one most closely. Those no longer here are let go."""
        entries: dict[str, Entry] = {}
        now_s = self._clock.monotonic_s()
        for state in sorted(states, key=lambda state: state.market.slug != focus):
            for outcome_index, token in enumerate(state.market.tokens):
                entry = self.entries.pop(token, None)
                if entry is None or entry.state is not state:
                    sync = BookSync(state.books[outcome_index], self._counts)
                    entry = Entry(token, Line(Feed.BOOK, token), state, outcome_index, sync)
                    if self._subscriptions.sid_of(entry.line) is not None:
                        self._subscriptions.renew(entry.line)
                entry.is_focused = state.market.slug == focus
                self._pace(entry)
                entry.sync.tick(now_s)  # what just became the focus may be due for a proof
                entries[token] = entry
        for gone in self.entries.values():
            gone.sync.lost()
            self._panes.book(gone.state, gone.outcome_index, PaneState.OFF, "", gone.sync.proved_s)
        self.entries = entries

    def _pace(self, entry: Entry) -> None:
        """How often a book is asked about: a subscription once more costs more than a question."""
        asking = entry.sync.asking
        if not self._asks:
            asking.audit_every_s = FOCUS_RENEWAL_S if entry.is_focused else OTHER_AUDIT_S
            asking.retry_s = OTHER_AUDIT_S  # a gateway that pushes no books: REST tells them
            return
        asking.audit_every_s = FOCUS_AUDIT_S if entry.is_focused and not self._renews else OTHER_AUDIT_S
        asking.retry_s = FALLBACK_S if entry.is_focused else FAILED_RETRY_S

    def of(self, slug: str) -> Iterator[Entry]:
        """The books of one market."""
        return (entry for entry in self.entries.values() if entry.slug == slug)

    # the session -----------------------------------------------------------------------------------------------

    def opened(self, *, asks: bool) -> None:
        """A session began. Without `asks` no snapshot can be asked for (protocol §11): a subscription brings one."""
        self._asks = asks
        self._renews = self._probed = not asks
        for entry in self.entries.values():
            self._pace(entry)

    def accepted(self, token: str) -> None:
        """The subscription stands; its snapshot is on the way."""
        entry = self.entries.get(token)
        if entry is not None and entry.sync.state is SyncState.OFF:
            entry.sync.subscribed(self._clock.monotonic_s())

    def closed(self) -> None:
        """The session is over; no sequence of it means anything any more."""
        self._asked.clear()
        self._updates.forget()
        self._renews = self._probed = not self._asks
        self._is_deaf = False
        for entry in self.entries.values():
            self._pace(entry)
            entry.questioned = entry.renewed = False
            entry.disputed_seq = None
            entry.sync.lost()

    def slept(self, seconds: float) -> None:
        """So many seconds passed in which this program did not run: no answer is late for them."""
        for entry in self.entries.values():
            entry.sync.asking.slept(seconds)

    def ticked(self, now_s: float, *, others: bool = True) -> bool:
        """Time passed. False when quiet books stay unanswered: the session is silent, whatever its pongs say.

        Without `others` only the focused books' claims are looked at.
        """
        alive = not self._is_deaf
        for entry in self.entries.values():
            entry.sync.tick(now_s)
            if not self._probed and entry.is_focused and entry.sync.state is SyncState.LIVE:
                self._probed = True
                if not self._answers:  # a busy book has no audit: learn now whether questions are answered
                    entry.sync.asking.soon(now_s)
            if others or entry.is_focused:
                self.claim(entry)
            if entry.sync.audits_failed >= SILENT:
                if self._is_unanswered(entry):
                    alive = False
                elif self._renews:  # nothing proves this book while it is quiet, and its claim says so
                    entry.sync.give_up_asking(now_s + OTHER_AUDIT_S)
                else:
                    self._ask_by_renewing(now_s)
            elif self._answers and entry.is_focused and entry.sync.state is SyncState.FAILED:
                silent_s = entry.sync.asking.silent_since_s
                alive = alive and (silent_s is None or now_s - silent_s < SILENT_S)
        if not alive and not self._answers:
            self._suspicions += 1
        return alive

    def is_silent(self, slug: str) -> bool:
        """Whether questions about a quiet book of this market stay unanswered."""
        return any(self._is_unanswered(entry) for entry in self.of(slug))

    def _is_unanswered(self, entry: Entry) -> bool:
        """Whether this book's audit failed for want of an answer, by a venue that answers, as far as is known.

        A book that was busy all along has had no audit: the silence may begin before the first answer. So a venue
        that never answered is given up only after a few sessions, or when it refuses the command in words.
        """
        asking = entry.sync.asking
        if not asking.audits_failed:
            return False
        answers = self._renewals if self._renews else self._answers
        return answers > 0 or (asking.silent_since_s is not None and self._suspicions < SUSPICIONS)

    def fallbacks(self, now_s: float) -> list[Entry]:
        """The books to read by REST now."""
        due = [
            entry
            for entry in self.entries.values()
            if entry.sync.state is SyncState.FAILED and now_s >= entry.fallback_due_s
        ]
        for entry in due:
            entry.fallback_due_s = now_s + FALLBACK_S
        return due

    def fell_back(self, entry: Entry, body: BookBody) -> None:
        """A book came by REST."""
        if entry.sync.fallback(translate.rest_snapshot(body), self._clock.monotonic_s()):
            self.claim(entry)
            self._emit(BookMoved(entry.slug, entry.outcome_index, body.seq))

    def cross_checks(self, now_s: float) -> list[Entry]:
        """The focused books to compare with REST now."""
        due: list[Entry] = []
        for entry in self.entries.values():
            if not entry.is_focused or entry.sync.state is not SyncState.LIVE:
                continue
            if entry.check_due_s is None:
                entry.check_due_s = now_s + FOCUS_AUDIT_S
            elif now_s >= entry.check_due_s:
                entry.check_due_s = now_s + CROSS_CHECK_S
                due.append(entry)
        return due

    def cross_checked(self, entry: Entry, body: BookBody) -> None:
        """REST told a book that the socket tells too. A difference is asked about once, then shown."""
        sync = entry.sync
        before, mismatches = sync.state, sync.mismatches
        same = sync.compare(translate.rest_snapshot(body), self._clock.monotonic_s())
        if same is None:
            return
        self._comparable = self._comparable or same
        entry.disputed_seq = None if same else body.seq
        if sync.mismatches > mismatches:
            self._counts.happened("books that REST told otherwise")
            log.warning("%s/%d: REST tells another book at #%s", entry.slug, entry.outcome_index, body.seq)
            entry.check_due_s = self._clock.monotonic_s() + FOCUS_AUDIT_S  # and look again once the socket has spoken
        if sync.state is not before:
            self._turned(entry)
        self.claim(entry)

    # asking ----------------------------------------------------------------------------------------------------

    def next_command(self, now_s: float, *, urgent: bool = False) -> Command | None:
        """The next question for a snapshot: focused books first, and with `urgent` no others."""
        others: list[tuple[Entry, int]] = []
        for entry in self.entries.values():
            if urgent and not entry.is_focused:
                break
            if not entry.sync.wants_snapshot(now_s):
                continue
            sid = self._subscriptions.sid_of(entry.line)
            if sid is None:
                continue
            if entry.is_focused:
                return self._ask(entry, sid, now_s)
            others.append((entry, sid))
        return self._ask_others(others, now_s) if others else None

    def _ask_others(self, waiting: list[tuple[Entry, int]], now_s: float) -> Command | None:
        """One question for the first of these books, or one command for many of them."""
        sid, count = Counter(sid for _, sid in waiting).most_common(1)[0]
        if count < TOGETHER or (self._together_s is not None and now_s < self._together_s + TOGETHER_S):
            return self._ask(*waiting[0], now_s)
        together = set(self._subscriptions.refresh(sid))
        if not together:
            return self._ask(*waiting[0], now_s)
        self._together_s = now_s
        self._counts.happened("snapshots asked for together")
        for entry in self.entries.values():
            if entry.line in together and not entry.sync.asking.is_open:
                entry.sync.asked(now_s)
        return self._subscriptions.next_command(now_s)

    def _ask_by_renewing(self, now_s: float) -> None:
        """The venue never answered `get_book_snapshot`: our reading of it may be wrong (protocol §3.5 is GUESS).

        A subscription made once more brings a snapshot as well; from now on that proves what is quiet.
        """
        self._renews = True
        log.info("get_book_snapshot is not answered: quiet books are proved by subscribing once more")
        for entry in self.entries.values():
            self._pace(entry)
            entry.questioned = False
            asking = entry.sync.asking
            if entry.sync.state is SyncState.LIVE and (asking.is_open or asking.due_s is not None):
                entry.sync.give_up_asking(now_s)
        self._wake()

    def _renew(self, entry: Entry, sid: int, now_s: float) -> Command | None:
        """Ask by subscribing once more; about a live book together with all that its sid serves."""
        together = self._subscriptions.refresh(sid) if entry.sync.state is SyncState.LIVE else ()
        if not together:
            self._subscriptions.renew(entry.line)
        lines = {entry.line, *together}
        for each in self.entries.values():
            if each.line in lines:
                each.questioned = False
                each.renewed = True
                if not each.sync.asking.is_open:
                    each.sync.asked(now_s)
        return self._subscriptions.next_command(now_s)

    def _ask(self, entry: Entry, sid: int, now_s: float) -> Command | None:
        """Ask for one book's snapshot."""
        sync = entry.sync
        in_vain = not self._answers and sync.asking.failed >= SILENT and sync.state is not SyncState.LIVE
        if self._renews or in_vain:  # a new subscription brings a snapshot for certain
            return self._renew(entry, sid, now_s)
        sync.asked(now_s)
        entry.questioned = True
        command_id = self._next_id()
        self._asked[command_id] = entry.token
        while len(self._asked) > 1_000:
            del self._asked[next(iter(self._asked))]
        return get_book_snapshot(command_id, sid, entry.token)

    def resync(self, slug: str) -> None:
        """The person wants a fresh snapshot."""
        for entry in self.of(slug):
            entry.sync.ask_soon(self._clock.monotonic_s(), "asked for")
            self.claim(entry)
        self._wake()

    def doubt(self, entry: Entry, reason: str) -> None:
        """Something about this book was missed: ask, and do not call it proved before the answer."""
        before = entry.sync.state
        entry.sync.ask_soon(self._clock.monotonic_s(), reason)
        if entry.sync.state is not before:
            self._turned(entry)

    def failed(self, error: CommandError) -> bool:
        """Whether an error frame was about a question of ours."""
        token = None if error.command_id is None else self._asked.pop(error.command_id, None)
        if token is None:
            return False
        self._failed(token, error.message or error.code)
        return True

    def _failed(self, token: str, reason: str) -> None:
        entry = self.entries.get(token)
        if entry is not None:
            now_s = self._clock.monotonic_s()
            entry.sync.snapshot_failed(reason, now_s)
            if entry.sync.state is SyncState.LIVE and entry.sync.asking.denials >= SILENT:
                self._denied(entry, reason, now_s)
            self.claim(entry)

    def _denied(self, entry: Entry, reason: str, now_s: float) -> None:
        """The venue says "no" again and again: for this book, or to the command as such?"""
        if self._answers or self._renews:  # for this book: RESYNC, then REST
            self.doubt(entry, reason or "the venue gives no snapshot")
            return
        focused = [each for each in self.entries.values() if each.is_focused and each.sync.state is SyncState.LIVE]
        untold = [each for each in focused if each.sync.asking.denials < SILENT]
        for each in untold:
            each.sync.asking.soon(now_s)
        if not untold:
            self._ask_by_renewing(now_s)

    # frames ----------------------------------------------------------------------------------------------------

    def delta(self, frame: BookDelta) -> None:
        """The hot path."""
        entry = self.entries.get(frame.token)
        if entry is None:
            self._ignore("book_delta of a market that is not watched")
            return
        sync = entry.sync
        before = sync.state
        change = translate.delta(frame)
        if sync.delta(change, self._clock.monotonic_s()):
            # To a live book this was the next change and nothing waited behind it; any other may have healed a gap.
            alone = change.changes if before is SyncState.LIVE else None
            self._emit(BookMoved(entry.state.market.slug, entry.outcome_index, sync.seq, alone))
        if sync.state is not before:
            self._turned(entry)

    def update(self, frame: BookUpdate) -> None:
        """A state or a change, whichever it is (protocol §5.4)."""
        entry = self.entries.get(frame.token)
        if entry is None:
            self._ignore("book_update of a market that is not watched")
            return
        sync = entry.sync
        before = sync.state
        change = translate.update(frame, as_change=self._updates.is_change)
        now_s = self._clock.monotonic_s()
        if isinstance(change, Snapshot):
            change = change._replace(bids=list(change.bids), asks=list(change.asks))
        moved = False
        if sync.expects(frame.seq) and (frame.says_nothing or not self._is_believed(entry, change)):
            self._counts.stale += 1  # the snapshot that decides is newer
            sync.ask_soon(now_s, "asking what the venue's update says of the whole book")
        elif isinstance(change, Snapshot):
            moved = sync.state_frame(change, now_s)
        else:
            moved = sync.delta(change, now_s)
        if moved:
            self._emit(BookMoved(entry.slug, entry.outcome_index, sync.seq))
        if sync.state is not before:
            self._turned(entry)

    def _is_believed(self, entry: Entry, change: Snapshot | Delta) -> bool:
        """Whether an update may be taken as it reads: one that stands for the whole book, while nobody knows that it
        does, must take nothing away.
        """
        if isinstance(change, Delta) or not self._updates.in_doubt:
            return True
        if entry.sync.state is not SyncState.LIVE:
            return False  # a snapshot is on its way
        return not self._updates.doubts(entry.sync.book, change.bids, change.asks, change.seq)

    def snapshot(self, frame: BookSnapshot) -> None:
        """Protocol §5.3."""
        entry = self.entries.get(frame.token)
        if entry is None:
            self._ignore("book_snapshot of a market that is not watched")
            return
        sync = entry.sync
        before = sync.state
        if entry.questioned:
            entry.questioned = False
            self._answers += 1
        if entry.renewed:
            entry.renewed = False
            self._renewals += 1
            # One connection keeps its order: what the old subscription had to say was said before this.
            missed = 0 if sync.seq is None else frame.seq - sync.seq
            self._is_deaf |= not self._asks and before is SyncState.LIVE and missed >= MISSED
        if sync.snapshot(translate.snapshot(frame), self._clock.monotonic_s()):
            self._emit(BookMoved(entry.slug, entry.outcome_index, sync.seq))
        if self._updates.in_doubt and sync.state is SyncState.LIVE and self._updates.told(sync.book, sync.seq or 0):
            self._counts.happened("book_update read as a change")
            log.warning("book_update takes away levels that the snapshot after it has: read as a change from now on")
        if sync.state is not before:
            self._turned(entry)
        else:
            self.claim(entry)

    def snapshot_failed(self, frame: BookSnapshotFailed) -> None:
        """Protocol §5.6: it names the token, or the command."""
        token = frame.token
        if frame.command_id is not None:
            token = self._asked.pop(frame.command_id, None) or token
        if token is None or token not in self.entries:
            self._ignore("book_snapshot_failed of a market that is not watched")
            return
        self._counts.applied += 1
        self._failed(token, frame.reason)

    def _turned(self, entry: Entry) -> None:
        """A book became true, or ceased to be: say so, and ask at once."""
        state = entry.sync.state
        if state is SyncState.RESYNC:
            self._counts.happened("resyncs")
            log.info("%s/%d: %s", entry.slug, entry.outcome_index, entry.sync.reason)
        if state is not SyncState.LIVE:
            self._wake()
        self.claim(entry)

    # claims ----------------------------------------------------------------------------------------------------

    def claim(self, entry: Entry) -> None:
        """Write and tell what this book may claim now."""
        sync = entry.sync
        standing = self._standing(entry.line, sync.proved_s is not None)
        if standing is not None:
            state, reason = standing
        elif sync.state is SyncState.LIVE:
            state, reason = PaneState.LIVE, ""
            if self._is_unanswered(entry):
                state, reason = PaneState.STALE, "the venue does not answer for this book"
            elif self._is_unproved(entry):
                state, reason = self._unproved(entry)
            elif entry.disputed_seq is not None and entry.disputed_seq == sync.seq:
                # Without one agreement before, REST's words may only mean something else than the socket's.
                state = PaneState.STALE if self._comparable else PaneState.LIVE
                reason = "socket and REST tell different books"
            elif sync.crossed_since_s is not None:
                reason = "crossed: the best bid is at or above the best ask"
        elif sync.state is SyncState.RESYNC:
            state, reason = PaneState.RESYNC, sync.reason
        elif sync.state is SyncState.FAILED:
            state, reason = PaneState.STALE, f"the gateway gives no snapshot ({sync.reason}); read by REST"
        else:
            state, reason = PaneState.SYNCING, ""
        self._panes.book(entry.state, entry.outcome_index, state, reason, sync.proved_s)

    def _unproved_s(self, entry: Entry) -> float:
        """For how long nothing has proved this book."""
        proved_s = entry.sync.proved_s
        return 0.0 if proved_s is None else self._clock.monotonic_s() - proved_s

    def _is_unproved(self, entry: Entry) -> bool:
        """Whether a live book is due for a proof that has not come: it was let be for longer than a focus may."""
        every_s = entry.sync.audit_every_s
        slack_s = AUDIT_SLACK_S if every_s == FOCUS_AUDIT_S else OTHER_AUDIT_SLACK_S
        return every_s is not None and self._unproved_s(entry) > every_s + slack_s

    def _unproved(self, entry: Entry) -> tuple[PaneState, str]:
        if self._unproved_s(entry) <= OTHER_AUDIT_S + OTHER_AUDIT_SLACK_S:
            return PaneState.SYNCING, ""
        return PaneState.STALE, "the venue confirms this book no more"
