"""What a program wrote to its terminal, taken apart: every control byte must be one that our own screen uses."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from psdash.terminal.moves import move

#: One escape sequence, or one control character; everything else is text.
_TOKEN = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"  # two characters and charsets
    r"|[\x00-\x1f\x7f-\x9f]",
    re.DOTALL,
)
_STRAYS = frozenset({"Cf", "Cs", "Co", "Zl", "Zp"})


def shapes(written: bytes) -> Counter[str]:
    """Each control sequence with its numbers left out, and how often it stands there."""
    return Counter(_shape(token) for token in _TOKEN.findall(_text(written)))


def moves() -> Counter[str]:
    """The ways in which our driver moves the cursor: which of them a run happens to need is chance."""
    places = [(y, x) for y in (0, 1, 20) for x in (0, 1, 2, 90)]
    return shapes("".join(move(*old, *new) for old in places for new in places).encode())


def strays(written: bytes) -> Counter[str]:
    """Characters of the text between the sequences that no safe text has: formats, surrogates, private use."""
    rest = _TOKEN.sub("", _text(written))
    return Counter(char for char in rest if not char.isascii() and unicodedata.category(char) in _STRAYS)


def _text(written: bytes) -> str:
    return written.decode("utf-8", "surrogateescape")


def _shape(token: str) -> str:
    if token.startswith("\x1b[") and token.endswith("m"):
        return "CSI m"  # colours: whatever theme and state ask for
    if token.startswith("\x1b[") and token[2:3] not in "?<=>":
        return f"CSI {re.sub('[0-9;]', '', token[2:])}"  # moves: the place differs
    return ascii(token)
