"""What codes mean, what a quiet token proves, and how the wire's words become the state's."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.gateway.refusals import Reaction
from psdash.gateway.rest import LimitedError, NotFoundError, RefusedError, UnreachableError
from psdash.gateway.shuriken import lines, translate, words
from psdash.gateway.shuriken.proof import AUDIT_S, BUDGET_S, GRACE_S, Proof
from psdash.market.tape import Aggressor, Settlement
from psdash.market.token_facts import TokenFacts
from psdash.text import is_safe
from psdash.wire.shuriken import Payload, decode_payload, payloads
from psdash.wire.shuriken.rest import PoolsBody, SearchBody, TokenRow

FIXTURES = Path(__file__).parents[2] / "fixtures" / "shuriken"
LADDER = (1.0, 2.0, 4.0)


# words --------------------------------------------------------------------------------------------------------------


def judged(code: int | None, *, tries: int = 0, hasty: int = 0) -> Any:
    return words.judged(code, "", tries=tries, hasty=hasty, ladder_s=LADDER)


@pytest.mark.parametrize("code", [4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4042, 4099])
def test_4000_to_4099_end_dialling(code: int) -> None:
    verdict, _ = judged(code)
    assert verdict.reaction is Reaction.REFUSE
    assert str(code) in verdict.words
    assert "psdash stopped dialling" in verdict.words
    assert verdict.is_credential is (code == 4009)


def test_4000_wants_tls_and_is_dialled_again() -> None:
    verdict, floor_s = judged(4000)
    assert (verdict.reaction, floor_s) == (Reaction.RETRY, 0.0)


@pytest.mark.parametrize("code", [4100, 4150, 4199])
def test_4100_waits_a_second_and_more(code: int) -> None:
    floors = [judged(code, tries=tries)[1] for tries in range(10)]
    assert floors[:5] == [1, 2, 4, 8, 16]
    assert set(floors[5:]) == {30.0}
    assert judged(code)[0].reaction is Reaction.RETRY


@pytest.mark.parametrize("code", [4200, 4201, 4202, 4299])
def test_4200_goes_at_once_and_then_by_the_ladder(code: int) -> None:
    assert [judged(code, hasty=hasty)[1] for hasty in range(6)] == [0, 1, 2, 4, 4, 4]
    without = [words.judged(code, "", tries=0, hasty=hasty, ladder_s=())[1] for hasty in (0, 1, 2, 3, 60)]
    assert without == [0, 1, 2, 4, 30]


def test_other_closes_are_the_houses() -> None:
    assert judged(4301)[0].is_wary
    assert judged(1006)[0].reaction is Reaction.RETRY
    assert judged(None)[0].words == "The connection broke off"
    assert judged(1008)[0].reaction is Reaction.SLOW


@pytest.mark.parametrize(
    ("status", "kind"), [(401, RefusedError), (403, RefusedError), (404, NotFoundError), (500, UnreachableError)]
)
def test_statuses(status: int, kind: type[Exception]) -> None:
    assert type(words.refusal(status, "", "", 0.0)) is kind


def test_a_limit_says_how_long() -> None:
    error = words.refusal(429, "RATE_LIMITED", "Check your usage.", 7.0)
    assert isinstance(error, LimitedError)
    assert error.retry_after_s == 7.0


@pytest.mark.parametrize(
    "code", ["INVALID_PARAMS", "NO_ROUTE", "UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND", "INTERNAL_ERROR"]
)
def test_every_code_has_words(code: str) -> None:
    said = words.rest_words(words.refusal(400, code, "x", 0.0))
    assert said
    assert code not in said


def test_channels_are_refused_in_words() -> None:
    assert words.channel_words("AuthError", "", 401) == "the key is not let into this channel"
    assert words.channel_words("LimitReached", "", None) == "as many channels as the socket allows"
    assert words.channel_words("", "odd name", 4302).endswith("odd name")
    assert words.channel_words("", "", None)


# proof --------------------------------------------------------------------------------------------------------------


def price(text: str) -> Decimal:
    return Decimal(text)


def test_a_price_that_stays_proves_a_quiet_token() -> None:
    proof = Proof()
    proof.joined(0.0)
    assert proof.proved_s is None
    for at_s in range(0, 300, 15):
        proof.audited(price("1.5"), at_s, at_s + 0.2)
        assert not proof.ticked(at_s + 10)
        assert proof.proved_s == at_s + 0.2
    assert proof.sure_s == 285 - GRACE_S
    assert not proof.is_overdue(300, is_focused=True)
    assert proof.is_overdue(400, is_focused=True)
    assert not proof.is_overdue(400, is_focused=False)


def test_a_price_that_moves_with_its_trades_is_no_silence() -> None:
    proof = Proof()
    proof.joined(0.0)
    for step in range(40):
        proof.heard(step * 15 + 1)
        proof.audited(price("1.5") + step, step * 15 + 2, step * 15 + 2.1)
        assert not proof.ticked(step * 15 + 14)


def test_a_price_that_moves_alone_is_a_silence() -> None:
    proof = Proof()
    proof.joined(0.0)
    proof.heard(5.0)
    proof.audited(price("1.5"), 15, 15)
    proof.audited(price("1.6"), 30, 30)
    assert not proof.ticked(30 + GRACE_S - 0.1)
    assert proof.ticked(30 + GRACE_S)
    assert not proof.ticked(40)  # told once
    assert proof.sure_s == 5.0
    proof.audited(price("1.6"), 45, 45)
    assert proof.proved_s == 15
    assert proof.heard(50)
    assert proof.proved_s == proof.sure_s == 50


def test_a_price_that_creeps_is_found_out() -> None:
    proof = Proof()
    proof.joined(0.0)
    found = False
    for step in range(30):
        at_s = step * 15.0
        proof.audited(price("1.5") * (1000 + step) / 1000, at_s, at_s)
        found = found or proof.ticked(at_s + GRACE_S)
    assert found


def test_a_trade_told_late_clears_the_suspicion() -> None:
    proof = Proof()
    proof.joined(0.0)
    proof.audited(price("1.5"), 15, 15)
    proof.audited(price("1.6"), 30, 30)
    assert not proof.heard(33)
    assert not proof.ticked(60)


def test_a_drift_is_none_and_no_price_proves_nothing() -> None:
    proof = Proof()
    proof.joined(0.0)
    proof.audited(None, 1, 1)
    assert proof.is_overdue(1, is_focused=True)
    proof.audited(price("1000"), 15, 15)
    proof.audited(price("1004"), 30, 30)
    assert not proof.ticked(60)
    assert (proof.proved_s, proof.sure_s) == (30, 0.0)


def test_budgets_leave_room_for_lookups_that_fail() -> None:
    assert all(BUDGET_S[focus] >= 3 * AUDIT_S[focus] for focus in (True, False))


# lines --------------------------------------------------------------------------------------------------------------


def test_lines_of_tokens() -> None:
    solana, base = lines.swaps_of("solana", "JUP"), lines.swaps_of("base", "0xAb")
    assert solana is not None
    assert base is not None
    assert solana.wish.model_dump() == {"stream": "svm.token.swaps", "filter": {"tokenAddress": "JUP"}}
    assert base.wish.filter == {"chainId": "8453", "tokenAddress": "0xAb"}
    assert lines.swaps_of("dogechain", "x") is None
    assert lines.more_of("dogechain", "x") == ()
    assert len(lines.more_of("solana", "JUP")) == 3
    assert [line.stream for line in lines.more_of("base", "0xAb")] == ["evm.token.balances"]
    for line in (lines.CALLS, *lines.OWN, *lines.FEEDS, *lines.CURVES):
        assert line.payload in Payload
        assert line.token == ""


def test_addresses() -> None:
    assert lines.is_same_address("0xAB", "0xab")
    assert not lines.is_same_address("JUP", "jup")
    assert lines.slug_of("sol", "JUP") == "solana:JUP"
    assert lines.slug_of("base", "0x1") == "base:0x1"


# translation --------------------------------------------------------------------------------------------------------


def told(name: str, **changes: Any) -> Any:
    body = json.loads((FIXTURES / "streams" / f"{name}.json").read_text()) | changes
    payload = {"svm.token.swaps": Payload.SVM_SWAP, "evm.token.swaps": Payload.EVM_SWAP}.get(name, Payload.SIGNAL)
    return decode_payload(payload, json.dumps(body))


def test_a_swap_is_a_settled_print() -> None:
    print_ = translate.swap(told("svm.token.swaps"), "JUP", None)
    assert print_ is not None
    assert (print_.price, print_.size, print_.aggressor) == (Decimal(100), Decimal("1.5"), Aggressor.BUY)
    assert (print_.venue_ms, print_.settlement) == (1_700_000_000_000, Settlement.SETTLED)
    assert print_.trade_id.startswith("5hSig:")


def test_exact_units_make_the_size_where_they_mean_the_same() -> None:
    swap = told("svm.token.swaps", sizeUsd="900719925474099.3", priceUsd="100", amountOut=9007199254740993)
    print_ = translate.swap(swap, "JUP", 3)
    assert print_ is not None
    assert print_.size == Decimal("9007199254740.993")  # beyond 2^53, every digit
    wrong = translate.swap(told("svm.token.swaps", amountOut=9007199254740993), "JUP", 3)
    assert wrong is not None
    assert wrong.size == Decimal("1.5")


def test_one_transaction_may_trade_twice_and_a_swap_told_twice_is_one() -> None:
    first = translate.swap(told("svm.token.swaps", transactionIndex=4), "JUP", None)
    again = translate.swap(told("svm.token.swaps", transactionIndex=4), "JUP", None)
    other = translate.swap(told("svm.token.swaps", transactionIndex=4, sizeUsd="20", isBuy=False), "JUP", None)
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.trade_id == again.trade_id
    assert first.trade_id != other.trade_id
    assert first.trade_id.rpartition(":")[0] == other.trade_id.rpartition(":")[0] == "5hSig:4"


@pytest.mark.parametrize("changes", [{"priceUsd": None}, {"sizeUsd": None}, {"priceUsd": "0"}, {"sizeUsd": "NaN"}])
def test_a_swap_without_price_or_size_is_no_print(changes: dict[str, Any]) -> None:
    assert translate.swap(told("svm.token.swaps", **changes), "JUP", None) is None


@given(
    st.decimals("0.000000000001", 10**9, places=12, allow_nan=False),
    st.decimals("0.01", 10**9, places=2, allow_nan=False),
    st.integers(0, 2**64 - 1),
    st.integers(0, 18),
)
def test_a_size_is_worth_what_was_paid(price_usd: Decimal, dollars: Decimal, units: int, decimals: int) -> None:
    swap = told("svm.token.swaps", priceUsd=f"{price_usd:f}", sizeUsd=f"{dollars:f}", amountOut=units)
    print_ = translate.swap(swap, "JUP", decimals)
    assert print_ is not None
    assert abs(print_.price * print_.size - dollars) <= dollars * Decimal("0.06")


def test_calls_and_messages_and_mentions() -> None:
    call = translate.call(told("alpha.signalFeedGlobal"), 5)
    assert call is not None
    assert call.legs[0].market.startswith("solana:")
    assert call.received_ms == 5
    assert is_safe(call.detail)
    without = told("alpha.signalFeedGlobal", latestSignal=None)
    assert translate.call(without, 5) is None
    market = translate.called_token(told("alpha.signalFeedGlobal"))
    assert market is not None
    assert market.tokens == (without.token,)
    assert translate.called_token(told("alpha.signalFeedGlobal", tokenMeta=None)) is None


def test_messages_are_rows_by_their_ids() -> None:
    body = (FIXTURES / "streams" / "alpha.personal.json").read_text()
    message = decode_payload(Payload.MESSAGE, body)
    assert isinstance(message, payloads.Message)
    assert translate.message(message, 1).key == translate.message_key(message)
    nameless = message.model_copy(update={"message_id": None})
    other = nameless.model_copy(update={"text": "another"})
    assert translate.message_key(nameless) == translate.message_key(nameless)
    assert translate.message_key(nameless) != translate.message_key(other)
    mention = decode_payload(Payload.MESSAGE, (FIXTURES / "more" / "alpha.personal+call_reference.json").read_text())
    assert isinstance(mention, payloads.CallReference)
    assert translate.mention(mention, 1).key.endswith(mention.token)


def test_markets_and_pools_of_lookups() -> None:
    found = SearchBody.model_validate_json((FIXTURES / "rest" / "search.json").read_bytes())
    market = translate.market(found.tokens[0])
    assert market.slug == market.symbol == found.tokens[0].token_id
    assert len(market.tokens) == len(market.outcome_labels) == 1
    nameless = translate.market(TokenRow(tokenId="base:0x1", chain="base", address="0x1"))
    assert (nameless.title, nameless.outcome_labels) == ("0x1", ("token",))
    pools = PoolsBody.model_validate_json((FIXTURES / "rest" / "pools.json").read_bytes()).pools
    facts = translate.with_pools(TokenFacts(), [*pools, *pools])
    assert facts.liquidity_usd == sum((pool.liquidity_usd or Decimal(0) for pool in pools), Decimal(0)) * 2
    assert translate.with_pools(facts, []) == facts
