"""docs/architecture.md, "Add a source in five steps", kept true: a source that only the registry has heard of."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from psdash import cli
from psdash.configuration import load_settings, sources_table
from psdash.credentials import secrets_in
from psdash.dashboard.app import PsdashApp
from psdash.embedded import EmbeddedExchange, exchange_arguments
from psdash.logs import Redactor
from psdash.registry import SOURCES
from tests.support.screens import until_shown
from tests.support.toy_service import KEY
from tests.support.toy_source import NO_ACCOUNT, toy

TOY = toy()


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, TOY.name, TOY)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path)}


async def test_it_is_on_the_screen(environ: dict[str, str]) -> None:
    settings = load_settings({"source": "toy", "demo": True}, environ)
    exchange = EmbeddedExchange(exchange_arguments(settings, TOY), None, TOY)
    app = PsdashApp(settings, exchange)
    async with app.run_test(size=(120, 40)) as pilot:
        for words in ("DEMO TOY", "Does the duck float?", "toy ● LIVE", "bid 41", "ask 44", "prices only"):
            await until_shown(pilot, words)
        await until_shown(pilot, NO_ACCOUNT)
        await pilot.press("d")
        await until_shown(pilot, "Toy gateway")
        await until_shown(pilot, "every frame accounted for")


def test_its_names_its_key_and_its_addresses_are_settings(environ: dict[str, str], tmp_path: Path) -> None:
    assert cli._parse(["--source", "toy", "--toy", "toy/duck"]) == {"source": "toy", "slugs": ["toy/duck"]}
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(0o600)
    for variables in ({"PSDASH_TOY_KEY": KEY}, {"PSDASH_TOY_KEY_FILE": str(file)}):
        settings = load_settings({"source": "toy", "slugs": ["toy/duck"]}, environ | variables)
        assert settings.given["toy"].api_key == SecretStr(KEY)
        assert not settings.is_demo
        assert settings.bases_of(TOY) == (TOY.rest_url, TOY.ws_url)
    assert secrets_in({"PSDASH_TOY_KEY": KEY}) == (SecretStr(KEY),)
    assert KEY not in Redactor(secrets_in({"PSDASH_TOY_KEY": KEY}))(f"it is {KEY}")
    assert "`toy` (Toy)" in sources_table()
    assert "PSDASH_TOY_KEY" in cli.build_parser().format_help()
