"""What each pane may claim, by the link, the subscription and the proofs at hand (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from psdash.account.account import Account
from psdash.account.activity import ActivityLog
from psdash.account.wallets import Wallets
from psdash.gateway.clock import Clock
from psdash.gateway.notices import ActivityMoved, Emit, LinkState, MarketMoved
from psdash.gateway.panes import MarketPanes, is_news, moved
from psdash.gateway.shuriken import words
from psdash.gateway.shuriken.lines import OWN, Line
from psdash.gateway.shuriken.proof import BUDGET_S
from psdash.gateway.shuriken.pusher import PusherClient
from psdash.gateway.shuriken.tokens import TokenWatch
from psdash.gateway.shuriken.wallets import OwnWallets
from psdash.gateway.streaming import Stream
from psdash.market.board import Board, MarketPane
from psdash.market.freshness import PaneState

#: A chart read so long ago is as good as now: the lookup is repeated once a minute.
CHART_LASTS_S: Final = 90.0
SILENT: Final = "the price moved and no trade was told: the channel went silent"
SILENT_TOO: Final = "the socket tells no trades: it may tell nothing else either"
QUIET: Final = "quiet; the price by lookup bears it out"
Claim = tuple[PaneState, str]


class Claims:
    """Derives claims and has them written. `lost` says why there is no session, while there is none."""

    def __init__(
        self,
        stream: Stream,
        client: PusherClient,
        panes: MarketPanes,
        board: Board,
        account: Account,
        emit: Emit,
        clock: Clock,
    ) -> None:
        self.lost = "not connected yet"
        #: A channel of trades was found silent: what tells nothing now may as well be.
        self.is_silent = False
        self._stream = stream
        self._client = client
        self._panes = panes
        self._board = board
        self._account = account
        self._emit = emit
        self._clock = clock

    def token(self, token: TokenWatch) -> None:
        """Tape, chart and status of a token; its book there is none of."""
        now_s = self._clock.monotonic_s()
        state, standing = token.state, self._standing(token)
        self._panes.book(state, 0, PaneState.OFF, words.NO_BOOK, None)
        tape = standing or _tape(token, now_s)
        if tape[0] is PaneState.LIVE:
            token.shown_s = token.proof.proved_s
        self._panes.pane(state, MarketPane.TAPE, *tape, token.shown_s)
        self._panes.pane(state, MarketPane.CHART, *self._chart(token, tape, now_s), token.chart_read_s)
        self._panes.pane(state, MarketPane.STATUS, *_status(token, standing, now_s), token.priced_s)
        self._facts(token, now_s)

    def _facts(self, token: TokenWatch, now_s: float) -> None:
        """What is told beside the trades: by changes alone, so that an old one is as good as the channel is."""
        tokens, is_news_ = self._board.tokens, False
        for fact, lines in token.told_by.items():
            held = tokens.claim_of(token.slug, fact)
            had_data = held.proved_s is not None
            if not lines:
                state, reason = PaneState.OFF, words.NOT_TOLD
            else:
                state, reason = self._worst(lines, had_data=had_data) or (PaneState.LIVE, "")
            fresh = moved(held, state, reason, held.proved_s, now_s)
            if fresh is not held:
                tokens.claim(token.slug, fact, fresh)
                is_news_ = is_news_ or is_news(held, fresh)
        if is_news_:
            self._emit(MarketMoved(token.slug, token.state.market.status))

    def let_go(self, token: TokenWatch) -> None:
        """It is watched no more."""
        for pane in (MarketPane.TAPE, MarketPane.CHART, MarketPane.STATUS):
            self._panes.pane(token.state, pane, PaneState.OFF, "", token.state.freshness[pane].proved_s)

    def activity(self) -> None:
        """The notices of the person's own: told as they happen, with nothing to prove a quiet hour by."""
        held = self._account.activity
        self._say(held, self._worst(OWN, had_data=len(held) > 0))

    def wallets(self, own: OwnWallets) -> None:
        """What the wallets hold: told as it moves, once it is known which there are."""
        held = self._account.wallets
        if own.is_known:
            worst = self._worst(own.lines, had_data=len(held.holdings) > 0)
        elif self._stream.link.state in (LinkState.REFUSED, LinkState.OFF) and self._stream.link.reason:
            worst = PaneState[self._stream.link.state.name], self._stream.link.reason
        else:
            worst = PaneState.REFUSED if own.is_refused else PaneState.CONNECTING, own.trouble
        self._say(held, worst)

    def _say(self, held: ActivityLog | Wallets, worst: Claim | None) -> None:
        """The next claim about something of the person's own."""
        state, reason = worst or (PaneState.LIVE, "")
        now_s = self._clock.monotonic_s()
        fresh = moved(held.freshness, state, reason, held.freshness.proved_s if worst else now_s, now_s)
        news, held.freshness = is_news(held.freshness, fresh), fresh
        if news:
            self._emit(ActivityMoved())

    def _worst(self, lines: Sequence[Line], *, had_data: bool) -> Claim | None:
        """The first of the lines that is not carried, and why; None while all are and nothing is silent."""
        worst = next((c for line in lines if (c := self._carried(line, had_data=had_data)) is not None), None)
        return (PaneState.STALE, SILENT_TOO) if worst is None and self.is_silent else worst

    def _standing(self, token: TokenWatch) -> Claim | None:
        """What the tape may claim by the link and its line alone; None while its trades are told."""
        if token.swaps is None:
            return PaneState.OFF, words.NO_CHAIN
        return self._carried(token.swaps, had_data=token.shown_s is not None)

    def _carried(self, line: Line, *, had_data: bool) -> Claim | None:
        link = self._stream.link
        if link.state in (LinkState.REFUSED, LinkState.OFF) and link.reason:
            return PaneState[link.state.name], link.reason
        if self._client.is_joined(line):
            return None
        if not self._stream.is_open:
            return PaneState.STALE if had_data else PaneState.CONNECTING, self.lost
        refusal = self._client.refusal(line)
        if refusal:
            return PaneState.STALE if had_data else PaneState.REFUSED, refusal
        return (PaneState.STALE, "subscribing again") if had_data else (PaneState.SYNCING, "")

    def _chart(self, token: TokenWatch, tape: Claim, now_s: float) -> Claim:
        if token.chart_read_s is None or token.chart_asked_s is None:
            if tape[0] in (PaneState.REFUSED, PaneState.OFF) and token.chart_trouble:
                return tape
            return PaneState.CONNECTING, token.chart_trouble
        if tape[0] is PaneState.LIVE and token.joined_s is not None and token.chart_asked_s >= token.joined_s:
            return PaneState.LIVE, ""
        if now_s - token.chart_read_s <= CHART_LASTS_S:
            return PaneState.LIVE, "by lookup, once a minute"
        return PaneState.STALE, token.chart_trouble or tape[1] or self.lost


def _tape(token: TokenWatch, now_s: float) -> Claim:
    proof = token.proof
    if proof.is_silent:
        return PaneState.STALE, SILENT
    if proof.proved_s is None:
        return PaneState.SYNCING, proof.trouble
    if proof.is_overdue(now_s, is_focused=token.is_focused):
        return PaneState.STALE, f"nothing proves it: no trade came, and {proof.trouble or 'no lookup answered'}"
    if token.unreadable:
        return PaneState.LIVE, f"{token.unreadable} messages of it could not be read"
    return PaneState.LIVE, QUIET if proof.is_quiet(now_s) else ""


def _status(token: TokenWatch, standing: Claim | None, now_s: float) -> Claim:
    if token.priced_s is not None and now_s - token.priced_s <= BUDGET_S[token.is_focused]:
        return PaneState.LIVE, ""
    if standing is not None and standing[0] in (PaneState.REFUSED, PaneState.OFF):
        return standing
    return PaneState.CONNECTING if token.priced_s is None else PaneState.STALE, token.proof.trouble
