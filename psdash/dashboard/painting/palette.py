"""Colours by what they mean. The theme says which; no painter names a colour.

A theme gives the semantic names as variables of its own (`bid`, `ask`, `own`, ...), and where a colour cannot say it
all, attributes beside it (`own-style`). Where one does not, it follows from Textual's variables, so that any theme of
Textual's can be worn. Styles are made once and kept: a painted row asks for the same dozen objects again and again.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from rich.style import Style
from textual.color import Color, ColorParseError

from psdash.dashboard.painting.themes import STYLE_SUFFIX


class Tone(StrEnum):
    """What a colour says; the value is the theme variable's name."""

    TEXT = "foreground"
    MUTED = "muted"
    FAINT = "faint"  # borders, rules, empty rows
    RAISED = "raised"  # behind what lifts off the ground
    CURSOR = "cursor"
    BID = "bid"
    ASK = "ask"
    OWN = "own"
    STALE = "stale"
    WARN = "warn"
    ERROR = "error"
    UP = "up"
    DOWN = "down"
    ACCENT = "accent"
    BID_BAR = "bid-bar"
    ASK_BAR = "ask-bar"
    BID_WALL = "bid-wall"  # the bar of a size beyond the scale
    ASK_WALL = "ask-wall"


#: Textual's variable that stands in for a semantic name a theme does not give.
_STAND_IN = {
    Tone.BID: "success",
    Tone.ASK: "error",
    Tone.OWN: "accent",
    Tone.STALE: "warning",
    Tone.WARN: "warning",
}

#: Tones that are another one where a theme gives neither.
_SAME = {Tone.UP: Tone.BID, Tone.DOWN: Tone.ASK}

#: Tones that are another, mixed into the background by so much.
_MIXED = {
    Tone.MUTED: (Tone.TEXT, 0.58),
    Tone.FAINT: (Tone.TEXT, 0.26),
    Tone.RAISED: (Tone.TEXT, 0.06),
    Tone.CURSOR: (Tone.TEXT, 0.16),
    Tone.BID_BAR: (Tone.BID, 0.24),
    Tone.ASK_BAR: (Tone.ASK, 0.24),
    Tone.BID_WALL: (Tone.BID, 0.42),
    Tone.ASK_WALL: (Tone.ASK, 0.42),
}

#: Grounds behind a number. Where colours cannot be mixed, the number stands there in reverse.
_BARS = frozenset((Tone.BID_BAR, Tone.ASK_BAR, Tone.BID_WALL, Tone.ASK_WALL))

#: How much of a colour is left when its data is not live.
_DIMMED = 0.45


class Palette:
    """The tones of one theme over one background."""

    def __init__(self, variables: Mapping[str, str], background: Color) -> None:
        """`variables` are the theme's (`App.theme_variables`), `background` what the widget stands on."""
        self.background = background
        self._ground = Style(bgcolor=background.rich_color)
        self._variables = variables
        self._colors: dict[Tone, Color] = {}
        self._styles: dict[tuple[Tone, Tone | None, bool, bool, bool], Style] = {}
        self._attributes: dict[Tone, frozenset[str]] = {}
        for tone in Tone:
            self._colors[tone] = self._resolve(tone)
            named = self._is_named(background) and tone in _BARS
            words = variables.get(f"{tone.value}{STYLE_SUFFIX}", "reverse" if named else "")
            self._attributes[tone] = frozenset(words.split())

    @property
    def ground(self) -> Style:
        """What lies behind everything that has no ground of its own."""
        return self._ground

    @property
    def can_tint(self) -> bool:
        """Whether colours can be mixed: not where the terminal's own sixteen are used by name."""
        return not (self._is_named(self.background) or self._is_named(self._colors[Tone.BID]))

    def color(self, tone: Tone) -> Color:
        """The colour of a tone."""
        return self._colors[tone]

    def style(
        self, tone: Tone, on: Tone | None = None, *, bold: bool = False, live: bool = True, reverse: bool = False
    ) -> Style:
        """Text in `tone`, over `on` where given. `live` False says by its dimness that the data may be old."""
        key = (tone, on, bold, live, reverse)
        style = self._styles.get(key)
        if style is None:
            style = self._styles[key] = self._style(*key)
        return style

    def _style(self, tone: Tone, on: Tone | None, bold: bool, live: bool, reverse: bool) -> Style:
        ink = self._colors[tone]
        paper = None if on is None else self._colors[on]
        words = self._attributes[tone]
        dim = "dim" in words
        if not live:
            if self._is_named(ink) or self._is_named(self.background):
                dim = True
            else:
                ink = self.background.blend(ink, _DIMMED)
                if paper is not None:
                    paper = self.background.blend(paper, _DIMMED)
        swapped = reverse or "reverse" in words
        if on is not None and "reverse" in self._attributes[on]:
            swapped, dim, paper = True, dim and not live, None  # what is dim in reverse is read by nobody
        if swapped and not self._is_named(ink) and not self._is_named(self.background):
            ink, paper, swapped = self.background, ink, False
        return Style(
            color=ink.rich_color,
            bgcolor=None if paper is None else paper.rich_color,
            bold=bold or "bold" in words or None,
            dim=dim or None,
            reverse=swapped or None,
        )

    def _resolve(self, tone: Tone) -> Color:
        given = self._parsed(tone.value)
        if given is not None:
            return given
        if tone in _MIXED:
            base, share = _MIXED[tone]
            color = self._colors.get(base) or self._resolve(base)
            if not self._is_named(color) and not self._is_named(self.background):
                return self.background.blend(color, share)
            if tone in (Tone.RAISED, Tone.CURSOR):
                return self.background
            return Color.parse("ansi_bright_black") if tone in (Tone.MUTED, Tone.FAINT) else color
        if tone in _SAME:
            return self._resolve(_SAME[tone])
        return self._parsed(_STAND_IN.get(tone, "")) or self._contrast()

    def _contrast(self) -> Color:
        return self.background if self._is_named(self.background) else self.background.get_contrast_text(1)

    def _parsed(self, name: str) -> Color | None:
        """The colour of a variable, None when it is absent or no plain colour (e.g. "auto 60%")."""
        word = self._variables.get(name)
        if not word:
            return None
        try:
            color = Color.parse(word)
        except ColorParseError:
            return None
        if color.auto:
            return None
        return color if color.a == 1 or self._is_named(color) else self.background + color

    @staticmethod
    def _is_named(color: Color) -> bool:
        return color.ansi is not None
