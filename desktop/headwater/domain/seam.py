"""Where a continued answer meets the text it goes on from, so that nobody sees the place.

Models begin again at a word, a line, a table or a fence of their choice, and their first space is
lost on the way. They are therefore asked to say the last words once more; what they repeat is
found here and left out, and where they do not, the blank between the two is guessed.
"""

from __future__ import annotations

import re
from functools import cache

_FAR = 20_000  # characters back from the end in which a repetition is looked for
_FEWEST = 3  # letters or digits that make a repetition one
_LONGEST_WORD = 40
_LAST_WORDS = 60  # characters that the model is asked to repeat, at least
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_DELIMITER_ROW = re.compile(r"^\s*+\|?\s*+:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)*+\|?\s*+$")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)]) ")
_BLOCK = re.compile(r"(?:#{1,6} |`{3}|~{3}|> )")
_WORD = re.compile(r"\w+")


@cache  # for which Python needs 2 ms
def _unspaced() -> re.Pattern[str]:
    """Chinese, Japanese, Thai, Lao, Khmer and Myanmar put no blank between words."""
    return re.compile(
        "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"
    )


def request_to_go_on(kept: str) -> str:
    """Return what a model is told that has to continue an answer which begins with `kept`."""
    return (
        "Your last answer was cut off. Continue it exactly where it stopped, without an "
        "introduction. Begin by repeating its last words, character by character, and go on from "
        f"there. Its last words are:\n\n{last_words(kept)}"
    )


def last_words(kept: str) -> str:
    """Return the end of `kept` from the beginning of a word on, some 60 characters of it."""
    text = kept.rstrip()
    start = max(0, len(text) - _LAST_WORDS)
    while start > 0 and not (text[start - 1].isspace() and not text[start].isspace()):
        start -= 1
        if len(text) - start > 4 * _LAST_WORDS:
            break
    return text[start:]


class Seam:
    """Turns the pieces of a continuation into what has to be appended to the kept text.

    `has_repeated` says whether a repetition of its end was left out.
    """

    def __init__(self, kept: str) -> None:
        """Take the text that stands already, as it was sent."""
        self._kept = kept
        self._end, _ = _squeezed(kept.rstrip()[-_FAR:])
        self._in_fence = _open_fence(kept)
        self._head = "" if self._in_fence else _table_head(kept)
        self._held = ""
        self._is_joined = not kept
        self.has_repeated = False

    def feed(self, piece: str) -> str:
        """Return what `piece` adds; empty while it may yet turn out to be a repetition."""
        if self._is_joined:
            return piece
        self._held += piece
        return "" if self._is_undecided() else self._join()

    def finish(self) -> str:
        """Return what was held back until the end."""
        return self._join() if self._held else ""

    def whole(self, continuation: str) -> str:
        """Return the kept text with the whole of a continuation, whatever pieces came before."""
        self._is_joined, self._held = True, ""
        seam = Seam(self._kept)
        return self._kept + seam.feed(continuation) + seam.finish()

    def _is_undecided(self) -> bool:
        if self._in_fence and self._held.lstrip()[:1] in {"`", "~", ""} and "\n" not in self._held:
            return True
        squeezed = " ".join(
            self._without_opening().split()
        )  # for each piece, so it has to be quick
        if self._head and squeezed.startswith(self._head):
            squeezed = squeezed[len(self._head) :].lstrip()
        is_first_word = " " not in squeezed and len(squeezed) < _LONGEST_WORD
        return squeezed in self._end or (is_first_word and not self._held[-1:].isspace())

    def _without_opening(self) -> str:
        """Return what is held without the fence that a model opens anew in the middle of code."""
        text = self._held.lstrip("\n")
        line, _, rest = text.partition("\n")
        fence = _FENCE.match(line) if self._in_fence else None
        if fence and fence[2].strip():
            return rest
        return self._held

    def _join(self) -> str:
        self._is_joined = True
        more, self._held = self._without_opening(), ""
        squeezed, places = _squeezed(more)
        if self._head and squeezed.startswith(self._head):
            more = more[places[len(self._head)] :]
            squeezed, places = _squeezed(more)
        repeated = _repetition(self._end, squeezed)
        is_repeated = self.has_repeated = repeated > 0
        rest = more[places[repeated] :] if is_repeated else more
        if not rest.strip() and is_repeated:
            return ""
        blank, rest = _split_blank(rest)
        standing = self._kept[len(self._kept.rstrip()) :]
        if standing:
            return _added_blank(standing, blank) + rest
        if blank or is_repeated:
            return blank + rest
        return self._guessed_blank(rest) + rest

    def _guessed_blank(self, more: str) -> str:
        """Return what stood between two texts that meet without a blank, as far as they tell."""
        kept = self._kept
        if not more:
            return ""
        line = kept[kept.rfind("\n") + 1 :]
        if self._in_fence:
            return "\n" if _FENCE.match(more.split("\n", 1)[0]) else ""
        if line.lstrip().startswith("|"):
            return "\n" if line.endswith("|") and more.startswith("|") else ""
        if _BLOCK.match(more) or more.startswith("|"):
            return "\n\n"
        if _ITEM.match(line) and _ITEM.match(more):
            return "\n"
        return " " if self._are_two_words(kept, more) else ""

    def _are_two_words(self, kept: str, more: str) -> bool:
        last, first = kept[-1], more[0]
        if _unspaced().match(last) or _unspaced().match(first) or not first.isalnum():
            return False
        if last.isalnum():
            before, after = _WORD.findall(kept[-200:])[-1], _WORD.match(more)
            joined = before + (after[0] if after else "")
            known = {word.casefold() for word in _WORD.findall(kept[-_FAR:])}
            return joined.casefold() not in known  # a word that stands elsewhere was cut in two
        if last in ".,:" and kept[-2:-1].isdigit() and first.isdigit():
            return False
        return last in ",;:!?)]" or (last == "." and not first.islower())


