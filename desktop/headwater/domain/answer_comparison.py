"""Two versions of an answer beside each other: which sentences and which pages they share."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, auto

from headwater.domain.answer import Answer
from headwater.domain.answer_sentence import Sentence, page_of, sentences_by_block
from headwater.domain.block import Kind
from headwater.domain.language import CJK
from headwater.domain.sequence_match import Steps, matches, rising
from headwater.domain.source import Source

_ALIKE = 0.5  # of the words of both that two sentences share at least, to be versions of one
_SMALL = 1024  # comparisons; of as many sentences each is compared with each
_PAUSE = 64  # sentences between two pauses
_READ = 16  # of those that are read word by word
_TOKEN = re.compile(rf"[{CJK}]|[^\W{CJK}]+|[^\w\s]")
_CODE_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+")

Span = tuple[int, int]


class Likeness(IntEnum):
    """What became of a sentence."""

    SAME = auto()
    CHANGED = auto()
    FIRST_ONLY = auto()
    SECOND_ONLY = auto()


@dataclass(frozen=True, slots=True)
class Pairing:
    """A sentence of the first answer beside its like in the second; one of them may be None.

    `first_changes` and `second_changes` are start and end of the words, in `text`, that the other
    one does not have.
    """

    likeness: Likeness
    first: Sentence | None
    second: Sentence | None
    first_changes: tuple[Span, ...] = ()
    second_changes: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedPage:
    """A page that at least one of the answers found, as its source in each; None where it did not.

    `first_cites` says that a sentence of the first answer cites it.
    """

    first: Source | None
    second: Source | None
    first_cites: bool = False
    second_cites: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every sentence of both answers, each exactly once, and every page.

    `counts` says how many pairings there are of each kind.
    """

    pairings: tuple[Pairing, ...] = ()
    pages: tuple[ComparedPage, ...] = ()
    counts: Counter[Likeness] = field(default_factory=Counter)

    @property
    def is_same(self) -> bool:
        """Whether no sentence tells them apart."""
        return self.counts[Likeness.SAME] == len(self.pairings)


def compare_answers(first: Answer, second: Answer) -> Steps[Comparison]:
    """Compare two answers, a few milliseconds at a time; `finished` does it without a pause.

    Sentences are the same if their words are and if they cite the same pages. Those that have no
    like but share most of their words with one that has none either, at the same place in order,
    are versions of each other. Which answer is called the first makes no other difference.
    """
    ours = yield from _read(first)
    theirs = yield from _read(second)
    pairings = yield from _pairings(ours, theirs)
    counts: Counter[Likeness] = Counter()
    for number, pairing in enumerate(pairings):
        counts[pairing.likeness] += 1
        if number % _PAUSE == 0:
            yield
    pages = compare_sources(first.sources, second.sources, ours.pages, theirs.pages)
    return Comparison(tuple(pairings), pages, counts)


def compare_sources(
    first: Iterable[Source],
    second: Iterable[Source],
    first_cited: Iterable[str] = (),
    second_cited: Iterable[str] = (),
) -> tuple[ComparedPage, ...]:
    """Return each page once, those of the first answer first; `..._cited` are pages by `page_of`.

    Of several sources of one page in one answer the first stands for all.
    """
    ours: dict[str, Source] = {}
    theirs: dict[str, Source] = {}
    for sources, known in ((first, ours), (second, theirs)):
        for source in sources:
            known.setdefault(page_of(source), source)
    by_first, by_second = frozenset(first_cited), frozenset(second_cited)
    return tuple(
        ComparedPage(ours.get(page), theirs.get(page), page in by_first, page in by_second)
        for page in {**ours, **theirs}
    )


def changed_words(first: Sentence, second: Sentence) -> Steps[tuple[list[Span], list[Span]]]:
    """Return start and end of the words of each that the other does not have at that place."""
    token = _CODE_TOKEN if Kind.CODE_LINE in (first.kind, second.kind) else _TOKEN
    ours = [found.span() for found in token.finditer(first.text)]
    theirs = [found.span() for found in token.finditer(second.text)]
    pairs = yield from matches(
        [first.text[start:end] for start, end in ours],
        [second.text[start:end] for start, end in theirs],
    )
    kept, other_kept = {here for here, _ in pairs}, {there for _, there in pairs}
    return _joined(first.text, ours, kept), _joined(second.text, theirs, other_kept)


def _joined(text: str, words: list[Span], kept: set[int]) -> list[Span]:
    """Return the words that are not `kept`; those beside each other are one."""
    spans: list[Span] = []
    for at, (start, end) in enumerate(words):
        if at in kept:
            continue
        if spans and not text[spans[-1][1] : start].strip():
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


@dataclass(frozen=True, slots=True)
class _Reading:
    """The sentences of an answer, what each is compared by, and the pages they cite."""

    sentences: list[Sentence]
    keys: list[str]
    pages: set[str]


def _read(answer: Answer) -> Steps[_Reading]:
    read = _Reading([], [], set())
    for sentences in sentences_by_block(answer):
        for sentence in sentences:
            read.sentences.append(sentence)
            read.keys.append(sentence.key)
            read.pages.update(sentence.pages)
        yield
    return read


def _pairings(ours: _Reading, theirs: _Reading) -> Steps[list[Pairing]]:
    same = yield from matches(ours.keys, theirs.keys)
    pairings: list[Pairing] = []
    begin = other = 0
    for here, there in (*same, (len(ours.keys), len(theirs.keys))):
        if begin < here or other < there:
            pairings += yield from _between(
                ours.sentences[begin:here], theirs.sentences[other:there]
            )
        if here < len(ours.keys):
            same_here = ours.sentences[here], theirs.sentences[there]
            pairings.append(Pairing(Likeness.SAME, *same_here))
            if here % _PAUSE == 0:
                yield
        begin, other = here + 1, there + 1
    return pairings


