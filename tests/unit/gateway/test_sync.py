"""BookSync, rule by rule (protocol §6.1)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from psdash.gateway import waiting
from psdash.gateway.asking import RETRY_S
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.sync import DOUBTS, BookSync, Delta, Snapshot, SyncState
from psdash.market.book import Book, Change, Level, Side


class Desk:
    """A BookSync with its book and counts; `live` starts it from a snapshot at a sequence."""

    def __init__(self) -> None:
        self.counts = FrameCounts()
        self.book = Book("1")
        self.sync = BookSync(self.book, self.counts)
        self.now_s = 10.0

    def live(self, seq: int = 100) -> Desk:
        self.sync.subscribed(self.now_s)
        self.snapshot(seq)
        assert self.sync.state is SyncState.LIVE
        return self

    def snapshot(self, seq: int, size: int = 5, venue_ms: int = 1_000) -> bool:
        self.counts.frames_in += 1
        bids, asks = [Level(480_000, Decimal(size))], [Level(520_000, Decimal(size))]
        return self.sync.snapshot(Snapshot(seq, bids, asks, venue_ms, f"{seq:x}"), self.now_s)

    def delta(self, seq: int, prev: int | None, size: int = 1, venue_ms: int = 2_000, ticks: int = 480_000) -> bool:
        self.counts.frames_in += 1
        change = [Change(Side.BID, ticks, Decimal(size))]
        return self.sync.delta(Delta(seq, prev, change, venue_ms), self.now_s)

    def ask(self) -> None:
        assert self.sync.wants_snapshot(self.now_s)
        self.sync.asked(self.now_s)

    def best_bid(self) -> Decimal:
        level = self.book.best_bid
        assert level is not None
        return level.size


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_changes_before_the_snapshot_wait_for_it(desk: Desk) -> None:
    desk.sync.subscribed(desk.now_s)
    assert not desk.delta(99, 98, size=9)
    assert not desk.delta(101, 100, size=7)
    assert desk.counts.buffered == 2
    assert desk.snapshot(100)
    assert desk.sync.state is SyncState.LIVE
    assert (desk.book.seq, desk.best_bid()) == (101, Decimal(7))
    assert (desk.counts.applied, desk.counts.stale, desk.counts.buffered) == (2, 1, 0)


@pytest.mark.parametrize(("seq", "prev"), [(103, 102), (103, None), (102, 101)])
def test_a_gap_freezes_the_book_and_asks(desk: Desk, seq: int, prev: int | None) -> None:
    desk.live(100)
    assert not desk.delta(seq, prev)
    assert desk.sync.state is SyncState.RESYNC
    assert "gap: 100" in desk.sync.reason
    assert (desk.book.seq, desk.best_bid()) == (100, Decimal(5))
    assert desk.sync.wants_snapshot(desk.now_s)


def test_prev_seq_comes_before_the_jump_rule(desk: Desk) -> None:
    """Sequences may skip where the venue says what they stand on (protocol §6.1, B before A)."""
    desk.live(100)
    assert desk.delta(107, 100)
    assert (desk.sync.state, desk.book.seq) == (SyncState.LIVE, 107)


def test_a_late_change_heals_the_gap_without_a_snapshot(desk: Desk) -> None:
    desk.live(100)
    desk.delta(102, 101, size=2)
    assert desk.delta(101, 100, size=1)
    assert (desk.sync.state, desk.book.seq, desk.best_bid()) == (SyncState.LIVE, 102, Decimal(2))
    assert not desk.sync.wants_snapshot(desk.now_s)


def test_an_answer_after_healing_is_only_an_audit(desk: Desk) -> None:
    desk.live(100)
    desk.delta(102, 101, size=2)
    desk.ask()
    desk.delta(101, 100, size=1)
    assert desk.sync.state is SyncState.LIVE
    desk.snapshot(101, size=1)  # made between the two changes
    assert (desk.sync.state, desk.book.seq, desk.best_bid()) == (SyncState.LIVE, 102, Decimal(2))
    assert desk.counts.is_conserved


def test_an_old_answer_is_brought_up_to_date(desk: Desk) -> None:
    """The venue may make a snapshot before changes that reach us first: the book must not step back."""
    desk.live(100)
    desk.sync.audit_every_s = 5.0
    desk.now_s += 6
    desk.sync.tick(desk.now_s)
    desk.ask()
    desk.delta(101, 100, size=1)
    desk.delta(102, 101, size=2)
    assert desk.snapshot(100, size=5)
    assert (desk.sync.state, desk.book.seq, desk.best_bid()) == (SyncState.LIVE, 102, Decimal(2))


def test_a_repeated_change_is_counted_and_dropped(desk: Desk) -> None:
    desk.live(100)
    desk.delta(101, 100, size=1)
    assert not desk.delta(101, 100, size=1)
    assert (desk.counts.duplicate, desk.sync.state) == (1, SyncState.LIVE)


def test_a_repeated_snapshot_is_a_duplicate(desk: Desk) -> None:
    desk.live(100)
    desk.delta(101, 100, size=1)
    assert not desk.snapshot(100)
    assert (desk.counts.duplicate, desk.sync.state, desk.book.seq) == (1, SyncState.LIVE, 101)


def test_an_audit_finds_a_lost_tail(desk: Desk) -> None:
    desk.live(100)
    desk.sync.audit_every_s = 5.0
    desk.sync.tick(desk.now_s + 4.9)
    assert not desk.sync.wants_snapshot(desk.now_s + 4.9)
    desk.now_s += 5
    desk.sync.tick(desk.now_s)
    desk.ask()
    assert desk.snapshot(103, size=3)
    assert (desk.sync.corrections, desk.book.seq, desk.sync.proved_s) == (1, 103, desk.now_s)


def _audit(desk: Desk) -> None:
    desk.sync.audit_every_s = 5.0
    desk.now_s += 5
    desk.sync.tick(desk.now_s)
    desk.ask()


def test_an_audit_that_agrees_proves_the_book_and_moves_nothing(desk: Desk) -> None:
    desk.live(100)
    version = desk.book.version
    _audit(desk)
    assert not desk.snapshot(100)
    assert (desk.sync.proved_s, desk.book.version, desk.sync.corrections) == (desk.now_s, version, 0)
    assert not desk.sync.wants_snapshot(desk.now_s + 4)


def test_an_audit_that_disagrees_at_the_same_sequence_wins(desk: Desk) -> None:
    desk.live(100)
    _audit(desk)
    assert desk.snapshot(100, size=7)
    assert (desk.sync.state, desk.best_bid(), desk.sync.corrections) == (SyncState.LIVE, Decimal(7), 1)
    assert desk.counts.is_conserved


def test_a_venue_that_never_answers_is_not_asked_for_ever(desk: Desk) -> None:
    desk.live(100)
    _audit(desk)
    desk.sync.give_up_asking(desk.now_s + 60)
    assert not desk.sync.wants_snapshot(desk.now_s + 59)
    assert desk.sync.wants_snapshot(desk.now_s + 60)
    desk.delta(101, 100)
    assert (desk.sync.state, desk.sync.asking.is_open, desk.sync.audits_failed) == (SyncState.LIVE, False, 0)


def test_an_audit_that_is_answered_no_is_not_one_that_nobody_answered(desk: Desk) -> None:
    desk.live(100)
    _audit(desk)
    desk.sync.snapshot_failed("matcher_unavailable", desk.now_s)
    asking = desk.sync.asking
    assert (desk.sync.state, desk.sync.audits_failed, asking.denials) == (SyncState.LIVE, 0, 1)
    assert not desk.sync.wants_snapshot(desk.now_s + RETRY_S[0] / 2)
    desk.now_s += RETRY_S[0]
    desk.ask()
    desk.snapshot(100)
    assert (desk.sync.state, asking.denials, asking.due_s) == (SyncState.LIVE, 0, None)


def test_a_quiet_book_that_is_not_audited_is_never_asked(desk: Desk) -> None:
    desk.live(100)
    desk.sync.tick(desk.now_s + 3_600)
    assert not desk.sync.wants_snapshot(desk.now_s + 3_600)


def test_a_counter_that_restarted_is_believed_the_second_time(desk: Desk) -> None:
    desk.live(1_000)
    assert not desk.delta(31, 30, size=9, venue_ms=5_000)
    assert desk.sync.state is SyncState.RESYNC
    assert "went back" in desk.sync.reason
    desk.ask()
    assert not desk.snapshot(31, size=9, venue_ms=5_000)
    assert desk.sync.state is SyncState.RESYNC
    desk.ask()
    assert desk.snapshot(32, size=8, venue_ms=5_001)
    assert (desk.sync.state, desk.book.seq, desk.best_bid()) == (SyncState.LIVE, 32, Decimal(8))
    assert desk.delta(33, 32, size=7, venue_ms=5_002)
    assert desk.counts.is_conserved


def test_an_old_change_with_an_old_time_is_no_restart(desk: Desk) -> None:
    desk.live(1_000)
    desk.delta(1_001, 1_000, venue_ms=5_000)
    assert not desk.delta(31, 30, venue_ms=4_999)
    assert desk.sync.state is SyncState.LIVE


def test_a_state_frame_mends_a_gap(desk: Desk) -> None:
    desk.live(100)
    desk.delta(105, 104)
    desk.counts.frames_in += 1
    moved = desk.sync.state_frame(Snapshot(106, [Level(470_000, Decimal(6))], [], 3_000, "aa"), desk.now_s)
    assert moved
    assert (desk.sync.state, desk.book.seq, desk.best_bid()) == (SyncState.LIVE, 106, Decimal(6))
    assert (desk.counts.stale, desk.counts.is_conserved) == (1, True)


def test_a_state_frame_of_a_later_time_and_an_earlier_sequence_tells_of_a_restarted_counter(desk: Desk) -> None:
    desk.live(100)
    desk.counts.frames_in += 2
    late = Snapshot(99, [Level(480_000, Decimal(9))], [], 900, "63")
    assert not desk.sync.state_frame(late, desk.now_s)
    assert desk.sync.state is SyncState.LIVE
    restarted = Snapshot(3, [Level(480_000, Decimal(9))], [], 5_000, "3")
    assert not desk.sync.state_frame(restarted, desk.now_s)
    assert (desk.sync.state, desk.sync.wants_snapshot(desk.now_s)) == (SyncState.RESYNC, True)
    assert (desk.counts.duplicate, desk.counts.stale, desk.counts.is_conserved) == (1, 1, True)
    for _ in range(2):
        desk.ask()
        desk.snapshot(4, size=9)
        desk.now_s += 1
    assert (desk.sync.state, desk.book.seq, desk.best_bid()) == (SyncState.LIVE, 4, Decimal(9))


def test_an_old_state_frame_is_a_duplicate(desk: Desk) -> None:
    desk.live(100)
    desk.counts.frames_in += 1
    assert not desk.sync.state_frame(Snapshot(100, [], [], 3_000, "aa"), desk.now_s)
    assert (desk.counts.duplicate, desk.best_bid()) == (1, Decimal(5))


def test_retries_are_paced_and_end_in_failure(desk: Desk) -> None:
    desk.live(100)
    desk.delta(105, 104)
    waits: list[float] = []
    for _ in RETRY_S:
        asked_s = desk.now_s
        while not desk.sync.wants_snapshot(desk.now_s):
            desk.now_s += 0.05
        waits.append(desk.now_s - asked_s)
        desk.sync.asked(desk.now_s)
        desk.sync.snapshot_failed("matcher_unavailable", desk.now_s)
    assert waits == pytest.approx([0.0, *RETRY_S[:-1]], abs=0.06)
    assert (desk.sync.state, desk.sync.reason) == (SyncState.FAILED, "matcher_unavailable")
    assert desk.best_bid() == Decimal(5)


def test_after_a_failure_rest_is_shown_and_a_snapshot_still_wins(desk: Desk) -> None:
    desk.live(100)
    desk.delta(105, 104)
    for _ in RETRY_S:
        desk.now_s += 5
        desk.ask()
        desk.sync.snapshot_failed("no", desk.now_s)
    assert desk.sync.fallback(Snapshot(104, [Level(450_000, Decimal(4))], [], None, None), desk.now_s)
    assert (desk.sync.state, desk.best_bid()) == (SyncState.FAILED, Decimal(4))
    desk.delta(105, 104, ticks=440_000)  # REST joins no sequence: this must wait, not build on it
    assert desk.book.size_at(Side.BID, 440_000) is None
    assert desk.snapshot(105, size=3)
    assert (desk.sync.state, desk.book.seq, desk.best_bid()) == (SyncState.LIVE, 105, Decimal(3))
    assert desk.counts.is_conserved


def test_rest_never_replaces_a_live_book(desk: Desk) -> None:
    desk.live(100)
    assert not desk.sync.fallback(Snapshot(999, [], [], None, None), desk.now_s)
    assert desk.best_bid() == Decimal(5)


def test_a_frame_that_nothing_chains_to_is_given_up(desk: Desk) -> None:
    """A sequence from nowhere must not keep a book from ever being live again."""
    desk.live(100)
    desk.delta(2**52, 2**52 - 1)
    for _ in range(DOUBTS + 1):
        assert desk.sync.state is SyncState.RESYNC
        desk.now_s += 4
        desk.ask()
        desk.snapshot(100)
    assert desk.sync.state is SyncState.LIVE
    assert (desk.counts.stale, desk.counts.is_conserved) == (1, True)


def test_the_buffer_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert waiting.BUFFER == 10_000
    monkeypatch.setattr(waiting, "BUFFER", 50)
    desk.sync.subscribed(desk.now_s)
    for seq in range(101, 201):
        desk.delta(seq, seq - 1)
    assert (desk.counts.buffered, desk.counts.stale) == (50, 50)
    desk.snapshot(120)  # what would have led on from here was thrown away
    assert desk.sync.state is SyncState.RESYNC
    assert desk.counts.is_conserved


def test_a_book_that_stays_crossed_is_asked_about_once(desk: Desk) -> None:
    desk.live(100)
    desk.delta(101, 100, ticks=530_000)
    desk.sync.tick(desk.now_s)
    assert (desk.sync.state, desk.sync.crossed_since_s) == (SyncState.LIVE, desk.now_s)
    desk.now_s += 1.5
    desk.sync.tick(desk.now_s)
    assert (desk.sync.state, desk.sync.reason) == (SyncState.RESYNC, "the bid crossed the ask")
    desk.delta(103, 102)
    desk.ask()
    desk.counts.frames_in += 1
    crossed = Snapshot(103, [Level(530_000, Decimal(1))], [Level(520_000, Decimal(1))], 3_000, "c")
    desk.sync.snapshot(crossed, desk.now_s)
    desk.sync.tick(desk.now_s + 5)
    desk.sync.tick(desk.now_s + 10)
    assert desk.sync.state is SyncState.LIVE


def test_a_doubted_book_is_not_healed_by_a_change(desk: Desk) -> None:
    desk.live(100)
    desk.sync.ask_soon(desk.now_s, "asked for")
    desk.delta(101, 100)
    assert (desk.sync.state, desk.sync.reason) == (SyncState.RESYNC, "asked for")
    desk.ask()
    desk.snapshot(101)
    assert desk.sync.state is SyncState.LIVE


def test_nothing_is_believed_after_the_connection_is_lost(desk: Desk) -> None:
    desk.live(100)
    desk.sync.lost()
    assert not desk.delta(101, 100)
    assert not desk.snapshot(102)
    assert (desk.book.seq, desk.counts.stale) == (100, 2)
    desk.sync.subscribed(desk.now_s)
    assert desk.snapshot(7, size=2)  # sequences are never compared across connections
    assert (desk.sync.state, desk.book.seq, desk.best_bid()) == (SyncState.LIVE, 7, Decimal(2))


def test_an_unanswered_audit_is_told_and_leaves_the_book(desk: Desk) -> None:
    desk.live(100)
    desk.sync.audit_every_s = 5.0
    desk.now_s += 5
    desk.sync.tick(desk.now_s)
    desk.ask()
    desk.now_s += 2.1
    assert not desk.sync.wants_snapshot(desk.now_s)
    assert (desk.sync.audits_failed, desk.sync.state) == (1, SyncState.LIVE)
    desk.delta(101, 100)
    assert desk.sync.audits_failed == 0


def told(desk: Desk, seq: int, size: int, state_hash: str | None) -> Snapshot:
    """What REST has, in the form of the desk's own books."""
    bids, asks = (list(desk.book.levels(side)) for side in (Side.BID, Side.ASK))
    bids[0] = bids[0]._replace(size=Decimal(size))
    return Snapshot(seq, bids, asks, None, state_hash)


