"""What comes in from a terminal, made fit for Textual's parser: bytes in, whole safe pieces of text out.

Answers to our own questions are taken out. What would end the program is dropped: numbers out of range in keyboard
reports, sizes reported in band (ours come from the kernel), X10 mouse reports, whose bytes are no UTF-8. A paste that
never ends is ended. Pure: told the bytes and the time.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from enum import Enum
from typing import Final

#: The question "are you well?" (ECMA-48 DSR) and its answer: four bytes, and no terminal is without it.
STATUS_QUESTION: Final = "\x1b[5n"
#: The question whether synchronised output is known (DECRQM), where only that is answered.
SYNC_QUESTION: Final = "\x1b[?2026$p"

_ESC: Final = "\x1b"
_PASTE: Final = "\x1b[200~"
_PASTE_END: Final = "\x1b[201~"
_MAX_PASTE: Final = 1 << 20
_MAX_CODE_POINT: Final = 0x10FFFF
#: Mouse reports beyond these places, key reports with longer numbers: no terminal sends them.
_MAX_NUMBER: Final = 10_000

_X10: Final = re.compile(rb"\x1b\[M[\x20-\xff]{3}", re.DOTALL)
_X10_BEGUN: Final = re.compile(rb"\x1b\[M[\x20-\xff]{0,2}\Z")
#: Parameters, intermediates, final; `CSI [ A` is how the Linux console says F1.
_CSI: Final = re.compile(r"\x1b\[(\[(?=[A-E])|[0-?]*)([ -/]*)([@-~])")
#: Strings with which terminals answer (colours, names, clipboard): nothing here asked, and nothing here reads them.
_STRING: Final = re.compile(r"\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)")
#: What may yet become one of the two, or X10 mouse bytes.
_BEGUN: Final = re.compile(r"\x1b(?:\[\[?[0-?]*[ -/]*|[\]P_^X][^\x07\x1b]*\x1b?)?\Z")
#: A sequence that something else broke into.
_CUT: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]P_^X][^\x07\x1b]{0,256})(?=\x1b)")
_MAX_SEQUENCE: Final = 256
#: SGR mouse: button, column, row.
_MOUSE: Final = re.compile(r"<[0-9]{1,5};-?[0-9]{1,5};-?[0-9]{1,5}")


class Answer(Enum):
    """An answer to a question of ours, taken out of the stream."""

    STATUS = "status"
    SYNC = "sync"


class Intake:
    """Takes raw bytes; gives, in their order, answers and pieces of text: a sequence, or a run of characters."""

    def __init__(self) -> None:
        self._bytes = b""
        self._text = ""
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._is_pasting = False
        self._pasted = 0
        self._knows_sync = False
        #: Sequences that were dropped, for the log and the tests.
        self.dropped = 0

    @property
    def is_pasting(self) -> bool:
        """Whether a paste began and did not end."""
        return self._is_pasting

    @property
    def patience_s(self) -> float | None:
        """Seconds of silence after which what waits for its end is given out by `settle`; None when nothing does."""
        if self._text == _ESC:
            return 0.03  # the key, in all likelihood
        if self._text or self._bytes:
            return 0.5 if self._text[1:2] in ("", "[") else 0.1
        return 1.0 if self._is_pasting else None

    def feed(self, data: bytes) -> Iterator[Answer | str]:
        """Take what was read."""
        data = self._bytes + data
        self._bytes = b""
        if b"\x1b[M" in data:
            data, dropped = _X10.subn(b"", data)
            self.dropped += dropped
        if begun := _X10_BEGUN.search(data):
            data, self._bytes = data[: begun.start()], begun.group()
        yield from self._pieces(self._text + self._decode(data))

    def settle(self) -> Iterator[Answer | str]:
        """Nothing more came for a while: Escape, or Alt and a key, is given out, a sequence cut short is dropped; a
        paste is over.
        """
        text, self._text, self._bytes = self._text, "", b""
        if len(text) > 2:
            self.dropped += 1
        elif text:
            yield text
        if self._is_pasting:
            yield self._end_of_paste()

    def _end_of_paste(self) -> str:
        self._is_pasting, self._pasted = False, 0
        return _PASTE_END

    def _pieces(self, text: str) -> Iterator[Answer | str]:
        self._text = ""
        at = 0
        while at < len(text):
            esc = text.find(_ESC, at)
            if esc < 0:
                yield from self._plain(text[at:])
                return
            if esc > at:
                yield from self._plain(text[at:esc])
            at = esc
            found = _CSI.match(text, at) or _STRING.match(text, at)
            if found is None:
                rest = text[at:]
                if len(rest) < _MAX_SEQUENCE and _BEGUN.match(rest):
                    self._text = rest
                    return
                if cut := _CUT.match(rest):
                    self.dropped += 1
                    at += cut.end()
                else:
                    yield from self._plain(_ESC)
                    at += 1
                continue
            at = found.end()
            yield from self._judge(found)

    def _plain(self, text: str) -> Iterator[str]:
        if self._is_pasting:
            self._pasted += len(text)
            if self._pasted > _MAX_PASTE:
                yield self._end_of_paste()
        yield text

    def _judge(self, found: re.Match[str]) -> Iterator[Answer | str]:
        """What to make of a whole sequence."""
        whole = found.group()
        if found.re is _STRING:
            self.dropped += 1
            return
        params, inter, final = found.groups()
        if whole in ("\x1b[0n", "\x1b[3n"):
            yield Answer.STATUS
        elif final == "y" and inter == "$":
            yield from self._mode(params, whole)
        elif whole == _PASTE:
            self._is_pasting = True
            yield whole
        elif whole == _PASTE_END:
            self._is_pasting, self._pasted = False, 0
            yield whole
        elif not self._is_pasting and (fit := _fit(params, inter, final)) is not None:
            yield fit
        else:
            self.dropped += 1

    def _mode(self, params: str, whole: str) -> Iterator[Answer | str]:
        mode, _, state = params.lstrip("?").partition(";")
        if mode != "2026":
            return  # sizes in band among them: the kernel tells sizes
        yield Answer.SYNC
        if not self._knows_sync:
            self._knows_sync = True
            if state in ("1", "2", "3"):  # set, reset, always set: not "unknown" and not "never"
                yield whole


def _fit(params: str, inter: str, final: str) -> str | None:
    """The sequence as Textual's parser can take it; None when it cannot."""
    whole = f"\x1b[{params}{inter}{final}"
    if params == "[":
        return whole
    if inter or len(params) > 64:
        return None
    if params[:1] == "<":
        return whole if final in "Mm" and _MOUSE.fullmatch(params) else None
    if final in "tMmyn" or params[:1] in ("?", ">", "="):
        return None  # sizes in band, and answers to questions that nobody asked
    # A key, its modifiers, its text. Alternatives of the key and kinds of event come after a colon.
    fields = params.split(";")
    for at in range(min(2, len(fields))):
        field, _, more = fields[at].partition(":")
        if at == 1 and more == "3":
            return None  # let go of
        fields[at] = field
    numbers = [number for field in fields for number in field.split(":") if number]
    limit = _MAX_CODE_POINT if final == "u" else _MAX_NUMBER
    if len(fields) > 3 or not all(_is_number(number, limit) for number in numbers):
        return None
    return f"\x1b[{';'.join(fields)}{final}"


def _is_number(number: str, limit: int) -> bool:
    return number.isdecimal() and len(number) < 9 and int(number) <= limit and not 0xD800 <= int(number) < 0xE000
