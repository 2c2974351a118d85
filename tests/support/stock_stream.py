"""What Textual's stock driver would be given: a seeded stream of output, in the compositor's own form.

Rows are addressed, every segment sets its colours and resets them, a hyperlink stands around it, rows end in a line
feed. In between come the things that happen to a terminal in a day: modals, another theme, another size, wide and
combining characters, the bell, the clipboard, erasures, relative moves, sequences that nobody models.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, set_cell_size

SYNC_START: Final = "\x1b[?2026h"
SYNC_END: Final = "\x1b[?2026l"
SIZES: Final = ((40, 12), (60, 16), (33, 9), (80, 10))

_PLAIN_WORDS: Final = (
    "0.53", "1,204", "bid", "ask", "Spain", "│", "██▌", "─────", " ", "   ", "▲", "●", "·", "€", "Größe", "…", "x",
)  # fmt: skip
#: Emulator and layout agree on the width of all of these. A mark never follows a wide character: pyte loses it.
_ODD_WORDS: Final = ("東京", "한국", "e\u0301a", "n\u0303o\u0308", "界x", "ﬁ", "Ω≠", "שלום", "ก", "\uff21\uff22")
_ERASURES: Final = ("\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[J", "\x1b[1J", "\x1b[4X", "\x1b[2J", "\t|")
_UNKNOWN: Final = ("\x1b7", "\x1b[5i", "\x1b]1337;SetMark\x07", "\x1bP0;1|17/17\x1b\\", "\x1b[?9999h", "\x1b[1;3z")
_HARMLESS: Final = ("\a", "\x1b]52;c;aGVsbG8=\x07", "\x1b]22;pointer\x07", "\x1b[?1003h", "\x1b]2;a title\x07")


@dataclass(frozen=True, slots=True)
class Write:
    """A call of `Driver.write`."""

    data: str


@dataclass(frozen=True, slots=True)
class Resize:
    """The terminal has another size; the next frame is a whole screen of it."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Flush:
    """The end of a frame. `reads` tells whether the terminal has room for it now."""

    reads: bool


Step = Write | Resize | Flush


