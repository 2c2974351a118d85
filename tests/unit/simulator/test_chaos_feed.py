"""What the feed's faults do to a stream of deltas, on the exchange's clock and without a socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

import pytest

from psdash.simulator.chaos import Menu, SchedulerTimers
from psdash.simulator.exchange.happenings import BookChanged, LevelChange
from psdash.simulator.protocol import frames
from psdash.simulator.protocol.frames import Push
from psdash.simulator.scheduler import Scheduler

TOKENS = ("111", "222")


@dataclass
class Sink:
    """What reaches the line, and when."""

    scheduler: Scheduler
    seqs: dict[str, list[int]] = field(default_factory=lambda: {token: [] for token in TOKENS})
    times_ms: dict[tuple[str, int], int] = field(default_factory=dict)

    def push(self, push: Push, sid: int) -> None:
        assert push.id is not None
        assert push.seq is not None
        assert sid == 7
        self.seqs[push.id].append(push.seq)
        self.times_ms.setdefault((push.id, push.seq), self.scheduler.now_ms)

    def reply(self, frame: bytes) -> None:
        raise AssertionError(frame)


@dataclass
class Stream:
    """A menu in front of a sink, and deltas of two books through it."""

    text: str
    seed: int = 1
    scheduler: Scheduler = field(default_factory=lambda: Scheduler(1_000_000))

    def __post_init__(self) -> None:
        self.sink = Sink(self.scheduler)
        self.menu = Menu.parse(self.text, self.seed, timers=SchedulerTimers(self.scheduler))
        self.outlet = self.menu.outlet(self.sink, "market")
        self.seq = 0

    def run(self, count: int, gap_ms: int = 10) -> Sink:
        """`count` deltas of each book, `gap_ms` apart, and a long time after."""
        for _ in range(count):
            self.seq += 1
            for token in TOKENS:
                self.outlet.push(delta(token, self.seq, self.scheduler.now_ms), 7)
            self.scheduler.run_until(self.scheduler.now_ms + gap_ms)
        self.scheduler.run_until(self.scheduler.now_ms + 60_000)
        return self.sink


def delta(token: str, seq: int, at_ms: int) -> Push:
    level = LevelChange("bid", Decimal("0.5"), Decimal(seq), 1)
    return frames.book_delta(BookChanged(at_ms, "s", token, "0xc", 0, seq, (level,)), at_ms)


def whole(count: int) -> list[int]:
    return list(range(1, count + 1))


def test_drop_loses_its_share_and_nothing_else() -> None:
    stream = Stream("drop=0.1")
    sink = stream.run(5_000)
    lost = sum(5_000 - len(seqs) for seqs in sink.seqs.values())
    assert 850 < lost < 1_150
    assert lost == stream.menu.struck["drop"] == len(stream.menu.log)
    assert all(seqs == sorted(set(seqs)) for seqs in sink.seqs.values())


def test_duplicate_repeats_and_loses_nothing() -> None:
    stream = Stream("duplicate=0.1")
    sink = stream.run(5_000)
    assert all(sorted(set(seqs)) == whole(5_000) for seqs in sink.seqs.values())
    extra = sum(len(seqs) - 5_000 for seqs in sink.seqs.values())
    assert 850 < extra == stream.menu.struck["duplicate"] < 1_150
    at_once = sum(a == b for seqs in sink.seqs.values() for a, b in pairwise(seqs))
    assert 0 < at_once < extra  # some at once, some later


def test_reorder_lets_up_to_eight_overtake_and_loses_nothing() -> None:
    stream = Stream("reorder=0.1")
    sink = stream.run(5_000)
    moved = 0
    for seqs in sink.seqs.values():
        assert sorted(seqs) == whole(5_000)
        for index, seq in enumerate(seqs):
            overtakers = sum(other > seq for other in seqs[max(0, index - 20) : index])
            assert overtakers <= 8
            moved += overtakers > 0
    assert 850 < moved <= stream.menu.struck["reorder"] < 1_150


def test_a_held_delta_comes_although_nothing_follows() -> None:
    stream = Stream("reorder=1")
    sink = stream.run(3)
    assert {token: sorted(seqs) for token, seqs in sink.seqs.items()} == {token: whole(3) for token in TOKENS}


def test_late_rows_come_within_three_seconds() -> None:
    stream = Stream("late=0.1")
    sink = stream.run(3_000)
    for token, seqs in sink.seqs.items():
        assert sorted(seqs) == whole(3_000)
        for seq in seqs:
            sent_ms = 1_000_000 + (seq - 1) * 10
            assert 0 <= sink.times_ms[token, seq] - sent_ms <= 3_000
    worst = max(at_ms - 1_000_000 - (seq - 1) * 10 for (_, seq), at_ms in sink.times_ms.items())
    assert worst > 2_500


def test_delay_stalls_a_book_and_keeps_its_order() -> None:
    stream = Stream("delay=0.02")
    sink = stream.run(3_000)
    assert all(seqs == whole(3_000) for seqs in sink.seqs.values())
    assert stream.menu.struck["delay"] > 10
    worst = max(at_ms - 1_000_000 - (seq - 1) * 10 for (_, seq), at_ms in sink.times_ms.items())
    assert 500 < worst <= 2_000


def test_lose_last_loses_only_the_last_delta_before_a_quiet_time() -> None:
    stream = Stream("lose-last=1")
    for _ in range(5):
        sink = stream.run(4, gap_ms=100)  # four deltas, then a minute of quiet
    for seqs in sink.seqs.values():
        assert seqs == [seq for seq in whole(20) if seq % 4]
    assert stream.menu.struck["lose-last"] == 10


def test_same_seed_same_faults() -> None:
    text = "drop,duplicate,reorder,late,delay,lose-last"
    runs = [Stream(text, seed) for seed in (3, 3, 4)]
    sinks = [stream.run(2_000) for stream in runs]
    assert runs[0].menu.log == runs[1].menu.log
    assert sinks[0].seqs == sinks[1].seqs
    assert runs[0].menu.log != runs[2].menu.log


def test_one_fault_more_moves_none_of_the_others() -> None:
    alone, with_more = Stream("drop"), Stream("drop,lose-last=0,ghost")
    assert alone.run(2_000).seqs == with_more.run(2_000).seqs
    assert alone.menu.struck["drop"] == with_more.menu.struck["drop"]


@pytest.mark.parametrize("text", ["drop=1", "duplicate=1", "reorder=1", "late=1", "delay=1", "lose-last=1"])
def test_a_stopped_menu_does_nothing(text: str) -> None:
    stream = Stream(text)
    stream.menu.stop()
    assert all(seqs == whole(50) for seqs in stream.run(50).seqs.values())
    assert not stream.menu.log
    stream.menu.resume()
    stream.run(10)
    assert stream.menu.log
