"""Compares a sentence with the passages that the server returned for the sources it cites.

It compares words, never what they mean, and says no more than that: that everything which can be
compared stands in the passage, or what does not. Whether either is true, it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from headwater.domain.citations import sources_by_id
from headwater.domain.language import script_of
from headwater.domain.quantity import Quantity
from headwater.domain.source import Source
from headwater.domain.text_reading import TextReading, Turn, quotable, read_text
from headwater.domain.whole_term import name_spans, whole

LONGEST_SENTENCE = 2_000  # characters
LONGEST_PASSAGE = 20_000
_MOST_NUMBERS = 16  # of a sentence that are looked for
_MOST_PASSAGE_NUMBERS = 1_000
_MOST_SENTENCES = 3  # of a passage that are shown as the stretch that fits best
_FEWEST_WORDS = 5  # of a passage that can be told anything from
_FEWEST_CJK = 12  # characters of one
_SHARE = 0.5  # of a sentence's words that a passage must have
_SHARE_WITH_FACTS = 0.34  # where two numbers, dates or names are there as well
_POOR_SHARE = 0.25  # below it, nothing of the kind is there in other words either
_SHORTEST_QUOTATION = 3  # words
_IDEOGRAPHS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]{3,}")
_SHORTEST_STRANGE = 3
_SMALL_NUMBER_WORD = 2  # "the two of them" is about no number


_OTHER_WORDS = "If the passage says it, then in other words."
_TOO_LONG = "The passage is too long to read it all."


class Outcome(StrEnum):
    """What may be said of a sentence, in the words to say it with."""

    FOUND = "found in the passage"
    NOT_FOUND = "not in the passage shown"
    CANNOT_TELL = "cannot tell"


class Aspect(StrEnum):
    """What kind of thing was compared."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    WORD = "word"
    QUOTATION = "quotation"
    DENIAL = "denial"
    COMPARISON = "comparison"


@dataclass(frozen=True, slots=True)
class Missing:
    """What the passage does not have, at `sentence[start:end]`."""

    aspect: Aspect
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class PassageCheck:
    """What the passage of one source says of a sentence.

    `snippet[start:end]` is the stretch of it that has most of the sentence, empty if nothing fits.
    `reason` says why it cannot be told; what is missing is named then as well, where it is known.
    """

    source_id: str
    outcome: Outcome
    missing: tuple[Missing, ...] = ()
    start: int = 0
    end: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SentenceCheck:
    """What the passages of all the sources that a sentence cites say of it together.

    `held_by` are the ids of the sources whose passages have it, each alone or all together.
    """

    outcome: Outcome
    passages: tuple[PassageCheck, ...]
    missing: tuple[Missing, ...] = ()
    held_by: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Fact:
    """A thing to look for; a strict one has to be there, the others in a good share."""

    aspect: Aspect
    start: int
    end: int
    is_strict: bool


class _Passage:
    """A snippet that was read, with what is looked up in it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.is_cut = len(source.snippet) > LONGEST_PASSAGE
        self.reading = read_text(source.snippet[:LONGEST_PASSAGE])
        self.script = script_of(self.reading.text)
        self.places: dict[str, list[int]] = {}
        for term in self.reading.terms:
            self.places.setdefault(term.key, []).append(self.reading.sentence_at(term.start))
        # The title was returned with the passage and often names what the passage calls "it".
        title = read_text(source.title[:500])
        self.title_keys = {term.key for term in title.terms}
        self.words = self.reading.words | title.words
        self.denied = {term.key for term in self.reading.terms if term.is_denied}
        self.plain = {term.key for term in self.reading.terms if not term.is_denied}
        years = [
            Quantity(date.start, date.end, (float(date.year),))
            for date in self.reading.dates
            if date.year
        ]
        self.numbers = (*self.reading.quantities[:_MOST_PASSAGE_NUMBERS], *years)

    @cached_property
    def quotable(self) -> str:
        return quotable(self.reading.text)

    @cached_property
    def short_words(self) -> frozenset[str]:
        """The words without up to two letters of their ends, to find names that are inflected."""
        return frozenset(
            word[: len(word) - cut] for word in self.words for cut in (1, 2) if len(word) - cut >= 4
        )

    @property
    def unfit(self) -> str:
        """Why nothing can be told from it; empty if it can."""
        if not self.reading.text.strip():
            return "The source came without a passage."
        is_short = (
            sum(c.isalpha() for c in self.reading.text[:100]) < _FEWEST_CJK
            if self.script == "cjk"
            else len(self.reading.text.split(maxsplit=_FEWEST_WORDS)) < _FEWEST_WORDS
        )
        return "The passage is too short." if is_short else ""


class PassageChecker:
    """Checks the sentences of one answer; each passage is read once, when it is first needed."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = sources_by_id(sources)
        self._passages: dict[str, _Passage] = {}

    def check(self, sentence: str, source_ids: Sequence[str]) -> SentenceCheck:
        """Compare `sentence`, plain text without marks, with the passages of these sources.

        Ids that no source has are left out.
        """
        known = {
            self._sources[source_id].id: None
            for source_id in source_ids
            if source_id in self._sources
        }
        passages = [self._passage(source_id) for source_id in known]
        if not passages:
            return SentenceCheck(Outcome.CANNOT_TELL, (), reason="The source is not known.")
        if len(sentence) > LONGEST_SENTENCE:
            return _all_unfit(passages, "The sentence is too long.")
        claim = _Claim(sentence)
        if not claim.has_content:
            return _all_unfit(passages, "The sentence has nothing to compare.")
        return claim.against(passages)

    def to_read(self, source_ids: Iterable[str]) -> dict[str, int]:
        """Return which of these sources are not read yet, each with its characters to read."""
        found = (self._sources[source_id] for source_id in source_ids if source_id in self._sources)
        return {
            source.id: min(len(source.snippet), LONGEST_PASSAGE)
            for source in found
            if source.id not in self._passages
        }

    def read(self, source_id: str) -> None:
        """Read the passage of a source now, so that a check that needs several is quick."""
        self._passage(source_id)

    def _passage(self, source_id: str) -> _Passage:
        passage = self._passages.get(source_id)
        if passage is None:
            passage = self._passages[source_id] = _Passage(self._sources[source_id])
        return passage


