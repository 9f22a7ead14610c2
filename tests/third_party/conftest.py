"""The foreign servers, started once for a whole run."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.third_party import scenario
from tests.third_party.installation import Installation, installed
from tests.third_party.servers import Aimock, LiteLlm
from tests.third_party.terminal import Terminal


@pytest.fixture(scope="session")
def installation() -> Installation:
    """Return the installed servers."""
    return installed()


@pytest.fixture(scope="session")
def aimock(installation: Installation) -> Iterator[Aimock]:
    """Yield aimock; it takes any key, or none."""
    with Aimock(installation, scenario.AIMOCK) as server:
        yield server


@pytest.fixture(scope="session")
def guarded_aimock(installation: Installation) -> Iterator[Aimock]:
    """Yield an aimock that asks for a key."""
    with Aimock(installation, scenario.AIMOCK, key=secrets.token_hex(16)) as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def starting_litellm(
    request: pytest.FixtureRequest, installation: Installation
) -> Iterator[LiteLlm | None]:
    """Start the LiteLLM proxy at once where a check will need it: it takes its time."""
    if not any("litellm" in item.fixturenames for item in request.session.items):  # type: ignore[attr-defined]
        yield None
        return
    aimock = request.getfixturevalue("aimock")
    server = LiteLlm(installation, scenario.litellm_models(aimock))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def litellm(starting_litellm: LiteLlm | None) -> LiteLlm:
    """Return the running LiteLLM proxy."""
    assert starting_litellm is not None
    starting_litellm.wait()
    return starting_litellm


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """Return a terminal without a key."""
    return Terminal(tmp_path)
