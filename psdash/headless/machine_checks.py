"""What `psdash doctor` can tell without a network: the configuration, the source of the credential, the terminal."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from psdash.configuration import HOW_TO_SET_A_KEY, config_path, how_to_set_a_key, unknown_variables
from psdash.credentials import API_KEY_ENV, API_KEY_FILE_ENV, JWT_ENV
from psdash.headless.report import Finding, note, right
from psdash.registry import DEFAULT
from psdash.settings import Settings

#: The smallest screen that shows every pane.
SMALLEST: Final = (80, 24)
_UTF8_REMEDY: Final = "export LANG=C.UTF-8 (or another UTF-8 locale of this machine)"


def configuration(environ: Mapping[str, str], named: Path | None) -> Iterator[Finding]:
    """The configuration file that was read, and variables that mean nothing."""
    path = named or config_path(environ)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        yield right("configuration", f"no file at {path}; defaults, variables and flags")
    else:
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            yield note(
                "configuration",
                f"{path}, mode {mode:04o}: others may choose the host that the key goes to",
                f"chmod 600 {path}",
            )
        else:
            yield right("configuration", f"{path}, mode {mode:04o}")
    if unknown := unknown_variables(environ):
        yield note("environment", f"psdash does not know {', '.join(unknown)}", "unset or correct them; see --help")


def proxy(environ: Mapping[str, str]) -> Iterator[Finding]:
    """A proxy that other programs use and psdash does not: the key goes to the venue and to nobody else."""
    if any(environ.get(name) for each in ("https_proxy", "all_proxy") for name in (each, each.upper())):
        yield note("proxy", "one is set, and psdash uses none: it dials the venue itself")


def _of_sources(settings: Settings) -> Finding:
    """Which of the chosen sources have a key."""
    keyed = [source.title for source in settings.chosen if settings.has_key(source.name)]
    if keyed:
        return right("credential", f"a key for {', '.join(keyed)}")
    return note("credential", "none: psdash opens on what it embeds (DEMO)", how_to_set_a_key(settings.chosen[-1]))


def credential(environ: Mapping[str, str], settings: Settings) -> Finding:
    """Where the credential comes from; never what it is."""
    if settings.demo:
        return note("credential", "not looked at: the embedded exchange was asked for (demo)")
    if settings.source != DEFAULT:
        return _of_sources(settings)
    if settings.api_key is not None:
        if environ.get(API_KEY_ENV):
            return right("credential", f"an API key, from {API_KEY_ENV}")
        if environ.get(API_KEY_FILE_ENV):
            return right("credential", f"an API key, from the private file in {API_KEY_FILE_ENV}")
        return right("credential", "an API key, from the private file that api_key_file names")
    if settings.jwt_command:
        return right("credential", "a session token, from the command in jwt_command")
    if settings.jwt is not None:
        return note("credential", f"a session token, from {JWT_ENV}; it will end", "an API key lasts longer")
    return note("credential", "none: psdash opens on its embedded exchange (DEMO)", HOW_TO_SET_A_KEY)


def is_utf8(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is said to speak UTF-8: the first locale variable that is set decides."""
    locale = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environ.get(name))), "")
    return "utf8" in locale.lower().replace("-", "")


def terminal(environ: Mapping[str, str]) -> Iterator[Finding]:
    """What the dashboard would find; `tail`, `book` and this command need none of it."""
    descriptors = [descriptor for descriptor in (0, 1, 2) if _is_tty(descriptor)]
    if not descriptors:
        yield note("terminal", "none here: the dashboard needs one, tail and book do not", "over SSH: ssh -t")
    name = environ.get("TERM", "")
    if not name or name == "dumb":
        yield note("TERM", f"{name or 'not set'}: the dashboard cannot draw", "export TERM=xterm-256color")
    else:
        yield right("TERM", name)
    yield _colours(environ, name)
    if descriptors:
        yield _size(os.get_terminal_size(descriptors[-1]))
    if is_utf8(environ):
        yield right("locale", "UTF-8")
    else:
        yield note("locale", "not UTF-8: lines and marks of the screen may come out wrong", _UTF8_REMEDY)
    if environ.get("TMUX"):
        yield note("multiplexer", "tmux: copying needs its set-clipboard on", "tmux set -g set-clipboard on")
    elif environ.get("STY"):
        yield note("multiplexer", "screen: it passes on no clipboard and few colours", "tmux passes both")
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        yield right("SSH", "yes: 10 frames a second and no mouse, unless told otherwise (--fps, --mouse)")


def _colours(environ: Mapping[str, str], name: str) -> Finding:
    if environ.get("NO_COLOR"):
        return note("colours", "none, by NO_COLOR; signs and words say everything too")
    if environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return right("colours", "16 million (COLORTERM)")
    if "256" in name or name.endswith("-direct"):
        return right("colours", "256 (TERM)")
    return note("colours", "16 or fewer are promised", "export COLORTERM=truecolor, where the terminal has them")


def _size(size: os.terminal_size) -> Finding:
    text = f"{size.columns}x{size.lines}"
    if size.columns < SMALLEST[0] or size.lines < SMALLEST[1]:
        return note("size", f"{text}: some panes will not fit", f"make it {SMALLEST[0]}x{SMALLEST[1]} or larger")
    return right("size", text)


def _is_tty(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False