def test_rest_that_tells_the_same_changes_nothing(desk: Desk) -> None:
    desk.live(100)
    size = int(desk.best_bid() or 0)
    assert desk.sync.compare(told(desk, 100, size, None), desk.now_s) is True
    assert (desk.sync.state, desk.sync.mismatches) == (SyncState.LIVE, 0)


def test_another_sequence_is_not_compared(desk: Desk) -> None:
    desk.live(100)
    assert desk.sync.compare(told(desk, 101, 77, "ff"), desk.now_s) is None
    desk.sync.ask_soon(desk.now_s, "asked for")
    assert desk.sync.compare(told(desk, 100, 77, None), desk.now_s) is None  # not live: nothing is claimed


def test_rest_that_tells_another_book_leads_to_one_resync(desk: Desk) -> None:
    desk.live(100)
    other = told(desk, 100, 77, "ff")
    assert desk.sync.compare(other, desk.now_s) is False
    assert (desk.sync.state, desk.sync.reason) == (SyncState.RESYNC, "REST tells another book")
    desk.ask()
    desk.snapshot(100)
    assert desk.sync.state is SyncState.LIVE
    assert desk.sync.compare(other, desk.now_s) is False
    assert (desk.sync.state, desk.sync.mismatches) == (SyncState.LIVE, 1)


def test_a_change_of_a_book_that_was_given_up_brings_the_next_question_forward(desk: Desk) -> None:
    desk.live(100)
    desk.delta(105, 104)
    for _ in RETRY_S:
        desk.now_s += 20
        assert desk.sync.wants_snapshot(desk.now_s)
        desk.sync.asked(desk.now_s)
        desk.now_s += 2.1
        desk.sync.wants_snapshot(desk.now_s)
    assert desk.sync.state is SyncState.FAILED
    silent_s = [desk.sync.asking.silent_since_s]
    desk.delta(106, 105)
    silent_s.append(desk.sync.asking.silent_since_s)
    assert [each is None for each in silent_s] == [False, True]
    desk.now_s += 3.1
    assert desk.sync.wants_snapshot(desk.now_s)
