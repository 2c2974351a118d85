"""The field names of version 1 that no page shows (protocol §11: bodies of `trade` and `book_*` UNKNOWN).

The first reading is version 2's, the others are names that the venue uses elsewhere. Version 1's envelope has neither
time nor sequence, so both are looked for in the body as well.
"""

from psdash.wire.predictstreet.guesses import TRADE_MATCHED, Guesses

TRADE = Guesses(
    "trade",
    "§11",
    {**TRADE_MATCHED.rows, "venue_ms": ("data.tsMs", "data.createdAt", "data.ts")},
)

BOOK = Guesses(
    "book",
    "§11",
    {
        "seq": ("seq", "data.seq"),
        "prev_seq": ("prevSeq", "data.prevSeq"),
        "state_hash": ("hash", "data.hash"),
    },
)

OWN_MATCH = Guesses(
    "own_match",
    "§11",
    {
        "trade_id": ("data.tradeId", "data.id"),
        "token": ("data.tokenId", "data.assetId"),
        "outcome_index": ("data.outcomeIndex", "data.outcome"),
        "price": ("data.price", "data.fillPrice"),
        "size": ("data.quantity", "data.size"),
        "venue_ms": ("data.tsMs", "data.createdAt", "data.ts"),
    },
)

ALL: tuple[Guesses, ...] = (TRADE, BOOK, OWN_MATCH)
