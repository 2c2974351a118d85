"""Reads what the app writes to a terminal, and does it to a grid instead.

Everything that changes cells is modelled. What changes none (modes, queries, the bell, the clipboard, titles) is
handed on in its place. What is neither is handed on too, and `on_unknown` says so: after it nobody knows what the
terminal shows, so everything is drawn again.

Textual draws in pieces: a cursor address, then spans of text in colours, each with a reset after it. Pieces of only
that, and spans, are remembered, because the same ones come again and again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol

from psdash.terminal.cells import ODD
from psdash.terminal.grid import PLAIN, Grid

_ADDRESS: Final = re.compile(r"\x1b\[([0-9]{1,5});([0-9]{1,5})H")
_STYLED: Final = re.compile(r"\x1b\[([0-9;]*)m")
_RESET: Final = "\x1b[0m"
_TOKEN: Final = re.compile(
    r"\x1b\[(?P<params>[0-?]*)(?P<inter>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\](?P<osc>[^\x07\x1b\x18\x1a]*)(?:\x07|\x1b\\)"
    r"|\x1b[PX^_][^\x1b\x18\x1a]*\x1b\\"
    r"|\x1b[ -/]*[0-OQ-WYZ\\`-~]"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f-\x9f])"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)",
    re.DOTALL,
)
#: An unfinished sequence longer than this is not going to be finished.
_MAX_UNFINISHED: Final = 1 << 20
_MAX_PIECES: Final = 768
_MAX_SPANS: Final = 1_024

#: DEC private modes that change no cell: keys, blinking, wrapping, cursor, mouse, focus, paste, reports.
_HARMLESS_MODES: Final = frozenset(
    map(str, (1, 7, 12, 25, 1000, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 2004, 2031, 2048))
)
_ALTERNATE_SCREEN: Final = "1049"
_SYNC: Final = "2026"
#: OSC that change no cell: titles, working directory, clipboard, colours, pointer shape, notifications, shell marks.
_HARMLESS_OSC: Final = re.compile(r"(?:0|1|2|7|9|4|10|11|12|17|19|22|52|104|110|111|112|117|119|133|777)(?:;|\Z)")

#: What a remembered piece does: its cells and their styles.
_Piece = tuple[str, str]


class Listener(Protocol):
    """Whom the parser tells about what is no matter of cells."""

    def on_handed_on(self, sequence: str) -> None:
        """A sequence that changes no cell, to be sent before the next frame."""

    def on_unknown(self, sequence: str) -> None:
        """A sequence of unknown effect, to be sent before everything is drawn again."""

    def on_screen(self, alternate: bool) -> None:
        """The alternate screen was entered or left; the sequence itself is to be sent."""

    def on_cleared(self) -> None:
        """The screen is to be blank from here on."""

    def on_sync(self) -> None:
        """The app marks its frames: the terminal knows synchronised output."""


class Parser:
    """Feeds one stream into one grid."""

    def __init__(self, grid: Grid, listener: Listener) -> None:
        self._grid = grid
        self._listener = listener
        self._unfinished = ""
        self._pieces: dict[str, _Piece] = {}
        self._older: dict[str, _Piece] = {}
        self._spans: dict[str, _Piece] = {}

    def forget(self) -> None:
        """The names of styles and clusters have changed."""
        self._pieces, self._older, self._spans = {}, {}, {}

    def feed(self, data: str) -> None:
        """Take more of the stream. Raises StylesFullError and ClustersFullError: sweep, and draw everything again."""
        if self._unfinished:
            data, self._unfinished = self._unfinished + data, ""
        grid = self._grid
        parts = _ADDRESS.split(data)
        if parts[0]:
            self._general(parts[0])
        pieces, put = self._pieces, grid.put
        for at in range(1, len(parts), 3):
            y, x, piece = int(parts[at]) - 1, int(parts[at + 1]) - 1, parts[at + 2]
            if grid.pen == PLAIN:
                feeds = piece[-1:] == "\n"
                if feeds:
                    piece = piece[:-1]
                found = pieces.get(piece)
                if found is None:
                    found = self._learn(piece)
                    pieces = self._pieces
                if found is not None and 0 <= x < grid.width and y >= 0:
                    if found[0]:
                        put(y, x, *found)
                    else:
                        grid.move(y, x)
                    if feeds:  # the terminal's line discipline makes CR LF of it
                        grid.line_feed()
                        grid.x = 0
                    continue
                if feeds:
                    piece += "\n"
            grid.move(y, x)
            if piece:
                self._general(piece)

    def place(self, y: int, x: int, piece: str) -> None:
        """Take a piece as if the stream had addressed it to a cell. Raises as `feed` does."""
        grid = self._grid
        if grid.pen == PLAIN:
            found = self._pieces.get(piece) or self._learn(piece)
            if found is not None and 0 <= x < grid.width and y >= 0:
                if found[0]:
                    grid.put(y, x, *found)
                return
        grid.move(y, x)
        self._general(piece)

    def _learn(self, piece: str) -> _Piece | None:
        """What a piece does, remembered; None when it is more than text in colours."""
        found = self._older.get(piece) or self._piece(piece)
        if found is not None:
            if len(self._pieces) >= _MAX_PIECES:
                self._older, self._pieces = self._pieces, {}
            self._pieces[piece] = found
        return found

    def _piece(self, piece: str) -> _Piece | None:
        """Cells and styles of a piece that is plain text in colours and ends in the default style; else None."""
        *spans, rest = piece.split(_RESET)
        known = self._spans
        texts: list[str] = []
        styles: list[str] = []
        for span in spans:
            found = known.get(span)
            if found is None:
                found = self._span(span)
                if found is None:
                    return None
                if len(known) >= _MAX_SPANS:
                    known.clear()
                known[span] = found
            texts.append(found[0])
            styles.append(found[1])
        if rest:
            if ODD.search(rest) is not None:
                return None
            texts.append(rest)
            styles.append(PLAIN * len(rest))
        return "".join(texts), "".join(styles)

    def _span(self, span: str) -> _Piece | None:
        """Cells and styles of what stands between two resets; None when it is more than text in colours."""
        parts = _STYLED.split(span)
        cells = "".join(parts[::2])
        if ODD.search(cells) is not None:
            return None
        pen, styles = PLAIN, [PLAIN * len(parts[0])]
        for at in range(1, len(parts), 2):
            pen = self._grid.styles.after(pen, parts[at])
            styles.append(pen * len(parts[at + 1]))
        return cells, "".join(styles)

    # anything else --------------------------------------------------------------------------------------------------

    def _general(self, data: str) -> None:
        at = 0
        while at < len(data):
            token = _TOKEN.match(data, at)
            if token is None:
                rest = data[at:]
                if len(rest) > _MAX_UNFINISHED or not _may_be_finished(rest):
                    self._listener.on_unknown(rest)
                else:
                    self._unfinished = rest
                return
            at = token.end()
            kind = token.lastgroup
            if kind == "text":
                self._text(token.group())
            elif kind == "control":
                self._control(token.group())
            elif kind == "final":
                self._csi(token.group(), token["params"], token["inter"], token["final"])
            elif kind == "osc":
                self._osc(token.group(), token["osc"])
            else:
                self._listener.on_unknown(token.group())

    def _text(self, text: str) -> None:
        grid = self._grid
        marks, cells = grid.clusters.cells(text)
        if marks:
            grid.join(marks)
        if cells:
            grid.put(grid.y, min(grid.x, grid.width), cells, grid.pen * len(cells))

    def _control(self, control: str) -> None:
        grid = self._grid
        if control == "\n":
            grid.line_feed()
            grid.x = 0
        elif control == "\r":
            grid.x = 0
        elif control == "\b":
            grid.x = max(0, min(grid.x, grid.width - 1) - 1)
        elif control == "\t":
            grid.x = min(grid.width - 1, (grid.x // 8 + 1) * 8)
        elif control == "\a":
            self._listener.on_handed_on(control)
        elif control not in "\0\x7f":  # those two are ignored by terminals
            self._listener.on_unknown(control)

    def _osc(self, sequence: str, body: str) -> None:
        if body.startswith("8;"):
            link = body[2:]
            self._grid.pen = self._grid.styles.linked(self._grid.pen, "" if link.endswith(";") else link)
        elif _HARMLESS_OSC.match(body):
            self._listener.on_handed_on(sequence)
        else:
            self._listener.on_unknown(sequence)

    def _csi(self, sequence: str, params: str, inter: str, final: str) -> None:
        grid, listener = self._grid, self._listener
        if params[:1] in ("?", ">", "<", "=") or inter:
            self._private(sequence, params, inter, final)
        elif final == "m":
            grid.pen = grid.styles.after(grid.pen, params)
        elif (act := _MODELLED.get(final)) is not None and _NUMBERS.fullmatch(params):
            act(grid, [int(word or 0) for word in params.split(";")])
        elif (final in "cn" and _NUMBERS.fullmatch(params)) or (final == "t" and params[:2] in ("22", "23")):
            listener.on_handed_on(sequence)
        else:
            listener.on_unknown(sequence)

    def _private(self, sequence: str, params: str, inter: str, final: str) -> None:
        listener = self._listener
        if params[:1] == "?" and not inter and final in "hl":
            modes = params[1:].split(";")
            if modes == [_SYNC]:
                if final == "h":
                    listener.on_sync()
            elif modes == [_ALTERNATE_SCREEN]:
                self._grid.clear()
                listener.on_screen(final == "h")
                listener.on_handed_on(sequence)
                listener.on_cleared()
            elif _HARMLESS_MODES.issuperset(modes):
                listener.on_handed_on(sequence)
            else:
                listener.on_unknown(sequence)
        elif (
            (final == "p" and inter == "$")  # is this mode set?
            or (final == "q" and inter == " ")  # the cursor's shape
            or (final == "u" and not inter)  # the keyboard protocol
            or (final in "cnq" and params[:1] in (">", "?", "=") and not inter)  # who are you?
        ):
            listener.on_handed_on(sequence)
        else:
            listener.on_unknown(sequence)


_NUMBERS: Final = re.compile(r"[0-9]{0,5}(?:;[0-9]{0,5})*")


def _may_be_finished(rest: str) -> bool:
    """Whether more output could make a sequence of this."""
    return re.fullmatch(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x1b\x18\x1a]*\x1b?|[ -/]*)?", rest, re.DOTALL) is not None


def _count(numbers: list[int]) -> int:
    return max(1, numbers[0])


def _place(numbers: list[int]) -> tuple[int, int]:
    return max(1, numbers[0]) - 1, max(1, numbers[1] if len(numbers) > 1 else 1) - 1


def _erase_display(grid: Grid, numbers: list[int]) -> None:
    kind = numbers[0]
    if kind <= 1:
        grid.erase(grid.y, *((grid.x, grid.width) if kind == 0 else (0, grid.x + 1)))
    rows = {0: range(grid.y + 1, grid.height), 1: range(grid.y), 2: range(grid.height)}.get(kind, range(0))
    for y in rows:
        grid.erase(y, 0, grid.width)


def _erase_line(grid: Grid, numbers: list[int]) -> None:
    start, end = {0: (grid.x, grid.width), 1: (0, grid.x + 1), 2: (0, grid.width)}.get(numbers[0], (0, 0))
    grid.erase(grid.y, start, end)


_MODELLED: Final[dict[str, Callable[[Grid, list[int]], None]]] = {
    "A": lambda grid, n: grid.move(grid.y - _count(n), grid.x),
    "B": lambda grid, n: grid.move(grid.y + _count(n), grid.x),
    "C": lambda grid, n: grid.move(grid.y, grid.x + _count(n)),
    "D": lambda grid, n: grid.move(grid.y, min(grid.x, grid.width - 1) - _count(n)),
    "E": lambda grid, n: grid.move(grid.y + _count(n), 0),
    "F": lambda grid, n: grid.move(grid.y - _count(n), 0),
    "G": lambda grid, n: grid.move(grid.y, _count(n) - 1),
    "H": lambda grid, n: grid.move(*_place(n)),
    "J": _erase_display,
    "K": _erase_line,
    "X": lambda grid, n: grid.erase(grid.y, min(grid.x, grid.width - 1), grid.x + _count(n)),
    "d": lambda grid, n: grid.move(_count(n) - 1, grid.x),
    "f": lambda grid, n: grid.move(*_place(n)),
}
