"""The prints of one market, each once, newest first, and the gaps in which prints may be missing."""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Protocol, TypeVar

from psdash.market.gaps import Gap, Gaps

_V = TypeVar("_V")


class Aggressor(StrEnum):
    """Who crossed the spread. UNKNOWN where the venue does not say (REST rows have no side, protocol §7.7)."""

    BUY = "buy"
    SELL = "sell"
    UNKNOWN = "unknown"

    @property
    def flipped(self) -> Aggressor:
        """The same trade seen from the other outcome."""
        return {Aggressor.BUY: Aggressor.SELL, Aggressor.SELL: Aggressor.BUY}.get(self, self)


class Settlement(StrEnum):
    """How far a match has come on its way to the chain (protocol §8.3).

    In the newer dialect nobody tells of a settlement that failed: no event says so, and REST hides the row. So
    UNSETTLED is by age. The older one tells no settlement of others at all (UNKNOWN) and names failures (FAILED).
    """

    MATCHED = "matched"
    SETTLED = "settled"
    UNSETTLED = "unsettled"  # matched long ago, and nobody has said since that the chain took it
    UNKNOWN = "unknown"  # the venue does not say
    FAILED = "failed"  # the chain refused it


@dataclass(frozen=True, slots=True)
class Print:
    """One trade on the tape, in its own outcome's terms. `price` in dollars, `size` in shares, times epoch ms."""

    trade_id: str
    token: str
    outcome_index: int
    price: Decimal
    size: Decimal
    aggressor: Aggressor
    venue_ms: int
    settlement: Settlement = Settlement.MATCHED
    settled_ms: int | None = None
    is_own: bool = False

    def seen_from(self, outcome_index: int) -> Print:
        """This print in the terms of an outcome: a NO buy at p is a YES sell at 1 - p (binary markets)."""
        if outcome_index == self.outcome_index:
            return self
        return replace(self, outcome_index=outcome_index, price=1 - self.price, aggressor=self.aggressor.flipped)


class TapeWatcher(Protocol):
    """Somebody who follows the prints, e.g. `traded.VolumeAtPrice`."""

    def printed(self, print_: Print) -> None:
        """A print came, live or of history, for the first time."""

    def learned(self, before: Print, after: Print) -> None:
        """More became known of a print."""


#: How long after its match a trade that has not settled is called unsettled; the venue's own sample takes 6 s.
UNSETTLED_MS = 60_000


