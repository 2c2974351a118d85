"""The settings: which layer wins, what is refused, and that docs/settings.md says what the model says."""

from __future__ import annotations

import asyncio
import itertools
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from psdash.configuration import (
    config_path,
    file_keys,
    load_settings,
    origin_of,
    settings_table,
    sources_table,
    state_dir,
    unknown_variables,
)
from psdash.dashboard.painting.themes import theme_named
from psdash.registry import SOURCES, others
from psdash.settings import NETWORKS, Settings, SettingsError, VenueEndpoint

ROOT = Path(__file__).parents[2]
KEY = "ps_live_0123456789abcdef_CANARYCANARYCANARYCANARYCANARYCANARYCANARYC"
JWT = "eyJCANARY.CANARYCANARY.CANARY"
LOCAL = {"PSDASH_REST_URL": "http://127.0.0.1:8765", "PSDASH_WS_URL": "ws://127.0.0.1:8765"}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment of its own, so that no test reads the settings of the person who runs it."""
    return {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}


def write_config(environ: dict[str, str], text: str) -> Path:
    path = config_path(environ)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


def refused(environ: dict[str, str], flags: dict[str, Any] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(flags or {}, environ)
    return str(caught.value)


# --- precedence --------------------------------------------------------------------------------------------------

#: field -> what a flag, a variable and the file say, and what each should mean
LAYERS: dict[str, tuple[tuple[Any, Any] | None, tuple[str, Any], tuple[str, Any]]] = {
    "source": (("predictstreet", "predictstreet"), ("all", "all"), ('"all"', "all")),
    "slugs": ((["f-1", "f-2"], ("f-1", "f-2")), ("e-1, e-2", ("e-1", "e-2")), ('["c-1"]', ("c-1",))),
    "demo": ((True, True), ("no", False), ("false", False)),
    "network": (("mainnet", "mainnet"), ("testnet", "testnet"), ('"testnet"', "testnet")),
    "elsewhere": (
        (["market-a=101", "market-b=2"], {"market-a": 101, "market-b": 2}),
        ("market-a=102, market-b=3", {"market-a": 102, "market-b": 3}),
        ("{market-a = 103}", {"market-a": 103}),
    ),
    "user_wallet": (None, ("0x" + "A" * 40, "0x" + "a" * 40), (f'"0x{"b" * 40}"', "0x" + "b" * 40)),
    "jwt_command": (None, ("e 'a b'", ("e", "a b")), ('["c", "d e"]', ("c", "d e"))),
    "protocol": ((1, 1), ("2", 2), ("1", 1)),
    "commands_per_s": (None, ("12", 12.0), ("1.5", 1.5)),
    "fps": ((11, 11), ("12", 12), ("13", 13)),
    "max_kbps": ((64, 64.0), ("96.5", 96.5), ("128", 128.0)),
    "driver": (("stock", "stock"), ("auto", "auto"), ('"stock"', "stock")),
    "mouse": ((False, False), ("on", True), ("false", False)),
    "theme": (("flag", "flag"), ("env", "env"), ('"file"', "file")),
    "ascii": ((True, True), ("yes", True), ("true", True)),
    "zone": (("local", "local"), ("utc", "utc"), ('"local"', "local")),
    "dense": ((True, True), ("yes", True), ("true", True)),
    "privacy": ((True, True), ("on", True), ("true", True)),
    "motion": ((False, False), ("on", True), ("false", False)),
    "seed": ((1, 1), ("2", 2), ("3", 3)),
    "log_level": (("error", "error"), ("debug", "debug"), ('"trace"', "trace")),
    "bell_on_fill": (None, ("yes", True), ("true", True)),
    "toast_on_fill": (None, ("on", True), ("true", True)),
    "export_dir": (None, ("/e/out", Path("/e/out")), ('"/c/out"', Path("/c/out"))),
    "log_file": (("/f/log", Path("/f/log")), ("/e/log", Path("/e/log")), ('"/c/log"', Path("/c/log"))),
}
#: what is seen, not configured
SEEN = {"over_ssh", "no_color", "no_motion", "state_dir", "data_dir", "given"}
#: what has no flag, and comes in pairs only
PAIRED = {"rest_url", "ws_url"}


def test_the_matrix_covers_every_setting_of_the_file() -> None:
    theirs = {source.key_file_key for source in others()}
    assert set(file_keys()) == set(LAYERS) | PAIRED | {"api_key_file", "keys"} | theirs


@pytest.mark.parametrize("field", LAYERS)
@pytest.mark.parametrize(("flag", "env", "file"), list(itertools.product((True, False), repeat=3)))
def test_flag_before_environment_before_file_before_default(
    environ: dict[str, str], field: str, flag: bool, env: bool, file: bool
) -> None:
    in_flag, in_env, in_file = LAYERS[field]
    expected = Settings.model_fields[field].default
    # A network is taken from a flag only with a credential, and a seed from a flag only without one.
    if field == "network":
        environ["PSDASH_API_KEY"] = KEY
    if file:
        write_config(environ, f"{field} = {in_file[0]}\n")
        expected = in_file[1]
    if env:
        environ[f"PSDASH_{field.upper()}"] = in_env[0]
        expected = in_env[1]
    flags = {}
    if flag and in_flag is not None:
        flags[field] = in_flag[0]
        expected = in_flag[1]
    assert getattr(load_settings(flags, environ), field) == expected


@pytest.mark.parametrize(("env", "file"), list(itertools.product((True, False), repeat=2)))
def test_base_urls_from_the_environment_before_those_of_the_file(
    environ: dict[str, str], env: bool, file: bool
) -> None:
    environ["PSDASH_API_KEY"] = KEY
    expected = NETWORKS["mainnet"]
    if file:
        write_config(environ, 'rest_url = "https://file.example/base/"\nws_url = "wss://file.example"\n')
        expected = ("https://file.example/base", "wss://file.example")
    if env:
        environ.update(LOCAL)
        expected = (LOCAL["PSDASH_REST_URL"], LOCAL["PSDASH_WS_URL"])
    assert load_settings({}, environ).bases == expected


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize("env_file", [True, False])
@pytest.mark.parametrize("config_file", [True, False])
def test_the_key_of_the_environment_before_the_file_it_names_before_the_one_the_config_names(
    environ: dict[str, str], tmp_path: Path, direct: bool, env_file: bool, config_file: bool
) -> None:
    def key(letter: str) -> str:
        return f"ps_test_0123456789abcdef_{letter * 43}"

    expected = None
    if config_file:
        path = write_config(environ, 'api_key_file = "key"\n')
        (path.parent / "key").touch(mode=0o600)
        (path.parent / "key").write_text(key("c") + "\n")
        expected = key("c")
    if env_file:
        (tmp_path / "key").touch(mode=0o600)
        (tmp_path / "key").write_text(key("f"))
        environ["PSDASH_API_KEY_FILE"] = "~/key" if direct else str(tmp_path / "key")
        expected = key("f")
    if direct:
        environ["PSDASH_API_KEY"] = key("d")
        expected = key("d")
    found = load_settings({}, environ).api_key
    assert (found.get_secret_value() if found else None) == expected


def test_an_empty_variable_counts_as_not_set(environ: dict[str, str]) -> None:
    names = [f"PSDASH_{field.upper()}" for field in Settings.model_fields]
    environ.update(dict.fromkeys([*names, "PSDASH_API_KEY_FILE"], ""))
    plain = {name: environ[name] for name in ("HOME", "XDG_CONFIG_HOME")}
    assert load_settings({}, environ) == load_settings({}, plain)


def test_xdg_paths(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert config_path(home) == tmp_path / ".config/psdash/config.toml"
    assert state_dir(home) == tmp_path / ".local/state/psdash"
    assert config_path(home | {"XDG_CONFIG_HOME": "/xdg"}) == Path("/xdg/psdash/config.toml")
    assert state_dir(home | {"XDG_STATE_HOME": "/xdg"}) == Path("/xdg/psdash")
    # The XDG specification has relative paths ignored.
    assert config_path(home | {"XDG_CONFIG_HOME": "here"}) == tmp_path / ".config/psdash/config.toml"


def test_a_named_file_comes_in_place_of_the_usual_one(environ: dict[str, str], tmp_path: Path) -> None:
    write_config(environ, "fps = 5\n")
    other = tmp_path / "other.toml"
    other.write_text("fps = 6\n")
    assert load_settings({}, environ, other).fps == 6
    with pytest.raises(SettingsError, match="no such configuration file"):
        load_settings({}, environ, tmp_path / "missing.toml")


@pytest.mark.parametrize(("variable", "ssh"), [("SSH_CONNECTION", True), ("SSH_TTY", True), ("OTHER", False)])
def test_the_link_decides_what_nobody_set(environ: dict[str, str], variable: str, ssh: bool) -> None:
    environ[variable] = "10.0.0.1 5022 10.0.0.2 22"
    settings = load_settings({}, environ)
    assert (settings.frame_rate_hz, settings.mouse_on) == ((10, False) if ssh else (30, True))
    settings = load_settings({"fps": 20, "mouse": True}, environ)
    assert (settings.frame_rate_hz, settings.mouse_on) == (20, True)


# --- which exchange ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "variables", "label", "bases"),
    [
        ({}, {}, "DEMO", None),
        ({}, {"PSDASH_NETWORK": "testnet"}, "DEMO", None),
        ({"demo": True}, {"PSDASH_API_KEY": KEY}, "DEMO", None),
        ({"demo": True, "network": "testnet"}, LOCAL, "DEMO", None),
        ({}, {"PSDASH_API_KEY": KEY}, "MAINNET", NETWORKS["mainnet"]),
        ({}, {"PSDASH_JWT": JWT}, "MAINNET", NETWORKS["mainnet"]),
        ({"network": "testnet"}, {"PSDASH_API_KEY": KEY}, "TESTNET", NETWORKS["testnet"]),
        ({}, {"PSDASH_API_KEY": KEY, **LOCAL}, "LOCAL", tuple(LOCAL.values())),
        (
            {},
            {"PSDASH_API_KEY": KEY, "PSDASH_REST_URL": "https://v.example", "PSDASH_WS_URL": "wss://v.example"},
            "CUSTOM",
            ("https://v.example", "wss://v.example"),
        ),
        (  # mainnet's REST with gateways from this machine is not mainnet
            {},
            {
                "PSDASH_API_KEY": KEY,
                "PSDASH_REST_URL": NETWORKS["mainnet"][0],
                "PSDASH_WS_URL": LOCAL["PSDASH_WS_URL"],
            },
            "CUSTOM",
            (NETWORKS["mainnet"][0], LOCAL["PSDASH_WS_URL"]),
        ),
    ],
)
async def test_the_mark_is_what_is_dialled(
    environ: dict[str, str],
    flags: dict[str, Any],
    variables: dict[str, str],
    label: str,
    bases: tuple[str, str] | None,
) -> None:
    settings = load_settings(flags, environ | variables)
    assert settings.label == label
    assert settings.is_demo == (bases is None)
    if bases is not None:
        source = VenueEndpoint(settings)
        endpoint = await source()
        assert (endpoint.rest_url, endpoint.ws_url, endpoint.label) == (*bases, label)
        assert endpoint.market_url == bases[1] + "/ws/market"
        assert endpoint.user_url == bases[1] + "/ws/user"
        await source.close()


async def test_a_key_goes_before_a_jwt() -> None:
    both = Settings(api_key=SecretStr(KEY), jwt=SecretStr(JWT))
    endpoint = await VenueEndpoint(both)()
    assert (endpoint.api_key, endpoint.jwt) == (both.api_key, None)
    assert (await VenueEndpoint(Settings(jwt=both.jwt))()).jwt == both.jwt


async def test_a_command_that_prints_a_token_is_a_credential(environ: dict[str, str]) -> None:
    settings = load_settings({}, environ | {"PSDASH_JWT_COMMAND": "printf %s a-token-of-sixteen"})
    assert not settings.is_demo
    endpoint = await VenueEndpoint(settings)()
    assert endpoint.jwt is None
    assert endpoint.renew_jwt is not None
    assert (await endpoint.renew_jwt()).get_secret_value() == "a-token-of-sixteen"
    keyed = load_settings({}, environ | {"PSDASH_JWT_COMMAND": "true", "PSDASH_API_KEY": KEY})
    assert (await VenueEndpoint(keyed)()).renew_jwt is None


def test_a_command_stands_only_in_a_file_that_nobody_else_may_write(environ: dict[str, str]) -> None:
    path = write_config(environ, 'jwt_command = "true"\n')
    path.chmod(0o664)
    assert "holds a command" in refused(environ)
    path.chmod(0o644)
    assert load_settings({}, environ).jwt_command == ("true",)
    assert "does not end" in refused(environ | {"PSDASH_JWT_COMMAND": "say 'it"})


async def test_a_key_from_a_file_knows_its_file(environ: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / "key"
    place.touch(mode=0o600)
    place.write_text(KEY)
    settings = load_settings({}, environ | {"PSDASH_API_KEY_FILE": str(place)})
    assert settings.key_file == (place, "PSDASH_API_KEY_FILE")
    assert (await VenueEndpoint(settings)()).reread_key is not None
    assert load_settings({}, environ | {"PSDASH_API_KEY": KEY}).key_file is None


def test_the_demo_reads_no_credential_not_even_a_bad_one(environ: dict[str, str]) -> None:
    environ.update({"PSDASH_API_KEY": "bad", "PSDASH_JWT": "bad", "PSDASH_API_KEY_FILE": "/nowhere"})
    settings = load_settings({"demo": True}, environ)
    assert settings.api_key is None
    assert settings.jwt is None


@pytest.mark.parametrize(
    ("flags", "variables", "said"),
    [
        ({"network": "testnet"}, {}, "--network names a venue"),
        ({}, LOCAL, "PSDASH_REST_URL names a venue"),
        ({}, {"PSDASH_API_KEY": KEY, "PSDASH_REST_URL": "https://v.example"}, "PSDASH_WS_URL is not"),
        ({}, {"PSDASH_API_KEY": KEY, "PSDASH_WS_URL": "wss://v.example"}, "PSDASH_REST_URL is not"),
        ({"seed": 3}, {"PSDASH_API_KEY": KEY}, "--seed is for the embedded exchange"),
        ({"replay": "r"}, {"PSDASH_API_KEY": KEY}, "--replay is for the embedded exchange"),
        ({"speed": 2.0}, {}, "--speed is the pace of a recording"),
    ],
)
def test_what_would_show_another_market_than_asked_for_is_refused(
    environ: dict[str, str], flags: dict[str, Any], variables: dict[str, str], said: str
) -> None:
    assert said in refused(environ | variables, flags)


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://venue.example",
        "http://192.168.1.1:80",
        "http://2130706433",  # 127.0.0.1 to some resolvers, so to none of ours
        "http://127.1",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "http://127.0.0.1\\@venue.example",
        "http://127.0.0.1%2f.example",
        "ftp://127.0.0.1",
        "ws://127.0.0.1",
        "venue.example",
        "https://",
        "https://:443",
        "https://user@venue.example",
        "https://user:CANARY@venue.example",
        "https://venue.example?key=CANARY",
        "https://venue.example/#CANARY",
        "https://venue.example:99999",
        "https://venue.example:x",
        "https://[::1",
        "https://venue .example",
        "https://venue.example\nX-Evil: 1",
        "https://" + "a" * 600,
    ],
)
def test_rest_urls_that_are_refused(environ: dict[str, str], url: str) -> None:
    message = refused(environ | {"PSDASH_REST_URL": url})
    assert message.startswith("PSDASH_REST_URL: ")
    assert "CANARY" not in message


@pytest.mark.parametrize(
    "url",
    ["ws://venue.example", "http://127.0.0.1", "wss://venue.example/ws/market", "wss://venue.example/ws/user/"],
)
def test_ws_urls_that_are_refused(environ: dict[str, str], url: str) -> None:
    assert refused(environ | {"PSDASH_WS_URL": url}).startswith("PSDASH_WS_URL: ")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "[::1]"])
def test_plain_text_is_for_this_machine(host: str) -> None:
    settings = Settings(rest_url=f"http://{host}:1/", ws_url=f"ws://{host}:1", api_key=SecretStr(KEY))
    assert settings.bases == (f"http://{host}:1", f"ws://{host}:1")
    assert settings.label == "LOCAL"


@pytest.mark.parametrize("slug", ["", "A", "-a", "a b", "a/b", "../a", "a" * 129, "é", "a\n", "a\x1b[2J", "a_b"])
def test_slugs_that_are_refused(environ: dict[str, str], slug: str) -> None:
    message = refused(environ, {"slugs": ["good", slug]})
    assert message.startswith("--slug: ")
    assert message.isprintable()


def test_slugs_keep_their_order_and_come_once(environ: dict[str, str]) -> None:
    assert load_settings({"slugs": ["b", "a", "b", "0" * 128]}, environ).slugs == ("b", "a", "0" * 128)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fps", 0),
        ("fps", 61),
        ("fps", "fast"),
        ("mouse", "perhaps"),
        ("network", "moon"),
        ("theme", "[red]"),
        ("user_wallet", "0x12"),
        ("seed", -1),
        ("log_level", "loud"),
        ("speed", float("nan")),
        ("speed", 0),
    ],
)
def test_values_out_of_range_name_their_source_and_not_themselves(
    environ: dict[str, str], field: str, value: Any
) -> None:
    message = refused(environ, {field: value})
    assert message.startswith(f"--{field.replace('_', '-')}: ")
    assert "pydantic" not in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fpss = 3", "unknown key 'fpss'; did you mean fps?"),
        ("log-level = 'info'", "unknown key 'log-level'; did you mean log_level"),
        ("zzz = 3", "the keys are source, slugs, demo,"),
        ("replay = 'x'", "unknown key 'replay'"),
        ("'a\\u001b' = 3", "unknown key"),
        ("fps = 'many'", "fps in "),
        ("slugs = 3", "slugs in "),
        ("network = {a = 1}", "network in "),
        ("api_key_file = 3", "api_key_file must be the path of a file"),
        ('api_key_file = "a\\u0000b"', "NUL"),
        ('log_file = "a\\u0000b"', "NUL"),
        ('log_file = "~nobody-of-that-name/log"', "home directory"),
        ("fps = ", "is not TOML"),
        ("\udcff", "is not UTF-8"),
        ("#" * 300_000, "too long"),
    ],
)
def test_bad_files(environ: dict[str, str], text: str, said: str) -> None:
    path = write_config(environ, "")
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    message = refused(environ)
    assert said in message
    assert str(path) in message
    assert message.isprintable()


@pytest.mark.parametrize("name", ["api_key", "apikey", "API-KEY", "jwt", "auth_token", "secret", "password"])
def test_a_secret_in_the_file_is_refused_and_not_shown(environ: dict[str, str], name: str) -> None:
    write_config(environ, f'{name} = "{KEY}"\n')
    message = refused(environ)
    assert "looks like a secret, and none may stand in this file" in message
    assert "CANARY" not in message


def test_a_file_that_others_can_write_is_refused(environ: dict[str, str]) -> None:
    path = write_config(environ, "fps = 3\n")
    path.chmod(0o666)
    assert "anyone may write to it" in refused(environ)


def test_a_directory_in_the_files_place_is_refused(environ: dict[str, str]) -> None:
    config_path(environ).mkdir(parents=True)
    assert "config.toml" in refused(environ)


def test_keys_are_a_table_and_a_dot_in_an_id_may_be_quoted_or_not(environ: dict[str, str]) -> None:
    write_config(environ, '[keys]\n"market.flip" = "n"\nmarket.resync = "f5, ctrl+r"\n')
    assert load_settings({}, environ).keys == {"market.flip": "n", "market.resync": "f5, ctrl+r"}


@pytest.mark.parametrize("content", ['keys = "n"\n', '[keys]\n"market.flip" = 3\n'])
def test_keys_of_another_shape_are_refused(environ: dict[str, str], content: str) -> None:
    write_config(environ, content)
    assert "keys in " in refused(environ)


def test_no_variable_sets_keys(environ: dict[str, str]) -> None:
    assert load_settings({}, environ | {"PSDASH_KEYS": "x"}).keys == {}
    assert unknown_variables({"PSDASH_KEYS": "x"}) == ["PSDASH_KEYS"]


# --- the model ---------------------------------------------------------------------------------------------------


def test_every_field_is_described_and_says_where_it_comes_from() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert (origin_of(field) is None) == (name in SEEN), name


def test_settings_cannot_be_changed_nor_invented() -> None:
    with pytest.raises(ValidationError):
        Settings().fps = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings.model_validate({"colour": "red"})


async def test_no_secret_in_any_repr(environ: dict[str, str]) -> None:
    settings = load_settings({}, environ | {"PSDASH_API_KEY": KEY, "PSDASH_JWT": JWT})
    endpoint = await VenueEndpoint(settings)()
    shown = [repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump()), repr(endpoint)]
    assert all("CANARY" not in each for each in shown)


def test_what_the_environment_asks_of_every_program_is_heard_unless_psdash_is_told_otherwise(
    environ: dict[str, str],
) -> None:
    assert load_settings({}, environ).has_motion
    asked = load_settings({}, environ | {"NO_COLOR": "1", "NO_MOTION": "1"})
    assert asked.no_color
    assert not asked.has_motion
    assert load_settings({"motion": True}, environ | {"NO_MOTION": "1"}).has_motion
    assert not load_settings({}, environ | {"NO_COLOR": ""}).no_color  # https://no-color.org: empty is not set


def test_misspelt_variables_are_found() -> None:
    environ = {"PSDASH_API_KEY_FLE": "x", "PSDASH_FPS": "3", "PSDASH_API_KEY_FILE": "y", "HOME": "/"}
    assert unknown_variables(environ) == ["PSDASH_API_KEY_FLE"]


def test_the_documentation_is_current() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    _, _, rest = page.partition("<!-- settings: begin (python -m psdash.configuration) -->\n")
    table, _, _ = rest.partition("<!-- settings: end -->")
    assert table == settings_table(), (
        "replace the table of docs/settings.md by what python -m psdash.configuration prints"
    )


def test_the_documentation_lists_every_source() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    _, _, rest = page.partition("<!-- sources: begin (python -m psdash.configuration) -->\n")
    assert rest.partition("<!-- sources: end -->")[0] == sources_table()


# --- sources -----------------------------------------------------------------------------------------------------

HUNT_KEY = "pmx_CANARYCANARYCANARYCANARY"


def test_a_name_of_another_source_is_refused_with_the_way_to_it(environ: dict[str, str]) -> None:
    said = refused(environ, {"slugs": ["kalshi:KXFED-26"]})
    assert "looks like a market of Prediction Hunt: add --source predictionhunt, or --source all" in said
    assert load_settings({"slugs": ["kalshi:KXFED-26"], "source": "all"}, environ).slugs == ("kalshi:KXFED-26",)
    said = refused(environ, {"slugs": ["spain-yes"], "source": "predictionhunt"})
    assert "looks like a market slug of PredictStreet" in said
    assert "solana:x' is not a token of Shuriken" in refused(environ, {"slugs": ["solana:x"], "source": "shuriken"})
    assert "the sources are predictstreet" in refused(environ, {"source": "predictit"})


def test_a_key_of_a_source_comes_by_the_rules_of_the_api_key(environ: dict[str, str], tmp_path: Path) -> None:
    hunt = {"source": "predictionhunt"}
    assert load_settings(hunt, environ).is_demo
    settings = load_settings(hunt, environ | {"PSDASH_PREDICTIONHUNT_KEY": HUNT_KEY})
    assert (settings.is_demo, settings.label) == (False, "MAINNET")
    assert HUNT_KEY not in repr(settings)
    assert load_settings({}, environ | {"PSDASH_PREDICTIONHUNT_KEY": HUNT_KEY}).is_demo  # it is not this source's
    with pytest.raises(SettingsError) as caught:
        load_settings(hunt, environ | {"PSDASH_PREDICTIONHUNT_KEY": KEY})
    assert "PSDASH_PREDICTIONHUNT_KEY: " in str(caught.value)
    assert "has the form pmx_" in str(caught.value)
    assert KEY not in str(caught.value)
    file = tmp_path / "hunt"
    file.write_text(HUNT_KEY + "\n")
    file.chmod(0o644)
    write_config(environ, f'predictionhunt_key_file = "{file}"')
    assert "chmod 600" in refused(environ, hunt)
    file.chmod(0o600)
    given = load_settings(hunt, environ).given["predictionhunt"]
    assert given.api_key == SecretStr(HUNT_KEY)
    assert given.key_file is not None


def test_all_is_every_source_with_a_key_or_every_one_in_a_demo(environ: dict[str, str]) -> None:
    def chosen(more: dict[str, str], **flags: Any) -> list[str]:
        return [source.name for source in load_settings({"source": "all"} | flags, environ | more).chosen]

    keyed = {"PSDASH_API_KEY": KEY, "PSDASH_PREDICTIONHUNT_KEY": HUNT_KEY}
    assert chosen(keyed) == ["predictstreet", "predictionhunt"]
    assert chosen(keyed, demo=True) == chosen({}) == list(SOURCES)


def test_a_source_that_knows_other_venues_is_consulted_with_its_key_and_in_a_demo_with_a_pin(
    environ: dict[str, str],
) -> None:
    def consulted(more: dict[str, str], **flags: Any) -> list[str]:
        return [source.name for source in load_settings(flags, environ | more).consulted]

    own, hunt = {"PSDASH_API_KEY": KEY}, {"PSDASH_PREDICTIONHUNT_KEY": HUNT_KEY}
    assert consulted(own) == []
    assert consulted(own | hunt) == ["predictionhunt"]
    assert consulted(own | hunt, source="all") == []  # it is watched there
    assert consulted(own | hunt, source="predictionhunt") == []
    assert consulted(hunt) == consulted(own | hunt, demo=True) == []  # no real prices beside invented ones
    assert consulted({}, demo=True, elsewhere=["market-a=101"]) == ["predictionhunt"]
    endpoint = asyncio.run(VenueEndpoint(load_settings({}, environ | own | hunt), consults=True)())
    assert [each.source for each in endpoint.every] == ["predictstreet", "predictionhunt"]
    assert endpoint.consulted[0].api_key == SecretStr(HUNT_KEY)
    assert asyncio.run(VenueEndpoint(load_settings({}, environ | own | hunt))()).consulted == ()
    # what is least real of all that is dialled stands in the header
    urls = ("PSDASH_PREDICTIONHUNT_REST_URL", "PSDASH_PREDICTIONHUNT_WS_URL")
    local = dict(zip(urls, ("http://127.0.0.1:1", "ws://127.0.0.1:1"), strict=True))
    assert load_settings({}, environ | own | hunt | local).label == "LOCAL"


@pytest.mark.parametrize(
    ("pins", "words"),
    [
        (["Spain=1"], "before the equals sign stands a market slug"),
        (["market-a"], "after the equals sign stands a group id"),
        (["market-a=kalshi:X"], "after the equals sign stands a group id"),
        (["market-a=-1"], "after the equals sign stands a group id"),
    ],
)
def test_a_pin_is_a_slug_and_a_number(environ: dict[str, str], pins: list[str], words: str) -> None:
    said = refused(environ, {"demo": True, "elsewhere": pins})
    assert said.startswith("--elsewhere: ")
    assert words in said
    assert pins[0] not in said


def test_a_pin_that_nobody_would_look_at_is_refused(environ: dict[str, str]) -> None:
    pins = {"elsewhere": ["market-a=101"]}
    own = {"PSDASH_API_KEY": KEY}
    assert "Prediction Hunt, and it has no key. Set PSDASH_PREDICTIONHUNT_KEY" in refused(environ | own, pins)
    assert "--source is shuriken" in refused(environ, pins | {"source": "shuriken", "demo": True})
    write_config(environ, "[elsewhere]\nmarket-a = 101\n")
    assert load_settings({}, environ | own).elsewhere == {"market-a": 101}  # in a file it may wait there for a key


def test_another_address_of_a_source_comes_in_pairs_and_in_clear_on_this_machine_only(
    environ: dict[str, str],
) -> None:
    hunt = {"source": "predictionhunt"}
    rest, ws = "PSDASH_PREDICTIONHUNT_REST_URL", "PSDASH_PREDICTIONHUNT_WS_URL"
    key = {"PSDASH_PREDICTIONHUNT_KEY": HUNT_KEY}
    with pytest.raises(SettingsError, match=ws):
        load_settings(hunt, environ | key | {rest: "http://127.0.0.1:1"})
    with pytest.raises(SettingsError, match="clear text"):
        load_settings(hunt, environ | key | {rest: "http://example.com", ws: "ws://example.com"})
    local = {rest: "http://127.0.0.1:1", ws: "ws://127.0.0.1:1"}
    assert load_settings(hunt, environ | key | local).label == "LOCAL"
    with pytest.raises(SettingsError, match="no key is set"):
        load_settings(hunt, environ | local)
    assert not unknown_variables(key | local)


def test_the_documented_file_is_a_good_one(environ: dict[str, str]) -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    path = write_config(environ, example)
    (path.parent / "key").touch(mode=0o600)
    (path.parent / "key").write_text(KEY)
    settings = load_settings({}, environ)
    assert settings.label == "MAINNET"
    loaded = tomllib.loads(example)
    assert set(loaded) == {"slugs", "api_key_file", "theme"}
    assert theme_named(loaded["theme"]) is not None
