"""What has been said about one answer so far, so that nothing is said twice."""

from __future__ import annotations

from dataclasses import replace

from headwater.domain.events import (
    AnswerEvent,
    Broke,
    Completed,
    FollowUpsSuggested,
    Numbered,
    Opened,
    PicturesFound,
    ReasoningArrived,
    SearchStarted,
    SourcesFound,
    TextArrived,
    TextSettled,
    UsageCounted,
)
from headwater.domain.failure import Failure, Remedy, empty_answer
from headwater.domain.source import Picture, Source
from headwater.domain.usage import Usage
from headwater.protocol.unicode_repair import TextJoiner, repaired

_WHY_EMPTY = {
    "length": ("It reached its length limit before the first word.", Remedy.CHANGE_OPTIONS),
    "content_filter": ("The server's content filter withheld it.", Remedy.NONE),
    "tool_calls": ("The model asked for a tool instead.", Remedy.CHOOSE_MODEL),
}


class Ledger:
    """Collects the events of one answer; every method says a fact unless it is known already."""

    def __init__(self) -> None:
        self._events: list[AnswerEvent] = []
        self._shown: list[str] = []
        self._shown_length = 0
        self._turned = ""
        self._text = TextJoiner()
        self._reasoning = TextJoiner()
        self._has_reasoning = False
        self._opened = Opened()
        self._sources: tuple[Source, ...] = ()
        self._pictures: tuple[Picture, ...] = ()
        self._follow_ups: tuple[str, ...] = ()
        self._usage: Usage | None = None
        self._has_said = False
        self._number: int | None = None
        self.is_closed = False

    def begin_with(
        self,
        text: str,
        sources: tuple[Source, ...],
        pictures: tuple[Picture, ...],
        *,
        has_reasoning: bool,
    ) -> None:
        """Take what was said before, in another run of the program, as known."""
        self._shown = [text]
        self._shown_length = len(text)
        self._sources = sources
        self._pictures = pictures
        self._has_reasoning = has_reasoning
        self._has_said = bool(text or sources or has_reasoning)

    @property
    def has_text(self) -> bool:
        """Whether a character of the answer was handed out."""
        return self._shown_length > 0

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all was handed out."""
        return not self._has_said and not self._events

    def take(self) -> tuple[AnswerEvent, ...]:
        """Return the events since the last call."""
        events = tuple(self._events)
        self._events.clear()
        self._has_said = self._has_said or bool(events)
        if self._number is not None and not self.is_closed:
            events = (*events, Numbered(self._number))
            self._number = None
        return events

    def note_number(self, number: int) -> None:
        """Say, after everything else, up to which of the server's numbers all was told."""
        self._number = number

    def open(self, model: str, response_id: str) -> None:
        """Say which model answers under which id; empty values leave the earlier ones."""
        opened = Opened(model or self._opened.model, response_id or self._opened.response_id)
        if opened != self._opened:
            self._opened = opened
            self._events.append(opened)

    def add_text(self, piece: str) -> None:
        """Say a further piece of the answer."""
        self._show(self._text.feed(piece))

    def _show(self, text: str) -> None:
        if not text:
            return
        if self._turned:
            self._events.append(ReasoningArrived(self._turned))
            self._events.append(TextSettled(text))
            self._turned = ""
        else:
            self._events.append(TextArrived(text))
        self._shown.append(text)
        self._shown_length += len(text)

    def turn_to_reasoning(self, more: str) -> None:
        """Take all text so far, and `more`, for a thought; shown text moves once the answer begins.

        Until then it stays where it is, in case no answer follows.
        """
        if not self._shown_length:
            self.add_reasoning(more)
            return
        self._show(self._text.feed(more))
        self._turned += "".join(self._shown)
        self._shown.clear()
        self._shown_length = 0

    def settle_text(self, whole: str) -> None:
        """Say the whole answer, if it differs from the pieces.

        A shorter text that the pieces end with is their last part, not the whole.
        """
        self._show(self._text.finish())
        whole = repaired(whole)
        if not whole:
            return
        if not self._shown_length:
            self._show(whole)
            return
        shown = "".join(self._shown)
        if shown.endswith(whole):
            self._shown = [shown]
            return
        self._events.append(TextSettled(whole))
        self._shown = [whole]
        self._shown_length = len(whole)

    def add_reasoning(self, piece: str) -> None:
        """Say a further piece of the thinking; blank text in front of it is left out."""
        text = self._reasoning.feed(piece)
        if not self._has_reasoning:
            text = text.lstrip()
        if text:
            self._has_reasoning = True
            self._events.append(ReasoningArrived(text))

    def add_thought(self, thought: str) -> None:
        """Say a thought that is a paragraph of its own."""
        if thought.strip():
            self.add_reasoning(f"\n\n{thought}" if self._has_reasoning else thought)

    @property
    def has_reasoning(self) -> bool:
        """Whether any thinking was handed out."""
        return self._has_reasoning

    def add_search(self, queries: tuple[str, ...], doing: str) -> None:
        """Say what is being looked up or read."""
        if queries or doing:
            self._events.append(SearchStarted(queries, doing))

    def set_sources(self, sources: tuple[Source, ...]) -> None:
        """Say all sources; an empty list never takes known ones away."""
        if sources and sources != self._sources:
            self._sources = sources
            self._events.append(SourcesFound(sources))

    def set_pictures(self, pictures: tuple[Picture, ...]) -> None:
        """Say all pictures."""
        if pictures and pictures != self._pictures:
            self._pictures = pictures
            self._events.append(PicturesFound(pictures))

    def set_follow_ups(self, questions: tuple[str, ...]) -> None:
        """Say the suggested questions."""
        if questions and questions != self._follow_ups:
            self._follow_ups = questions
            self._events.append(FollowUpsSuggested(questions))

    def set_usage(self, usage: Usage | None) -> None:
        """Say the usage so far; the last value wins."""
        if usage is not None and usage != self._usage:
            self._usage = usage
            self._events.append(UsageCounted(usage))

    def complete(self, finish_reason: str) -> None:
        """Close the answer as finished; one without a character is a failure that says so."""
        if self.is_closed:
            return
        self._flush()
        if self.has_text or self._turned:
            self._events.append(Completed(finish_reason))
        else:
            detail, remedy = _WHY_EMPTY.get(finish_reason, ("", Remedy.RETRY))
            failure = empty_answer()
            if detail:
                failure = replace(failure, detail=detail, remedy=remedy)
            self._events.append(Broke(failure))
        self.is_closed = True

    def fail(self, failure: Failure) -> None:
        """Close the answer by a failure; the text that had come stays."""
        if self.is_closed:
            return
        self._flush()
        self._events.append(Broke(failure))
        self.is_closed = True

    def _flush(self) -> None:
        self._show(self._text.finish())
        self.add_reasoning(self._reasoning.finish())
