"""Which market comes next, and which ones stand side by side."""

from __future__ import annotations

from collections.abc import Sequence

from psdash.dashboard.session import Session
from psdash.market import listing


class Ways:
    """The order of markets as the person walks through it: the list's, kept until list or favourites change."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._key: tuple[int, tuple[str, ...]] = (-1, ())
        self._order: Sequence[str] = ()

    def listed(self) -> Sequence[str]:
        """Every slug in the order of the list of markets."""
        catalogue, favourites = self._session.board.catalogue, self._session.shelf.favourites
        if self._key != (catalogue.version, favourites):
            self._key = (catalogue.version, favourites)
            self._order = listing.order(catalogue, favourites)
        return self._order

    def rotation(self) -> Sequence[str]:
        """What next and previous walk through: the markets asked for when they are several, else the whole list."""
        wanted = self._session.wanted
        return wanted if len(wanted) > 1 else self.listed() or wanted

    def beside(self, slug: str | None) -> Sequence[str]:
        """The markets a step away, to be kept warm."""
        return listing.beside(self.rotation(), slug)

    def grid(self, shown: str | None) -> Sequence[str]:
        """What the grid shows, page by page: the markets asked for, the favourites, then the others that trade."""
        catalogue = self._session.board.catalogue
        first = [*self._session.wanted, *self._session.shelf.favourites, *([shown] if shown else [])]
        trading = [slug for slug in self.listed() if (known := catalogue.by_slug(slug)) and known.status.trades]
        return list(dict.fromkeys([*first, *trading]))
