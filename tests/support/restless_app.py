"""A Textual program for the pty tests of the driver: `python -m tests.support.restless_app --help`.

It walks a seeded journey by itself (numbers, modals, themes, toasts, wide and combining characters, links) and can be
told by keys to misbehave. With `--log FILE` it keeps what the app wrote, what was sent and when the size changed, in
order, so that a test can hold one against the other.
"""

from __future__ import annotations

import argparse
import pickle
import random
import sys
import time
from pathlib import Path
from typing import Any, Final

from rich.style import Style
from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Input, RichLog, Static

from psdash.cli import _let_go_of_a_dead_terminal
from psdash.terminal import Frame, LastHop
from psdash.terminal.outlet import Outlet
from psdash.terminal.screen import Screen

WORDS: Final = ("0.53", "1,204", "東京", "e\u0301te\u0301", "│", "██▌", "bid", "ask", "한국", "Größe", "●", "   ")
THEMES: Final = ("textual-dark", "textual-light", "nord", "gruvbox")

#: What happened, in order: ("wrote", text), ("sent", bytes), ("size", (columns, rows)), ("frame", is_whole).
journal: list[tuple[str, Any]] = []


class Box(ModalScreen[None]):
    """Something over everything."""

    CSS = "Box { align: center middle; } Box > Static { width: 24; height: 5; border: round white; }"

    def compose(self) -> ComposeResult:
        yield Static("東京 over e\u0301verything")


class RestlessApp(App[None]):
    """Never the same."""

    CSS = """
    #ladder { width: 34; height: 1fr; } #log { width: 1fr; height: 1fr; } Horizontal { height: 1fr; }
    #clock { height: 1; } Input { border: none; height: 1; }
    """
    BINDINGS = [("f2", "crash"), ("f3", "hang"), ("f4", "bell"), ("f5", "redraw"), ("f10", "quit")]

    def __init__(self, hop: LastHop, seed: int, steps: int, fps: float) -> None:
        super().__init__(hop.driver_class)
        self.hop = hop
        self.rng = random.Random(seed)
        self.steps = steps
        self.fps = fps
        self.keys = 0
        self.ticks = 0
        hop.on_lost = lambda code: self.exit(return_code=code)
        hop.name_regions = lambda: [(0, 0, self.size.width, 1)]

    def compose(self) -> ComposeResult:
        yield Static("", id="clock")
        with Horizontal():
            yield Static("", id="ladder")
            yield RichLog(id="log", max_lines=60)
        yield Input()

    def on_mount(self) -> None:
        import asyncio

        self.hop.departure.install(asyncio.get_running_loop(), lambda code: self.exit(return_code=code))
        self.set_interval(1 / self.fps, self.step)
        self.step()

    def on_key(self) -> None:
        self.keys += 1

    def say(self) -> None:
        self.query_one("#clock", Static).update(f"tick {self.ticks} keys {self.keys} ready")

    def step(self) -> None:
        """One step of the journey."""
        rng = self.rng
        self.ticks += 1
        if len(self.screen_stack) == 1:
            self.say()
            self.query_one("#ladder", Static).update(self.ladder())
        if self.steps:
            self.happen(rng.random())
            if self.ticks >= self.steps:
                self.exit()

    def ladder(self) -> Text:
        rng = self.rng
        text = Text()
        for y in range(max(1, self.size.height - 2)):
            size = rng.randrange(10**6) if rng.random() < 0.3 else y * 1000
            link = Style(link="https://venue.example/x") if y == 3 else Style()
            text.append(f"{100 - y:>4} ", Style(color="rgb(120,180,250)"))
            text.append(f"{size:>12,} ", Style(color=rng.choice(("green", "red", "rgb(1,200,3)")), bold=y % 3 == 0))
            text.append(rng.choice(WORDS) + "\n", link + Style(bgcolor="rgb(20,30,40)"))
        return text

    def happen(self, kind: float) -> None:
        rng = self.rng
        if kind < 0.25:
            self.screen_stack[0].query_one("#log", RichLog).write(" ".join(rng.choices(WORDS, k=6)))
        elif kind < 0.35:
            self.screen_stack[0].query_one(Input).value = "".join(rng.choices(WORDS, k=3))
        elif kind < 0.42:
            field = self.screen_stack[0].query_one(Input)
            field.cursor_position = rng.randrange(len(field.value) + 1)
        elif kind < 0.50:
            self.pop_screen() if isinstance(self.screen, Box) else self.push_screen(Box())
        elif kind < 0.54:
            self.theme = rng.choice(THEMES)
        elif kind < 0.58:
            self.notify(rng.choice(WORDS), timeout=0.3)
        elif kind < 0.62:
            self.bell()
        elif kind < 0.64:
            self.copy_to_clipboard("some text")
        elif kind < 0.67:
            self.hop.redraw()

    def action_crash(self) -> None:
        raise RuntimeError("asked to crash")

    def action_hang(self) -> None:
        while True:
            time.sleep(0.05)

    async def action_bell(self) -> None:
        self.bell()

    def action_redraw(self) -> None:
        self.hop.redraw()


def keep_a_journal() -> None:
    """Have the screen and the outlet write down what passes them."""
    write, frame, resize, send = Screen.write, Screen.frame, Screen.resize, Outlet.write

    def noted_write(self: Screen, data: str) -> None:
        journal.append(("wrote", data))
        write(self, data)

    def noted_resize(self: Screen, width: int, height: int) -> None:
        journal.append(("size", (width, height)))
        resize(self, width, height)

    def noted_frame(self: Screen, *args: Any) -> Frame | None:
        found = frame(self, *args)
        if found is not None:
            journal.append(("frame", found.is_whole))
        return found

    def noted_send(self: Outlet, data: bytes) -> None:
        journal.append(("sent", data))
        send(self, data)

    Screen.write, Screen.resize, Screen.frame = noted_write, noted_resize, noted_frame  # type: ignore[method-assign, assignment]
    Outlet.write = noted_send  # type: ignore[method-assign]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=0, help="leave after so many; 0: never")
    parser.add_argument("--fps", type=float, default=30)
    parser.add_argument("--max-kbps", type=float, default=None)
    parser.add_argument("--log", type=Path)
    options = parser.parse_args()
    if options.log:
        keep_a_journal()
    hop = LastHop(max_kbps=options.max_kbps)
    assert not hop.why_stock, hop.why_stock
    app = RestlessApp(hop, options.seed, options.steps, options.fps)
    hop.restorer.arm(0, 2)
    try:
        app.run()
    finally:
        hop.restorer.disarm()
        if options.log:
            options.log.write_bytes(pickle.dumps(journal))
    return app.return_code or 0


if __name__ == "__main__":
    code = main()
    _let_go_of_a_dead_terminal()
    sys.exit(code)