def _squeezed(text: str) -> tuple[str, list[int]]:
    """Return `text` with each run of blanks as one space and none in front.

    The list says where each character stood; it has one entry more, for the end.
    """
    pieces: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if not letter.isspace():
            pieces.append(letter)
            places.append(place)
        elif pieces and pieces[-1] != " ":
            pieces.append(" ")
            places.append(place)
    return "".join(pieces), [*places, len(text)]


def _repetition(end: str, beginning: str) -> int:
    """Return how many characters of `beginning` only repeat what `end` ends with."""
    for length in range(min(len(end), len(beginning)), 0, -1):
        start = len(end) - length
        if (
            end.endswith(beginning[:length])
            and not _is_inside_word(end, start)
            and _says_enough(end, start)
        ):
            return length
    return 0


def _is_inside_word(text: str, place: int) -> bool:
    if place == 0 or _unspaced().match(text[place]):
        return False
    return text[place - 1].isalnum() and text[place].isalnum()


def _says_enough(end: str, start: int) -> bool:
    if start == 0:
        return True
    repeated = end[start:]
    if _unspaced().search(repeated):
        return sum(letter.isalnum() for letter in repeated) > 1
    # A row or an item that is begun again may be short.
    is_row = repeated.startswith("|") and any(letter.isalnum() for letter in repeated)
    return is_row or sum(letter.isalnum() for letter in repeated) >= _FEWEST


def _open_fence(text: str) -> bool:
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if not found:
            continue
        marks, info = found[1], found[2]
        if not fence:
            fence = marks
        elif marks.startswith(fence) and not info.strip():
            fence = ""
    return bool(fence)


def _table_head(text: str) -> str:
    """Return the two head lines of the table that `text` ends in, squeezed, or nothing."""
    lines = text.rstrip("\n").split("\n")
    for place in range(len(lines) - 1, 0, -1):
        if "|" not in lines[place]:
            return ""
        if _DELIMITER_ROW.match(lines[place]):
            head, _ = _squeezed("\n".join(lines[place - 1 : place + 1]))
            return head.rstrip() if "|" in lines[place - 1] else ""
    return ""


def _split_blank(text: str) -> tuple[str, str]:
    rest = text.lstrip()
    return text[: len(text) - len(rest)], rest


def _added_blank(standing: str, blank: str) -> str:
    """Return what `blank` adds to a text that ends in the blank `standing`."""
    missing = blank.count("\n") - standing.count("\n")
    indent = blank[blank.rfind("\n") + 1 :]
    if missing > 0:
        return "\n" * missing + indent
    if "\n" not in standing:
        return ""
    stands = standing[standing.rfind("\n") + 1 :]
    return indent.removeprefix(stands) if len(indent) > len(stands) else ""
