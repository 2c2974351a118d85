"""The order of everything: the proofs first, so that the longest of them run beside all the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

PROOF = Path(__file__).parent / "proof"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: PROOF not in item.path.parents)  # stable: otherwise as collected
