"""Which feeds of which ids a connection carries, and what it still has to ask for. Sans-IO.

The wanted list is the truth; the connection is brought to it with `subscribe` and `unsubscribe`, the commands that
the protocol knows best (protocol §3.1, §3.3). A sid lives and dies with its connection. What was refused is kept with
its reason for the market it concerns, and what the venue neither accepted nor refused is asked again (one bad id may
have taken its whole entry down, protocol §3.1).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from psdash.wire.predictstreet import NEWER, CommandError, Dialect, Feed, Subscribed
from psdash.wire.predictstreet.channels import MAX_IDS_PER_SUBSCRIPTION, MAX_SUBSCRIPTIONS
from psdash.wire.predictstreet.commands import Command, subscribe, unsubscribe

log = logging.getLogger(__name__)

ACK_S = 5.0
#: Entries in one command: a frame of some 64 KB at most.
ENTRIES_PER_COMMAND = 8
#: How often something that was neither accepted nor refused is asked again.
TRIES = 3
#: The id of a feed that takes none.
NO_ID = ""
_TRANSIENT = frozenset({"subscription_too_many_ids"})
#: Refusals that asking again cannot change (protocol §3.7). Any other may pass: a limit, a fault, a restart.
FINAL = frozenset(
    {
        "invalid_params",
        "forbidden",
        "api_key_scope_missing",
        "subscription_cap_exceeded",
        "subscription_too_many_ids",
    }
)
#: Seconds before something is asked again whose refusal may pass, by how often it was refused.
PASSING_S = (5.0, 15.0, 60.0)


class Line(NamedTuple):
    """One thing wanted: a feed, and an id of it (`NO_ID` where the feed takes none)."""

    feed: Feed
    id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the venue does not carry a line."""

    line: Line
    code: str
    message: str


@dataclass(slots=True)
class _Asked:
    """A subscribe on its way."""

    entries: list[tuple[Feed, list[str]]]
    deadline_s: float


@dataclass(slots=True)
class _Held:
    """A sid: its feed, and the lines that are served by it."""

    feed: Feed
    ids: set[str] = field(default_factory=set)


class Change(NamedTuple):
    """What an answer changed."""

    accepted: Sequence[Line] = ()
    refused: Sequence[Refusal] = ()


