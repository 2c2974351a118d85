"""The standard library's `dataclass`, made in a fraction of the time where it is frozen and has slots.

Before its first frame psdash makes some 120 frozen dataclasses with slots, and the standard library writes and
compiles six functions for each: 45 ms, as much as the import of pydantic (docs/performance.md). Here nothing is
compiled: a class gets functions that are there already, over its fields. One instance takes about as long to make as
the standard library's, and what is made for every message is a tuple anyway. Everything else of the module
`dataclasses` (`fields`, `replace`, `asdict`, `field`) works on these classes as on any dataclass, and to a type
checker this is `dataclasses.dataclass`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, **wishes):
        """`dataclasses.dataclass`; with exactly `frozen=True, slots=True` the same, made faster."""
        if wishes != {"frozen": True, "slots": True}:
            return dataclasses.dataclass(cls, **wishes)
        return _record if cls is None else _record(cls)


_NOTHING: Final = object()  # a parameter that has to be given


def _record(cls: type[Any]) -> type[Any]:
    own = {name for name in cls.__dict__ if name != "__hash__" or cls.__dict__[name] is not None}
    made: type[Any] = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    compared = _values([each.name for each in fields if each.compare])
    hashed = _values([each.name for each in fields if (each.compare if each.hash is None else each.hash)])
    methods = {
        "__init__": _initialiser(made, fields),
        "__eq__": _equality(compared),
        "__hash__": lambda self: hash(hashed(self)),
        "__repr__": _repr,
        "__setattr__": _refuse_assignment,
        "__delattr__": _refuse_deletion,
        "__getstate__": _getstate,
        "__setstate__": _setstate,
    }
    for name, method in methods.items():
        if name not in own:
            setattr(made, name, method)
    return made


def _initialiser(cls: type[Any], fields: Sequence[dataclasses.Field[Any]]) -> Callable[..., None]:
    """`__init__`: values by place or by name, then what nobody gives, then `__post_init__`."""
    given = [each for each in fields if each.init]
    if any(each.kw_only is True for each in fields):
        raise TypeError(f"{cls.__qualname__}: no record has keyword-only fields")
    setters = [getattr(cls, each.name).__set__ for each in given]
    makers = [_maker(each) for each in given]
    inner = [
        (getattr(cls, each.name).__set__, make)
        for each in fields
        if not each.init and (make := _maker(each)) is not None
    ]
    # What completes so many values given by place, where that is known already.
    rests: list[tuple[Any, ...] | None] = []
    for at in range(len(given) + 1):
        rest = tuple(each.default for each in given[at:])
        rests.append(None if any(default is dataclasses.MISSING for default in rest) else rest)
    after: Callable[[Any], None] | None = getattr(cls, "__post_init__", None)
    most, where = len(given), f"{cls.__qualname__}.__init__()"

    def __init__(self: Any, /, *values: Any, **named: Any) -> None:  # noqa: N807  # what it becomes
        if len(values) != most:
            if len(values) > most:
                raise TypeError(f"{where} takes {most} values, and {len(values)} were given")
            rest = rests[len(values)]
            if named or rest is None:
                rest = tuple(map(taken, range(len(values), most), repeat(named)))
            values += rest
        if named:
            raise TypeError(f"{where} got an unexpected value for {next(iter(named))!r}")
        for put, value in zip(setters, values, strict=True):
            put(self, value)
        for put, make in inner:
            put(self, make())
        if after is not None:
            after(self)

    def taken(at: int, named: dict[str, Any]) -> Any:
        value = named.pop(given[at].name, _NOTHING)
        if value is not _NOTHING:
            return value
        make = makers[at]
        if make is None:
            raise TypeError(f"{where} is missing a value for {given[at].name!r}")
        return make()

    return __init__


def _maker(field: dataclasses.Field[Any]) -> Callable[[], Any] | None:
    """What makes the value of a field that is not given; None when it has to be."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory
    default = field.default
    return None if default is dataclasses.MISSING else lambda: default


def _values(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function from an instance to the tuple of these fields."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _equality(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, Any], Any]:
    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807  # what it becomes
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _repr(self: object) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)  # type: ignore[arg-type]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_assignment(_self: object, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _setstate(self: Any, state: list[Any]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)
