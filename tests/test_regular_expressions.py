"""No text makes a regular expression take long: all are tried with what is hard (S30)."""

from __future__ import annotations

import re
import time
from functools import cache

import pytest

from tests.hostile_repetition import hostile_texts
from tests.pattern_census import Found, all_patterns

# Whoever adds one lists it: a text of any length may reach it.
_LISTED = {
    "adapters/archive_backup.py": "_NAME",
    "adapters/crash_file.py": "_KEY_LIKE",
    "adapters/demo_recording.py": "_PIECE _CODE_OR_MARK",
    "adapters/desktop_file.py": "_RESERVED _quoted _first_argument _first_argument#2",
    "adapters/shortcut_portal.py": "_SESSION_HANDLE",
    "cli.py": "_CONTROLS",
    "domain/address.py": "_NAME",
    "domain/answer_comparison.py": "_TOKEN _CODE_TOKEN _WORD",
    "domain/answer_sentence.py": "_SPECIAL _STAND_IN _LINK _MARKUP",
    "domain/attachment.py": "_NO_TEXT clean_name",
    "domain/blocks.py": (
        "_LINE_END _ANY_LINE_END _HEADING _RULE _UNDERLINE _FENCE _NOTE _BULLET _NUMBER "
        "_MAY_BEGIN_FORMULA _UNDECIDED _UNDECIDED_FENCE"
    ),
    "domain/citations.py": "_MARK _PLAIN_MARK _LINE_BEGIN _BACKTICKS _LINK _SENTENCE_END",
    "domain/cited_sentence.py": "_LINK_TEXT _MARKUP",
    "domain/code_span.py": "_BACKTICKS",
    "domain/formula.py": "_SIGN _NUMBER _SUM_OF_MONEY",
    "domain/hidden_text.py": "_HIDDEN",
    "domain/language.py": "_BOUND_PHRASE",
    "domain/line_cursor.py": "_SPACES",
    "domain/open_block.py": "FORMULA_START _FORMULA_END _FORMULA_END#2 _BEHIND_FORMULA",
    "domain/page_address.py": "_TRACKING _ESCAPE _UNRESERVED",
    "domain/passage_check.py": "_IDEOGRAPHS",
    "domain/quantity.py": (
        "_NUMBER _YEARS _THREES _WORD_AFTER _MONEY_BEFORE _DATE _DAY_MONTH _SENSE _LETTERS "
        "_HEDGE _YEAR _readings _readings#2 _readings#3 _readings#4 _step_of"
    ),
    "domain/release.py": "_VERSION _REPOSITORY",
    "domain/seam.py": "_FENCE _DELIMITER_ROW _ITEM _BLOCK _WORD _unspaced",
    "domain/source_order.py": "_NUMBER _DATE",
    "domain/table_row.py": "_DELIMITER _DELIMITER_CELL",
    "domain/text_direction.py": "_FROM_RIGHT",
    "domain/text_fragment.py": (
        "_UNSAFE_URL _GAP _MARKUP _SENTENCE_END _SENTENCE_GAP _CJK_CLAUSE _FIRST_WORD "
        "_LAST_WORD _HAS_CJK"
    ),
    "domain/text_guard.py": (
        "_FORBIDDEN _FORBIDDEN_SEEN _OVERRIDES _SPACE_RUN _UNUSUAL _TAGS _LINES _LONG_WORD "
        "_SURROGATE_PAIR"
    ),
    "domain/text_piece.py": "_SENTENCE_END",
    "domain/text_reading.py": (
        "_WORD _IS_CJK _SENTENCE_END _CLAUSE_END _QUOTATION _QUOTED_WORD _SHORT_NOT "
        "_CJK_DENIAL _KATAKANA _NO_TERM_CJK _ARABIC_ARTICLE"
    ),
    "domain/transcript.py": "_UNSAFE _escaped _markdown_source",
    "domain/unmarked.py": "_LINE",
    "domain/whole_term.py": "_WORD _FOREIGN _NUMBER_BEHIND",
    "export/bibtex.py": "_SPECIAL _is_balanced",
    "export/excerpt.py": "_NOT_IN_A_NAME",
    "export/inline_text.py": "_MARKUP _BARE_LINK",
    "export/json_text.py": "_ESCAPED",
    "export/link.py": "_LOOKS_LIKE_HOST _HOST _LONE_PERCENT _MAIL",
    "export/markdown_file.py": "_ESCAPED _BLOCK_START _LANGUAGE _code_span _fenced",
    "export/reference.py": "_DATE _free_key",
    "protocol/event_decoder.py": "_FIELD",
    "protocol/refusal.py": (
        "_NO_CREDIT _BAD_KEY _TOO_LONG _UNKNOWN_MODEL _TOO_FAST _OVERLOADED _UNREADABLE "
        "_status _seconds _limit_reset"
    ),
    "protocol/repeated_value.py": "_KEY",
    "protocol/wire_attachment.py": "_fenced",
    "protocol/wire_date.py": "_ISO",
    "ui/answer_search.py": "_CHIP",
    "ui/answer_span.py": "_ASTRAL",
    "ui/block_run.py": "_NOTE",
    "ui/formula_setting.py": (
        "_NESTING _DEFINES _MARKUP _OUTLINE _REWRITTEN _REWRITTEN#2 _REWRITTEN#3 _REWRITTEN#4 "
        "_REWRITTEN#5 _REWRITTEN#6 _REWRITTEN#7 _REWRITTEN#8 _REWRITTEN#9 _mathml"
    ),
    "ui/inline_run.py": (
        "_MARKUP _NUMBERED _SIMPLE _BRACKET_OVER_LINES _BARE_LINK _OPEN_LINK _OPEN_MARK"
    ),
    "ui/link.py": "_LOOKS_LIKE_HOST",
    "ui/mark_sentence.py": "_SPACES _SPACE_BEFORE_END",
    "ui/plain_text.py": "_SPACES _WORD",
    "ui/selected_markdown.py": "_SPECIAL _AT_START _NUMBER _code_span _fenced",
    "ui/table_text.py": "_FORMULA _markdown_row",
}
# The demo looks for words of its own, which it knows only then.
_OURS = ("adapters/demo_recording.py:_mentions",)

