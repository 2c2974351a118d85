"""Every REST body of protocol §7, §8 and §10 that a pane reads, decoded from its fixture."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from psdash.wire.predictstreet import rest
from tests.unit.wire.samples import CONDITION, ORDER, REST_MODELS, TRADE, TX, VAULT, WALLET, YES, load, names, raw


@pytest.mark.parametrize("name", names("rest"))
def test_every_body_decodes_and_unknown_keys_change_nothing(name: str) -> None:
    model, body = REST_MODELS[name], load(f"rest/{name}")
    decoded = model.model_validate_json(raw(f"rest/{name}"))
    assert model.model_validate_json(json.dumps({**body, "aNewKey": {"x": [None]}})) == decoded


def test_every_body_has_a_fixture() -> None:
    assert set(REST_MODELS) == set(names("rest"))


def test_market() -> None:
    market = rest.MarketRecord.model_validate_json(raw("rest/market"))
    assert (market.symbol, market.slug) == ("NC26-BIN-83479265", "real-madrid-vs-manchester-city-draw")
    assert (market.title, market.group_label) == ("Real Madrid vs Manchester City: draw?", "Draw")
    assert (market.yes_token, market.condition, market.status) == (YES, CONDITION, "OPEN")
    assert (market.outcome_labels, market.prices) == (["YES", "NO"], ["0.535000", "0.465000"])
    assert (market.taker_fee_bps, market.neg_risk, market.payouts) == (140, False, None)
    assert (market.opens_ms, market.kickoff_ms) == (1776675600000, 1777143600000)
    assert (market.updated_ms, market.paused_ms) == (1776853865124, None)


def test_markets_and_events() -> None:
    listing = rest.MarketsBody.model_validate_json(raw("rest/markets"))
    assert [market.status for market in listing.markets] == ["OPEN", "PRE_MARKET"]
    assert listing.markets[1].yes_token is None
    events = rest.EventsBody.model_validate_json(raw("rest/events"))
    [event] = events.events
    assert (event.team_a, event.team_b, event.stage, event.group) == ("RMA", "MCI", "semi_finals", None)
    assert event.starts_ms == 1777143600000
    assert [market.slug for market in event.markets] == [market.slug for market in listing.markets]


def test_a_catalogue_row_that_cannot_be_read_is_left_out_and_counted() -> None:
    body = load("rest/markets")
    body["markets"].insert(1, {"slug": 7})
    listing = rest.MarketsBody.model_validate_json(json.dumps(body))
    assert (listing.listed, len(listing.markets)) == (3, 2)
    event = load("rest/event") | {"markets": None}
    assert rest.EventRecord.model_validate_json(json.dumps(event)).markets == []


def test_an_adornment_that_cannot_be_read_costs_itself_only() -> None:
    body = load("rest/market") | {
        "kickoff": "soon",
        "outcomePrices": [0.5, 0.5],
        "payoutNumerators": {"0": 1},
        "totalVolume": 12.5,
        "volume24h": 340,
        "feeTakerBps": "140",
    }
    market = rest.MarketRecord.model_validate_json(json.dumps(body))
    assert (market.kickoff_ms, market.prices, market.payouts, market.volume) == (None, None, None, None)
    assert (market.volume_24h, market.taker_fee_bps, market.symbol) == ("340", None, "NC26-BIN-83479265")


def test_orderbook() -> None:
    book = rest.BookBody.model_validate_json(raw("rest/orderbook"))
    assert (book.symbol, book.outcome_index, book.seq) == ("UAE-CUP-FINAL-20260425", 0, 128471)
    assert (book.state_hash, book.venue_ms) == ("9f3b1c0a2d4e5f60", 1776853865124)
    assert book.bids[0] == {"price": "0.52", "size": "240"}
    assert book.asks[1] == {"price": "0.56", "size": "160"}


def test_tape() -> None:
    tape = rest.TapeBody.model_validate_json(raw("rest/trades"))
    first, second = tape.trades
    assert (first.trade_id, first.price, first.size, first.outcome_index) == (TRADE, "0.52", "100", 0)
    # The cursor keeps the microseconds that the time in ms cannot.
    assert first.created_ms == 1776853865124
    assert (first.settled_ms, first.taker_fee, first.outcome_label) == (1776853871300, "0.2496", "YES")
    assert (second.settled_ms, second.outcome_index, second.size) == (None, 1, "12.5")


def test_candles_and_price_history() -> None:
    candles = rest.CandlesBody.model_validate_json(raw("rest/ohlc"))
    last = candles.candles[-1]
    assert (candles.interval, last.start_ms, last.open, last.high) == ("s5", 1778783110000, "0.52", "0.53")
    assert (last.low, last.close, last.volume) == ("0.52", "0.53", "340")
    history = rest.PriceHistoryBody.model_validate_json(raw("rest/price_history"))
    assert [(point.ts_ms, point.price) for point in history.points] == [
        (1778783110000, "0.525"),
        (1778783111000, "0.53"),
    ]


def test_platform() -> None:
    status = rest.PlatformBody.model_validate_json(raw("rest/platform_status"))
    assert (status.frozen, status.maintenance) == (True, False)
    assert status.message == "Trading is frozen while a settlement is checked."
    silent = rest.PlatformBody.model_validate_json(b"{}")
    assert (silent.frozen, silent.maintenance, silent.status) == (None, None, None)


def test_orders() -> None:
    body = rest.OrdersBody.model_validate_json(raw("rest/orders_open"))
    [order] = body.orders
    assert (body.wallet, body.next_cursor) == (WALLET, None)
    assert (order.order_id, order.client_order_id, order.symbol) == (ORDER, "mm-0001", "NC26-BIN-83479265")
    assert (order.side, order.outcome_index, order.price) == ("buy", 0, "0.42")
    assert (order.size, order.filled, order.remaining, order.status) == ("100", "25", "75", "OPEN")
    assert (order.created_ms, order.updated_ms, order.expiry_s) == (1776853865124, 1776853867501, 0)
    history = rest.OrdersBody.model_validate_json(raw("rest/orders_history"))
    assert ([order.status for order in history.orders], history.next_cursor) == (
        ["PARTIAL", "CANCELLED_BY_RESOLVE"],
        "b3BhcXVl",
    )


def test_one_unreadable_order_refuses_the_whole_body() -> None:
    body = load("rest/orders_open")
    body["orders"].append({"id": "x"})
    with pytest.raises(ValidationError):
        rest.OrdersBody.model_validate_json(json.dumps(body))


def test_own_trades() -> None:
    [trade] = rest.MyTradesBody.model_validate_json(raw("rest/me_trades")).trades
    assert (trade.trade_id, trade.order_id, trade.fee, trade.status) == (TRADE, ORDER, "0.0609", "settled")
    assert (trade.created_ms, trade.settled_ms, trade.tx_hash) == (1776853867500, 1776853873250, TX)


def test_balances_positions_and_vault() -> None:
    [cash] = rest.BalancesBody.model_validate_json(raw("rest/me_balances")).balances
    assert (cash.currency, cash.available, cash.locked, cash.unsettled) == ("USDC", "1250.5", "31.5", "0")
    first, second = rest.PositionsBody.model_validate_json(raw("rest/me_positions")).positions
    assert (first.token, first.outcome_index, first.size) == (YES, 0, "250")
    assert (first.available, first.encumbered, first.average_cost) == ("200", "50", "0.44")
    assert (first.realized, first.unrealized, first.price) == ("-3.25", "22.5", "0.53")
    assert (second.average_cost, second.realized, second.accounting) == (None, None, "unavailable")
    vault = rest.VaultBody.model_validate_json(raw("rest/me_vault"))
    assert (vault.vault, vault.deployed, vault.deploy_status) == (VAULT, True, "confirmed")
    none_yet = rest.VaultBody.model_validate_json(b'{"vaultAddress":null,"deployed":false}')
    assert none_yet.vault is None
    held = rest.VaultPositionsBody.model_validate_json(raw("rest/vault_positions"))
    assert (held.vault, held.positions[0].token, held.positions[0].size) == (VAULT, YES, "250")


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("error_flat", "market_not_found", "no market has this slug"),
        ("error_nested", "exchange_unavailable", "try again"),
        ("error_scope", "api_key_scope_missing", "api_key_scope_missing: portfolio:read"),
    ],
)
def test_both_error_shapes(name: str, code: str, message: str) -> None:
    error = rest.ErrorBody.model_validate_json(raw(f"rest/{name}"))
    assert (error.code, error.message) == (code, message)


@pytest.mark.parametrize("body", ["{}", '{"error":"Not Found"}', '{"code":5,"message":["x"]}', '{"error":null}'])
def test_any_object_is_an_error_body(body: str) -> None:
    error = rest.ErrorBody.model_validate_json(body)
    assert error.code is None
    assert error.message in (None, "Not Found")


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        ("2026-04-22T10:31:05.124Z", 1776853865124),
        ("2026-04-22T10:31:05Z", 1776853865000),
        ("2026-04-22T10:31:05.124999Z", 1776853865124),
        ("2026-04-22T12:31:05.124+02:00", 1776853865124),
        ("2026-04-22T10:31:05.124", 1776853865124),
        ("1970-01-01T00:00:00Z", 0),
        ("9999-12-31T23:59:59.999Z", 253402300799999),
    ],
)
def test_times_of_rest_become_epoch_ms_exactly(written: str, ms: int) -> None:
    assert tape_of(createdAt=written).created_ms == ms


@pytest.mark.parametrize(
    "written",
    ["", "now", "1969-12-31T23:59:59Z", "2026-13-01T00:00:00Z", 1776853865124, 1.5, None, "0" * 41, "٢٠٢٦-٠٤-٢٢"],
)
def test_other_times_are_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        tape_of(createdAt=written)


def tape_of(**changes: Any) -> rest.TapeRow:
    return rest.TapeRow.model_validate_json(json.dumps(load("rest/trades")["trades"][0] | changes))


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (rest.OrdersBody, b'{"orders":null}'),
        (rest.MyTradesBody, b'{"trades":null}'),
        (rest.TapeBody, b'{"symbol":"S","trades":null}'),
        (rest.PositionsBody, b'{"positions":null}'),
        (rest.BalancesBody, b'{"balances":null}'),
        (rest.MarketsBody, b'{"markets":null}'),
        (rest.EventsBody, b'{"events":null}'),
        (rest.CandlesBody, b'{"candles":null}'),
        (rest.BookBody, b'{"marketId":"S","outcome":"0","bids":null,"asks":null}'),
    ],
)
def test_null_stands_for_an_empty_list(model: Any, body: bytes) -> None:
    read = model.model_validate_json(body)
    lists = [value for value in read.__dict__.values() if isinstance(value, list)]
    assert lists
    assert not any(lists)
