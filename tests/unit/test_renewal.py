"""Secrets that change while psdash runs: real commands, real files, and never a word of either in an error."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from psdash.renewal import KeyFile, RenewalError, TokenCommand

TOKEN = "CANARY-token-0123456789"
KEYS = [f"ps_live_0123456789abcdef_{letter * 43}" for letter in "AB"]


async def test_what_the_command_prints_is_the_token() -> None:
    learnt: list[SecretStr] = []
    token = await TokenCommand(("sh", "-c", f"echo {TOKEN}"), learnt.append)()
    assert token.get_secret_value() == TOKEN
    assert learnt == [token]


async def test_no_shell_reads_the_command() -> None:
    token = await TokenCommand(("echo", "$HOME;`id`"))()
    assert token.get_secret_value() == "$HOME;`id`"


async def test_the_command_does_not_inherit_the_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PSDASH_API_KEY", KEYS[0])
    monkeypatch.setenv("PSDASH_JWT", TOKEN)
    token = await TokenCommand(("sh", "-c", "echo key=${PSDASH_API_KEY-none},jwt=${PSDASH_JWT-none}"))()
    assert token.get_secret_value() == "key=none,jwt=none"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("/nowhere/at-all", TOKEN), "cannot be started: No such file"),
        (("sh", "-c", f"echo {TOKEN}; exit 3"), "ended with code 3"),
        (("sh", "-c", f"echo {TOKEN} {TOKEN}"), "not usable as a credential"),
        (("sh", "-c", f"printf '{TOKEN}\\n{TOKEN}\\n'"), "not usable as a credential"),
        (("true",), "not usable as a credential"),
        (("yes", TOKEN), "printed more than 16384 bytes"),
        (("sh", "-c", f"echo {TOKEN}; sleep 60"), "did not end within 0.3 s"),
        (("sh", "-c", f"echo {TOKEN} >&2; exit 1"), "ended with code 1"),
    ],
)
async def test_a_command_that_fails_says_so_without_a_word_of_it(
    arguments: tuple[str, ...], said: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    timeout_s = 0.3 if "sleep" in arguments[-1] else 20.0
    with pytest.raises(RenewalError) as caught:
        await TokenCommand(arguments, timeout_s=timeout_s)()
    assert said in str(caught.value)
    written = capfd.readouterr()
    assert "CANARY" not in str(caught.value) + caplog.text + written.out + written.err


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.rename(path)


def test_a_key_file_is_read_again_when_it_is_another(tmp_path: Path) -> None:
    path, learnt = tmp_path / "key", list[SecretStr]()
    _write(path, KEYS[0])
    look = KeyFile(path, "PSDASH_API_KEY_FILE", learnt.append)
    assert look() is None
    _write(path, KEYS[1] + "\n")
    found = look()
    assert found is not None
    assert found.get_secret_value() == KEYS[1]
    assert learnt == [found]
    assert look() is None
    path.unlink()
    assert look() is None


def test_a_key_file_rewritten_in_place_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "key"
    _write(path, KEYS[0])
    look = KeyFile(path, "PSDASH_API_KEY_FILE")
    path.write_text(KEYS[1])
    os.utime(path, ns=(1, 1))
    assert look() is not None


def test_a_key_file_that_cannot_be_used_is_left(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "key"
    _write(path, KEYS[0])
    look = KeyFile(path, "PSDASH_API_KEY_FILE")
    _write(path, "CANARY not a key")
    assert look() is None
    _write(path, KEYS[1])
    path.chmod(0o644)
    assert look() is None
    assert "open to others" in caplog.text
    assert "CANARY" not in caplog.text
