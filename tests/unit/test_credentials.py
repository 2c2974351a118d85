"""Key files and key forms: what is accepted, what is refused, and that no refusal repeats the secret."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from psdash.credentials import SettingsError, api_key_from, jwt_from, secrets_in

KEY = "ps_live_0123456789abcdef_CANARYCANARYCANARYCANARYCANARYCANARYCANARYC"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    path.chmod(0o600)
    return path


def read(path: Path) -> str:
    key = api_key_from({"PSDASH_API_KEY_FILE": str(path)})
    assert key is not None
    return key.get_secret_value()


def refused(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith("PSDASH_API_KEY_FILE: ")
    assert "CANARY" not in message
    return message


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_private_file_is_read(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    assert read(key_file) == KEY


@pytest.mark.parametrize("mode", [0o601, 0o602, 0o604, 0o610, 0o620, 0o640, 0o644, 0o660, 0o666, 0o777, 0o440])
def test_a_file_open_to_others_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    message = refused(key_file)
    assert f"mode {mode:04o}" in message
    assert "chmod 600" in message


def test_a_file_of_another_user_is_refused(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody_else = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    assert "belongs to another user" in refused(key_file)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_given_away_is_refused(key_file: Path) -> None:
    os.chown(key_file, 12345, 12345)
    assert "belongs to another user" in refused(key_file)


def test_a_symbolic_link_is_refused_though_its_target_is_good(key_file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(key_file)
    assert "is a symbolic link" in refused(link)


def test_a_dangling_link_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nothing")
    assert "is a symbolic link" in refused(link)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "nothing")


def test_a_directory_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert "not a regular file" in refused(tmp_path)


def test_a_fifo_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo", 0o600)
    assert "not a regular file" in refused(tmp_path / "fifo")


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        refused(Path("s"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_refused(key_file: Path) -> None:
    key_file.chmod(0o000)
    assert "Permission denied" in refused(key_file)


def test_a_long_file_is_refused(key_file: Path) -> None:
    key_file.write_text(KEY * 1000)
    assert "too long" in refused(key_file)


def test_the_path_in_an_error_is_harmless(tmp_path: Path) -> None:
    message = refused(tmp_path / "a\x1b]52;c;QQ==\x07b")
    assert message.isprintable()


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_one_newline_is_forgiven(key_file: Path, end: str) -> None:
    key_file.write_bytes((KEY + end).encode())
    assert read(key_file) == KEY
    found = api_key_from({"PSDASH_API_KEY": KEY + end})
    assert found is not None
    assert found.get_secret_value() == KEY


@pytest.mark.parametrize(
    "text",
    [
        "CANARY",
        "\n",
        KEY + "\n\n",
        "\n" + KEY,
        " " + KEY,
        KEY + " ",
        KEY[:30] + "\n" + KEY[30:],
        KEY[:30] + "\r\nX-Evil: CANARY",
        KEY[:-1],
        KEY + "C",
        KEY.replace("ps_live", "ps_LIVE"),
        KEY.replace("ps_live_", "pk_live_"),
        KEY.replace("0123456789abcdef", "0123456789abcdeg"),
        KEY.replace("CANARYC", "CANARY+", 1),
        KEY[:-1] + "é",
        KEY[:-1] + "\x7f",
        KEY[:-1] + "\0",
        "CANARY" * 1000,
    ],
)
def test_what_is_no_key_is_refused_without_being_shown(key_file: Path, text: str) -> None:
    key_file.write_bytes(text.encode())
    refused(key_file)
    with pytest.raises(SettingsError) as caught:
        api_key_from({"PSDASH_API_KEY": text})
    assert str(caught.value).startswith("PSDASH_API_KEY: ")
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["CANARY", "CANARY CANARY", "CANARYCANARY\nX: y", "C" * 4097])
def test_a_jwt_that_cannot_travel_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        jwt_from({"PSDASH_JWT": text})
    assert str(caught.value).startswith("PSDASH_JWT: ")
    assert "CANARY" not in str(caught.value)


def test_a_jwt_is_read() -> None:
    found = jwt_from({"PSDASH_JWT": "aaa.bbb.ccc\n"})
    assert found is not None
    assert found.get_secret_value() == "aaa.bbb.ccc"


def test_nothing_configured_is_nothing() -> None:
    assert api_key_from({"PSDASH_API_KEY": "", "PSDASH_API_KEY_FILE": ""}) is None
    assert jwt_from({}) is None


def test_what_must_not_be_shown_includes_what_is_unfit() -> None:
    found = secrets_in({"PSDASH_API_KEY": " unfit\n", "PSDASH_JWT": "", "PSDASH_NETWORK": "mainnet"})
    assert [each.get_secret_value() for each in found] == ["unfit"]
