"""Which driver a program under test paints through: ours, or Textual's own."""

from __future__ import annotations

import importlib.util
from typing import Any, Final

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

STOCK: Final = "stock"
OWN: Final = "own"


def has_own() -> bool:
    """Whether psdash has a driver of its own."""
    return importlib.util.find_spec("psdash.terminal.driver") is not None


def install(app: App[Any], name: str) -> None:
    """Have an app that is not running yet paint through this driver. Raises LookupError when it cannot serve here."""
    if name == STOCK:
        app.driver_class = LinuxDriver
        return
    from psdash.terminal import LastHop

    hop = LastHop()
    driver = hop.driver_class
    if driver is None:
        raise LookupError(f"our driver cannot serve: {hop.why_stock}")
    app.driver_class = driver
