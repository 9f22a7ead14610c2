"""When code is coloured, and that it ends with the same colours however it came."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pygments.lexer import Lexer
from pygments.token import Keyword, Text, _TokenType
from PySide6.QtGui import QTextBlock
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Streaming
from headwater.ui import code_highlight
from headwater.ui.theme import LIGHT
from tests.ui.answer_stage import Stage, answer_stage, turn

PYTHON = '''import os


def f(x):
    """A docstring
    that goes on: def class 42

    to here."""
    return [x, "a", 1]


TEXT = """
if not code
"""
'''
CODES = {
    "python": PYTHON,
    "c": "/* a\n   long int\n*/\nint main(void) {\n  return 0; // end\n}\n\n#define X 1\n",
    "html": '<p class="a">if</p>\n<script>\nvar a = 1;\nif (a) {\n  b();\n}\n</script>\n'
    "<!-- x\ny -->\n",
    "js": "const a = `one\n${b}\nif 3`;\n\n\nfunction g() { return /x/; }\n",
    "bash": 'cat <<EOF\nif then 1\nEOF\necho "two\nlines"\n',
    "nonsense": "def f(): 1\n",
}


@pytest.fixture
def stage(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(code_highlight, "_PAUSE", 0)
    yield from answer_stage(qapp)


def lines(stage: Stage) -> Iterator[QTextBlock]:
    block = stage.view.document().begin()
    while block.isValid():
        yield block
        block = block.next()


def colours(stage: Stage) -> list[tuple[str, list[tuple[int, int, str]]]]:
    """Each block that is coloured: where, how far and in which colour."""
    return [
        (
            block.text(),
            [
                (found.start, found.length, found.format.foreground().color().name())
                for found in block.layout().formats()
            ],
        )
        for block in lines(stage)
        if block.layout().formats()
    ]


def _sizes_of_readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many characters each reading of growing code goes through from now on."""
    read: list[int] = []
    plain = code_highlight._read

    def noted(lexer: Lexer, lines: list[str]) -> object:
        read.append(sum(map(len, lines)))
        return plain(lexer, lines)

    monkeypatch.setattr(code_highlight, "_read", noted)
    return read


def names_in(stage: Stage, text: str) -> set[str]:
    return {colour for line, found in colours(stage) if text in line for _, _, colour in found}


def test_that_a_line_is_coloured_once_it_is_complete(stage: Stage) -> None:
    code = "```python\ndef f():\n    return 'x'"
    stage.show(turn(code, Streaming()))
    assert names_in(stage, "def f") == {LIGHT.syntax_keyword.name()}
    assert not names_in(stage, "return")
    stage.show(turn(code + "\n", Streaming()))
    assert names_in(stage, "return") == {LIGHT.syntax_keyword.name(), LIGHT.syntax_string.name()}


def test_that_what_is_within_an_open_docstring_is_no_code(stage: Stage) -> None:
    open_ = PYTHON.partition("to here")[0]
    stage.stream("```python\n" + open_, 20)
    assert names_in(stage, "goes on") == {LIGHT.syntax_string.name()}


def test_that_lines_of_a_long_docstring_are_not_read_as_if_they_were_code(stage: Stage) -> None:
    stage.stream('```python\nx = """\n' + "class for if\n" * 30, 13)
    assert names_in(stage, "class") == {LIGHT.syntax_string.name()}


def test_that_a_docstring_without_end_is_not_read_again_and_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = _sizes_of_readings(monkeypatch)
    text = '```python\nx = """\n' + "class for if\n" * 3000
    stage.stream(text, 130)
    assert sum(read) < 15 * len(text)
    stage.show(turn(text + '"""\n```\n'))
    assert names_in(stage, "class") == {LIGHT.syntax_string.name()}


class _Moody(Lexer):
    """Takes every word for a keyword until the code has an end, and then for none."""

    name = "Moody"

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        kind = Text if "END" in text else Keyword
        yield 0, kind, text + "\n\none more line than there was"


def test_that_colours_that_prove_wrong_at_the_end_go_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_highlight, "_lexer", lambda _: _Moody())
    stage.show(turn("```moody\none\n", Streaming()))
    assert names_in(stage, "one") == {LIGHT.syntax_keyword.name()}
    stage.show(turn("```moody\none\nEND\n```\n\nAfter."))
    assert colours(stage) == []


def test_that_code_of_no_known_language_stays_plain(stage: Stage) -> None:
    stage.stream("```nonsense\ndef f(): 1\n```\n\n```\nclass 1\n```\n", 9)
    assert colours(stage) == []


@pytest.mark.qt_no_exception_capture
@given(language=st.sampled_from(sorted(CODES)), step=st.integers(1, 60), cut=st.integers(0, 10**6))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_that_streamed_code_ends_with_the_colours_of_code_that_came_at_once(
    stage: Stage, language: str, step: int, cut: int
) -> None:
    code = CODES[language] * 3
    text = f"```{language}\n{code[cut % len(code) :]}```\n\nEnd."
    stage.show(turn(""), conversation=f"streamed {language} {step} {cut}")
    stage.stream(text, step)
    stage.show(turn(text))
    streamed = colours(stage)
    stage.show(turn(text), conversation=f"whole {language} {step} {cut}")
    assert streamed == colours(stage)


def test_that_S28_endless_code_is_coloured_as_far_as_it_is_read(stage: Stage) -> None:
    text = "```python\n" + "value = 'some text'  # and more\n" * 2400 + "```\n"
    stage.stream(text, 5000)
    stage.show(turn(text))
    streamed = len(colours(stage))
    stage.show(turn(text), conversation="whole")
    assert streamed == len(colours(stage)) == code_highlight._MOST // 32


def test_that_a_line_without_end_ends_the_colours(stage: Stage) -> None:
    text = "```python\nx = 1\n" + "y" * 3000 + " = 2\nz = 3\n```\n"
    stage.stream(text, 400)
    streamed = colours(stage)
    stage.show(turn(text), conversation="whole")
    assert streamed == colours(stage)
    assert [line for line, _ in streamed] == ["x = 1"]


def test_that_growing_code_is_not_read_again_from_its_beginning(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = _sizes_of_readings(monkeypatch)
    code = "".join(f"def function_{n}(x):\n    return x + {n}\n" for n in range(200))
    stage.stream("```python\n" + code, 60)
    assert sum(read) < 10 * len(code)
    assert len(colours(stage)) == code.count("\n")


def test_that_reading_pauses_while_much_arrives(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_highlight, "_PAUSE", 3_600_000)
    code = "```python\nx = 1\n"
    stage.view.show_path("c", (turn(code, Streaming()),))
    stage.clock._tick()
    stage.view.show_path("c", (turn(code + "y = 2\n", Streaming()),))
    stage.clock._tick()
    assert [line for line, _ in colours(stage)] == ["x = 1"]
    stage.show(turn(code + "y = 2\n```\n"))
    assert [line for line, _ in colours(stage)] == ["x = 1", "y = 2"]