def check_sentence(sentence: str, sources: Sequence[Source]) -> SentenceCheck:
    """Compare one sentence with the passages of all `sources`; see `PassageChecker`."""
    return PassageChecker(sources).check(sentence, [source.id for source in sources])


def _all_unfit(passages: Sequence[_Passage], reason: str) -> SentenceCheck:
    checks = tuple(
        PassageCheck(passage.source.id, Outcome.CANNOT_TELL, reason=reason) for passage in passages
    )
    return SentenceCheck(Outcome.CANNOT_TELL, checks, reason=reason)


@dataclass(frozen=True, slots=True)
class _Finding:
    """Which facts a passage has, by number, and what it says the other way round."""

    held: frozenset[int]
    turned: tuple[Missing, ...]
    start: int
    end: int


class _Claim:
    """A sentence, with what has to be looked for."""

    def __init__(self, sentence: str) -> None:
        self.reading = read_text(sentence)
        self.script = script_of(sentence)
        self.keys = {term.key for term in self.reading.terms}
        self.denied = {term.key for term in self.reading.terms if term.is_denied}
        reading = self.reading
        self.numbers = reading.quantities[:_MOST_NUMBERS]
        self.dates = reading.dates[:_MOST_NUMBERS]
        self.quotations = tuple(
            quotation
            for quotation in reading.quotations
            if quotation.words.count(" ") > _SHORTEST_QUOTATION
        )
        self.terms = tuple({term.key: term for term in reversed(reading.terms)}.values())[::-1]
        self.facts = (
            *(
                _Fact(
                    Aspect.NUMBER,
                    n.start,
                    n.end,
                    not (n.is_word and n.values[0] <= _SMALL_NUMBER_WORD),
                )
                for n in self.numbers
            ),
            *(_Fact(Aspect.DATE, date.start, date.end, is_strict=True) for date in self.dates),
            *(_Fact(Aspect.QUOTATION, q.start, q.end, is_strict=True) for q in self.quotations),
            *(
                _Fact(
                    Aspect.NAME if term.is_name else Aspect.WORD,
                    term.start,
                    term.end,
                    term.is_name,
                )
                for term in self.terms
            ),
        )

    @property
    def has_content(self) -> bool:
        return len(self.facts) > 1

    def against(self, passages: Sequence[_Passage]) -> SentenceCheck:
        checks: list[PassageCheck] = []
        findings: list[_Finding] = []
        for passage in passages:
            reason = passage.unfit or self._stranger(passage)
            if reason:
                checks.append(PassageCheck(passage.source.id, Outcome.CANNOT_TELL, reason=reason))
                continue
            finding = self._look_in(passage)
            findings.append(finding)
            outcome, missing = self._judged(finding.held, finding.turned)
            reason = _OTHER_WORDS if outcome is Outcome.CANNOT_TELL else ""
            if missing and passage.is_cut:
                outcome, reason = Outcome.CANNOT_TELL, _TOO_LONG
            checks.append(
                PassageCheck(
                    passage.source.id, outcome, missing, finding.start, finding.end, reason
                )
            )
        return self._together(checks, findings)

    def _together(
        self, checks: Sequence[PassageCheck], findings: Sequence[_Finding]
    ) -> SentenceCheck:
        alone = tuple(check.source_id for check in checks if check.outcome is Outcome.FOUND)
        if alone:
            return SentenceCheck(Outcome.FOUND, tuple(checks), held_by=alone)
        if not findings:
            return SentenceCheck(Outcome.CANNOT_TELL, tuple(checks), reason=checks[0].reason)
        held = frozenset[int]().union(*(finding.held for finding in findings))
        turned = tuple({turn: None for finding in findings for turn in finding.turned})
        outcome, missing = self._judged(held, turned)
        if outcome is Outcome.FOUND:
            ids = tuple(check.source_id for check in checks if check.end > check.start)
            return SentenceCheck(Outcome.FOUND, tuple(checks), held_by=ids)
        # What could not be read may have it.
        unread = [check.reason for check in checks if check.reason not in ("", _OTHER_WORDS)]
        if outcome is Outcome.CANNOT_TELL:
            unread.append(_OTHER_WORDS)
        if unread:
            return SentenceCheck(Outcome.CANNOT_TELL, tuple(checks), missing, reason=unread[0])
        return SentenceCheck(Outcome.NOT_FOUND, tuple(checks), missing)

    def _stranger(self, passage: _Passage) -> str:
        mine, its = self.reading.language, passage.reading.language
        if self.script != passage.script and self.script and passage.script:
            return "The passage is in another script."
        if mine and its and mine != its and {mine, its} != {"zh", "ja"}:
            return "The passage is in another language."
        return ""

    def _judged(
        self, held: frozenset[int], turned: tuple[Missing, ...]
    ) -> tuple[Outcome, tuple[Missing, ...]]:
        """Return the outcome and what is missing, where these facts are there.

        A number or a name is there or it is not; the same thing may be said in other words.
        """
        strict = [n for n, fact in enumerate(self.facts) if fact.is_strict]
        lacking = [n for n in strict if n not in held]
        words = [
            n for n, fact in enumerate(self.facts) if fact.aspect in (Aspect.WORD, Aspect.NAME)
        ]
        has_facts = len(strict) > 1 and not lacking
        share = sum(n in held for n in words) / len(words) if words else 1.0
        outcome = Outcome.NOT_FOUND if lacking or turned else Outcome.FOUND
        if share < (_SHARE_WITH_FACTS if has_facts else _SHARE):
            lacking += [n for n in words if n not in held and n not in lacking]
            if outcome is Outcome.FOUND:
                outcome = Outcome.NOT_FOUND if share < _POOR_SHARE else Outcome.CANNOT_TELL
        facts = [self.facts[n] for n in lacking]
        found = [self._as_missing(fact.aspect, fact.start, fact.end) for fact in facts]
        return outcome, self._in_whole_terms((*found, *turned))

    def _in_whole_terms(self, missing: Iterable[Missing]) -> tuple[Missing, ...]:
        """Return what is missing as it stands in the sentence, in order: names and runs of words.

        What stands within a name that is missing is not missing besides.
        """
        named: list[tuple[int, int]] = []
        words: list[tuple[int, int]] = []
        others: list[Missing] = []
        for one in missing:
            span = (one.start, one.end)
            if one.aspect is Aspect.NAME or (one.aspect is Aspect.WORD and self._is_named(span)):
                named.append(span)
            elif one.aspect is Aspect.WORD:
                words.append(span)
            else:
                others.append(one)
        text = self.reading.text
        names = list(whole(text, named, self.names))
        words = list(whole(text, _apart_from(names, words), ()))
        terms = [self._as_missing(Aspect.NAME, *span) for span in names]
        terms += [self._as_missing(Aspect.WORD, *span) for span in words]
        terms += [o for o in others if not any(n[0] <= o.start and o.end <= n[1] for n in names)]
        return tuple(sorted(terms, key=lambda term: term.start))

    def _is_named(self, span: tuple[int, int]) -> bool:
        return any(start <= span[0] and span[1] <= end for start, end in self.names)

    @cached_property
    def names(self) -> tuple[tuple[int, int], ...]:
        return tuple(name_spans(self.reading.text, self.reading.language))

    def _look_in(self, passage: _Passage) -> _Finding:
        """Return what of the sentence stands in `passage`, and the stretch that has most of it."""
        places: dict[int, set[int]] = {}  # facts by the sentences of the passage that have them
        turned: list[Missing] = []
        held: set[int] = set()
        first_term = len(self.facts) - len(self.terms)
        for n, term in enumerate(self.terms, first_term):
            if term.is_name and not self._has_name(term.word, passage):
                continue
            where = passage.places.get(term.key, [])
            if where or term.is_name or term.key in passage.title_keys:
                held.add(n)
            for sentence in where:
                places.setdefault(sentence, set()).add(n)
        related = {near for at in places for near in (at - 1, at, at + 1)}
        if len(passage.reading.sentences) <= _MOST_SENTENCES:
            related.update(range(_MOST_SENTENCES))
        for n, number in enumerate(self.numbers):
            same = [
                other
                for other in passage.numbers
                if number.is_in(other) and passage.reading.sentence_at(other.start) in related
            ]
            if same:
                held.add(n)
                for other in same:
                    at = passage.reading.sentence_at(other.start)
                    places.setdefault(at, set()).add(n)
                if number.sense and all(other.sense == -number.sense for other in same):
                    turned.append(self._as_missing(Aspect.COMPARISON, number.start, number.end))
        for n, date in enumerate(self.dates, len(self.numbers)):
            for known in passage.reading.dates[:_MOST_PASSAGE_NUMBERS]:
                if date.is_in(known):
                    held.add(n)
                    at = passage.reading.sentence_at(known.start)
                    places.setdefault(at, set()).add(n)
        for n, quotation in enumerate(self.quotations, len(self.numbers) + len(self.dates)):
            if quotation.words in passage.quotable:
                held.add(n)
        start, end = _stretch(places, passage.reading)
        turned += self._denials_turned(passage, start, end)
        turned += self._directions_turned(passage)
        turned += self._strange_runs(passage)
        return _Finding(frozenset(held), tuple(turned), start, end)

    def _has_name(self, word: str, passage: _Passage) -> bool:
        words, short = passage.words, passage.short_words
        if word in words or word in short or word in passage.places:
            return True
        shorter = [word[: len(word) - cut] for cut in (1, 2) if len(word) - cut >= 4]
        if any(piece in words for piece in shorter):
            return True
        return self.reading.language == "ru" and any(piece in short for piece in shorter)

    def _as_missing(self, aspect: Aspect, start: int, end: int) -> Missing:
        return Missing(aspect, start, end, self.reading.text[start:end])

    def _denials_turned(self, passage: _Passage, start: int, end: int) -> list[Missing]:
        """Return where one text denies what the other says without a "not"."""
        turned: list[Missing] = []
        for denial in self.reading.denials:
            shared = denial.keys & passage.places.keys()
            if shared and not shared & passage.denied:
                turned.append(self._as_missing(Aspect.DENIAL, denial.start, denial.end))
        for denial in passage.reading.denials:
            if not start <= denial.start < end:
                continue
            shared = denial.keys & self.keys
            if (
                len(shared) >= min(2, len(denial.keys)) > 0
                and not shared & self.denied
                and 2 * len(shared - passage.plain) >= len(shared)
            ):
                term = next(term for term in self.terms if term.key in shared)
                turned.append(self._as_missing(Aspect.DENIAL, term.start, term.end))
        return turned

    def _strange_runs(self, passage: _Passage) -> list[Missing]:
        """Return runs of characters that the passage has none of: mostly names, without spaces."""
        if self.script != "cjk":
            return []
        known = set(passage.reading.text)
        return [
            self._as_missing(Aspect.NAME, *span)
            for run in _IDEOGRAPHS.finditer(self.reading.text)
            for span in _runs_without(run.group(), run.start(), known)
        ]

    def _directions_turned(self, passage: _Passage) -> list[Missing]:
        """Return the words such as "more" where the passage says "less" of the same things."""
        return [
            self._as_missing(Aspect.COMPARISON, turn.start, turn.end)
            for turn in self.reading.directions
            if _is_opposed(turn, passage.reading.directions)
        ]


