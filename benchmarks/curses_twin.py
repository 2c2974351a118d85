"""A curses program that draws recorded screens, one refresh each; it rings after the first and after the last."""

from __future__ import annotations

import curses
import pickle
import sys
from pathlib import Path
from typing import Any

_NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")


def _number(colour: str) -> int:
    if colour == "default":
        return -1
    if colour.startswith("bright"):
        return 8 + _NAMES.index(colour[6:])
    return _NAMES.index(colour)


class Twin:
    """Cells as pyte tells them, onto a curses window."""

    def __init__(self, window: curses.window) -> None:
        self._window = window
        self._pairs: dict[tuple[int, int], int] = {}
        curses.start_color()
        curses.use_default_colors()
        curses.curs_set(0)

    def draw(self, screen: list[list[tuple[Any, ...]]]) -> None:
        height, width = self._window.getmaxyx()
        for y, row in enumerate(screen):
            for x, (text, fg, bg, bold, italics, underscore, _strike, reverse, blink) in enumerate(row):
                if not text or (y, x) == (height - 1, width - 1):
                    continue  # the right half of a wide one; the last cell, which would scroll
                look = self._pair(_number(fg), _number(bg))
                flags = ((bold, "A_BOLD"), (italics, "A_ITALIC"), (underscore, "A_UNDERLINE"))
                for is_on, name in (*flags, (reverse, "A_REVERSE"), (blink, "A_BLINK")):
                    look |= getattr(curses, name) if is_on else 0
                self._window.addstr(y, x, text, look)
        self._window.refresh()

    def _pair(self, fg: int, bg: int) -> int:
        number = self._pairs.get((fg, bg))
        if number is None:
            number = self._pairs[fg, bg] = len(self._pairs) + 1
            curses.init_pair(number, fg, bg)
        return curses.color_pair(number)


def main(window: curses.window) -> None:
    screens = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301  # our own, from the row that runs us
    twin = Twin(window)
    twin.draw(screens[0])
    curses.beep()
    for screen in screens[1:]:
        twin.draw(screen)
    curses.beep()


if __name__ == "__main__":
    curses.wrapper(main)
