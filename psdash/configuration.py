"""From flags, environment and configuration file to one `Settings`, and who said what when something is wrong."""

from __future__ import annotations

import difflib
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from psdash.credentials import (
    API_KEY_ENV,
    API_KEY_FILE_ENV,
    JWT_ENV,
    api_key_from,
    expanded,
    jwt_from,
    key_file_from,
    source_key_from,
)
from psdash.registry import ALL, DEFAULT, SOURCES, others
from psdash.registry.source import Source
from psdash.settings import Given, Origin, Settings, SettingsError, checked_bases

SECRET_FIELDS: Final = frozenset({"api_key", "jwt"})
#: Fields of `Settings` that are observed or belong to one run, so no file and no variable sets them.
FLAG_ONLY: Final = frozenset(
    {"replay", "speed", "over_ssh", "no_color", "no_motion", "state_dir", "data_dir", "given"}
)
#: Fields that only the file sets.
FILE_ONLY: Final = frozenset({"keys"})
#: The one key of the file that is no field: it names where the secret is.
API_KEY_FILE_KEY: Final = "api_key_file"
_OWN_KEYS: Final = (*(f for f in Settings.model_fields if f not in SECRET_FIELDS | FLAG_ONLY), API_KEY_FILE_KEY)
#: A key of the file with one of these in its name is somebody trying to store a secret there.
SECRET_WORDS: Final = ("apikey", "jwt", "token", "secret", "password", "bearer")
MAX_CONFIG_BYTES: Final = 256 * 1024


def file_keys() -> tuple[str, ...]:
    """Every key that the configuration file may have: of the other sources the one that names a key's file."""
    return (*_OWN_KEYS, *(source.key_file_key for source in others()))


def config_path(environ: Mapping[str, str]) -> Path:
    """`$XDG_CONFIG_HOME/psdash/config.toml`; without that variable (or with a relative one), under `~/.config`."""
    return _xdg_home(environ, "XDG_CONFIG_HOME", ".config") / "psdash" / "config.toml"


def state_dir(environ: Mapping[str, str]) -> Path:
    """`$XDG_STATE_HOME/psdash`; without that variable (or with a relative one), under `~/.local/state`."""
    return _xdg_home(environ, "XDG_STATE_HOME", ".local/state") / "psdash"


def data_dir(environ: Mapping[str, str]) -> Path:
    """`$XDG_DATA_HOME/psdash`; without that variable (or with a relative one), under `~/.local/share`."""
    return _xdg_home(environ, "XDG_DATA_HOME", ".local/share") / "psdash"


def _xdg_home(environ: Mapping[str, str], variable: str, fallback: str) -> Path:
    configured = environ.get(variable, "")
    if configured.startswith("/"):
        return Path(configured)
    home = environ.get("HOME", "")
    return (Path(home) if home.startswith("/") else Path.home()) / fallback


def load_settings(flags: Mapping[str, Any], environ: Mapping[str, str], config_file: Path | None = None) -> Settings:
    """The settings of this run: flag > environment > configuration file > default.

    `flags` holds, by field name, only what was typed. `config_file` is a file that must exist; None means the one of
    `config_path`, if there is one. Raises SettingsError, whose text names the source of what is wrong.
    """
    path = config_file or config_path(environ)
    in_file = _read_file(path, required=config_file is not None)
    key_file = in_file.pop(API_KEY_FILE_KEY, None)
    source_files = {source.name: in_file.pop(source.key_file_key, None) for source in others()}

    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for layer, name_of in (
        (in_file, lambda field: f"{field} in {path}"),
        (_from_environment(environ), _env_name),
        (dict(flags), _flag_name),
    ):
        for field, value in layer.items():
            values[field], sources[field] = value, name_of(field)
    values["state_dir"] = state_dir(environ)
    values["data_dir"] = data_dir(environ)
    values["over_ssh"] = bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
    values["no_color"] = bool(environ.get("NO_COLOR"))
    values["no_motion"] = bool(environ.get("NO_MOTION"))

    settings = _validated(values, sources)
    if not settings.demo:  # the embedded exchange needs no secret, so none is read for it
        settings = settings.model_copy(
            update={
                "api_key": api_key_from(environ, _key_file(key_file, path, API_KEY_FILE_KEY)),
                "jwt": jwt_from(environ),
                "given": dict(_given(environ, source_files, path)),
            }
        ).with_key_file(key_file_from(environ, _key_file(key_file, path, API_KEY_FILE_KEY)))
    _refuse_what_does_not_fit(settings, sources)
    return settings


