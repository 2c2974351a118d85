"""Golden screens: what each screen looks like at three sizes in four themes, on frozen data and a frozen clock.

One file a screen and size under `golden/`: the text, then which cells look alike, then how each kind of cell looks in
each theme. `python -m tests.screens.goldens` writes them all anew; a word after it chooses screens by name.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, groupby
from pathlib import Path
from string import ascii_letters
from typing import Any, Final

from rich.segment import Segment
from rich.style import Style
from textual.pilot import Pilot
from textual.widgets import Input

from psdash.dashboard.painting.plain import in_ascii
from psdash.dashboard.painting.themes import THEMES
from psdash.gateway.notices import LinkChanged, LinkState
from psdash.settings import Settings
from tests.support import boards
from tests.support.screens import Stage, until, until_shown

FOLDER: Final = Path(__file__).parent / "golden"
SIZES: Final = ((80, 24), (120, 40), (200, 50))
#: A screen that has not come to rest by then never does.
_DEADLINE_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One screen: how it comes on, and words that stand on it then."""

    name: str
    keys: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    sizes: tuple[tuple[int, int], ...] = SIZES
    settings: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Stage], None] | None = None

    def path(self, size: tuple[int, int]) -> Path:
        """Where its golden text is kept."""
        return FOLDER / f"{self.name}-{size[0]}x{size[1]}.txt"


def _lose_both(stage: Stage) -> None:
    for gateway in (stage.venue.market, stage.venue.user):
        reason = "The connection broke off"
        gateway.link = LinkChanged(gateway.link.gateway, LinkState.BACKOFF, reason, retry_in_s=7.0, attempts=2)
        stage.venue.emit(gateway.link)


SCENES: Final = (
    Scene("dashboard"),
    Scene("other-outcome", ("f",), ("NO ladder",)),
    Scene("orders", ("4",), ("Orders",)),
    Scene("fills", ("5",), ("Fills",)),
    Scene("vault", ("6",), ("Vault",)),
    Scene("trouble", (), ("BOTH GATEWAYS LOST",), prepare=_lose_both),
    Scene("dense", ("D",)),
    Scene("ascii", (), ("+- YES ladder",), settings={"ascii": True}),
    Scene("both", ("B",), ("YES+NO",)),
    Scene("depth", ("h",), ("depth",)),
    Scene("heat", ("h", "h"), ("heat", "largest bid")),  # it comes with the first record, a moment after the start
    Scene("help", ("question_mark",), ("─ Help",)),
    Scene("detail", ("d",), ("─ Detail",)),
    Scene("event", ("E",), ("OUTCOME",)),
    Scene("grid", ("g",), ("Enter open",)),
    Scene("alerts", ("a",), ("Enter adds",)),
    Scene("markets", ("slash",), ("Enter opens",)),
    Scene("palette", ("ctrl+p",), ("Search for commands",)),
    Scene("too-small", (), ("too small",), sizes=((50, 12),)),
)


@dataclass(frozen=True, slots=True)
class Shot:
    """One screen in one theme: a character and a look for each cell."""

    text: tuple[str, ...]
    looks: tuple[tuple[str, ...], ...]


def shoot(stage: Stage) -> Shot:
    """What the terminal would show now."""
    text: list[str] = []
    looks: list[tuple[str, ...]] = []
    for strip in stage.app.screen._compositor.render_strips():
        text.append(strip.text)
        looks.append(tuple(look for segment in strip for look in [_look(segment.style)] * segment.cell_length))
    return Shot(tuple(text), tuple(looks))


def _look(style: Style | None) -> str:
    style = style or Style.null()
    words = [word for word in ("bold", "dim", "italic", "underline", "reverse") if getattr(style, word)]
    ink, paper = (
        "-" if color is None or color.is_default else f"#{color.triplet.hex[1:]}" if color.triplet else color.name
        for color in (style.color, style.bgcolor)
    )
    return " ".join([*words, ink, "on", paper])


