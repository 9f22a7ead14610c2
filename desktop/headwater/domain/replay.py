"""A run that is read again from a place before the one that was reached: nothing shrinks meanwhile.

What is on the disk of an answer that was killed goes beyond the last place that was noted with it.
"""

from __future__ import annotations

from headwater.domain.events import AnswerEvent, Numbered, TextArrived, TextSettled

NOTHING_SAID = TextArrived("")


class Replay:
    """Keeps text back that stands already, until what comes goes beyond it."""

    def __init__(self, standing: str, begins_at: int) -> None:
        """Take the text that stands, and how much of it comes before the place read from."""
        self._standing = standing
        self._arrived = standing[:begins_at]
        self._is_over = begins_at >= len(standing)

    def told(self, event: AnswerEvent) -> AnswerEvent:
        """Return `event` as it changes an answer with the standing text."""
        if self._is_over:
            return event
        match event:
            case TextArrived(piece):
                return self._beyond(piece)
            case TextSettled():
                self._is_over = True
                return event
            case Numbered():
                return NOTHING_SAID  # the number belongs to less text than there is
            case _:
                return event

    def _beyond(self, piece: str) -> AnswerEvent:
        self._arrived += piece
        if len(self._arrived) < len(self._standing) and self._standing.startswith(self._arrived):
            return NOTHING_SAID
        self._is_over = True
        if self._arrived.startswith(self._standing):
            return TextArrived(self._arrived[len(self._standing) :])
        return TextSettled(self._arrived)
