"""Each reading that a GUESS table accepts has a fixture, and the fixture decodes to the value it says (DESIGN §4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

from psdash.wire.predictstreet import decode_frame, guesses, rest
from tests.unit.wire.samples import load, names

BODIES: dict[str, type[BaseModel]] = {
    "rest_events": rest.EventsBody,
    "rest_candles": rest.CandlesBody,
    "rest_candle": rest.CandlesBody,
    "rest_price_point": rest.PriceHistoryBody,
    "rest_platform": rest.PlatformBody,
    "rest_positions": rest.PositionsBody,
    "rest_position": rest.PositionsBody,
    "rest_vault_positions": rest.VaultPositionsBody,
    "rest_vault_position": rest.VaultPositionsBody,
}


def decode(message: str, body: dict[str, Any]) -> BaseModel:
    data = json.dumps(body).encode()
    return BODIES[message].model_validate_json(data) if message in BODIES else decode_frame(data)


def read(model: Any, where: str) -> Any:
    for step in where.split("."):
        model = model[int(step)] if step.isdigit() else getattr(model, step)
    return model


def cases() -> list[Any]:
    return [
        pytest.param(message, case, id=f"{message}-{case['attribute']}-{case['place']}")
        for message in names("alternatives")
        for case in load(f"alternatives/{message}")["cases"]
    ]


@pytest.mark.parametrize(("message", "case"), cases())
def test_every_accepted_reading_decodes(message: str, case: dict[str, Any]) -> None:
    value = read(decode(message, case["body"]), case["reads"])
    # A wrapper's case says how many rows it holds.
    assert (len(value) if isinstance(value, list) and isinstance(case["value"], int) else value) == case["value"]
    assert value is not None


@pytest.mark.parametrize("table", guesses.ALL, ids=lambda table: table.message)
def test_no_reading_is_without_a_fixture(table: guesses.Guesses) -> None:
    fixture = load(f"alternatives/{table.message}")
    written = [(case["attribute"], case["place"]) for case in fixture["cases"]]
    accepted = [(attribute, place) for attribute, row in table.rows.items() for place in row]
    assert sorted(written) == sorted(accepted)
    assert fixture["section"] == table.section


def test_no_table_is_forgotten_and_none_is_listed_twice() -> None:
    tables = [value for value in vars(guesses).values() if isinstance(value, guesses.Guesses)]
    assert len(tables) == len(guesses.ALL) == len({table.message for table in guesses.ALL})
    assert {table.message for table in guesses.ALL} == set(names("alternatives"))


def test_the_best_reading_wins_when_two_are_sent() -> None:
    body = load("frames/trade_matched")
    body["data"] |= {"id": "other", "size": "7", "takerSide": "sell"}
    frame = decode("trade_matched", body)
    assert (read(frame, "trade_id"), read(frame, "size"), read(frame, "aggressor")) == (
        body["data"]["tradeId"],
        "100",
        "buy",
    )


@pytest.mark.parametrize("name", ["events", "positions", "vault_positions", "candles"])
def test_a_bare_list_is_its_own_wrapper(name: str) -> None:
    rows = load(f"alternatives/shapes/rest_{name}.bare_list")
    body = BODIES[f"rest_{name}"].model_validate_json(json.dumps(rows))
    [listed] = [value for value in vars(body).values() if isinstance(value, list)]
    assert len(listed) == len(rows)


def test_a_price_history_of_pairs() -> None:
    body = rest.PriceHistoryBody.model_validate(load("alternatives/shapes/rest_price_history.pairs"))
    assert [(point.ts_ms, point.price) for point in body.points] == [(1778783110000, "0.525"), (1778783111000, None)]