def _given(environ: Mapping[str, str], files: Mapping[str, object], path: Path) -> Iterator[tuple[str, Given]]:
    """What is configured of the sources beside PredictStreet. Raises SettingsError."""
    for source in others():
        key, place = source_key_from(source, environ, _key_file(files[source.name], path, source.key_file_key))
        urls = [environ.get(name, "").strip() for name in source.url_envs]
        if urls.count("") == 1:
            given, missing = source.url_envs if urls[0] else reversed(source.url_envs)
            raise SettingsError(f"{given} is set and {missing} is not: set both, or neither.")
        if not urls[0]:
            yield source.name, Given(api_key=key, key_file=place)
            continue
        try:
            yield source.name, Given(*checked_bases(*urls), key, place)
        except ValueError as error:
            raise SettingsError(f"{' or '.join(source.url_envs)}: {error}.") from None


def _refuse_what_does_not_fit(settings: Settings, sources: Mapping[str, str]) -> None:
    """Settings that are each fine and together would put something else on the screen than the person asked for."""
    if (settings.rest_url is None) != (settings.ws_url is None):
        given, missing = ("rest_url", "ws_url") if settings.ws_url is None else ("ws_url", "rest_url")
        raise SettingsError(
            f"{sources[given]} is set and {_env_name(missing)} is not: set both, or the screen would mix two venues."
        )
    if settings.speed is not None and settings.replay is None:
        raise SettingsError("--speed is the pace of a recording: add --replay FILE.")
    if settings.replay is not None and settings.source not in (DEFAULT, ALL):
        raise SettingsError(f"--replay plays a market of PredictStreet, and --source is {settings.source}.")
    if sources.get("elsewhere", "").startswith("--"):
        if settings.source not in (DEFAULT, ALL):
            raise SettingsError(f"--elsewhere is for markets of PredictStreet, and --source is {settings.source}.")
        if not any(source.tells_elsewhere for source in (*settings.chosen, *settings.consulted)):
            telling = next(source for source in SOURCES.values() if source.tells_elsewhere)
            raise SettingsError(
                f"--elsewhere names a group of {telling.title}, and it has no key. {how_to_set_a_key(telling)}"
            )
    if not settings.is_demo:
        for field in ("replay", "speed", "seed"):
            if sources.get(field, "").startswith("--"):
                raise SettingsError(f"{sources[field]} is for the embedded exchange: add --demo.")
        return
    if settings.demo:
        return
    if settings.source != DEFAULT:
        source = SOURCES.get(settings.source)
        if source is not None and settings.given[source.name].rest_url is not None:
            named = source.url_envs[0]
            raise SettingsError(f"{named} names a service, and no key is set. {how_to_set_a_key(source)}")
        return
    asked = next(
        (sources[field] for field in ("rest_url", "network") if _names_a_venue(field, settings, sources)), None
    )
    if asked is not None:
        raise SettingsError(f"{asked} names a venue, and no credential is set. {HOW_TO_SET_A_KEY}")


def _names_a_venue(field: str, settings: Settings, sources: Mapping[str, str]) -> bool:
    """A base URL always does; the network only when typed (in a file it may wait there for a key)."""
    return field in sources and (field != "network" or sources[field].startswith("--"))


def how_to_set_a_key(source: Source) -> str:
    """The ways to a key of a source, or around one."""
    if source.name == DEFAULT:
        return HOW_TO_SET_A_KEY
    return (
        f"Set {source.key_env}, or {source.key_file_env} to a file of mode 0600 that holds the key; "
        "or add --demo for the embedded one."
    )


HOW_TO_SET_A_KEY: Final = (
    f"Set {API_KEY_ENV}, or {API_KEY_FILE_ENV} to a file of mode 0600 that holds the key (or {JWT_ENV}); "
    "or add --demo for the embedded exchange."
)


def _read_file(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SettingsError(f"{path}: not a regular file.")
            if status.st_mode & stat.S_IWOTH:
                # Whoever writes here chooses the host that the key is sent to.
                raise SettingsError(f"{path}: anyone may write to it; make it yours: chmod 600 {path}")
            content = file.read(MAX_CONFIG_BYTES + 1)
            mode, owner = status.st_mode, status.st_uid
    except FileNotFoundError:
        if required:
            raise SettingsError(f"{path}: there is no such configuration file.") from None
        return {}
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}.") from None
    if len(content) > MAX_CONFIG_BYTES:
        raise SettingsError(f"{path}: too long to be a configuration file.")
    import tomllib  # most people have no such file

    try:
        table = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not TOML: {error}.") from None
    _check_keys(table, path)
    if isinstance(table.get("keys"), dict):
        table["keys"] = dict(_flattened(table["keys"]))
    if "jwt_command" in table and (mode & (stat.S_IWGRP | stat.S_IWOTH) or owner not in (0, os.geteuid())):
        raise SettingsError(f"{path}: holds a command, so it must be yours and closed to others: chmod 600 {path}")
    return table


