"""Every frame of protocol §2-§5, decoded from its fixture and read field by field."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from psdash.wire.predictstreet import (
    Ack,
    BookDelta,
    BookSnapshot,
    BookSnapshotFailed,
    BookUpdate,
    CandleUpdate,
    CommandError,
    Feed,
    Frame,
    Gateway,
    Greeting,
    MarketPaused,
    MarketResolved,
    MarketStatus,
    MarketUnpaused,
    OrderCancelled,
    OrderPlaced,
    PlatformStatus,
    Pong,
    PositionChanged,
    Subscribed,
    TradeMatched,
    TradeSettled,
    Unknown,
    UserFill,
    decode_frame,
)
from psdash.wire.predictstreet.channels import NO_SID
from psdash.wire.predictstreet.decode import EVENT_KINDS
from tests.unit.wire.samples import CONDITION, ORDER, TRADE, TX, VAULT, WALLET, YES, edited, edited_data, names, raw

EXPECTED: dict[str, type[Frame]] = {
    "connected.market": Greeting,
    "connected.user": Greeting,
    "connected.older_dialect": Greeting,
    "subscribed": Subscribed,
    "subscription_updated": Ack,
    "unsubscribed": Ack,
    "subscriptions": Ack,
    "pong": Pong,
    "error": CommandError,
    "error.nested": CommandError,
    "error.without_id": CommandError,
    "trade_matched": TradeMatched,
    "trade_settled": TradeSettled,
    "book_snapshot": BookSnapshot,
    "book_update": BookUpdate,
    "book_delta": BookDelta,
    "book_snapshot_failed": BookSnapshotFailed,
    "ohlc_update": CandleUpdate,
    "market_paused": MarketPaused,
    "market_unpaused": MarketUnpaused,
    "market_resolved": MarketResolved,
    "market_status": MarketStatus,
    "platform_status": PlatformStatus,
    "order_placed": OrderPlaced,
    "order_cancelled": OrderCancelled,
    "user_fill": UserFill,
    "vault_position_balance_changed": PositionChanged,
    "unknown": Unknown,
}


def decoded(name: str) -> dict[str, object]:
    return decode_frame(raw(f"frames/{name}")).model_dump()


@pytest.mark.parametrize("name", names("frames"))
def test_every_frame_fixture_decodes_to_its_type_from_bytes_and_from_text(name: str) -> None:
    data = raw(f"frames/{name}")
    frame = decode_frame(data)
    assert type(frame) is EXPECTED[name]
    assert decode_frame(data.decode()) == frame


def test_every_event_has_a_fixture_of_its_own_name() -> None:
    assert set(names("frames")) >= EVENT_KINDS
    assert set(names("frames")) == set(EXPECTED)


@pytest.mark.parametrize("name", [name for name in names("frames") if name in EVENT_KINDS])
def test_an_event_keeps_what_the_envelope_carries(name: str) -> None:
    frame = decode_frame(raw(f"frames/{name}"))
    assert frame.kind == name
    bare = decode_frame(edited(f"frames/{name}", serverTs=..., aNewKey={"deep": [1]}))
    assert bare.server_ms is None
    assert frame.server_ms is not None
    for missing in ("sid", "channel"):
        if name != "book_snapshot_failed":  # it may answer a command instead
            with pytest.raises(ValidationError):
                decode_frame(edited(f"frames/{name}", **{missing: ...}))


def test_greetings() -> None:
    assert decoded("connected.market") == {
        "kind": "connected",
        "gateway": Gateway.MARKET,
        "protocol_version": 2,
        "auth_method": "api_key",
        "partner_id": "cmofzsb0r0000b401xfeiyk2c",
        "wallet": None,
        "server_ms": 1778783112000,
    }
    user = decode_frame(raw("frames/connected.user"))
    assert isinstance(user, Greeting)
    assert (user.gateway, user.wallet, user.protocol_version) == (Gateway.USER, WALLET, 2)
    older = decode_frame(raw("frames/connected.older_dialect"))
    assert isinstance(older, Greeting)
    assert (older.protocol_version, older.partner_id) == (1, None)


def test_a_greeting_needs_nothing_but_its_gateway() -> None:
    frame = decode_frame(b'{"type":"connected","data":{"gateway":"user"}}')
    assert isinstance(frame, Greeting)
    assert (frame.gateway, frame.protocol_version, frame.server_ms) == (Gateway.USER, 1, None)
    with pytest.raises(ValidationError):
        decode_frame(b'{"type":"connected","data":{"gateway":"admin"}}')


def test_subscribed() -> None:
    frame = decode_frame(raw("frames/subscribed"))
    assert isinstance(frame, Subscribed)
    assert frame.command_id == 1
    assert [(one.sid, one.channel, one.ids) for one in frame.accepted] == [
        (12, "token_trade_matches", ["12345", "67890"]),
        (13, "token_book", ["12345"]),
        (14, "user_orders", []),
    ]
    [refused] = frame.rejected
    assert refused.model_dump() == {
        "channel": "token_trade_matches",
        "ids": ["not-a-token-id"],
        "code": "invalid_params",
        "message": "invalid tokenId",
    }


def test_acks() -> None:
    updated = decode_frame(raw("frames/subscription_updated"))
    assert isinstance(updated, Ack)
    assert (updated.command_id, updated.sid, updated.ids, updated.sids) == (2, 12, ["12345", "67890"], None)
    gone = decode_frame(raw("frames/unsubscribed"))
    assert isinstance(gone, Ack)
    assert (gone.command_id, gone.sids) == (4, [12, 13])
    listed = decode_frame(raw("frames/subscriptions"))
    assert isinstance(listed, Ack)
    assert listed.subscriptions is not None
    assert [(one.sid, one.channel, one.ids) for one in listed.subscriptions] == [
        (12, "token_book", ["12345"]),
        (14, "user_orders", []),
    ]
    pong = decode_frame(raw("frames/pong"))
    assert isinstance(pong, Pong)
    assert (pong.command_id, pong.venue_ms, pong.server_ms) == (999, 1776949200000, 1776949200000)


def test_an_ack_of_any_type_is_known_by_the_command_id_it_echoes() -> None:
    frame = decode_frame(raw("alternatives/shapes/ack.any_type"))
    assert isinstance(frame, Ack)
    assert (frame.kind, frame.command_id, frame.sid, frame.ids) == ("ok", 2, 12, None)


def test_an_answer_that_carries_a_code_is_an_error_whatever_its_type() -> None:
    frame = decode_frame(raw("alternatives/shapes/ack.refused"))
    assert isinstance(frame, CommandError)
    assert (frame.kind, frame.command_id, frame.code) == ("update_failed", 2, "subscription_too_many_ids")
    assert frame.message == "subscription accepts at most 100 ids"


@pytest.mark.parametrize("name", ["error", "error.nested"])
def test_errors(name: str) -> None:
    frame = decode_frame(raw(f"frames/{name}"))
    assert isinstance(frame, CommandError)
    assert (frame.command_id, frame.code, frame.message) == (7, "invalid_params", "add_ids must be a list")


def test_an_error_may_have_no_id_and_no_type() -> None:
    frame = decode_frame(raw("frames/error.without_id"))
    assert isinstance(frame, CommandError)
    assert (frame.command_id, frame.code) == (None, "invalid_json")
    untyped = decode_frame(b'{"id":7,"error":{"code":"bad_request","message":"no"}}')
    assert isinstance(untyped, CommandError)
    assert (untyped.kind, untyped.command_id, untyped.code) == ("error", 7, "bad_request")


@pytest.mark.parametrize("command_id", ["7", None, 7.5, [7]])
def test_an_error_is_never_lost_for_its_id(command_id: object) -> None:
    frame = decode_frame(edited("frames/error", id=command_id, code=400))
    assert isinstance(frame, CommandError)
    assert (frame.command_id, frame.code, frame.message) == (None, "400", "add_ids must be a list")


def test_book_snapshot() -> None:
    assert decoded("book_snapshot") == {
        "kind": "book_snapshot",
        "sid": 12,
        "channel": "token_book",
        "server_ms": 1778783112500,
        "token": YES,
        "seq": 128471,
        "state_hash": "9f3b1c0a2d4e5f60",
        "venue_ms": 1778783112490,
        "bids": [{"price": "0.52", "size": "240", "orders": 3}, {"price": "0.51", "size": "180", "orders": 2}],
        "asks": [{"price": "0.55", "size": "210", "orders": 1}, {"price": "0.56", "size": "160", "orders": 2}],
    }


def test_a_snapshot_without_a_side_is_refused_rather_than_read_as_an_empty_one() -> None:
    for side in ("bids", "asks"):
        with pytest.raises(ValidationError):
            decode_frame(edited_data("frames/book_snapshot", **{side: ...}))


def test_book_update() -> None:
    frame = decode_frame(raw("frames/book_update"))
    assert isinstance(frame, BookUpdate)
    assert (frame.seq, frame.prev_seq, frame.state_hash) == (128472, None, "0a1b2c3d4e5f6071")
    assert frame.bids == [{"price": "0.52", "size": "200", "orders": 2}]
    assert frame.asks == [{"price": "0.55", "size": "210", "orders": 1}]
    assert frame.changes is None


def test_book_delta() -> None:
    frame = decode_frame(raw("frames/book_delta"))
    assert isinstance(frame, BookDelta)
    assert (frame.token, frame.seq, frame.prev_seq, frame.venue_ms) == (YES, 128473, 128472, 1778783113190)
    assert frame.bids == [{"price": "0.51", "size": "0"}]
    assert frame.asks == [{"price": "0.55", "size": "150"}]
    assert frame.changes is None
    one_sided = decode_frame(edited_data("frames/book_delta", asks=...))
    assert isinstance(one_sided, BookDelta)
    assert one_sided.asks == []


def test_levels_may_be_pairs_and_an_empty_side_null() -> None:
    paired = decode_frame(raw("alternatives/shapes/book_snapshot.pairs"))
    assert isinstance(paired, BookSnapshot)
    assert paired.bids == [{"price": "0.52", "size": "240"}, {"price": "0.51", "size": "180"}]
    assert paired.asks == [{"price": "0.55", "size": "210"}]
    one_sided = decode_frame(raw("alternatives/shapes/book_snapshot.null_side"))
    assert isinstance(one_sided, BookSnapshot)
    assert one_sided.bids == []
    assert one_sided.asks


@pytest.mark.parametrize(
    ("sides", "is_state"),
    [
        ({"bids": [], "asks": []}, True),
        ({"bids": None, "asks": [["0.5", "1"]]}, True),
        ({"bids": None, "asks": None}, False),  # it says nothing of either side
        ({"bids": None, "asks": None, "changes": []}, False),
        ({"bids": [["0.5", "1"]], "asks": ...}, False),
        ({"bids": [["0.5", "1"]], "asks": None, "changes": []}, False),
    ],
)
def test_a_state_frame_has_both_sides(sides: dict[str, object], is_state: bool) -> None:
    frame = decode_frame(edited_data("frames/book_update", **sides))
    assert isinstance(frame, BookUpdate)
    assert frame.is_state is is_state


@pytest.mark.parametrize(
    ("name", "is_state"), [("incremental", False), ("deletes_a_level", False), ("null_side", True)]
)
def test_a_state_frame_neither_stands_on_another_nor_deletes(name: str, is_state: bool) -> None:
    frame = decode_frame(raw(f"alternatives/shapes/book_update.{name}"))
    assert isinstance(frame, BookUpdate)
    assert frame.is_state is is_state


def test_a_null_side_or_count_of_a_change_says_nothing() -> None:
    one_sided = decode_frame(raw("alternatives/shapes/book_delta.null_side"))
    assert isinstance(one_sided, BookDelta)
    assert (one_sided.bids, one_sided.asks) == ([{"price": "0.51", "size": "0"}], [])
    uncounted = decode_frame(raw("alternatives/shapes/book_delta.null_count"))
    assert isinstance(uncounted, BookDelta)
    assert uncounted.bids == [{"price": "0.51", "size": "7", "orders": None}]


@pytest.mark.parametrize(("name", "version"), [("version_null", 1), ("version_as_string", 2), ("odd_decorations", 1)])
def test_no_decoration_refuses_a_greeting(name: str, version: int) -> None:
    frame = decode_frame(raw(f"alternatives/shapes/connected.{name}"))
    assert isinstance(frame, Greeting)
    assert (frame.gateway, frame.protocol_version) == (Gateway.USER, version)
    if name == "odd_decorations":
        assert (frame.wallet, frame.partner_id, frame.auth_method, frame.server_ms) == (None, "7", "7", None)
    else:
        assert frame.wallet == WALLET


def test_nulls_in_the_answer_to_a_subscribe() -> None:
    frame = decode_frame(raw("alternatives/shapes/subscribed.nulls"))
    assert isinstance(frame, Subscribed)
    assert ([(row.sid, row.ids) for row in frame.accepted], frame.rejected) == ([(14, [])], [])
    refused = decode_frame(raw("alternatives/shapes/subscribed.refusal_without_words"))
    assert isinstance(refused, Subscribed)
    assert refused.accepted == []
    assert refused.rejected[0].model_dump() == {"channel": None, "ids": [], "code": "forbidden", "message": ""}


def test_a_failed_snapshot_may_answer_a_command_and_say_nothing() -> None:
    answer = decode_frame(raw("alternatives/shapes/book_snapshot_failed.without_sid"))
    assert isinstance(answer, BookSnapshotFailed)
    assert (answer.command_id, answer.sid, answer.reason) == (6, NO_SID, "")
    silent = decode_frame(raw("alternatives/shapes/book_snapshot_failed.reason_null"))
    assert isinstance(silent, BookSnapshotFailed)
    assert (silent.token, silent.reason) == (YES, "")


def test_null_stands_for_an_empty_list() -> None:
    frame = decode_frame(b'{"id":1,"type":"subscribed","accepted":null,"rejected":[{"code":"forbidden","ids":null}]}')
    assert isinstance(frame, Subscribed)
    assert frame.accepted == []
    assert frame.rejected[0].ids == []


def test_the_entity_stands_in_for_a_token_missing_from_the_data() -> None:
    frame = decode_frame(edited_data("frames/book_delta", tokenId=...))
    assert isinstance(frame, BookDelta)
    assert frame.token == YES


def test_book_snapshot_failed_names_a_token_or_the_command_that_asked() -> None:
    by_token = decode_frame(raw("frames/book_snapshot_failed"))
    assert isinstance(by_token, BookSnapshotFailed)
    assert (by_token.token, by_token.command_id, by_token.reason) == (YES, None, "matcher_unavailable")
    by_command = decode_frame(raw("alternatives/shapes/book_snapshot_failed.command_id"))
    assert isinstance(by_command, BookSnapshotFailed)
    assert (by_command.token, by_command.command_id) == (YES, 6)
    bare = decode_frame(b'{"type":"book_snapshot_failed","sid":1,"channel":"token_book","id":6}')
    assert isinstance(bare, BookSnapshotFailed)
    assert (bare.token, bare.command_id, bare.reason) == (None, 6, "")


def test_trade_matched() -> None:
    assert decoded("trade_matched") == {
        "kind": "trade_matched",
        "sid": 10,
        "channel": "token_trade_matches",
        "server_ms": 1778783112456,
        "token": YES,
        "condition": CONDITION,
        "outcome_index": 0,
        "venue_ms": 1778783112400,
        "trade_id": TRADE,
        "price": "0.52",
        "size": "100",
        "aggressor": "buy",
    }


def test_a_print_says_unknown_for_what_was_guessed_wrong() -> None:
    bare = decode_frame(raw("alternatives/shapes/trade_matched.without_guesses"))
    assert isinstance(bare, TradeMatched)
    assert (bare.trade_id, bare.price, bare.size, bare.aggressor) == (None, None, None, None)
    odd = decode_frame(raw("alternatives/shapes/trade_matched.outcome_as_string"))
    assert isinstance(odd, TradeMatched)
    assert (odd.outcome_index, odd.aggressor, odd.price) == (1, None, "0.52")


def test_ids_that_are_numbers_read_as_the_same_words_everywhere() -> None:
    match = decode_frame(edited_data("frames/trade_matched", tradeId=77))
    fill = decode_frame(edited_data("frames/user_fill", tradeId=77, orderId=5))
    assert isinstance(match, TradeMatched)
    assert isinstance(fill, UserFill)
    assert (match.trade_id, fill.trade_id, fill.order_id) == ("77", "77", "5")


def test_trade_settled() -> None:
    frame = decode_frame(raw("frames/trade_settled"))
    assert isinstance(frame, TradeSettled)
    assert (frame.trade_id, frame.price, frame.size, frame.fee) == (TRADE, "0.52", "100", "0.2496")
    assert (frame.tx_hash, frame.block, frame.venue_ms) == (TX, 1234567, 1778783118200)
    assert (frame.maker_asset, frame.taker_asset) == ("0", YES)
    assert (frame.maker_amount, frame.taker_amount) == ("52000000", "100000000")
    assert frame.maker_vault == VAULT
    text_block = decode_frame(raw("alternatives/shapes/trade_settled.block_as_string"))
    assert isinstance(text_block, TradeSettled)
    assert text_block.block == 1234567


def test_ohlc_update() -> None:
    frame = decode_frame(raw("frames/ohlc_update"))
    assert isinstance(frame, CandleUpdate)
    assert (frame.token, frame.interval, frame.start_ms) == (YES, "s5", 1778783110000)
    assert (frame.open, frame.high, frame.low, frame.close, frame.volume) == ("0.52", "0.53", "0.52", "0.53", "340")


def test_lifecycle() -> None:
    paused, unpaused = decode_frame(raw("frames/market_paused")), decode_frame(raw("frames/market_unpaused"))
    assert isinstance(paused, MarketPaused)
    assert isinstance(unpaused, MarketUnpaused)
    assert (paused.condition, paused.tx_hash, paused.block) == (CONDITION, TX, 1234570)
    assert unpaused.venue_ms == 1778783299000
    resolved = decode_frame(raw("frames/market_resolved"))
    assert isinstance(resolved, MarketResolved)
    assert resolved.payouts == ["1", "0"]
    status = decode_frame(raw("frames/market_status"))
    assert isinstance(status, MarketStatus)
    assert (status.status, status.previous_status) == ("CLOSED", "OPEN")


def test_platform_status() -> None:
    frame = decode_frame(raw("frames/platform_status"))
    assert isinstance(frame, PlatformStatus)
    assert (frame.frozen, frame.maintenance, frame.message, frame.status) == (False, False, None, None)
    assert (frame.entity, frame.venue_ms) == ("platform_status", 1778783112480)


def test_orders() -> None:
    assert decoded("order_placed") == {
        "kind": "order_placed",
        "sid": 10,
        "channel": "user_orders",
        "server_ms": 1778783112456,
        "order_id": ORDER,
        "client_order_id": "mm-0001",
        "wallet": WALLET,
        "vault": VAULT,
        "symbol": "NC26-BIN-83479265",
        "token": None,
        "outcome_index": 0,
        "side": "buy",
        "price": "0.42",
        "size": "100",
        "filled": "0",
        "remaining": "100",
        "order_type": "limit",
        "time_in_force": "gtc",
        "status": "OPEN",
        "venue_ms": 1778783112440,
    }
    gone = decode_frame(raw("frames/order_cancelled"))
    assert isinstance(gone, OrderCancelled)
    assert (gone.order_id, gone.status, gone.remaining, gone.price) == (ORDER, "CANCELLED", "100", None)


def test_user_fill() -> None:
    assert decoded("user_fill") == {
        "kind": "user_fill",
        "sid": 11,
        "channel": "user_fills",
        "server_ms": 1778783112456,
        "wallet": WALLET,
        "side": "buy",
        "trade_id": TRADE,
        "order_id": ORDER,
        "client_order_id": "mm-0001",
        "token": YES,
        "condition": CONDITION,
        "outcome_index": 0,
        "price": "0.42",
        "size": "25",
        "source": "matcher",
        "venue_ms": 1778783112430,
    }


def test_vault_position() -> None:
    frame = decode_frame(raw("frames/vault_position_balance_changed"))
    assert isinstance(frame, PositionChanged)
    assert (frame.vault, frame.token, frame.balance, frame.reason) == (VAULT, YES, "250", "trade")
    assert (frame.tx_hash, frame.block, frame.venue_ms) == (TX, 1234567, 1778783118200)


def test_addresses_and_conditions_come_in_lower_case() -> None:
    frame = decode_frame(edited_data("frames/vault_position_balance_changed", vaultAddress="0x" + "AB" * 20))
    assert isinstance(frame, PositionChanged)
    assert frame.vault == "0x" + "ab" * 20


def test_what_nobody_knows_is_told_apart_by_its_kind() -> None:
    frame = decode_frame(raw("frames/unknown"))
    assert isinstance(frame, Unknown)
    assert (frame.kind, frame.sid, frame.channel) == ("vault_deposit_seen", 12, "vault_positions")
    shouted = decode_frame('{"type":"evil\\u001b[2J\\u202e","sid":"x"}'.replace('"x"', "3"))
    assert isinstance(shouted, Unknown)
    assert shouted.kind == "evil\ufffd[2J\ufffd"


def test_an_unknown_push_that_carries_a_code_is_still_a_push() -> None:
    push = {"type": "vault_event", "sid": 1, "channel": "vault_positions", "id": VAULT, "code": "insufficient_funds"}
    for without in ("id", "sid", "channel"):
        frame = decode_frame(json.dumps({key: value for key, value in push.items() if key != without}))
        assert isinstance(frame, Unknown)


def test_each_event_says_which_feed_it_belongs_to() -> None:
    feeds = {name: getattr(EXPECTED[name], "feed") for name in names("frames") if name in EVENT_KINDS}  # noqa: B009
    assert feeds["book_snapshot_failed"] is Feed.BOOK
    assert feeds["market_status"] is Feed.LIFECYCLE
    assert set(feeds.values()) == set(Feed)
