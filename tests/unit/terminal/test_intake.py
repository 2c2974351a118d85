"""What comes in: answers are taken out, keys come through unchanged, nothing breaks Textual's parser."""

from __future__ import annotations

import random

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from psdash.terminal.intake import Answer, Intake
from tests.support.garbage import CORPUS, garbage

KEYS = {
    b"a": "a",
    b"\r": "enter",
    b"\x1b[A": "up",
    b"\x1bOP": "f1",
    b"\x1b[[A": "f1",
    b"\x1b[15~": "f5",
    b"\x1b[1;5C": "ctrl+right",
    b"\x1b[97;5u": "ctrl+a",
    b"\x1b[97:65;5u": "ctrl+a",
    b"\x1b[97;5:1u": "ctrl+a",
    b"\x03": "ctrl+c",
    b"\xc3\xa9": "é",
    b"\x1b[Z": "shift+tab",
}


class Typed:
    """An intake with the parser behind it, as the driver has them."""

    def __init__(self) -> None:
        self.intake = Intake()
        self.parser = XTermParser()
        self.messages: list[Message] = []
        self.answers: list[Answer] = []

    def feed(self, data: bytes) -> None:
        self.take(self.intake.feed(data))

    def settle(self) -> None:
        self.take(self.intake.settle())
        if self.parser._timeout_time is not None:
            self.parser._timeout_time = 0.0  # long enough, for the parser too
        self.messages.extend(self.parser.tick())

    def take(self, pieces: object) -> None:
        for piece in pieces:  # type: ignore[attr-defined]
            if isinstance(piece, Answer):
                self.answers.append(piece)
            else:
                self.messages.extend(self.parser.feed(piece))

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.messages if isinstance(message, events.Key)]


@pytest.mark.parametrize(("data", "key"), KEYS.items())
def test_a_key_comes_through(data: bytes, key: str) -> None:
    typed = Typed()
    typed.feed(data)
    assert typed.keys == [key]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_keys_and_answers_cut_anywhere(size: int) -> None:
    typed = Typed()
    stream = b"a\x1b[0n\x1b[A\x1b[?2026;2$yb\xc3\xa9\x1b[0n\x1bOPc"
    for at in range(0, len(stream), size):
        typed.feed(stream[at : at + size])
    assert typed.keys == ["a", "up", "b", "é", "f1", "c"]
    assert typed.answers == [Answer.STATUS, Answer.SYNC, Answer.STATUS]


def test_escape_is_a_key_when_nothing_follows() -> None:
    typed = Typed()
    typed.feed(b"\x1b")
    assert typed.intake.patience_s is not None
    assert typed.keys == []
    typed.settle()
    assert typed.keys == ["escape"]


def test_synchronised_output_is_told_once_and_only_where_it_is() -> None:
    for answer, told in (
        (b"\x1b[?2026;2$y", 1),
        (b"\x1b[?2026;1$y", 1),
        (b"\x1b[?2026;0$y", 0),
        (b"\x1b[?2026;4$y", 0),
    ):
        typed = Typed()
        typed.feed(answer * 3)
        assert len(typed.messages) == told
        assert typed.answers == [Answer.SYNC] * 3


def test_a_mouse_click_comes_through_and_an_impossible_one_does_not() -> None:
    typed = Typed()
    typed.feed(b"\x1b[<0;7;3M\x1b[<0;7;3m\x1b[<0;999999;3M")
    assert [(type(message), message.x, message.y) for message in typed.messages] == [  # type: ignore[attr-defined]
        (events.MouseDown, 6, 2),
        (events.MouseUp, 6, 2),
    ]


def test_a_paste_is_one_event_and_an_answer_inside_it_is_taken_out() -> None:
    typed = Typed()
    typed.feed(b"\x1b[200~bid 0.5\x1b[0n3\xc3")
    typed.feed(b"\xa9\x1b[201~k")
    assert [message.text for message in typed.messages if isinstance(message, events.Paste)] == ["bid 0.53é"]
    assert typed.answers == [Answer.STATUS]
    assert typed.keys == ["k"]


def test_a_paste_that_never_ends_is_ended_by_silence() -> None:
    typed = Typed()
    typed.feed(b"\x1b[200~half")
    assert typed.intake.patience_s == 1.0
    typed.settle()
    typed.feed(b"k")
    assert [message.text for message in typed.messages if isinstance(message, events.Paste)] == ["half"]
    assert typed.keys == ["k"]


def test_a_paste_without_end_is_ended_by_its_size() -> None:
    typed = Intake()
    ended = any(
        "\x1b[201~" in piece
        for _ in range(40)
        for piece in typed.feed(b"\x1b[200~" + b"x" * 65536)
        if isinstance(piece, str)
    )
    assert ended


@pytest.mark.parametrize("each", CORPUS, ids=lambda each: repr(each[:20]))
def test_the_corpus_breaks_nothing(each: bytes) -> None:
    typed = Typed()
    typed.feed(each)
    typed.settle()
    typed.feed(b"\x1b[<0;7;3M")
    typed.settle()
    typed.feed(b"k")
    typed.settle()
    assert any("k" in key for key in typed.keys)


def test_ten_thousand_pieces_of_garbage_break_nothing() -> None:
    rng = random.Random(5)
    typed = Typed()
    for number in range(10_000):
        typed.feed(garbage(rng))
        if number % 10 == 9:
            typed.settle()
            typed.messages.clear()
            typed.feed(b"\x1b[201~\x1b\\")
            typed.settle()
            typed.feed(b"\x1b[B")
            typed.settle()
            assert any("down" in key for key in typed.keys), number
    for message in typed.messages:
        if isinstance(message, events.Key):
            message.key.encode()  # no half of a surrogate pair
