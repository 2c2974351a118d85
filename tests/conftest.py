"""The order of everything: the proofs first, so that the longest of them run beside all the rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROOF = Path(__file__).parent / "proof"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: PROOF not in item.path.parents)  # stable: otherwise as collected


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Half as many workers again as cores: a third of the tests' time goes by in waiting for real clocks and ptys."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(2, cores * 3 // 2)
