"""Tape merge: live prints, rereadings, outages, history that forgets, in any order: exactly once, or inside a gap."""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from psdash.gateway import market_reads
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.dialling import Credential
from psdash.gateway.market_reads import MarketReads, Seeds
from psdash.gateway.reads import Rest, iso
from psdash.gateway.rest import Answer, Reader, RestError, UnreachableError
from psdash.market.board import MarketState
from psdash.market.catalogue import Market
from psdash.market.gaps import Gap
from psdash.market.lifecycle import MarketStatus
from psdash.market.tape import Aggressor, Print, Settlement, Tape
from psdash.wire.scalars import _iso_to_ms

START_MS = 1_778_783_100_000
#: Rows in a page of this venue, whatever is asked for, and pages that are read in one go.
CAP, PAGES = 4, 3
Trade = tuple[int, str]


class Ticking:
    """A clock that goes with the venue's."""

    def __init__(self) -> None:
        self.ms = START_MS

    def monotonic_s(self) -> float:
        return self.ms / 1000

    def wall_ms(self) -> int:
        return self.ms


class History(Reader):
    """The public tape: newest first, both bounds exclusive, capped, and forgetful."""

    def __init__(self, machine: Merge) -> None:
        super().__init__("http://127.0.0.1:9", Credential())
        self._machine = machine

    async def get(self, path: str, params: Mapping[str, str] | None = None, *, keyed: bool = True) -> Answer:
        machine, params = self._machine, params or {}
        if machine.is_down:
            raise UnreachableError("nobody home")
        after = _iso_to_ms(params["after"]) if "after" in params else -1
        before = _iso_to_ms(params["before"]) if "before" in params else 2**60
        rows = [trade for trade in reversed(machine.trades) if after < trade[0] < before][:CAP]
        body = [
            {"id": i, "price": "0.5", "quantity": "1", "createdAt": iso(ms), "settledAt": None, "outcomeIndex": 0}
            for ms, i in rows
        ]
        return Answer(json.dumps({"symbol": "S", "trades": body}).encode(), machine.clock.ms)


