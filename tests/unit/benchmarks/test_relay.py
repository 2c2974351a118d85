"""The slow link of the benchmarks."""

import pytest

from benchmarks.relay import Relay


def test_bytes_come_out_at_the_rate_and_in_order() -> None:
    relay = Relay(100)
    relay.put(b"a" * 30 + b"b" * 30)
    assert relay.take(0.0) == b""
    assert relay.take(0.25) == b"a" * 25
    relay.put(b"c" * 10)
    assert relay.take(0.5) == b"a" * 5 + b"b" * 20
    assert relay.take(10.0) == b"b" * 10 + b"c" * 10
    assert relay.held == 0


def test_parts_of_a_byte_are_not_lost() -> None:
    relay = Relay(10)
    relay.put(b"x" * 100)
    relay.take(0.0)
    assert sum(len(relay.take(step * 0.03)) for step in range(1, 101)) == 30


def test_an_idle_link_saves_no_credit() -> None:
    relay = Relay(100)
    relay.take(0.0)
    relay.take(60.0)
    relay.put(b"x" * 50)
    assert relay.take(60.0) == b""
    assert len(relay.take(60.1)) == 10


def test_it_holds_so_much_and_no_more() -> None:
    relay = Relay(100, capacity=10)
    relay.put(b"x" * 10)
    assert relay.room == 0
    with pytest.raises(BufferError):
        relay.put(b"y")
    relay.take(0.0)
    relay.take(0.05)
    assert relay.room == 5
    assert relay.peak == 10


@pytest.mark.parametrize(("rate", "capacity"), [(0, 1), (-1, 1), (1, 0)])
def test_nonsense_is_refused(rate: float, capacity: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        Relay(rate, capacity)