class Tape:
    """Every print of one market, both outcomes, at most `capacity` kept.

    Exactly once by trade id, whichever way a print comes (live, or REST after a gap), ordered by the venue's
    time. A sweep prints several times in one millisecond and ids say nothing of their order, so equal times
    keep the order in which they were told: a socket tells them as they happened, and whoever reads history
    hands it in oldest first. A settlement may arrive before its match; it waits. `gaps` stand between the
    prints, apart from each other, oldest first. `version` moves with every change; `dropped` counts prints that
    fell off the old end.
    """

    def __init__(self, capacity: int = 5_000) -> None:
        self._capacity = capacity
        self._keys: list[tuple[int, int, str]] = []  # venue time, order of telling, trade id: ascending
        self._told = 0
        self._prints: dict[str, Print] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()  # ids that fell off, so that they cannot come back
        self._early_settled: OrderedDict[str, int] = OrderedDict()
        self._own: OrderedDict[str, None] = OrderedDict()
        self._waiting: dict[str, None] = {}  # matches that the chain may still confirm
        self._unsettled = 0
        self._gaps = Gaps()
        self.version = 0
        self.dropped = 0
        #: Whether somebody tells settlements as they happen.
        self.tells_settlements = True
        #: Told of every print, once.
        self.watchers: tuple[TapeWatcher, ...] = ()

    def add(self, print_: Print) -> bool:
        """Take one print. False for one already known, which can still fill in what was unknown (its aggressor)."""
        known = self._prints.get(print_.trade_id)
        if known is not None:
            self._enrich(known, print_)
            return False
        if print_.trade_id in self._gone:
            return False
        if print_.trade_id in self._own:
            print_ = replace(print_, is_own=True)
        settled_ms = self._early_settled.pop(print_.trade_id, None)
        if settled_ms is not None:
            print_ = replace(print_, settlement=Settlement.SETTLED, settled_ms=settled_ms)
        self._told += 1
        insort(self._keys, (print_.venue_ms, self._told, print_.trade_id))
        self._keep(print_)
        self._trim()
        self.version += 1
        for watcher in self.watchers:
            watcher.printed(print_)
        return True

    def settle(self, trade_id: str, settled_ms: int) -> bool:
        """Mark a match settled on chain at `settled_ms`. False when that was known already (one match may settle by
        several chain events, protocol §5.2)."""
        known = self._prints.get(trade_id)
        if known is None:
            if trade_id in self._gone or trade_id in self._early_settled:
                return False
            _remember(self._early_settled, trade_id, settled_ms, self._capacity)
            return True
        if known.settlement is Settlement.SETTLED:
            return False
        self._keep(replace(known, settlement=Settlement.SETTLED, settled_ms=settled_ms))
        self.version += 1
        return True

    def overdue(self, now_ms: int) -> Sequence[str]:
        """Call unsettled what was matched more than a minute before venue time `now_ms` and never settled since.

        Returns their trade ids. A settlement that comes after all still counts.
        """
        due = [i for i in self._waiting if self._prints[i].venue_ms < now_ms - UNSETTLED_MS]
        for trade_id in due:
            self._keep(replace(self._prints[trade_id], settlement=Settlement.UNSETTLED))
        if due:
            self.version += 1
        return due

    def tell_settlements(self, told: bool) -> bool:
        """Whether somebody tells settlements from now on. If not, what was matched may be settled: True when
        something was.
        """
        self.tells_settlements = told
        waiting = [] if told else list(self._waiting)
        for trade_id in waiting:
            self._keep(replace(self._prints[trade_id], settlement=Settlement.UNKNOWN))
        self.version += bool(waiting)
        return bool(waiting)

    # gaps -----------------------------------------------------------------------------------------------------

    def lost(self, from_ms: int, to_ms: int) -> bool:
        """Prints between two venue times may be missing. True when that was not known."""
        is_news = self._gaps.lost(from_ms, to_ms)
        self.version += is_news
        return is_news

    def covered(self, from_ms: int, to_ms: int) -> bool:
        """History was read whole between two venue times: no gap is left there. True when one was."""
        was_missing = self._gaps.covered(from_ms, to_ms)
        self.version += was_missing
        return was_missing

    @property
    def gaps(self) -> Sequence[Gap]:
        """Where prints may be missing, oldest first."""
        return list(self._gaps)

    def mark_own(self, trade_id: str) -> None:
        """Say that the trader took part in this trade; it may come before the print itself."""
        known = self._prints.get(trade_id)
        if known is None:
            _remember(self._own, trade_id, None, self._capacity)
        elif not known.is_own:
            self._keep(replace(known, is_own=True))
            self.version += 1

    def get(self, trade_id: str) -> Print | None:
        return self._prints.get(trade_id)

    def newest(self, limit: int, skip: int = 0) -> Sequence[Print]:
        """Up to `limit` prints, newest first, after the first `skip`."""
        end = len(self._keys) - skip
        return [self._prints[trade_id] for *_, trade_id in reversed(self._keys[max(0, end - limit) : max(0, end)])]

    def rows(self, limit: int, skip: int = 0) -> Sequence[Print | Gap]:
        """As `newest`, with every gap in its place: over the prints from before it ended."""
        return list(islice(self.walk(), skip, skip + limit))

    def walk(self) -> Iterator[Print | Gap]:
        """Every print, newest first, with every gap in its place; to be used up before the tape changes."""
        gaps = list(self._gaps)
        for at_ms, _, trade_id in reversed(self._keys):
            while gaps and at_ms < gaps[-1].to_ms:
                yield gaps.pop()
            yield self._prints[trade_id]
        yield from reversed(gaps)

    @property
    def last(self) -> Print | None:
        """The newest print."""
        return self._prints[self._keys[-1][-1]] if self._keys else None

    @property
    def unsettled(self) -> Iterable[Print]:
        """Matches the chain has not confirmed, however old, oldest first."""
        return (p for *_, i in self._keys if (p := self._prints[i]).settlement is not Settlement.SETTLED)

    @property
    def unsettled_count(self) -> int:
        """How many matches are called unsettled by now."""
        return self._unsettled

    @property
    def pending_count(self) -> int:
        """How many matches the chain may still confirm in time; those called unsettled are not among them."""
        return len(self._waiting)

    @property
    def oldest_pending_ms(self) -> int | None:
        """When the oldest of the pending matches was made."""
        return min((self._prints[trade_id].venue_ms for trade_id in self._waiting), default=None)

    @property
    def ever_seen(self) -> int:
        """Prints taken in all, those that fell off the old end included."""
        return len(self._keys) + self.dropped

    def __len__(self) -> int:
        return len(self._keys)

    def _keep(self, print_: Print) -> None:
        """Write a print in its newest form, and count how far it has come."""
        before = self._prints.get(print_.trade_id)
        self._unsettled += (print_.settlement is Settlement.UNSETTLED) - (
            before is not None and before.settlement is Settlement.UNSETTLED
        )
        self._prints[print_.trade_id] = print_
        if print_.settlement is Settlement.MATCHED:
            self._waiting[print_.trade_id] = None
        else:
            self._waiting.pop(print_.trade_id, None)

    def _enrich(self, known: Print, again: Print) -> None:
        better = known
        if known.aggressor is Aggressor.UNKNOWN and again.aggressor is not Aggressor.UNKNOWN:
            same = again.seen_from(known.outcome_index)
            better = replace(better, aggressor=same.aggressor)
        if known.settlement is not Settlement.SETTLED and again.settlement is Settlement.SETTLED:
            better = replace(better, settlement=Settlement.SETTLED, settled_ms=again.settled_ms)
        elif known.settlement is Settlement.UNKNOWN and again.settlement is Settlement.MATCHED:
            better = replace(better, settlement=Settlement.MATCHED)
        if better is not known:
            self._keep(better)
            self.version += 1
            for watcher in self.watchers:
                watcher.learned(known, better)

    def _trim(self) -> None:
        while len(self._keys) > self._capacity:
            *_, trade_id = self._keys.pop(0)
            gone = self._prints.pop(trade_id)
            self._waiting.pop(trade_id, None)
            self._unsettled -= gone.settlement is Settlement.UNSETTLED
            _remember(self._gone, trade_id, None, 2 * self._capacity)
            self.dropped += 1
            self._gaps.forget(self._keys[0][0])  # what stood under the oldest print that is kept


def _remember(store: OrderedDict[str, _V], key: str, value: _V, limit: int) -> None:
    store[key] = value
    while len(store) > limit:
        store.popitem(last=False)
