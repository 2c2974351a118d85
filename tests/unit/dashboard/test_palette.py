"""Colours by meaning, from whichever theme."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from psdash.dashboard.painting.palette import Palette, Tone
from psdash.dashboard.painting.themes import MONOCHROME, SIXTEEN, THEMES

GROUND = Color.parse("#101216")


def test_a_theme_of_ours_gives_the_meanings_itself() -> None:
    theme = THEMES[0]
    palette = Palette(theme.as_textual().variables, GROUND)
    for tone in (Tone.BID, Tone.ASK, Tone.OWN, Tone.STALE, Tone.WARN, Tone.UP, Tone.DOWN, Tone.ACCENT, Tone.MUTED):
        assert palette.color(tone) == Color.parse(getattr(theme.meanings, tone.value)), tone


@pytest.mark.parametrize("name", sorted(BUILTIN_THEMES))
def test_any_theme_of_textual_gives_every_tone(name: str) -> None:
    theme = BUILTIN_THEMES[name]
    variables = {**theme.to_color_system().generate(), **theme.variables}
    ground = Color.parse(variables["background"])
    palette = Palette(variables, ground)
    for tone in Tone:
        for live in (True, False):
            style = palette.style(tone, Tone.BID_BAR, bold=True, live=live)
            assert style.color is not None
            assert style.bgcolor is not None or style.reverse  # what cannot be mixed is swapped
    assert palette.color(Tone.BID) != palette.color(Tone.ASK)
    assert palette.can_tint is (ground.ansi is None)


def test_not_live_is_dimmer_and_says_so_without_mixing_where_colours_cannot_be_mixed() -> None:
    palette = Palette(THEMES[0].as_textual().variables, GROUND)
    bright, dim = palette.style(Tone.TEXT), palette.style(Tone.TEXT, live=False)
    assert bright.color is not None
    assert bright.color.triplet is not None
    assert dim.color is not None
    assert dim.color.triplet is not None
    assert sum(dim.color.triplet) < sum(bright.color.triplet)
    assert not dim.dim
    named = Palette({"foreground": "ansi_default"}, Color.parse("ansi_default"))
    assert named.style(Tone.TEXT, live=False).dim
    assert not named.style(Tone.TEXT).dim


def test_the_same_question_gets_the_same_object() -> None:
    palette = Palette({}, GROUND)
    assert palette.style(Tone.BID, bold=True) is palette.style(Tone.BID, bold=True)


def test_a_variable_that_is_no_colour_is_passed_over() -> None:
    palette = Palette({"bid": "auto 60%", "success": "#00ff00", "ask": "nonsense", "error": "#ff0000"}, GROUND)
    assert palette.color(Tone.BID) == Color.parse("#00ff00")
    assert palette.color(Tone.ASK) == Color.parse("#ff0000")


def test_what_a_theme_says_by_attributes_is_said_so() -> None:
    ground = Color.parse("ansi_default")
    plain = Palette(MONOCHROME.as_textual().variables, ground)
    assert {color.name for tone in Tone if (color := plain.style(tone).color)} == {"default"}
    assert plain.style(Tone.MUTED).dim
    assert plain.style(Tone.OWN).bold
    assert not plain.style(Tone.TEXT).dim
    for paper in (Tone.BID_BAR, Tone.ASK_WALL, Tone.CURSOR):
        assert plain.style(Tone.TEXT, paper).reverse, paper
        assert not plain.style(Tone.MUTED, paper).dim, paper
    assert not plain.style(Tone.TEXT, Tone.RAISED).reverse
    assert plain.style(Tone.WARN, reverse=True).reverse
    assert plain.style(Tone.ERROR, reverse=True).reverse


def test_a_bar_in_sixteen_colours_is_its_side_in_reverse_and_no_number_hides_in_it() -> None:
    palette = Palette(SIXTEEN.as_textual().variables, Color.parse("ansi_default"))
    under = palette.style(Tone.BID, Tone.BID_BAR)
    assert under.reverse
    assert under.color is not None
    assert under.color.number == 2  # green
    assert under.bgcolor is None
