"""The command: what each mistake says and returns, through the real `python -m psdash` wherever a code leaves it.

`psdash.dashboard.launch` is replaced, in the child, by a module that ends as a test wants it to: what the dashboard
itself does is the business of the pty tests.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from psdash import __version__, cli
from psdash.configuration import FLAG_ONLY, origin_of
from psdash.registry import others
from psdash.settings import Exit, Settings
from tests.support.processes import is_running
from tests.support.terminal import Terminal

ROOT = Path(__file__).parents[2]
KEY = "ps_live_0123456789abcdef_CANARYCANARYCANARYCANARYCANARYCANARYCANARYC"
JWT = "eyJCANARY.CANARYCANARY.CANARY"

FAKE_DASHBOARD = """
import sys, types

module = types.ModuleType("psdash.dashboard.launch")

def open_dashboard(settings, source, **_more):
    import asyncio, logging, os, sys
    from psdash.settings import SettingsError, VenueUnavailableError
    what = os.environ["FAKE_DASHBOARD"]
    key = settings.api_key.get_secret_value() if settings.api_key else "no key"
    headers = {"X-Api-Key": key}
    logging.getLogger("websockets.client").warning("> X-Api-Key: %s", key)
    if what == "endpoint":
        endpoint = asyncio.run(source())
        sys.stdout.write(f"{endpoint.label} {endpoint.rest_url} {settings.slugs}\\r\\n")
        sys.stdout.flush()
    elif what == "crash":
        raise RuntimeError(f"invalid header {headers} \\x1b[2J")
    elif what == "unavailable":
        raise VenueUnavailableError(f"Nothing answers. {key}")
    elif what == "unknown-slug":
        raise SettingsError("The venue has no market nope.")
    elif what == "wait":
        async def wait():
            sys.stdout.write(f"waiting beside {source.pid}.\\r\\n")
            sys.stdout.flush()
            await asyncio.sleep(60)
        asyncio.run(wait())
    elif what == "code":
        return 7
    return 0

