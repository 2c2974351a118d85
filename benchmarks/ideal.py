"""The yardstick for bytes: a greedy diff of two screens, as a good terminal program would send it.

Rows from top to bottom; runs of changed cells, with gaps of up to six cells rewritten; the usual cursor moves;
colours and attributes only where they change, from none in each frame. It is a yardstick and not a lower bound: a
program that paints by colour, or carries colours from one frame to the next, beats it.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.screen import Cell, Rows

GAP = 6
_NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
_FLAGS = (("bold", 1, 22), ("italics", 3, 23), ("underscore", 4, 24), ("blink", 5, 25), ("reverse", 7, 27),
          ("strikethrough", 9, 29))  # fmt: skip


def diff_bytes(before: Rows | None, after: Rows) -> int:
    """Bytes that turn one screen into the other; a whole paint when there is no screen before."""
    return len(diff(before, after))


def diff(before: Rows | None, after: Rows) -> bytes:
    """The bytes themselves."""
    out: list[str] = []
    style: Cell | None = None
    for y, row in enumerate(after):
        old = None if before is None else before[y]
        if old == row:
            continue
        at: int | None = None
        for start, end in _runs(old, row):
            out.append(_move(y, at, start))
            for cell in row[start:end]:
                out.append(_sgr(style, cell))
                style = cell
                out.append(cell.data)
            at = end
    return "".join(out).encode()


def _runs(old: Sequence[Cell] | None, new: Sequence[Cell]) -> list[tuple[int, int]]:
    changed = [x for x, cell in enumerate(new) if old is None or old[x] != cell]
    runs: list[tuple[int, int]] = []
    for x in changed:
        if runs and x - runs[-1][1] <= GAP:
            runs[-1] = runs[-1][0], x + 1
        else:
            runs.append((x, x + 1))
    return runs


def _move(y: int, at: int | None, x: int) -> str:
    if at is None:
        return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"
    ahead = x - at
    return "\x1b[C" if ahead == 1 else f"\x1b[{ahead}C" if ahead else ""


def _sgr(held: Cell | None, wanted: Cell) -> str:
    codes: list[str] = []
    for name, on, off in _FLAGS:
        now = getattr(wanted, name)
        if now != (held is not None and getattr(held, name)):
            codes.append(str(on if now else off))
    for name, base in (("fg", 30), ("bg", 40)):
        colour = getattr(wanted, name)
        if colour != ("default" if held is None else getattr(held, name)):
            codes.append(_colour(colour, base))
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _colour(colour: str, base: int) -> str:
    if colour == "default":
        return str(base + 9)
    if colour in _NAMES:
        return str(base + _NAMES.index(colour))
    if colour.startswith("bright") and colour[6:] in _NAMES:
        return str(base + 60 + _NAMES.index(colour[6:]))
    return f"{base + 8};2;{int(colour[:2], 16)};{int(colour[2:4], 16)};{int(colour[4:], 16)}"
