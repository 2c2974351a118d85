"""The sources there are, the first one being what is watched when nobody says. To add one, add it here."""

from __future__ import annotations

from typing import Final

from psdash.sources.predictionhunt import PREDICTIONHUNT
from psdash.sources.predictstreet import PREDICTSTREET
from psdash.sources.shuriken import SHURIKEN
from psdash.sources.source import Source

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
