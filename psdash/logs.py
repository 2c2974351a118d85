"""The log: one private, rotated file, in which no live secret can appear, and never a line on the screen.

While the dashboard runs, stdout and stderr *are* the screen. So the log goes to a file only, the library loggers that
would print to stderr for want of a handler find this one, and a full disk costs log lines, not the program.

Redaction does not trust those who log: `websockets` at DEBUG writes the key's header verbatim, `httpx` whole URLs
(reliability §0 fact 4). The filter here sees every record after its arguments and its traceback became text.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import re
import stat
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import quote

from pydantic import SecretStr

from psdash.credentials import API_KEY_FORM, SettingsError
from psdash.registry import others
from psdash.text import safe_text

MAX_LOG_BYTES: Final = 4 * 1024 * 1024
OLD_LOGS: Final = 3
#: What the screen's log keeps, and of each line: a thousand lines are hours of a quiet day.
TAIL_LINES: Final = 1_000
MAX_TAIL_LINE: Final = 4_000
#: They log every frame, every header and every URL; below WARNING only when asked for by name (`--log-level trace`).
CHATTY_LIBRARIES: Final = ("websockets", "httpx", "httpcore", "asyncio", "textual", "markdown_it")
MIN_SECRET_LENGTH: Final = 8
#: So many characters of a secret at the edge of a cut are part of it; fewer are anybody's.
MIN_HALF: Final = 6
MASK: Final = "[redacted]"

# Whole or cut: a clipped line may hold the first half of a key, and half a key is not to be shown either.
_KEY_LIKE = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    + "|".join([r"ps_[a-z0-9]{1,16}_[0-9a-fA-F]{16}_[A-Za-z0-9_-]+", *(each.key_form.pattern for each in others())])
    + ")"
)
_JWT_LIKE = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){0,2}")
_HEADER = re.compile(
    r"(?i)\b(x-api-key|(?:proxy-)?authorization|(?:set-)?cookie)(?P<sep>[\"']?\s*[:=,]\s*)"
    r"(?:b?\"[^\"\r\n]*\"|b?'[^'\r\n]*'|[^\r\n]*)"
)
_QUERY = re.compile(r"(?i)([?&](?:key|api_key|token|jwt)=)[^&\s\"'<>]+")
_DONE: Final = "_redacted_by"
# Every control character but the newline, which the formatter deals with: a log is read with `tail` in a terminal.
_CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x0A}


class Redactor:
    """Replaces live secrets, and whatever looks like a key or a credential's header, in any text."""

    def __init__(self, secrets: Iterable[SecretStr | None] = ()) -> None:
        self._spellings: tuple[str, ...] = ()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: SecretStr | None) -> None:
        """Know one more live secret, in each spelling a library could give it. None is nothing to know.

        What is shorter than a secret can be is left alone: it would mask half of every line.
        """
        value = secret.get_secret_value() if secret is not None else ""
        if len(value) < MIN_SECRET_LENGTH:
            return
        spellings = {value, quote(value, safe=""), repr(value)[1:-1], json.dumps(value)[1:-1]}
        spellings.add(value.encode().hex(" "))  # how `websockets` writes a binary frame
        if API_KEY_FORM.fullmatch(value):
            spellings.add(value.split("_", 3)[3])  # the half of a key that is the secret
        # Longest first, so that a spelling inside another one leaves no rest of it behind.
        self._spellings = tuple(sorted({*self._spellings, *spellings}, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, MASK)
        if "..." in text:
            text = self._without_halves(text)
        text = _JWT_LIKE.sub(MASK, _KEY_LIKE.sub(MASK, text))
        text = _HEADER.sub(rf"\1\g<sep>{MASK}", text)
        return _QUERY.sub(rf"\1{MASK}", text)

    def _without_halves(self, text: str) -> str:
        """`websockets` leaves out the middle of a long frame, and so may leave half a secret at either side of it."""
        before, *after = text.split("...")
        parts = [before]
        for part in after:
            parts[-1] = self._masked_end(parts[-1])
            parts.append(self._masked_start(part))
        return "...".join(parts)

    def _masked_end(self, part: str) -> str:
        kept = len(part)
        for spelling in self._spellings:
            at = spelling.find(part[-MIN_HALF:])
            while at >= 0 and len(part) >= MIN_HALF:
                run = MIN_HALF
                while run < len(part) and at > 0 and spelling[at - 1] == part[-run - 1]:
                    run, at = run + 1, at - 1
                kept = min(kept, len(part) - run)
                at = spelling.find(part[-MIN_HALF:], at + run - MIN_HALF + 1)
        return part if kept == len(part) else part[:kept] + MASK

    def _masked_start(self, part: str) -> str:
        cut = 0
        for spelling in self._spellings:
            at = spelling.find(part[:MIN_HALF])
            while at >= 0 and len(part) >= MIN_HALF:
                run = MIN_HALF
                while run < len(part) and spelling[at + run : at + run + 1] == part[run]:
                    run += 1
                cut = max(cut, run)
                at = spelling.find(part[:MIN_HALF], at + 1)
        return MASK + part[cut:] if cut else part


class RedactingFilter(logging.Filter):
    """Turns a record into safe text before any handler formats it: message with arguments, traceback, stack."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact
        self._formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.__dict__.get(_DONE) is self._redact:
            return True  # another handler of this run had it first
        record.__dict__[_DONE] = self._redact
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            message = f"{record.msg} (its arguments do not fit)"
        record.msg, record.args = self._safe(message).replace("\n", "\\n"), None
        if record.exc_info:
            record.exc_text = self._formatter.formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = self._safe(record.exc_text).replace("\n", "\n  | ")
        if record.stack_info:
            record.stack_info = self._safe(record.stack_info).replace("\n", "\n  | ")
        return True

    def _safe(self, text: str) -> str:
        return self._redact(text).translate(_CONTROLS)


class PrivateFileHandler(logging.handlers.RotatingFileHandler):
    """A rotating file of mode 0600 that several dashboards of one person may share.

    Raises SettingsError when the file cannot be opened, is not a regular file, or is a symbolic link (a log that can
    be pointed at the terminal would write over the screen).
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_LOG_BYTES, backupCount=OLD_LOGS, encoding="utf-8", delay=True)
        self.stream = self._open()

    def _open(self) -> TextIOWrapper:
        descriptor = open_private(Path(self.baseFilename))
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")

    def doRollover(self) -> None:  # noqa: N802  # the name of logging's API
        """Rotate, unless another process just did: then go on in the new file."""
        if self.stream is not None and self._rotated_by_another(self.stream.fileno()):
            self.stream.close()
            self.stream = self._open()
        else:
            super().doRollover()

    def _rotated_by_another(self, descriptor: int) -> bool:
        try:
            return not os.path.samestat(os.fstat(descriptor), os.stat(self.baseFilename))
        except OSError:
            return False


