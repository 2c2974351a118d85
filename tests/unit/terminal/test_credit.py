"""How much may be on its way: answers that come, that are late, that never come, that come twice."""

from __future__ import annotations

import pytest

from psdash.terminal.credit import FIRST_WINDOW, GIVE_UP_S, MAX_WINDOW, MIN_WINDOW, Credit


def answering(now_s: float = 0.0) -> Credit:
    """A terminal 10 ms away that has answered its first question."""
    credit = Credit()
    credit.on_sent(4, now_s, asked=True)
    assert credit.on_answer(now_s + 0.01)
    return credit


def test_before_anything_is_known_a_first_window_may_go() -> None:
    credit = Credit()
    assert credit.allowance(0.0) == FIRST_WINDOW
    credit.on_sent(FIRST_WINDOW, 0.0, asked=True)
    assert credit.allowance(0.1) == 0


def test_a_terminal_that_never_answers_is_trusted_in_the_end() -> None:
    credit = Credit()
    credit.on_sent(FIRST_WINDOW, 0.0, asked=True)
    assert credit.allowance(GIVE_UP_S) == MAX_WINDOW
    assert credit.is_answering is False
    assert not credit.should_ask(100, GIVE_UP_S)


def test_one_that_answers_after_all_is_believed() -> None:
    credit = Credit()
    credit.on_sent(100, 0.0, asked=True)
    credit.allowance(GIVE_UP_S)
    credit.on_answer(5.0)
    assert credit.is_answering
    assert credit.should_ask(100, 5.0)


def test_an_answer_gives_back_what_was_before_its_question_and_no_more() -> None:
    credit = answering()
    credit.on_sent(1000, 1.0, asked=True)
    credit.on_sent(500, 1.01, asked=True)
    assert credit.flight == 1500
    credit.on_answer(1.02)
    assert credit.flight == 500


def test_a_late_answer_holds_and_narrows() -> None:
    credit = answering()
    credit.on_sent(8_000, 1.0, asked=True)
    assert credit.allowance(1.1) > 0
    assert credit.allowance(1.5) == 0
    credit.on_answer(2.0)
    assert MIN_WINDOW <= credit.window <= FIRST_WINDOW // 4 + 1


def test_quick_answers_widen() -> None:
    credit = answering()
    for at in range(8):
        credit.on_sent(2_000, 1.0 + at, asked=True)
        credit.on_answer(1.01 + at)
    assert credit.window >= 8 * FIRST_WINDOW


def test_a_lost_answer_costs_seconds_and_not_the_session() -> None:
    credit = answering()
    now_s = 1.0
    credit.on_sent(1000, now_s, asked=True)  # its answer never comes; those to the probes do
    for _ in range(400):
        now_s += 0.01
        if credit.should_probe(now_s):
            credit.on_probe(4, now_s)
            now_s += 0.01
            credit.on_answer(now_s)
        if not credit.is_waiting:
            break
    assert not credit.is_waiting
    assert now_s < 4.0
    if credit.should_probe(now_s):  # the bare round trip, anew
        credit.on_probe(4, now_s)
        credit.on_answer(now_s + 0.01)
    assert credit.allowance(now_s + 0.01) > 0


def test_silence_is_probed_at_growing_distances_and_nothing_is_given_up() -> None:
    credit = answering()
    credit.on_sent(1000, 1.0, asked=True)
    probes: list[float] = []
    for tick in range(100, 12_000):
        now_s = tick / 100
        if credit.should_probe(now_s):
            credit.on_probe(4, now_s)
            probes.append(now_s)
        assert credit.allowance(now_s) == 0 or now_s < 1.5
    assert 10 <= len(probes) <= 25
    assert probes[-1] - probes[-2] == pytest.approx(8.0, abs=0.1)


def test_somebody_who_types_at_a_silent_terminal_sees_it_move() -> None:
    credit = answering()
    credit.on_sent(1000, 1.0, asked=True)
    assert not credit.on_sign_of_life(1.5)
    assert credit.on_sign_of_life(3.5)
    assert credit.allowance(3.5) > 0


def test_answers_to_questions_that_were_given_up_count_for_no_other() -> None:
    credit = answering()
    credit.on_sent(1000, 1.0, asked=True)
    credit.on_sign_of_life(4.0)
    credit.on_sent(500, 5.0, asked=True)
    assert not credit.on_answer(5.001)  # quicker than the link: the old one
    assert credit.flight == 500
    assert credit.on_answer(5.012)
    assert credit.flight == 0
    assert not credit.on_answer(5.02)


def test_on_a_quick_link_few_frames_carry_a_question() -> None:
    credit = answering()
    asked = 0
    for at in range(300):
        now_s = 1 + at / 30
        asks = credit.should_ask(300, now_s)
        credit.on_sent(300, now_s, asked=asks)
        if asks:
            asked += 1
            credit.on_answer(now_s + 0.01)
    assert asked <= 60