_SHORT = (12, 18, 24)
_LENGTH = 10_000
# Ten times the length takes at most a hundred times as long, also if it grows with the square:
# what stays below takes less than 0.1 s for 100,000 characters.
_CERTAINLY_QUICK = 0.001


@cache
def _found() -> dict[str, Found]:
    return {found.place: found for found in all_patterns()}


def _seconds(found: Found, text: str, times: int = 1) -> float:
    """Return the processor time of this thread, the least of several."""
    best = 1e9
    for _ in range(times):
        began = time.thread_time()
        found.apply(text)
        best = min(best, time.thread_time() - began)
    return best


def _is_slow(found: Found, number: int, length: int) -> bool:
    """Whether time grows faster than a hostile text, that with `number`, does.

    Four times the text takes four times as long, or sixteen times if it is the square. It is
    measured again before it is believed.
    """
    assert found.pattern is not None
    short, long = (list(hostile_texts(found.pattern, n))[number] for n in (length, 4 * length))
    for _ in range(3):
        once = _seconds(found, short, 3)
        if once > _CERTAINLY_QUICK and length in _SHORT:
            return True  # as slow as this it doubles with each character
        if once <= _CERTAINLY_QUICK or _seconds(found, long, 3) < 9 * once:
            return False
    return True


def _hard_for(found: Found, longest: int = _LENGTH) -> str:
    """Return the beginning of a text that takes `found` too long, if there is one."""
    assert found.pattern is not None
    for length in (*_SHORT, 500, longest):  # what is hard already might never end if it is longer
        for number, text in enumerate(hostile_texts(found.pattern, length)):
            if _seconds(found, text) > _CERTAINLY_QUICK and _is_slow(found, number, length):
                return text[:40]
    return ""


def test_that_S30_every_regular_expression_is_listed() -> None:
    listed = {f"{module}:{n}" for module, names in _LISTED.items() for n in names.split()}
    assert {*listed, *_OURS} == set(_found())


@pytest.mark.parametrize("module", _LISTED)
def test_that_S30_no_text_makes_a_regular_expression_take_long(module: str) -> None:
    named = {name: _found()[f"{module}:{name}"] for name in _LISTED[module].split()}
    assert {name: hard for name, found in named.items() if (hard := _hard_for(found))} == {}


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+b", r"\s+x", r"\[[^\]]*\]", r"a.*b", r"\w+(?:-\w+)*@"],
)
def test_that_S30_what_is_known_to_be_slow_is_found(pattern: str) -> None:
    assert _hard_for(Found("here", re.compile(pattern), is_anchored=False), 2000)
