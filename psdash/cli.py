"""What a person types: arguments in, an exit code out.

Nothing heavy is imported before it is needed, so `--help` and a usage error come at once; the embedded exchange is
launched before the dashboard is imported, so the two start up side by side. No text of this module repeats a value
that could be a secret typed in the wrong place.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NoReturn

from psdash import __version__
from psdash.headless.arguments import COMMANDS, OWN_OPTIONS
from psdash.registry import ALL, DEFAULT, SOURCES, others
from psdash.text import safe_text

if TYPE_CHECKING:
    from pathlib import Path

    from psdash.embedded import EmbeddedExchange, EmbeddedExchanges
    from psdash.logs import LogSession
    from psdash.registry.source import Source
    from psdash.settings import EndpointSource, Settings

USAGE_ERROR: Final = 2
CONFIGURATION_ERROR: Final = 3
INTERRUPTED: Final = 130
MIN_SECRET_LENGTH: Final = 8

DESCRIPTION: Final = """\
A read-only terminal dashboard for prediction markets: live book, tape, chart, and your own orders, fills and vault.

With no credential configured it opens on its own embedded exchange, marked DEMO.
"""

EPILOG: Final = """\
commands, each with a --help of its own:
  psdash tail --slug X  every event of a market and of your account, as JSON lines
  psdash book --slug X  one proved book as JSON, and exit
  psdash doctor         check configuration, network, clock, key, gateways and terminal
  psdash sim            run the embedded exchange alone

examples:
  psdash                                      the embedded exchange
  psdash --slug spain-vs-france-2026-yes      a market of the configured venue
  psdash --demo --slug X --slug Y             two markets of the embedded exchange
  psdash --network testnet --slug X           the venue's testnet
  psdash --demo --replay FILE --speed 20      a recorded market, twenty times as fast
  psdash --demo --source predictionhunt       another source: its markets and its signals
  psdash --demo --source all                  every source at once

environment (a flag comes before it, ~/.config/psdash/config.toml after it):
  PSDASH_API_KEY        the venue's API key; no flag takes a secret
  PSDASH_API_KEY_FILE   a file that holds the key: yours, not a link, mode 0600
  PSDASH_JWT            a session token, when there is no key
  PSDASH_JWT_COMMAND    a command that prints a fresh session token
  PSDASH_USER_WALLET    the wallet to act for, with a multi-wallet key
  PSDASH_SOURCE         what is watched, as --source
{source_keys}
                        the key of another source, or (_FILE) a private file that holds it
  PSDASH_NETWORK        mainnet or testnet
  PSDASH_REST_URL, PSDASH_WS_URL
                        another venue, such as a psdash sim that runs already
  PSDASH_PROTOCOL       1 or 2, where a greeting is wrong about the protocol
  PSDASH_COMMANDS_PER_S how fast to subscribe, in commands a second
  PSDASH_ELSEWHERE      SLUG=GROUP, comma separated: markets' group ids at Prediction Hunt
  PSDASH_SLUGS, PSDASH_DEMO, PSDASH_FPS, PSDASH_MOUSE, PSDASH_THEME, PSDASH_ASCII,
  PSDASH_ZONE, PSDASH_DENSE, PSDASH_PRIVACY, PSDASH_MOTION, PSDASH_MAX_KBPS, PSDASH_SEED,
  PSDASH_LOG_LEVEL, PSDASH_LOG_FILE
                        as the flags of these names
  PSDASH_BELL_ON_FILL, PSDASH_TOAST_ON_FILL, PSDASH_EXPORT_DIR
                        what happens on a fill, and where e writes to (docs/settings.md)
  PSDASH_DRIVER         auto, or stock: Textual's own way to the terminal

exit codes:
  0 ok   1 crash   2 usage, or not a terminal   3 configuration or credential   4 network
  130 interrupted   143 terminated
