"""Book sync alone, millions of changes at a time: no socket, no loop, a clock that is a number.

A gateway's one stream carries changes and answers; between it and the client changes are lost, repeated and
reordered, and answers grow old on the way or fail. After every frame a LIVE book must be the ledger's at its own
sequence; when the faults end, every book must become the ledger's newest.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from decimal import Decimal

from psdash.gateway.conservation import FrameCounts
from psdash.gateway.sync import BookSync, Delta, Snapshot, SyncState
from psdash.market.book import Book, Change, Level, Side
from psdash.market.ticks import CENT
from tests.proof.figures import Figures
from tests.proof.truth import LieError

TICK_S = 0.5
SIZES = tuple(Decimal(n) for n in (1, 3, 10, 25, 40, 100, 250, 1_000))
#: An answer's age on arrival, seconds (reliability §1.4).
AGE_S = (0.02, 0.6)
FAILS = 0.05
#: States of the ledger remembered for each token: more than can be in flight.
KEPT = 4_096

Half = dict[int, Decimal]


class Ledger:
    """One token on the exchange: its levels, and what they were at the last `KEPT` sequences."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.seq = draw.randrange(1, 10**9)
        self.now: tuple[Half, Half] = (
            {(50 - n) * CENT: SIZES[-1] for n in range(1, 11)},
            {(50 + n) * CENT: SIZES[-1] for n in range(1, 11)},
        )
        self._past: deque[tuple[Half, Half]] = deque([(self.now[0].copy(), self.now[1].copy())], KEPT)

    def change(self, at_ms: int) -> Delta:
        """The book moves by one level."""
        draw = self._draw
        is_ask = draw.random() < 0.5
        half = self.now[is_ask]
        away = 1 + int(draw.random() * 14)
        ticks = (50 + away if is_ask else 50 - away) * CENT
        size = Decimal(0) if ticks in half and draw.random() < 0.4 else SIZES[int(draw.random() * len(SIZES))]
        if size:
            half[ticks] = size
        else:
            half.pop(ticks, None)
        self.seq += 1
        self._past.append((self.now[0].copy(), self.now[1].copy()))
        return Delta(self.seq, self.seq - 1, (Change(Side.ASK if is_ask else Side.BID, ticks, size),), at_ms)

    def at(self, seq: int) -> tuple[Half, Half] | None:
        """Both halves as they were at a sequence; None when it is forgotten or never was."""
        back = self.seq - seq
        return self._past[-1 - back] if 0 <= back < len(self._past) else None

    def snapshot(self, at_ms: int) -> Snapshot:
        bids, asks = ([Level(ticks, size) for ticks, size in half.items()] for half in self.now)
        return Snapshot(self.seq, bids, asks, at_ms, f"{self.seq:x}")


