"""The prints of a tape for other programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from psdash.dashboard.sending.tables import HIDDEN, Table, Value, moment
from psdash.market.catalogue import Market
from psdash.market.sweeps import Sweep
from psdash.market.tape import Print

_NAMES: Final = (
    "time",
    "market",
    "outcome",
    "aggressor",
    "price",
    "size",
    "value",
    "own",
    "settlement",
    "settled_at",
    "trade_id",
)


def tape_table(
    rows: Iterable[Sweep], market: Market | None, outcome: int, own: Collection[str], *, hides: bool
) -> Table:
    """One row a print, in an outcome's terms. `own` are the trader's trades, whose amounts `hides` leaves out."""
    slug, label = ("", "") if market is None else (market.slug, market.label(outcome))

    def fields(each: Print) -> tuple[Value, ...]:
        mine = each.is_own or each.trade_id in own
        seen = each.seen_from(outcome)
        is_hidden = mine and hides
        return (
            moment(each.venue_ms),
            slug,
            label,
            seen.aggressor.value,
            seen.price,
            HIDDEN if is_hidden else seen.size,
            HIDDEN if is_hidden else seen.price * seen.size,
            "own" if mine else "",
            each.settlement.value,
            moment(each.settled_ms),
            each.trade_id,
        )

    return Table("tape", _NAMES, [fields(each) for row in rows for each in row.prints], hides)