"""


def _epilog() -> str:
    keys = "\n".join(f"  {source.key_env}, {source.key_file_env}" for source in others())
    return EPILOG.replace("{source_keys}", keys)


#: When the dashboard looks for cyclic garbage. Next to nothing here is cyclic, and a walk over all that lives takes
#: the loop for two frames: with Python's own thresholds one came every twenty seconds (docs/performance.md).
GC_THRESHOLDS: Final = (5_000, 20, 50)

#: Option names that would carry a secret, as letters only. Whatever follows one of them is never shown.
SECRET_OPTIONS: Final = frozenset(
    {"apikey", "xapikey", "key", "jwt", "token", "secret", "password", "bearer", "authorization", "credential"}
)
KEY_FILE_OPTIONS: Final = frozenset({"apikeyfile", "keyfile"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (without the program's name) and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if refusal := _secret_refusal(arguments):
        return _fail(refusal, USAGE_ERROR)
    if arguments[:1] == ["sim"]:
        return _run_simulator(arguments[1:])
    name = arguments[0] if arguments and arguments[0] in COMMANDS else None
    try:
        flags = _parse(arguments[1:] if name else arguments, name)
    except _UsageError as error:
        return _fail(f"{error}\nTry: psdash {f'{name} ' if name else ''}--help", USAGE_ERROR)
    except _Answered:
        return 0
    try:
        return _run(flags) if name is None else _run_headless(name, flags)
    except KeyboardInterrupt:  # before `_open` could hear it
        return INTERRUPTED


def _run_simulator(arguments: list[str]) -> int:
    """`psdash sim`: the service of the source that `--source` names, with every other argument."""
    name = DEFAULT
    for at, word in enumerate(arguments):
        flag, is_joined, value = word.partition("=")
        if flag == "--source":
            name = value if is_joined else (arguments[at + 1] if at + 1 < len(arguments) else "")
            arguments = arguments[:at] + arguments[at + (1 if is_joined else 2) :]
            break
    if name not in SOURCES:
        return _fail(f"psdash sim runs one source: --source {' or '.join(SOURCES)}.", USAGE_ERROR)
    module = import_module(f"{SOURCES[name].simulator}.{'cli' if name == DEFAULT else '__main__'}")
    return int(module.main(arguments))


# --- arguments ---------------------------------------------------------------------------------------------------


class _UsageError(Exception):
    """The arguments do not parse; the text says how and repeats no value."""


class _Answered(Exception):  # noqa: N818  # not an error: --help or --version has been printed
    """The arguments asked for a text, and it is on stdout."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UsageError(message)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise _Answered