class Merge(RuleBasedStateMachine):
    """A venue, a socket that breaks and loses, and REST that fails; the tape is the thing under test."""

    def __init__(self) -> None:
        super().__init__()
        self._few_pages = mock.patch.object(market_reads, "MAX_PAGES", PAGES)
        self._few_pages.start()
        self.clock = Ticking()
        self.trades: list[Trade] = []
        self.wire: deque[Trade] = deque()
        self.is_down = False
        self.is_open = False
        self.heard_ms = 0
        self.from_ms: int | None = None  # from here on the tape claims to be whole
        self.state = MarketState(Market("a-b", "S", "t", MarketStatus.OPEN, ("11", "22")))
        self.tape = self.state.tape
        self.seeds = Seeds()
        self.counts = FrameCounts()
        self.reads = MarketReads(
            Rest(History(self), self.clock),
            lambda _: None,
            self.clock,
            lambda _: None,
            counts=self.counts,
            heard_ms=lambda: self.heard_ms,
        )

    @initialize()
    def begin(self) -> None:
        self.connect()
        self.read()

    # the venue --------------------------------------------------------------------------------------------------

    @rule(later_ms=st.sampled_from([0, 1, 7, 900, 20_000]), count=st.integers(1, 3))
    def trade(self, later_ms: int, count: int) -> None:
        """Up to three trades of one millisecond, so that a page still has room for another."""
        self.clock.ms += max(later_ms, 1)
        for _ in range(count):
            made = (self.clock.ms, f"t{len(self.trades):05}")
            self.trades.append(made)
            if self.is_open:
                self.wire.append(made)

    @rule(seconds=st.sampled_from([1, 30, 300]))
    def wait(self, seconds: int) -> None:
        self.clock.ms += seconds * 1000

    @rule()
    def rest_fails_or_mends(self) -> None:
        self.is_down = not self.is_down

    # the socket -------------------------------------------------------------------------------------------------

    def _arrive(self, trade: Trade) -> None:
        ms, trade_id = trade
        self.tape.add(Print(trade_id, "11", 0, Decimal("0.5"), Decimal(1), Aggressor.BUY, ms))
        self.heard_ms = max(self.heard_ms, ms)

    @precondition(lambda self: self.wire)
    @rule(twice=st.booleans(), newest=st.booleans())
    def deliver(self, twice: bool, newest: bool) -> None:
        """In order or not, once or twice."""
        trade = self.wire.pop() if newest else self.wire.popleft()
        self._arrive(trade)
        if twice:
            self._arrive(trade)

    @precondition(lambda self: self.wire and not self.is_down and self.seeds.tape_read_ms is not None)
    @rule()
    def lose(self) -> None:
        """The socket loses its newest without a word; the next rereading finds it."""
        self.wire.pop()
        self.read()

    @precondition(lambda self: self.is_open)
    @rule()
    def cut(self) -> None:
        while self.wire and self.wire[0][0] <= self.heard_ms:
            self._arrive(self.wire.popleft())  # what was sent before something that came had come too
        self.wire.clear()
        self.is_open = False
        self.seeds.tape_done = False
        self.seeds.went_deaf(self.heard_ms)

    @precondition(lambda self: not self.is_open)
    @rule()
    def connect(self) -> None:
        self.is_open = True
        self.heard_ms = max(self.heard_ms, self.clock.ms)
        self.seeds.hears(self.heard_ms)
        self.read()

    @precondition(lambda self: self.is_open)
    @rule()
    def read(self) -> None:
        """What the gateway does after every acceptance, and now and then."""
        first = self.seeds.tape_read_ms is None and self.seeds.deaf_from_ms is None
        job = self.reads.tape(self.state, self.seeds)
        try:
            job.send(None)  # nothing in it really waits
        except StopIteration:
            if first:
                rows = self.trades[-CAP:]
                self.from_ms = rows[0][0] + 1 if len(rows) == CAP else START_MS
        except RestError as error:
            self.reads.troubled_tape(self.state, self.seeds, error)

    # what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def each_once_and_in_order(self) -> None:
        newest = self.tape.newest(10_000)
        times = [print_.venue_ms for print_ in newest]
        assert times == sorted(times, reverse=True)
        assert len({print_.trade_id for print_ in newest}) == len(newest)

    @invariant()
    def gaps_stand_apart_and_in_their_place(self) -> None:
        gaps = list(self.tape.gaps)
        assert all(gap.from_ms < gap.to_ms for gap in gaps)
        assert all(one.to_ms < other.from_ms for one, other in itertools.pairwise(gaps))
        rows = self.tape.rows(10_000)
        assert [row for row in rows if isinstance(row, Print)] == list(self.tape.newest(10_000))
        assert [row for row in rows if isinstance(row, Gap)] == gaps[::-1]
        at = [row.to_ms if isinstance(row, Gap) else row.venue_ms for row in rows]
        assert at == sorted(at, reverse=True)
        assert [self.tape.rows(1, skip) for skip in range(len(rows))] == [[row] for row in rows]

    def teardown(self) -> None:
        """At rest every trade is on the tape, or inside a gap."""
        self.is_down = False
        while self.wire:
            self._arrive(self.wire.popleft())
        if not self.is_open:
            self.connect()
        self.read()
        shown = {print_.trade_id for print_ in self.tape.newest(10_000)}
        assert shown <= {trade_id for _, trade_id in self.trades}
        for ms, trade_id in self.trades:
            if trade_id not in shown and self.from_ms is not None and ms >= self.from_ms:
                assert any(gap.from_ms <= ms <= gap.to_ms for gap in self.tape.gaps), (ms, trade_id, self.tape.gaps)
        self._few_pages.stop()


TestMerge = Merge.TestCase
TestMerge.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


class Settling(RuleBasedStateMachine):
    """Matches, settlements before and after them, time: what is unsettled is so by age, and counted."""

    def __init__(self) -> None:
        super().__init__()
        self.tape = Tape()
        self.now_ms = START_MS
        self.matched: dict[str, int] = {}
        self.settled: set[str] = set()
        self.checked_ms = 0

    @rule(n=st.integers(0, 12))
    def match(self, n: int) -> None:
        trade_id = f"t{n}"
        self.tape.add(Print(trade_id, "11", 0, Decimal("0.5"), Decimal(1), Aggressor.BUY, self.now_ms))
        self.matched.setdefault(trade_id, self.now_ms)

    @rule(n=st.integers(0, 12))
    def settle(self, n: int) -> None:
        self.tape.settle(f"t{n}", self.now_ms)
        self.settled.add(f"t{n}")

    @rule(seconds=st.sampled_from([1, 20, 70]))
    def wait(self, seconds: int) -> None:
        self.now_ms += seconds * 1000
        self.tape.overdue(self.now_ms)
        self.checked_ms = self.now_ms

    @invariant()
    def by_age(self) -> None:
        for trade_id, at_ms in self.matched.items():
            print_ = self.tape.get(trade_id)
            assert print_ is not None
            if trade_id in self.settled:
                expected = Settlement.SETTLED
            else:
                expected = Settlement.UNSETTLED if at_ms < self.checked_ms - 60_000 else Settlement.MATCHED
            assert print_.settlement is expected
        late = [p for p in self.tape.newest(99) if p.settlement is Settlement.UNSETTLED]
        assert self.tape.unsettled_count == len(late)


TestSettling = Settling.TestCase
TestSettling.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
