"""What goes into a path, what comes back as an error, and how times are written; against a stand-in transport."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.gateway.dialling import Credential
from psdash.gateway.reads import Rest, iso
from psdash.gateway.rest import Answer, BadAnswerError, NotFoundError, Reader, RefusedError
from psdash.wire.scalars import _iso_to_ms


class StubReader(Reader):
    """Answers from a table and remembers the questions."""

    def __init__(self, answers: Mapping[str, bytes], refuse_key: bool = False) -> None:
        super().__init__("http://127.0.0.1:9", Credential())
        self.answers = answers
        self.refuse_key = refuse_key
        self.asked: list[tuple[str, dict[str, str], bool]] = []

    async def get(self, path: str, params: Mapping[str, str] | None = None, *, keyed: bool = True) -> Answer:
        self.asked.append((path, dict(params or {}), keyed))
        if keyed and self.refuse_key:
            raise RefusedError("bad key", status=401, code="api_key_revoked")
        return Answer(self.answers.get(path, b"{}"), 1_778_783_112_000)


def read(reader: StubReader) -> Rest:
    return Rest(reader)


@pytest.mark.parametrize(
    "slug", ["", "..", "../../v1/admin", "a/b", "a?x=1", "a#f", "%2e%2e", "A-B", "-a", "a" * 129, "a\n", "a b", "é"]
)
async def test_what_is_no_slug_never_meets_a_url(slug: str) -> None:
    reader = StubReader({})
    with pytest.raises(NotFoundError):
        await read(reader).market(slug)
    assert reader.asked == []
    await reader.close()


@pytest.mark.parametrize("symbol", ["", "..", ".", "../x", "a\nb", "a" * 200, " x"])
async def test_what_is_no_symbol_never_meets_a_url(symbol: str) -> None:
    reader = StubReader({})
    with pytest.raises(NotFoundError):
        await read(reader).orderbook(symbol, 0)
    assert reader.asked == []
    await reader.close()


async def test_a_symbol_is_quoted_whole() -> None:
    reader = StubReader({})
    with pytest.raises(BadAnswerError):
        await read(reader).orderbook("NC26/../?x=1#%", 1)
    assert reader.asked[0][0] == "/api/markets/NC26%2F..%2F%3Fx%3D1%23%25/orderbook"
    await reader.close()


async def test_a_spoiled_key_does_not_cost_public_reads() -> None:
    reader = StubReader({"/api/markets": b'{"markets":[]}'}, refuse_key=True)
    rest = read(reader)
    assert (await rest.markets()).markets == []
    await rest.markets()
    assert [keyed for _, _, keyed in reader.asked] == [True, False, False]
    with pytest.raises(RefusedError):
        await rest.vault()
    await reader.close()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"markets":1}', b"\xff", b'{"markets":{}}'])
async def test_an_unreadable_body_is_a_bad_answer_that_names_no_content(body: bytes) -> None:
    reader = StubReader({"/api/markets": body})
    with pytest.raises(BadAnswerError) as caught:
        await read(reader).markets()
    assert "cannot be read" in caught.value.words
    await reader.close()


async def test_the_venues_clock_is_learned() -> None:
    reader = StubReader({"/api/markets": b'{"markets":[]}'})
    rest = read(reader)
    await rest.markets()
    assert rest.venue_time.reached_ms == 1_778_783_112_000
    await reader.close()


@given(st.integers(0, 4_102_444_800_000))
def test_times_come_back_as_they_went(epoch_ms: int) -> None:
    assert _iso_to_ms(iso(epoch_ms)) == epoch_ms


def test_a_reader_shows_no_credential() -> None:
    async def main() -> None:
        from pydantic import SecretStr

        credential = Credential(api_key=SecretStr("CANARY"), user_wallet="0x1")
        headers = credential.headers()
        assert headers["X-Api-Key"] == "CANARY"
        assert "CANARY" not in f"{headers!r} {headers} {credential!r} {credential}"

    asyncio.run(main())
