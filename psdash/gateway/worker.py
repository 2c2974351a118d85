"""What the two gateways share: one connection, its subscriptions, and frames routed by sid."""

from __future__ import annotations

import logging
import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from typing import cast

from psdash.gateway.begun_again import INTERNAL_ERROR, begun_again
from psdash.gateway.clock import Clock
from psdash.gateway.connection import Connection
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.jobs import Jobs
from psdash.gateway.keychain import Keychain
from psdash.gateway.liveness import Timing
from psdash.gateway.notices import Emit, GatewayName, LinkChanged, LinkState, Severity, Spoken
from psdash.gateway.subscriptions import Line, Subscriptions
from psdash.settings import Endpoint
from psdash.wire.predictstreet import (
    Ack,
    BookSnapshotFailed,
    CommandError,
    Dialect,
    Event,
    Feed,
    Greeting,
    Subscribed,
)
from psdash.wire.predictstreet.channels import NO_SID
from psdash.wire.predictstreet.commands import Command

log = logging.getLogger(__name__)

#: Book frames of sids that no answer has named yet, kept while one is on its way.
EARLY = 2_000

_ANSWERS = frozenset({Subscribed, Ack, CommandError})


class GatewayWorker(ABC):
    """One gateway, from the socket to the frames a subclass understands."""

    def __init__(
        self,
        name: GatewayName,
        url: str,
        endpoint: Endpoint,
        emit: Emit,
        *,
        clock: Clock,
        rng: random.Random,
        timing: Timing | None,
        keychain: Keychain | None = None,
    ) -> None:
        self.name = name
        self.emit = emit
        self.clock = clock
        self.credential = keychain or Keychain.of(endpoint, clock)
        timing = timing or Timing(commands_per_s=endpoint.commands_per_s)
        self.connection = Connection(
            name, url, self.credential, self, clock=clock, rng=rng, timing=timing, protocol=endpoint.protocol
        )
        self.subscriptions = Subscriptions(self.connection.next_id)
        self.jobs = Jobs(rng)
        #: The words with which the venue ended dialling for good; empty while it has not.
        self.refusal = ""
        #: Why the last session, or the last attempt at one, ended.
        self.lost_reason = ""
        self._counts = self.connection.counts
        self._early: deque[Event] = deque()
        self._tick_s = timing.tick_s
        self._awake_s = 0.0
        self._reviewed = -1
        self._logged: set[str] = set()

    @property
    def counts(self) -> FrameCounts:
        """The conservation law of this gateway."""
        return self._counts

    @property
    def link(self) -> LinkChanged:
        """The newest state of the connection."""
        return self.connection.link

    @property
    def dialect(self) -> Dialect:
        """What the newest greeting's gateway speaks."""
        return self.connection.dialect

    @property
    def offset_ms(self) -> float | None:
        """The venue's clock minus this machine's, None before the first measurement."""
        return self.connection.venue_time.offset_ms

    async def run(self) -> None:
        """The worker, until cancelled or refused for good.

        A fault of our own ends the session and is said; what it had proved is proved no more, and after a wait it
        begins again.
        """
        await begun_again(self.name, self.work, self._broke, self.counts, self.emit)

    def _broke(self, wait_s: float) -> None:
        self.connection.broke(INTERNAL_ERROR, wait_s)
        self.closed(INTERNAL_ERROR, refused=False)

    # what a subclass says --------------------------------------------------------------------------------------

    @abstractmethod
    async def work(self) -> None:
        """Dial and serve until cancelled; returns when there is nothing to dial."""

    @abstractmethod
    def tiers(self) -> Sequence[Sequence[Line]]:
        """What to subscribe to, the most urgent first."""

    @abstractmethod
    def event(self, event: Event) -> None:
        """Take one push of a live subscription, and count it."""

    @abstractmethod
    def review(self) -> None:
        """Something every pane depends on changed: the link, an answer, a refusal. Say what each may claim."""

    @abstractmethod
    def session_opened(self, greeting: Greeting) -> None:
        """A new session: nothing of the last one holds."""

    @abstractmethod
    def session_closed(self) -> None:
        """The session is over."""

    @abstractmethod
    def lines_accepted(self, lines: Sequence[Line]) -> None:
        """The venue carries these from now on."""

    def own_command(self, now_s: float, *, urgent: bool) -> Command | None:
        """Something to say beyond subscriptions; with `urgent` only what cannot wait."""
        return None

    def slept(self, seconds: float) -> None:
        """So many seconds passed in which this program did not run: no deadline counts them."""
        self.subscriptions.slept(seconds)

    def unread(self, feed: Feed, entity: str) -> None:
        """A push of a known feed says something that this version cannot read. It happened all the same."""
        self._counts.happened(f"unreadable {feed}")

    def own_error(self, error: CommandError) -> bool:
        """Whether an error frame was about a command of the subclass."""
        return False

    # what a connection calls -----------------------------------------------------------------------------------

    def opened(self, greeting: Greeting) -> None:
        self._awake_s = self.clock.monotonic_s()
        self.subscriptions.forget()
        self.subscriptions.speak(self.dialect)
        self.session_opened(greeting)
        self.rewant()
        self.review()

    def closed(self, reason: str, refused: bool) -> None:
        self.lost_reason = reason
        if refused:
            self.refusal = reason
            self.emit(Spoken(Severity.ERROR, reason, self.name))
        self.session_closed()
        self.subscriptions.forget()
        self._replay_early()
        self.review()

    def moved(self, link: LinkChanged) -> None:
        if link.state is LinkState.DIALLING and self.refusal:
            self.refusal = ""  # there is another credential
            self.review()
        self.emit(link)

    def ticked(self, now_s: float) -> None:
        self._notice_sleep(now_s)
        if self.subscriptions.is_overdue(now_s):
            self.connection.drop("The gateway did not answer a subscription in time")
        elif self.subscriptions.version != self._reviewed:
            self._answered()

    def next_command(self, now_s: float, *, urgent: bool = False) -> Command | None:
        self._notice_sleep(now_s)
        return self.subscriptions.next_command(now_s) or self.own_command(now_s, urgent=urgent)

    def take(self, frame: Event | Subscribed | Ack | CommandError) -> None:
        if type(frame) not in _ANSWERS:
            event = cast("Event", frame)
            if self.subscriptions.carries(event.sid, event.feed):
                self.event(event)
            elif isinstance(event, BookSnapshotFailed) and event.sid == NO_SID:
                self.event(event)  # it answers a command, which has no sid
            elif event.feed is Feed.BOOK and self.subscriptions.is_asking:
                self._keep_early(event)
            else:
                self.ignore(f"{event.kind} of an unknown sid")
        elif isinstance(frame, Subscribed):
            self._subscribed(frame)
        elif isinstance(frame, CommandError):
            self._failed(frame)
        else:
            self._counts.applied += 1

    def unreadable(self, raw: bytes) -> None:
        feed, entity = self.dialect.subject_of(raw)
        if feed is not None:
            self.unread(feed, entity)

    # inside ----------------------------------------------------------------------------------------------------

    def rewant(self) -> None:
        """The wanted lines may have changed."""
        self.subscriptions.want(self.tiers())
        if self.connection.is_open:
            self.connection.wake()
            if self.subscriptions.is_settled:
                self._answered()

    def ignore(self, kind: str) -> None:
        """Count a frame that is for nobody; the first of its kind is logged."""
        if self._counts.ignore(kind):
            log.info("%s gateway: ignoring %s", self.name, kind)

    def _notice_sleep(self, now_s: float) -> None:
        """Ticks that did not come are time in which this machine slept: what was asked before is not late for it."""
        slept_s = now_s - self._awake_s - self._tick_s
        self._awake_s = now_s
        if slept_s > self._tick_s:
            self.slept(slept_s)

    def _keep_early(self, event: Event) -> None:
        """A book may speak before the answer that names its sid: it waits for that, bounded."""
        if len(self._early) >= EARLY:
            self._counts.buffered -= 1
            self.ignore(f"{self._early.popleft().kind} of an unknown sid")
        self._counts.buffered += 1
        self._early.append(event)

    def _replay_early(self) -> None:
        """An answer came, or none will: what waited for it goes where it belongs."""
        early, self._early = self._early, deque()
        for event in early:
            self._counts.buffered -= 1
            self.take(event)

    def _subscribed(self, answer: Subscribed) -> None:
        change = self.subscriptions.subscribed(answer)
        if change is None:
            self.ignore("subscribed that answers nothing")
            return
        self._counts.applied += 1
        self.connection.venue_time.saw(answer.server_ms)
        if change.accepted:
            self.lines_accepted(change.accepted)
        self._replay_early()
        self._answered()

    def _failed(self, error: CommandError) -> None:
        self._counts.applied += 1
        if self.subscriptions.failed(error) is not None:
            self._replay_early()
            self._answered()
        elif not self.own_error(error):
            kind = f"error {error.code}"
            if kind not in self._logged and len(self._logged) < 100:
                self._logged.add(kind)
                log.warning("%s gateway refused a command: %s %s", self.name, error.code, error.message)

    def _answered(self) -> None:
        self._reviewed = self.subscriptions.version
        self.connection.wake()
        if self.subscriptions.is_settled and self.connection.is_open:
            self.connection.went_live()
        self.review()
