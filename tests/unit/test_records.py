"""A record is a dataclass in every way that the standard library's is, made faster."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field
from decimal import Decimal
from typing import Any

import pytest

from psdash import records


class Plain:
    """Every way that a field is declared in."""

    price: int
    size: Decimal = Decimal("1.5")
    tags: list[str] = field(default_factory=list, compare=False)
    note: str = field(default="", repr=False)
    seen: int = field(init=False, repr=False, compare=False, default=7)
    made: dict[str, int] = field(init=False, compare=False, default_factory=dict)
    late: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "late", self.price * 2)


def _twins() -> tuple[Any, Any]:
    """The same class, made by the standard library and by us."""
    body = {key: value for key, value in Plain.__dict__.items() if key not in ("__dict__", "__weakref__")}
    made: list[Any] = []
    for make in (dataclasses.dataclass, records.dataclass):
        twin = type("Plain", (), {**body, "__qualname__": "Plain", "__annotations__": dict(Plain.__annotations__)})
        made.append(make(frozen=True, slots=True)(twin))
    return made[0], made[1]


def test_a_record_is_made_compared_hashed_and_shown_as_a_dataclass_is() -> None:
    theirs, ours = _twins()
    for arguments in ((1,), (1, Decimal(2)), (2, Decimal(2), ["a"]), (1, Decimal(2), ["b"], "note")):
        a, b = theirs(*arguments), ours(*arguments)
        assert repr(b) == repr(a)
        assert hash(b) == hash(a)
        assert dataclasses.asdict(b) == dataclasses.asdict(a)
        assert dataclasses.astuple(b) == dataclasses.astuple(a)
        assert (ours(1) == b) is (theirs(1) == a)
        assert repr(dataclasses.replace(b, price=9)) == repr(dataclasses.replace(a, price=9))
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__slots__ == theirs.__slots__
    assert ours(1) != theirs(1)
    assert ours(1).tags is not ours(1).tags


def test_a_record_takes_what_its_dataclass_takes() -> None:
    for make in _twins():
        with pytest.raises(TypeError, match="price"):
            make()
        with pytest.raises(TypeError, match="seen"):
            make(1, seen=2)


def test_a_record_is_frozen() -> None:
    record: Any = _twins()[1](1)
    for change in (lambda: setattr(record, "price", 2), lambda: setattr(record, "other", 2)):
        with pytest.raises(FrozenInstanceError, match="cannot assign"):
            change()  # type: ignore[no-untyped-call]
    with pytest.raises(FrozenInstanceError, match="cannot delete"):
        del record.price
    assert record.price == 1


@records.dataclass(frozen=True, slots=True)
class Kept:
    """One that can be found by name, as pickle wants it."""

    price: int
    size: Decimal


@records.dataclass(frozen=True, slots=True)
class Grown(Kept):
    """One more field than its base."""

    owner: str = "nobody"

    def __repr__(self) -> str:
        return f"of {self.owner}"


def test_a_record_can_be_copied_and_pickled() -> None:
    kept = Kept(1, Decimal("0.5"))
    assert pickle.loads(pickle.dumps(kept)) == kept  # noqa: S301  # our own
    assert copy.copy(kept) == copy.deepcopy(kept) == kept


def test_a_record_has_a_record_for_a_base_and_keeps_its_own_methods() -> None:
    grown = Grown(1, Decimal(2), "me")
    assert (grown.price, grown.owner, repr(grown)) == (1, "me", "of me")
    assert grown != Kept(1, Decimal(2))
    assert [each.name for each in dataclasses.fields(grown)] == ["price", "size", "owner"]


def test_what_is_not_frozen_with_slots_is_the_standard_librarys() -> None:
    @records.dataclass(slots=True)
    class Count:
        at: int

    count = Count(1)
    count.at += 1
    assert count == Count(2)
    assert Count.__hash__ is None
