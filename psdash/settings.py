"""What a person can set, in one model: flag > environment > configuration file > default.

`psdash.configuration.load_settings` is the only way from the outside world to a `Settings`; nothing else in psdash
reads the environment or the configuration file. An `Endpoint` is a venue ready to be dialled, an `EndpointSource` the
promise of one: the embedded exchange needs a moment to start, and the screen opens meanwhile.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationInfo,
)

from psdash.credentials import SettingsError
from psdash.registry import ALL, DEFAULT, SOURCES, source_of
from psdash.registry.predictstreet import NETWORKS, SLUG_FORM, Network
from psdash.registry.source import Source

__all__ = [
    "NETWORKS",
    "SLUG_FORM",
    "Endpoint",
    "EndpointSource",
    "Exit",
    "Given",
    "Label",
    "Network",
    "Origin",
    "Settings",
    "SettingsError",
    "VenueEndpoint",
    "VenueUnavailableError",
]

#: The mark in the header. CUSTOM is a host psdash does not know: it is never called MAINNET on a guess.
Label = Literal["DEMO", "TESTNET", "MAINNET", "LOCAL", "CUSTOM"]
Zone = Literal["utc", "local"]
DriverChoice = Literal["auto", "stock"]
LogLevel = Literal["error", "warning", "info", "debug", "trace"]

#: The venue's own limit is unknown (protocol §10); this is the published one of a venue of the same kind.
COMMANDS_PER_S = 5.0
FPS_LOCAL = 30
FPS_OVER_SSH = 10

WALLET_FORM = re.compile(r"0x[0-9a-fA-F]{40}")
THEME_FORM = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
# Narrower than RFC 3986 on purpose: what two URL parsers could read in two ways (a backslash, a percent) stays out.
URL_CHARACTERS = re.compile(r"[A-Za-z0-9.:/\[\]_~-]{1,512}")
#: A name, an IPv4 address or a bracketed IPv6 address, and a port. `urlsplit` alone reads the host of
#: "evil.example[::1]" as ::1, and another parser need not.
NETLOC_FORM = re.compile(r"([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


class Exit(IntEnum):
    """The exit codes of the command (128 + n for a signal, as the shell has it)."""

    OK = 0
    CRASH = 1
    USAGE = 2
    CONFIGURATION = 3
    NETWORK = 4
    INTERRUPTED = 130
    TERMINATED = 143


class VenueUnavailableError(Exception):
    """A venue that cannot be reached at all and will not come back by waiting; ends the program with Exit.NETWORK."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A venue ready to be dialled. `rest_url` and `ws_url` are bases without a trailing slash (protocol §1).

    At most one of `api_key` and `jwt` is set. `user_wallet` (lower-case 0x + 40 hex) goes out as `X-User-Wallet`.
    `renew_jwt` gets a fresh session token (raises `RenewalError`), `reread_key` the API key when its file changed.
    `commands_per_s` is the pace of what is said on a socket.
    """

    rest_url: str
    ws_url: str
    api_key: SecretStr | None
    jwt: SecretStr | None
    user_wallet: str | None
    label: Label
    renew_jwt: Callable[[], Awaitable[SecretStr]] | None = None
    reread_key: Callable[[], SecretStr | None] | None = None
    commands_per_s: float = COMMANDS_PER_S
    #: The version of PredictStreet's protocol to speak, None: the one that its greeting names.
    protocol: int | None = None
    #: The source that is dialled there, and those that are watched at the same time.
    source: str = DEFAULT
    beside: tuple[Endpoint, ...] = ()
    #: Those that are only asked what a market costs elsewhere: their own markets are not listed.
    consulted: tuple[Endpoint, ...] = ()

    @property
    def every(self) -> tuple[Endpoint, ...]:
        """This one and those of every other source that is dialled."""
        return (self, *self.beside, *self.consulted)

    @property
    def market_url(self) -> str:
        """The market gateway."""
        return f"{self.ws_url}/ws/market"

    @property
    def user_url(self) -> str:
        """The user gateway."""
        return f"{self.ws_url}/ws/user"

    @property
    def host(self) -> str:
        """Host and port of the REST base, for the header when the label alone says too little."""
        return urlsplit(self.rest_url).netloc


class EndpointSource(Protocol):
    """Where the dashboard gets its endpoint from, once, after the screen is open."""

    async def __call__(self) -> Endpoint:
        """The endpoint: at once for a real venue, after the embedded exchange is up for DEMO.

        Raises VenueUnavailableError when the embedded exchange does not come up.
        """
        ...

    async def close(self) -> None:
        """Give back what the call took. Safe to call twice, and without a call before."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one setting can be set: carried in the field's metadata, read by the loader and by docs/settings.md."""

    flag: str | None = None
    env: str | None = None
    key: str | None = None
    #: How docs/settings.md words the default, where the value alone would not say it.
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What was configured of a source beside PredictStreet: other bases than its own, its key, and the key's file."""

    rest_url: str | None = None
    ws_url: str | None = None
    api_key: SecretStr | None = None
    key_file: tuple[Path, str] | None = None


