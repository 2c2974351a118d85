"""Any bytes at all, on either gateway: nothing is raised, everything is counted, and a book is never left lying."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from psdash.account.account import Account
from psdash.gateway.venue import Venue
from psdash.gateway.worker import GatewayWorker
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MarketStatus
from psdash.settings import Endpoint
from psdash.wire.predictstreet import NEWER, OLDER, Dialect
from psdash.wire.predictstreet.channels import Gateway
from psdash.wire.predictstreet.older import OLDER_KINDS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "predictstreet"
TOKEN = "60550363974013526351721227761627460394700175914670861601864197814576471666136"
OTHER = "12345"
CONDITION = "0x" + "aa" * 32


def corpus(folder: Path = FIXTURES) -> list[bytes]:
    """Every frame among the wire's own fixtures, those of the guessed alternatives too."""
    found: list[bytes] = []
    for path in sorted(folder.glob("*/*.json")):
        body = json.loads(path.read_bytes())
        cases = [case.get("body") for case in body.get("cases", [])] if isinstance(body, dict) else []
        for frame in [body, *cases]:
            if isinstance(frame, dict) and "type" in frame:
                found.append(json.dumps(frame).encode())
    return found


CORPUS = corpus()
OLDER_CORPUS = corpus(FIXTURES / "older")


class Bench:
    """Both gateways with open sessions and no sockets, in a dialect."""

    def __init__(self, dialect: Dialect = NEWER) -> None:
        self.dialect = dialect
        self.board = Board()
        tokens = (TOKEN, OTHER)
        self.board.catalogue.put([Market("a-b", "S", "t", MarketStatus.OPEN, tokens, condition=CONDITION)])
        endpoint = Endpoint("http://127.0.0.1:1", "ws://127.0.0.1:1", SecretStr("k"), None, None, "DEMO")
        self.account = Account()
        self.venue = Venue(endpoint, self.board, self.account, lambda _: None, rng=random.Random(1))
        self.account.vault = "0x" + "22" * 20
        self.venue.market.watch(["a-b"], "a-b")
        for gateway, name in ((self.venue.market, "market"), (self.venue.user, "user")):
            version = {} if dialect is OLDER else {"protocolVersion": 2}
            greeting = {"type": "connected", "data": {"gateway": name, **version}}
            self.take(gateway, json.dumps(greeting).encode())
            while (command := gateway.next_command(0.0)) is not None:
                sent = json.loads(command.to_wire())
                if sent["cmd"] != "subscribe":
                    continue
                rows = [
                    {"sid": n, "channel": entry["channel"], "ids": entry.get("ids", [])}
                    for n, entry in enumerate(sent["params"]["subscriptions"], 1)
                ]
                self.take(gateway, json.dumps({"id": sent["id"], "type": "subscribed", "accepted": rows}).encode())
        self.sids = {
            feed: sid
            for gateway in (self.venue.market, self.venue.user)
            for sid, feed in gateway.subscriptions.sids.items()
        }

    def take(self, gateway: GatewayWorker, raw: bytes) -> None:
        gateway.connection._take(raw)
        assert gateway.counts.is_conserved, raw
        assert gateway.counts.buffered >= 0, raw

    def aim(self, raw: bytes) -> bytes:
        """Give a frame the sid under which it would be believed, and a token that is watched."""
        frame = json.loads(raw)
        feed = self.dialect.feed_named(frame.get("channel", ""))
        if feed is not None:
            frame["sid"] = self.sids[feed]
            if isinstance(frame.get("data"), dict) and "tokenId" in frame["data"]:
                frame["data"]["tokenId"] = TOKEN
        return json.dumps(frame).encode()

    def gateway_of(self, raw: bytes) -> GatewayWorker:
        feed = self.dialect.feed_named(json.loads(raw).get("channel", ""))
        user = feed is not None and self.dialect.channels[feed].gateway is Gateway.USER
        return self.venue.user if user else self.venue.market


def on_bench(act: Callable[[Bench], None], dialect: Dialect = NEWER) -> None:
    async def main() -> None:
        bench = Bench(dialect)
        act(bench)
        await bench.venue.close()

    asyncio.run(main())


def test_there_is_something_to_mutate() -> None:
    assert len(CORPUS) > 20


@pytest.mark.parametrize("raw", CORPUS, ids=range(len(CORPUS)))
def test_every_fixture_is_taken_whole(raw: bytes) -> None:
    def act(bench: Bench) -> None:
        gateway = bench.gateway_of(raw)
        before = gateway.counts.rejected
        bench.take(gateway, bench.aim(raw))
        assert gateway.counts.rejected == before

    on_bench(act)


@pytest.mark.parametrize("raw", OLDER_CORPUS, ids=range(len(OLDER_CORPUS)))
def test_every_fixture_of_the_older_dialect_is_taken_whole(raw: bytes) -> None:
    def act(bench: Bench) -> None:
        gateway = bench.gateway_of(raw)
        bench.take(gateway, bench.aim(raw))
        assert gateway.counts.rejected == 0
        if json.loads(raw)["type"] in OLDER_KINDS:
            assert "of an unknown sid" not in str(gateway.counts.ignored_kinds)

    on_bench(act, OLDER)


def _swap(raw: bytes, draw: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(data))
        data[at : at + draw.randrange(3)] = draw.choice(_SHARDS)
    return bytes(data)


_SHARDS: tuple[bytes, ...] = (
    b"", b"0", b"9", b"-1", b"1e999", b"null", b'"', b"{", b"}", b"[", b"]", b",", b":", b"\xff", b"\x00",
    b'"\\ud800"', b"\\u0000", b"true", b"99999999999999999999", b"0.0000001", b'"0"', b"[[[[[[", b"\x1b]52;c;",
)  # fmt: skip


@pytest.mark.parametrize(("dialect", "frames"), [(NEWER, 100_000), (OLDER, 20_000)], ids=["newer", "older"])
def test_a_hundred_thousand_bent_frames(dialect: Dialect, frames: int) -> None:
    """Reliability §6.2 R3, the size of every CI run."""

    def act(bench: Bench) -> None:
        draw = random.Random(1)
        sound = CORPUS if dialect is NEWER else OLDER_CORPUS
        aimed = [(bench.gateway_of(raw), bench.aim(raw)) for raw in sound]
        for _ in range(frames):
            gateway, raw = draw.choice(aimed)
            gateway.connection._take(_swap(raw, draw))
        for gateway in (bench.venue.market, bench.venue.user):
            assert gateway.counts.is_conserved
            assert gateway.counts.rejected > frames // 10
            assert len(gateway.counts.ignored_kinds) <= 101

    on_bench(act, dialect)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([TOKEN, "0.5"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(raw=st.sampled_from(CORPUS), key=st.integers(0, 30), value=json_values, inside=st.booleans())
def test_any_value_in_any_place(raw: bytes, key: int, value: Any, inside: bool) -> None:
    def act(bench: Bench) -> None:
        frame = json.loads(bench.aim(raw))
        place = frame["data"] if inside and isinstance(frame.get("data"), dict) and frame["data"] else frame
        place[sorted(place)[key % len(place)]] = value
        bench.take(bench.gateway_of(raw), json.dumps(frame).encode("utf-8", "surrogatepass"))

    on_bench(act)