class Subscriptions:
    """The subscriptions of one connection after another."""

    def __init__(
        self,
        next_id: Callable[[], int],
        *,
        max_sids: int = MAX_SUBSCRIPTIONS,
        max_ids: int = MAX_IDS_PER_SUBSCRIPTION,
        ack_s: float = ACK_S,
    ) -> None:
        self._next_id = next_id
        self._max_sids = max_sids
        self._most_ids = max_ids
        self._ack_s = ack_s
        self._dialect = NEWER
        self._tiers: list[list[Line]] = []
        self._wanted: set[Line] = set()
        self.forget()

    def forget(self) -> None:
        """A new connection: no sid, no answer and no refusal of the last one holds (protocol §2.3)."""
        self._max_ids = self._most_ids
        self._asked: dict[int, _Asked] = {}
        self._asking: set[Line] = set()
        self._renewing: set[Line] = set()  # carried, and to be subscribed to once more
        self._sids: dict[int, _Held] = {}
        self._lines: dict[Line, int] = {}
        self._refused: dict[Line, Refusal] = {}
        #: When to ask again where a refusal may pass; None until the clock is at hand.
        self._passing: dict[Line, float | None] = {}
        self._refusals: dict[Line, int] = {}
        self._tries: dict[Line, int] = {}
        self._leaving: list[int] = []
        self._stirred = True  # something may be missing
        self.version = 0  # moves with every acceptance and refusal

    def speak(self, dialect: Dialect) -> None:
        """The connection speaks this dialect from now on; nothing may be open in another."""
        self._dialect = dialect

    # wanting ------------------------------------------------------------------------------------------------------

    def want(self, tiers: Iterable[Sequence[Line]]) -> None:
        """The whole of what is wanted, the most urgent tier first. Lines no longer here are let go."""
        seen: set[Line] = set()
        self._tiers = []
        for tier in tiers:
            fresh = [line for line in dict.fromkeys(tier) if line not in seen]
            seen.update(fresh)
            self._tiers.append(fresh)
        self._wanted = seen
        self._renewing &= seen
        self._stirred = True
        for line in [line for line in self._refused if line not in seen]:
            del self._refused[line]
            self._passing.pop(line, None)
        for sid in list(self._sids):
            self._let_go_if_idle(sid)

    def renew(self, line: Line) -> None:
        """Subscribe to a line once more: a fresh subscription begins with a fresh snapshot (protocol §5.3)."""
        self._stirred = True
        sid = self._lines.pop(line, None)
        if sid is not None and sid in self._sids:
            self._sids[sid].ids.discard(line.id)
            self._let_go_if_idle(sid)

    def refresh(self, sid: int) -> Sequence[Line]:
        """Subscribe once more to all that a sid serves, in one command: a fresh snapshot of each.

        There is no moment without: the old sid is let go when the new one stands. Returns the lines; none when there
        is no room for another sid.
        """
        held = self._sids.get(sid)
        if held is None or self._room() < 1:
            return ()
        lines = [line for line in self._served(sid, held) if line in self._wanted and line not in self._asking]
        self._renewing.update(lines)
        self._stirred = True
        return lines

    # reading ------------------------------------------------------------------------------------------------------

    @property
    def is_settled(self) -> bool:
        """Every wanted line is accepted or refused."""
        return all(line in self._lines or line in self._refused for line in self._wanted)

    @property
    def is_asking(self) -> bool:
        """Whether the answer to a subscribe is on its way."""
        return bool(self._asked)

    @property
    def refused(self) -> Mapping[Line, Refusal]:
        return self._refused

    @property
    def sids(self) -> Mapping[int, Feed]:
        """The live sids and their feeds."""
        return {sid: held.feed for sid, held in self._sids.items()}

    def sid_of(self, line: Line) -> int | None:
        """The subscription that carries a line."""
        return self._lines.get(line)

    def carries(self, sid: int, feed: Feed) -> bool:
        """Whether a push may be believed: its sid is one of this connection's, for this feed."""
        held = self._sids.get(sid)
        return held is not None and (held.feed is feed or self._dialect.brings(held.feed, feed))

    # speaking -----------------------------------------------------------------------------------------------------

    def next_command(self, now_s: float) -> Command | None:
        """The next thing to say, if any; it counts as said."""
        if self._leaving:
            sids, self._leaving = self._leaving, []
            return unsubscribe(self._next_id(), sids)
        if self._passing:
            self._ask_passing_again(now_s)
        if not self._stirred:
            return None
        room = self._room()
        for tier in self._tiers:
            missing = [line for line in tier if self._is_missing(line)]
            if missing:
                entries = self._pack(missing)[: min(room, ENTRIES_PER_COMMAND)]
                if entries:
                    return self._ask(entries, now_s)
                if not self._asked:  # nothing on its way could still be refused and make room
                    for line in missing:
                        if line not in self._lines:
                            self._refuse(Refusal(line, "subscription_cap_exceeded", ""))
                    self._renewing.clear()
                return None
        self._stirred = False
        return None

    def is_overdue(self, now_s: float) -> bool:
        """Whether a subscribe was not answered in time: the connection does not do what it should."""
        return any(asked.deadline_s <= now_s for asked in self._asked.values())

    def slept(self, seconds: float) -> None:
        """Nobody could hear an answer for so long: the open questions have that much longer."""
        for asked in self._asked.values():
            asked.deadline_s += seconds

    # hearing ------------------------------------------------------------------------------------------------------

    def subscribed(self, answer: Subscribed) -> Change | None:
        """The answer to a subscribe; None when it answers nothing that was asked (late, or repeated)."""
        asked = self._asked.pop(answer.command_id, None)
        if asked is None:
            return None
        accepted: list[Line] = []
        for row in answer.accepted:
            feed = self._dialect.feed_named(row.channel)
            if feed is None:
                log.warning("accepted a channel that nobody asked for: %s", row.channel)
                continue
            ids = row.ids if self._dialect.channels[feed].takes_ids else [NO_ID]
            held = self._sids.setdefault(row.sid, _Held(feed))
            for id_ in ids:
                line = Line(feed, normal(id_))
                held.ids.add(line.id)
                self._lines[line] = row.sid
                self._refused.pop(line, None)
                self._passing.pop(line, None)
                self._refusals.pop(line, None)
                accepted.append(line)
        refused = self._read_rejections(asked, answer)
        self._settle(asked)
        for sid in list(self._sids):
            self._let_go_if_idle(sid)
        return Change(accepted, refused)

    def failed(self, error: CommandError) -> Change | None:
        """An error frame; None when it is not about a subscribe of ours."""
        asked = None if error.command_id is None else self._asked.pop(error.command_id, None)
        if asked is None:
            return None
        lines = [line for feed, ids in asked.entries for id_ in ids if (line := Line(feed, id_)) not in self._lines]
        refused = [self._refuse(Refusal(line, error.code or "error", error.message)) for line in lines]
        self._settle(asked)
        return Change((), refused)

    # inside -------------------------------------------------------------------------------------------------------

    def _room(self) -> int:
        """Sids that may still be asked for."""
        return self._max_sids - len(self._sids) - sum(len(asked.entries) for asked in self._asked.values())

    def _served(self, sid: int, held: _Held) -> list[Line]:
        """The lines that a sid serves; an id of it may be served by a newer one by now."""
        return [line for id_ in held.ids if self._lines.get(line := Line(held.feed, id_)) == sid]

    def _is_missing(self, line: Line) -> bool:
        if line in self._asking:
            return False
        return line in self._renewing or (line not in self._lines and line not in self._refused)

    def _pack(self, lines: Sequence[Line]) -> list[tuple[Feed, list[str]]]:
        """Entries of at most `max_ids` ids, feeds in the order in which they are wanted."""
        by_feed: dict[Feed, list[str]] = {}
        for line in lines:
            by_feed.setdefault(line.feed, []).append(line.id)
        size = self._max_ids
        return [
            (feed, ids[start : start + size]) for feed, ids in by_feed.items() for start in range(0, len(ids), size)
        ]

    def _ask(self, entries: list[tuple[Feed, list[str]]], now_s: float) -> Command:
        command_id = self._next_id()
        self._asked[command_id] = _Asked(entries, now_s + self._ack_s)
        for feed, ids in entries:
            lines = {Line(feed, id_) for id_ in ids}
            self._asking |= lines
            self._renewing -= lines
        return subscribe(command_id, entries, self._dialect.channels)

    def _read_rejections(self, asked: _Asked, answer: Subscribed) -> list[Refusal]:
        refused: list[Refusal] = []
        for row in answer.rejected:
            feed = None if row.channel is None else self._dialect.feed_named(row.channel)
            entries = [(f, ids) for f, ids in asked.entries if feed is None or f is feed]
            if row.code in _TRANSIENT and self._max_ids > 1:
                self._max_ids = max(1, max((len(ids) for _, ids in entries), default=1) // 2)
                continue  # what it took down is asked again, in smaller packs
            named = {normal(id_) for id_ in row.ids}
            for entry_feed, ids in entries:
                for id_ in ids:
                    line = Line(entry_feed, id_)
                    if (not named or id_ in named) and line not in self._lines:
                        refused.append(self._refuse(Refusal(line, row.code, row.message)))
        return refused

    def _settle(self, asked: _Asked) -> None:
        """The question is answered; what the answer passed over is asked again, a few times."""
        self._stirred = True
        self.version += 1
        for feed, ids in asked.entries:
            for id_ in ids:
                line = Line(feed, id_)
                self._asking.discard(line)
                if self._is_missing(line):
                    tries = self._tries[line] = self._tries.get(line, 0) + 1
                    if tries >= TRIES:
                        self._refuse(Refusal(line, "no_answer", ""))

    def _ask_passing_again(self, now_s: float) -> None:
        for line, due_s in list(self._passing.items()):
            if due_s is None:
                self._passing[line] = now_s + PASSING_S[min(self._refusals[line], len(PASSING_S)) - 1]
            elif now_s >= due_s:
                del self._passing[line]
                self._refused.pop(line, None)
                self._stirred = True

    def _refuse(self, refusal: Refusal) -> Refusal:
        self._refused[refusal.line] = refusal
        if refusal.code not in FINAL:
            self._passing[refusal.line] = None
            self._refusals[refusal.line] = self._refusals.get(refusal.line, 0) + 1
        self.version += 1
        return refusal

    def _let_go_if_idle(self, sid: int) -> None:
        """Unsubscribe a sid when nothing on it is wanted. Until then an unwanted id costs frames, not a new sync."""
        held = self._sids[sid]
        served = self._served(sid, held)
        if not any(line in self._wanted for line in served):
            del self._sids[sid]
            for line in served:
                del self._lines[line]
            self._leaving.append(sid)
            for refusal in [r for r in self._refused.values() if r.code == "subscription_cap_exceeded"]:
                del self._refused[refusal.line]  # there is room now


@lru_cache(maxsize=4_096)
def lines_of(feed: Feed, tokens: tuple[str, ...]) -> tuple[Line, ...]:
    """A feed's line of each outcome of a market; asked for at every look at what its panes may claim."""
    return tuple(Line(feed, normal(token)) for token in tokens)


def normal(id_: str) -> str:
    """An id the way the venue writes it back: lower case, no leading zeroes in a token (protocol §3.1)."""
    lowered = id_.lower()
    return lowered.lstrip("0") or "0" if lowered.isdigit() else lowered
