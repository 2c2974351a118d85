"""Other keys for the commands of the table, as a person's file names them; refused where they would lie or clash."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from textual.keys import KEY_DISPLAY_ALIASES, Keys, _character_to_key

from psdash.dashboard.keymap import TABLE, Key, Place

#: Places that cover the others while they are open, so that a key of theirs takes nothing away.
_COVERING: Final = frozenset({Place.MARKET_LIST, Place.SHEET, Place.GRID, Place.ALERTS, Place.EVENT, Place.SIGNALS})
#: Places where words are typed: a letter bound there could be typed no more.
_TYPING: Final = frozenset({Place.MARKET_LIST, Place.ALERTS})
#: Under everything: where a pane or the dashboard binds the same key, this one is not reached.
_UNDER: Final = frozenset({Place.APP, Place.DASHBOARD})
_MODIFIERS: Final = re.compile(r"(?:(?:ctrl|shift|alt)\+)*")
_NAMED: Final = frozenset(key.value for key in Keys if "+" not in key.value and not key.value.startswith("<"))
#: What people write for keys that Textual names otherwise.
_ALIASES: Final = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "del": "delete",
    "ins": "insert",
}
_SHOWN: Final = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "escape": "Esc",
    "delete": "Del",
    "question_mark": "?",
}


class RemapError(Exception):
    """A remapping that cannot be; the text is a sentence that names the id."""


def remapped(wanted: Mapping[str, str], table: Sequence[Key] = TABLE) -> tuple[Key, ...]:
    """The table with these keys in place of its own, by id. Raises RemapError."""
    known = {key.id: key for key in table}
    changed: dict[str, Key] = {}
    for ident, text in wanted.items():
        key = known.get(ident)
        if key is None:
            raise RemapError(f"There is no command {ident[:64]!a} to give a key; {_nearest(ident, known)}")
        changed[ident] = _with_keys(key, text)
    rows = tuple(changed.get(key.id, key) for key in table)
    for key in changed.values():
        _refuse_clash(key, rows)
    return rows


def _with_keys(key: Key, text: str) -> Key:
    parts = [part.strip() for part in text.split(",")]
    # A comma alone is the key of that name.
    names = ["comma"] if text.strip() == "," else [_key_named(part, key.id) for part in parts]
    if key.place in _TYPING and any(len(name) == 1 for name in names):
        raise RemapError(f"{key.id}: {text[:64]!a} is typed there; give it a key that is no letter or digit.")
    names = list(dict.fromkeys(names))
    return replace(key, keys=",".join(names), shown=" ".join(shown_of(name) for name in names))


def _key_named(part: str, ident: str) -> str:
    if len(part) == 1 and part.isascii() and part.isprintable() and part != " ":
        return _character_to_key(part)
    word = part.lower()
    prefix = _MODIFIERS.match(word)
    assert prefix is not None
    rest = word[prefix.end() :]
    rest = _ALIASES.get(rest, rest)
    is_key = rest in _NAMED or (len(rest) == 1 and rest.isascii() and rest.isprintable())
    if not part or not is_key:
        near = difflib.get_close_matches(rest, sorted(_NAMED), n=3, cutoff=0.6)
        hint = (
            f"did you mean {' or '.join(near)}?" if near else "a key is a character, or a name such as f5 or ctrl+k."
        )
        raise RemapError(f"{ident}: there is no key {part[:32]!a}; {hint}")
    return prefix[0] + (_character_to_key(rest) if len(rest) == 1 and not rest.isalnum() else rest)


def _refuse_clash(key: Key, rows: Sequence[Key]) -> None:
    before = next((row.keys for row in TABLE if row.id == key.id), "")
    names = set(key.keys.split(",")) - set(before.split(","))
    for other in rows:
        if other.id == key.id or not _meet(key.place, other.place):
            continue
        shared = names & set(other.keys.split(","))
        if shared:
            shown = shown_of(sorted(shared)[0])
            raise RemapError(
                f"{key.id}: the key {shown} is {other.id}'s already ({other.means}); give that one another key first."
            )


def _meet(place: Place, other: Place) -> bool:
    """Whether keys of both places can be pressed at the same moment. A pane has those of PANE beside its own."""
    if place is other:
        return True
    if place in _COVERING or other in _COVERING:
        return False
    return place in _UNDER or other in _UNDER or Place.PANE in (place, other)


def shown_of(name: str) -> str:
    """A key of Textual's as a person reads it: "Ctrl+L", "[", "PgUp"."""
    *modifiers, last = name.split("+")
    shown = _SHOWN.get(last) or _PUNCTUATION.get(last) or KEY_DISPLAY_ALIASES.get(last)
    if shown is None or len(last) == 1:
        shown = last if len(last) == 1 and not modifiers else last.replace("_", " ").capitalize()
    return "+".join([*(each.capitalize() for each in modifiers), shown])


_PUNCTUATION: Final = {_character_to_key(char): char for char in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}


def _nearest(ident: str, known: Mapping[str, Key]) -> str:
    near = difflib.get_close_matches(ident, list(known), n=3, cutoff=0.4)
    return f"did you mean {' or '.join(near)}?" if near else "docs/keys.md names every one."


def keymap_of(table: Sequence[Key]) -> dict[str, str]:
    """What Textual is told: the keys of every command that has others than the table's."""
    before = {key.id: key.keys for key in TABLE}
    return {key.id: key.keys for key in table if before.get(key.id) != key.keys}


def table_of(app: object) -> Sequence[Key]:
    """The table in force in an app: its own when it was remapped, else the table as it is."""
    table = getattr(app, "key_table", TABLE)
    assert isinstance(table, tuple)
    return table
