"""Every dialect is found by its name and fills the interface."""

from __future__ import annotations

import pytest

from headwater.domain.provider import BUILT_IN, CUSTOM, DialectName
from headwater.protocol.dialect import AnswerRequest, Decoder, Dialect, Message
from headwater.protocol.dialects import dialect_named

REQUEST = AnswerRequest(CUSTOM.at("https://h.example"), "m", (Message("user", "Where?"),))


@pytest.mark.parametrize("name", list(DialectName))
def test_that_each_dialect_builds_requests_and_fresh_decoders(name: DialectName) -> None:
    dialect: Dialect = dialect_named(name)
    assert dialect.request(REQUEST).method == "POST"
    first: Decoder = dialect.decoder(REQUEST)
    assert first is not dialect.decoder(REQUEST)
    assert not first.is_closed
    assert not first.has_ended
    assert first.resume() is None


@pytest.mark.parametrize("provider", BUILT_IN, ids=lambda provider: provider.id)
def test_that_no_key_and_no_header_of_one_is_in_a_request(provider: object) -> None:
    wire = dialect_named(REQUEST.provider.dialect).request(REQUEST)
    assert {name.lower() for name in wire.headers} == {"accept", "content-type"}
