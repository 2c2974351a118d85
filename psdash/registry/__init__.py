"""The sources there are, one file each, the first one being what is watched when nobody says.

A source is registered here and nowhere else: its wire, its gateway and its simulator are its own rooms, and the
dashboard, the command line and the settings learn of it from here (docs/architecture.md, "Add a source"). Light on
purpose: `psdash --help` lists every source.
"""

from __future__ import annotations

from typing import Final

from psdash.registry.predictionhunt import PREDICTIONHUNT
from psdash.registry.predictstreet import PREDICTSTREET
from psdash.registry.shuriken import SHURIKEN
from psdash.registry.source import Source

SOURCES: Final[dict[str, Source]] = {source.name: source for source in (PREDICTSTREET, PREDICTIONHUNT, SHURIKEN)}
DEFAULT: Final = PREDICTSTREET.name
#: What stands for every source at once.
ALL: Final = "all"


def source_of(name: str) -> Source | None:
    """Whose market a name is, by its form; PredictStreet's slugs have no colon."""
    return next((source for source in reversed(SOURCES.values()) if source.form.fullmatch(name)), None)


def others() -> tuple[Source, ...]:
    """Every source but the default one, whose settings have names of their own."""
    return tuple(source for source in SOURCES.values() if source.name != DEFAULT)
