"""The order in which markets are listed and stepped through: favourites first, then event by event. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from psdash.market.catalogue import Catalogue, Market

FAVOURITES: Final = "Favourites"
OTHERS: Final = "Other markets"
#: What a source named when it was searched, though none of its words is typed.
FOUND: Final = "Found by search"

#: A heading and the markets under it.
Block = tuple[str, Sequence[Market]]


def blocks(
    catalogue: Catalogue, typed: str, favourites: Collection[str], named: Collection[str] = ()
) -> Sequence[Block]:
    """The markets that match what is typed, then those that a source `named` for it. A favourite stands under its own
    heading, in the order of marking, and nowhere else, so that each market has one place.
    """
    found = catalogue.find(typed)
    by_slug = {market.slug: market for market in found}
    marked = [by_slug[slug] for slug in favourites if slug in by_slug]
    events: dict[str, list[Market]] = {}
    for market in found:
        if market.slug not in favourites:
            events.setdefault(market.event or OTHERS, []).append(market)
    named_too = (catalogue.by_slug(slug) for slug in named if slug not in by_slug)
    more = [market for market in named_too if market is not None]
    return [*([(FAVOURITES, marked)] if marked else []), *events.items(), *([(FOUND, more)] if more else [])]


def order(catalogue: Catalogue, favourites: Collection[str]) -> Sequence[str]:
    """Every slug, in the order of the list."""
    return [market.slug for _, markets in blocks(catalogue, "", favourites) for market in markets]


def beside(slugs: Sequence[str], slug: str | None, reach: int = 1) -> Sequence[str]:
    """The slugs next to one, nearest first, the next before the previous; the list is a ring."""
    if slug not in slugs:
        return ()
    at, count = slugs.index(slug), len(slugs)
    near = [slugs[(at + sign * by) % count] for by in range(1, reach + 1) for sign in (1, -1)]
    return [each for each in dict.fromkeys(near) if each != slug]
