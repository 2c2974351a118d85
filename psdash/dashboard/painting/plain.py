"""What others draw, in ASCII: Textual's borders and fields, plotext's charts, a stranger's title.

The painters take their characters from `glyphs.ASCII` and need none of this. It stands behind them as the last sink,
so that nothing on the screen depends on everybody having remembered.
"""

# ruff: noqa: RUF001 - characters that look like others are what this table is about
from __future__ import annotations

from dataclasses import astuple
from functools import lru_cache
from typing import Final
from unicodedata import east_asian_width, normalize

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from psdash.dashboard.painting.glyphs import ASCII, UNICODE

#: Box drawing of Textual's own borders, scroll bars and plotext, and arrows: what no table of ours holds.
_STRANGERS: Final = {
    **dict.fromkeys("─━┄┅┈┉╴╶═▔▁", "-"),
    **dict.fromkeys("│┃┆┇┊┋║▏▕▎▍╎╏", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝┏┓┗┛", "+"),
    **dict.fromkeys("▂▃▄▖▗", "_"),
    **dict.fromkeys("▅▆▇█▉▊▋▌▐▙▟■", "="),
    **dict.fromkeys("▀▘▝▛▜", '"'),
    **dict.fromkeys("←◀◂‹«", "<"),
    **dict.fromkeys("→▶▸›»", ">"),
    **dict.fromkeys("‘’′", "'"),
    **dict.fromkeys("“”″", '"'),
    **dict.fromkeys("–—−", "-"),
    **dict(zip("ŁłØøÐðĐđÞþßÆæŒœıĦħŦŧ", "LlOoDdDdTtsAaOoiHhTt", strict=True)),  # these do not decompose
    "↑": "^",
    "↓": "v",
    "×": "x",
    "≈": "~",
    "±": "~",
    "≤": "<",
    "≥": ">",
}
#: One for one: every character of the one table by its twin in the other.
_TWINS: Final = {
    unicode: plain
    for one, other in zip(astuple(UNICODE), astuple(ASCII), strict=True)
    for unicode, plain in reversed(list(zip(one, other, strict=True)))
    if not unicode.isascii()
}


def in_ascii(text: str) -> str:
    """The text without a character whose width terminals do not agree on, cell for cell.

    What the painters draw has its twin in `ASCII`; a stranger's accented letter becomes the plain one, anything else
    ambiguous a question mark. Letters of one certain width, wide ones too, stay as they are.
    """
    return text if text.isascii() else "".join(map(_plain, text))


@lru_cache(maxsize=1024)
def _plain(char: str) -> str:
    if char.isascii():
        return char
    twin = _TWINS.get(char) or _STRANGERS.get(char)
    if twin is not None:
        return twin
    if east_asian_width(char) != "A":
        return char
    base = normalize("NFKD", char)[0]
    return base if base.isascii() and base.isprintable() else "?"


class InAscii(LineFilter):
    """Textual's filter for whatever is drawn by others than our panes: borders, fields, toasts, the palette."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same cells in ASCII."""
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]
