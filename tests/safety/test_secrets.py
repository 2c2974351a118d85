"""Not one byte of a secret in anything that psdash writes, crashes included (reliability §3.1, first row)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from psdash.settings import Exit
from tests.safety.canary import API_KEY, JWT, leaked, leaked_into
from tests.safety.evil_venue import EvilVenue
from tests.support.terminal import Terminal

ROOT = Path(__file__).parents[2]
SLUG = "spain-vs-france-2026-yes"


def session(venue: EvilVenue, home: Path, command: Sequence[str], **credential: str) -> Terminal:
    """psdash in a pty, logging all it can."""
    environment = {
        **venue.environment(**credential),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "PYTHONPATH": str(ROOT),
    }
    argv = [sys.executable, "-m", *command, "--slug", SLUG, "--log-level", "trace"]
    return Terminal(argv, columns=120, rows=40, env=environment, cwd=home)


def key_file(home: Path) -> Path:
    path = home / "the-key"
    path.write_text(API_KEY + "\n")
    path.chmod(0o600)
    return path


def look_everywhere(terminal: Terminal) -> None:
    """Every screen a person can open."""
    for key, shown in (
        ("d", "Market gateway"),
        ("?", "─ Help ─"),
        ("/", "Enter opens"),
        ("\x10", "Search"),
    ):
        terminal.send(key)
        terminal.wait_for_text(shown)
        terminal.send("\x1b")
        terminal.wait_for(lambda t, gone=shown: gone not in t.text, f"{shown} closed")  # type: ignore[misc]


def assert_nothing_leaked(terminal: Terminal, home: Path, venue: EvilVenue, but: Path | None = None) -> None:
    """The pty, the files, the addresses asked for; the headers alone carry the secret."""
    assert leaked(bytes(terminal.raw)) == set()
    assert leaked(terminal.text.encode()) == set()
    assert leaked_into(home, but=but) == {}
    assert venue.requests
    assert leaked("\n".join(target for target, _ in venue.requests).encode()) == set()
    for _, headers in venue.requests:
        carriers = {name.lower() for name, value in headers.items() if leaked(value.encode())}
        assert carriers <= {"x-api-key", "authorization"}
        assert "origin" not in {name.lower() for name in headers}


def log_of(home: Path) -> str:
    return "".join(path.read_text() for path in home.rglob("psdash.log*"))


def test_the_search_finds_what_it_should() -> None:
    assert leaked(API_KEY.encode())
    assert leaked(b"Bearer " + JWT.encode())
    assert leaked(f"\x1b[1m{API_KEY[30:36]}\x1b[0m{API_KEY[36:42]}".encode())
    assert not leaked(API_KEY[: len("ps_live_") + 16].encode())
    assert not leaked(b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9")


@pytest.mark.parametrize("source", ["key", "file", "jwt"])
def test_a_whole_session_writes_no_secret(tmp_path: Path, source: str) -> None:
    file = key_file(tmp_path) if source == "file" else None
    credential = {
        "key": {"PSDASH_API_KEY": API_KEY},
        "jwt": {"PSDASH_JWT": JWT},
        "file": {"PSDASH_API_KEY_FILE": str(file)},
    }[source]
    with EvilVenue() as venue, session(venue, tmp_path, ["psdash"], **credential) as terminal:
        terminal.wait_for_text("LIVE", "bid 48")
        arguments = Path(f"/proc/{terminal.process.pid}/cmdline")
        if arguments.exists():
            assert leaked(arguments.read_bytes()) == set()
        look_everywhere(terminal)
        venue.say("hello")
        terminal.wait_for_text("hello")
        terminal.send("q")
        assert terminal.wait_exit() == Exit.OK
        assert_nothing_leaked(terminal, tmp_path, venue, but=file)
    # Something was there to be masked: the library at this level writes the headers it sends.
    assert "[redacted]" in log_of(tmp_path)


@pytest.mark.parametrize("source", ["PSDASH_API_KEY", "PSDASH_JWT"])
def test_a_venue_that_sends_the_secret_back_does_not_get_it_shown(tmp_path: Path, source: str) -> None:
    """In titles, in what the platform says, and in frames that cannot be read."""
    secret = {"PSDASH_API_KEY": API_KEY, "PSDASH_JWT": JWT}[source]

    def echo(body: object) -> object:
        text = json.dumps(body).replace("Will Spain beat France?", f"Spain {secret}")
        text = text.replace("mine 1", secret).replace('"pong"', f'"{secret}"').replace("hello", secret)
        return json.loads(text)

    with EvilVenue(echo) as venue, session(venue, tmp_path, ["psdash"], **{source: secret}) as terminal:
        terminal.wait_for_text("bid 48", "[redacted]")
        venue.say("hello")
        terminal.wait_for_text("MAINTENANCE", '"[redacted]')
        look_everywhere(terminal)
        terminal.send("q")
        assert terminal.wait_exit() == Exit.OK
        assert_nothing_leaked(terminal, tmp_path, venue)


@pytest.mark.parametrize("source", ["PSDASH_API_KEY", "PSDASH_JWT"])
def test_a_refusal_that_repeats_the_secret_is_told_without_it(tmp_path: Path, source: str) -> None:
    secret = {"PSDASH_API_KEY": API_KEY, "PSDASH_JWT": JWT}[source]
    with (
        EvilVenue(refuse=f"no such {secret}"[:120]) as venue,
        session(venue, tmp_path, ["psdash"], **{source: secret}) as terminal,
    ):
        terminal.wait_for_text("REFUSED")
        look_everywhere(terminal)
        terminal.send("q")
        terminal.wait_exit()
        assert_nothing_leaked(terminal, tmp_path, venue)


@pytest.mark.parametrize("where", ["start", "worker", "paint", "key"])
def test_a_crash_tells_no_secret_and_no_local(tmp_path: Path, where: str) -> None:
    """The fault raises with the key in its locals and in its message."""
    with (
        EvilVenue() as venue,
        session(
            venue, tmp_path, ["tests.safety.crashing", where], PSDASH_API_KEY=API_KEY, PSDASH_JWT=JWT
        ) as terminal,
    ):
        if where in ("paint", "key"):
            terminal.wait_for_text("LIVE", "bid 48")
            terminal.send({"paint": "m", "key": "f"}[where])
        assert terminal.wait_exit() == Exit.CRASH
        venue.requests.append(("none at all", {}))  # a crash at the start asks for nothing
        assert_nothing_leaked(terminal, tmp_path, venue)
        written = bytes(terminal.raw)
        assert b"It crashed: RuntimeError: invalid header" in written
        assert b"Traceback" not in written
        assert b"headers =" not in written
        assert b"locals" not in written
    log = log_of(tmp_path)
    assert "RuntimeError: invalid header" in log
    assert "Traceback (most recent call last)" in log


@pytest.mark.parametrize("where", ["gateway", "unwatched"])
def test_a_fault_that_costs_a_part_tells_no_secret(tmp_path: Path, where: str) -> None:
    """A gateway that breaks; a thread, a task, a destructor and a warning that nobody looks after."""
    command = ["tests.safety.crashing", where]
    with EvilVenue() as venue, session(venue, tmp_path, command, PSDASH_API_KEY=API_KEY) as terminal:
        if where == "gateway":
            terminal.wait_for_text("internal error")
        else:
            terminal.wait_for_text("LIVE", "bid 48")
            terminal.send("f")
            terminal.wait_for(lambda _: log_of(tmp_path).count("invalid header") >= 3, "the faults in the log")
        terminal.send("q")
        terminal.wait_exit()
        assert_nothing_leaked(terminal, tmp_path, venue)
        assert b"Traceback" not in bytes(terminal.raw)
    assert "RuntimeError: invalid header" in log_of(tmp_path)


def test_a_picture_of_the_screen_holds_no_secret(tmp_path: Path) -> None:
    """Textual's own export, with a venue that writes the key into a title."""

    def echo(body: object) -> object:
        return json.loads(json.dumps(body).replace("Will Spain beat France?", f"Spain {API_KEY}"))

    command = ["tests.safety.crashing", "picture"]
    with EvilVenue(echo) as venue, session(venue, tmp_path, command, PSDASH_API_KEY=API_KEY) as terminal:
        terminal.wait_for_text("LIVE", "bid 48")
        terminal.send("f")
        terminal.wait_for(lambda _: (tmp_path / "screen.svg").exists(), "the picture")
        terminal.send("q")
        terminal.wait_exit()
        assert_nothing_leaked(terminal, tmp_path, venue)
    assert "redacted" in (tmp_path / "screen.svg").read_text()


