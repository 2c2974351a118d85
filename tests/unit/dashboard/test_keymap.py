"""The key table: the only place where keys are, and nothing of it is missing from the help."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

import psdash.dashboard
from psdash.dashboard import keymap
from psdash.dashboard.commands import CODES
from psdash.dashboard.keymap import TABLE, Group, Key, Place
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.remap import remapped
from psdash.dashboard.screens.help import HelpSheet
from tools import keys as keys_page


def dashboard_classes() -> Iterator[type[DOMNode]]:
    """Every app, screen and widget of psdash."""
    for found in pkgutil.walk_packages(psdash.dashboard.__path__, "psdash.dashboard."):
        module = importlib.import_module(found.name)
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, DOMNode) and value.__module__ == found.name:
                yield value


CLASSES = sorted(set(dashboard_classes()), key=lambda each: each.__qualname__)


def keys_of(each: type[DOMNode]) -> Iterator[tuple[str, str]]:
    """Key and action of every binding that is in force on a class, Textual's own included."""
    for key, bindings in each._merge_bindings().key_to_bindings.items():
        for binding in bindings:
            yield key, binding.action


def table_keys() -> set[str]:
    """Every key of the table, as Textual spells it."""
    return {binding.key for key in TABLE for binding in Binding.make_bindings([key.binding()])}


def help_lines(width: int, table: tuple[Key, ...] = TABLE) -> list[str]:
    sheet = HelpSheet(PaintClock(lambda _delay_s, _run: None, 10, lambda: 0.0), table)
    return ["".join(piece.text.ljust(piece.width) for piece in line) for line in sheet.lines(0.0, width)]


def test_the_walk_found_the_program() -> None:
    names = {each.__name__ for each in CLASSES}
    assert {
        "PsdashApp",
        "DashboardScreen",
        "MarketListScreen",
        "HelpScreen",
        "DetailScreen",
        "Ladder",
        "TapePane",
    } <= names
    assert any(issubclass(each, App) for each in CLASSES)
    assert any(issubclass(each, Screen) for each in CLASSES)
    assert any(issubclass(each, Widget) for each in CLASSES)


@pytest.mark.parametrize("each", CLASSES, ids=lambda each: each.__name__)
def test_no_class_binds_a_key_outside_the_table(each: type[DOMNode]) -> None:
    known = table_keys() | {"super+c"}  # Textual's other name for Ctrl+C, on terminals that have such a key
    if issubclass(each, Input):
        known |= {key for key, _ in keys_of(Input)}  # the editing of a line, as everywhere
    assert {key for key, _ in keys_of(each)} <= known


@pytest.mark.parametrize("each", CLASSES, ids=lambda each: each.__name__)
def test_every_action_exists(each: type[DOMNode]) -> None:
    """A binding whose action is nowhere is a key that does nothing."""
    own = [binding for binding in each.__dict__.get("BINDINGS", []) if isinstance(binding, Binding)]
    for binding in own:
        name = binding.action.split("(")[0]
        assert hasattr(each, f"action_{name}"), f"{each.__name__} has no action {name}"


@pytest.mark.parametrize("table", [TABLE, remapped({"market.flip": "n,f6", "grid.flip": "ctrl+t"})])
@pytest.mark.parametrize("width", [54, 76])
def test_every_binding_is_on_the_help_screen(width: int, table: tuple[Key, ...]) -> None:
    """Each key with what it does, in one column; what is long goes on in the next line."""
    said = " ".join(" ".join(help_lines(width, table)).split())
    for group in Group:
        assert group.value in said
    for key in table:
        assert f"{key.shown} {key.means}" in said, f"{key.id} is not on the help screen"


@pytest.mark.parametrize("width", [54, 76, 118, 172])
def test_no_line_of_the_help_is_too_long_and_columns_lose_nothing(width: int) -> None:
    lines = help_lines(width)
    assert max(len(line.rstrip()) for line in lines) <= width
    words = [word for line in lines for word in line.split()]
    assert Counter(words) == Counter(word for line in help_lines(54) for word in line.split())


def test_ids_are_unique_and_so_are_keys_in_one_place() -> None:
    assert not [each for each, times in Counter(key.id for key in TABLE).items() if times > 1]
    for place in Place:
        keys = Counter(name for key in TABLE if key.place is place for name in key.keys.split(","))
        assert not [each for each, times in keys.items() if times > 1], place


def test_every_place_has_keys_and_every_key_says_what_it_does() -> None:
    for place in Place:
        assert keymap.bindings(place)
    for key in TABLE:
        assert key.label
        assert key.means


@pytest.mark.parametrize("key", TABLE, ids=lambda key: key.id)
def test_a_binding_can_be_remapped_and_explains_itself(key: Key) -> None:
    binding = key.binding()
    assert binding.id == key.id
    assert binding.tooltip == key.means


def test_the_footer_and_the_palette_come_from_the_table() -> None:
    assert [key.id for key in keymap.footer()][-2:] == ["view.help", "program.quit"]
    assert all(key.place in (Place.DASHBOARD, Place.APP) for key in keymap.palette())


def test_the_page_of_keys_is_current() -> None:
    page = (Path(__file__).parents[3] / "docs" / "keys.md").read_text(encoding="utf-8")
    assert page == keys_page.page(), "write it anew: python -m tools.keys > docs/keys.md"


def test_the_page_of_keys_has_every_command() -> None:
    page = keys_page.page()
    for key in TABLE:
        assert f"`{key.id}`" in page


def test_short_codes_are_of_commands_of_the_palette_and_each_says_one_thing() -> None:
    in_palette = {key.id for key in keymap.palette()}
    assert set(CODES) <= in_palette
    assert len(set(CODES.values())) == len(CODES)
    assert {"OB", "TS", "CH", "ORD", "FIL", "VLT"} <= set(CODES.values())
