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
    own: str
    up: str
    down: str
    warn: str
    stale: str
    accent: str
    text: str
    muted: str
    faint: str
    #: Behind everything, behind what lifts off it, and behind the cursor.
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
        variables = asdict(colours)
        variables |= {
            "block-cursor-background": colours.cursor,
            "block-cursor-foreground": colours.text,
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
            error=colours.ask,
            dark=self.dark,
            variables=variables,
        )


#: The default: graphite, with saturation kept for what a trader looks for. Bids and asks differ in lightness as well
#: as in hue, so that they stay apart in 256 colours and to a red-green blind eye.
GRAPHITE: Final = ThemeData(
    "graphite",
    Meanings(
        bid="#5fd7a7",
        ask="#f07178",
        own="#ffd75f",
        up="#5fd7a7",
        down="#f07178",
        warn="#ffaf5f",
        stale="#af875f",
        accent="#5fafff",
        text="#d7dae0",
        muted="#878d99",
        faint="#363b45",
        ground="#101216",
        raised="#1a1d23",
        cursor="#2b3340",
    ),
)

THEMES: Final[tuple[ThemeData, ...]] = (GRAPHITE,)
DEFAULT: Final = GRAPHITE

#: Every meaning, for those who check that a palette covers them all.
MEANINGS: Final[tuple[str, ...]] = tuple(field.name for field in fields(Meanings))


def theme_named(name: str | None) -> ThemeData | None:
    """The theme a person asked for, with or without the prefix; the default for None; None for an unknown name."""
    if name is None:
        return DEFAULT
    wanted = name.removeprefix(PREFIX)
    return next((theme for theme in THEMES if theme.name == wanted), None)
