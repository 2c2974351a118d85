"""What `psdash doctor` found, one finding at a time: a mark, what was looked at, what it is, what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from psdash.headless.lines import encode
from psdash.settings import Exit
from psdash.text import safe_text


class Mark(Enum):
    """How a check went: its name in JSON, the sign, and the same in ASCII."""

    OK = ("ok", "\N{CHECK MARK}", "ok")
    FAILED = ("failed", "\N{BALLOT X}", "FAILED")
    NOTE = ("note", "!", "note")
    SKIPPED = ("skipped", "-", "skip")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `code` is the exit code a failure asks for; `remedy` what to do, "" when there is nothing to."""

    check: str
    mark: Mark
    says: str
    remedy: str = ""
    code: Exit = Exit.OK


def right(check: str, says: str) -> Finding:
    """All is well."""
    return Finding(check, Mark.OK, says)


def note(check: str, says: str, remedy: str = "") -> Finding:
    """It works, and the person should know."""
    return Finding(check, Mark.NOTE, says, remedy)


def skipped(check: str, why: str) -> Finding:
    """Not looked at."""
    return Finding(check, Mark.SKIPPED, why)


def wrong(check: str, says: str, remedy: str, code: Exit) -> Finding:
    """It does not work."""
    return Finding(check, Mark.FAILED, says, remedy, code)


class Report:
    """Prints findings as they come, as lines for a person or as JSON, and remembers the worst."""

    def __init__(
        self, write: Callable[[str], object], wall_ms: Callable[[], int], *, as_json: bool, plain: bool
    ) -> None:
        """`plain`: the terminal shows ASCII only."""
        self._write = write
        self._wall_ms = wall_ms
        self._as_json = as_json
        self._plain = plain
        self._codes: list[Exit] = []

    @property
    def code(self) -> Exit:
        """0, or what the first thing that is wrong asks for."""
        return self._codes[0] if self._codes else Exit.OK

    @property
    def has_failed(self) -> bool:
        return bool(self._codes)

    def add(self, finding: Finding) -> None:
        """Print it. The text may hold what the venue or a file says: it is made safe here."""
        if finding.mark is Mark.FAILED:
            self._codes.append(finding.code)
        if self._as_json:
            self._write(encode(self._fields(finding)))
            return
        _, sign, ascii_sign = finding.mark.value
        lead = f"{ascii_sign:<7}" if self._plain else f"{sign} "
        self._line(f"{lead}{finding.check:<18} {finding.says}")
        if finding.remedy:
            arrow = "->" if self._plain else "\N{RIGHTWARDS ARROW}"
            for line in finding.remedy.splitlines():
                self._line(f"{'':<{len(lead)}}{'':<18} {arrow} {line}")

    def heading(self, text: str) -> None:
        """A line that is no finding; not in JSON."""
        if not self._as_json:
            self._line(text)

    def _line(self, text: str) -> None:
        text = safe_text(text)
        self._write((text.encode("ascii", "replace").decode() if self._plain else text) + "\n")

    def _fields(self, finding: Finding) -> Mapping[str, object]:
        return {
            "event": "check",
            "pane": "doctor",
            "state": finding.mark.value[0],
            "check": finding.check,
            "says": finding.says,
            "remedy": finding.remedy or None,
            "venue_ms": None,
            "received_ms": self._wall_ms(),
        }
