"""`make pictures`: the real program in a real pty, its screens saved as SVG under docs/pictures/."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.terminal import Terminal
from tools.svg import screen_to_svg

OUT = Path(__file__).resolve().parents[1] / "docs" / "pictures"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: the terminal's size, the keys typed once the market is live, and what must then be seen."""

    name: str
    columns: int
    rows: int
    keys: str
    sees: str


PICTURES = (
    Picture("dashboard-120x40", 120, 40, "", "spread"),
    Picture("dashboard-80x24", 80, 24, "", "spread"),
    Picture("dashboard-200x50", 200, 50, "", "spread"),
    Picture("help", 120, 40, "?", "Esc closes"),
    Picture("markets", 120, 40, "/", "Enter opens"),
)

#: Long enough for prints whose aggressor was seen live, and for settlements, to stand on the tape.
SETTLE_IN_S = 20.0


def main() -> int:
    """Take every picture; returns the exit status."""
    OUT.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        with tempfile.TemporaryDirectory() as home:
            path = _take(picture, home)
        sys.stdout.write(f"{path.relative_to(OUT.parents[1])}\n")
    return 0


def _take(picture: Picture, home: str) -> Path:
    env = {"HOME": home, "XDG_CONFIG_HOME": f"{home}/config", "XDG_STATE_HOME": f"{home}/state"}
    argv = [sys.executable, "-m", "psdash", "--demo", "--seed", "7"]
    with Terminal(argv, columns=picture.columns, rows=picture.rows, env=env) as terminal:
        terminal.wait_for_text("LIVE", "spread")
        until = time.monotonic() + SETTLE_IN_S
        terminal.wait_for(lambda _: time.monotonic() >= until, "the market to show some life", SETTLE_IN_S + 10)
        if picture.keys:
            terminal.send(picture.keys)
        terminal.wait_for_text(picture.sees)
        path = OUT / f"{picture.name}.svg"
        path.write_text(screen_to_svg(terminal.screen), encoding="utf-8")
        return path


if __name__ == "__main__":
    sys.exit(main())