def build_parser(name: str | None = None) -> argparse.ArgumentParser:
    """The parser of `psdash` itself, or of one command without a screen.

    A flag that is not given leaves no attribute, so the layers below can show.
    """
    command = COMMANDS[name] if name is not None else None
    parser = _Parser(
        prog="psdash" if name is None else f"psdash {name}",
        usage=command.usage if command else "psdash [options]\n       psdash tail | book | doctor | sim [options]",
        description=command.description if command else DESCRIPTION,
        epilog=command.epilog if command else _epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    add = parser.add_argument
    slug_help = command.slug_help if command else "a market to open; repeat it for more"
    add("--source", metavar="NAME", help=f"what is watched: {', '.join([*SOURCES, ALL])} (default: {DEFAULT})")
    add("--slug", action="append", dest="slugs", metavar="S", help=slug_help)
    for source in others():
        option_help = f"the same, a {source.noun} of {source.title}: {source.form_words}"
        add(source.option, action="append", dest="slugs", metavar=source.noun[:1].upper(), help=option_help)
    if command is not None:
        command.add(parser)
    add("--demo", action="store_true", help="use the embedded exchange, whatever credential is configured")
    add("--network", choices=("mainnet", "testnet"), help="the venue's network (default: mainnet)")
    add("--protocol", type=int, choices=(1, 2), help="PredictStreet's protocol (default: what its greeting says)")
    add("--config", metavar="PATH", help="configuration file, in place of ~/.config/psdash/config.toml")
    if command is None:
        add("--elsewhere", action="append", metavar="SLUG=GROUP", help="a market's group id at Prediction Hunt")
        add("--theme", metavar="NAME", help="graphite, blue-orange, sixteen or monochrome (default: by the terminal)")
        add("--ascii", action="store_true", help="draw with ASCII only")
        add(
            "--zone",
            choices=("utc", "local"),
            help="the zone of the times on the screen (default: utc; u changes it)",
        )
        add("--dense", action="store_true", help="more rows, fewer rules (D changes it)")
        add("--privacy", action="store_true", help="begin with your own amounts masked (P changes it)")
        add("--motion", action=argparse.BooleanOptionalAction, help="tint rows that changed (default: on)")
        add("--fps", type=int, metavar="N", help="paint at most N times a second, 1 to 60 (default: 30; 10 over SSH)")
        add("--mouse", action=argparse.BooleanOptionalAction, help="take mouse clicks (default: on; off over SSH)")
        add("--max-kbps", type=float, metavar="N", help="send N kilobits a second at most (default: no limit)")
    add("--seed", type=int, metavar="N", help="seed of the embedded exchange: same seed, same day")
    add("--replay", metavar="FILE", help="a recorded market for the embedded exchange to play")
    add("--speed", type=float, metavar="N", help="play --replay N times as fast")
    add("--log-level", choices=("error", "warning", "info", "debug", "trace"), help="how much to log (default: info)")
    add("--log-file", metavar="PATH", help="where the log goes (default: under ~/.local/state/psdash)")
    add("--version", action="version", version=f"psdash {__version__}")
    return parser


def _parse(arguments: Sequence[str], name: str | None = None) -> dict[str, Any]:
    parser = build_parser(name)
    try:
        known, unknown = parser.parse_known_args(arguments)
    except _UsageError as error:
        raise _UsageError(_without_values(str(error), arguments)) from None
    if not unknown:
        return vars(known)
    import difflib

    option = next((word.partition("=")[0] for word in unknown if word.startswith("-")), None)
    if option is None:
        near = difflib.get_close_matches(unknown[0], [*COMMANDS, "sim"], n=1) if name is None else []
        raise _UsageError(
            f"did you mean psdash {near[0]}? It comes first."
            if near
            else f"psdash{f' {name}' if name else ''} takes options only; a market goes after --slug"
        )
    flags = [flag for action in parser._actions for flag in action.option_strings]
    near = difflib.get_close_matches(option, flags, n=2)
    # An unknown option is repeated only when it is close to a known one: anything else may be anything.
    raise _UsageError(f"unknown option; did you mean {' or '.join(near)}?" if near else "unknown option")


def _secret_refusal(arguments: Sequence[str]) -> str | None:
    """What to say to somebody who typed a secret as a flag, None when nobody did. Runs before argparse does."""
    for at, word in enumerate(arguments):
        if word == "--":
            return None
        if _names_a_market(word, arguments[at + 1 : at + 2]):
            continue  # of a source whose names are tokens
        name = "".join(c for c in word.partition("=")[0].lower() if c.isalpha()) if word.startswith("-") else ""
        if name in KEY_FILE_OPTIONS:
            return (
                "There is no such flag: name the key's file in PSDASH_API_KEY_FILE, or as api_key_file in the config."
            )
        if name in SECRET_OPTIONS:
            return (
                "No flag takes a secret: everybody on this machine can read a running program's arguments, and your "
                "shell keeps them.\nSet PSDASH_API_KEY, or PSDASH_API_KEY_FILE to a file of mode 0600 that holds the "
                "key (PSDASH_JWT for a session token).\nIf what you typed was a real secret, replace it at the venue."
            )
    return None


def _names_a_market(word: str, after: Sequence[str]) -> bool:
    """Whether an option is some source's own, and what it is given a name of that source's form and no key."""
    option, is_joined, value = word.partition("=")
    given = value if is_joined else "".join(after)
    return any(source.option == option and source.form.fullmatch(given) for source in SOURCES.values())


# --- the run -----------------------------------------------------------------------------------------------------


def _run(flags: dict[str, Any]) -> int:
    # Imports make next to no garbage, and looking for it took 30 % of their CPU (docs/performance.md).
    gc.disable()  # until all of them are done: `_collect_again`
    try:
        return _run_dashboard(flags)
    finally:
        gc.enable()


def _run_dashboard(flags: dict[str, Any]) -> int:
    # No plugin of another package reads what is validated here, and looking for them is a walk over all packages.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from psdash.settings import SettingsError

    try:
        settings = _load(flags)
    except SettingsError as error:
        return _fail(str(error), CONFIGURATION_ERROR)
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):  # Textual paints on stderr
        return _fail(
            "The dashboard needs a terminal, and stdin, stdout or stderr is not one.\n"
            "Over SSH, ask for one with ssh -t; without a screen there are psdash tail, psdash book and psdash sim.",
            USAGE_ERROR,
        )

    def dashboard(source: EndpointSource) -> int:
        from psdash.dashboard.launch import open_dashboard

        return open_dashboard(settings, source, on_open=_collect_again)

    return _open(settings, dashboard, consults=True)


