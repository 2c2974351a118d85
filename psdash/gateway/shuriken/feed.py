"""What the streams bring, onto the board and into the account: each event counted once, each thing told once."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from statistics import median
from typing import Any, Final

from pydantic import ValidationError

from psdash.account.account import Account
from psdash.gateway.clock import Clock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.notices import (
    ActivityMoved,
    CandlesMoved,
    CatalogueMoved,
    Emit,
    MarketMoved,
    SignalsMoved,
    TapeMoved,
)
from psdash.gateway.shuriken import translate
from psdash.gateway.shuriken.lines import is_same_address, slug_of
from psdash.gateway.shuriken.lookup import TokenLookup
from psdash.gateway.shuriken.pusher import Held
from psdash.gateway.shuriken.tokens import TokenWatch
from psdash.gateway.shuriken.wallets import holding
from psdash.market.board import Board
from psdash.market.signals import Signal
from psdash.market.token_facts import Fact, TokenFacts
from psdash.wire.pusher import ChannelEvent
from psdash.wire.shuriken import Payload, decode_payload, payloads

log = logging.getLogger(__name__)

#: Clocks that differ by less are one: blocks tell whole seconds, and are told a little later.
SAME_MS: Final = 5_000
_SWAPS: Final = (Payload.SVM_SWAP, Payload.EVM_SWAP)


class SourceTime:
    """The chains' clock, learned from the times that fresh events carry."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offsets: deque[int] = deque(maxlen=9)

    def saw(self, told_ms: int | None) -> None:
        """Something that just happened, by its own time."""
        if told_ms is not None:
            self._offsets.append(told_ms - self._clock.wall_ms())

    @property
    def offset_ms(self) -> float | None:
        """Their clock minus this machine's; None before anything was told."""
        if not self._offsets:
            return None
        offset_ms = median(self._offsets)
        return offset_ms if abs(offset_ms) > SAME_MS else 0.0

    def now_ms(self) -> int:
        """Their present."""
        return self._clock.wall_ms() + round(self.offset_ms or 0.0)


