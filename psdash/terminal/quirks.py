"""What some terminals would print as text, or take amiss, and what is therefore kept from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

#: Sizes reported in band: ours come from the kernel, which a stray paste cannot forge.
_IN_BAND: Final = re.compile(r"\x1b\[\?2048(?:\$p|h|l)")
_DECRQM: Final = re.compile(r"\x1b\[\??[0-9]+\$p")
_KEYBOARD: Final = re.compile(r"\x1b\[[<>=?][0-9;]*u")
_PLAINEST: Final = re.compile(r"\x1b\[(?:m|2J|\?(?:7|25|1049)[hl])+")


@dataclass(frozen=True, slots=True)
class Quirks:
    """How to treat one terminal."""

    #: Whether to ask it questions; without answers only the kernel's buffer is known.
    asks: bool
    edit: Callable[[str], str | None]
    why: str = ""
    colours: bool = True
    links: bool = True


def _all(sequence: str) -> str | None:
    return sequence


#: A terminal with everything, nothing kept from it.
NONE: Final = Quirks(True, _all)


def quirks_of(environ: Mapping[str, str]) -> Quirks:
    """How to treat the terminal that the environment describes (TERM, TERM_PROGRAM, STY)."""
    term = environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        why = f"TERM is {term or 'not set'}: no mouse, no colours, nothing asked"
        return Quirks(False, _plainest, why, colours=False, links=False)
    if term.startswith(("linux", "vt1", "vt2", "cons25")):
        return Quirks(True, _console, links=False)
    if ("STY" in environ and "TMUX" not in environ) or environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return Quirks(True, _without_modes)
    return Quirks(True, _usual)


def _usual(sequence: str) -> str | None:
    return None if _IN_BAND.fullmatch(sequence) else sequence


def _without_modes(sequence: str) -> str | None:
    return None if _DECRQM.fullmatch(sequence) else _usual(sequence)


def _console(sequence: str) -> str | None:
    if sequence.startswith("\x1b]") or _KEYBOARD.fullmatch(sequence):
        return None
    return _without_modes(sequence)


def _plainest(sequence: str) -> str | None:
    return sequence if _PLAINEST.fullmatch(sequence) or sequence == "\a" else None
