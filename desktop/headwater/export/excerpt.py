"""What of a conversation goes into a file: the path now shown, or one answer of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from headwater.domain.answer import Answer, Stopped
from headwater.domain.conversation import Conversation, Turn, title_for
from headwater.domain.plain_text import one_line
from headwater.domain.provider import built_in
from headwater.domain.question import Question
from headwater.domain.transcript import attached_line

_LONGEST_HEADING = 200
_LONGEST_FILE_NAME = 60
_LONGEST_LINE = 2000
# What one of the systems does not take in the name of a file.
_NOT_IN_A_NAME = re.compile(r'[<>:"/\\|?*.\s]+')


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The turns to write, in order, under a title of one line; `exported_at` is aware."""

    conversation: Conversation
    title: str
    turns: tuple[Turn, ...]
    exported_at: datetime

    @property
    def has_own_title(self) -> bool:
        """Whether the title says something that the first question does not."""
        if not self.turns:
            return True
        question = self.turns[0].question
        return self.title not in (heading_of(question), one_line(title_for(question)))

    @property
    def file_name(self) -> str:
        """A name for the file, without an ending, that every system takes."""
        words = _NOT_IN_A_NAME.sub(" ", self.title)[:_LONGEST_FILE_NAME].strip(" -")
        return words or "Headwater"


def whole(conversation: Conversation, exported_at: datetime) -> Excerpt:
    """Return every turn that is shown."""
    path = conversation.path
    title = one_line(conversation.title) or (heading_of(path[0].question) if path else "")
    return Excerpt(conversation, title or "Empty conversation", path, exported_at)


def one_answer(conversation: Conversation, turn_id: str, exported_at: datetime) -> Excerpt:
    """Return one turn.

    Raises:
        KeyError: there is none with that id.
    """
    turn = conversation.turn(turn_id)
    return Excerpt(conversation, heading_of(turn.question), (turn,), exported_at)


def heading_of(question: Question) -> str:
    """Return the question as a heading: in full if it is short, else its beginning."""
    return _short(question) or one_line(title_for(question)) or "Question"


def text_under_heading(question: Question) -> str:
    """Return the question's own text where the heading holds only its beginning, else nothing."""
    return "" if _short(question) or not question.text.strip() else question.text.strip("\n")


def facts_line(turn: Turn) -> str:
    """Return who answered, with which model, and when it was asked, in the reader's own time."""
    question = turn.question
    return " · ".join(
        fact
        for fact in (
            _provider_name(question.provider_id),
            one_line(turn.answer.model or question.model),
            question.asked_at.astimezone().isoformat(" ", "minutes"),
        )
        if fact
    )


def files_line(question: Question) -> str:
    """Return the names of what was attached; empty where nothing was."""
    return one_line(attached_line(question), _LONGEST_LINE)


def state_line(answer: Answer) -> str:
    """Return a sentence on how an answer ended that is not complete, else nothing."""
    if answer.status == "complete":
        return ""
    if answer.is_running:
        return "Unfinished: the answer was still running when this was exported."
    if isinstance(answer.state, Stopped):
        reason = one_line(answer.state.reason)
        return f"Unfinished: stopped {reason}.".replace(" .", ".")
    failure = answer.failure
    assert failure is not None  # no other state is left
    said = " ".join(one_line(words, _LONGEST_LINE) for words in (failure.title, failure.detail))
    return f"{'Interrupted' if answer.text else 'No answer'}: {said.strip()}"


def _short(question: Question) -> str:
    text = question.text.strip()
    if "\n" in text or len(text) > _LONGEST_HEADING:
        return ""
    return one_line(text)


def _provider_name(provider_id: str) -> str:
    try:
        return built_in(provider_id).name
    except KeyError:
        return one_line(provider_id)
