"""The one socket of Shuriken: who is watched, what each event changes, what each pane may claim.

Nothing is numbered here (shuriken §B5), so no hole can be seen in a stream, and what was told while nobody listened
is gone (§C5): the tape marks that time. A quiet tape is LIVE while the lookup of the price bears it out (`proof`).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from psdash.account.account import Account
from psdash.gateway.begun_again import INTERNAL_ERROR, begun_again
from psdash.gateway.clock import Clock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.dialling import DialError
from psdash.gateway.keychain import Keychain
from psdash.gateway.liveness import Timing
from psdash.gateway.notices import Emit, LinkChanged, Severity, Spoken
from psdash.gateway.panes import MarketPanes
from psdash.gateway.refusals import Reaction, Verdict
from psdash.gateway.rest import RestError
from psdash.gateway.shuriken import words
from psdash.gateway.shuriken.claims import Claims
from psdash.gateway.shuriken.feed import Feed, SourceTime
from psdash.gateway.shuriken.following import Following
from psdash.gateway.shuriken.keeper import Keeper
from psdash.gateway.shuriken.lookup import TokenLookup
from psdash.gateway.shuriken.prices import Prices
from psdash.gateway.shuriken.pusher import PusherClient
from psdash.gateway.shuriken.reads import ShurikenReads
from psdash.gateway.shuriken.session import Door
from psdash.gateway.shuriken.tokens import TokenWatch
from psdash.gateway.shuriken.wallets import OwnWallets
from psdash.gateway.streaming import Stream
from psdash.market.board import Board
from psdash.text import safe_text
from psdash.wire import pusher as wire

log = logging.getLogger(__name__)

NAME: Final = "shuriken"
#: Subscriptions and pings; no limit is published (§E).
FRAMES_PER_S: Final = 10.0
BURST: Final = 20
#: A session that data flowed on for so long forgets the closes before it.
HEALTHY_S: Final = 30.0
#: A session is ended for a silent channel at most this often: what a new one does not mend, a third will not.
SILENCE_S: Final = 300.0
#: An error frame that forbids the connection is followed by its close, or else is taken for it.
CLOSE_S: Final = 2.0
#: Between reviews of what the panes claim.
AGE_S: Final = 1.0


class ShurikenGateway:
    """A StreamHandler, and what the screen asks of a market gateway."""

    def __init__(
        self,
        door: Door,
        reads: ShurikenReads,
        lookup: TokenLookup,
        keychain: Keychain,
        board: Board,
        account: Account,
        emit: Emit,
        *,
        clock: Clock,
        rng: random.Random,
        timing: Timing | None = None,
    ) -> None:
        self._emit = emit
        self._clock = clock
        self._keychain = keychain
        self._reads = reads
        self._time = SourceTime(clock)
        panes = MarketPanes(board, emit, clock)
        self.stream = Stream(NAME, self, clock=clock, rng=rng, frames_per_s=FRAMES_PER_S, burst=BURST, timing=timing)
        self.client = PusherClient()
        self._claims = Claims(self.stream, self.client, panes, board, account, emit, clock)
        self._wallets = OwnWallets(reads, account, self._rewired)
        self._following = Following(board, lookup, panes, emit, rng, self._followed, lambda: self._wallets.lines)
        self.tokens = self._following.tokens
        self._keeper = Keeper(door, self.client, self._key_refused, self._answered)
        self._feed = Feed(
            self.stream.counts,
            board,
            account,
            emit,
            clock,
            lookup,
            tokens=self.tokens.values,
            time=self._time,
        )
        self._prices = Prices(
            reads,
            board,
            emit,
            clock,
            tokens=self.tokens.values,
            now_ms=self._time.now_ms,
            proved=self._claims.token,
        )
        self._pending: Verdict | None = None  # how the next dial is refused before it is made
        self._is_bad_key = False
        self._live_s: float | None = None
        self._heard_ms = 0
        self._tries = self._hasty = 0
        self._silence_s = float("-inf")
        self._is_silent = False

    # what the screen asks -------------------------------------------------------------------------------------------

    @property
    def counts(self) -> FrameCounts:
        """The conservation law of this gateway."""
        return self.stream.counts

    @property
    def link(self) -> LinkChanged:
        """The newest state of the connection."""
        return self.stream.link

    @property
    def offset_ms(self) -> float | None:
        """The chains' clock minus this machine's, None before anything was told."""
        return self._time.offset_ms

    def watch(self, slugs: Sequence[str], focus: str) -> None:
        """Follow these tokens from now on, `focus` most closely. Unknown ones are looked up while it runs."""
        self._following.watch(slugs, focus)

    def resync(self, slug: str) -> None:
        """The person wants everything of a token read again."""
        token = self.tokens.get(slug)
        if token is not None:
            token.proof.asked_s = float("-inf")
            token.chart_due_s = token.coarse_due_s = 0.0
            token.has_pools = False

    async def run(self) -> None:
        """The worker, until cancelled. A fault of our own ends the session, is said, and a while later it goes on."""
        await begun_again(NAME, self._work, self._broke, self.counts, self._emit)

    def _broke(self, wait_s: float) -> None:
        self.closed(INTERNAL_ERROR, refused=False)
        self.stream.broke(INTERNAL_ERROR, wait_s)

    async def _work(self) -> None:
        if not self._keychain.is_set:
            self.stream.stay_off(words.NO_KEY)
            self._emit(Spoken(Severity.WARNING, f"No live data: {words.NO_KEY}.", NAME))
            self._following.halt(words.NO_KEY)
            return
        async with asyncio.TaskGroup() as group:
            self._following.jobs.bind(group)
            asking = [
                group.create_task(self._keeper.run(), name="shuriken-keeper"),
                group.create_task(self._prices.run(), name="shuriken-prices"),
                group.create_task(self._look_at_key(), name="shuriken-key"),
                group.create_task(self._wallets.run(), name="shuriken-wallets"),
            ]
            group.create_task(self._age(), name="shuriken-age")
            await self.stream.run()
            if self._is_bad_key:  # the lookups would go on where it is the socket alone that refuses
                for task in asking:
                    task.cancel()

    async def _age(self) -> None:
        """What nothing proves any more is not claimed, whether or not there is a session."""
        while True:
            self.review()
            await asyncio.sleep(AGE_S)

    def _followed(self, gone: Sequence[TokenWatch]) -> None:
        """Bring the lines in line with the tokens that are followed now."""
        for token in gone:
            self._deaf(token)
            self._claims.let_go(token)
        self.client.want(self._following.lines())
        for token in self.tokens.values():
            if token.joined_s is None and self.client.is_joined(token.swaps):
                self._begun(token)  # still carried
        self._wake()
        self.review()

    def _rewired(self) -> None:
        """There are other lines than before: those of the wallets came."""
        self.client.want(self._following.lines())
        self._wake()
        self.review()

    def _wake(self) -> None:
        self._keeper.wake()
        self.stream.wake()

    # the stream's handler -------------------------------------------------------------------------------------------

    async def address(self) -> str:
        pending, self._pending = self._pending, None
        try:
            return await self._keeper.locate(pending)
        except DialError as error:
            self._is_bad_key = error.verdict.is_credential
            raise

    def opened(self) -> None:
        self.client.opened()
        self._live_s = None
        self._is_silent = False
        self.review()

    def take(self, raw: bytes) -> None:
        raw = self._keychain.hidden_in(raw)
        self.client.heard()
        self._heard_ms = self._time.now_ms()
        try:
            frame = wire.decode_frame(raw)
        except ValidationError:
            self._garbled(raw)
            raise
        match frame:
            case wire.ChannelEvent():
                self._feed.event(frame, self.client.on(frame.channel))
            case wire.Undecided():
                if self.counts.ignore(frame.event):
                    log.info("%s: ignoring %s", NAME, frame.event)
            case _:
                self.counts.applied += 1
                self._control(frame)

    def next_frame(self, now_s: float) -> str | None:
        return self.client.next_frame()

    def ticked(self, now_s: float) -> str:
        reason = self.client.ticked(now_s) or self._forbidden()
        silent = [token for token in self.tokens.values() if token.joined_s is not None and token.proof.ticked(now_s)]
        for token in silent:
            self.counts.happened("channels found silent")
            log.warning("%s: the price moved and no trade was told", token.slug)
        self.review()
        self._keeper.wake()
        if not reason and any(token.is_focused for token in silent) and now_s - self._silence_s >= SILENCE_S:
            self._silence_s = now_s
            self._is_silent = True
            return "Shuriken answers pings but tells no trades: the channel went silent"
        return reason

    def judged(self, code: int | None, reason: str) -> tuple[Verdict, float]:
        error = self.client.recent_error()
        if error is not None and error[0] is not None and not (code is not None and 4000 <= code < 4400):
            code, reason = (error[0], error[1]) if 4000 <= error[0] < 4300 else (code, reason)
        elif error is not None and not reason:
            reason = error[1]
        if self._live_s is not None and self._clock.monotonic_s() - self._live_s >= HEALTHY_S:
            self._tries = self._hasty = 0
        verdict, floor_s = words.judged(
            code, safe_text(reason, 120), tries=self._tries, hasty=self._hasty, ladder_s=self._keeper.ladder_s
        )
        if code is not None:
            self._tries += 4100 <= code < 4200
            self._hasty += 4200 <= code < 4300
            self.counts.happened(f"closed with {code}" if 4000 <= code < 4400 else "closed otherwise")
        if code == 4000:
            if self._keeper.is_tls:
                verdict = verdict._replace(reaction=Reaction.REFUSE, words="Shuriken's socket wants TLS, and has it")
            self._keeper.wants_tls = True
        self._is_bad_key = verdict.is_credential
        return verdict, floor_s

    def closed(self, words: str, refused: bool) -> None:
        self._claims.lost = words
        for token in self.tokens.values():
            self._deaf(token)
        self.client.closed()
        if refused:
            self._emit(Spoken(Severity.ERROR, words, NAME))
        self.review()

    def moved(self, link: LinkChanged) -> None:
        self._emit(link)
        self.review()

    # control --------------------------------------------------------------------------------------------------------

    def _control(self, frame: wire.Frame) -> None:
        match frame:
            case wire.Connected():
                self.client.connected(frame)
            case wire.Ping():
                self.client.pinged()
            case wire.Subscribed():
                self._joined(frame.channel)
            case wire.Refused():
                why = words.channel_words(frame.kind, frame.error, frame.status)
                for line in self.client.refused(frame.channel, why):
                    self.counts.happened(f"refused {line.stream}")
                    log.warning("%s: %s: %s", NAME, line.stream, why)
                self.review()
            case wire.ServerError():
                self.counts.happened("error frames")
                refused = self.client.failed(frame)
                if refused is not None:
                    self.counts.happened(f"refused {refused.line.stream}")
                log.warning("%s: error %s %s", NAME, frame.code, frame.message)
            case _:
                return
        self._wake()

    def _joined(self, channel: str) -> None:
        lines = self.client.joined(channel)
        if lines and self._live_s is None:
            self._live_s = self._clock.monotonic_s()
            self.stream.went_live()
        for token in self.tokens.values():
            if token.swaps in lines:
                self._begun(token)
        self.review()

    def _begun(self, token: TokenWatch) -> None:
        if token.hears(self._clock.monotonic_s(), self._time.now_ms()):
            self._feed.gap(token)

    def _deaf(self, token: TokenWatch) -> None:
        """Nobody hears this token's trades any more."""
        if token.joined_s is None:
            return
        heard_ms = self._heard_ms or self._time.now_ms()
        if self._is_silent or token.proof.is_silent:
            # It was silent before anybody could know, and where one channel is, another may be.
            quiet_ms = round((self._clock.monotonic_s() - token.proof.sure_s) * 1_000)
            heard_ms = min(heard_ms, self._time.now_ms() - quiet_ms)
        token.went_deaf(heard_ms)

    def _garbled(self, raw: bytes) -> None:
        """A frame that is none: where it names the channel of a token, a trade may have been in it."""
        for token in self.tokens.values():
            channel = self.client.channel_of(token.swaps)
            if channel and channel.encode() in raw:
                self._feed.unread(token)

    def _forbidden(self) -> str:
        """Why this connection must not go on though nobody closes it: an error instead of a greeting (§C8)."""
        error = self.client.error
        if self.client.socket_id or error is None or error[0] is None or self.client.error_age_s < CLOSE_S:
            return ""
        if not 4000 <= error[0] < 4300:
            return ""
        verdict, _ = self.judged(error[0], error[1])
        if verdict.reaction is Reaction.REFUSE:
            self._pending = verdict
        return verdict.words

    # the key and the claims -----------------------------------------------------------------------------------------

    def _key_refused(self, verdict: Verdict) -> None:
        """The key is good for nothing any more: neither is this session."""
        self._pending = verdict
        self.stream.drop(verdict.words)

    def _answered(self) -> None:
        """A grant or a signature came, or none will."""
        self.stream.wake()
        self.review()

    async def _look_at_key(self) -> None:
        """Say once that a key which may trade is more than psdash needs: it never does."""
        try:
            scopes = (await self._reads.usage()).scopes
        except RestError as error:
            log.info("%s: the key's permissions are not known: %s", NAME, error.words)
            return
        beyond = sorted(scope for scope in scopes if not scope.startswith("read:"))
        if beyond:
            text = f"The Shuriken key may do more than read ({', '.join(beyond)[:200]}); psdash only ever reads."
            self._emit(Spoken(Severity.WARNING, text, NAME))

    def review(self) -> None:
        """Say of every pane what it may claim now."""
        self._claims.is_silent = any(token.proof.is_silent for token in self.tokens.values())
        for token in self.tokens.values():
            self._claims.token(token)
        self._claims.activity()
        self._claims.wallets(self._wallets)