def _between(ours: list[Sentence], theirs: list[Sentence]) -> Steps[list[Pairing]]:
    """Return the pairings of sentences of which none is the same."""
    pairings: list[Pairing] = []
    begin = other = 0
    alike = yield from _alike(ours, theirs)
    for here, there in (*alike, (len(ours), len(theirs))):
        for at in range(begin, here):
            pairings.append(Pairing(Likeness.FIRST_ONLY, ours[at], None))
            if at % _PAUSE == 0:
                yield
        for at in range(other, there):
            pairings.append(Pairing(Likeness.SECOND_ONLY, None, theirs[at]))
            if at % _PAUSE == 0:
                yield
        if here < len(ours):
            one, another = ours[here], theirs[there]
            changes, other_changes = yield from changed_words(one, another)
            changed = Pairing(Likeness.CHANGED, one, another, tuple(changes), tuple(other_changes))
            pairings.append(changed)
        begin, other = here + 1, there + 1
        yield
    return pairings


def _alike(ours: list[Sentence], theirs: list[Sentence]) -> Steps[list[tuple[int, int]]]:
    """Return pairs of indices of sentences that share most of their words, rising on both sides."""
    if not ours or not theirs:
        return []
    if [s.key for s in ours] > [s.key for s in theirs]:  # as in `matches`
        return [(here, there) for there, here in (yield from _in_order(theirs, ours))]
    return (yield from _in_order(ours, theirs))


def _in_order(ours: list[Sentence], theirs: list[Sentence]) -> Steps[list[tuple[int, int]]]:
    words = yield from _words(ours)
    other_words = yield from _words(theirs)
    gaps = [(range(len(ours)), range(len(theirs)))]
    pairs: list[tuple[int, int]] = []
    if len(ours) * len(theirs) > _SMALL:
        pairs = yield from _sharing_rare_words(words, other_words)
        begins = [(-1, -1), *pairs]
        ends = [*pairs, (len(ours), len(theirs))]
        gaps = [
            (range(before + 1, here), range(before_there + 1, there))
            for (before, before_there), (here, there) in zip(begins, ends, strict=True)
        ]
    yield
    for here_range, there_range in gaps:
        if 0 < len(here_range) * len(there_range) <= _SMALL:
            pairs += _best(words, here_range, other_words, there_range)
            yield
    pairs.sort()
    return pairs


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a sentence in order, and each of them once."""

    kind: Kind
    in_order: tuple[str, ...]
    each: frozenset[str]

    def likeness(self, other: _Words) -> float:
        """Return the share of words that both have (Dice), 0 for what is not of one kind."""
        if self.kind is not other.kind:
            return 0.0
        total = len(self.each) + len(other.each)
        shared = 2 * len(self.each & other.each) / total if total else 1.0
        return shared if shared > _ALIKE else 0.0


def _words(sentences: list[Sentence]) -> Steps[list[_Words]]:
    read = []
    for sentence in sentences:
        words = tuple(_WORD.findall(sentence.text.lower()))
        read.append(_Words(sentence.kind, words, frozenset(words)))
        if len(read) % _READ == 0:
            yield
    return read


def _sharing_rare_words(ours: list[_Words], theirs: list[_Words]) -> Steps[list[tuple[int, int]]]:
    """Pair sentences of a long stretch by two words in a row that nothing else there has."""
    here = yield from _places(ours)
    there = yield from _places(theirs)
    votes: Counter[tuple[int, int]] = Counter()
    for number, (rare, places) in enumerate(here.items()):
        if len(places) == 1 and len(found := there.get(rare, ())) == 1:
            votes[next(iter(places)), next(iter(found))] += 1
        if number % _PAUSE == 0:
            yield
    best: dict[int, int] = {}
    taken: set[int] = set()
    # The most votes first; of as many, the earlier ones.
    for number, ((one, another), _) in enumerate(
        sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))
    ):
        if one not in best and another not in taken and ours[one].likeness(theirs[another]):
            best[one] = another
            taken.add(another)
        if number % _PAUSE == 0:
            yield
    return (yield from rising(sorted(best.items())))


def _places(sentences: list[_Words]) -> Steps[dict[tuple[str, str], set[int]]]:
    places: dict[tuple[str, str], set[int]] = defaultdict(set)
    for at, sentence in enumerate(sentences):
        for rare in zip(sentence.in_order, sentence.in_order[1:], strict=False):
            places[rare].add(at)
        if at % _READ == 0:
            yield
    return dict(places)


def _best(
    ours: Sequence[_Words], here: range, theirs: Sequence[_Words], there: range
) -> list[tuple[int, int]]:
    """Return the pairs of a short stretch that share the most words together."""
    width = len(there) + 1
    sums = [0.0] * (width * (len(here) + 1))
    shared = [0.0] * len(sums)
    for row in range(len(here) - 1, -1, -1):
        for column in range(width - 2, -1, -1):
            at = row * width + column
            shared[at] = ours[here[row]].likeness(theirs[there[column]])
            together = shared[at] + sums[at + width + 1] if shared[at] else 0.0
            sums[at] = max(together, sums[at + 1], sums[at + width])
    pairs = []
    row = column = 0
    while row < len(here) and column < len(there):
        at = row * width + column
        if shared[at] and sums[at] == shared[at] + sums[at + width + 1]:
            pairs.append((here[row], there[column]))
            row, column = row + 1, column + 1
        elif sums[at + width] >= sums[at + 1]:
            row += 1
        else:
            column += 1
    return pairs
