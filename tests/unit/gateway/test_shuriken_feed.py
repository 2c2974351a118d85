"""Every stream of the note, event by event: each moves one count, and each thing is told once."""

from __future__ import annotations

import json
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from psdash.account.account import Account
from psdash.account.wallets import Wallet
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.dialling import Credential
from psdash.gateway.notices import ActivityMoved, CandlesMoved, Notice, SignalsMoved, TapeMoved
from psdash.gateway.rest import Reader
from psdash.gateway.shuriken.feed import SAME_MS, Feed, SourceTime
from psdash.gateway.shuriken.lines import Line
from psdash.gateway.shuriken.lookup import MOST_CALLED, TokenLookup
from psdash.gateway.shuriken.pusher import Held
from psdash.gateway.shuriken.reads import ShurikenReads
from psdash.gateway.shuriken.tokens import TokenWatch
from psdash.gateway.shuriken.translate import token_market
from psdash.market.board import Board
from psdash.market.token_facts import Fact, amount
from psdash.wire.pusher import ChannelEvent
from psdash.wire.shuriken import STREAMS, Granted

FIXTURES = Path(__file__).parents[2] / "fixtures" / "shuriken"
NAMES = sorted(path.stem for path in (FIXTURES / "streams").glob("*.json"))
JUP = "JUPyiwrYJFskUPiHa7hkeR8VUtAeFoSYbKedZNsDvCN"
NOW_MS = 1_700_000_030_000
EXACT = Context(prec=100)


class StillClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.now_ms = NOW_MS

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_ms(self) -> int:
        return self.now_ms


class Desk:
    """A feed with two tokens, one of Solana and one of Base."""

    def __init__(self) -> None:
        self.clock = StillClock()
        self.board, self.account, self.counts = Board(), Account(), FrameCounts()
        self.notices: list[Notice] = []
        reads = ShurikenReads(Reader("http://127.0.0.1:1", Credential(jwt=SecretStr("k" * 20))))
        self.lookup = TokenLookup(reads, self.board, self.notices.append)
        self.tokens = [self.watch("solana", JUP), self.watch("base", base_token())]
        self.feed = Feed(
            self.counts,
            self.board,
            self.account,
            self.notices.append,
            self.clock,
            self.lookup,
            tokens=lambda: self.tokens,
            time=SourceTime(self.clock),
        )

    def watch(self, chain: str, address: str) -> TokenWatch:
        slug = f"{chain}:{address}"
        return TokenWatch.of(self.board.watch(token_market(slug, address, "T", "Token")))

    def line(self, name: str) -> Line:
        """The line of a stream as these tokens want it."""
        token = self.tokens[0] if name.startswith("svm.") else self.tokens[1]
        for line in (*token.lines, *token.more):
            if line.stream == name:
                return line
        return Line(name, tuple((key, "x") for key in STREAMS[name].wants))

    def tell(self, name: str, body: Any, *others: Line, event: str = "update") -> None:
        """One event of a stream; an unreadable one counts as the stream's own loop counts it."""
        granted = Granted(stream=name, channel="c")
        lines = [Held(line, granted, is_joined=True) for line in (self.line(name), *others)]
        text = body if isinstance(body, str) else json.dumps(body)
        self.counts.frames_in += 1
        try:
            self.feed.event(ChannelEvent(event=event, channel="c", payload=text), lines)
        except ValidationError:
            self.counts.rejected += 1
        assert self.counts.is_conserved


def fixture(name: str, **changes: Any) -> Any:
    return json.loads((FIXTURES / "streams" / f"{name}.json").read_text()) | changes


def base_token() -> str:
    address: str = fixture("evm.token.swaps")["tokenAddress"]
    return address


@pytest.mark.parametrize("name", NAMES)
def test_every_stream_is_taken_and_told_once(name: str) -> None:
    desk = Desk()
    body = fixture(name)
    if "tokenAddress" in body and name.startswith("svm.token"):
        body["tokenAddress"] = JUP
    desk.tell(name, body)
    wallet = name.split(".")[1] == "wallet"  # no wallet is watched
    assert (desk.counts.ignored if wallet else desk.counts.applied) == 1, desk.counts
    desk.tell(name, body)
    once = desk.counts.duplicate + desk.counts.stale + desk.counts.applied + desk.counts.ignored
    assert once == 2
    assert desk.counts.rejected == 0


def test_a_swap_reaches_tape_quote_and_candle_once() -> None:
    desk = Desk()
    token = desk.tokens[0]
    desk.tell("svm.token.swaps", fixture("svm.token.swaps"))
    desk.tell("svm.token.swaps", fixture("svm.token.swaps"))
    assert (desk.counts.applied, desk.counts.duplicate) == (1, 1)
    assert len(token.state.tape) == 1
    assert sum(isinstance(notice, TapeMoved) for notice in desk.notices) == 1
    (candle,) = [notice.candle for notice in desk.notices if isinstance(notice, CandlesMoved)]
    assert candle is not None
    assert (candle.start_ms, candle.close, candle.volume) == (1_700_000_000_000, Decimal(100), Decimal(150))
    desk.tell("svm.token.swaps", fixture("svm.token.swaps", signature="two", priceUsd="90", isBuy=False))
    last = token.candles.last
    assert last is not None
    figures = [last.open, last.high, last.low, last.close, last.volume]
    assert figures == [Decimal(number) for number in (100, 100, 90, 90, 300)]
    assert desk.board.catalogue.quotes.of(token.slug).last == Decimal(90)


