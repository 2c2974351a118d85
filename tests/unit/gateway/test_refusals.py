"""The table of what went wrong: every documented reason, what is done about it, and words that help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.gateway.refusals import (
    CREDENTIAL,
    Reaction,
    Verdict,
    after_life,
    on_close,
    on_status,
    request_words,
    subscription_words,
)
from psdash.text import is_safe

FATAL = [
    "api_key_bad_format",
    "api_key_unknown_key",
    "api_key_bad_secret",
    "api_key_revoked",
    "api_key_expired",
    "api_key_suspended",
    "api_key_ip_denied",
    "api_key_no_associated_wallet",
]


@pytest.mark.parametrize("reason", FATAL)
def test_a_refused_key_ends_dialling(reason: str) -> None:
    verdict = on_close(4401, reason)
    assert verdict.reaction is Reaction.REFUSE
    assert "stopped dialling" in verdict.words
    assert verdict.words != on_close(4401, "something else").words


@pytest.mark.parametrize("reason", ["api_key_auth_disabled", "api_key_auth_unconfigured"])
def test_the_venues_own_trouble_with_keys_is_tried_slowly(reason: str) -> None:
    assert on_close(4401, reason).reaction is Reaction.SLOW


def test_an_unknown_reason_of_4401_ends_dialling_and_is_shown() -> None:
    verdict = on_close(4401, "api_key_eaten_by_dog")
    assert verdict.reaction is Reaction.REFUSE
    assert "api_key_eaten_by_dog" in verdict.words


@pytest.mark.parametrize("code", [None, 1000, 1001, 1002, 1006, 1009, 1011, 1012, 1013, 3000, 4000, 4999])
def test_other_closes_are_dialled_again(code: int | None) -> None:
    assert on_close(code, "").reaction is Reaction.RETRY


@pytest.mark.parametrize("code", [1008, 4403])
def test_a_policy_ends_dialling(code: int) -> None:
    assert on_close(code, "forbidden origin").reaction is Reaction.REFUSE


@pytest.mark.parametrize("reason", ["", "rate limit exceeded", "idle"])
def test_a_policy_that_is_not_about_the_origin_may_pass(reason: str) -> None:
    verdict = on_close(1008, reason)
    assert verdict.reaction is Reaction.SLOW
    assert "once a minute" in verdict.words
    assert reason in verdict.words


@pytest.mark.parametrize("verdict", [on_status(403), on_status(404), on_close(4403, "")])
def test_what_was_served_before_is_tried_slowly(verdict: Verdict) -> None:
    assert verdict.reaction is Reaction.REFUSE
    softened = after_life(verdict)
    assert softened.reaction is Reaction.SLOW
    assert "once a minute" in softened.words
    assert "stopped dialling" not in softened.words


@pytest.mark.parametrize(
    "verdict", [on_status(401), on_close(4401, "api_key_revoked"), on_close(1008, "forbidden origin")]
)
def test_a_credential_is_refused_for_good_however_long_it_was_served(verdict: Verdict) -> None:
    assert after_life(verdict) == verdict
    assert verdict.reaction is Reaction.REFUSE


@pytest.mark.parametrize(
    ("status", "reaction"),
    [
        (301, Reaction.REFUSE),
        (307, Reaction.REFUSE),
        (400, Reaction.SLOW),
        (401, Reaction.REFUSE),
        (403, Reaction.REFUSE),
        (404, Reaction.REFUSE),
        (418, Reaction.SLOW),
        (429, Reaction.RETRY),
        (500, Reaction.RETRY),
        (503, Reaction.RETRY),
        (522, Reaction.RETRY),
    ],
)
def test_statuses(status: int, reaction: Reaction) -> None:
    assert on_status(status).reaction is reaction


@given(code=st.one_of(st.none(), st.integers(1000, 4999)), reason=st.text(max_size=200), status=st.integers(100, 599))
def test_words_are_always_there_and_always_safe(code: int | None, reason: str, status: int) -> None:
    said = [
        on_close(code, reason).words,
        on_status(status).words,
        subscription_words(reason, reason),
        request_words(status, reason, reason),
    ]
    for words in said:
        assert words
        assert is_safe(words)


def test_every_rest_credential_code_has_words() -> None:
    for code in CREDENTIAL:
        assert request_words(401, code) == CREDENTIAL[code].words


def test_a_message_does_not_repeat_its_code() -> None:
    assert subscription_words("new_code", "new_code: this is why") == "the venue refuses: this is why"
