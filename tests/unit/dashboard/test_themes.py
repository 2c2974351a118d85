"""Themes as data."""

from __future__ import annotations

import dataclasses
import math
import re

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.color import Color

from psdash.dashboard.painting.themes import (
    BLUE_ORANGE,
    DEFAULT,
    GRAPHITE,
    MEANINGS,
    MONOCHROME,
    SIXTEEN,
    THEMES,
    ThemeData,
    theme_for,
    theme_named,
)

MEASURED = tuple(theme for theme in THEMES if not theme.is_named)

#: How the light of a colour (linear red, green, blue) is seen without one kind of cone: Machado, Oliveira and
#: Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.0.
BLINDNESS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}

#: Meanings that stand side by side and must not be taken for each other.
PAIRS = (
    ("bid", "ask"),
    ("up", "down"),
    ("bid_bar", "ask_bar"),
    ("bid_wall", "ask_wall"),
    ("own", "bid"),
    ("own", "ask"),
    ("warn", "bid"),
    ("accent", "faint"),
    ("text", "muted"),
)


def test_the_four_themes() -> None:
    assert [theme.name for theme in THEMES] == ["graphite", "blue-orange", "sixteen", "monochrome"]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_theme_gives_every_meaning_a_colour(theme: ThemeData) -> None:
    variables = theme.as_textual().variables
    form = r"ansi_[a-z_]+" if theme.is_named else r"#[0-9a-f]{6}"
    for name in MEANINGS:
        assert re.fullmatch(form, variables[name]), name


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_colour_parses_and_textual_takes_the_whole_theme(theme: ThemeData) -> None:
    textual = theme.as_textual()
    assert textual.ansi is theme.is_named
    for name, value in textual.to_color_system().generate().items():
        if not name.endswith(("style", "style-hover")) and not value.startswith(("auto ", "initial")):
            Color.parse(value.split()[0])
    assert set(theme.styles) <= set(MEANINGS)
    assert {word for words in theme.styles.values() for word in words.split()} <= {"bold", "dim", "reverse"}


@pytest.mark.parametrize("theme", MEASURED, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", ["bid", "ask", "own", "up", "down", "warn", "error", "text", "muted", "accent"])
def test_what_is_read_stands_out_from_the_ground(theme: ThemeData, name: str) -> None:
    meanings = dataclasses.asdict(theme.meanings)
    assert _contrast(Color.parse(meanings[name]), Color.parse(theme.meanings.ground)) >= 4.5


@pytest.mark.parametrize("theme", MEASURED, ids=lambda theme: theme.name)
@pytest.mark.parametrize(("ground", "side"), [("bid_bar", "bid"), ("ask_bar", "ask"), ("raised", "warn")])
def test_a_number_is_read_on_whatever_lies_behind_it(theme: ThemeData, ground: str, side: str) -> None:
    meanings = dataclasses.asdict(theme.meanings)
    for ink in ("text", "own", side):
        assert _contrast(Color.parse(meanings[ink]), Color.parse(meanings[ground])) >= 4.5, ink
        assert _contrast(_of_256(meanings[ink]), _of_256(meanings[ground])) >= 4, ink


@pytest.mark.parametrize("theme", MEASURED, ids=lambda theme: theme.name)
def test_every_ink_is_one_of_the_256_that_terminals_share(theme: ThemeData) -> None:
    """Over SSH truecolor is seldom announced; an ink that is one of the cube is the same there."""
    steps = (0, 95, 135, 175, 215, 255)
    for name, value in dataclasses.asdict(theme.meanings).items():
        if name.endswith(("_bar", "_wall")):
            continue  # these are darker than the cube has, and fall on the nearest
        red, green, blue = Color.parse(value).rgb
        is_grey = red == green == blue and (red - 8) % 10 == 0
        assert is_grey or {red, green, blue} <= set(steps), name


@pytest.mark.parametrize("kind", BLINDNESS)
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_what_must_differ_does_so_for_the_colour_blind(kind: str, one: str, other: str) -> None:
    meanings = dataclasses.asdict(BLUE_ORANGE.meanings)
    assert _difference(_seen(kind, meanings[one]), _seen(kind, meanings[other])) >= 20


def test_the_measure_knows_the_colours_that_are_confused() -> None:
    """Red and green of one lightness, which is what the theme exists to avoid."""
    green, red = "#7f9f4f", "#c78f4f"
    assert _difference(_lab(green), _lab(red)) > 35
    assert _difference(_seen("deuteranopia", green), _seen("deuteranopia", red)) < 20


@pytest.mark.parametrize("name", ["bid", "ask", "own", "warn", "error", "up", "down", "accent"])
def test_monochrome_names_no_colour_at_all(name: str) -> None:
    variables = MONOCHROME.as_textual().variables
    assert variables[name] == "ansi_default"
    assert set(dataclasses.asdict(MONOCHROME.meanings).values()) == {"ansi_default"}


def test_the_sixteen_are_never_the_ground_of_somebodys_palette() -> None:
    """Bright black is the ground of Solarized, white that of a light terminal."""
    assert not {"ansi_bright_black", "ansi_black", "ansi_white", "ansi_bright_white"} & set(
        dataclasses.asdict(SIXTEEN.meanings).values()
    )


def test_a_theme_is_found_by_its_name() -> None:
    assert theme_named(None) is DEFAULT
    assert theme_named("graphite") is DEFAULT
    assert theme_named("psdash-graphite") is DEFAULT
    assert theme_named("blue-orange") is BLUE_ORANGE
    assert theme_named("no-such-theme") is None


@pytest.mark.parametrize(
    ("color_system", "no_color", "theme"),
    [
        ("truecolor", False, GRAPHITE),
        ("256", False, GRAPHITE),
        ("standard", False, SIXTEEN),
        (None, False, MONOCHROME),
        ("truecolor", True, MONOCHROME),
        ("standard", True, MONOCHROME),
    ],
)
def test_the_terminal_chooses_where_nobody_did(color_system: str | None, no_color: bool, theme: ThemeData) -> None:
    assert theme_for(color_system, no_color=no_color) is theme


def _seen(kind: str, value: str) -> tuple[float, float, float]:
    """CIELAB of a colour as somebody without one kind of cone sees it."""
    light = _linear(Color.parse(value))
    red, green, blue = (
        min(1.0, max(0.0, sum(part * share for part, share in zip(light, row, strict=True))))
        for row in BLINDNESS[kind]
    )
    return _lab_of((red, green, blue))


def _lab(value: str) -> tuple[float, float, float]:
    return _lab_of(_linear(Color.parse(value)))


def _lab_of(light: tuple[float, float, float]) -> tuple[float, float, float]:
    """CIELAB of linear sRGB under D65."""
    red, green, blue = light
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.0890
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _difference(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """The distance in CIELAB (1976); 2 can be told apart side by side, 20 at a glance."""
    return math.dist(one, other)


def _contrast(one: Color, other: Color) -> float:
    """The contrast ratio of WCAG 2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _of_256(value: str) -> Color:
    """The colour that a terminal of 256 colours shows instead."""
    return Color(*RichColor.parse(value).downgrade(ColorSystem.EIGHT_BIT).get_truecolor())


def _luminance(color: Color) -> float:
    red, green, blue = _linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(color: Color) -> tuple[float, float, float]:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized
    )
    return red, green, blue
