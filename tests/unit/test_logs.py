"""The log: private, rotated, and without a secret whoever logs it, however."""

from __future__ import annotations

import gc
import logging
import os
import stat
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from psdash import logs
from psdash.credentials import SettingsError
from psdash.logs import MASK, LogSession, Redactor, start_logging

KEY = "ps_live_0123456789abcdef_CANARYCANARYCANARYCANARYCANARYCANARYCANARYC"
JWT = "eyJCANARY.e'Y\\J\"CANARY/+=.CANARY"
OTHER_KEY = "ps_test_fedcba9876543210_" + "CANARY_" * 6 + "C"


@pytest.fixture
def redact() -> Redactor:
    return Redactor([SecretStr(KEY), SecretStr(JWT), None])


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "psdash" / "psdash.log"


@pytest.fixture
def session(log_path: Path, redact: Redactor) -> Iterator[LogSession]:
    levels = {name: logging.getLogger(name).level for name in ("", *logs.CHATTY_LIBRARIES)}
    raising = logging.raiseExceptions
    session = start_logging("trace", None, log_path, redact)
    yield session
    session.close()
    logging.raiseExceptions = raising
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def throw(message: str) -> None:
    raise ValueError(message)


def written(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"> X-Api-Key: {KEY}",
        f"invalid X-Api-Key header: {KEY}\n",
        f"https://v.example/ws/market?key={KEY}&x=1",
        repr({"X-Api-Key": KEY}),
        repr({"a": SecretStr(KEY).get_secret_value().encode()}),
        f"the secret half alone {KEY.split('_', 3)[3]}",
        f"Authorization: Bearer {JWT}",
        JWT,
        repr(JWT),
        "https://v.example/?jwt=eyJCANARY.e%27Y%5CJ%22CANARY%2F%2B%3D.CANARY",
        # nobody's live secret, and still none to show
        OTHER_KEY,
        "> X-Api-Key: CANARY-of-a-form-we-do-not-know",
        "> authorization: Basic CANARY=",
        "[('x-api-key', 'CANARY'), ('Cookie', \"CANARY\")]",
        "{'proxy-authorization': b'CANARY'}",
        'GET /api/markets?token=CANARY HTTP/1.1" 200',
    ],
)
def test_no_spelling_of_a_secret_is_left(redact: Redactor, text: str) -> None:
    shown = redact(f"before {text}")
    assert "CANARY" not in shown
    assert MASK in shown
    assert shown.startswith("before ")


def test_what_is_no_secret_is_left_alone(redact: Redactor) -> None:
    line = "GET https://v.example/api/markets?limit=50&keyword=x X-User-Wallet: 0x12; ps_live_ 4401 api_key_revoked"
    assert redact(line) == line


def test_the_rest_of_a_header_dump_is_kept(redact: Redactor) -> None:
    dump = f"> Host: v.example\r\n> X-Api-Key: {KEY}\r\n> User-Agent: psdash"
    assert redact(dump) == f"> Host: v.example\r\n> X-Api-Key: {MASK}\r\n> User-Agent: psdash"


def test_a_secret_too_short_to_be_one_does_not_mask_the_log() -> None:
    assert Redactor([SecretStr("a")])("a market") == "a market"


def test_a_record_is_clean_in_message_arguments_traceback_and_stack(session: LogSession, log_path: Path) -> None:
    log = logging.getLogger("websockets.client")
    log.debug("> X-Api-Key: %s", KEY)
    log.info("dict %(key)s", {"key": KEY})
    log.warning("%s", ValueError(KEY), stack_info=True)
    log.warning("does not fit %s %s", KEY)
    headers = {"X-Api-Key": KEY}
    try:
        throw(f"invalid header {headers}")
    except ValueError:
        log.exception("with %r", JWT)
    log.error("group", exc_info=ExceptionGroup("two", [ValueError(KEY), KeyError(JWT)]))
    text = written(log_path)
    assert "CANARY" not in text
    assert text.count("ValueError: ") == 2
    assert "Traceback (most recent call last)" in text
    assert text.count(" websockets.client: ") == 6


def test_a_line_of_the_log_cannot_be_forged_nor_move_the_cursor(session: LogSession, log_path: Path) -> None:
    title = "Up\x1b[2J\x9d0;x\x07\n2026-01-01T00:00:00.000Z CRITICAL psdash: forged\r"
    logging.getLogger("psdash").warning("title %s", title)
    try:
        throw(title)
    except ValueError:
        logging.getLogger("psdash").exception("title")
    text = written(log_path)
    assert all(character.isprintable() or character == "\n" for character in text)
    assert not any(line.startswith("2026-01-01T") for line in text.splitlines())