def _apart_from(
    names: Sequence[tuple[int, int]], spans: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield the spans that have nothing in common with a name."""
    for start, end in spans:
        if not any(first < end and start < last for first, last in names):
            yield start, end


def _runs_without(text: str, at: int, known: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield start and end, counted from `at`, of runs of characters that are not `known`."""
    begin = 0
    for n, character in enumerate((*text, "")):
        if n == len(text) or character in known:
            if n - begin >= _SHORTEST_STRANGE:
                yield at + begin, at + n
            begin = n + 1


def _is_opposed(turn: Turn, others: Sequence[Turn]) -> bool:
    best, senses = 1, set[int]()
    for other in others:
        shared = len(turn.keys & other.keys)
        if shared > best:
            best, senses = shared, {other.sense}
        elif shared == best:
            senses.add(other.sense)
    return senses == {-turn.sense}


def _stretch(places: dict[int, set[int]], reading: TextReading) -> tuple[int, int]:
    """Return start and end of the few neighbouring sentences that have most facts, fewest first."""
    best, most = (0, 0), (0, 0)
    for first in sorted(places):
        facts: set[int] = set()
        for last in range(first, min(first + _MOST_SENTENCES, len(reading.sentences))):
            facts |= places.get(last, set())
            worth = len(facts), first - last
            if worth > most:
                most = worth
                best = reading.sentences[first][0], reading.sentences[last][1]
    return best
