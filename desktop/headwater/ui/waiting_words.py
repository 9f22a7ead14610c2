"""What is said while a server keeps everybody waiting."""

from __future__ import annotations

import math

from headwater.session.conversation_session import ConversationSession
from headwater.ui.plain_text import one_line

_QUIET_SIGN = 10.0  # seconds without anything from the server before a word is said


def waiting_words(session: ConversationSession) -> str:
    """Return how long nothing has come, or when it is tried again; empty while all is well."""
    if waiting := session.next_attempt:
        failure, seconds = waiting
        return f"{one_line(failure.title, 80)} Again in {math.ceil(seconds)} s"
    quiet = session.quiet_seconds
    return f"No data for {quiet:.0f} s" if quiet >= _QUIET_SIGN else ""
