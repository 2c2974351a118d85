"""Every screen at every size in every theme, cell by cell, as it was last looked at and found good."""

from __future__ import annotations

from difflib import unified_diff
from itertools import islice

import pytest

from tests.screens.goldens import FOLDER, SCENES, Scene, golden_of

CASES = [(scene, size) for scene in SCENES for size in scene.sizes]


@pytest.mark.parametrize(("scene", "size"), CASES, ids=[scene.path(size).stem for scene, size in CASES])
async def test_the_screen_is_the_one_that_was_approved(scene: Scene, size: tuple[int, int]) -> None:
    golden = scene.path(size).read_text(encoding="utf-8")
    seen = await golden_of(scene, size, lambda text: text == golden)
    diff = unified_diff(golden.splitlines(), seen.splitlines(), "approved", "now", n=1, lineterm="")
    assert seen == golden, "\n".join(["look at it, and if it is right: make goldens", *islice(diff, 80)])


def test_no_golden_is_left_over() -> None:
    assert {path.name for path in FOLDER.glob("*.txt")} == {scene.path(size).name for scene, size in CASES}
