"""Foreign text made safe (reliability §3.1): a hostile corpus, and properties over whatever hypothesis finds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from psdash.text import ELLIPSIS, REPLACEMENT, clip, is_safe, safe_bytes, safe_text

FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

HONEST = [
    "Real Madrid vs Manchester City: draw?",
    "Trump [R] vs [D]",
    "[@click=app.quit]odds[/]",  # markup is the sinks' business; here it is plain text
    "Qatar \u2013 Brasil, \u20ac1.000",
    "\u00c9galit\u00e9 \u00e0 90\u2032",
    "Vi\u1ec7t Nam",
    "\u0397\u03bb\u03bb\u03ac\u03c2",
    "\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd",  # Hebrew with points
    "\u0645\u0631\u062d\u0628\u0627",
    "\u0928\u092e\u0938\u094d\u0924\u0947",
    "\uc548\ub155\ud558\uc138\uc694",
    "\u65e5\u672c vs \u4e2d\u56fd",
    "\u26bd \U0001f3c6 \U0001f44d",
    "",
    " ",
]

ATTACKS = {
    "clipboard": "A\x1b]52;c;UFdORUQ=\x1b\\B",
    "clear screen": "\x1b[2J\x1b[H",
    "title, C1": "\x9d0;owned\x9c",
    "CSI, C1": "\x9b2J",
    "nul": "a\x00b",
    "delete": "a\x7fb",
    "bell and backspaces": "100\x08\x08\x08\x07999",
    "carriage return": "safe\rEVIL",
    "lines": "a\nb\r\nc\u2028d\u2029e\x85f\x0bg\x0ch",
    "tab": "a\tb",
    "bidi override": "a\u202egnp.exe",
    "bidi isolates": "\u2066\u2067\u2068x\u2069",
    "marks of direction": "\u200e\u200f\u061c",
    "tags": "ok\U000e0001\U000e0041\U000e007f",
    "zero widths": "p\u200bay\u200c \u200dme\u2060\ufeff",
    "soft hyphen": "pay\u00adpal",
    "interlinear": "\ufff9a\ufffab\ufffb",
    "private use": "\ue000\uf8ff\U000f0000\U0010fffd",
    "surrogates": "\ud800x\udfff",
    "noncharacters": "\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0010ffff",
    "default ignorable and unassigned": "\u2065\ufff0\U000e0fff",
    "zalgo": "Z" + "\u0300\u0323\u0489" * 400 + "algo",
    "marks first": "\u0301\u0301title",
    "enclosing": "1\u20dd\u20dd\u20dd",
    "mark on an escape": "\x1b\u0301[m",
    "variation": "\u2764\ufe0f \u2764\U000e0100",
    "blank letters": "a\u3164b\u115fc\u1160d\u2800e\uffa0f",
    "odd spaces": "a\u00a0b\u3000c\u1680d\u2003e",
    "decomposes to more marks": "\ufb2c\u05b8\u05b8",
    "musical": "\U0001d173\U0001d17a",
    "shorthand": "\U0001bca0",
    "annotation": "\u0600\u06dd\u070f",
}


def assert_safe(text: str) -> None:
    marks = 2
    for char in text:
        kind = unicodedata.category(char)
        assert kind not in FORBIDDEN, ascii(text)
        assert kind != "Zs" or char == " ", ascii(text)
        assert ord(char) & 0xFFFE != 0xFFFE
        assert not 0xFDD0 <= ord(char) <= 0xFDEF
        marks = marks + 1 if kind.startswith("M") else 0
        assert marks <= 2, ascii(text)
    assert unicodedata.is_normalized("NFC", text)
    text.encode()  # no lone surrogate is left


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text
    assert is_safe(text)


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_are_made_harmless(name: str) -> None:
    result = safe_text(ATTACKS[name])
    assert result != ATTACKS[name]
    assert not is_safe(ATTACKS[name])
    assert_safe(result)


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("A\x1b]52;c;UFdORUQ=\x1b\\B", f"A{REPLACEMENT}]52;c;UFdORUQ={REPLACEMENT}\\B"),
        ("a\x00\x01\x02b", f"a{REPLACEMENT}b"),
        ("a\u202eb", f"a{REPLACEMENT}b"),
        ("a\nb\tc\u2028d\u00a0e", "a b c d e"),
        ("pay\u00adpal\u200b", "paypal"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469"),
        ("e\u0301", "\u00e9"),
        ("x" + "\u0323" * 9, "x\u0323\u0323"),
        ("\u0301x", "x"),
        ("\x1b\u0301", REPLACEMENT),
        ("\u212b", "\u00c5"),
        ("a\u2065b", f"a{REPLACEMENT}b"),
        ("a\ufff0b\U000e0fffc", f"a{REPLACEMENT}b{REPLACEMENT}c"),
        ("newer than all \U0001faff", f"newer than all {REPLACEMENT}"),
        ("\U0001f1e7\U0001f1f7 beat \U0001f1eb", "BR beat F"),
        ("\U0001f44d\U0001f3fd", "\U0001f44d"),
        ("1\ufe0f\u20e3", "1"),
    ],
)
def test_what_becomes_of_what(raw: str, safe: str) -> None:
    assert safe_text(raw) == safe


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)])
def test_no_control_survives(code: int) -> None:
    assert safe_text(f"a{chr(code)}b") in (f"a{REPLACEMENT}b", "a b")


def test_no_code_point_of_unicode_does_harm() -> None:
    for start in range(0, 0x110000, 256):
        block = [chr(code) for code in range(start, start + 256)]
        for text in ("".join(block), "a".join(block)):
            assert_safe(safe_text(text, 2_048))


def test_a_cut_shows_and_counts_towards_the_limit() -> None:
    assert safe_text("x" * 600) == "x" * 511 + ELLIPSIS
    assert safe_text("\u00e9" * 600, 10) == "\u00e9" * 9 + ELLIPSIS
    assert safe_text("x" * 512) == "x" * 512
    assert safe_text("a" + "\u0301" * 5_000, 8) == "\u00e1\u0301" + ELLIPSIS
    assert (safe_text("abc", 1), safe_text("abc", 0), safe_text("\u00e9", 0)) == (ELLIPSIS, "", "")
    assert (clip("abc", 3), clip("abc", 2), clip("", 0)) == ("abc", "a" + ELLIPSIS, "")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("char", ["x", "\u00e9", "\x1b", "\u0301", "\u0323\u0301", "\ufb2c", "\ud800", "\u1100"])
def test_work_is_bounded_by_the_limit_not_by_the_text(char: str) -> None:
    result = safe_text(char * 10_000_000)
    assert len(result) <= 512
    assert_safe(result)


def test_bytes_of_a_frame_for_the_log() -> None:
    assert safe_bytes(b'{"a":\xff\x1b[2J}') == f'{{"a":{REPLACEMENT}[2J}}'
    assert safe_bytes("a\x1bb") == f"a{REPLACEMENT}b"
    assert len(safe_bytes(b"\xf0\x9f\x8f\x86" * 1_000_000)) == 200


@given(st.text(st.characters(codec=None, categories=["L", "M", "N", "P", "S", "Z", "C"])), st.integers(0, 40))
@example("\u0b47\u0308\u0308\u0b3e", 40)
@example("\u1100\u0301\u0301\u0301\u1161", 40)
def test_any_text_comes_out_safe_short_and_settled(raw: str, limit: int) -> None:
    result = safe_text(raw, limit)
    assert_safe(result)
    assert len(result) <= limit
    assert safe_text(result, limit) == result


@given(
    st.text(
        st.sampled_from("ab \u0301\u0323\u0345\u093c\u0958\ufb2c\u05b8\u1100\u1161\u200d\ufffd\x1b\u0dd9\u0dcf\u0dca")
    )
)
def test_marks_and_compositions(raw: str) -> None:
    result = safe_text(raw)
    assert_safe(result)
    assert safe_text(result) == result


@given(st.lists(st.sampled_from([*HONEST, *ATTACKS.values()]), min_size=2, max_size=6))
def test_pieces_made_safe_one_by_one_may_be_joined_with_a_space(pieces: list[str]) -> None:
    joined = " ".join(safe_text(piece) for piece in pieces)
    assert is_safe(joined)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_ascii_is_untouched(raw: str) -> None:
    assert safe_text(raw, 10_000) == raw