class LogTail(logging.Handler):
    """The last lines of the log, in memory, for the screen: each as the file has it. Written from any thread."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self.version = 0
        self._kept: deque[str] = deque(maxlen=TAIL_LINES)
        self.addFilter(RedactingFilter(redact))

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(self.format(record)[:MAX_TAIL_LINE])
        self.version += 1

    def lines(self) -> list[str]:
        """The lines, oldest first."""
        return list(self._kept)


def tail_of_this_run() -> LogTail | None:
    """The tail that `start_logging` attached; None when it did not run."""
    return next((each for each in logging.getLogger().handlers if isinstance(each, LogTail)), None)


def open_private(path: Path) -> int:
    """A descriptor that appends to `path`, created with mode 0600 (missing directories with 0700).

    Raises SettingsError.
    """
    try:
        _make_private_dirs(path.parent)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise SettingsError(f"The log {path} cannot be opened: {error.strerror}.") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise SettingsError(f"The log {path} is not a regular file.")
    if status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) & 0o077:
        os.fchmod(descriptor, 0o600)
    return descriptor


def _make_private_dirs(directory: Path) -> None:
    for missing in reversed([d for d in (directory, *directory.parents) if not d.exists()]):
        with suppress(FileExistsError):  # another psdash was faster
            missing.mkdir(mode=0o700)


class _Hooks:
    """What Python says on its own about an exception nobody caught: to the log, redacted, and without locals."""

    def __init__(self, redact: Redactor) -> None:
        self._before = sys.excepthook, sys.unraisablehook, threading.excepthook
        self._redact = redact
        self._log = logging.getLogger("psdash.crash")
        sys.excepthook, sys.unraisablehook, threading.excepthook = self._main, self._unraisable, self._thread

    def put_back(self) -> None:
        sys.excepthook, sys.unraisablehook, threading.excepthook = self._before

    def _main(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self._log.critical("uncaught", exc_info=(kind, error, trace))
        sys.stderr.write(f"psdash: {safe_text(self._redact(f'{kind.__name__}: {error}'))}\n")

    def _unraisable(self, args: sys.UnraisableHookArgs) -> None:
        """A destructor or a callback that failed; Python's own hook would print it over the screen."""
        if args.exc_value is not None:
            info = (args.exc_type, args.exc_value, args.exc_traceback)
            self._log.error("%s %r", args.err_msg or "exception ignored in", args.object, exc_info=info)

    def _thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            info = (args.exc_type, args.exc_value, args.exc_traceback)
            self._log.error("a thread (%s) died", args.thread.name if args.thread else "unknown", exc_info=info)