def _checked_source(name: str) -> str:
    if name != ALL and name not in SOURCES:
        raise ValueError(f"there is no such source; the sources are {', '.join([*SOURCES, ALL])}")
    return name


def _checked_slugs(slugs: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    chosen = info.data.get("source", DEFAULT)
    meant = SOURCES[DEFAULT if chosen == ALL else chosen]
    for slug in slugs:
        if meant.form.fullmatch(slug) is not None:
            continue
        owner = source_of(slug)
        if owner is None:
            raise ValueError(f"{slug[:80]!a} is not a {meant.noun}: {meant.form_words}, such as {meant.example}")
        if chosen != ALL:
            raise ValueError(
                f"{slug[:80]!a} is not a {meant.noun} of {meant.title} and looks like a {owner.noun} of "
                f"{owner.title}: add --source {owner.name}, or --source {ALL} for every source at once"
            )
    return tuple(dict.fromkeys(slugs))


def _pins(value: object) -> object:
    """`SLUG=GROUP` by `SLUG=GROUP`, or a table of them, as group ids by slug. No value is repeated in an error."""
    if isinstance(value, str):
        value = [pair for pair in map(str.strip, value.split(",")) if pair]
    if isinstance(value, list | tuple):
        parts = (str(pair).partition("=") for pair in value)
        value = {slug.strip(): group.strip() for slug, _, group in parts}
    if not isinstance(value, dict):
        return value
    for slug, group in value.items():
        if SLUG_FORM.fullmatch(str(slug)) is None:
            raise ValueError(f"before the equals sign stands a market slug: {SOURCES[DEFAULT].form_words}")
        if isinstance(group, bool) or re.fullmatch(r"[0-9]{1,15}", str(group)) is None:
            raise ValueError("after the equals sign stands a group id, a whole number such as 201")
    return {slug: int(group) for slug, group in value.items()}


def _checked_wallet(wallet: str) -> str:
    if WALLET_FORM.fullmatch(wallet) is None:
        raise ValueError("a wallet is 0x and 40 hexadecimal digits")
    return wallet.lower()


def _command(value: object) -> object:
    """A command line as its words, by the shell's rules of quoting; no shell ever sees it."""
    if not isinstance(value, str):
        return value
    try:
        return tuple(shlex.split(value))
    except ValueError:
        raise ValueError("a quotation in the command does not end") from None


def _checked_theme(theme: str) -> str:
    if THEME_FORM.fullmatch(theme) is None:
        raise ValueError("a theme's name is lower-case letters, digits and hyphens")
    return theme


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_url(url: str, *, plain: str, secure: str) -> str:
    """The base URL without a trailing slash. `plain` is the scheme allowed on loopback only.

    No value is repeated in an error: a URL is where people paste keys.
    """
    if "@" in url or "?" in url or "#" in url:
        raise ValueError("a base URL holds no user, no query and no fragment; a key travels in a header only")
    if URL_CHARACTERS.fullmatch(url) is None:
        raise ValueError(f"not a plain URL such as {secure}://host:port/path")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # .port raises when it is no number or out of range
    except ValueError:
        raise ValueError("the host or the port does not parse") from None
    if parts.scheme not in (plain, secure):
        raise ValueError(f"must begin with {secure}:// (or {plain}:// for this machine)")
    if not host:
        raise ValueError("names no host")
    if NETLOC_FORM.fullmatch(parts.netloc) is None:
        raise ValueError("the host or the port does not parse")
    if parts.scheme == plain and not _is_loopback(host):
        raise ValueError(f"{plain}:// would send the key in clear text; off this machine it must be {secure}://")
    return url.rstrip("/")


def local_base(url: str, scheme: str) -> str:
    """A base URL of this machine, without a trailing slash. Raises ValueError for any other."""
    return _checked_url(url, plain=scheme, secure=scheme)


def checked_bases(rest_url: str, ws_url: str) -> tuple[str, str]:
    """REST base and WebSocket base of any source. Raises ValueError, which repeats neither."""
    return _checked_rest_url(rest_url), _checked_url(ws_url, plain="ws", secure="wss")


def _checked_rest_url(url: str) -> str:
    return _checked_url(url, plain="http", secure="https")


def _checked_ws_url(url: str) -> str:
    base = _checked_url(url, plain="ws", secure="wss")
    if base.endswith(("/ws/market", "/ws/user")):
        raise ValueError("give the base only: /ws/market and /ws/user are appended")
    return base


class Settings(BaseModel):
    """Everything one run of psdash was told, validated. Built by `load_settings`; in tests, directly."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=False)

    source: Annotated[str, AfterValidator(_checked_source), Origin("--source NAME", "PSDASH_SOURCE", "source")] = (
        Field(
            default=DEFAULT,
            description="What is watched: one of the sources below, or `all` for every source that has a key "
            "(with `--demo`, for every one).",
        )
    )
    slugs: Annotated[
        tuple[str, ...],
        AfterValidator(_checked_slugs),
        Origin("--slug S (repeatable)", "PSDASH_SLUGS (comma separated)", "slugs", "none: the market list opens"),
    ] = Field(
        default=(),
        max_length=64,
        description="Markets to open, by name; the first one is shown first. A source has an option of its own for "
        "its names: see below.",
    )
    demo: Annotated[bool, Origin("--demo", "PSDASH_DEMO", "demo", "false; true when no credential is set")] = Field(
        default=False,
        description="Use the embedded exchange, even when a credential is configured. No credential is read then.",
    )
    elsewhere: Annotated[
        dict[str, int],
        BeforeValidator(_pins),
        Origin(
            "--elsewhere SLUG=GROUP (repeatable)",
            "PSDASH_ELSEWHERE (comma separated)",
            "elsewhere (a table: `spain-vs-france-2026-yes = 201`)",
            "none: matched by its title",
        ),
    ] = Field(
        default={},
        max_length=64,
        description="Prediction Hunt's group id for a market of PredictStreet, where its title finds none or the "
        "wrong one: what the group's markets cost stands under the ladder. Without `--source all` it takes "
        "Prediction Hunt's key; with `--demo` its embedded service is started as well.",
    )
    network: Annotated[Network, Origin("--network N", "PSDASH_NETWORK", "network")] = Field(
        default="mainnet", description="The venue's network: `mainnet` or `testnet`. Real money is on mainnet."
    )
    rest_url: Annotated[
        Annotated[str, AfterValidator(_checked_rest_url)] | None,
        Origin(None, "PSDASH_REST_URL", "rest_url", "the network's"),
    ] = Field(
        default=None,
        description="REST base, instead of the network's; goes together with the WebSocket base. "
        "`http://` on loopback only.",
    )
    ws_url: Annotated[
        Annotated[str, AfterValidator(_checked_ws_url)] | None,
        Origin(None, "PSDASH_WS_URL", "ws_url", "the network's"),
    ] = Field(
        default=None,
        description="WebSocket base, instead of the network's; `/ws/market` and `/ws/user` are appended. "
        "`ws://` on loopback only.",
    )
    api_key: Annotated[
        SecretStr | None,
        Origin(None, "PSDASH_API_KEY, or PSDASH_API_KEY_FILE (a path)", "api_key_file (a path)", "none"),
    ] = Field(
        default=None,
        description="The venue's API key. Secret: no flag takes it and the configuration file may only name a file, "
        "which must be regular, your own and closed to others (mode 0600). The variable comes before the file.",
    )
    jwt: Annotated[SecretStr | None, Origin(None, "PSDASH_JWT", None, "none")] = Field(
        default=None,
        description="A retail session token, used when no API key is set. Secret: from the environment only.",
    )
    jwt_command: Annotated[
        tuple[str, ...],
        BeforeValidator(_command),
        Origin(None, "PSDASH_JWT_COMMAND", "jwt_command (a string, or a list of strings)", "none"),
    ] = Field(
        default=(),
        max_length=64,
        description="A command whose output is a fresh session token; run without a shell when none is set, before "
        "the current one ends, and once when the venue refuses it. Used when no API key is set.",
    )
    user_wallet: Annotated[
        Annotated[str, AfterValidator(_checked_wallet)] | None,
        Origin(None, "PSDASH_USER_WALLET", "user_wallet", "the key's own"),
    ] = Field(default=None, description="The wallet to act for, with a multi-wallet key: 0x and 40 hex digits.")
    protocol: Annotated[
        int | None, Origin("--protocol N", "PSDASH_PROTOCOL", "protocol", "what the greeting says")
    ] = Field(
        default=None,
        ge=1,
        le=2,
        description="The version of PredictStreet's protocol to speak, where a greeting is wrong about it. `1` is "
        "the older dialect, without candles and settlements. The embedded exchange speaks it as well.",
    )
    commands_per_s: Annotated[float, Origin(None, "PSDASH_COMMANDS_PER_S", "commands_per_s", "5")] = Field(
        default=COMMANDS_PER_S,
        ge=0.5,
        le=100,
        allow_inf_nan=False,
        description="Commands a second that psdash sends on a socket at most, on average. The venue's limit is not "
        "published; the focused market goes first.",
    )
    fps: Annotated[int | None, Origin("--fps N", "PSDASH_FPS", "fps", "30; 10 over SSH")] = Field(
        default=None, ge=1, le=60, description="Frames a second the screen is painted at, at most."
    )
    mouse: Annotated[bool | None, Origin("--mouse / --no-mouse", "PSDASH_MOUSE", "mouse", "on; off over SSH")] = (
        Field(default=None, description="Take mouse clicks. Off, the terminal's own text selection works.")
    )
    theme: Annotated[
        Annotated[str, AfterValidator(_checked_theme)] | None,
        Origin("--theme NAME", "PSDASH_THEME", "theme", "what suits the terminal"),
    ] = Field(
        default=None,
        description="Colour theme: `graphite`, `blue-orange` (told apart by the colour-blind), `sixteen` (the "
        "terminal's own colours) or `monochrome`. None given: `graphite`; `sixteen` where the terminal announces no "
        "more colours, `monochrome` where `NO_COLOR` is set.",
    )
    ascii: Annotated[bool, Origin("--ascii", "PSDASH_ASCII", "ascii", "false")] = Field(
        default=False,
        description="Draw with ASCII only: for a terminal that shows characters of ambiguous width two cells wide, "
        "or has no glyphs for them.",
    )
    zone: Annotated[Zone, Origin("--zone Z", "PSDASH_ZONE", "zone")] = Field(
        default="utc",
        description="Times on the screen in `utc` or `local` (the machine's zone, or `TZ`); `u` changes it.",
    )
    dense: Annotated[bool, Origin("--dense", "PSDASH_DENSE", "dense", "false")] = Field(
        default=False, description="Begin with more rows and fewer rules and blanks; `D` changes it."
    )
    privacy: Annotated[bool, Origin("--privacy", "PSDASH_PRIVACY", "privacy", "false")] = Field(
        default=False, description="Begin with your own amounts masked; `P` changes it."
    )
    motion: Annotated[
        bool | None, Origin("--motion / --no-motion", "PSDASH_MOTION", "motion", "on; off where `NO_MOTION` is set")
    ] = Field(default=None, description="Tint a row for a moment when it changed.")
    bell_on_fill: Annotated[bool, Origin(None, "PSDASH_BELL_ON_FILL", "bell_on_fill", "false")] = Field(
        default=False,
        description="Ring the terminal's bell when an order of yours is filled; once for fills that come together, "
        "never for those made before psdash was live.",
    )
    toast_on_fill: Annotated[bool, Origin(None, "PSDASH_TOAST_ON_FILL", "toast_on_fill", "false")] = Field(
        default=False, description="Say over the screen what was filled, by the same rule."
    )
    export_dir: Annotated[
        Path | None, Origin(None, "PSDASH_EXPORT_DIR", "export_dir", "`$XDG_DATA_HOME/psdash/exports`")
    ] = Field(default=None, description="Where `e` writes tables as CSV files (mode 0600), none ever over another.")
    max_kbps: Annotated[float | None, Origin("--max-kbps N", "PSDASH_MAX_KBPS", "max_kbps", "no limit")] = Field(
        default=None,
        ge=5,
        le=1_000_000,
        allow_inf_nan=False,
        description="Kilobits a second sent to the terminal at most, on average. Under it the touch, your own "
        "orders, the header and the banner go first, the rest follows; a slow link does the same by itself.",
    )
    driver: Annotated[DriverChoice, Origin(None, "PSDASH_DRIVER", "driver")] = Field(
        default="auto",
        description="`auto`: send changed cells only, wherever that works; `stock`: always Textual's own driver.",
    )
    seed: Annotated[int | None, Origin("--seed N", "PSDASH_SEED", "seed", "the embedded exchange's own")] = Field(
        default=None, ge=0, lt=2**63, description="Seed of the embedded exchange: the same seed gives the same day."
    )
    replay: Annotated[Path | None, Origin("--replay FILE", None, None, "none")] = Field(
        default=None, description="A recorded market for the embedded exchange to play instead of its own flow."
    )
    speed: Annotated[float | None, Origin("--speed N", None, None, "1")] = Field(
        default=None, gt=0, le=10_000, allow_inf_nan=False, description="How many times real time `--replay` plays."
    )
    log_level: Annotated[LogLevel, Origin("--log-level L", "PSDASH_LOG_LEVEL", "log_level")] = Field(
        default="info",
        description="`error`, `warning`, `info`, `debug`, or `trace`: debug with the network libraries' own logs.",
    )
    log_file: Annotated[
        Path | None,
        Origin("--log-file PATH", "PSDASH_LOG_FILE", "log_file", "`$XDG_STATE_HOME/psdash/psdash.log`"),
    ] = Field(default=None, description="Where the log goes (mode 0600, rotated); never to the screen.")
    keys: Annotated[
        dict[str, str], Origin(None, None, 'keys (a table: `"market.flip" = "n"`)', "none: docs/keys.md")
    ] = Field(
        default={},
        max_length=256,
        description="Other keys for commands, by the ids of docs/keys.md; several keys with commas between them.",
    )
    given: dict[str, Given] = Field(default={}, description="What is configured of the other sources; derived.")
    data_dir: Path | None = Field(default=None, description="Where exported tables go; derived.")
    state_dir: Path | None = Field(default=None, description="Where favourites and alerts are kept; derived.")
    over_ssh: bool = Field(default=False, description="SSH_CONNECTION or SSH_TTY was set; seen, not configured.")

    no_color: bool = Field(default=False, description="NO_COLOR was set; seen, not configured.")
    no_motion: bool = Field(default=False, description="NO_MOTION was set; seen, not configured.")

    #: The file that `api_key` was read from and the setting that named it; observed, like `over_ssh`.
    _key_file: tuple[Path, str] | None = PrivateAttr(None)

    @property
    def key_file(self) -> tuple[Path, str] | None:
        """The file that `api_key` was read from and the setting that named it; None when it came from no file."""
        return self._key_file

    def with_key_file(self, place: tuple[Path, str] | None) -> Settings:
        """These settings, knowing where their API key was read."""
        known = self.model_copy()
        known._key_file = place
        return known

    @property
    def chosen(self) -> tuple[Source, ...]:
        """What is watched: the source that was asked for; of all of them those with a key, or each one in a demo."""
        if self.source != ALL:
            return (SOURCES[self.source],)
        keyed = () if self.demo else tuple(source for source in SOURCES.values() if self.has_key(source.name))
        return keyed or tuple(SOURCES.values())

    @property
    def consulted(self) -> tuple[Source, ...]:
        """The sources that are asked what PredictStreet's markets cost elsewhere, and are not watched otherwise.

        Those with a key; in a demo, where each is a process more, those of a pinned market.
        """
        if self.source != DEFAULT:
            return ()
        telling = tuple(source for source in SOURCES.values() if source.tells_elsewhere)
        if self.is_demo:
            return telling if self.elsewhere else ()
        return tuple(source for source in telling if self.has_key(source.name))

    def has_key(self, name: str) -> bool:
        """Whether there is something to dial this source with."""
        if name == DEFAULT:
            return self.api_key is not None or self.jwt is not None or bool(self.jwt_command)
        return self.given.get(name, Given()).api_key is not None

    @property
    def is_demo(self) -> bool:
        """Whether this run uses embedded exchanges: asked for, or nothing to dial a source with."""
        return self.demo or not any(self.has_key(source.name) for source in self.chosen)

    @property
    def label(self) -> Label:
        """The mark of the header, known before the endpoint is; of several sources the least real one's."""
        if self.is_demo:
            return "DEMO"
        labels = [self.label_of(source) for source in (*self.chosen, *self.consulted)]
        return next((label for label in labels if label != "MAINNET"), "MAINNET")

    def label_of(self, source: Source) -> Label:
        """What a source's bases are known as, when it is no demo."""
        bases = self.bases_of(source)
        if source.name == DEFAULT:
            for network, known in NETWORKS.items():
                if bases == known:
                    return "MAINNET" if network == "mainnet" else "TESTNET"
        elif bases == (source.rest_url, source.ws_url):
            return "MAINNET"
        return "LOCAL" if all(_is_loopback(urlsplit(base).hostname or "") for base in bases) else "CUSTOM"

    def bases_of(self, source: Source) -> tuple[str, str]:
        """REST and WebSocket base of a source (not of what stands in for it)."""
        if source.name == DEFAULT:
            return self.bases
        given = self.given.get(source.name, Given())
        return given.rest_url or source.rest_url, given.ws_url or source.ws_url

    @property
    def bases(self) -> tuple[str, str]:
        """REST and WebSocket base of the configured venue (not of the embedded exchange)."""
        known_rest, known_ws = NETWORKS[self.network]
        return self.rest_url or known_rest, self.ws_url or known_ws

    @property
    def frame_rate_hz(self) -> int:
        """`fps`, or what suits the link."""
        return self.fps if self.fps is not None else FPS_OVER_SSH if self.over_ssh else FPS_LOCAL

    @property
    def exports(self) -> Path:
        """`export_dir`, or the usual place."""
        return self.export_dir or (self.data_dir or Path.home() / ".local/share/psdash") / "exports"

    @property
    def has_motion(self) -> bool:
        """`motion`, or what the environment asks of every program."""
        return self.motion if self.motion is not None else not self.no_motion

    @property
    def mouse_on(self) -> bool:
        """`mouse`, or what suits the link."""
        return self.mouse if self.mouse is not None else not self.over_ssh


class VenueEndpoint:
    """The EndpointSource of real venues (or of a `psdash sim` that somebody else started): they are there already.

    `learn` is told of every secret that comes while it runs (`Redactor.add`). With `consults` those that are asked
    what a market costs elsewhere are among them.
    """

    def __init__(
        self, settings: Settings, learn: Callable[[SecretStr], None] | None = None, *, consults: bool = False
    ) -> None:
        first, *beside = (_endpoint_of(source, settings, learn) for source in settings.chosen)
        consulted = [_endpoint_of(source, settings, learn) for source in settings.consulted] if consults else []
        self._endpoint = replace(first, beside=tuple(beside), consulted=tuple(consulted))

    async def __call__(self) -> Endpoint:
        return self._endpoint

    async def close(self) -> None:
        """Nothing was taken."""


def _endpoint_of(source: Source, settings: Settings, learn: Callable[[SecretStr], None] | None) -> Endpoint:
    from psdash.renewal import KeyFile, TokenCommand

    rest_url, ws_url = settings.bases_of(source)
    if source.name != DEFAULT:
        given = settings.given.get(source.name, Given())
        return Endpoint(
            rest_url=rest_url,
            ws_url=ws_url,
            api_key=given.api_key,
            jwt=None,
            user_wallet=None,
            label=settings.label_of(source),
            reread_key=KeyFile(*given.key_file, learn, source) if given.key_file is not None else None,
            source=source.name,
        )
    keyed = settings.api_key is not None
    return Endpoint(
        rest_url=rest_url,
        ws_url=ws_url,
        api_key=settings.api_key,
        jwt=None if keyed else settings.jwt,
        user_wallet=settings.user_wallet,
        label=settings.label_of(source),
        renew_jwt=TokenCommand(settings.jwt_command, learn) if settings.jwt_command and not keyed else None,
        reread_key=KeyFile(*settings.key_file, learn) if settings.key_file is not None and keyed else None,
        commands_per_s=settings.commands_per_s,
        protocol=settings.protocol,
    )