def test_a_swap_of_another_token_is_nobodys() -> None:
    """The trap of the session's answer: were a channel another token's, its trades would still not be shown here."""
    desk = Desk()
    desk.tell("svm.token.swaps", fixture("svm.token.swaps", tokenMint="Other"))
    desk.tell("evm.token.swaps", fixture("evm.token.swaps", chainId=1))
    assert desk.counts.ignored_kinds == {"a swap of another token": 2}
    assert not any(len(token.state.tape) for token in desk.tokens)
    other = desk.watch("solana", "Other")
    desk.tokens.append(other)
    assert other.swaps is not None
    desk.tell("svm.token.swaps", fixture("svm.token.swaps", tokenMint="Other"))  # a channel that is not Other's
    assert len(other.state.tape) == 0
    desk.tell("svm.token.swaps", fixture("svm.token.swaps", tokenMint="Other"), other.swaps)  # one that both share
    assert len(other.state.tape) == 1


def test_what_cannot_be_read_leaves_a_gap() -> None:
    desk = Desk()
    token = desk.tokens[0]
    for text in ("plain words", '{"half":', "null", "[]"):
        desk.tell("svm.token.swaps", text)
    assert desk.counts.rejected == 4
    assert token.unreadable == 4
    (gap,) = token.state.tape.gaps
    assert gap.from_ms < NOW_MS < gap.to_ms
    desk.tell("svm.token.poolInfo", "{}")
    assert token.unreadable == 4
    desk.tell("svm.token.swaps", fixture("svm.token.swaps", priceUsd=None, blockTime=1_700_009_000))
    assert desk.counts.incidents["swaps without a price"] == 1
    assert len(token.state.tape.gaps) == 2


def test_events_of_other_names_and_channels_are_counted() -> None:
    desk = Desk()
    desk.tell("svm.token.swaps", fixture("svm.token.swaps"), event="client-typing")
    desk.counts.frames_in += 1
    desk.feed.event(ChannelEvent(event="update", channel="elsewhere", payload="{}"), [])
    assert desk.counts.is_conserved
    assert desk.counts.ignored == 2


def test_facts() -> None:
    desk = Desk()
    slug = desk.tokens[0].slug
    for name in ("svm.token.poolInfo", "svm.token.distributionStats", "svm.token.holderStats", "svm.token.balances"):
        body = fixture(name)
        if "tokenAddress" in body:
            body["tokenAddress"] = JUP
        desk.tell(name, body)
    facts = desk.board.tokens.of(slug)
    assert facts.price_usd is not None
    assert facts.holders is not None
    assert facts.bought_usd is not None
    told = fixture("svm.token.distributionStats")["stats"]
    assert [(group.name, group.units, group.count) for group in facts.groups] == [
        ("snipers", Decimal(told["sniperBalances"]), told["sniperCount"]),
        ("pro traders", Decimal(told["proTraderBalances"]), told["proTraderCount"]),
    ]
    (balance,) = facts.balances
    assert balance.after == Decimal(fixture("svm.token.balances")["postBalance"])  # exact, however large
    older = fixture("svm.token.poolInfo", tokenAddress=JUP, priceUsd="9", timestampUpdatedMs=1)
    desk.tell("svm.token.poolInfo", older)
    assert desk.counts.stale == 1
    assert desk.board.tokens.of(slug).price_usd == facts.price_usd


def test_every_fact_says_when_it_was_told() -> None:
    desk = Desk()
    slug = desk.tokens[0].slug
    streams = {
        Fact.POOL: "svm.token.poolInfo",
        Fact.HOLDERS: "svm.token.distributionStats",
        Fact.TRADERS: "svm.token.holderStats",
        Fact.BALANCES: "svm.token.balances",
    }
    for fact, name in streams.items():
        assert desk.board.tokens.claim_of(slug, fact).proved_s is None
        body = fixture(name)
        if "tokenAddress" in body:
            body["tokenAddress"] = JUP
        for _ in range(2):  # told again, it is as young as that
            desk.clock.now_s += 10
            desk.tell(name, body)
        assert desk.board.tokens.claim_of(slug, fact).proved_s == desk.clock.now_s


def wallet_line(name: str, owner: str) -> Line:
    return Line(name, (("walletAddress", owner),))


