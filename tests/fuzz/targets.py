"""What has to be true of any input: each target takes bytes and raises where it is not.

The first byte says how long the pieces are that the input arrives in; the rest is the input.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import TypeVar

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from headwater.domain.blocks import BlockSplitter, split_blocks
from headwater.domain.citations import cited_ids, find_marks, split_sentences
from headwater.domain.cited_sentence import cited_sentences
from headwater.domain.formula import find_formulas, open_formula, without_formulas
from headwater.domain.passage_check import check_sentence
from headwater.domain.provider import DialectName
from headwater.domain.source import Source
from headwater.domain.text_fragment import text_fragment_url
from headwater.protocol.sse import SseDecoder, SseEvent
from headwater.ui.formula_setting import set_formula
from headwater.ui.inline_run import without_loose_end
from tests.protocol.recording import answer_of, decoder_for, events_of, seen_in
from tests.ui.test_answer_document import Page

LONGEST = 4096  # bytes of an input
_MOST_SECONDS = 2.0  # of processor time for one; a normal input takes some milliseconds
_SCHEMES = ("http://", "https://", "mailto:")
# Where any of these stands, a word may be an address, a name of an entity, TeX or a surplus cell.
_NOT_ONLY_WORDS = re.compile(r"[\[\]<&$\\|`~!]|://")
_WORD = re.compile(r"[A-Za-z]{2,}")
_Text = TypeVar("_Text", str, bytes)


def sse(data: bytes) -> None:
    """An event stream means the same however its bytes are cut."""
    size, stream = _cut(data)
    with _soon():
        whole = _sse_events([stream])
        assert _sse_events(_pieces(stream, size)) == whole


def dialect(name: DialectName, data: bytes) -> None:
    """So does a whole answer of a server, which always ends, and is complete for a reason."""
    size, stream = _cut(data)
    with _soon():
        whole = events_of(name, [stream])
        assert events_of(name, _pieces(stream, size)) == whole
        answer = answer_of(whole)
        assert not answer.is_running
        assert answer.status != "complete" or answer.text
        seen_in(answer)
        body = answer_of(decoder_for(name).decode_json(stream))
        # The body of an answer that is asked for again may go on; else it has ended.
        assert body.is_running or body.status
        for source in answer.sources:
            assert source.id
            source.url.encode("utf-8")
        answer.text.encode("utf-8")


def blocks(data: bytes) -> None:
    """The blocks of a text are the same however it arrives, and hold all of its words."""
    size, text = _cut_text(data)
    with _soon():
        whole = split_blocks(text)
        splitter = BlockSplitter()
        arrived = []
        for piece in _pieces(text, size):
            arrived += splitter.feed(piece)
            splitter.tail()
        arrived += splitter.finish()
        assert arrived == whole


def document(data: bytes) -> None:
    """An answer looks the same however it arrives; its links are harmless, its words all there."""
    size, text = _cut_text(data)
    _application()
    with _soon():
        whole = Page().write(text)
        page = Page()
        for end in range(0, len(text) + 1, size * max(1, len(text) // 256)):
            page.writer.write(text[:end], is_final=False)
        page.writer.write(text, is_final=True)
        assert page.look() == whole.look()
        assert all(link.startswith(_SCHEMES) for link in whole.links()), whole.links()
        shown = "".join(whole.texts()).replace("\u200b", "")
        if _NOT_ONLY_WORDS.search(text) is None:
            missing = [word for word in _WORD.findall(text) if word not in shown]
            assert not missing, missing


def citations(data: bytes) -> None:
    """Marks and sentences lie within the text, one behind the other."""
    _, text = _cut_text(data)
    sources = [Source(str(n), f"https://s{n}.example/", aliases=(f"web:{n}",)) for n in range(5)]
    with _soon():
        marks = [(mark.start, mark.end) for mark in find_marks(text)]
        _is_in_order(marks, len(text))
        _is_in_order(split_sentences(text, marks), len(text))
        for mark in find_marks(text):
            assert mark.ids
        known = {source.id for source in sources}
        assert set(cited_ids(text, sources)) <= known
        for sentence in cited_sentences(text):
            assert sentence.text.strip() == sentence.text


def formulas(data: bytes) -> None:
    """Formulas lie within the text, one behind the other, and setting one ends soon."""
    _, text = _cut_text(data)
    _application()
    with _soon():
        found = find_formulas(text)
        _is_in_order([(formula.start, formula.end) for formula in found], len(text))
        assert all(formula.tex in text for formula in found)
        without_formulas(text)
        open_formula(text)
        without_loose_end(text)
        for formula in found[:4]:
            if len(formula.tex) <= 300:
                set_formula(formula.tex, is_display=formula.is_display)


def passages(data: bytes) -> None:
    """Any sentence can be compared with any passage, and any passage be looked for."""
    _, text = _cut_text(data)
    sentence, _, passage = text.partition("\0")
    source = Source("1", "https://one.example/", "", passage)
    with _soon():
        check = check_sentence(sentence, [source])
        assert check.outcome
        text_fragment_url(source.url, passage, sentence)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "sse": sse,
    **{f"dialect_{name.value}": partial(dialect, name) for name in DialectName},
    "blocks": blocks,
    "document": document,
    "citations": citations,
    "formulas": formulas,
    "passages": passages,
}


@contextmanager
def _soon() -> Iterator[None]:
    began = time.thread_time()
    yield
    taken = time.thread_time() - began
    assert taken < _MOST_SECONDS, f"{taken:.1f} s"


def _cut(data: bytes) -> tuple[int, bytes]:
    return 1 + (data[0] if data else 0) % 64, data[1:LONGEST]


def _cut_text(data: bytes) -> tuple[int, str]:
    """Return text as a decoder would hand it over; it has halves of characters now and then."""
    size, stream = _cut(data)
    if size % 8:
        return size, stream.decode("utf-8", "replace")
    return size, stream.decode("utf-16-le", "surrogatepass" if len(stream) % 2 == 0 else "replace")


def _pieces(whole: _Text, size: int) -> list[_Text]:
    return [whole[at : at + size] for at in range(0, len(whole), size)]


def _sse_events(reads: list[bytes]) -> list[SseEvent]:
    decoder = SseDecoder()
    events = [event for read in reads for event in decoder.feed(read)]
    return [*events, *decoder.finish()]


def _is_in_order(spans: list[tuple[int, int]], length: int) -> None:
    end = 0
    for start, stop in spans:
        assert end <= start <= stop <= length, spans
        end = stop


@lru_cache(maxsize=1)
def _application() -> object:
    return QGuiApplication.instance() or QApplication([])