@pytest.mark.parametrize("flag", ["--api-key", "--key", "--jwt", "--token", "--apikey", "--secret", "-k"])
def test_a_secret_typed_as_a_flag_is_not_repeated(flag: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "psdash", flag, API_KEY], capture_output=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == Exit.USAGE
    assert leaked(done.stdout + done.stderr) == set()


@pytest.mark.parametrize(
    "name", ["PSDASH_REST_URL", "PSDASH_SLUGS", "PSDASH_THEME", "PSDASH_USER_WALLET", "PSDASH_FPS"]
)
def test_a_secret_in_the_wrong_variable_is_not_repeated(tmp_path: Path, name: str) -> None:
    environment = {"HOME": str(tmp_path), "PATH": "", name: API_KEY}
    done = subprocess.run(
        [sys.executable, "-m", "psdash"], capture_output=True, env=environment, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode in (Exit.CONFIGURATION, Exit.USAGE)
    assert leaked(done.stdout + done.stderr) == set()
    assert leaked_into(tmp_path) == {}


def test_no_document_and_no_source_holds_a_key_that_opens_anything() -> None:
    """Keys of the embedded exchange are made from seeds; the canaries of tests stand in tests alone."""
    found = [
        str(path)
        for place in ("psdash", "docs", "styles", "tools", "README.md", "CHANGELOG.md")
        for path in ([ROOT / place] if (ROOT / place).is_file() else (ROOT / place).rglob("*"))
        if path.is_file()
        and path.suffix in (".py", ".md", ".toml", ".tcss", ".svg")
        and _LOOKS_REAL.search(path.read_text())
    ]
    assert found == []


_LOOKS_REAL = __import__("re").compile(
    r"ps_[a-z0-9]{1,16}_[0-9a-f]{16}_[A-Za-z0-9_-]{43}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+"
)
