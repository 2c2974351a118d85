"""The rig as fixtures."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.loopback.simulator.rig import Client, Rig, running


@pytest_asyncio.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as found:
        yield found


@pytest_asyncio.fixture
async def market(rig: Rig) -> AsyncIterator[Client]:
    async with rig.client("market") as client:
        yield client


@pytest_asyncio.fixture
async def user(rig: Rig) -> AsyncIterator[Client]:
    async with rig.client("user") as client:
        yield client
