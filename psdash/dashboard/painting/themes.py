"""Themes as data: what each colour means, not where it is used.

A theme names meanings (`bid`, `ask`, `own`, `stale`, ...). Textual gets them as CSS variables of the same names, the
painted panes through `palette.py`. No meaning rests on colour alone: each also has a glyph, a word or a place.

Four are psdash's own: `graphite` (the default), `blue-orange` for eyes that do not tell red from green, `sixteen` in
the terminal's own sixteen colours, and `monochrome`, which sends no colour at all. Any theme of Textual's works too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Final

from textual.theme import Theme

PREFIX: Final = "psdash-"
#: What a variable is called that gives a meaning its attributes: "muted-style".
STYLE_SUFFIX: Final = "-style"


@dataclass(frozen=True, slots=True)
class Meanings:
    """A colour for each meaning: #rrggbb, or by the terminal's name (ansi_green, ansi_default)."""

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
    """One theme: its name after the prefix, what it is for, its colours, and by meaning what else tells it.

    `styles` are words of bold, dim and reverse, by the meaning's variable name.
    """

    name: str
    means: str
    meanings: Meanings
    styles: Mapping[str, str] = field(default_factory=dict)
    dark: bool = True

    @property
    def is_named(self) -> bool:
        """Whether its colours are the terminal's own, by name: they can be neither mixed nor measured."""
        return self.meanings.ground.startswith("ansi_")

    @property
    def full_name(self) -> str:
        """The name Textual and its theme picker know."""
        return PREFIX + self.name

    def as_textual(self) -> Theme:
        """The Textual theme, with every meaning as a CSS variable."""
        colours = self.meanings
        variables = {name.replace("_", "-"): colour for name, colour in asdict(colours).items()}
        variables |= {f"{name}{STYLE_SUFFIX}": words for name, words in self.styles.items()}
        variables |= {
            "block-cursor-background": colours.cursor,
            "block-cursor-foreground": colours.text,
            "block-cursor-blurred-background": colours.cursor,
            "block-cursor-blurred-foreground": colours.text,
            "ansi-background": colours.ground,  # what Textual's own sheets ask for where colours go by name
            "ansi-foreground": colours.text,
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
            ansi=self.is_named,
        )


#: The default: graphite, with saturation kept for what a trader looks for. Every ink is one of the 256 colours that
#: terminals share, so that the screen looks the same over SSH, where truecolor is seldom announced (anchors §3.2);
#: the bars are darker than those can be, and fall on the nearest. Bids and asks differ in lightness as well as hue.
GRAPHITE: Final = ThemeData(
    "graphite",
    "The default: quiet, for dark rooms and long days",
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

#: Blue and orange stay apart in every common kind of colour blindness; what else must differ does so in lightness.
BLUE_ORANGE: Final = ThemeData(
    "blue-orange",
    "For eyes that do not tell red from green",
    Meanings(
        bid="#5fafff",
        ask="#ffaf5f",
        bid_bar="#132c4a",
        ask_bar="#452c14",
        bid_wall="#1d578c",
        ask_wall="#7a4d12",
        own="#ffffaf",
        up="#5f87d7",
        down="#d7875f",
        warn="#ffd700",
        error="#ffffff",
        stale="#af8700",
        accent="#d7afff",
        text="#dadada",
        muted="#8a8a8a",
        faint="#3a3a3a",
        ground="#121212",
        raised="#262626",
        cursor="#3a3a3a",
    ),
    styles={"error": "bold"},
)

#: Grounds and bars of a theme whose colours cannot be mixed: nothing is behind anything but the row a person is on.
_NO_GROUNDS: Final = {
    "bid_bar": "ansi_default",
    "ask_bar": "ansi_default",
    "bid_wall": "ansi_default",
    "ask_wall": "ansi_default",
    "text": "ansi_default",
    "muted": "ansi_default",
    "faint": "ansi_default",
    "ground": "ansi_default",
    "raised": "ansi_default",
    "cursor": "ansi_default",
}
_QUIET: Final = {
    "muted": "dim",
    "faint": "dim",
    "cursor": "reverse",
    "bid-bar": "reverse",
    "ask-bar": "reverse",
    "bid-wall": "reverse",
    "ask-wall": "reverse",
}

#: The terminal's own sixteen, by name, so that they are what its owner made of them, on a light ground too: quiet
#: text is the terminal's own, dimmed, since "bright black" is the ground itself in more than one palette.
SIXTEEN: Final = ThemeData(
    "sixteen",
    "The terminal's own sixteen colours",
    Meanings(
        bid="ansi_green",
        ask="ansi_red",
        own="ansi_yellow",
        up="ansi_green",
        down="ansi_red",
        warn="ansi_yellow",
        error="ansi_red",
        stale="ansi_yellow",
        accent="ansi_cyan",
        **_NO_GROUNDS,
    ),
    styles={**_QUIET, "error": "bold", "stale": "dim"},
)

#: No colour is sent at all. Weight says how loud a thing is; what it is, its glyph, its word and its place say.
MONOCHROME: Final = ThemeData(
    "monochrome",
    "No colour at all: weight, glyphs and places",
    Meanings(
        bid="ansi_default",
        ask="ansi_default",
        own="ansi_default",
        up="ansi_default",
        down="ansi_default",
        warn="ansi_default",
        error="ansi_default",
        stale="ansi_default",
        accent="ansi_default",
        **_NO_GROUNDS,
    ),
    styles={**_QUIET, "own": "bold", "warn": "bold", "error": "bold reverse", "stale": "dim", "accent": "bold"},
)

THEMES: Final[tuple[ThemeData, ...]] = (GRAPHITE, BLUE_ORANGE, SIXTEEN, MONOCHROME)
DEFAULT: Final = GRAPHITE

#: Every meaning, for those who check that a palette covers them all.
MEANINGS: Final[tuple[str, ...]] = tuple(field.name.replace("_", "-") for field in fields(Meanings))


def theme_named(name: str | None) -> ThemeData | None:
    """The theme a person asked for, with or without the prefix; the default for None; None for an unknown name."""
    if name is None:
        return DEFAULT
    wanted = name.removeprefix(PREFIX)
    return next((theme for theme in THEMES if theme.name == wanted), None)


def theme_for(color_system: str | None, *, no_color: bool) -> ThemeData:
    """The theme where nobody asked for one.

    `color_system` is what the terminal announced (Rich's word: "truecolor", "256", "standard" for sixteen, None for
    none); `no_color` whether NO_COLOR is set.
    """
    if no_color or color_system is None:
        return MONOCHROME
    return SIXTEEN if color_system in ("standard", "windows") else DEFAULT
