"""BookSync against a venue that loses, repeats, reorders, answers late or old, fails, and restarts its counter."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from psdash.gateway.conservation import FrameCounts
from psdash.gateway.sync import BookSync, Delta, Snapshot, SyncState
from psdash.market.book import Book, Change, Level, Side

State = dict[tuple[Side, int], Decimal]
#: An era's sequences lie far below those of the one before, so that none is met twice.
ERA = 1_000_000


@dataclass
class Answer:
    """A snapshot on its way."""

    snapshot: Snapshot


@dataclass
class Failure:
    """A `book_snapshot_failed` on its way."""


def _snapshot(seq: int, state: State, venue_ms: int) -> Snapshot:
    bids = [Level(ticks, size) for (side, ticks), size in state.items() if side is Side.BID]
    asks = [Level(ticks, size) for (side, ticks), size in state.items() if side is Side.ASK]
    return Snapshot(seq, bids, asks, venue_ms, f"{seq:x}")


class Venue(RuleBasedStateMachine):
    """The venue, the channel and the clock; BookSync is the thing under test."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = FrameCounts()
        self.book = Book("1")
        self.sync = BookSync(self.book, self.counts)
        self.sync.audit_every_s = 5.0
        self.now_s = 100.0
        self.venue_ms = 1_000
        self.eras = 20
        self.seq = self.eras * ERA
        self.state: State = {(Side.BID, 480_000): Decimal(5), (Side.ASK, 520_000): Decimal(5)}
        self.truth: dict[int, State] = {self.seq: dict(self.state)}
        self.wire: deque[Delta | Answer | Failure | Snapshot] = deque()
        self.questions = 0
        self.with_prev = True

    @initialize(with_prev=st.booleans())
    def connect(self, with_prev: bool) -> None:
        self.with_prev = with_prev
        self.sync.subscribed(self.now_s)
        self.wire.append(Answer(_snapshot(self.seq, self.state, self.venue_ms)))

    # the venue --------------------------------------------------------------------------------------------------

    @rule(side=st.sampled_from(Side), ticks=st.integers(1, 9), size=st.integers(0, 3))
    def change(self, side: Side, ticks: int, size: int) -> None:
        level = 500_000 + (ticks * 10_000 if side is Side.ASK else -ticks * 10_000)
        self.venue_ms += 7
        self.seq += 1
        if size:
            self.state[side, level] = Decimal(size)
        else:
            self.state.pop((side, level), None)
        self.truth[self.seq] = dict(self.state)
        prev = self.seq - 1 if self.with_prev else None
        self.wire.append(Delta(self.seq, prev, [Change(side, level, Decimal(size))], self.venue_ms))

    @rule()
    def state_frame(self) -> None:
        self.venue_ms += 7
        self.seq += 1
        self.truth[self.seq] = dict(self.state)
        self.wire.append(_snapshot(self.seq, self.state, self.venue_ms))

    @precondition(lambda self: self.eras > 1)
    @rule()
    def restart(self) -> None:
        """The matcher restarts: its counter begins below, and what it had not sent is gone."""
        self.eras -= 1
        self.wire.clear()
        self.questions = 0
        self.venue_ms += 1_000
        self.seq = self.eras * ERA
        self.state = {(Side.BID, 470_000): Decimal(self.eras)}
        self.truth[self.seq] = dict(self.state)

    @precondition(lambda self: self.questions)
    @rule(age=st.integers(0, 4))
    def answer(self, age: int) -> None:
        """A snapshot, perhaps one made before the newest changes."""
        self.questions -= 1
        seq = max(self.seq - age, self.eras * ERA)
        self.wire.append(Answer(_snapshot(seq, self.truth[seq], self.venue_ms)))

    @precondition(lambda self: self.questions)
    @rule()
    def fail(self) -> None:
        self.questions -= 1
        self.wire.append(Failure())

    @precondition(lambda self: self.questions)
    @rule()
    def never_answer(self) -> None:
        self.questions -= 1

    # the channel ------------------------------------------------------------------------------------------------

    def _arrive(self, frame: Delta | Answer | Failure | Snapshot) -> None:
        self.counts.frames_in += 1
        if isinstance(frame, Delta):
            self.sync.delta(frame, self.now_s)
        elif isinstance(frame, Answer):
            self.sync.snapshot(frame.snapshot, self.now_s)
        elif isinstance(frame, Snapshot):
            self.sync.state_frame(frame, self.now_s)
        else:
            self.counts.applied += 1
            self.sync.snapshot_failed("matcher_unavailable", self.now_s)

    @precondition(lambda self: self.wire)
    @rule()
    def deliver(self) -> None:
        self._arrive(self.wire.popleft())

    @precondition(lambda self: self.wire)
    @rule()
    def deliver_twice(self) -> None:
        frame = self.wire.popleft()
        self._arrive(frame)
        if not isinstance(frame, Failure):
            self._arrive(frame)

    @precondition(lambda self: self.wire)
    @rule()
    def lose(self) -> None:
        self.wire.popleft()

    @precondition(lambda self: len(self.wire) > 1)
    @rule()
    def reorder(self) -> None:
        """Changes swap places; an answer keeps its place, as nothing older may overtake it twice."""
        if isinstance(self.wire[0], Delta) and isinstance(self.wire[1], Delta):
            self.wire[0], self.wire[1] = self.wire[1], self.wire[0]

    # time -------------------------------------------------------------------------------------------------------

    def _tick(self, seconds: float) -> None:
        self.now_s += seconds
        self.sync.tick(self.now_s)
        if self.sync.wants_snapshot(self.now_s):
            self.sync.asked(self.now_s)
            self.questions += 1

    @rule(seconds=st.sampled_from([0.01, 0.3, 1.0, 2.5, 6.0, 20.0]))
    def pass_time(self, seconds: float) -> None:
        self._tick(seconds)

    @rule()
    def reconnect(self) -> None:
        self.wire.clear()
        self.questions = 0
        self.sync.lost()
        self.sync.subscribed(self.now_s)
        self.wire.append(Answer(_snapshot(self.seq, self.state, self.venue_ms)))

    # what must hold ---------------------------------------------------------------------------------------------

    def _shown(self) -> State:
        return {(side, level.ticks): level.size for side in Side for level in self.book.levels(side)}

    @invariant()
    def live_is_true(self) -> None:
        if self.sync.state is SyncState.LIVE:
            assert self.book.seq is not None
            assert self.book.seq == self.sync.seq
            assert self._shown() == self.truth[self.book.seq]

    @invariant()
    def conserved(self) -> None:
        assert self.counts.is_conserved, self.counts
        assert self.counts.buffered >= 0

    def teardown(self) -> None:
        """Once the faults end, the book becomes true, and stays."""
        for _ in range(80):
            while self.wire:
                self._arrive(self.wire.popleft())
            if self.questions:
                self.questions = 0
                self.wire.append(Answer(_snapshot(self.seq, self.state, self.venue_ms)))
            self._tick(1.0)
        self.live_is_true()
        self.conserved()
        assert self.sync.state is SyncState.LIVE
        assert self._shown() == self.state
        assert self.book.seq == self.seq


TestBookSync = Venue.TestCase
TestBookSync.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
