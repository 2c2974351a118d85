"""What a hostile or broken venue may send: refused by ValidationError, quickly, never echoed (reliability §3.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from psdash.text import is_safe
from psdash.wire.predictstreet import BookDelta, CommandError, PlatformStatus, Subscribed, decode_frame, rest
from tests.unit.wire.samples import REST_MODELS, edited, edited_data, load, names, raw

# A frame that takes seconds is as bad as one that crashes; none of these takes a tenth of one.
pytestmark = pytest.mark.timeout(10)

LEVEL = {"price": "0.5", "quantity": "1"}

NOT_A_SIZE = [
    "1.\u0665",
    "1e1000000", "1e5", "1_0", "\u0661\u0662", "\uff11", "-1", "+1", "", " 1", "1 ", "1\n", ".5", "5.", "0x10", "007",
    "NaN", "Infinity", "1,5", "1.2.3", "9" * 25, "1" * 10_000_000, 1.5, 100, True, None, [], {}, ["1"],
]  # fmt: skip
NOT_A_PRICE = [*NOT_A_SIZE, "1.1", "2", "1.0000001", "0.1234567", "00.5", "0.\u0665", "1.\u0660"]


@pytest.mark.parametrize("size", NOT_A_SIZE, ids=lambda value: repr(value)[:20])
def test_a_size_is_a_plain_decimal_string(size: Any) -> None:
    for side in ("bids", "asks"):
        with pytest.raises(ValidationError):
            decode_frame(edited_data("frames/book_delta", **{side: [LEVEL | {"quantity": size}]}))
    with pytest.raises(ValidationError):
        decode_frame(edited_data("frames/user_fill", quantity=size))


@pytest.mark.parametrize("price", NOT_A_PRICE, ids=lambda value: repr(value)[:20])
def test_a_price_is_a_probability_of_six_decimals(price: Any) -> None:
    with pytest.raises(ValidationError):
        decode_frame(edited_data("frames/book_snapshot", bids=[LEVEL | {"price": price}]))
    with pytest.raises(ValidationError):
        decode_frame(edited_data("frames/user_fill", price=price))


@pytest.mark.parametrize("price", ["0", "1", "0.5", "0.000001", "1.000000", "0.999999", "0.0"])
def test_honest_prices(price: str) -> None:
    frame = decode_frame(edited_data("frames/book_delta", bids=[LEVEL | {"price": price}]))
    assert isinstance(frame, BookDelta)
    assert frame.bids[0]["price"] == price


@pytest.mark.parametrize("size", ["0", "0.0", "198942.24", "0.000001", "9" * 24, "350000"])
def test_honest_sizes(size: str) -> None:
    frame = decode_frame(edited_data("frames/book_delta", bids=[LEVEL | {"quantity": size}]))
    assert isinstance(frame, BookDelta)
    assert frame.bids[0]["size"] == size


@pytest.mark.parametrize("number", [1.0, 1e3, -1, 2**53, 10**400, "5", True, None, [], float("nan"), float("inf")])
@pytest.mark.parametrize("field", ["seq", "sid"])
def test_counters_are_exact_json_integers(field: str, number: Any) -> None:
    with pytest.raises(ValidationError):
        decode_frame(edited("frames/book_delta", **{field: number}))


@pytest.mark.parametrize("number", [1.5, -1, 2**53, "1778783112400", True, [], 10**400])
def test_times_are_exact_json_integers(number: Any) -> None:
    with pytest.raises(ValidationError):
        decode_frame(edited_data("frames/trade_matched", tsMs=number))


@pytest.mark.parametrize("token", ["0123", "", "1" * 81, "12a", "\u0661", "-1", 12, None, "1" * 10_000_000])
def test_a_token_is_digits_without_leading_zeroes(token: Any) -> None:
    with pytest.raises(ValidationError):
        decode_frame(edited_data("frames/user_fill", tokenId=token))


@pytest.mark.parametrize("index", [-1, 256, 0.0, "1_0", "\u0661", "", " 1", True, None, "9" * 400])
def test_an_outcome_index_is_small(index: Any) -> None:
    body = load("rest/order") | {"outcome": index}
    with pytest.raises(ValidationError):
        rest.OrderRecord.model_validate_json(json.dumps(body))


def test_lists_have_an_end() -> None:
    full = decode_frame(edited_data("frames/book_delta", bids=[LEVEL] * 2_000))
    assert isinstance(full, BookDelta)
    assert len(full.bids) == 2_000
    with pytest.raises(ValidationError):
        decode_frame(edited_data("frames/book_delta", bids=[LEVEL] * 2_001))
    with pytest.raises(ValidationError):
        decode_frame(edited_data("frames/book_update", changes=[LEVEL | {"side": "bid"}] * 2_001))
    with pytest.raises(ValidationError):
        decode_frame(edited("frames/subscribed", accepted=[{"sid": 1, "channel": "x"}] * 2_001))
    with pytest.raises(ValidationError):
        decode_frame(edited("frames/subscription_updated", ids=["1"] * 2_001))
    markets = load("rest/markets")["markets"][:1] * 2_001
    with pytest.raises(ValidationError):
        rest.MarketsBody.model_validate_json(json.dumps({"markets": markets}))


def test_a_long_list_of_bad_levels_makes_one_error_not_thousands() -> None:
    with pytest.raises(ValidationError) as caught:
        decode_frame(edited_data("frames/book_snapshot", bids=[LEVEL | {"price": "x"}] * 2_000, asks=[LEVEL]))
    assert caught.value.error_count() == 3  # one a reading: objects, pairs, null


BOMBS: dict[str, bytes] = {
    "nothing": b"",
    "not json": b"hello",
    "cut": raw("frames/book_delta")[:-9],
    "trailing": raw("frames/book_delta") + b"{}",
    "bad utf-8": b'{"type":"\xff\xfe"}',
    "bare scalar": b'"connected"',
    "null": b"null",
    "list": b"[" + raw("frames/book_delta") + b"]",
    "list depth": b"[" * 100_000,
    "object depth": b'{"type":' * 100_000,
    "closed depth": b'{"type":"book_delta","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "lone surrogate": b'{"type":"\\ud800","sid":1}',
    "lone surrogate in an ignored key": b'{"type":"zzz","x":"\\udfff"}',
    "type is a number": b'{"type":1}',
    "type is null": b'{"type":null,"sid":1,"channel":"token_book"}',
    "type is an object": b'{"type":{"a":1}}',
    "no type": b'{"sid":1,"channel":"token_book"}',
    "huge type": b'{"type":"' + b"a" * 10_000_000 + b'"}',
    "huge channel": edited("frames/book_delta", channel="a" * 10_000_000),
    "huge number": b'{"type":"pong","id":' + b"9" * 10_000 + b"}",
    "huge exponent": b'{"type":"pong","id":1e1000000}',
    "nan id": b'{"type":"pong","id":NaN}',
    "data is a list": edited("frames/trade_matched", data=[]),
    "data is a string": edited("frames/trade_matched", data="x" * 1_000_000),
    "data is null": edited("frames/trade_matched", data=None),
    "a million keys": b'{"type":"pong",' + b",".join(b'"k%d":0' % n for n in range(300_000)) + b"}",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_a_validation_error(name: str) -> None:
    with pytest.raises(ValidationError):
        decode_frame(BOMBS[name])


@pytest.mark.parametrize("text", ["\ud800", '{"type":"\ud800"}', '{"type":"zzz","x":"\udfff"}'])
def test_a_lone_surrogate_in_a_str_is_a_validation_error_too(text: str) -> None:
    with pytest.raises(ValidationError):
        decode_frame(text)


CANARY = "ps_live_CANARY"


@pytest.mark.parametrize(
    "frame",
    [
        CANARY.encode(),
        f'{{"type":{{"{CANARY}":1}}}}'.encode(),
        f'{{"type":"pong","id":"{CANARY}"}}'.encode(),
        f'{{"type":"{CANARY}","sid":"x"}}'.encode(),
        f'{{"type":"connected","data":{{"gateway":"{CANARY}"}}}}'.encode(),
        edited("frames/book_delta", channel=CANARY * 99),
        edited_data("frames/book_delta", bids=[LEVEL | {"price": CANARY}]),
        edited_data("frames/user_fill", side=CANARY),
        edited_data("frames/order_placed", tsMs=CANARY),
        edited_data("frames/ohlc_update", bucketStartMs=CANARY),
    ],
    ids=range(10),
)
def test_an_error_never_repeats_what_it_refused(frame: bytes) -> None:
    with pytest.raises(ValidationError) as caught:
        decode_frame(frame)
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", names("rest"))
def test_an_error_of_rest_never_repeats_what_it_refused(name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        REST_MODELS[name].model_validate_json(json.dumps(CANARY))
    assert CANARY not in str(caught.value)
    for where in load(f"rest/{name}"):
        body = load(f"rest/{name}") | {where: {CANARY: CANARY}}
        assert CANARY not in refusal_of(REST_MODELS[name], body)


def refusal_of(model: type[BaseModel], body: object) -> str:
    try:
        model.model_validate_json(json.dumps(body))
    except ValidationError as error:
        return str(error) + repr(error)
    return ""


HOSTILE = "A\x1b]52;c;UFdORUQ=\x1b\\B\u202e\u0000\ud7ff\U000e0041" + "e" + "\u0301" * 40


def test_texts_come_out_harmless_and_bounded() -> None:
    rejected = {"channel": HOSTILE[:1], "ids": [HOSTILE], "code": HOSTILE, "message": HOSTILE * 100}
    frame = decode_frame(edited("frames/subscribed", rejected=[rejected]))
    assert isinstance(frame, Subscribed)
    [one] = frame.rejected
    assert all(map(is_safe, [one.code, one.message, *one.ids]))
    assert len(one.message) <= 512
    error = decode_frame(edited("frames/error", message=HOSTILE, code=HOSTILE))
    assert isinstance(error, CommandError)
    assert is_safe(error.message)
    banner = decode_frame(edited_data("frames/platform_status", message=HOSTILE))
    assert isinstance(banner, PlatformStatus)
    assert banner.message is not None
    assert is_safe(banner.message)
    title = rest.MarketRecord.model_validate_json(json.dumps(load("rest/market") | {"title": HOSTILE}))
    assert is_safe(title.title)
    assert title.title.startswith("A\ufffd]52;")
