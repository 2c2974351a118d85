"""The lines over and under a pane."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.color import Color

from psdash.dashboard.painting.frame import (
    FrameRow,
    badge_for,
    badge_step_s,
    clip_cells,
    draw_frame_row,
    frame_rows,
    pane_title,
)
from psdash.dashboard.painting.glyphs import UNICODE
from psdash.dashboard.painting.palette import Palette, Tone
from psdash.market.freshness import Freshness, PaneState

PALETTE = Palette({}, Color.parse("#101216"))
STALE = Freshness(PaneState.STALE, "link lost; reconnecting", since_s=90, proved_s=88)


def drawn(
    freshness: Freshness, width: int, *, title: str = "YES ladder", note: str = "", foot: str = "#128471"
) -> tuple[str, str]:
    badge = badge_for(freshness, 100.0, UNICODE)
    rows: tuple[FrameRow, FrameRow] = frame_rows(title, (note, Tone.ACCENT), badge, ("", foot), width, focused=False)
    over, under = ("".join(s.text for s in draw_frame_row(row, width, PALETTE, UNICODE)) for row in rows)
    return over, under


def test_live_is_quiet() -> None:
    assert drawn(Freshness(PaneState.LIVE), 36) == (
        "╭─ YES ladder ──────────── ● LIVE ─╮",
        "╰─────────────────────── #128471 ──╯".replace("─ #128471 ──╯", "─ #128471 ─╯").replace("╰─", "╰──", 1),
    )


@pytest.mark.parametrize(
    ("width", "over", "under"),
    [
        (60, "STALE 12 s: link lost; reconnecting", "#128471"),
        (44, "STALE 12 s", "link lost; reconnecting"),
        (36, "STALE 12 s", "link lost; reconnec…"),
        (30, "╭─ YES ─", "link lost; re…"),
        (30, "STALE 12 s", "#128471"),
        (20, "STALE", "#128471"),
    ],
)
def test_the_word_always_stands_and_the_reason_finds_its_place(width: int, over: str, under: str) -> None:
    above, below = drawn(STALE, width)
    assert over in above
    assert under in below


def test_a_note_with_a_number_is_never_cut_while_there_is_another_way() -> None:
    live = Freshness(PaneState.LIVE)
    assert "YES tape held, 37 new" in drawn(live, 40, title="YES tape", note="held, 37 new")[0]
    assert "YES held, 37 new" in drawn(live, 27, title="YES tape", note="held, 37 new")[0]


@given(
    st.sampled_from(PaneState),
    st.text(alphabet="ab ;日", max_size=60),
    st.text(alphabet="Y日 s", max_size=30),
    st.sampled_from(["", "held", "held, 12345 new"]),
    st.integers(8, 120),
)
def test_a_frame_is_as_wide_as_its_pane(state: PaneState, reason: str, title: str, note: str, width: int) -> None:
    freshness = Freshness(state, reason, since_s=10, proved_s=None)
    for line in drawn(freshness, width, title=title, note=note):
        if width >= 40:
            assert cell_len(line) == width
        assert line[0] in "╭╰"
        assert line[-1] in "╮╯"


@pytest.mark.parametrize(
    ("freshness", "step_s"),
    [
        (Freshness(PaneState.LIVE), None),
        (Freshness(PaneState.OFF), None),
        (Freshness(PaneState.REFUSED, "key"), None),
        (replace(STALE, proved_s=88.25), 0.25),
        (Freshness(PaneState.SYNCING, since_s=99), 2.0),  # it becomes patient, then it counts
        (Freshness(PaneState.SYNCING, since_s=90.5), 0.5),
    ],
)
def test_it_asks_to_be_drawn_again_when_its_words_change(freshness: Freshness, step_s: float | None) -> None:
    assert badge_step_s(freshness, 100.0) == step_s


def test_words_are_cut_by_cells() -> None:
    assert clip_cells("日本語", 6, "…") == "日本語"
    assert clip_cells("日本語", 5, "…") == "日本…"
    assert clip_cells("日本語", 4, "…") == "日…"
    assert clip_cells("abc", 0, "…") == ""
    assert pane_title("a\x1b[31m", "tape") == "a\ufffd[31m tape"
