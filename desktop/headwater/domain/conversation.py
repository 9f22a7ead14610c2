"""A conversation: a tree of turns in which retries and edits stand side by side."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from headwater.domain.answer import Answer
from headwater.domain.question import Question

_TITLE_LENGTH = 80


def new_id() -> str:
    """Return a fresh id of 16 hexadecimal digits."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer; turns with the same `parent_id` are versions of each other."""

    id: str
    parent_id: str
    question: Question
    answer: Answer = Answer()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Every turn ever asked, in that order; `leaf_id` is the end of the path now shown."""

    id: str = field(default_factory=new_id)
    title: str = ""
    turns: tuple[Turn, ...] = ()
    leaf_id: str = ""
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))

    def turn(self, turn_id: str) -> Turn:
        """Return the turn with that id.

        Raises:
            KeyError: there is none.
        """
        for turn in self.turns:
            if turn.id == turn_id:
                return turn
        raise KeyError(turn_id)

    @property
    def path(self) -> tuple[Turn, ...]:
        """The turns from the first question to the leaf."""
        return self.path_to(self.leaf_id)

    def path_to(self, turn_id: str) -> tuple[Turn, ...]:
        """Return the turns from the first question to `turn_id`, empty for an unknown id."""
        by_id = {turn.id: turn for turn in self.turns}
        path: list[Turn] = []
        while turn_id in by_id:
            turn = by_id.pop(turn_id)
            path.append(turn)
            turn_id = turn.parent_id
        return tuple(reversed(path))

    def versions(self, turn_id: str) -> tuple[Turn, ...]:
        """Return the turn and its siblings, oldest first."""
        parent = self.turn(turn_id).parent_id
        return tuple(turn for turn in self.turns if turn.parent_id == parent)

    def with_turn(self, turn: Turn) -> Conversation:
        """Return the conversation with a new turn as the leaf; the first one gives the title."""
        return replace(
            self,
            turns=(*self.turns, turn),
            leaf_id=turn.id,
            title=self.title or title_for(turn.question),
            updated=turn.question.asked_at,
        )

    def with_answer(self, turn_id: str, answer: Answer) -> Conversation:
        """Return the conversation with that turn's answer replaced by a later snapshot of it."""
        return replace(
            self,
            turns=tuple(
                replace(turn, answer=answer) if turn.id == turn_id else turn for turn in self.turns
            ),
        )

    def choosing(self, turn_id: str) -> Conversation:
        """Return the conversation with the path leading through `turn_id` to its latest end."""
        leaf = self.turn(turn_id).id
        latest_child = {turn.parent_id: turn.id for turn in self.turns}
        while leaf in latest_child:
            leaf = latest_child.pop(leaf)
        return replace(self, leaf_id=leaf)


def title_for(question: Question) -> str:
    """Return the title of a conversation that begins with `question`: its text, else its files."""
    names = ", ".join(attachment.name for attachment in question.attachments)
    return title_of(question.text) or title_of(names)


def title_of(question: str) -> str:
    """Return a one-line title of at most 80 characters for a conversation."""
    line = " ".join(question.lstrip()[: _TITLE_LENGTH * 8].split())
    if len(line) <= _TITLE_LENGTH:
        return line
    cut = line[: _TITLE_LENGTH - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[40:] else cut) + "…"
