"""As much of a table as a clipboard takes: whole rows, under the size that terminals let through.

Text reaches the clipboard by OSC 52, in base64. Common terminals cut the sequence off at 100,000 bytes and then take
nothing at all, or half a row; tmux hands it on only with `set-clipboard on`. Nobody answers, so what is said to the
person is what was sent, and that the terminal must allow it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from psdash.dashboard.sending.tables import Table, csv_line

#: Bytes of text whose base64 is just under 100,000 with the sequence around it.
MOST_BYTES: Final = 74_000


@dataclass(frozen=True, slots=True)
class Clip:
    """What is sent: `rows` of `of`, and how many bytes."""

    text: str
    rows: int
    of: int
    bytes: int


def clip_of(table: Table, limit: int = MOST_BYTES) -> Clip:
    """The table's names and its first rows, as many as fit `limit` bytes."""
    lines = [csv_line(table.names)]
    taken = len(lines[0].encode())
    for row in table.rows:
        line = csv_line(row)
        taken += len(line.encode())
        if taken > limit:
            break
        lines.append(line)
    text = "".join(lines)
    return Clip(text, len(lines) - 1, len(table.rows), len(text.encode()))


def clip_words(table: Table, clip: Clip, *, is_row: bool) -> str:
    """What to say of it."""
    what = f"{clip.rows:,} row{'' if clip.rows == 1 else 's'}"
    if clip.rows < clip.of:
        what = f"the first {what} of {clip.of:,}"
    said = f"Sent to the clipboard: {what} of {table.title} as CSV, {clip.bytes:,} bytes."
    if clip.rows < clip.of and not is_row:
        said += " A clipboard takes no more; e writes all of them to a file."
    said += hidden_words(table)
    return f"{said} Your terminal must allow it (OSC 52; in tmux: set-clipboard on)."


def hidden_words(table: Table) -> str:
    """That own amounts are left out, where they are."""
    return " Your amounts are hidden in it: privacy is on." if table.is_masked else ""
