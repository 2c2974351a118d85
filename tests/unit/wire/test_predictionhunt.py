"""Prediction Hunt on the wire: every frame and body of its note, its units, and what must not get through."""

from __future__ import annotations

import contextlib
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, ValidationError

from psdash.wire import predictionhunt as hunt
from psdash.wire.predictionhunt import rest

FIXTURES = Path(__file__).parents[2] / "fixtures" / "predictionhunt"
FRAMES = sorted((FIXTURES / "frames").glob("*.json"))
BODIES: dict[str, type[BaseModel]] = {
    "markets": rest.MarketsBody,
    "search": rest.SearchBody,
    "matching_markets": rest.MatchingBody,
    "prices_bulk": rest.BulkBody,
    "prices_history": rest.HistoryBody,
    "orderbook": rest.BookBody,
    "unified_orderbook": rest.UnifiedBody,
    "rate_limit": rest.RateLimitBody,
    "status": rest.StatusBody,
    "error": rest.ErrorBody,
    "error_older": rest.ErrorBody,
}


def frame(name: str) -> Any:
    return hunt.decode_frame((FIXTURES / "frames" / f"{name}.json").read_bytes())


def arb(price: object) -> bytes:
    leg = {"price": price, "source": "kalshi"}
    data = {"type": "arb_update", "group_id": 1, "lowest_yes": leg, "lowest_no": leg}
    return json.dumps({"channel": "arb", "type": "arb_update", "ts": 1.0, "data": data}).encode()


def price(value: object) -> bytes:
    data = {"market_id": "M", "source": "kalshi", "yes_bid": value}
    return json.dumps({"channel": "prices", "type": "price_update", "ts": 1.0, "data": data}).encode()


@pytest.mark.parametrize("path", FRAMES, ids=lambda path: path.stem)
def test_every_frame_of_the_note_is_known(path: Path) -> None:
    seen = hunt.decode_frame(path.read_bytes())
    assert not isinstance(seen, hunt.Unknown)
    assert seen.kind == json.loads(path.read_bytes())["type"]


def test_every_event_has_a_fixture() -> None:
    from typing import get_args

    kinds = {kind for model in get_args(hunt.Event) for kind in get_args(model.model_fields["kind"].annotation)}
    assert kinds <= {json.loads(path.read_bytes())["type"] for path in FRAMES}


@pytest.mark.parametrize("path", sorted((FIXTURES / "rest").glob("*.json")), ids=lambda path: path.stem)
def test_every_body_of_the_note_is_read(path: Path) -> None:
    body = BODIES[path.stem].model_validate_json(path.read_bytes())
    assert body.model_fields_set


def test_what_a_frame_says() -> None:
    seen = frame("price_update")
    assert (seen.market_id, seen.venue, seen.group_id, seen.at_ms) == ("12345", "kalshi", 101, 1_712_847_600_123)
    assert (seen.yes_bid, seen.no_ask, seen.last, seen.volume) == tuple(
        map(Decimal, ("0.65", "0.35", "0.66", "15000"))
    )
    silent = frame("price_update_single")
    assert (silent.yes_bid, silent.group_id) == (None, None)


@pytest.mark.parametrize(
    "name", ["orderbook_update_full", "orderbook_update_pairs_in_cents", "orderbook_update_nested"]
)
def test_a_book_reads_the_same_however_its_levels_are_written(name: str) -> None:
    seen = frame(name)
    assert seen.has_depth
    assert seen.bids[0] == (Decimal("0.65"), Decimal(1200))
    assert seen.asks == [(Decimal("0.67"), Decimal(410))]


def test_a_compact_book_has_a_top_and_no_depth() -> None:
    seen = frame("orderbook_update_compact")
    assert not seen.has_depth
    assert (seen.yes_bid, seen.yes_ask) == (Decimal("0.65"), Decimal("0.67"))


def test_an_arbitrage_of_either_generation() -> None:
    newer, older = frame("arb_update"), frame("arb_update_older")
    assert newer.yes.price == older.yes.price == Decimal("0.46")
    assert newer.no.price == older.no.price == Decimal("0.485")
    assert newer.roi_percent == older.roi_percent == Decimal("5.49")
    assert (newer.yes_fee, newer.no_fee, newer.most_wager) == (Decimal("0.02"), 0, 1500)


