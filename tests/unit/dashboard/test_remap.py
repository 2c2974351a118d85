"""Keys of one's own: what is taken, and what is refused with a sentence that names the id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.dashboard import keymap
from psdash.dashboard.keymap import TABLE
from psdash.dashboard.remap import RemapError, keymap_of, remapped, shown_of


def key_of(ident: str, table: tuple[keymap.Key, ...]) -> keymap.Key:
    return next(key for key in table if key.id == ident)


@pytest.mark.parametrize(
    ("text", "keys", "shown"),
    [
        ("n", "n", "n"),
        ("N", "N", "N"),
        ("n,f5", "n,f5", "n F5"),
        ("Ctrl+N", "ctrl+n", "Ctrl+N"),
        ("pgdn", "pagedown", "PgDn"),
        (";", "semicolon", ";"),
        (",", "comma", ","),
        ("semicolon", None, None),
    ],
)
def test_keys_are_written_as_people_write_them(text: str, keys: str | None, shown: str | None) -> None:
    if keys is None:
        with pytest.raises(RemapError, match=r"market\.flip: there is no key 'semicolon'"):
            remapped({"market.flip": text})
        return
    if text == "pgdn":
        with pytest.raises(RemapError, match=r"rows\.page-down"):
            remapped({"market.flip": text})
        return
    key = key_of("market.flip", remapped({"market.flip": text}))
    assert (key.keys, key.shown) == (keys, shown)
    assert key.action == key_of("market.flip", TABLE).action


def test_an_unknown_id_is_refused_and_the_nearest_named() -> None:
    with pytest.raises(RemapError, match=r"no command 'market\.flp' .* did you mean market\.flip"):
        remapped({"market.flp": "n"})
    with pytest.raises(RemapError, match=r"docs/keys\.md"):
        remapped({"\x1b[31m": "n"})


@pytest.mark.parametrize("text", ["", " ", "ctrl+", "f99", "hyper+x", "escap", "n,,m", "\x1b", "ä", "n,"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(RemapError, match=r"market\.flip: there is no key"):
        remapped({"market.flip": text})


@pytest.mark.parametrize(
    ("wanted", "other"),
    [
        ({"market.flip": "q"}, "program.quit"),
        ({"market.flip": "k"}, "rows.up"),
        ({"market.flip": "r"}, "market.resync"),
        ({"program.quit": "m"}, "view.recentre"),
        ({"market.flip": "n", "market.resync": "n"}, "market.resync"),
        ({"grid.flip": "g"}, "grid.size"),
    ],
)
def test_a_clash_is_refused_with_both_ids(wanted: dict[str, str], other: str) -> None:
    with pytest.raises(RemapError, match=rf"{next(iter(wanted))}: the key .* is {other}'s already"):
        remapped(wanted)


def test_two_commands_can_change_places() -> None:
    table = remapped({"market.flip": "r", "market.resync": "f"})
    assert key_of("market.flip", table).keys == "r"
    assert keymap_of(table) == {"market.flip": "r", "market.resync": "f"}


def test_a_screen_that_covers_the_dashboard_may_have_its_keys() -> None:
    assert key_of("grid.flip", remapped({"grid.flip": "r"})).keys == "r"


def test_a_letter_cannot_be_taken_where_words_are_typed() -> None:
    with pytest.raises(RemapError, match=r"list\.open: 'o' is typed there"):
        remapped({"list.open": "o"})
    assert key_of("list.open", remapped({"list.open": "ctrl+o"})).shown == "Ctrl+O"


def test_the_table_as_it_is_needs_no_remapping() -> None:
    assert remapped({}) == TABLE
    assert keymap_of(TABLE) == {}
    same = {key.id: key.keys for key in TABLE if key.id == "market.flip"}
    assert keymap_of(remapped(same)) == {}


@given(
    st.dictionaries(st.sampled_from([key.id for key in TABLE]) | st.text(max_size=9), st.text(max_size=9), max_size=3)
)
def test_any_file_gives_a_table_or_a_sentence(wanted: dict[str, str]) -> None:
    refusal = ""
    table = TABLE
    try:
        table = remapped(wanted)
    except RemapError as error:
        refusal = str(error)
    assert refusal.isprintable()
    assert len(table) == len(TABLE)
    for key in table:
        assert key.keys
        assert key.shown


def test_every_key_of_the_table_can_be_shown() -> None:
    for key in TABLE:
        for name in key.keys.split(","):
            assert shown_of(name)
            assert "_" not in shown_of(name)
