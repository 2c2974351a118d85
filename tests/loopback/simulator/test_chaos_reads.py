"""How REST reads go wrong, seen by a real HTTP client on real sockets."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from psdash.simulator.chaos import hostile
from psdash.simulator.chaos.reads import NONSENSE, bomb
from tests.loopback.simulator.chaos_kit import spoilt
from tests.loopback.simulator.rig import Rig


@pytest_asyncio.fixture
async def plain() -> AsyncIterator[bytes]:
    """What the market list is without a fault."""
    async with spoilt("drop") as (rig, _):
        yield (await rig.get("/api/markets")).content


@pytest.mark.parametrize("status", [429, 503])
async def test_reads_are_refused_with_retry_after(status: int) -> None:
    async with spoilt(f"rest-{status}=0.5") as (rig, menu):
        answers = [await rig.get("/api/tags") for _ in range(40)]
        refused = [answer for answer in answers if answer.status_code == status]
        assert 8 < len(refused) == menu.struck[f"rest-{status}"] < 32
        assert {answer.status_code for answer in answers} == {200, status}
        for answer in refused:
            assert 1 <= int(answer.headers["Retry-After"]) <= 5
            assert set(answer.json()) == {"code", "message", "details"}


async def test_the_same_seed_refuses_the_same_reads() -> None:
    async def statuses(seed: int) -> list[int]:
        async with spoilt("rest-503=0.5", seed) as (rig, _):
            return [(await rig.get("/api/tags")).status_code for _ in range(30)]

    assert await statuses(3) == await statuses(3) != await statuses(4)


async def test_drip_comes_in_drops_and_is_never_idle_for_a_second() -> None:
    async with spoilt("rest-drip=1") as (rig, _), rig.http.stream("GET", "/api/tags", timeout=1.0) as answer:
        assert answer.status_code == 200
        size = 0
        async for piece in answer.aiter_raw():
            assert len(piece) <= 2
            size += len(piece)
            if size >= 8:
                break
        assert int(answer.headers["Content-Length"]) > 40


async def test_oversize_is_good_json_behind_blanks(plain: bytes) -> None:
    async with spoilt("rest-oversize=1") as (rig, _):
        answer = await rig.get("/api/markets")
        assert len(answer.content) == 32 * 2**20 + len(plain)
        assert answer.content.lstrip() == plain


async def test_gzip_bomb_is_small_on_the_wire() -> None:
    async with spoilt("rest-gzip-bomb=1") as (rig, _), rig.http.stream("GET", "/api/tags") as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert len(raw) < 200_000
    assert raw == bomb(64 * 2**20)
    assert gzip.decompress(bomb(2**20)) == b" " * 2**20 + b"{}"


async def test_redirect_leads_to_another_origin_and_counts_who_follows() -> None:
    async with spoilt("rest-redirect=1") as (rig, menu):
        answer = await rig.get("/api/tags", rig.key)
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"http://localhost:{rig.server.port}/redirected"
        assert menu.struck["followed"] == 0
        await rig.http.get("/api/tags", headers={"X-Api-Key": rig.key}, follow_redirects=True)
        assert [(name, what) for _, name, what in menu.log][-1] == ("followed", "with the key")


async def test_nonsense_is_200_and_no_answer() -> None:
    async with spoilt("rest-nonsense=1") as (rig, _):
        bodies = {(await rig.get("/api/tags")).content for _ in range(60)}
        assert (await rig.get("/api/tags")).status_code == 200
    assert len(bodies) > 5
    assert bodies <= set(NONSENSE)


async def test_hang_and_torn_reads() -> None:
    async with spoilt("rest-hang=1") as (rig, _):
        with pytest.raises(httpx.ReadTimeout):
            await rig.http.get("/api/tags", timeout=0.2)
    async with spoilt("rest-torn=1") as (rig, _):
        with pytest.raises(httpx.NetworkError):
            await rig.get("/api/tags")


async def test_hostile_text_is_in_titles_and_stays_the_same(plain: bytes) -> None:
    async with spoilt("hostile-text") as (rig, _):
        first, second = [(await rig.get("/api/markets")).json() for _ in range(2)]
        assert first == second
        slugs = [row["slug"] for row in first["markets"]]
        assert slugs == [row["slug"] for row in json.loads(plain)["markets"]]
        for row, true in zip(first["markets"], json.loads(plain)["markets"], strict=True):
            assert true["title"] in row["title"]
            assert row["yesTokenId"] == true["yesTokenId"]
        everything = "".join(row["title"] for row in first["markets"])
        assert "\x1b" in everything
        assert sum(text in everything for text in hostile.STRINGS) > 20


async def test_reads_are_well_again_when_the_menu_is_stopped(plain: bytes) -> None:
    text = "rest-429=1,rest-nonsense=1,rest-torn=1,hostile-text,clock-skew,reversed-levels"
    async with spoilt(text) as (rig, menu):
        menu.stop()
        assert (await rig.get("/api/markets")).content == plain
        await _is_plain_book(rig)


async def _is_plain_book(rig: Rig) -> None:
    book = (await rig.get(f"/api/markets/{rig.world.row.symbol}/orderbook")).json()
    assert [level["price"] for level in book["bids"]] == ["0.48", "0.47", "0.46", "0.45", "0.44"]
