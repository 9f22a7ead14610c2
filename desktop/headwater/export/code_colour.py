"""Which parts of a code are keywords, strings, numbers or comments; Pygments does the reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from headwater.domain.block import Kind
from headwater.export.leaf import leaves

if TYPE_CHECKING:
    from pygments.lexer import Lexer

_MOST = 64 * 1024  # characters; longer code stays plain
_LONGEST_LINE = 2000
_CLASSES = (
    ("Comment", "c"),
    ("Keyword", "k"),
    ("Operator.Word", "k"),
    ("Literal.String", "s"),
    ("Literal.Number", "n"),
)


def coloured_code(code: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield the code in pieces, each with k, s, n, c or nothing; together they are the code."""
    lexer = _lexer(language) if language and len(code) <= _MOST else None
    if lexer is None or any(len(line) > _LONGEST_LINE for line in code.split("\n")):
        yield code, ""
        return
    for _, kind, piece in lexer.get_tokens_unprocessed(code):
        name = str(kind).removeprefix("Token.")
        yield piece, next((short for start, short in _CLASSES if name.startswith(start)), "")


def load_languages(texts: Iterable[str]) -> None:
    """Load what reads the code in these Markdown texts, which takes its time the first time."""
    for text in texts:
        for block in leaves(text):
            if block.kind is Kind.CODE and block.info:
                _lexer(block.info)


@lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    # Imported late: most answers have no code.
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None