@pytest.mark.parametrize(
    ("path", "token", "tokens"),
    [
        ("streams/svm.wallet.nativeBalance", "", "0.000000006"),
        ("more/svm.wallet.tokenBalances+beyond_floats", "M", "18446744073709.551615"),
        ("more/evm.wallet.nativeBalance+256_bits", "", str(Decimal(2**256 - 1).scaleb(-18, EXACT))),
        ("streams/evm.wallet.tokenBalances", "0xToken", "0.000000000000000001"),
    ],
)
def test_a_wallets_balance_is_kept_to_the_last_digit(path: str, token: str, tokens: str) -> None:
    desk = Desk()
    body = json.loads((FIXTURES / f"{path}.json").read_text())
    name, owner = path.partition("/")[2].partition("+")[0], body["owner"]
    desk.account.wallets.are([Wallet(owner)])
    desk.tell(name, body, wallet_line(name, owner))
    desk.tell(name, body, wallet_line(name, owner))
    assert (desk.counts.applied, desk.counts.duplicate) == (1, 1)
    (held,) = desk.account.wallets.holdings
    assert (held.token, held.decimals is not None) == (token, True)
    assert amount(held.units, held.decimals or 0) == Decimal(tokens)
    assert sum(isinstance(notice, ActivityMoved) for notice in desk.notices) == 1


def test_a_balance_of_a_strangers_wallet_is_nobodys() -> None:
    desk = Desk()
    name, body = "svm.wallet.nativeBalance", fixture("svm.wallet.nativeBalance")
    desk.tell(name, body, wallet_line(name, body["owner"]))  # no wallet of the person's
    desk.account.wallets.are([Wallet("W"), Wallet(body["owner"])])
    desk.tell(name, body, wallet_line(name, "W"))  # on another wallet's channel
    assert desk.counts.ignored == 2
    assert not desk.account.wallets.holdings


def test_a_message_that_is_taken_back_leaves() -> None:
    desk = Desk()
    body = fixture("alpha.personal")
    desk.tell("alpha.personal", body)
    assert len(desk.board.signals) == 1
    body["data"]["isDeleted"] = True
    desk.tell("alpha.personal", body)
    desk.tell("alpha.personal", body)
    assert (desk.counts.applied, desk.counts.stale) == (2, 1)
    assert desk.notices[-1] == SignalsMoved(expired=(desk.board.signals.newest()[0].key,))


def test_a_named_feed_has_two_shapes() -> None:
    desk = Desk()
    desk.tell("alpha.signalFeedNamed", {"type": "feedMessage", "feedId": "f"})
    desk.tell("alpha.signalFeedNamed", {"type": "feedMessage", "feedId": "f", "message": fixture("alpha.personal")})
    assert desk.counts.applied == 2
    assert len(desk.board.signals) == 1


def test_called_tokens_are_known_up_to_a_number() -> None:
    desk = Desk()
    before = len(desk.board.catalogue)
    for number in range(MOST_CALLED + 50):
        desk.lookup.called(token_market(f"solana:t{number}", f"t{number}", "T", "Token"))
    assert len(desk.board.catalogue) == before + MOST_CALLED


def test_every_documented_notice_is_a_row() -> None:
    desk = Desk()
    for path in sorted((FIXTURES / "more").glob("*.json")):
        stream = path.stem.partition("+")[0]
        if stream.startswith(("portfolio", "automation")):
            desk.tell(stream, path.read_text())
    for kind in ("swap", "transfer", "approval", "automation", "cleanup", "svmNonce", "crosschainSwap", "perpsOrder"):
        desk.tell("portfolio.notifications", {"type": kind, "taskId": "t9", "userId": "u"})
    desk.tell("automation.updates", {"type": "taskUpdate", "taskId": "t9", "userId": "u"})
    desk.tell("automation.updates", {"type": "taskUpdate", "taskId": "t9", "userId": "u"})
    assert desk.counts.rejected == 0
    assert desk.counts.duplicate == 1
    assert len(desk.account.activity) == desk.counts.applied
    assert desk.account.activity.newest(1)[0].times == 2


def test_the_chains_clock_is_learned_and_small_differences_are_none() -> None:
    clock = StillClock()
    time = SourceTime(clock)
    assert time.now_ms() == NOW_MS
    for _ in range(5):
        time.saw(NOW_MS - SAME_MS // 2)
    assert time.offset_ms == 0.0
    time.saw(NOW_MS + 10**9)  # one liar
    assert time.now_ms() == NOW_MS
    for _ in range(9):
        time.saw(NOW_MS - 60_000)
    assert time.now_ms() == NOW_MS - 60_000


SPOILT: list[Any] = [None, -1, 1.5, 10**400, "", "\x1b[2J", "x" * 5_000, [], {}, True, "NaN"]


@given(st.sampled_from(NAMES), st.data())
def test_spoilt_events_break_nothing_and_every_one_is_counted(name: str, data: st.DataObject) -> None:
    desk = Desk()
    body = fixture(name)
    for key in data.draw(st.lists(st.sampled_from(sorted(body)), max_size=3)):
        body[key] = data.draw(st.sampled_from(SPOILT))
    desk.tell(name, body)
    desk.tell(name, data.draw(st.text(max_size=40)))
    assert desk.counts.frames_in == 2