class Feed:
    """Takes channel events. Every call moves exactly one count."""

    def __init__(
        self,
        counts: FrameCounts,
        board: Board,
        account: Account,
        emit: Emit,
        clock: Clock,
        lookup: TokenLookup,
        *,
        tokens: Callable[[], Collection[TokenWatch]],
        time: SourceTime,
    ) -> None:
        self._counts = counts
        self._board = board
        self._account = account
        self._emit = emit
        self._clock = clock
        self._lookup = lookup
        self._tokens = tokens
        self._time = time
        self._takers: dict[type[object], Callable[[Any, Sequence[Held]], None]] = {
            payloads.SvmSwap: self._swap,
            payloads.EvmSwap: self._swap,
            payloads.Pool: self._pool,
            payloads.SvmBalance: self._balance,
            payloads.EvmBalance: self._balance,
            payloads.Distribution: self._distribution,
            payloads.Holders: self._holders,
            payloads.Curve: self._curve,
            payloads.Signal: self._call,
            payloads.FeedMessage: self._feed_message,
            payloads.Message: self._message,
            payloads.CallReference: self._mention,
            payloads.Activity: self._activity,
        }

    def event(self, event: ChannelEvent, lines: Sequence[Held]) -> None:
        """An event, and the lines of its channel. Raises pydantic.ValidationError for an unreadable one."""
        if not lines or lines[0].granted is None:
            self._ignore("event of a channel that is not joined")
            return
        if event.event != (lines[0].granted.event or "update"):
            self._ignore(f"event {event.event} of {lines[0].line.stream}")
            return
        try:
            told = decode_payload(lines[0].line.payload, event.payload)
        except ValidationError:
            self._counts.happened(f"unreadable {lines[0].line.stream}")
            if lines[0].line.payload in _SWAPS:
                for token in self._tokens():
                    if any(held.line == token.swaps for held in lines):
                        self.unread(token)
            raise
        self._takers[type(told)](told, lines)

    def gap(self, token: TokenWatch) -> None:
        """A hole in a tape opened or closed."""
        self._counts.happened("gaps in a tape")
        self._emit(TapeMoved(token.slug))

    def unread(self, token: TokenWatch) -> None:
        """Something on a token's channel could not be read: a trade may have been in it."""
        token.unreadable += 1
        now_ms = self._time.now_ms()
        if token.missed(now_ms, now_ms):
            self.gap(token)

    # trades ---------------------------------------------------------------------------------------------------------

    def _swap(self, told: payloads.SvmSwap | payloads.EvmSwap, lines: Sequence[Held]) -> None:
        chain_id = told.chain_id if isinstance(told, payloads.EvmSwap) else None
        token = self._watched(told.token, chain_id)
        if token is None or all(held.line != token.swaps for held in lines):
            self._ignore("a swap of another token")
            return
        self._time.saw(told.at_ms)
        self._heard(token)
        print_ = translate.swap(told, token.state.market.tokens[0], self._board.tokens.of(token.slug).decimals)
        if print_ is None:
            self._counts.applied += 1
            self._counts.happened("swaps without a price")
            if token.missed(told.at_ms, told.at_ms):
                self.gap(token)
            return
        if not token.state.tape.add(print_):
            self._counts.duplicate += 1
            return
        self._counts.applied += 1
        self._emit(TapeMoved(token.slug, (print_,)))
        self._board.catalogue.quotes.last(token.slug, print_.price, self._clock.monotonic_s())
        dollars = translate.dollars_of(print_)
        candle = token.candles.traded(print_.venue_ms, print_.price, dollars, whole_from_ms=token.joined_ms)
        self._emit(CandlesMoved(token.slug, 0, candle))

    def _heard(self, token: TokenWatch) -> None:
        """Something came on a token's channel; what it hid while it was silent is a hole."""
        now_s, sure_s = self._clock.monotonic_s(), token.proof.sure_s
        if token.proof.heard(now_s):
            now_ms = self._time.now_ms()
            if token.missed(now_ms - round((now_s - sure_s) * 1_000), now_ms):
                self.gap(token)

    # facts ----------------------------------------------------------------------------------------------------------

    def _pool(self, told: payloads.Pool, lines: Sequence[Held]) -> None:
        token = self._watched(told.token)
        if token is None:
            self._ignore("a pool of another token")
            return
        self._time.saw(told.updated_ms)
        tokens = self._board.tokens
        tokens.told(token.slug, Fact.POOL, self._clock.monotonic_s())
        changed = tokens.learn(token.slug, translate.with_pool(tokens.of(token.slug), told))
        if told.price_usd is not None:
            is_newer = tokens.priced(token.slug, told.price_usd, told.updated_ms)
            if not is_newer and not changed:
                self._counts.stale += 1
                return
            if is_newer:
                self._board.catalogue.quotes.price(token.slug, told.price_usd, self._clock.monotonic_s())
                self._emit(CatalogueMoved(len(self._board.catalogue)))
        self._learned(token)

    def _balance(self, told: payloads.SvmBalance | payloads.EvmBalance, lines: Sequence[Held]) -> None:
        if lines[0].line.wallet:
            self._wallet(told, lines)
            return
        token = self._watched(lines[0].line.token)
        if token is None:
            self._ignore("a balance of another token")
            return
        self._board.tokens.told(token.slug, Fact.BALANCES, self._clock.monotonic_s())
        if self._board.tokens.balance(token.slug, translate.balance(told)):
            self._learned(token)
        else:
            self._counts.duplicate += 1

    def _wallet(self, told: payloads.SvmBalance | payloads.EvmBalance, lines: Sequence[Held]) -> None:
        wallets = self._account.wallets
        mine = [wallet.address for wallet in wallets.known if is_same_address(wallet.address, told.owner)]
        if not mine or all(not is_same_address(held.line.wallet, told.owner) for held in lines):
            self._ignore("a balance of another wallet")
        elif wallets.put(replace(holding(told, self._board.tokens), wallet=mine[0])):
            self._counts.applied += 1
            self._emit(ActivityMoved())
        else:
            self._counts.duplicate += 1

    def _distribution(self, told: payloads.Distribution, lines: Sequence[Held]) -> None:
        self._learn(told.token, Fact.HOLDERS, lambda known: translate.with_distribution(known, told))

    def _holders(self, told: payloads.Holders, lines: Sequence[Held]) -> None:
        self._learn(told.token, Fact.TRADERS, lambda known: translate.with_holders(known, told))

    def _learn(self, address: str, fact: Fact, learned: Callable[[TokenFacts], TokenFacts]) -> None:
        token = self._watched(address)
        if token is None:
            self._ignore("facts of another token")
            return
        self._board.tokens.told(token.slug, fact, self._clock.monotonic_s())
        self._board.tokens.learn(token.slug, learned(self._board.tokens.of(token.slug)))
        self._learned(token)

    def _learned(self, token: TokenWatch) -> None:
        self._counts.applied += 1
        self._emit(MarketMoved(token.slug, token.state.market.status))

    def _curve(self, told: payloads.Curve, lines: Sequence[Held]) -> None:
        slug = slug_of(told.network, told.token)
        if not self._board.tokens.curve(slug, translate.curve(told)):
            self._counts.duplicate += 1
            return
        self._counts.applied += 1
        token = self._watched(told.token)
        if token is not None:
            self._emit(MarketMoved(token.slug, token.state.market.status))

    # calls ----------------------------------------------------------------------------------------------------------

    def _call(self, told: payloads.Signal, lines: Sequence[Held]) -> None:
        market = translate.called_token(told)
        if market is not None:
            self._lookup.called(market)
        signal = translate.call(told, self._clock.wall_ms())
        if signal is None:
            self._counts.applied += 1
        else:
            self._time.saw(told.at_ms)
            self._signal(signal)

    def _feed_message(self, told: payloads.FeedMessage, lines: Sequence[Held]) -> None:
        if told.message is None:
            self._counts.applied += 1
        else:
            self._message(told.message, lines)

    def _message(self, told: payloads.Message, lines: Sequence[Held]) -> None:
        if not told.is_deleted:
            self._signal(translate.message(told, self._clock.wall_ms()))
            return
        key = translate.message_key(told)
        if self._board.signals.expire(key, self._clock.wall_ms()):
            self._counts.applied += 1
            self._emit(SignalsMoved(expired=(key,)))
        else:
            self._counts.stale += 1

    def _mention(self, told: payloads.CallReference, lines: Sequence[Held]) -> None:
        self._signal(translate.mention(told, self._clock.wall_ms()))

    def _signal(self, signal: Signal) -> None:
        if self._board.signals.put(signal):
            self._counts.applied += 1
            self._emit(SignalsMoved((signal,)))
        else:
            self._counts.duplicate += 1

    # the person's own -----------------------------------------------------------------------------------------------

    def _activity(self, told: payloads.Activity, lines: Sequence[Held]) -> None:
        detail = translate.activity_detail(told)
        now_ms = self._clock.wall_ms()
        if self._account.activity.put(
            told.kind, told.task, stream=lines[0].line.stream, now_ms=now_ms, detail=detail
        ):
            self._counts.applied += 1
        else:
            self._counts.duplicate += 1
        self._emit(ActivityMoved())

    # inside ---------------------------------------------------------------------------------------------------------

    def _watched(self, address: str, chain_id: int | None = None) -> TokenWatch | None:
        return next((token for token in self._tokens() if token.is_of(address, chain_id)), None)

    def _ignore(self, kind: str) -> None:
        if self._counts.ignore(kind):
            log.info("shuriken: ignoring %s", kind)