def test_a_wallets_trade() -> None:
    seen = frame("smart_money_update")
    assert (seen.is_replay, seen.outcome, seen.side, seen.dollars) == (True, "No", "BUY", Decimal("122.41"))
    assert seen.created_ms == 1_781_829_580_610
    named = frame("smart_money_update_named")
    assert (named.outcome, named.pnl) == ("Celtics", Decimal("-20.5"))
    fade = frame("fade_finder_update")
    assert (fade.winner.outcome, fade.loser.pnl, fade.winners) == ("Lakers", Decimal(-4000), 3)


@given(st.integers(0, 10_000))
def test_cents_and_probabilities_meet_as_the_same_decimal(hundredths: int) -> None:
    """A leg at 46.5 cents and a price of 0.465 are one number, exactly."""
    in_cents, as_probability = hundredths / 100, hundredths / 10_000
    leg = hunt.decode_frame(arb(in_cents))
    top = hunt.decode_frame(price(as_probability))
    assert isinstance(leg, hunt.ArbUpdate)
    assert isinstance(top, hunt.PriceUpdate)
    assert leg.yes is not None
    assert leg.yes.price == top.yes_bid == Decimal(hundredths) / 10_000


@given(st.decimals(0, 1, places=6))
def test_a_price_comes_through_exactly(value: Decimal) -> None:
    for written in (float(value), str(value)):
        seen = hunt.decode_frame(price(written))
        assert isinstance(seen, hunt.PriceUpdate)
        assert seen.yes_bid == value


@pytest.mark.parametrize("value", [-0.01, 1.01, "1e-3", "\u0660.5", "0_1", True, [], {}, "", "NaN", 10**40])
def test_a_price_that_is_none_is_not_there(value: object) -> None:
    seen = hunt.decode_frame(price(value))
    assert isinstance(seen, hunt.PriceUpdate)
    assert seen.yes_bid is None


@pytest.mark.parametrize("value", [-1, 100.5, "46c", None])
def test_a_leg_without_a_price_is_no_arbitrage(value: object) -> None:
    with pytest.raises(ValidationError):
        hunt.decode_frame(arb(value))


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_float_breaks_a_frame(value: float) -> None:
    seen = hunt.decode_frame(price(value)) if math.isfinite(value) else hunt.Unknown()
    assert isinstance(seen, hunt.PriceUpdate | hunt.Unknown)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=8))
def test_nothing_but_a_validation_error_comes_of_garbage_in_a_known_frame(value: object) -> None:
    for path in FRAMES:
        body = json.loads(path.read_bytes())
        inner = body.get("data", body)
        for key in inner:
            spoilt = {**body, "data": {**inner, key: value}} if "data" in body else {**body, key: value}
            with contextlib.suppress(ValidationError):
                hunt.decode_frame(json.dumps(spoilt).encode())


@given(st.binary(max_size=200))
def test_nothing_but_a_validation_error_comes_of_bytes(raw: bytes) -> None:
    with contextlib.suppress(ValidationError):
        hunt.decode_frame(raw)


def test_the_key_is_in_the_frame_and_nowhere_else() -> None:
    auth = hunt.Auth(api_key=SecretStr("pmx_test_" + "k" * 20))
    assert json.loads(auth.to_wire()) == {"action": "auth", "api_key": "pmx_test_" + "k" * 20}
    assert "kkk" not in repr(auth) + str(auth) + str(auth.model_dump())


def test_what_a_client_says() -> None:
    said = hunt.Subscribe(channel=hunt.Channel.PRICES, market_ids=("KXFED-26",), group_ids=(101,)).to_wire()
    assert json.loads(said) == {
        "action": "subscribe",
        "channel": "prices",
        "market_ids": ["KXFED-26"],
        "group_ids": [101],
    }
    assert json.loads(hunt.Unsubscribe(channel=hunt.Channel.EV).to_wire()) == {
        "action": "unsubscribe",
        "channel": "ev",
    }
    assert json.loads(hunt.Heartbeat().to_wire()) == {"action": "heartbeat"}
