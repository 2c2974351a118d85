"""Shuriken and the Pusher protocol on the wire: every frame, payload and body of the note."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from psdash.wire import pusher, shuriken
from psdash.wire.shuriken import payloads, rest
from psdash.wire.shuriken.session import SessionBody

FIXTURES = Path(__file__).parents[2] / "fixtures"
FRAMES = sorted((FIXTURES / "pusher").glob("*.json"))
STREAMS = sorted((FIXTURES / "shuriken" / "streams").glob("*.json"))
MORE = sorted((FIXTURES / "shuriken" / "more").glob("*.json"))
BODIES: dict[str, type[BaseModel]] = {
    "session_bare": SessionBody,
    "session_wrapped": SessionBody,
    "auth": shuriken.ChannelAuth,
    "error": shuriken.ErrorBody,
    "search": rest.SearchBody,
    "token": rest.TokenBody,
    "price": rest.PriceBody,
    "chart": rest.ChartBody,
    "pools": rest.PoolsBody,
    "usage": rest.UsageBody,
    "wallets_list": rest.WalletsBody,
    "wallets_object": rest.WalletsBody,
    "wallets_bare": rest.WalletsBody,
}


SPOILT: list[Any] = [None, -1, 1.5, 10**400, "", "\x1b[2J", "x" * 70_000, [], {}, True, "NaN"]


def frame(name: str) -> Any:
    return pusher.decode_frame((FIXTURES / "pusher" / f"{name}.json").read_bytes())


def stream(name: str) -> Any:
    text = (FIXTURES / "shuriken" / "streams" / f"{name}.json").read_text()
    return shuriken.decode_payload(shuriken.STREAMS[name].payload, text)


def body(name: str) -> Any:
    return BODIES[name].model_validate_json((FIXTURES / "shuriken" / "rest" / f"{name}.json").read_bytes())


# --- pusher --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("connected_string", pusher.Connected),
        ("connected_object", pusher.Connected),
        ("error_object", pusher.ServerError),
        ("error_string", pusher.ServerError),
        ("error_without_code", pusher.ServerError),
        ("ping", pusher.Ping),
        ("ping_bare", pusher.Ping),
        ("pong", pusher.Pong),
        ("subscribed_bare", pusher.Subscribed),
        ("subscribed_presence", pusher.Subscribed),
        ("subscription_error", pusher.Refused),
        ("member_added", pusher.Internal),
        ("event_string", pusher.ChannelEvent),
        ("event_object", pusher.ChannelEvent),
        ("event_text", pusher.ChannelEvent),
    ],
)
def test_every_frame_of_the_note_is_known(name: str, kind: type[object]) -> None:
    assert type(frame(name)) is kind


def test_every_frame_has_its_row_above() -> None:
    assert len(FRAMES) == 15


def test_data_reads_the_same_as_a_string_and_as_an_object() -> None:
    assert frame("connected_string") == frame("connected_object")
    assert json.loads(frame("event_string").payload) == json.loads(frame("event_object").payload) == {"a": 1}
    assert frame("event_text").payload == "plain words"
    assert (frame("error_object").code, frame("error_string").code, frame("error_without_code").code) == (
        4001,
        4200,
        None,
    )


def test_what_a_client_says() -> None:
    said = json.loads(pusher.subscribe("presence-a", "key:sig", '{"user_id":"u1"}'))
    assert said == {
        "event": "pusher:subscribe",
        "data": {"channel": "presence-a", "auth": "key:sig", "channel_data": '{"user_id":"u1"}'},
    }
    assert json.loads(pusher.ping()) == {"event": "pusher:ping", "data": {}}


@given(st.binary(max_size=200))
def test_nothing_but_a_validation_error_comes_of_bytes(raw: bytes) -> None:
    with contextlib.suppress(ValidationError):
        pusher.decode_frame(raw)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=8))
def test_nothing_but_a_validation_error_comes_of_garbage_in_a_frame(value: object) -> None:
    for path in FRAMES:
        sound = json.loads(path.read_bytes())
        for key in sound:
            with contextlib.suppress(ValidationError):
                pusher.decode_frame(json.dumps({**sound, key: value}).encode())


# --- payloads ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shuriken.STREAMS)
def test_every_stream_has_a_payload_that_is_read(name: str) -> None:
    assert stream(name) is not None


@pytest.mark.parametrize("path", MORE, ids=lambda path: path.stem)
def test_the_other_documented_shapes_are_read(path: Path) -> None:
    name = path.name.partition("+")[0]
    seen = shuriken.decode_payload(shuriken.STREAMS[name].payload, path.read_text())
    assert isinstance(seen, payloads.CallReference | payloads.Activity | payloads.SvmBalance | payloads.EvmBalance)


@given(st.integers(0, 2**256 - 1), st.booleans())
def test_every_256_bit_amount_comes_through(amount: int, is_text: bool) -> None:
    sound = json.loads((FIXTURES / "shuriken" / "streams" / "evm.wallet.tokenBalances.json").read_bytes())
    told = json.dumps({**sound, "balance": str(amount) if is_text else amount})
    seen = shuriken.decode_payload(shuriken.Payload.EVM_BALANCE, told)
    assert isinstance(seen, payloads.EvmBalance)
    assert int(seen.after) == amount


@pytest.mark.parametrize("balance", [str(2**256), 2**256, "-1", "1e3", "9" * 79, "", None, 1e40])
def test_what_no_chain_counts_is_no_balance(balance: object) -> None:
    sound = json.loads((FIXTURES / "shuriken" / "streams" / "evm.wallet.tokenBalances.json").read_bytes())
    with pytest.raises(ValidationError):
        shuriken.decode_payload(shuriken.Payload.EVM_BALANCE, json.dumps({**sound, "balance": balance}))


@given(st.from_regex(r"[1-9][0-9]{0,38}\.[0-9]{1,38}", fullmatch=True))
def test_a_price_of_any_length_is_a_price(price: str) -> None:
    sound = json.loads((FIXTURES / "shuriken" / "streams" / "svm.token.swaps.json").read_bytes())
    seen = shuriken.decode_payload(shuriken.Payload.SVM_SWAP, json.dumps({**sound, "priceUsd": price}))
    assert isinstance(seen, payloads.SvmSwap)
    assert seen.price_usd is not None
    assert abs(seen.price_usd - Decimal(price)) <= Decimal("1e-18") * Decimal(price)


def test_amounts_beyond_two_to_the_53_stay_exact() -> None:
    swap = stream("svm.token.swaps")
    assert (swap.amount_in, swap.amount_out) == (2**64 - 1, 2**53 + 1)
    assert stream("evm.token.swaps").amount_in == Decimal("123456789012345678901234567890")
    assert stream("svm.token.balances").after == 2**64 - 1
    assert stream("svm.token.poolInfo").price_usd == Decimal("0.000000123456789")


@given(st.integers(0, 2**64 - 1))
def test_every_unsigned_64_bit_amount_comes_through(amount: int) -> None:
    sound = json.loads((FIXTURES / "shuriken" / "streams" / "svm.token.swaps.json").read_bytes())
    seen = shuriken.decode_payload(shuriken.Payload.SVM_SWAP, json.dumps({**sound, "amountIn": amount}))
    assert isinstance(seen, payloads.SvmSwap)
    assert seen.amount_in == amount


@given(st.decimals(0, 10**12, places=9))
def test_every_decimal_string_comes_through(price: Decimal) -> None:
    sound = json.loads((FIXTURES / "shuriken" / "streams" / "svm.token.swaps.json").read_bytes())
    seen = shuriken.decode_payload(shuriken.Payload.SVM_SWAP, json.dumps({**sound, "priceUsd": f"{price:f}"}))
    assert isinstance(seen, payloads.SvmSwap)
    assert seen.price_usd == price


def test_seconds_and_milliseconds_meet_as_milliseconds() -> None:
    assert stream("svm.token.swaps").at_ms == stream("evm.token.swaps").at_ms == 1_700_000_000_000
    assert stream("alpha.signalFeedGlobal").at_ms == 1_700_000_000_000


def test_a_signal_says_who_called_what() -> None:
    seen = stream("alpha.signalFeedGlobal")
    assert (seen.symbol, seen.platform, seen.author, seen.place) == ("TOK", "discord", "bob", "calls")
    trade = stream("alpha.signalFeedProfile")
    assert (trade.platform, trade.author, trade.is_buy, trade.size_usd) == ("trade", "W", True, Decimal("250.5"))
    assert stream("alpha.signalFeedPersonal").signal_id is None


@pytest.mark.parametrize("path", [*STREAMS, *MORE], ids=lambda path: path.stem)
def test_nothing_but_a_validation_error_comes_of_a_spoilt_payload(path: Path) -> None:
    name = path.stem.partition("+")[0]
    sound = json.loads(path.read_bytes())
    for key in sound:
        for value in SPOILT:
            with contextlib.suppress(ValidationError):
                shuriken.decode_payload(shuriken.STREAMS[name].payload, json.dumps({**sound, key: value}))


# --- rest ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BODIES)
def test_every_body_of_the_note_is_read(name: str) -> None:
    assert body(name).model_fields_set


def test_a_session_reads_the_same_wrapped_and_bare() -> None:
    assert body("session_bare") == body("session_wrapped")


def test_wallets_read_the_same_however_they_are_wrapped() -> None:
    read = [body(f"wallets_{form}") for form in ("list", "object", "bare")]
    assert read[0] == read[1] == read[2]
    assert [(row.address[:2], row.chain, row.label) for row in read[0].wallets] == [
        ("W1", "solana", "main"),
        ("0x", "", ""),
    ]


def test_a_channel_needs_authorisation_by_its_prefix_too() -> None:
    granted = body("session_bare").subscriptions[0]
    assert granted.visibility == "public"
    assert granted.needs_auth


def test_a_session_is_asked_for_one_stream() -> None:
    wish = shuriken.Wish(stream="svm.token.swaps", filter={"tokenAddress": "AAA"})
    request = shuriken.SessionRequest(subscriptions=(wish,))
    assert json.loads(request.to_wire()) == {
        "subscriptions": [{"stream": "svm.token.swaps", "filter": {"tokenAddress": "AAA"}}]
    }
