"""An emulated terminal screen as an SVG picture."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import Any

import pyte

_FONT_SIZE = 14.0
_CELL_WIDTH = 8.43
_CELL_HEIGHT = 18.0
_MARGIN = 12.0
_BACKGROUND = "0c0f14"
_FOREGROUND = "d7dae0"
_NAMED = {
    "black": "1b1f26",
    "red": "e06c75",
    "green": "98c379",
    "brown": "e5c07b",
    "blue": "61afef",
    "magenta": "c678dd",
    "cyan": "56b6c2",
    "white": "d7dae0",
    "brightblack": "5c6370",
    "brightred": "ff7b86",
    "brightgreen": "b5e890",
    "brightbrown": "ffd68a",
    "brightblue": "7cc4ff",
    "brightmagenta": "dd8ff2",
    "brightcyan": "6fd5e2",
    "brightwhite": "ffffff",
}


class DimScreen(pyte.Screen):
    """An emulator that knows faint text too (SGR 2), which pyte passes over: kept where pyte keeps blinking."""

    def select_graphic_rendition(self, *attrs: int, **kwargs: Any) -> None:
        """As the base class, with 2 for faint; 22 ends it, together with bold."""
        known: list[int] = []
        skip = 0
        for at, attr in enumerate(attrs):
            if skip:
                skip -= 1
            elif attr in (38, 48):
                skip = 4 if attrs[at + 1 : at + 2] == (2,) else 2
            elif attr in (2, 22):
                known += [5] if attr == 2 else [22, 25]
                continue
            known.append(attr)
        super().select_graphic_rendition(*known, **kwargs)


def screen_to_svg(screen: pyte.Screen) -> str:
    """The whole screen as one SVG document, colours and weights as the terminal would draw them."""
    width = screen.columns * _CELL_WIDTH + 2 * _MARGIN
    height = screen.lines * _CELL_HEIGHT + 2 * _MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}">',
        f'<rect width="100%" height="100%" rx="8" fill="#{_BACKGROUND}"/>',
        "<g font-family=\"'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,monospace\" "
        f'font-size="{_FONT_SIZE}" xml:space="preserve">',
    ]
    for y in range(screen.lines):
        out.extend(_row(screen, y))
    out.append("</g></svg>\n")
    return "\n".join(out)


def _row(screen: pyte.Screen, y: int) -> list[str]:
    shapes: list[str] = []
    texts: list[str] = []
    row = screen.buffer[y]
    cells = [(x, row[x]) for x in range(screen.columns)]
    for (fg, bg, bold, italics, underlined), group in groupby(cells, key=lambda cell: _look(cell[1])):
        run = list(group)
        x, text = run[0][0], "".join(char.data for _, char in run)
        left, top = _MARGIN + x * _CELL_WIDTH, _MARGIN + y * _CELL_HEIGHT
        if bg != _BACKGROUND:
            shapes.append(
                f'<rect x="{left:.2f}" y="{top:.2f}" width="{len(run) * _CELL_WIDTH + 0.3:.2f}" '
                f'height="{_CELL_HEIGHT + 0.3:.2f}" fill="#{bg}"/>'
            )
        if text.strip():
            style = (' font-weight="bold"' if bold else "") + (' font-style="italic"' if italics else "")
            style += ' text-decoration="underline"' if underlined else ""
            texts.append(
                f'<text x="{left:.2f}" y="{top + _CELL_HEIGHT * 0.76:.2f}" fill="#{fg}"{style} '
                f'textLength="{len(run) * _CELL_WIDTH:.2f}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
            )
    return shapes + texts


def _look(char: Any) -> tuple[str, str, bool, bool, bool]:
    fg = _colour(char.fg, _FOREGROUND)
    bg = _colour(char.bg, _BACKGROUND)
    if char.reverse:
        fg, bg = bg, fg
    if char.blink:
        fg = _between(fg, bg)
    return fg, bg, char.bold, char.italics, char.underscore


def _colour(name: str, default: str) -> str:
    return default if name == "default" else _NAMED.get(name, name)


def _between(fg: str, bg: str) -> str:
    """Faint ink, as terminals draw it: half way to what it stands on."""
    pairs = ((int(fg[at : at + 2], 16), int(bg[at : at + 2], 16)) for at in (0, 2, 4))
    return "".join(f"{(ink + ground) // 2:02x}" for ink, ground in pairs)