def test_libraries_are_quiet_unless_traced(tmp_path: Path, session: LogSession) -> None:
    assert logging.getLogger("websockets.client").isEnabledFor(logging.DEBUG)
    session.close()
    for level, ours in (("debug", logging.DEBUG), ("info", logging.INFO), ("error", logging.ERROR)):
        other = start_logging(level, None, tmp_path / "x.log", Redactor())
        try:
            assert logging.getLogger("psdash.gateway").getEffectiveLevel() == ours
            for name in ("websockets.client", "httpx", "httpcore.connection"):
                assert logging.getLogger(name).getEffectiveLevel() == max(ours, logging.WARNING)
        finally:
            other.close()


def test_nothing_reaches_the_screen(session: LogSession, log_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("anything").critical("to the file")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)  # catch_warnings put its own showwarning in place of the log's
        logging.captureWarnings(True)
        warnings.warn("to the file as well", UserWarning, stacklevel=1)
    dying = threading.Thread(target=throw, args=(KEY,))
    dying.start()
    dying.join()
    assert capfd.readouterr() == ("", "")
    text = written(log_path)
    assert "to the file\n" in text
    assert "to the file as well" in text
    assert "a thread" in text
    assert "ValueError" in text
    assert "CANARY" not in text


def test_last_words_of_the_main_thread_are_one_clean_line(
    session: LogSession, log_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    error = ValueError(f"no {KEY}")
    sys.excepthook(ValueError, error, None)
    assert capfd.readouterr() == ("", f"psdash: ValueError: no {MASK}\n")
    assert "uncaught" in written(log_path)


class Failing:
    def __del__(self) -> None:
        raise ValueError(KEY)


def test_a_failing_destructor_does_not_write_over_the_screen(
    session: LogSession, log_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Failing()
    gc.collect()
    assert capfd.readouterr() == ("", "")
    text = written(log_path)
    assert "Failing.__del__" in text
    assert "ValueError: " in text
    assert "CANARY" not in text


def test_a_closed_session_leaves_everything_as_it_was(tmp_path: Path) -> None:
    before = sys.excepthook, sys.unraisablehook, threading.excepthook, logging.getLogger().handlers[:]
    session = start_logging("info", None, tmp_path / "psdash.log", Redactor())
    assert before[:3] != (sys.excepthook, sys.unraisablehook, threading.excepthook)
    session.close()
    assert before == (sys.excepthook, sys.unraisablehook, threading.excepthook, logging.getLogger().handlers)


def test_the_file_and_its_directories_are_private(session: LogSession, log_path: Path, tmp_path: Path) -> None:
    logging.getLogger().warning("x")
    assert stat.S_IMODE(log_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log_path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_an_open_file_of_before_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "psdash.log"
    path.write_text("before\n")
    path.chmod(0o644)
    session = start_logging("info", path, tmp_path / "unused", Redactor())
    logging.getLogger().warning("after")
    session.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [line.split()[-1] for line in written(path).splitlines()] == ["before", "after"]


def test_the_log_is_rotated_and_the_old_ones_are_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_LOG_BYTES", 1000)
    path = tmp_path / "psdash.log"
    session = start_logging("info", path, path, Redactor())
    for number in range(200):
        logging.getLogger().warning("line %d", number)
    session.close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["psdash.log", "psdash.log.1", "psdash.log.2", "psdash.log.3"]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 and file.stat().st_size <= 1000 for file in files)
    assert written(path).splitlines()[-1].endswith("line 199")


def test_two_dashboards_share_a_log_without_losing_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_LOG_BYTES", 300)
    path = tmp_path / "psdash.log"
    handlers = [logs.PrivateFileHandler(path), logs.PrivateFileHandler(path)]
    for number in range(60):  # 940 bytes: three rotations, each seen by both, and no line beyond the oldest file
        for handler in handlers:
            handler.emit(logging.LogRecord("n", 20, "p", 1, "line %d", (number,), None))
    for handler in handlers:
        handler.close()
    assert len(list(tmp_path.iterdir())) == 1 + logs.OLD_LOGS
    lines = "".join(written(file) for file in tmp_path.iterdir()).splitlines()
    assert sorted(lines) == sorted(f"line {number}" for number in range(60) for _ in handlers)


@pytest.mark.parametrize("kind", ["link", "fifo", "directory", "terminal"])
def test_a_log_that_is_no_plain_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "psdash.log"
    if kind == "link":
        path.symlink_to(tmp_path / "elsewhere")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        path = Path("/dev/stderr")
    with pytest.raises(SettingsError, match="The log "):
        start_logging("info", path, tmp_path / "unused", Redactor())
    assert not (tmp_path / "elsewhere").exists()


def test_without_a_place_for_the_log_the_run_goes_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    session = start_logging("info", None, tmp_path / "file" / "psdash.log", Redactor())
    logging.getLogger().critical("into nothing")
    session.close()
    assert session.path is None
    assert session.problem is not None
    assert "cannot be opened" in session.problem
    assert capfd.readouterr() == ("", "")
