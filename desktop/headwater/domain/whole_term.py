"""Terms as they stand in a sentence: a reader is told "US Department of Energy", not "Energy"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from headwater.domain.language import CJK, plain_word, stop_words

_WORD = re.compile(rf"[^\W\d_{CJK}](?:[^\W_{CJK}]|[\u0300-\u036f])*")
_FOREIGN = re.compile(  # tried once for each run of katakana, not for each of its letters
    r"(?<![\u30a1-\u30fa\u30fc])[\u30a1-\u30fa\u30fc]++(?:[・＝=·-][\u30a1-\u30fa\u30fc]++)+"
)
_NUMBER_BEHIND = re.compile(r"[-‑–][0-9]{1,4}(?![\w])")  # COVID-19
_JOINTS: Final = (" ", "-", "‑", "'", "’", " & ", "&", "/")
_POINTS: Final = (". ", ".")
_ABBREVIATED: Final = frozenset(("st", "dr", "mr", "ms", "mrs", "prof", "mt", "ft"))
# Small words within a name, and how many of them may follow each other. In German most nouns have
# a capital, so that only what belongs to names of people and places is taken there.
_LINK_WORDS: Final = (
    "of the for de del della dello di da do dos das du des la las le les los el al bin ibn von van "
    "der den ter ten zu af av e d l"
)
_GERMAN_LINK_WORDS: Final = "von van zu de di da la del"
_LINKS: Final = frozenset(_LINK_WORDS.split())
_GERMAN_LINKS: Final = frozenset(_GERMAN_LINK_WORDS.split())
_BEHIND_GERMAN_LINKS: Final = frozenset(("der", "den", "dem"))
_MOST_LINKS = 2
_MOST_WORDS = 12  # of a name


def name_spans(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of words that are one name, of two words at least.

    Capitalised words side by side, with small words such as "of" between them; without any are
    katakana with a dot between.
    """
    words = list(_WORD.finditer(text))
    small = stop_words(language)
    at = 0
    while at < len(words):
        if not _is_capital(words[at].group(), small):
            at += 1
            continue
        last = at
        while last - at < _MOST_WORDS and (following := _next(text, words, last, language)):
            last = following
        end = words[last].end()
        number = _NUMBER_BEHIND.match(text, end)
        if last > at or number is not None:
            yield words[at].start(), number.end() if number is not None else end
        at = last + 1
    for found in _FOREIGN.finditer(text):
        yield found.span()


def whole(
    text: str, spans: Iterable[tuple[int, int]], names: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield the terms that the `spans` of words belong to: in order, each once.

    A span within one of the `names` is that name; others grow together where nothing but a space
    or a hyphen is between them.
    """
    begun: tuple[int, int] | None = None
    for start, end in sorted(_widened(spans, names)):
        if begun is not None and (start <= begun[1] or text[begun[1] : start] in (" ", "-")):
            begun = (begun[0], max(begun[1], end))
            continue
        if begun is not None:
            yield begun
        begun = (start, end)
    if begun is not None:
        yield begun


def _widened(
    spans: Iterable[tuple[int, int]], names: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    for start, end in spans:
        yield next((name for name in names if name[0] <= start and end <= name[1]), (start, end))


def _next(text: str, words: Sequence[re.Match[str]], at: int, language: str) -> int:
    """Return the number of the word that goes on with a name that has word `at`; 0 if none does."""
    small = stop_words(language)
    reach = min(at + 2 + _MOST_LINKS, len(words))
    for links, number in enumerate(range(at + 1, reach)):
        before, word = words[number - 1], words[number]
        gap = text[before.end() : word.start()]
        is_short = len(before.group()) == 1 or plain_word(before.group()) in _ABBREVIATED
        if gap not in _JOINTS and not (gap in _POINTS and is_short and not links):
            return 0
        if _is_capital(word.group(), small):
            return number
        if not _is_link(plain_word(word.group()), links, language):
            return 0
    return 0


def _is_capital(word: str, small: frozenset[str]) -> bool:
    if sum(letter.isupper() for letter in word) > 1:
        return True
    return word[0].isupper() and plain_word(word) not in small


def _is_link(word: str, links: int, language: str) -> bool:
    """Whether `word`, which follows so many others of the kind, may stand within a name."""
    if language != "de":
        return word in _LINKS
    return word in _GERMAN_LINKS or (links > 0 and word in _BEHIND_GERMAN_LINKS)
