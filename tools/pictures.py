"""`make pictures`: the real program in a real pty, its screens saved as SVG under docs/pictures/.

One run of the program is a reel: it opens on the demo exchange, the market shows some life, and then one screen after
another is opened by its keys and taken. Words after `python -m tools.pictures` choose pictures by name.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.terminal import Terminal
from tools.svg import DimScreen, screen_to_svg

OUT = Path(__file__).resolve().parents[1] / "docs" / "pictures"

ESC = "\x1b"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: keys typed in turn, what must then be seen, and the keys that lead back."""

    name: str
    keys: Sequence[str] = ()
    sees: str = "spread"
    back: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reel:
    """The pictures of one run: the terminal's size and the program's arguments."""

    columns: int
    rows: int
    pictures: tuple[Picture, ...]
    arguments: tuple[str, ...] = ()


REELS = (
    Reel(
        120,
        40,
        (
            Picture("dashboard-120x40"),
            Picture("both", ("B",), "YES+NO ladder", ("B",)),
            Picture("depth", ("h",), "depth"),
            Picture("heat-map", ("h",), "heat map", ("h",)),
            Picture("event", ("E",), "OUTCOME", (ESC,)),
            Picture("help", ("?",), "─ Help", (ESC,)),
            Picture("markets", ("/",), "Enter opens", (ESC,)),
            Picture("alerts", ("a",), "Enter adds", (ESC,)),
            Picture("grid", ("g",), "Enter open", (ESC,)),
            Picture("privacy", ("P",), "spread", ("P",)),
        ),
    ),
    Reel(80, 24, (Picture("dashboard-80x24"), Picture("dense-80x24", ("D",)))),
    Reel(200, 50, (Picture("dashboard-200x50"),)),
    Reel(120, 40, (Picture("theme-blue-orange"),), ("--theme", "blue-orange")),
    Reel(120, 40, (Picture("theme-sixteen"),), ("--theme", "sixteen")),
    Reel(120, 40, (Picture("theme-monochrome"),), ("--theme", "monochrome")),
    Reel(80, 24, (Picture("ascii-80x24"),), ("--ascii",)),
)

#: Long enough for prints whose aggressor was seen live, and for settlements, to stand on the tape.
SETTLE_IN_S = 20.0
#: Long enough for every pane of a screen just opened to have its data.
COME_ON_S = 2.0


def main(words: Sequence[str] = ()) -> int:
    """Take every picture, or those with one of the words in their name; returns the exit status."""
    OUT.mkdir(parents=True, exist_ok=True)
    for reel in REELS:
        if any(_is_wanted(picture, words) for picture in reel.pictures):
            with tempfile.TemporaryDirectory() as home:
                _play(reel, words, home)
    return 0


def _is_wanted(picture: Picture, words: Sequence[str]) -> bool:
    return not words or any(word in picture.name for word in words)


def _play(reel: Reel, words: Sequence[str], home: str) -> None:
    env = {"HOME": home, "XDG_CONFIG_HOME": f"{home}/config", "XDG_STATE_HOME": f"{home}/state"}
    argv = [sys.executable, "-m", "psdash", "--demo", "--seed", "7", *reel.arguments]
    with Terminal(argv, columns=reel.columns, rows=reel.rows, env=env, emulator=DimScreen) as terminal:
        terminal.wait_for_text("LIVE", "spread", timeout_s=60)
        _watch(terminal, SETTLE_IN_S)
        for picture in reel.pictures:
            for key in picture.keys:
                terminal.send(key)
            terminal.wait_for_text(picture.sees)
            _watch(terminal, COME_ON_S)
            if _is_wanted(picture, words):
                path = OUT / f"{picture.name}.svg"
                path.write_text(screen_to_svg(terminal.screen), encoding="utf-8")
                sys.stdout.write(f"{path.relative_to(OUT.parents[1])}\n")
            for key in picture.back:
                terminal.send(key)
            _watch(terminal, COME_ON_S)


def _watch(terminal: Terminal, seconds: float) -> None:
    until = time.monotonic() + seconds
    terminal.wait_for(lambda _: time.monotonic() >= until, "time to pass", seconds + 30)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
