"""The `<think>` block that some models write in front of their answer, told apart from it.

Only a block at the very start counts, so that an answer may talk about the tags. A closing tag
whose opening one never came (perplexityai/api-discussion #177) counts once, outside code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

_OPEN = "<think>"
_CLOSE = "</think>"
_FENCE_WITHIN = 16  # characters of a line in which a code fence has to begin


class _Place(Enum):
    START = auto()
    THOUGHT = auto()
    BREAK = auto()
    ANSWER = auto()


@dataclass(frozen=True, slots=True)
class SplitText:
    """A stretch of what came; `is_turned` says that all text before it was a thought as well."""

    thought: str = ""
    answer: str = ""
    is_turned: bool = False


class ThinkTagSplitter:
    """Splits a text that comes in pieces cut anywhere; keeps what may yet be a tag."""

    def __init__(self) -> None:
        self._place = _Place.START
        self._held = ""
        self._blank: list[str] = []
        self._had_tag = False
        self._code = _CodeWatch()

    def feed(self, piece: str) -> SplitText:
        """Return what is decided by `piece`."""
        if self._place is _Place.ANSWER and not self._held and "<" not in piece:
            if not self._had_tag:
                self._code.feed(piece)
            return SplitText(answer=piece)
        thought: list[str] = []
        answer: list[str] = []
        is_turned = False
        rest, self._held = self._held + piece, ""
        while rest:
            match self._place:
                case _Place.START | _Place.BREAK:
                    rest = self._at_start(rest, answer)
                case _Place.THOUGHT:
                    rest = self._in_thought(rest, thought)
                case _Place.ANSWER if self._had_tag:
                    answer.append(rest)
                    rest = ""
                case _Place.ANSWER:
                    rest, turned = self._in_answer(rest, answer)
                    if turned:
                        is_turned = True
                        thought.extend(answer)
                        answer.clear()
        return SplitText("".join(thought), "".join(answer), is_turned)

    def finish(self) -> SplitText:
        """Return what was kept in doubt; it was no tag."""
        held, self._held = self._held, ""
        if self._place is _Place.THOUGHT:
            return SplitText(thought=held)
        held = "".join(self._blank) + held
        self._blank.clear()
        return SplitText(answer=held)

    def _at_start(self, rest: str, answer: list[str]) -> str:
        stripped = rest.lstrip()
        blank = rest[: len(rest) - len(stripped)]
        if self._place is _Place.START and blank:
            self._blank.append(blank)
        if not stripped:
            return ""
        if stripped.startswith(_OPEN):
            self._blank.clear()
            self._place = _Place.THOUGHT
            self._had_tag = True
            return stripped[len(_OPEN) :]
        if _OPEN.startswith(stripped):
            self._held = stripped
            return ""
        # Blank lines between the thought and the answer belong to neither.
        answer.extend(self._blank)
        self._blank.clear()
        self._place = _Place.ANSWER
        return stripped

    def _in_thought(self, rest: str, thought: list[str]) -> str:
        before, tag, after = rest.partition(_CLOSE)
        if tag:
            thought.append(before)
            self._place = _Place.BREAK
            return after
        before, self._held = _without_part_of_tag(before)
        thought.append(before)
        return ""

    def _in_answer(self, rest: str, answer: list[str]) -> tuple[str, bool]:
        before, tag, after = rest.partition(_CLOSE)
        if not tag:
            before, self._held = _without_part_of_tag(before)
            self._code.feed(before)
            answer.append(before)
            return "", False
        self._code.feed(before)
        answer.append(before)
        if self._code.is_inside:
            answer.append(tag)
            return after, False
        self._had_tag = True
        self._place = _Place.BREAK
        return after, True


class _CodeWatch:
    """Knows whether the text so far ends inside a code fence or a code span of its line."""

    def __init__(self) -> None:
        self._is_in_fence = False
        self._line_start = ""
        self._ticks = 0

    def feed(self, text: str) -> None:
        if "\n" not in text:
            self._add(text)
            return
        first, *others = text.split("\n")
        self._add(first)
        for line in others:
            if self._line_start.lstrip().startswith(("```", "~~~")):
                self._is_in_fence = not self._is_in_fence
            self._line_start = ""
            self._ticks = 0
            self._add(line)

    def _add(self, text: str) -> None:
        if len(self._line_start) < _FENCE_WITHIN:
            self._line_start += text[:_FENCE_WITHIN]
        self._ticks += text.count("`")

    @property
    def is_inside(self) -> bool:
        return self._is_in_fence or self._ticks % 2 == 1


def _without_part_of_tag(text: str) -> tuple[str, str]:
    """Return `text` without a beginning of the closing tag at its end, and that beginning."""
    at = text.rfind("<", max(0, len(text) - len(_CLOSE) + 1))
    if at >= 0 and _CLOSE.startswith(text[at:]):
        return text[:at], text[at:]
    return text, ""


def split_thinking(text: str) -> tuple[str, str]:
    """Return the thought and the answer of a whole text."""
    splitter = ThinkTagSplitter()
    parts = (splitter.feed(text), splitter.finish())
    return "".join(p.thought for p in parts), "".join(p.answer for p in parts)
