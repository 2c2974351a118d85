"""The standard library's `dataclass`, made in a third of the time where it is frozen and has slots.

Before its first frame psdash makes some 120 frozen dataclasses with slots, and the standard library compiles six
functions for each, one by one: 45 ms, as much as the import of pydantic (docs/performance.md). Here the three that
run often are compiled together, and the others are functions that are there already. Everything else of the module
`dataclasses` (`fields`, `replace`, `asdict`, `field`) works on these classes as on any dataclass, and to a type
checker this is `dataclasses.dataclass`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, **wishes):
        """`dataclasses.dataclass`; with exactly `frozen=True, slots=True` the same, made faster."""
        if wishes != {"frozen": True, "slots": True}:
            return dataclasses.dataclass(cls, **wishes)
        return _record if cls is None else _record(cls)


_FACTORY: Final = object()  # the default of a parameter whose value is made when it is not given


def _record(cls: type[Any]) -> type[Any]:
    own = {name for name in cls.__dict__ if name != "__hash__" or cls.__dict__[name] is not None}
    made: type[Any] = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    for method in (*_compiled(made), _repr, _refuse_assignment, _refuse_deletion, _getstate, _setstate):
        if (name := _NAMES.get(method.__name__, method.__name__)) not in own:
            setattr(made, name, method)
    return made


def _compiled(cls: type[Any]) -> list[Any]:
    """`__init__`, `__eq__` and `__hash__` of a class, as the standard library writes them."""
    fields = dataclasses.fields(cls)
    names: dict[str, Any] = {"_set": object.__setattr__, "_FACTORY": _FACTORY}
    head, body = ["self"], []
    for each in fields:
        name = value = each.name
        if each.kw_only:
            raise TypeError(f"{cls.__qualname__}.{name}: no record has keyword-only fields")
        if each.default_factory is not dataclasses.MISSING:
            names[f"_make_{name}"] = each.default_factory
            value = f"_make_{name}() if {name} is _FACTORY else {name}" if each.init else f"_make_{name}()"
            default = "=_FACTORY"
        elif each.default is not dataclasses.MISSING:
            names[f"_of_{name}"] = each.default
            value = name if each.init else f"_of_{name}"
            default = f"=_of_{name}"
        else:
            default = ""
        if each.init:
            head.append(name + default)
        if each.init or default:
            body.append(f" _set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        body.append(" self.__post_init__()")
    compared = [each.name for each in fields if each.compare]
    mine = "".join(f"self.{name}, " for name in compared)
    hashed = "".join(f"self.{each.name}, " for each in fields if (each.compare if each.hash is None else each.hash))
    lines = [
        f"def __init__({', '.join(head)}):",
        *(body or [" pass"]),
        "def __eq__(self, other):",
        f" return ({mine}) == ({mine.replace('self.', 'other.')}) if other.__class__ is self.__class__"
        " else NotImplemented",
        "def __hash__(self):",
        f" return hash(({hashed}))",
    ]
    exec("\n".join(lines), names)  # noqa: S102  # as the standard library does it, and with the same names
    made = [names["__init__"], names["__eq__"], names["__hash__"]]
    for method in made:
        method.__qualname__, method.__module__ = f"{cls.__qualname__}.{method.__name__}", cls.__module__
    return made


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


#: What the shared functions are in a class.
_NAMES: Final = {
    "_repr": "__repr__",
    "_refuse_assignment": "__setattr__",
    "_refuse_deletion": "__delattr__",
    "_getstate": "__getstate__",
    "_setstate": "__setstate__",
}
