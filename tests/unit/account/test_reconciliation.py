"""A difference is what the socket has not told by the second look, and it stays in sight until two looks agree."""

from __future__ import annotations

from psdash.account.reconciliation import GRACE_S, Reconciliation


def test_what_the_socket_tells_in_time_is_no_difference() -> None:
    it = Reconciliation()
    it.suspect("o1", 0.0)
    assert it.read(0.0) == 0
    assert it.is_waiting
    it.told("o1")
    assert it.read(GRACE_S * 2) == 0
    assert (it.shown, it.total, it.is_waiting) == (0, 0, False)


def test_what_it_never_tells_is_one_and_only_one() -> None:
    it = Reconciliation()
    for now_s in (0.0, 2.0, 4.0):
        it.suspect("o1", now_s)
        assert it.read(now_s) == 0
    assert it.read(GRACE_S) == 1
    assert (it.shown, it.total) == (1, 1)
    assert it.read(GRACE_S + 2) == 0
    assert it.shown == 1
    assert it.read(GRACE_S + 4) == 0
    assert (it.shown, it.total) == (0, 1)


def test_a_certain_difference_needs_no_second_look() -> None:
    it = Reconciliation()
    assert it.read(0.0, certain=2) == 2
    assert it.shown == 2


def test_an_outage_excuses_the_socket() -> None:
    it = Reconciliation()
    it.suspect("o1", 0.0)
    it.forget()
    assert it.read(GRACE_S * 2) == 0
