"""The exchange's own truth over HTTP, for tests to judge a client by. Not part of the venue: it lives under `/sim`.

* `/sim/ledger?token=ID`        the token's whole book now, with its seq and hash
* `/sim/ledger?token=ID&seq=N`  best bid and ask with sizes when the book was at N (the last 200,000 seqs at least)
* `/sim/clock`                  the exchange's clock, in epoch milliseconds
* `/sim/replay`                 how far a recorded market has been played
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from psdash.simulator.actors.replay import Replay
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.protocol.frames import number
from psdash.simulator.protocol.journal import Journal
from psdash.simulator.protocol.rest import Access, Query, RestError, Route


def routes(
    exchange: Exchange, journal: Journal, replay: Replay | None, ledger_seq: Callable[[str, int], int]
) -> list[Route]:
    """Every route under `/sim`. `ledger_seq` turns a token's `seq` on the wire into the ledger's."""
    oracle = Oracle(exchange, journal, replay, ledger_seq)
    return [
        Route("/sim/ledger", Access.ORACLE, oracle.ledger),
        Route("/sim/clock", Access.ORACLE, oracle.clock),
        Route("/sim/replay", Access.ORACLE, oracle.replay),
    ]


class Oracle:
    """The handlers."""

    def __init__(
        self, exchange: Exchange, journal: Journal, replay: Replay | None, ledger_seq: Callable[[str, int], int]
    ) -> None:
        self._exchange = exchange
        self._journal = journal
        self._replay = replay
        self._ledger_seq = ledger_seq

    def ledger(self, query: Query) -> object:
        token_id = query.params.get("token", "")
        try:
            row, outcome = self._exchange.catalogue.by_token(token_id)
        except KeyError:
            raise RestError(404, "unknown_token", "no such token") from None
        head = {"token": token_id, "symbol": row.symbol, "slug": row.slug, "outcome": outcome}
        if "seq" in query.params:
            seq = query.integer("seq", 0, 0, 2**63 - 1)
            try:
                touch = self._journal.touch(token_id, self._ledger_seq(token_id, seq))
            except IndexError as forgotten:
                raise RestError(404, "unknown_seq", str(forgotten)) from None
            return head | {
                "seq": seq,
                "bid": _side(touch.bid, touch.bid_size),
                "ask": _side(touch.ask, touch.ask_size),
            }
        book = self._exchange.token_book(token_id)
        return head | {
            "seq": book.seq,
            "hash": book.hash(),
            "bids": [[number(level.price), number(level.quantity), level.count] for level in book.bids()],
            "asks": [[number(level.price), number(level.quantity), level.count] for level in book.asks()],
        }

    def clock(self, _query: Query) -> object:
        return {"nowMs": self._exchange.scheduler.now_ms}

    def replay(self, _query: Query) -> object:
        replay = self._replay
        if replay is None:
            return {"active": False}
        return {
            "active": True,
            "played": replay.played,
            "recordingMs": replay.recording_ms,
            "fraction": f"{replay.fraction:.4f}",
            "finished": replay.finished,
            "failure": None if replay.failure is None else str(replay.failure),
        }


def _side(price: Decimal | None, size: Decimal | None) -> dict[str, str] | None:
    return None if price is None or size is None else {"price": number(price), "quantity": number(size)}
