"""`psdash doctor`: every way a venue, a key or a machine can be wrong, with its words, its remedy and its code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from psdash.simulator.protocol.auth import DEMO_JWT, DEMO_WALLET, EXPIRED_JWT, FIXED_CREDENTIALS, MULTI_WALLET_KEY
from tests.support.exchange import Exchange, exchange
from tests.support.headless import environment, run
from tests.support.terminal import Terminal

MAIN = "spain-vs-france-2026-yes"


@pytest.fixture(scope="module")
def venue() -> Iterator[Exchange]:
    with exchange("--quiet") as running:
        yield running


def examined(environ: Mapping[str, str], *arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and what was found by the name of the check. No secret of the environment is in it."""
    done = run(environ, "doctor", "--json", *arguments)
    for name in ("PSDASH_API_KEY", "PSDASH_JWT"):
        if secret := environ.get(name):
            assert secret not in done.stdout + done.stderr
            assert secret.rpartition("_")[2].rpartition(".")[2] not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert all({"venue_ms", "received_ms", "pane", "state"} <= line.keys() for line in found)
    return done.returncode, {line["check"]: line for line in found}


def failed(found: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, line in found.items() if line["state"] == "failed"}


def test_a_good_key_fails_nothing(venue: Exchange, tmp_path: Path) -> None:
    code, found = examined(environment(tmp_path, **venue.environment), "--slug", MAIN)
    assert (code, failed(found)) == (0, set())
    assert found["credential"]["says"] == "an API key, from PSDASH_API_KEY"
    assert "portfolio:read" in found["key"]["says"]
    assert found["market"]["says"].startswith(f"{MAIN}: ")
    assert found["TLS (venue)"]["state"] == "skipped"
    for name in ("name (venue)", "TCP (venue)", "public reads", "clock"):
        assert found[name]["state"] == "ok"
    for name in ("market gateway", "user gateway"):
        assert "protocol 2" in found[name]["says"]
        assert "login by api_key" in found[name]["says"]
    assert "a wallet" in found["user gateway"]["says"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("api_key_unknown_key", "does not know this key"),
        ("api_key_bad_secret", "secret half"),
        ("api_key_revoked", "revoked"),
        ("api_key_expired", "expired"),
        ("api_key_suspended", "suspended"),
        ("api_key_ip_denied", "allow-list"),
        ("api_key_no_associated_wallet", "several wallets"),
    ],
)
def test_a_refused_key_is_refused_in_words_by_rest_and_both_gateways(
    venue: Exchange, tmp_path: Path, reason: str, said: str
) -> None:
    environ = environment(tmp_path, **{**venue.environment, "PSDASH_API_KEY": FIXED_CREDENTIALS[reason]})
    code, found = examined(environ)
    assert code == 3
    assert failed(found) == {"key", "market gateway", "user gateway"}
    for name in failed(found):
        assert said in found[name]["says"]
        assert found[name]["remedy"]
    assert found["public reads"]["state"] == "ok"


@pytest.mark.parametrize("reason", ["api_key_auth_disabled", "api_key_auth_unconfigured"])
def test_what_the_venue_must_mend_is_no_fault_of_the_key(venue: Exchange, tmp_path: Path, reason: str) -> None:
    environ = environment(tmp_path, **{**venue.environment, "PSDASH_API_KEY": FIXED_CREDENTIALS[reason]})
    code, found = examined(environ)
    assert code in {3, 4}
    assert {"market gateway", "user gateway"} <= failed(found)
    assert "venue's to mend" in found["market gateway"]["says"]


def test_a_key_without_the_scope_is_told_what_it_lacks(venue: Exchange, tmp_path: Path) -> None:
    environ = environment(
        tmp_path, **{**venue.environment, "PSDASH_API_KEY": FIXED_CREDENTIALS["api_key_scope_missing"]}
    )
    code, found = examined(environ)
    assert (code, failed(found)) == (3, {"key"})
    assert "portfolio:read" in found["key"]["says"]
    assert "issue a key" in found["key"]["remedy"]


def test_the_multi_wallet_key_is_good_once_a_wallet_is_named(venue: Exchange, tmp_path: Path) -> None:
    environ = environment(
        tmp_path, **{**venue.environment, "PSDASH_API_KEY": MULTI_WALLET_KEY, "PSDASH_USER_WALLET": DEMO_WALLET}
    )
    assert examined(environ)[0] == 0


def test_a_session_token_good_and_ended(venue: Exchange, tmp_path: Path) -> None:
    variables = {name: value for name, value in venue.environment.items() if name != "PSDASH_API_KEY"}
    code, found = examined(environment(tmp_path, **variables, PSDASH_JWT=DEMO_JWT))
    assert code == 0
    assert found["credential"]["state"] == "note"
    assert found["credential"]["says"].startswith("a session token")
    code, found = examined(environment(tmp_path, **variables, PSDASH_JWT=EXPIRED_JWT))
    assert code == 3
    assert "market gateway" in failed(found)


def test_a_token_command_is_run_and_its_failure_told(venue: Exchange, tmp_path: Path) -> None:
    variables = {name: value for name, value in venue.environment.items() if name != "PSDASH_API_KEY"}
    code, found = examined(environment(tmp_path, **variables, PSDASH_JWT_COMMAND=f"echo {DEMO_JWT}"))
    assert (code, failed(found)) == (0, set())
    assert "jwt_command" in found["credential"]["says"]
    assert found["token"]["state"] == "ok"
    code, found = examined(environment(tmp_path, **variables, PSDASH_JWT_COMMAND="false"))
    assert (code, failed(found)) == (3, {"token"})