@dataclass(slots=True)
class LogSession:
    """The log of one run. `path` is None when there is none, and `problem` then says why."""

    redact: Redactor
    path: Path | None
    problem: str | None
    _handler: logging.Handler
    _tail: LogTail
    _before: tuple[logging.Handler, ...]
    _hooks: _Hooks

    def close(self) -> None:
        """Write out and close the file. Later records go where they went before the session, or nowhere."""
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.removeHandler(self._tail)
        self._handler.close()
        # With no handler at all, Python would print late warnings to stderr, and not redacted.
        for handler in self._before or (logging.NullHandler(),):
            root.addHandler(handler)
        logging.captureWarnings(False)
        self._hooks.put_back()


def start_logging(level: str, explicit: Path | None, default: Path, redact: Redactor) -> LogSession:
    """Send every log record of the process to one private file, and none anywhere else.

    `level` is a `Settings.log_level`. Without an `explicit` file the log is `default`, whose directory is psdash's
    own and made 0700; when that cannot be opened, the run goes on without a log and the session says why.

    Raises SettingsError when the explicit file cannot be opened.
    """
    handler: logging.Handler
    path: Path | None = explicit or default
    problem = None
    try:
        assert path is not None
        handler = PrivateFileHandler(path)
        if explicit is None:
            default.parent.chmod(0o700)
    except (SettingsError, OSError) as error:
        if explicit is not None:
            raise
        handler, path, problem = logging.NullHandler(), None, str(error)
    handler.addFilter(RedactingFilter(redact))
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    tail = LogTail(redact)
    tail.setFormatter(formatter)

    root = logging.getLogger()
    before = tuple(root.handlers)
    for old in before:
        root.removeHandler(old)
    root.addHandler(handler)
    root.addHandler(tail)
    root.setLevel(logging.DEBUG if level == "trace" else level.upper())
    for name in CHATTY_LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "trace" else max(logging.WARNING, root.level))
    logging.raiseExceptions = False  # a failing handler would print to stderr, which is the screen
    logging.captureWarnings(True)
    return LogSession(redact, path, problem, handler, tail, before, _Hooks(redact))
