"""Mutated frames: a typed frame or a ValidationError comes back, whatever was done to the bytes."""

from __future__ import annotations

import json
import random
from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from psdash.text import is_safe
from psdash.wire.predictstreet import Frame, decode_frame
from tests.unit.wire.samples import REST_MODELS, load, names, raw

FRAMES = [raw(f"frames/{name}") for name in names("frames")]
OBJECTS = [load(f"frames/{name}") for name in names("frames")]
TYPES = get_args(Frame)

NASTY: list[Any] = [
    None, True, 0, -1, 1.5, 2**53, 10**400, float("nan"), float("-inf"), "", "0", "1e999999", "1_0", "\u0663",
    "\x1b[2J\u202e", "x" * 70_000, "0" * 90, [], [[]], {}, {"price": "0.5"}, "book_delta", "connected", ["1"] * 3,
]  # fmt: skip


def check(data: bytes | str) -> bool:
    """Decode; True when a frame came back, whose every text is harmless."""
    try:
        frame = decode_frame(data)
    except ValidationError as error:
        str(error)
        return False
    assert isinstance(frame, TYPES)
    check_texts(frame.model_dump())
    return True


def check_texts(value: Any) -> None:
    if isinstance(value, str):
        assert is_safe(value), ascii(value)
        assert len(value) <= 512
    elif isinstance(value, dict):
        for part in value.values():
            check_texts(part)
    elif isinstance(value, list):
        for part in value:
            check_texts(part)


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    check(data)


@given(st.text(st.characters(codec=None, categories=["L", "N", "P", "S", "Z", "C"]), max_size=200))
@example("\ud800")
def test_any_text(data: str) -> None:
    check(data)


@given(st.sampled_from(FRAMES), st.data())
@settings(max_examples=300)
def test_bytes_replaced_dropped_or_inserted(frame: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(frame)))
    end = data.draw(st.integers(start, min(len(frame), start + 12)))
    check(frame[:start] + data.draw(st.binary(max_size=12)) + frame[end:])


def mutated(value: Any, rng: random.Random) -> Any:
    """The same JSON with one node replaced, dropped or moved."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(sorted(value))
        roll = rng.random()
        if roll < 0.1:
            return {name: part for name, part in value.items() if name != key}
        if roll < 0.2:
            return {**value, rng.choice(["id", "type", "sid", "data", "code", "error", "channel"]): value[key]}
        return {**value, key: mutated(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        place = rng.randrange(len(value))
        return [*value[:place], mutated(value[place], rng), *value[place + 1 :]]
    return rng.choice(NASTY)


@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_mutated_frames(seed: int) -> None:
    rng = random.Random(seed)
    accepted = refused = 0
    for _ in range(1_500):
        frame = rng.choice(OBJECTS)
        for _ in range(rng.randint(1, 3)):
            frame = mutated(frame, rng)
        if check(json.dumps(frame)):
            accepted += 1
        else:
            refused += 1
    # Both must happen often, or the mutations prove nothing.
    assert min(accepted, refused) > 100


@pytest.mark.parametrize("name", names("rest"))
def test_mutated_bodies(name: str) -> None:
    rng = random.Random(name)
    model: type[BaseModel] = REST_MODELS[name]
    body = load(f"rest/{name}")
    refused = 0
    for _ in range(150):
        try:
            read = model.model_validate_json(json.dumps(mutated(body, rng)))
        except ValidationError:
            refused += 1
        else:
            check_texts({key: value for key, value in read.model_dump().items() if key != "next_cursor"})
    assert refused < 150