def _flattened(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """TOML reads `market.flip = "n"` as a table in a table, and `"market.flip" = "n"` as what it says: both count."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flattened(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _check_keys(table: Mapping[str, Any], path: Path) -> None:
    known = file_keys()
    for key in table:
        if key in known:
            continue
        shown = ascii(key[:64])
        if any(word in key.lower().replace("_", "").replace("-", "") for word in SECRET_WORDS):
            raise SettingsError(
                f"{path}: {shown} looks like a secret, and none may stand in this file. Put the key alone in a "
                f"file of mode 0600 and name that file as {API_KEY_FILE_KEY}, or set {API_KEY_ENV} or {JWT_ENV}."
            )
        near = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"the keys are {', '.join(known)}."
        raise SettingsError(f"{path}: unknown key {shown}; {hint}")


def _key_file(configured: object, config: Path, key: str) -> Path | None:
    """A relative path in the file starts at the file, so that it means the same from every directory."""
    if configured is None:
        return None
    if not isinstance(configured, str) or not configured:
        raise SettingsError(f"{config}: {key} must be the path of a file.")
    return config.parent / expanded(configured, f"{key} in {config}")


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Every non-secret setting that a variable gives; an empty variable counts as not set."""
    values: dict[str, Any] = {}
    for field in Settings.model_fields:
        if field in SECRET_FIELDS | FLAG_ONLY | FILE_ONLY:
            continue
        if text := environ.get(_env_name(field), "").strip():
            values[field] = text
    return values


def _validated(values: Mapping[str, Any], sources: Mapping[str, str]) -> Settings:
    prepared = dict(values)
    for field in ("log_file", "export_dir"):
        if isinstance(path := values.get(field), str):
            prepared[field] = expanded(path, sources[field])
    if isinstance(slugs := values.get("slugs"), str):
        prepared["slugs"] = tuple(filter(None, (slug.strip() for slug in slugs.split(","))))
    try:
        return Settings.model_validate(prepared)
    except ValidationError as error:
        # include_input=False: what a person put in the wrong place may be a key.
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = str(first["loc"][0])
        said = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{sources.get(field, field)}: {said}.") from None


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """The PSDASH_ variables that mean nothing, for the log: a misspelt one would otherwise be ignored in silence."""
    fields = (f for f in Settings.model_fields if f not in FLAG_ONLY | FILE_ONLY)
    known = {API_KEY_FILE_ENV, *(_env_name(field) for field in fields)}
    known.update(name for each in others() for name in (each.key_env, each.key_file_env, *each.url_envs))
    return sorted(name for name in environ if name.startswith("PSDASH_") and name not in known)


def origin_of(field: FieldInfo) -> Origin | None:
    """Where a field of `Settings` can be set; None for one that is observed."""
    return next((item for item in field.metadata if isinstance(item, Origin)), None)


def _env_name(field: str) -> str:
    return f"PSDASH_{field.upper()}"


def _flag_name(field: str) -> str:
    return {"slugs": "--slug"}.get(field, "--" + field.replace("_", "-"))


def settings_table() -> str:
    """The Markdown table of docs/settings.md, one row a setting; `python -m psdash.configuration` prints it."""
    rows = ["| flag | environment | file | default | meaning |", "|---|---|---|---|---|"]
    for field in Settings.model_fields.values():
        origin = origin_of(field)
        if origin is None:
            continue
        default = origin.default if origin.default is not None else f"`{field.default}`"
        cells = (_coded(origin.flag), _coded(origin.env), _coded(origin.key), default, field.description or "")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def sources_table() -> str:
    """The second table of docs/settings.md, one row a source."""
    rows = ["| `--source` | its names | its key | in the file | another address |", "|---|---|---|---|---|"]
    for source in SOURCES.values():
        is_own = source.name == DEFAULT
        key = (API_KEY_ENV, API_KEY_FILE_ENV) if is_own else (source.key_env, source.key_file_env)
        urls = ("PSDASH_REST_URL", "PSDASH_WS_URL") if is_own else source.url_envs
        cells = (
            f"`{source.name}` ({source.title})",
            f"`{source.option}`: {source.form_words}, such as `{source.example}`",
            f"`{key[0]}`, or `{key[1]}` (a path): `{source.key_looks}`",
            f"`{API_KEY_FILE_KEY if is_own else source.key_file_key}` (a path)",
            f"`{urls[0]}` and `{urls[1]}`",
        )
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _coded(cell: str | None) -> str:
    """Names as code, what stands in brackets or between names as text."""
    if cell is None:
        return "-"
    return re.sub(r"(--[a-z-]+(?: [A-Z=]+)?|PSDASH_\w+|^[a-z_]+)", r"`\1`", cell)


if __name__ == "__main__":
    sys.stdout.write(f"{settings_table()}\n{sources_table()}")
