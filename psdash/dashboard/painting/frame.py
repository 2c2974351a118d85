"""A pane's frame: its title, the state of its data, and what stands in its bottom line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import set_cell_size
from rich.segment import Segment

from psdash.dashboard.painting.glyphs import Glyphs
from psdash.dashboard.painting.numbers import age, age_step_s
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.market.freshness import Freshness, PaneState
from psdash.terminal.cells import cells_in
from psdash.text import safe_text

_TONE_OF = {
    PaneState.LIVE: Tone.UP,
    PaneState.CONNECTING: Tone.MUTED,
    PaneState.SYNCING: Tone.ACCENT,
    PaneState.STALE: Tone.WARN,
    PaneState.RESYNC: Tone.WARN,
    PaneState.PAUSED: Tone.WARN,
    PaneState.REFUSED: Tone.ERROR,
    PaneState.OFF: Tone.MUTED,
}

#: Cells of the top line that are neither title nor badge: two corners, rules and the spaces around them.
_TOP_FIXED = 9

#: From this many seconds a state on the way to LIVE says how long it has been on it.
_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Badge:
    """A pane's state: a glyph, its word, the age that goes with it, and why it is so (empty where there is none)."""

    glyph: str
    tone: Tone
    word: str
    age: str
    reason: str
    is_live: bool

    @property
    def dated(self) -> str:
        return f"{self.word} {self.age}" if self.age else self.word

    @property
    def full(self) -> str:
        return f"{self.dated}: {self.reason}" if self.reason else self.dated


@dataclass(frozen=True, slots=True)
class FrameRow:
    """A row that belongs to the frame."""


@dataclass(frozen=True, slots=True)
class Top(FrameRow):
    """The line over a pane. `words` are those of the badge; empty leaves the glyph alone."""

    title: str
    note: str
    note_tone: Tone
    badge: Badge
    words: str
    focused: bool


@dataclass(frozen=True, slots=True)
class Bottom(FrameRow):
    """The line under a pane."""

    left: str
    left_tone: Tone
    right: str
    focused: bool


def pane_title(label: str, noun: str) -> str:
    """What a pane of one outcome is called: "YES ladder". The label comes first; the noun gives way before it."""
    return f"{safe_text(label, 16)} {noun}"


def badge_for(freshness: Freshness, now_s: float, glyphs: Glyphs) -> Badge:
    """The words for what a pane may claim. Only LIVE is short: whatever else it is, the person must see why."""
    state, word = freshness.state, str(freshness.state)
    if state is PaneState.LIVE:
        return Badge(glyphs.full, _TONE_OF[state], word, "", "", is_live=True)
    glyph = glyphs.dot if state is PaneState.OFF else glyphs.hollow
    span_s = _shown_age_s(freshness, now_s)
    dated = "" if span_s is None else age(span_s)
    return Badge(glyph, _TONE_OF[state], word, dated, safe_text(freshness.reason, 120), is_live=False)


def frame_rows(
    title: str, note: tuple[str, Tone], badge: Badge, foot: tuple[str, str], width: int, *, focused: bool
) -> tuple[Top, Bottom]:
    """The two lines of a frame `width` cells wide.

    The state's word always stands; its age, its reason, then the title give way. A reason that does not fit above
    goes below, where it takes the place of what else stood there.
    """
    note_words, note_tone = note
    # The glyph and the note with the spaces before them: neither gives way, a note may hold a number.
    room = width - _TOP_FIXED - 1 - (1 + cells_in(note_words) if note_words else 0)
    short = title.rsplit(" ", 1)[0]
    if badge.is_live:
        forms = [(title, badge.word), (title, ""), (short, "")] if note_words else [(title, badge.word)]
    else:
        forms = [(title, badge.full), (title, badge.dated), (short, badge.dated), (short, badge.word)]
    title, words = next((form for form in forms if _cells_of(*form) <= room), forms[-1])
    left, right = foot
    left_tone = Tone.MUTED
    if badge.reason and words != badge.full:
        left, left_tone = badge.reason, badge.tone
    return Top(title, note_words, note_tone, badge, words, focused), Bottom(left, left_tone, right, focused)


