"""Textual's classes own many private names; one of ours that shadows one of theirs breaks in strange ways."""

from __future__ import annotations

import ast
import inspect
import textwrap

import pytest
from textual.dom import DOMNode

from tests.unit.dashboard.test_keymap import CLASSES

#: Shadowed on purpose: how Textual takes an unhandled error.
MEANT = {("PsdashApp", "_handle_exception"), ("PsdashApp", "_exception"), ("PsdashApp", "_return_code")}
#: What Textual itself writes on every class.
BOOKKEEPING = {
    "_computes",
    "_css_type_name",
    "_css_type_names",
    "_decorated_handlers",
    "_inherit_bindings",
    "_inherit_component_classes",
    "_inherit_css",
    "_merged_bindings",
    "_reactives",
}


def textual_names(each: type[DOMNode]) -> set[str]:
    """Names of the bases that are Textual's: of the classes, and of what their constructors set."""
    names: set[str] = set()
    for base in each.__mro__:
        if base.__module__.startswith("textual"):
            names |= set(vars(base)) | set_on_self(base)
    return names


def set_on_self(each: type) -> set[str]:
    """Attributes that a class sets on its instances."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(each)))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


@pytest.mark.parametrize("each", CLASSES, ids=lambda each: each.__name__)
def test_no_private_name_of_textual_is_shadowed(each: type[DOMNode]) -> None:
    ours = {name for name in vars(each) if name.startswith("_") and not name.startswith("__")}
    ours |= {name for name in set_on_self(each) if name.startswith("_")}
    clashes = {name for name in (ours - BOOKKEEPING) & textual_names(each) if (each.__name__, name) not in MEANT}
    assert not clashes
