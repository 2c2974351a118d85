"""Themes as data: what each colour means, not where it is used.

A theme names meanings (`bid`, `ask`, `own`, `stale`, ...). Textual gets them as CSS variables of the same names, the
painted panes through `palette.py`. No meaning rests on colour alone: each also has a glyph, a word or a place.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Final

from textual.theme import Theme

PREFIX: Final = "psdash-"


@dataclass(frozen=True, slots=True)
class Meanings:
    """A colour for each meaning, as #rrggbb."""

    bid: str
    ask: str
    #: Behind a size, and behind one too large for the scale.
    bid_bar: str
    ask_bar: str
    bid_wall: str
    ask_wall: str
    own: str
    up: str
    down: str
    warn: str
    error: str
    stale: str
    accent: str
    text: str
    muted: str
    faint: str
    #: Behind everything, behind what lifts off it, and behind the row a person is on.
    ground: str
    raised: str
    cursor: str


@dataclass(frozen=True, slots=True)
class ThemeData:
    """One theme: its name after the prefix, and its colours."""

    name: str
    meanings: Meanings
    dark: bool = True

    @property
    def full_name(self) -> str:
        """The name Textual and its theme picker know."""
        return PREFIX + self.name

    def as_textual(self) -> Theme:
        """The Textual theme, with every meaning as a CSS variable."""
        colours = self.meanings
        variables = {name.replace("_", "-"): colour for name, colour in asdict(colours).items()}
        variables |= {
            "block-cursor-background": colours.cursor,
            "block-cursor-foreground": colours.text,
            "block-cursor-blurred-background": colours.cursor,
            "block-cursor-blurred-foreground": colours.text,
            "border": colours.accent,
            "border-blurred": colours.faint,
            "footer-background": colours.ground,
            "footer-key-foreground": colours.text,
            "input-cursor-background": colours.accent,
            "input-selection-background": colours.cursor,
            "scrollbar": colours.faint,
            "scrollbar-hover": colours.muted,
            "scrollbar-active": colours.muted,
            "scrollbar-background": colours.ground,
            "scrollbar-background-hover": colours.ground,
            "scrollbar-background-active": colours.ground,
            "scrollbar-corner-color": colours.ground,
        }
        return Theme(
            name=self.full_name,
            primary=colours.accent,
            secondary=colours.muted,
            accent=colours.accent,
            foreground=colours.text,
            background=colours.ground,
            surface=colours.ground,
            panel=colours.raised,
            success=colours.up,
            warning=colours.warn,
            error=colours.error,
            dark=self.dark,
            variables=variables,
        )


#: The default: graphite, with saturation kept for what a trader looks for. Every ink is one of the 256 colours that
#: terminals share, so that the screen looks the same over SSH, where truecolor is seldom announced (anchors §3.2);
#: the bars are darker than those can be, and fall on the nearest. Bids and asks differ in lightness as well as hue.
GRAPHITE: Final = ThemeData(
    "graphite",
    Meanings(
        bid="#5fd7af",
        ask="#ff8787",
        bid_bar="#1c3a32",
        ask_bar="#432428",
        bid_wall="#1a765a",
        ask_wall="#76232b",
        own="#ffd75f",
        up="#5faf87",
        down="#d75f5f",
        warn="#ffaf5f",
        error="#ff5f5f",
        stale="#af875f",
        accent="#5fafff",
        text="#dadada",
        muted="#8a8a8a",
        faint="#3a3a3a",
        ground="#121212",
        raised="#262626",
        cursor="#3a3a3a",
    ),
)

THEMES: Final[tuple[ThemeData, ...]] = (GRAPHITE,)
DEFAULT: Final = GRAPHITE

#: Every meaning, for those who check that a palette covers them all.
MEANINGS: Final[tuple[str, ...]] = tuple(field.name.replace("_", "-") for field in fields(Meanings))


def theme_named(name: str | None) -> ThemeData | None:
    """The theme a person asked for, with or without the prefix; the default for None; None for an unknown name."""
    if name is None:
        return DEFAULT
    wanted = name.removeprefix(PREFIX)
    return next((theme for theme in THEMES if theme.name == wanted), None)