def _cells_of(title: str, words: str) -> int:
    return cells_in(title) + (1 + cells_in(words) if words else 0)


def badge_step_s(freshness: Freshness, now_s: float) -> float | None:
    """Seconds until the badge's words change by themselves; None when they do not."""
    if freshness.state in (PaneState.LIVE, PaneState.OFF, PaneState.REFUSED):
        return None
    span_s = _shown_age_s(freshness, now_s)
    if span_s is None:
        return max(0.0, _PATIENCE_S - (now_s - freshness.since_s))
    return age_step_s(span_s)


def _shown_age_s(freshness: Freshness, now_s: float) -> float | None:
    state = freshness.state
    if state in (PaneState.LIVE, PaneState.OFF, PaneState.REFUSED):
        return None
    since_s = max(0.0, now_s - freshness.since_s)
    if state is PaneState.STALE:
        proved_s = freshness.age_s(now_s)
        return since_s if proved_s is None else proved_s
    return since_s if since_s >= _PATIENCE_S else None


def clip_cells(text: str, width: int, ellipsis: str) -> str:
    """Words cut to `width` cells, an ellipsis last when something was cut. For words only, never for numbers."""
    if cells_in(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + ellipsis if width > 0 else ""


def draw_frame_row(row: FrameRow, width: int, palette: Palette, glyphs: Glyphs) -> Sequence[Segment]:
    """Draw the line over or under a pane, `width` cells wide (8 or more)."""
    if isinstance(row, Top):
        return _draw_top(row, width, palette, glyphs)
    assert isinstance(row, Bottom)
    return _draw_bottom(row, width, palette, glyphs)


def _draw_top(row: Top, width: int, palette: Palette, glyphs: Glyphs) -> Sequence[Segment]:
    rule = palette.style(Tone.ACCENT if row.focused else Tone.FAINT)
    title = palette.style(Tone.ACCENT if row.focused else Tone.TEXT, bold=True)
    badge = row.badge
    glyph = palette.style(badge.tone, bold=not badge.is_live)
    words = f" {row.words}" if row.words else ""
    tail = 1 + cells_in(words)
    note = f" {row.note}" if row.note else ""
    room = max(0, width - _TOP_FIXED - tail - cells_in(note))
    shown_title = clip_cells(row.title, room, glyphs.ellipsis)
    fill = max(1, room + 1 - cells_in(shown_title))
    line = glyphs.horizontal
    return [
        Segment(f"{glyphs.top_left}{line} ", rule),
        Segment(shown_title, title),
        Segment(note, palette.style(row.note_tone)),
        Segment(f" {line * fill} ", rule),
        Segment(badge.glyph, glyph),
        Segment(words, palette.style(Tone.MUTED) if badge.is_live else glyph),
        Segment(f" {line}{glyphs.top_right}", rule),
    ]


def _draw_bottom(row: Bottom, width: int, palette: Palette, glyphs: Glyphs) -> Sequence[Segment]:
    rule = palette.style(Tone.ACCENT if row.focused else Tone.FAINT)
    line = glyphs.horizontal
    right = f" {row.right} " if row.right and cells_in(row.right) + 6 <= width else ""
    space = width - 4 - cells_in(right) - 3
    left = f" {clip_cells(row.left, space, glyphs.ellipsis)} " if row.left and space >= 4 else ""
    fill = width - 4 - cells_in(left) - cells_in(right)
    return [
        Segment(f"{glyphs.bottom_left}{line}", rule),
        Segment(left, palette.style(row.left_tone)),
        Segment(line * fill, rule),
        Segment(right, palette.style(Tone.MUTED)),
        Segment(f"{line}{glyphs.bottom_right}", rule),
    ]
