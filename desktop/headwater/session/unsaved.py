"""An archive that keeps nothing, for `headwater ask --no-save`."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.domain.answer import Answer
from headwater.domain.conversation import Conversation, Turn
from headwater.session.ports import ConversationSummary


class Unsaved:
    """Takes everything and writes nothing."""

    async def save_conversation(self, conversation: Conversation) -> None:
        """Write nothing."""

    async def add_turn(self, conversation_id: str, turn: Turn) -> None:
        """Write nothing."""

    async def append_text(self, turn_id: str, text: str, reasoning: str = "") -> None:
        """Write nothing."""

    async def save_answer(self, turn_id: str, answer: Answer) -> None:
        """Write nothing."""

    async def conversations(
        self, search: str = "", limit: int = 500
    ) -> Sequence[ConversationSummary]:
        """Return nothing."""
        return ()

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """Return None."""
        return None

    async def rename(self, conversation_id: str, title: str) -> None:
        """Write nothing."""

    async def delete(self, conversation_id: str) -> None:
        """Remove nothing."""
