"""Every character the painters draw that is not a letter, a digit or ASCII punctuation, in one table.

Most of them are East-Asian ambiguous: a terminal set to wide ambiguous characters draws them two cells wide and
shears the row (anchors §3.2). So no painter writes one as a literal; it asks the table, and the table can be `ASCII`.
"""

# ruff: noqa: RUF001 - the characters that look like others are what this table is about
from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One cell each, whichever table."""

    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str
    horizontal: str
    vertical: str
    up: str  # a buy, a rise, something above the view
    down: str  # a sell, a fall, something below the view
    own: str
    full: str  # live; settled
    hollow: str  # not yet: matched, syncing
    dot: str  # nothing to say, or unknown
    separator: str
    left_half: str
    right_half: str
    block: str
    ellipsis: str
    cents: str
    cursor: str  # the row that keys act on
    big: str  # a size that stands out
    at_most: str  # before a number that is an upper bound
    mask: str  # in place of an own amount that others should not read
    upper_half: str
    lower_half: str
    upper_wick: str  # a thin line in the upper half of a cell
    lower_wick: str
    dashed: str  # a level that is only a promise: a resting order
    stripes: str  # nothing is known here
    bars: str  # nine fillings of one cell from below, from nothing to full
    shades: str  # six densities of one cell, from nothing to solid


UNICODE = Glyphs(
    top_left="╭",
    top_right="╮",
    bottom_left="╰",
    bottom_right="╯",
    horizontal="─",
    vertical="│",
    up="▲",
    down="▼",
    own="◆",
    full="●",
    hollow="○",
    dot="·",
    separator="·",
    left_half="▌",
    right_half="▐",
    block="█",
    ellipsis="…",
    cents="¢",
    cursor="▸",
    big="■",
    at_most="≤",
    mask="•",
    upper_half="▀",
    lower_half="▄",
    upper_wick="╵",
    lower_wick="╷",
    dashed="╌",
    stripes="╱",
    bars=" ▁▂▃▄▅▆▇█",
    shades=" ·░▒▓█",
)

ASCII = Glyphs(
    top_left="+",
    top_right="+",
    bottom_left="+",
    bottom_right="+",
    horizontal="-",
    vertical="|",
    up="^",
    down="v",
    own="*",
    full="@",
    hollow="o",
    dot=".",
    separator="-",
    left_half=" ",
    right_half=" ",
    block="=",
    ellipsis="~",
    cents="c",
    cursor=">",
    big="#",
    at_most="<",
    mask="*",
    upper_half='"',
    lower_half="_",
    upper_wick="'",
    lower_wick=",",
    dashed="-",
    stripes="/",
    bars=" ..::=++#",
    shades=" .:+%#",
)

#: Keys, as they are called where their arrows cannot be drawn.
_KEY_NAMES: Final = str.maketrans({"↑": "Up", "↓": "Down", "←": "Left", "→": "Right"})


def key_name(shown: str, glyphs: Glyphs) -> str:
    """How the help calls a key: its arrow, or its name where arrows cannot be drawn."""
    return shown.translate(_KEY_NAMES) if glyphs is ASCII else shown
