"""Themes as data."""

from __future__ import annotations

import dataclasses
import re

import pytest
from textual.color import Color

from psdash.dashboard.painting.themes import DEFAULT, MEANINGS, THEMES, ThemeData, theme_named


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_theme_gives_every_meaning_a_colour(theme: ThemeData) -> None:
    variables = theme.as_textual().variables
    for name in MEANINGS:
        assert re.fullmatch(r"#[0-9a-f]{6}", variables[name]), name


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", ["bid", "ask", "own", "up", "down", "warn", "text", "muted", "accent"])
def test_what_is_read_stands_out_from_the_ground(theme: ThemeData, name: str) -> None:
    meanings = dataclasses.asdict(theme.meanings)
    assert _contrast(Color.parse(meanings[name]), Color.parse(theme.meanings.ground)) >= 4.5


def test_a_theme_is_found_by_its_name() -> None:
    assert theme_named(None) is DEFAULT
    assert theme_named("graphite") is DEFAULT
    assert theme_named("psdash-graphite") is DEFAULT
    assert theme_named("no-such-theme") is None


def _contrast(one: Color, other: Color) -> float:
    """The contrast ratio of WCAG 2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    channels = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
