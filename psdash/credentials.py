"""Secrets: where they may come from, what they must look like, and how they are refused without being repeated.

A secret comes from the environment or from a private file, never from a flag (every user of the machine can read the
arguments of a running process) and never from the configuration file (it is shared and copied). Every error here
names the *source* of a bad secret and never its value, because the libraries below us do not: a stray newline in a
header makes them print the whole key (reliability §0 fact 4).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from psdash.registry import others
from psdash.registry.predictstreet import API_KEY_FORM, PREDICTSTREET
from psdash.registry.source import Source
from psdash.text import safe_text

__all__ = ["API_KEY_FORM", "SettingsError"]

#: What any secret must be made of, so that it can travel in a header and nothing in it can break a line.
SECRET_FORM = re.compile(r"[\x21-\x7e]{8,4096}")
#: A key file holds one key and perhaps a newline; what is longer than this is some other file.
MAX_KEY_FILE_BYTES = 8192

API_KEY_ENV = "PSDASH_API_KEY"
API_KEY_FILE_ENV = "PSDASH_API_KEY_FILE"
JWT_ENV = "PSDASH_JWT"


class SettingsError(Exception):
    """A setting or a credential that cannot be used. The text is one a person can act on, and holds no secret."""


def api_key_from(environ: Mapping[str, str], configured_file: Path | None = None) -> SecretStr | None:
    """The API key of this run, or None when none is configured.

    `PSDASH_API_KEY` comes before `PSDASH_API_KEY_FILE`, and that before `configured_file` (the configuration file's
    `api_key_file`). An empty variable counts as not set.

    Raises SettingsError when the key is not of the form of protocol §1 or its file is not private.
    """
    if direct := environ.get(API_KEY_ENV):
        return checked_api_key(direct, API_KEY_ENV)
    place = key_file_from(environ, configured_file)
    return None if place is None else checked_api_key(read_private_file(*place), place[1])


def key_file_from(environ: Mapping[str, str], configured_file: Path | None = None) -> tuple[Path, str] | None:
    """The file that this run's API key stands in and the setting that named it; None when it comes from no file."""
    if environ.get(API_KEY_ENV):
        return None
    if named := environ.get(API_KEY_FILE_ENV):
        return expanded(named, API_KEY_FILE_ENV), API_KEY_FILE_ENV
    if configured_file is not None:
        return configured_file, "api_key_file in the configuration file"
    return None


def source_key_from(
    source: Source, environ: Mapping[str, str], configured_file: Path | None = None
) -> tuple[SecretStr | None, tuple[Path, str] | None]:
    """The key of a source beside PredictStreet, by the same rules, and the file it stands in; None for what is not.

    Raises SettingsError when the key has not the form of this source's keys or its file is not private.
    """
    if direct := environ.get(source.key_env):
        return checked_key(direct, source.key_env, source), None
    if named := environ.get(source.key_file_env):
        place = expanded(named, source.key_file_env), source.key_file_env
    elif configured_file is not None:
        place = configured_file, f"{source.key_file_key} in the configuration file"
    else:
        return None, None
    return checked_key(read_private_file(*place), place[1], source), place


def jwt_from(environ: Mapping[str, str]) -> SecretStr | None:
    """The JWT of this run (`PSDASH_JWT`), or None. Raises SettingsError when it could not travel in a header."""
    token = environ.get(JWT_ENV)
    return checked_secret(token, JWT_ENV) if token else None


def secrets_in(environ: Mapping[str, str]) -> tuple[SecretStr, ...]:
    """Whatever stands in the secret variables, fit or unfit, used or not: what no output may ever show."""
    names = (API_KEY_ENV, JWT_ENV, *(source.key_env for source in others()))
    return tuple(SecretStr(value.strip()) for name in names if (value := environ.get(name, "")).strip())


def read_private_file(path: Path, source: str) -> str:
    """The text of a file that only its owner, who must be the effective user, can read or write.

    The checks are made on the opened descriptor, so the file cannot be swapped between the check and the read.
    `source` names the setting in errors. Raises SettingsError.
    """
    # O_NONBLOCK: a FIFO in the key's place must be refused, not waited for.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if path.is_symlink():
            raise SettingsError(f"{source}: {_shown(path)} is a symbolic link; name the file itself.") from None
        raise SettingsError(f"{source}: {_shown(path)} cannot be opened: {error.strerror}.") from None
    try:
        _require_private(os.fstat(descriptor), path, source)
        content = os.read(descriptor, MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{source}: {_shown(path)} cannot be read: {error.strerror}.") from None
    finally:
        os.close(descriptor)
    if len(content) > MAX_KEY_FILE_BYTES:
        raise SettingsError(f"{source}: {_shown(path)} is too long to be a key file.")
    # latin-1 never fails; whatever is not printable ASCII is refused by the form check, without a word of it shown.
    return content.decode("latin-1")


def expanded(path: str, source: str) -> Path:
    """The path with `~` resolved. Raises SettingsError for one that can be no path."""
    try:
        found = Path(path).expanduser()
    except RuntimeError:  # ~nobody, or no home at all
        raise SettingsError(f"{source}: the home directory in {_shown(Path(path))} is unknown.") from None
    if "\0" in path:
        raise SettingsError(f"{source}: a path holds no NUL character.")
    return found


def _require_private(status: os.stat_result, path: Path, source: str) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        raise SettingsError(f"{source}: {_shown(path)} is not a regular file.")
    if status.st_uid != os.geteuid():
        raise SettingsError(f"{source}: {_shown(path)} belongs to another user; the key file must be your own.")
    if mode & 0o077:
        raise SettingsError(
            f"{source}: {_shown(path)} is open to others (mode {mode:04o}); make it private: chmod 600 {_shown(path)}"
        )


def checked_secret(text: str, source: str) -> SecretStr:
    """The secret in a text, less one newline. Raises SettingsError when it could not travel in a header."""
    value = _without_one_newline(text)
    if SECRET_FORM.fullmatch(value) is None:
        raise SettingsError(
            f"{source}: the value is not usable as a credential: it must be 8 to 4096 printable ASCII characters "
            "with no space and no line break."
        )
    return SecretStr(value)


def checked_api_key(text: str, source: str) -> SecretStr:
    """The API key in a text, less one newline. Raises SettingsError when it has not the form of protocol §1."""
    return checked_key(text, source, PREDICTSTREET)


def checked_key(text: str, place: str, source: Source) -> SecretStr:
    """The key of a source in the text of a `place`, less one newline. Raises SettingsError for another form."""
    value = _without_one_newline(text)
    if source.key_form.fullmatch(value) is None:  # whatever else is wrong with it, its form says it best
        what = "an API key" if source is PREDICTSTREET else f"a key of {source.title}"
        raise SettingsError(
            f"{place}: the value is not {what}: a key has the form {source.key_looks}, "
            f"as {'the venue' if source is PREDICTSTREET else source.title} issued it. "
            "(The value is not shown here on purpose.)"
        )
    return SecretStr(value)


def _without_one_newline(text: str) -> str:
    """`echo KEY > file` adds one newline, and that one is forgiven; any other is refused by the form check."""
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _shown(path: Path) -> str:
    return safe_text(str(path))