def test_a_key_of_no_form_never_leaves_the_machine(venue: Exchange, tmp_path: Path) -> None:
    environ = environment(
        tmp_path, **{**venue.environment, "PSDASH_API_KEY": FIXED_CREDENTIALS["api_key_bad_format"]}
    )
    code, found = examined(environ)
    assert (code, failed(found)) == (3, {"settings"})
    assert "PSDASH_API_KEY" in found["settings"]["says"]
    assert "TERM" in found


def test_an_unreachable_port_and_an_unknown_name(venue: Exchange, tmp_path: Path) -> None:
    unreachable = {"PSDASH_REST_URL": "http://127.0.0.1:1", "PSDASH_WS_URL": "ws://127.0.0.1:1"}
    code, found = examined(environment(tmp_path, **{**venue.environment, **unreachable}))
    assert (code, failed(found)) == (4, {"TCP (venue)"})
    assert "Connection refused" in found["TCP (venue)"]["says"]
    assert found["venue"]["state"] == "skipped"
    unknown = {"PSDASH_REST_URL": "https://no-such-host.invalid", "PSDASH_WS_URL": "wss://no-such-host.invalid"}
    code, found = examined(environment(tmp_path, **{**venue.environment, **unknown}))
    assert (code, failed(found)) == (4, {"name (venue)"})
    assert found["name (venue)"]["remedy"]


def test_what_listens_without_tls_fails_there_and_the_key_stays_here(venue: Exchange, tmp_path: Path) -> None:
    port = venue.rest_url.rpartition(":")[2]
    plain = {"PSDASH_REST_URL": f"https://127.0.0.1:{port}", "PSDASH_WS_URL": f"wss://127.0.0.1:{port}"}
    code, found = examined(environment(tmp_path, **{**venue.environment, **plain}))
    assert (code, failed(found)) == (4, {"TLS (venue)"})
    assert "key" not in found


def test_an_unknown_market(venue: Exchange, tmp_path: Path) -> None:
    code, found = examined(environment(tmp_path, **venue.environment), "--slug", "no-such-market")
    assert (code, failed(found)) == (3, {"market"})


def test_without_a_key_it_examines_the_demo(tmp_path: Path) -> None:
    code, found = examined(environment(tmp_path))
    assert (code, failed(found)) == (0, set())
    assert found["credential"]["state"] == "note"
    assert "PSDASH_API_KEY" in found["credential"]["remedy"]
    assert found["venue"]["says"].startswith("DEMO")


def test_the_configuration_file_and_its_mode(venue: Exchange, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    key = tmp_path / "key"
    key.write_text(venue.api_key)
    key.chmod(0o600)
    file.write_text(f'rest_url = "{venue.rest_url}"\nws_url = "{venue.ws_url}"\napi_key_file = "key"\n')
    file.chmod(0o660)
    code, found = examined(
        environment(tmp_path / "home", PSDASH_TYPO="1", HTTPS_PROXY="http://127.0.0.1:1"), "--config", str(file)
    )
    assert code == 0
    assert found["configuration"]["state"] == "note"
    assert found["configuration"]["remedy"] == f"chmod 600 {file}"
    assert "api_key_file" in found["credential"]["says"]
    assert found["proxy"]["state"] == "note"
    assert "PSDASH_TYPO" in found["environment"]["says"]
    key.chmod(0o644)
    code, found = examined(environment(tmp_path / "home"), "--config", str(file))
    assert (code, failed(found)) == (3, {"settings"})
    assert "chmod 600" in found["settings"]["says"] + found["settings"]["remedy"]


@pytest.mark.parametrize(
    ("variables", "check", "said"),
    [
        ({"TERM": "dumb"}, "TERM", "cannot draw"),
        ({"LC_ALL": "C"}, "locale", "not UTF-8"),
        ({"TMUX": "/tmp/x,1,0"}, "multiplexer", "set-clipboard"),
        ({"STY": "1.pts"}, "multiplexer", "clipboard"),
        ({"SSH_CONNECTION": "1 2 3 4"}, "SSH", "10 frames"),
        ({"COLORTERM": "truecolor"}, "colours", "16 million"),
        ({"TERM": "xterm-256color"}, "colours", "256"),
        ({"NO_COLOR": "1"}, "colours", "NO_COLOR"),
    ],
)
def test_the_terminal_is_told_of_and_never_fails(
    tmp_path: Path, variables: dict[str, str], check: str, said: str
) -> None:
    environ = environment(tmp_path, **{"PSDASH_API_KEY": "no key at all", **variables})  # no venue: quick
    code, found = examined(environ)
    assert (code, failed(found)) == (3, {"settings"})
    assert said in found[check]["says"]


def test_for_a_person_in_a_terminal_and_without_utf_8(venue: Exchange, tmp_path: Path) -> None:
    command = ["psdash", "doctor"]
    environ = environment(tmp_path, **venue.environment, TERM="xterm-256color")
    done = run(environ, *command[1:])
    assert "\N{CHECK MARK} key" in done.stdout
    assert "\x1b" not in done.stdout
    ascii_only = run({**environ, "LANG": "C", "LC_ALL": "C"}, *command[1:])
    assert ascii_only.returncode == done.returncode == 0
    assert ascii_only.stdout.isascii()
    assert "ok     key" in ascii_only.stdout


def test_in_a_terminal_it_knows_the_size(venue: Exchange, tmp_path: Path) -> None:
    environ = environment(tmp_path, **venue.environment, TERM="xterm-256color")
    with Terminal([sys.executable, "-m", "psdash", "doctor"], env=environ, columns=70) as terminal:
        assert terminal.wait_exit() == 0
        shown = terminal.raw.decode()
    assert "! size" in shown
    assert "70x" in shown