module.open_dashboard = open_dashboard
sys.modules["psdash.dashboard.launch"] = module
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A home without settings, and the replaced dashboard on the path of the child."""
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "sitecustomize.py").write_text(FAKE_DASHBOARD)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": f"{tmp_path / 'fake'}{os.pathsep}{ROOT}",
    }


def run(environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """`psdash` with no terminal anywhere."""
    return subprocess.run(
        [sys.executable, "-m", "psdash", *arguments],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def in_terminal(environ: Mapping[str, str], *arguments: str) -> Terminal:
    return Terminal([sys.executable, "-m", "psdash", *arguments], env=environ, columns=200)


def log_of(tmp_path: Path) -> str:
    return (tmp_path / ".local/state/psdash/psdash.log").read_text()


# --- 0 -----------------------------------------------------------------------------------------------------------


def test_version(environ: dict[str, str]) -> None:
    done = run(environ, "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"psdash {__version__}\n", "")


def test_help_tells_the_examples_the_variables_and_the_codes(environ: dict[str, str]) -> None:
    done = run(environ, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("examples:", "psdash sim", "PSDASH_API_KEY_FILE", "exit codes:", "143", "--no-mouse"):
        assert word in done.stdout
    for field in Settings.model_fields.values():
        origin = origin_of(field)
        if origin is not None and origin.env is not None:
            assert origin.env.split(",")[0].split(" ")[0] in done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["--bad"], ["--api-key", "x"]])
def test_what_needs_no_dashboard_imports_none_of_it(environ: dict[str, str], arguments: list[str]) -> None:
    code = (
        "import sys; from psdash.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'textual', 'pydantic', 'websockets', 'httpx', 'asyncio', 'rich'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    (Path(environ["HOME"]) / "fake" / "sitecustomize.py").unlink()
    done = subprocess.run([sys.executable, "-c", code, *arguments], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_setting_with_a_flag_is_in_the_parser_and_no_other() -> None:
    of_parser: dict[str, list[str]] = {}
    for action in cli.build_parser()._actions:
        if action.dest != "help":
            of_parser.setdefault(action.dest, []).extend(action.option_strings)
    of_model = {}
    for name, field in Settings.model_fields.items():
        origin = origin_of(field)
        if origin is not None and origin.flag is not None:
            of_model[name] = [part for part in origin.flag.split() if part.startswith("--")]
    of_model["slugs"] += [source.option for source in others()]
    of_model |= {"config": ["--config"], "version": ["--version"]}
    assert of_parser == of_model
    assert {"replay", "speed"} < FLAG_ONLY


def test_flags_left_out_leave_nothing_behind() -> None:
    """A default in the parser would hide the environment and the file."""
    assert cli._parse([]) == {}
    assert cli._parse(["--no-mouse", "--slug", "a", "--slug", "b"]) == {"mouse": False, "slugs": ["a", "b"]}


def test_the_exit_codes_of_the_light_half_are_those_of_the_model() -> None:
    codes = (cli.USAGE_ERROR, cli.CONFIGURATION_ERROR, cli.INTERRUPTED)
    assert codes == (Exit.USAGE, Exit.CONFIGURATION, Exit.INTERRUPTED)


def test_sim_gets_the_rest(environ: dict[str, str]) -> None:
    done = run(environ, "sim", "--help")
    assert done.returncode == 0
    assert "--exit-with-parent" in done.stdout
    assert run(environ, "sim", "--port", "x").returncode == 2
    for source in others():
        told = run(environ, "sim", "--source", source.name, "--help")
        assert told.returncode == 0
        assert f"--source {source.name}" in told.stdout
    assert "--source predictstreet or" in run(environ, "sim", "--source", "all").stderr


def test_an_option_of_a_source_takes_its_names_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    token = "solana:JUPyiwrYJFskUPiHa7hkeR8VUtAeFoSYbKedZNsDvCN"
    assert cli._secret_refusal(["--source", "shuriken", "--token", token]) is None
    assert cli._secret_refusal([f"--token={token}"]) is None
    assert cli._parse(["--token", token, "--market", "kalshi:X"]) == {"slugs": [token, "kalshi:X"]}
    assert cli.main(["--token", "sk_CANARYCANARYCANARY"]) == 2
    assert "CANARY" not in "".join(capsys.readouterr())


# --- 2 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["--demo"], ["--demo", "--slug", "spain-vs-france-2026-yes"]])
def test_without_a_terminal_there_is_a_hint(environ: dict[str, str], arguments: list[str]) -> None:
    done = run(environ, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs a terminal" in done.stderr
    assert "ssh -t" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--slgu", "x"], "did you mean --slug?"),
        (["--slu=x"], "did you mean --slug or --source?"),
        (["--wholly-different"], "unknown option"),
        (["spain-vs-france-2026-yes"], "a market goes after --slug"),
        (["--fps"], "--fps"),
        (["--fps", "x"], "--fps"),
        (["--network", "moon"], "--network"),
        (["--demo=yes"], "--demo"),
    ],
)
def test_usage(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert cli.main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert shown.err.endswith("Try: psdash --help\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--api-key", KEY],
        [f"--api-key={KEY}"],
        ["--apikey", "CANARY"],
        ["--api_key", "CANARY"],
        ["--API-KEY=CANARY"],
        ["-api-key", "CANARY"],
        ["--x-api-key", "CANARY"],
        ["--key", "CANARY"],
        ["--jwt", JWT],
        ["--token=CANARY"],
        ["--password", "CANARY"],
        ["--secret", "CANARY"],
        ["--slug", "x", "--bearer", "CANARY", "--help"],
        ["--api-key-file", "CANARY"],
        ["sim", "--api-key", "CANARY"],
        # not a secret's flag, and still nothing to repeat
        ["CANARY"],
        [KEY],
        ["--", KEY],
        ["--CANARY", "CANARY"],
        ["--slug", "x", f"--{KEY}"],
        ["--fps", KEY],
        ["--network", KEY],
        ["--slug", KEY],
        ["--fps", "CANARY-of-another-form"],
        ["--network=CANARY-of-another-form"],
        ["--demo=CANARY-of-another-form"],
        ["--theme", KEY],
        ["--config", KEY],
        ["--demo", "--replay", KEY],
    ],
)
def test_no_secret_typed_anywhere_is_repeated(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("PSDASH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    code = cli.main(arguments)
    shown = capfd.readouterr()
    assert code in {2, 3}
    assert "CANARY" not in shown.out + shown.err
    assert shown.err.startswith("psdash: ")


def test_a_refused_secret_is_told_the_ways_that_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--api-key", KEY]) == 2
    said = capsys.readouterr().err
    assert "PSDASH_API_KEY_FILE" in said
    assert "replace it at the venue" in said
    assert cli.main(["--api-key-file", "path"]) == 2
    assert "PSDASH_API_KEY_FILE" in capsys.readouterr().err


# --- 3 -----------------------------------------------------------------------------------------------------------


def test_an_unknown_slug_without_a_key_names_the_demo_slugs_nearest_first(environ: dict[str, str]) -> None:
    done = run(environ, "--slug", "spain-vs-frnace-2026-yes")
    assert (done.returncode, done.stdout) == (3, "")
    lines = done.stderr.splitlines()
    assert "PSDASH_API_KEY" in lines[0]
    listed = [line.strip() for line in lines if line.startswith("  ")]
    assert listed[0] == "spain-vs-france-2026-yes"
    assert len(listed) == 4
    assert lines[-1] == "psdash sim --help lists all."


def test_an_unknown_slug_of_the_demo_does_not_ask_for_a_key(environ: dict[str, str]) -> None:
    done = run(environ, "--demo", "--slug", "spain-vs-france-2026-draw", "--slug", "nope")
    assert done.returncode == 3
    assert "no market nope" in done.stderr
    assert "PSDASH_API_KEY" not in done.stderr


def test_with_a_recording_the_slugs_are_the_recorded_ones(environ: dict[str, str], tmp_path: Path) -> None:
    recording = tmp_path / "recording.jsonl"
    recording.touch()
    done = run(environ, "--replay", str(recording), "--slug", "spain-vs-france-2026-yes")
    assert done.returncode == 3
    assert "stanley-cup-final-game-4-m0" in done.stderr
    assert "there is no file" in run(environ, "--replay", str(tmp_path / "none")).stderr


@pytest.mark.parametrize(
    ("variables", "arguments", "said"),
    [
        ({"PSDASH_API_KEY": "CANARY-and-more"}, [], "PSDASH_API_KEY: "),
        ({"PSDASH_API_KEY": KEY + "\nX: y"}, [], "PSDASH_API_KEY: "),
        ({"PSDASH_API_KEY_FILE": "/nowhere/key"}, [], "PSDASH_API_KEY_FILE: "),
        ({"PSDASH_JWT": "CANARY CANARY"}, [], "PSDASH_JWT: "),
        ({"PSDASH_API_KEY": KEY, "PSDASH_REST_URL": "http://v.example"}, [], "clear text"),
        ({"PSDASH_FPS": "many"}, [], "PSDASH_FPS: "),
        ({}, ["--config", "/nowhere/config.toml"], "no such configuration file"),
        ({}, ["--network", "testnet"], "--network names a venue"),
    ],
)
def test_configuration(environ: dict[str, str], variables: dict[str, str], arguments: list[str], said: str) -> None:
    done = run(environ | variables, *arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert said in done.stderr
    assert "CANARY" not in done.stderr
    assert "Traceback" not in done.stderr


# --- a terminal, and a dashboard that ends ----------------------------------------------------------------------


def end(environ: Mapping[str, str], how: str, *arguments: str) -> tuple[int, str]:
    with in_terminal({**environ, "FAKE_DASHBOARD": how}, *arguments) as terminal:
        code = terminal.wait_exit()
        return code, terminal.raw.decode()


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        ("return", 0, ""),
        ("code", 7, ""),
        ("crash", 1, "It crashed: RuntimeError: invalid header"),
        ("unknown-slug", 3, "psdash: The venue has no market nope."),
        ("unavailable", 4, "psdash: Nothing answers."),
    ],
)
def test_every_end_has_its_code_and_no_end_shows_the_key(
    environ: dict[str, str], tmp_path: Path, how: str, code: int, said: str
) -> None:
    environ |= {"PSDASH_API_KEY": KEY, "PSDASH_JWT": JWT}
    ended, shown = end(environ, how, "--log-level", "trace")
    assert ended == code
    assert said in shown
    assert "CANARY" not in shown
    assert "\x1b" not in shown
    log = log_of(tmp_path)
    assert "> X-Api-Key: [redacted]" in log
    assert "CANARY" not in log
    assert ("Traceback" in log) == (how == "crash")


def test_the_demo_hands_over_a_running_exchange_and_takes_it_along(environ: dict[str, str], tmp_path: Path) -> None:
    code, shown = end(environ, "endpoint", "--slug", "spain-vs-france-2026-yes")
    assert code == 0
    assert shown.startswith("DEMO http://127.0.0.1:")
    assert "spain-vs-france-2026-yes" in shown
    assert "ready on port" in (tmp_path / ".local/state/psdash/exchange.log").read_text()


def test_an_exchange_that_runs_already_is_dialled_and_called_local(environ: dict[str, str]) -> None:
    environ |= {
        "PSDASH_API_KEY": KEY,
        "PSDASH_REST_URL": "http://127.0.0.1:8765",
        "PSDASH_WS_URL": "ws://127.0.0.1:8765",
    }
    assert end(environ, "endpoint", "--slug", "any-slug")[1].startswith("LOCAL http://127.0.0.1:8765 ('any-slug',)")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals(environ: dict[str, str], number: signal.Signals, code: int) -> None:
    with in_terminal({**environ, "FAKE_DASHBOARD": "wait"}) as terminal:
        child = terminal.wait_for(lambda t: re.search(r"waiting beside (\d+)\.", t.text), "the exchange's process id")
        assert is_running(int(child[1]))
        terminal.process.send_signal(number)
        assert terminal.wait_exit() == code
        assert b"Traceback" not in terminal.raw
        assert not is_running(int(child[1])), "the embedded exchange outlived its dashboard"


def test_an_explicit_log_that_cannot_be_opened_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    code, shown = end(environ, "return", "--demo", "--log-file", str(tmp_path))
    assert code == 3
    assert "cannot be opened" in shown


def test_a_home_that_cannot_be_written_costs_the_log_only(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environ |= {"XDG_STATE_HOME": str(tmp_path / "file"), "PSDASH_API_KEY": KEY}
    assert end(environ, "return") == (0, "")
    code, shown = end(environ, "crash")
    assert code == 1
    assert "It crashed: " in shown
    assert "There is no log: " in shown


def test_the_parser_does_not_abbreviate() -> None:
    """`--api` must not become somebody's `--api-key` of a later version."""
    assert isinstance(cli.build_parser(), argparse.ArgumentParser)
    with pytest.raises(cli._UsageError):
        cli._parse(["--dem"])
