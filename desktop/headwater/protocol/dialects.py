"""Every dialect by its name."""

from __future__ import annotations

from typing import assert_never

from headwater.domain.provider import DialectName
from headwater.protocol.agent import AgentDialect
from headwater.protocol.chat_completions import ChatCompletionsDialect
from headwater.protocol.dialect import Dialect
from headwater.protocol.typed_events import TypedEventsDialect


def dialect_named(name: DialectName) -> Dialect:
    """Return the dialect called `name`."""
    match name:
        case DialectName.AGENT:
            return AgentDialect()
        case DialectName.CHAT_COMPLETIONS:
            return ChatCompletionsDialect()
        case DialectName.TYPED_EVENTS:
            return TypedEventsDialect()
        case _ as never:
            assert_never(never)
