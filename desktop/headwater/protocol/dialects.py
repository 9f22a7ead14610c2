"""Every dialect by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from headwater.domain.provider import DialectName

if TYPE_CHECKING:
    from headwater.protocol.dialect import Dialect


def dialect_named(name: DialectName) -> Dialect:
    """Return the dialect called `name`; it is loaded once it is spoken."""
    match name:
        case DialectName.AGENT:
            from headwater.protocol.agent import AgentDialect

            return AgentDialect()
        case DialectName.CHAT_COMPLETIONS:
            from headwater.protocol.chat_completions import ChatCompletionsDialect

            return ChatCompletionsDialect()
        case DialectName.TYPED_EVENTS:
            from headwater.protocol.typed_events import TypedEventsDialect

            return TypedEventsDialect()
        case _ as never:
            assert_never(never)
