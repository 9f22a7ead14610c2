from __future__ import annotations

import asyncio

import pytest

from tests.protocol.recording import recording
from tests.soak.every_byte import differences

SHORT = (
    "agent_type_only_in_event.sse",
    "chat_cut_without_end.sse",
    "chat_no_space_after_colon.sse",
    "chat_surrogate_halves.sse",
    "typed_named_events.sse",
)


@pytest.mark.parametrize("name", SHORT)
def test_that_R1_a_connection_lost_at_any_byte_loses_and_doubles_nothing(name: str) -> None:
    whole = recording(name)
    tried, found = asyncio.run(differences([whole]))
    assert found == []
    assert tried == len(whole.data) + 1