def _collect_again() -> None:
    """Everything is imported and stays: no collection needs to walk it again."""
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()


def _run_headless(name: str, flags: dict[str, Any]) -> int:
    from psdash.settings import SettingsError

    own = {option: flags.pop(option) for option in OWN_OPTIONS if option in flags}
    if sys.stdout is None:
        return _fail("stdout is closed, and the data goes there.", USAGE_ERROR)
    if name == "doctor":
        return _run_doctor(flags, as_json=own.get("json", False))
    try:
        settings = _load(flags)
    except SettingsError as error:
        return _fail(str(error), CONFIGURATION_ERROR)
    if not settings.slugs:
        return _fail(f"Which market? Name it with --slug.\nTry: psdash {name} --help", USAGE_ERROR)

    def tail(source: EndpointSource) -> int:
        from psdash.headless.tail import tail

        return tail(settings, source)

    def book(source: EndpointSource) -> int:
        from psdash.headless.book import DEADLINE_S, book

        deadline_s = own.get("deadline", DEADLINE_S)
        return book(settings, source, own.get("outcome", "yes"), own.get("depth"), deadline_s)

    return _open(settings, tail if name == "tail" else book)


def _run_doctor(flags: dict[str, Any], *, as_json: bool) -> int:
    from pathlib import Path

    from psdash.headless.doctor import Doctor

    config = flags.pop("config", None)
    doctor = Doctor(os.environ, as_json=as_json)
    settings = doctor.settings(flags, Path(config) if config is not None else None)
    return doctor.code if settings is None else _open(settings, doctor.examine, consults=True)


def _load(flags: dict[str, Any]) -> Settings:
    """The settings of this run. Raises SettingsError."""
    from pathlib import Path

    from psdash.configuration import load_settings

    config = flags.pop("config", None)
    settings = load_settings(flags, os.environ, Path(config) if config is not None else None)
    if settings.is_demo:
        _require_demo_slugs(settings)
    return settings


def _open(settings: Settings, run: Callable[[EndpointSource], int], *, consults: bool = False) -> int:
    """Run on a venue and turn every way it can end into an exit code and at most a few plain lines.

    With `consults` on the sources too that are asked what a market costs elsewhere.
    """
    import logging

    from psdash.configuration import state_dir, unknown_variables
    from psdash.credentials import secrets_in
    from psdash.logs import Redactor, start_logging
    from psdash.settings import Exit, SettingsError, VenueEndpoint, VenueUnavailableError

    default_log = state_dir(os.environ) / "psdash.log"
    try:
        session = start_logging(
            settings.log_level,
            settings.log_file,
            default_log,
            Redactor(
                [
                    *(settings.api_key, settings.jwt),
                    *(given.api_key for given in settings.given.values()),
                    *secrets_in(os.environ),
                ]
            ),
        )
    except SettingsError as error:
        return _fail(str(error), Exit.CONFIGURATION)
    log = logging.getLogger(__name__)
    log.info("psdash %s, %s, log level %s", __version__, settings.label, settings.log_level)
    for name in unknown_variables(os.environ):
        log.warning("the variable %s means nothing to psdash", name)
    # Before `run` takes over, and after: leave by the `finally`s, so that the child goes with us.
    signal.signal(signal.SIGTERM, _terminate)
    exchange = _embedded(settings, session, consults=consults) if settings.is_demo else None
    source: EndpointSource = exchange or VenueEndpoint(settings, session.redact.add, consults=consults)
    try:
        if exchange is not None:
            exchange.launch()
        return run(source)
    except VenueUnavailableError as error:
        return _fail(session.redact(str(error)), Exit.NETWORK)
    except SettingsError as error:
        return _fail(session.redact(str(error)), Exit.CONFIGURATION)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except SystemExit:
        raise
    except BaseException as error:  # the last line of defence: no traceback and no locals on the terminal
        logging.getLogger("psdash.crash").exception("psdash crashed")
        return _fail(_epitaph(error, session), Exit.CRASH)
    finally:
        if exchange is not None:
            exchange.stop()
        session.close()
        _let_go_of_a_dead_terminal()


