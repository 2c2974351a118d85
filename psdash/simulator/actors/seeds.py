"""One seed, many generators: every actor draws from a child of its own, found by name.

A child depends on the root seed and its name only, so one actor more or less reshuffles no other actor's draws.
"""

from __future__ import annotations

import random


class Seeds:
    """The root of the tree of generators."""

    def __init__(self, seed: int, path: str = "psdash") -> None:
        self._seed = seed
        self._path = path

    def child(self, name: str) -> random.Random:
        """The generator called `name`; asking twice gives two equal, separate generators."""
        # A string seed goes through SHA-512 (`random.seed`, version 2), so it is the same in every process.
        return random.Random(f"{self._seed}/{self._path}/{name}")

    def under(self, name: str) -> Seeds:
        """A branch: the tree of generators of one group of actors."""
        return Seeds(self._seed, f"{self._path}/{name}")
