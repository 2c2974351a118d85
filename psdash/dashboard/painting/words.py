"""Lines of words that shrink in a declared order: whole parts give way, and no number is ever cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment

from psdash.dashboard.painting.palette import Palette, Tone
from psdash.terminal.cells import cells_in


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words in one style."""

    text: str
    tone: Tone = Tone.TEXT
    bold: bool = False
    live: bool = True
    reverse: bool = False


#: What stands together; an empty one is not there.
Phrase = tuple[Piece, ...]


def cells_of(phrase: Phrase) -> int:
    """Cells a phrase takes."""
    return sum(cells_in(piece.text) for piece in phrase)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a line says, from its fullest form to its shortest (an empty one where it may go altogether)."""

    name: str
    forms: tuple[Phrase, ...]


def shrink(parts: Sequence[Part], order: Sequence[str], width: int, gap: int) -> dict[str, Phrase]:
    """The form of each part with which all fit in `width` cells, `gap` between those that are there.

    `order` names the part that gives way at each step, one form a step (a name comes again for its next form). A step
    that turns out not to have been needed is taken back, the last one first: no room is left empty for nothing. When
    every step is taken and it still does not fit, what is last in `parts` is left out until it does.
    """
    taken = dict.fromkeys((part.name for part in parts), 0)
    forms = {part.name: part.forms for part in parts}
    # What each form takes, the gap before it included: the line is one gap narrower than their sum. Most forms are
    # never tried, so none is measured before it is.
    room = width + gap
    cells = {name: _measured(each[0], gap) for name, each in forms.items()}

    def needed() -> int:
        return sum(cells.values())

    def take(name: str, step: int) -> None:
        taken[name] += step
        cells[name] = _measured(forms[name][taken[name]], gap)

    steps: list[str] = []
    for name in order:
        if needed() <= room:
            break
        if name in forms and taken[name] + 1 < len(forms[name]):
            take(name, 1)
            steps.append(name)
    for name in reversed(steps):
        take(name, -1)
        if needed() > room:
            take(name, 1)
    phrases = {name: forms[name][at] for name, at in taken.items()}
    needs = needed()
    for part in reversed(parts):
        if needs <= room:
            break
        needs -= cells[part.name]
        phrases[part.name] = ()
    return phrases


def _measured(form: Phrase, gap: int) -> int:
    return cells_of(form) + gap if form else 0


def joined(phrases: Sequence[Phrase], gap: int) -> Phrase:
    """The phrases that are there, with a gap between them."""
    pieces: list[Piece] = []
    for phrase in phrases:
        if phrase:
            if pieces:
                pieces.append(Piece(" " * gap))
            pieces += phrase
    return tuple(pieces)


def spread_out(left: Phrase, width: int, right: Phrase) -> Phrase:
    """The left phrase with blanks after it, so that the right one ends at the right edge."""
    return (*left, Piece(" " * max(0, width - cells_of(left) - cells_of(right))))


def draw_phrase(phrase: Phrase, palette: Palette, on: Tone | None = None) -> list[Segment]:
    """The segments of a phrase, over a ground where one is given."""
    return [
        Segment(
            piece.text,
            palette.style(
                piece.tone,
                None if piece.reverse else on,
                bold=piece.bold,
                live=piece.live,
                reverse=piece.reverse,
            ),
        )
        for piece in phrase
    ]


def wrap(text: str, width: int) -> list[str]:
    """Words in lines of at most `width` cells; a word longer than a line is broken."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if cells_in(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while cells_in(word) > width > 0:
            cut = width
            while cells_in(word[:cut]) > width:
                cut -= 1
            lines.append(word[: max(1, cut)])
            word = word[max(1, cut) :]
        line = word
    return [*lines, line] if line else lines