class Channel:
    """Many tokens between one exchange and one client. Times are virtual seconds."""

    def __init__(self, seed: int, tokens: int, *, drop: float, repeat: float, reorder: float, prev_seq: bool) -> None:
        self.draw = random.Random(seed)
        self.drop, self.repeat, self.reorder = drop, repeat, reorder
        self.prev_seq = prev_seq
        self.counts = FrameCounts()
        self.ledgers = [Ledger(self.draw) for _ in range(tokens)]
        self.books = [Book(str(n)) for n in range(tokens)]
        self.syncs = [BookSync(book, self.counts) for book in self.books]
        self.now_s = 0.0
        self.deltas = self.checked = self.resyncs = self.lies = 0
        self.longest_behind_s = 0.0
        self._held: list[list[tuple[int, Delta]]] = [[] for _ in range(tokens)]
        self._coming: list[tuple[float, int, int, Snapshot | None]] = []
        self._number = 0
        self._next_tick_s = TICK_S
        self._reached_s = [deque([0.0], KEPT) for _ in range(tokens)]
        for token, sync in enumerate(self.syncs):
            sync.audit_every_s = 5.0
            sync.subscribed(0.0)
            self._answer(token, lucky=True)

    def run(self, deltas: int, rate: float) -> None:
        """So many changes, `rate` a second over all tokens. Raises LieError."""
        uniform, expovariate = self.draw.random, self.draw.expovariate
        tokens = len(self.books)
        for _ in range(deltas):
            self._until(self.now_s + expovariate(rate))
            token = int(uniform() * tokens)
            delta = self.ledgers[token].change(int(self.now_s * 1000))
            self._reached_s[token].append(self.now_s)
            self._pass_on(token, delta if self.prev_seq else delta._replace(prev_seq=None))
        self.deltas += deltas

    def rest(self, seconds: float = 120.0) -> None:
        """The faults end and nothing moves: every book becomes the ledger's. Raises LieError."""
        self.drop = self.repeat = self.reorder = 0.0
        self._until(self.now_s + seconds)
        for token, sync in enumerate(self.syncs):
            self.check(token)
            if sync.state is not SyncState.LIVE or self.books[token].seq != self.ledgers[token].seq:
                raise LieError(f"token {token} rests at {sync.state} {self.books[token].seq}: {sync.reason}")
        if not self.counts.is_conserved:
            raise LieError(f"frames are unaccounted for: {self.counts}")

    def check(self, token: int) -> None:
        """B1 for one token."""
        if self.syncs[token].state is not SyncState.LIVE:
            return
        self.checked += 1
        book = self.books[token]
        assert book.seq is not None
        truth = self.ledgers[token].at(book.seq)
        if truth is None or (book._bids.sizes, book._asks.sizes) != truth:
            raise LieError(f"token {token} is LIVE and wrong at seq {book.seq}, {self.now_s:.3f} s")

    # inside --------------------------------------------------------------------------------------------------------

    def _pass_on(self, token: int, delta: Delta) -> None:
        luck = self.draw.random()
        held = self._held[token]
        if luck < self.drop:
            pass
        elif luck < self.drop + self.repeat:
            self._arrive(token, delta)
            self._arrive(token, delta)
        elif luck < self.drop + self.repeat + self.reorder:
            held.append((self.draw.randrange(1, 9), delta))
            return
        else:
            self._arrive(token, delta)
        if held:
            held = [(left - 1, late) for left, late in held]
            self._held[token] = [(left, late) for left, late in held if left > 0]
            for left, late in held:
                if left <= 0:
                    self._arrive(token, late)

    def _arrive(self, token: int, delta: Delta) -> None:
        sync = self.syncs[token]
        self.counts.frames_in += 1
        was_live = sync.state is SyncState.LIVE
        sync.delta(delta, self.now_s)
        if was_live and sync.state is not SyncState.LIVE:
            self.resyncs += 1
            self._ask(token)
        self.check(token)

    def _until(self, until_s: float) -> None:
        """Whatever is due before then happens."""
        while True:
            next_s = min(self._next_tick_s, self._coming[0][0] if self._coming else math.inf)
            if next_s > until_s:
                break
            self.now_s = max(self.now_s, next_s)
            if self._coming and self._coming[0][0] <= self._next_tick_s:
                _, _, token, snapshot = heapq.heappop(self._coming)
                self._answered(token, snapshot)
            else:
                self._next_tick_s += TICK_S
                for token in range(len(self.syncs)):
                    self.syncs[token].tick(self.now_s)
                    self._ask(token)
                    self._look_behind(token)
        self.now_s = until_s

    def _look_behind(self, token: int) -> None:
        """B2: for how long a LIVE book has been behind."""
        seq = self.books[token].seq
        ledger = self.ledgers[token]
        if self.syncs[token].state is SyncState.LIVE and seq is not None and seq < ledger.seq:
            reached_s = self._reached_s[token]
            back = ledger.seq - seq
            behind_s = self.now_s - reached_s[-min(back, len(reached_s))]
            self.longest_behind_s = max(self.longest_behind_s, behind_s)

    def _ask(self, token: int) -> None:
        sync = self.syncs[token]
        if sync.wants_snapshot(self.now_s):
            sync.asked(self.now_s)
            self._answer(token)

    def _answer(self, token: int, *, lucky: bool = False) -> None:
        """The venue makes its answer now; it grows old on the way."""
        failed = not lucky and self.draw.random() < FAILS
        snapshot = None if failed else self.ledgers[token].snapshot(int(self.now_s * 1000))
        self._number += 1
        heapq.heappush(self._coming, (self.now_s + self.draw.uniform(*AGE_S), self._number, token, snapshot))

    def _answered(self, token: int, snapshot: Snapshot | None) -> None:
        sync = self.syncs[token]
        self.counts.frames_in += 1
        if snapshot is None:
            self.counts.applied += 1
            sync.snapshot_failed("matcher_unavailable", self.now_s)
        else:
            sync.snapshot(snapshot, self.now_s)
        self._ask(token)
        self.check(token)


def lossy_books(seed: int, deltas: int, tokens: int, share: float) -> Figures:
    """`share` each of drop, repeat and reorder over so many changes. Odd seeds have no `prevSeq` (protocol §6.1)."""
    channel = Channel(seed, tokens, drop=share, repeat=share, reorder=share, prev_seq=seed % 2 == 0)
    channel.run(deltas, rate=4.0 * tokens)
    channel.rest()
    return {
        "deltas": channel.deltas,
        "tokens": tokens,
        "checks": channel.checked,
        "live_but_wrong": 0,
        "resyncs": channel.resyncs,
        "longest_behind_s": round(channel.longest_behind_s, 2),
        "virtual_s": round(channel.now_s),
    }
