"""Which driver a program under test paints through: ours, or Textual's own."""

from __future__ import annotations

import importlib
from typing import Final

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

STOCK: Final = "stock"
OWN: Final = "own"
#: Where ours may be.
_OWN_PLACES: Final = (("psdash.terminal.driver", "CellDriver"), ("psdash.terminal", "CellDriver"))


def driver_named(name: str) -> type[Driver]:
    """The class. Raises LookupError when ours is not there."""
    if name == STOCK:
        return LinuxDriver
    for module, symbol in _OWN_PLACES:
        try:
            found = getattr(importlib.import_module(module), symbol, None)
        except ModuleNotFoundError:
            continue
        if isinstance(found, type) and issubclass(found, Driver):
            return found
    raise LookupError("psdash has no driver of its own here")


def has_own() -> bool:
    """Whether there is a driver of our own."""
    try:
        driver_named(OWN)
    except LookupError:
        return False
    return True
