"""Protocol version 1 (protocol §11): its frames by their fixtures, its guesses, its channels, and what chooses it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from psdash.wire import predictstreet as wire
from psdash.wire.predictstreet import NEWER, OLDER, Feed, commands, dialect_of, older
from psdash.wire.predictstreet.channels import Gateway, Scope
from psdash.wire.predictstreet.older import guesses
from psdash.wire.predictstreet.older.reasons import in_words
from tests.unit.wire.samples import CONDITION, ORDER, TRADE, TX, VAULT, WALLET, YES, load, names, raw

EXPECTED: dict[str, type[wire.Frame]] = {
    "book_snapshot": older.BookSnapshot,
    "book_delta": older.BookDelta,
    "trade": older.Trade,
    "market_paused": wire.MarketPaused,
    "market_unpaused": wire.MarketUnpaused,
    "market_resolved": wire.MarketResolved,
    "market_status": wire.MarketStatus,
    "platform_status": wire.PlatformStatus,
    "order_placed": wire.OrderPlaced,
    "order_cancelled": wire.OrderCancelled,
    "trade_matched": older.OwnMatch,
    "trade_fill": older.ChainFill,
    "trade_fill.of_a_vault": older.ChainFill,
    "trade_failed": older.TradeFailed,
    "vault.deploy_confirmed": older.VaultDeployed,
    "vault.deposit_confirmed": older.DepositConfirmed,
    "user_paused": older.UserPaused,
    "user_unpaused": older.UserUnpaused,
    "ohlc_update": wire.Unknown,  # it has no candles
}


def decoded(name: str) -> Any:
    return OLDER.decode(raw(f"older/frames/{name}"))


@pytest.mark.parametrize("name", names("older/frames"))
def test_every_fixture_is_of_its_type_and_its_channel(name: str) -> None:
    frame: Any = decoded(name)
    kind = type(frame)
    assert kind is EXPECTED[name]
    assert set(load(f"older/frames/{name}")) <= {"type", "sid", "channel", "id", "data"}
    if EXPECTED[name] is wire.Unknown:
        return
    carrier = OLDER.feed_named(frame.channel)
    assert carrier is not None
    assert carrier is frame.feed or OLDER.brings(carrier, frame.feed)
    assert frame.server_ms is None


def test_every_event_of_the_dialect_has_a_fixture() -> None:
    assert {load(f"older/frames/{name}")["type"] for name in names("older/frames")} - {
        "ohlc_update"
    } == older.OLDER_KINDS


def test_a_print_and_a_book() -> None:
    trade = decoded("trade")
    assert (trade.trade_id, trade.token, trade.price, trade.size, trade.aggressor, trade.venue_ms) == (
        TRADE, YES, "0.52", "100", "buy", 1778783112400,
    )  # fmt: skip
    snapshot, delta = decoded("book_snapshot"), decoded("book_delta")
    assert (snapshot.seq, snapshot.state_hash, snapshot.bids[0]["size"]) == (128471, "9f3b1c0a2d4e5f60", "240")
    assert (delta.seq, delta.prev_seq, delta.bids, delta.asks[0]["price"]) == (
        128473, 128472, [{"price": "0.51", "size": "0"}], "0.55",
    )  # fmt: skip


def test_a_book_without_a_sequence_is_unreadable_and_says_whose_it_is() -> None:
    frame = load("older/frames/book_delta")
    del frame["data"]["seq"]
    data = json.dumps(frame).encode()
    with pytest.raises(ValidationError):
        OLDER.decode(data)
    assert OLDER.subject_of(data) == (Feed.BOOK, YES)
    assert OLDER.subject_of(raw("older/frames/order_placed"))[0] is Feed.ORDERS


def test_the_private_events() -> None:
    match = decoded("trade_matched")
    assert (match.trade_id, match.order_id, match.side, match.price, match.size, match.token) == (
        TRADE, ORDER, "buy", "0.42", "25", YES,
    )  # fmt: skip
    fill = decoded("trade_fill")
    assert (fill.role, fill.taker_vault, fill.maker_asset, fill.maker_amount, fill.taker_amount, fill.fee) == (
        "taker", VAULT, "0", "52000000", "100000000", "249600",
    )  # fmt: skip
    assert (fill.tx_hash, fill.block) == (TX, 1234567)
    failed = decoded("trade_failed")
    assert (failed.order_id, failed.selector, failed.text) == (ORDER, "0xc56873ba", "OrderExpired")
    assert failed.reason == "the order had expired before the chain took it: OrderExpired (0xc56873ba)"
    assert decoded("vault.deploy_confirmed").vault == VAULT
    deposit = decoded("vault.deposit_confirmed")
    assert (deposit.currency, deposit.amount, deposit.ledger_after) == ("USDC", "500", "1500")
    assert (decoded("user_paused").user, decoded("user_paused").until_block) == (WALLET, 1234600)
    assert decoded("user_unpaused").user == WALLET
    assert decoded("market_paused").condition == CONDITION


@pytest.mark.parametrize(
    ("selector", "text", "words"),
    [
        ("0xC56873BA", "", "the order had expired before the chain took it: (0xC56873BA)"),
        ("0x12345678", "NotEnough", "NotEnough (0x12345678)"),
        ("", "NotEnough", "NotEnough"),
        ("0x12345678", "", "(0x12345678)"),
        ("", "", "no reason was given"),
    ],
)
def test_a_reason_in_words(selector: str, text: str, words: str) -> None:
    assert in_words(selector, text) == words


def test_a_reason_is_made_safe() -> None:
    frame = load("older/frames/trade_failed")
    frame["data"] |= {"reason": ["x"], "reasonText": "bad\x1b]52;c;x\x07\u202e"}
    failed = OLDER.decode(json.dumps(frame).encode())
    assert isinstance(failed, older.TradeFailed)
    assert failed.selector == ""
    assert not {"\x1b", "\x07", "\u202e"} & set(failed.reason)


# guesses ----------------------------------------------------------------------------------------------------------


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{message}-{case['attribute']}-{case['place']}")
        for message in names("older/alternatives")
        for case in load(f"older/alternatives/{message}")["cases"]
    ]


@pytest.mark.parametrize("case", cases())
def test_every_accepted_reading_decodes(case: dict[str, Any]) -> None:
    assert getattr(OLDER.decode(json.dumps(case["body"]).encode()), case["reads"]) == case["value"]


@pytest.mark.parametrize("table", guesses.ALL, ids=lambda table: table.message)
def test_no_reading_is_without_a_fixture(table: Any) -> None:
    fixture = load(f"older/alternatives/{table.message}")
    written = [(case["attribute"], case["place"]) for case in fixture["cases"]]
    assert sorted(written) == sorted((attribute, place) for attribute, row in table.rows.items() for place in row)
    assert fixture["section"] == table.section


def test_no_table_is_forgotten() -> None:
    assert {table.message for table in guesses.ALL} == set(names("older/alternatives"))


# dialects ---------------------------------------------------------------------------------------------------------


def test_a_version_chooses_its_dialect() -> None:
    assert [dialect_of(version).version for version in (0, 1, 2, 3, 999)] == [1, 1, 2, 2, 2]


def test_who_serves_what() -> None:
    assert {spec.name: (spec.gateway, spec.scope) for spec in OLDER.channels.values()} == {
        "token_book": (Gateway.MARKET, Scope.TOKEN),
        "token_trades": (Gateway.MARKET, Scope.TOKEN),
        "condition_status": (Gateway.MARKET, Scope.CONDITION),
        "system": (Gateway.MARKET, Scope.PLATFORM),
        "user_activity": (Gateway.USER, Scope.NONE),
        "vault_activity": (Gateway.USER, Scope.VAULT),
    }
    assert {feed for feed in Feed if not OLDER.carries(feed)} == {Feed.CANDLES, Feed.SETTLEMENTS}
    assert all(NEWER.carries(feed) and NEWER.carrier(feed) is feed for feed in Feed)
    assert OLDER.carrier(Feed.FILLS) is OLDER.carrier(Feed.ORDERS) is Feed.ORDERS
    assert OLDER.feed_named("user_fills") is None
    assert NEWER.feed_named("user_activity") is None


def test_a_subscription_names_the_channels_of_its_dialect() -> None:
    wanted: list[tuple[Feed, list[str]]] = [(Feed.MATCHES, [YES]), (Feed.ORDERS, [""]), (Feed.POSITIONS, [VAULT])]
    sent = json.loads(commands.subscribe(1, wanted, OLDER.channels).to_wire())
    assert sent["params"]["subscriptions"] == [
        {"channel": "token_trades", "ids": [YES]},
        {"channel": "user_activity"},
        {"channel": "vault_activity", "ids": [VAULT]},
    ]


@pytest.mark.parametrize("name", ["user_fill", "trade_settled", "vault_position_balance_changed", "book_update"])
def test_what_only_the_newer_version_sends_is_unknown(name: str) -> None:
    assert isinstance(OLDER.decode(raw(f"frames/{name}")), wire.Unknown)


def test_answers_are_the_same_in_both() -> None:
    for name in ("connected.older_dialect", "subscribed", "pong", "error", "unsubscribed", "subscriptions"):
        data = raw(f"frames/{name}")
        assert OLDER.decode(data) == NEWER.decode(data)


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(names("older/frames")),
    at=st.integers(0, 40),
    value=st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.lists(st.integers()),
)
def test_any_value_in_any_place_is_read_or_refused(name: str, at: int, value: Any) -> None:
    frame = load(f"older/frames/{name}")
    place = frame["data"] if at % 2 else frame
    place[sorted(place)[at % len(place)]] = value
    refused = ""
    try:
        OLDER.decode(json.dumps(frame).encode("utf-8", "surrogatepass"))
    except ValidationError as error:
        refused = str(error)
    assert "input_value" not in refused
