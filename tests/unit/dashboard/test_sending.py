"""What leaves the screen: CSV that no spreadsheet runs, a clipboard that is not overfilled, private files."""

from __future__ import annotations

import csv
import io
import os
import stat
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.dashboard.sending.clipboard import MOST_BYTES, clip_of, clip_words
from psdash.dashboard.sending.files import write_table
from psdash.dashboard.sending.tables import HIDDEN, Table, csv_line, csv_text, moment
from psdash.text import is_safe, safe_text

STAMP = "20260715T200003Z"


def table_of(count: int, *, is_masked: bool = False) -> Table:
    rows = [(f"m{at}", Decimal(at) / 4, None) for at in range(count)]
    return Table("orders", ("market", "size", "note"), rows, is_masked)


def read_back(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_values_are_exact_and_nothing_is_an_empty_field() -> None:
    line = csv_line((Decimal("0.000001"), Decimal("-12.50"), 7, None, "a, b", 'say "x"', Decimal("1E+3")))
    assert line == '0.000001,-12.50,7,,"a, b","say ""x""",1000\n'


def test_times_are_utc_with_milliseconds() -> None:
    assert moment(1_784_145_603_007) == "2026-07-15T20:00:03.007Z"
    assert moment(None) is None


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\uff1d1", "\u200b=1"])
def test_no_text_is_a_formula(text: str) -> None:
    ((field,),) = read_back(csv_line((text,)))
    assert field.startswith("'")


@given(st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_foreign_text_is_one_safe_field_each(texts: list[str]) -> None:
    line = csv_line(tuple(texts))
    assert line.count("\n") == 1
    (fields,) = read_back(line)
    assert len(fields) == len(texts)
    for field, text in zip(fields, texts, strict=True):
        assert is_safe(field)
        assert field.removeprefix("'") == safe_text(text).removeprefix("'")
        assert not field.lstrip().startswith(tuple("=+-@"))


@given(st.integers(0, 400), st.integers(30, 3_000))
def test_a_clip_is_whole_rows_under_the_limit(count: int, limit: int) -> None:
    table = table_of(count)
    clip = clip_of(table, limit)
    assert clip.bytes == len(clip.text.encode()) <= limit
    assert csv_text(table).startswith(clip.text)
    assert clip.text.endswith("\n")
    assert (clip.rows, clip.of) == (clip.text.count("\n") - 1, count)
    if clip.rows < count:
        assert clip.bytes + len(csv_line(table.rows[clip.rows]).encode()) > limit


def test_a_full_clipboard_stays_under_what_terminals_take() -> None:
    clip = clip_of(table_of(20_000))
    assert 0 < clip.rows < 20_000
    assert 4 * -(-clip.bytes // 3) + len("\x1b]52;c;\a") < 100_000
    assert clip.bytes > MOST_BYTES - 100


def test_the_words_say_what_was_sent_and_what_was_not() -> None:
    table = table_of(3)
    words = clip_words(table, clip_of(table), is_row=False)
    assert "3 rows of orders as CSV" in words
    assert f"{len(csv_text(table)):,} bytes" in words
    assert "must allow it" in words
    assert "hidden" not in words
    table = table_of(20_000, is_masked=True)
    clip = clip_of(table)
    words = clip_words(table, clip, is_row=False)
    assert f"the first {clip.rows:,} rows of 20,000" in words
    assert "e writes all" in words
    assert "hidden" in words
    assert "1 row of" in clip_words(table_of(1), clip_of(table_of(1)), is_row=True)


def test_a_file_is_private_and_never_over_another(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "exports"
    first = write_table(table_of(2), folder, STAMP)
    second = write_table(table_of(3), folder, STAMP)
    assert first.name == f"psdash-orders-{STAMP}.csv"
    assert second.name == f"psdash-orders-{STAMP}-2.csv"
    assert first.read_text() == csv_text(table_of(2))
    assert second.read_text() == csv_text(table_of(3))
    for path in (first, second):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f"psdash-orders-{STAMP}.csv").symlink_to(victim)
    path = write_table(table_of(1), tmp_path, STAMP)
    assert path.name.endswith("-2.csv")
    assert victim.read_text() == "mine"


def test_a_folder_that_cannot_be_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r".+"):
        write_table(table_of(1), tmp_path / "file" / "exports", STAMP)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_only_whole_files_are_ever_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []
    link = os.link

    def linked(half: str, path: Path) -> None:
        named.extend(each.name for each in tmp_path.glob("*.csv"))
        assert Path(half).read_text() == csv_text(table_of(2))
        link(half, path)

    monkeypatch.setattr("os.link", linked)
    path = write_table(table_of(2), tmp_path, STAMP)
    assert named == []
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_refuses_the_name_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(half: str, path: Path) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("os.link", refused)
    with pytest.raises(PermissionError):
        write_table(table_of(2), tmp_path, STAMP)
    assert list(tmp_path.iterdir()) == []


def test_a_title_is_a_plain_file_name(tmp_path: Path) -> None:
    path = write_table(Table("../../YES tape", ("a",), [("x",)]), tmp_path, STAMP)
    assert path.parent == tmp_path
    assert path.name == f"psdash-yes-tape-{STAMP}.csv"


def test_hidden_is_a_word_and_no_number() -> None:
    assert csv_line((HIDDEN,)) == '"hidden"\n'
