"""A stdout that blocks, breaks or is read too slowly."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from psdash.gateway.notices import Severity, Spoken
from psdash.headless.output import Output, write_all
from psdash.headless.tail import Tail
from psdash.settings import Endpoint

ENDPOINT = Endpoint("http://127.0.0.1:1", "ws://127.0.0.1:1", SecretStr("k" * 16), None, None, "LOCAL")
LINE = "x" * 99 + "\n"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):  # the test closed it
            os.close(end)


def read_all(descriptor: int) -> bytes:
    said = b""
    while data := os.read(descriptor, 65536):
        said += data
    return said


def test_lines_come_out_whole_and_in_order(pipe: tuple[int, int]) -> None:
    out = Output(pipe[1], lambda: None)
    lines = [f"{at}\n" for at in range(5_000)]
    assert all(out.put(line) for line in lines)
    out.close(20)
    os.close(pipe[1])
    assert read_all(pipe[0]).decode() == "".join(lines)


def test_a_reader_that_left_is_noticed_by_writing_and_by_looking(pipe: tuple[int, int]) -> None:
    ended = threading.Event()
    out = Output(pipe[1], ended.set)
    out.notice_reader()
    assert not ended.is_set()
    os.close(pipe[0])
    out.notice_reader()
    assert ended.is_set()
    assert out.problem == ""
    again = threading.Event()
    writing = Output(pipe[1], again.set)
    writing.put(LINE)
    assert again.wait(20)
    assert writing.problem == ""
    for each in (out, writing):
        each.close(20)


def test_a_full_disk_has_words() -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    ended = threading.Event()
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        out = Output(descriptor, ended.set)
        out.put(LINE)
        assert ended.wait(20)
        assert out.problem == "No space left on device"
        out.close(20)
    finally:
        os.close(descriptor)


def test_a_descriptor_that_does_not_block_is_waited_for(pipe: tuple[int, int]) -> None:
    os.set_blocking(pipe[1], False)
    data = b"y" * 1_000_000
    said: list[bytes] = []
    reader = threading.Thread(target=lambda: said.append(read_all(pipe[0])))
    reader.start()
    write_all(pipe[1], data)
    os.close(pipe[1])
    reader.join(20)
    assert said == [data]


async def test_what_a_slow_reader_lost_is_counted_and_said(pipe: tuple[int, int]) -> None:
    tail = Tail(ENDPOINT, ["a"], descriptor=pipe[1], backlog=200_000)
    said = 3_000
    for at in range(said):
        tail.heard(Spoken(Severity.INFO, f"{at:0100}"))
    seen: list[dict[str, object]] = []
    buffered = b""
    while not any(row["event"] == "lost" for row in seen):
        buffered += await asyncio.to_thread(os.read, pipe[0], 65536)
        *whole, buffered = buffered.split(b"\n")
        seen += [json.loads(line) for line in whole]
        tail.beat()
    told = [row for row in seen if row["event"] == "notice"]
    lost = next(row for row in seen if row["event"] == "lost")
    assert 0 < len(told) < said
    assert len(told) + int(str(lost["lines"])) == said
    assert [int(str(row["text"])) for row in told] == list(range(len(told)))
    tail.close()