def written(name: str, shots: dict[str, Shot]) -> str:
    """The golden text: shots of one screen by theme, the first of which has the text."""
    first, *others = shots.items()
    rows = [f"{name}", "", "text"]
    rows += [f"{y:02} {line}".rstrip() for y, line in enumerate(first[1].text)]
    for theme, shot in others:
        differing = [
            (y, line) for y, (line, plain) in enumerate(zip(shot.text, first[1].text, strict=True)) if line != plain
        ]
        if differing:
            rows += ["", f"text in {theme}, where it differs"]
            rows += [f"{y:02} {line}".rstrip() for y, line in differing]
    kinds: dict[tuple[str, ...], str] = {}
    codes = _codes()
    grid = []
    for y in range(len(first[1].looks)):
        cells = list(zip(*(shot.looks[y] for shot in shots.values()), strict=True))
        runs = [(len(list(run)), kind) for kind, run in groupby(cells)]
        for _, kind in runs:
            if kind not in kinds:
                kinds[kind] = next(codes)
        grid.append(" ".join(f"{length}{kinds[kind]}" for length, kind in runs))
    rows += ["", "cells that look alike"]
    rows += [f"{y:02} {line}" for y, line in enumerate(grid)]
    for at, theme in enumerate(shots):
        rows += ["", f"looks in {theme}"]
        rows += [f"{code} {kind[at]}" for kind, code in kinds.items()]
    return "\n".join(rows) + "\n"


def _codes() -> Any:
    for length in count():
        for letter in ascii_letters:
            yield letter + str(length or "")


@asynccontextmanager
async def playing(scene: Scene, size: tuple[int, int]) -> AsyncIterator[tuple[Pilot[None], Stage]]:
    """The scene on a terminal of this size."""
    stage = Stage(settings=Settings(demo=True, slugs=(boards.FINAL.slug,), **scene.settings))
    async with stage.app.run_test(size=size) as pilot:
        if size[0] >= 60:
            await until(pilot, lambda: stage.venue.market.running and stage.venue.user.running, "both gateways run")
            for gateway in (stage.venue.market, stage.venue.user):
                stage.venue.emit(gateway.link)  # as gateways do when they are up
            await until_shown(pilot, "user @ LIVE" if stage.app.view.is_ascii else "user ● LIVE")
        if scene.prepare is not None:
            scene.prepare(stage)
        for key in scene.keys:
            await pilot.press(key)
        for words in scene.shows:
            await until_shown(pilot, in_ascii(words) if stage.app.view.is_ascii else words)
        for typed in stage.app.screen.query(Input):
            typed.cursor_blink = False
        yield pilot, stage


async def at_rest(pilot: Pilot[None], stage: Stage, *, samples: int = 3) -> Shot:
    """The screen when nothing on it has moved for a while. Fails when it never rests."""
    deadline = time.monotonic() + _DEADLINE_S
    same, last = 0, _segments(stage)
    while same < samples:
        assert time.monotonic() < deadline, "the screen never came to rest"
        await pilot.pause(0.02)
        now = _segments(stage)
        same = same + 1 if now == last and stage.app.paint_clock.is_idle else 0
        last = now
    return shoot(stage)


def _segments(stage: Stage) -> list[list[Segment]]:
    return [list(strip) for strip in stage.app.screen._compositor.render_strips()]


async def golden_of(scene: Scene, size: tuple[int, int], is_good: Callable[[str], bool]) -> str:
    """The scene as golden text, in every theme; taken again while it is not good and there is time."""
    deadline = time.monotonic() + _DEADLINE_S
    async with playing(scene, size) as (pilot, stage):
        while True:
            shots = {}
            for theme in THEMES:
                stage.app.wear(theme)
                await pilot.pause()
                shots[theme.name] = await at_rest(pilot, stage)
            text = written(f"{scene.name} {size[0]}x{size[1]}", shots)
            if is_good(text) or time.monotonic() > deadline:
                return text


async def _write(wanted: Callable[[Scene], bool], say: Callable[[str], Awaitable[None]]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for scene in filter(wanted, SCENES):
        for size in scene.sizes:
            before: list[str] = []

            def settled(text: str, before: list[str] = before) -> bool:
                """Twice the same: what was still on its way has come."""
                before.append(text)
                return len(before) > 1 and before[-1] == before[-2]

            path = scene.path(size)
            path.write_text(await golden_of(scene, size, settled), encoding="utf-8")
            await say(path.name)


def main(arguments: list[str]) -> int:
    """Write the golden files; with words, those of screens that have one of them in their name."""

    async def say(name: str) -> None:
        sys.stdout.write(f"{name}\n")

    asyncio.run(_write(lambda scene: not arguments or any(word in scene.name for word in arguments), say))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