class StockStream:
    """One journey. The same seed gives the same one."""

    def __init__(self, seed: int, *, colours: str = "rgb") -> None:
        """`colours` is `rgb`, `256` or `16`."""
        self.rng = random.Random(seed)
        self._colours = colours
        self.width, self.height = self.rng.choice(SIZES)
        self._theme()

    def steps(self, frames: int) -> Iterator[Step]:
        """The journey, in `frames` frames."""
        yield Write("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[>25u")
        yield from self._frame(self._whole())
        for _ in range(frames):
            yield from self._happening()

    def _happening(self) -> Iterator[Step]:
        rng = self.rng
        kind = rng.random()
        if kind < 0.05:
            self.width, self.height = rng.choice(SIZES)
            yield Resize(self.width, self.height)
            yield from self._frame(self._whole())
        elif kind < 0.10:
            self._theme()
            yield from self._frame(self._whole())
        elif kind < 0.18:
            yield from self._frame(self._modal())
        elif kind < 0.22:
            yield Write(rng.choice(_UNKNOWN))
            yield from self._frame(self._rows())
        elif kind < 0.30:
            yield Write(rng.choice(_HARMLESS))
            yield Flush(reads=True)
        elif kind < 0.40:
            yield from self._frame(self._by_hand())
        else:
            yield from self._frame(self._rows())

    def _frame(self, data: str) -> Iterator[Step]:
        y, x = self.rng.choice(((0, 0), (self.rng.randrange(self.height), self.rng.randrange(self.width))))
        yield Write(SYNC_START)
        yield Write(data + f"\x1b[{y + 1};{x + 1}H")
        yield Write(SYNC_END)
        yield Flush(reads=self.rng.random() < 0.7)

    # what is drawn --------------------------------------------------------------------------------------------------

    def _theme(self) -> None:
        rng = self.rng
        backgrounds = self._backgrounds = [self._colour(48) for _ in range(2)]
        self._styles = [""] + [
            ";".join(
                filter(None, (rng.choice(("", "", "1", "2", "3", "4", "7", "1;3")), self._colour(38), background))
            )
            for background in backgrounds
            for _ in range(4)
        ]

    def _colour(self, kind: int) -> str:
        rng = self.rng
        if self._colours == "rgb":
            return f"{kind};2;{rng.randrange(256)};{rng.randrange(256)};{rng.randrange(256)}"
        if self._colours == "256":
            return f"{kind};5;{rng.randrange(256)}"
        return str(kind - 8 + rng.randrange(8) + rng.choice((0, 60)))

    def _whole(self) -> str:
        rows = [f"\x1b[{y + 1};1H{self._strip(self.width)}" for y in range(self.height)]
        return "\n".join(rows)

    def _modal(self) -> str:
        rng = self.rng
        width, height = rng.randrange(8, self.width - 2), rng.randrange(3, self.height - 1)
        x, y = rng.randrange(self.width - width), rng.randrange(self.height - height)
        return "\n".join(f"\x1b[{y + at + 1};{x + 1}H{self._strip(width)}" for at in range(height))

    def _rows(self) -> str:
        """Some rows, cut into chops; most of each is as it was before."""
        rng = self.rng
        ys = sorted(rng.sample(range(self.height), rng.randrange(1, 6)))
        rows: list[str] = []
        for y in ys:
            row_rng, self.rng = self.rng, random.Random(y)  # what this row mostly shows
            cuts = sorted({0, self.width // 3, 2 * self.width // 3})
            chops = [(x, self._strip(end - x)) for x, end in zip(cuts, [*cuts[1:], self.width], strict=True)]
            self.rng = row_rng
            at = rng.randrange(len(chops))
            chops[at] = (chops[at][0], self._strip([*cuts, self.width][at + 1] - chops[at][0]))
            rows.append("".join(f"\x1b[{y + 1};{x + 1}H{strip}" for x, strip in chops))
        return "\n".join(rows)

    def _by_hand(self) -> str:
        """Erasures, moves, text over the edge, marks that come by themselves, styles that build on each other."""
        rng = self.rng
        parts = [f"\x1b[{rng.randrange(self.height) + 1};{rng.randrange(self.width) + 1}H"]
        for _ in range(rng.randrange(1, 5)):
            parts.append(
                rng.choice(
                    (
                        f"\x1b[{rng.choice(self._styles)}m",
                        f"\x1b[{rng.choice(('1', '22', '39', '49', '4', '24', '7', '27'))}m",
                        f"\x1b[{rng.randrange(1, 4)}{rng.choice('ABCD')}",
                        f"\x1b[{rng.randrange(1, 12)}G",
                        f"\x1b[{rng.randrange(1, self.height + 3)}d",
                        f"\x1b[0;{rng.choice(self._backgrounds)}m" + rng.choice(_ERASURES) + "\x1b[0m",
                        "\r",
                        "\b",
                        "e\x1b[0m\u0301",
                        "abc",
                        "x" * (self.width // 2),
                    )
                )
            )
        return "".join(parts) + "\x1b[0m"

    def _strip(self, width: int) -> str:
        """Segments of exactly so many cells, as Rich renders them."""
        rng = self.rng
        parts: list[str] = []
        left = width
        while left > 0:
            text = "".join(rng.choice(_PLAIN_WORDS) for _ in range(rng.randrange(1, 5)))
            if rng.random() < 0.08:
                text = rng.choice(_ODD_WORDS)
            if cell_len(text) > left:
                text = set_cell_size(text, left)
            left -= cell_len(text)
            style = rng.choice(self._styles)
            rendered = f"\x1b[{style}m{text}\x1b[0m" if style else text
            if rng.random() < 0.03:
                link = f"id={rng.randrange(9)};https://venue.example/{rng.randrange(9)}"
                rendered = f"\x1b]8;{link}\x1b\\{rendered}\x1b]8;;\x1b\\"
            parts.append(rendered)
        return "".join(parts)
