"""Keys that act on what is typed, in the order in which they were pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen
from textual.widgets import Input


def after_typing(screen: Screen[Any], field: Input, do: Callable[[], object]) -> None:
    """Do something once the field has taken what was typed before.

    A screen's own key is heard at once, while characters wait in the field's queue: of "draw, Enter" in one burst, as
    a paste or a slow link brings them, the Enter would come first and open another market.
    """
    field.call_later(screen.call_later, do)