def _embedded(settings: Settings, session: LogSession, *, consults: bool) -> EmbeddedExchange | EmbeddedExchanges:
    from psdash.embedded import EmbeddedExchange, EmbeddedExchanges, exchange_arguments

    def log_of(name: str) -> Path | None:
        if session.path is None:
            return None
        return session.path.with_name("exchange.log" if name == DEFAULT else f"{name}.log")

    def exchange_of(source: Source) -> EmbeddedExchange:
        return EmbeddedExchange(exchange_arguments(settings, source), log_of(source.name), source)

    watched = [exchange_of(source) for source in settings.chosen]
    consulted = [exchange_of(source) for source in settings.consulted] if consults else []
    return watched[0] if len(watched) + len(consulted) == 1 else EmbeddedExchanges(watched, consulted)


def _require_demo_slugs(settings: Settings) -> None:
    """Refuse a slug the embedded exchange does not list, before anything is started. Raises SettingsError."""
    from psdash.configuration import HOW_TO_SET_A_KEY
    from psdash.market.catalogue import nearest_slugs
    from psdash.settings import SettingsError

    if settings.replay is not None and not settings.replay.is_file():
        raise SettingsError(f"--replay: there is no file {safe_text(str(settings.replay))}.")
    own = [slug for slug in settings.slugs if SOURCES[DEFAULT].form.fullmatch(slug)]
    if not own:
        return
    known = _demo_slugs(recorded=settings.replay is not None)
    for slug in own:
        if slug in known:
            continue
        listed = "\n".join(f"  {each}" for each in nearest_slugs(slug, known))
        without_key = "" if settings.demo else f", and no credential is set. {HOW_TO_SET_A_KEY}"
        raise SettingsError(
            f"The embedded exchange has no market {slug}{without_key}\nThe nearest:\n{listed}\n"
            "psdash sim --help lists all."
        )


def _demo_slugs(*, recorded: bool) -> list[str]:
    """What the embedded exchange lists, from its own catalogue: milliseconds, and only when a slug was given."""
    import random

    from psdash.simulator.exchange.catalogue import build_catalogue, catalogue_for_replay

    build = catalogue_for_replay if recorded else build_catalogue
    return [row.slug for row in build(random.Random(0), 0).markets]


def _terminate(signum: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + signum)


def _epitaph(error: BaseException, session: LogSession) -> str:
    said = safe_text(session.redact(f"{type(error).__name__}: {error}"))
    return f"It crashed: {said}\n" + (
        f"The traceback is in {session.path}" if session.path is not None else f"There is no log: {session.problem}"
    )


def _without_values(message: str, arguments: Sequence[str]) -> str:
    """What argparse says, without any typed value that is long enough to be a secret in the wrong place."""
    for word in arguments:
        for value in (word, word.partition("=")[2]):
            if len(value) >= MIN_SECRET_LENGTH:
                message = message.replace(repr(value), "(not shown)")
    return message


_KEY_LIKE: Final = re.compile(
    "|".join([r"ps_[a-z0-9]{1,16}_[0-9A-Za-z_-]{16,}", *(rf"\b(?:{each.key_form.pattern})" for each in others())])
)


def _without_keys(text: str) -> str:
    """The text without anything that looks like a key, whole or cut."""
    return _KEY_LIKE.sub("[redacted]", text)


def _fail(message: str, code: int) -> int:
    """Say on stderr what is wrong, every line of it safe for the terminal, and return `code`."""
    lines = [safe_text(line) for line in _without_keys(message).splitlines()]
    sys.stderr.write("psdash: " + "\n".join(lines) + "\n")
    return int(code)


def _let_go_of_a_dead_terminal() -> None:
    """Python flushes both streams at its end, and fails with a status of its own where the terminal has gone."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
