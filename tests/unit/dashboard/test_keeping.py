"""Favourites and alerts on disk: private, whole, shared between dashboards, and no trouble when they are garbage."""

from __future__ import annotations

import asyncio
import json
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from psdash.dashboard.keeping import MAX_BYTES, KeptFile, Shelf, UnreadableError, venue_name
from psdash.market.alerts import Alert, Kind
from psdash.settings import Settings

ALERT = Alert("spain-vs-france-2026-yes", 0, Kind.ABOVE, Decimal("0.55"))


def shelf(directory: Path, said: list[str] | None = None) -> Shelf:
    return Shelf(directory, "demo", speak=(said if said is not None else []).append)


async def test_what_was_marked_and_set_is_there_again(tmp_path: Path) -> None:
    home = tmp_path / "new" / "psdash"
    first = shelf(home)
    await first.load()
    assert first.toggle_favourite("b-market")
    assert first.toggle_favourite("a-market")
    assert first.toggle_favourite("c-market")
    assert not first.toggle_favourite("c-market")
    first.alerts.add(ALERT)
    first.alerts_changed()
    await first.close()
    for file in home.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert {file.name for file in home.iterdir()} == {"favourites-demo.json", "alerts-demo.json"}
    again = shelf(home)
    await again.load()
    assert again.favourites == ("b-market", "a-market")
    assert again.alerts.all() == [ALERT]


async def test_changes_are_kept_while_it_runs(tmp_path: Path) -> None:
    kept = shelf(tmp_path)
    await kept.load()
    running = asyncio.create_task(kept.run())
    try:
        kept.toggle_favourite("a-market")
        async with asyncio.timeout(20):
            while not (tmp_path / "favourites-demo.json").exists():  # noqa: ASYNC110  # a file has no event
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
    assert json.loads((tmp_path / "favourites-demo.json").read_text())["favourites"] == ["a-market"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b'{"favourites": 3}',
        b"null",
        b"[" * 200_000,
        b" " * (MAX_BYTES + 1),
    ],
    ids=["empty", "cut", "binary", "list", "number", "null", "deep", "long"],
)
async def test_garbage_is_moved_aside_and_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "favourites-demo.json"
    path.write_bytes(content)
    said: list[str] = []
    kept = shelf(tmp_path, said)
    await kept.load()
    assert kept.favourites == ()
    assert len(said) == 1
    assert "favourites-demo.json.unreadable" in said[0]
    assert (tmp_path / "favourites-demo.json.unreadable").read_bytes() == content
    kept.toggle_favourite("a-market")
    await kept.close()
    assert json.loads(path.read_text())["favourites"] == ["a-market"]


async def test_odd_rows_are_left_out_and_the_others_taken(tmp_path: Path) -> None:
    rows = ["good-one", 7, None, "NOT A SLUG", "\x1b[31m", {"a": 1}, "good-two"]
    (tmp_path / "favourites-demo.json").write_text(json.dumps({"favourites": rows}))
    kept = shelf(tmp_path)
    await kept.load()
    assert kept.favourites == ("good-one", "good-two")


async def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text(json.dumps({"favourites": ["a-market"]}))
    (tmp_path / "favourites-demo.json").symlink_to(target)
    said: list[str] = []
    kept = shelf(tmp_path, said)
    await kept.load()
    assert kept.favourites == ()
    assert len(said) == 1
    kept.toggle_favourite("b-market")
    await kept.close()
    assert json.loads(target.read_text())["favourites"] == ["a-market"]
    assert not (tmp_path / "favourites-demo.json").is_symlink()


async def test_a_place_that_cannot_be_written_is_said_once_and_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said: list[str] = []
    kept = Shelf(tmp_path / "file" / "psdash", "demo", speak=said.append)
    await kept.load()
    said.clear()
    for slug in ("a-market", "b-market"):
        kept.toggle_favourite(slug)
        await kept.close()
    assert kept.favourites == ("a-market", "b-market")
    assert sum("cannot be kept" in each for each in said) == 1


async def test_two_dashboards_do_not_undo_each_other(tmp_path: Path) -> None:
    left, right = shelf(tmp_path), shelf(tmp_path)
    await left.load()
    await right.load()
    left.toggle_favourite("left-market")
    left.alerts.add(ALERT)
    left.alerts_changed()
    await left.close()
    right.toggle_favourite("right-market")
    await right.close()
    assert right.favourites == ("right-market", "left-market")
    left.toggle_favourite("left-market")
    await left.close()
    assert left.favourites == ("right-market",)
    other = Alert("b-market", 1, Kind.PRINT, Decimal(500))
    right.alerts.add(other)
    right.alerts_changed()
    await right.close()
    assert {alert.key for alert in right.alerts.all()} == {ALERT.key, other.key}


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    file = KeptFile(tmp_path / "x.json", "x")
    file.write(["old"])
    with pytest.raises(TypeError):
        file.write([object()])
    assert file.read() == ["old"]
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "x.json")
    with pytest.raises(UnreadableError):
        KeptFile(tmp_path / "x.json", "x").read()


def test_each_venue_has_files_of_its_own() -> None:
    assert venue_name(Settings(demo=True)) == "demo"
    local = Settings.model_validate(
        {"rest_url": "http://127.0.0.1:8123", "ws_url": "ws://127.0.0.1:8123", "jwt": "x" * 20}
    )
    assert venue_name(local) == "127.0.0.1_8123"
