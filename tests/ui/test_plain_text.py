"""Foreign text on labels and in boxes can do nothing but be read."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from headwater.ui.plain_text import LONGEST_RUN, breakable, one_line, paragraph


@given(st.text())
def test_that_one_line_is_one_short_printable_line(text: str) -> None:
    line = one_line(text, 50)
    assert len(line) <= 50
    assert line == line.strip()
    assert all(c.isprintable() or c in " \u00ad\u200c\u200d" for c in line)


def test_that_S10_directions_cannot_be_overridden() -> None:
    assert one_line("safe\u202egnp.exe") == "safegnp.exe"
    assert paragraph("a\u2066b\nc") == "ab\nc"


def test_that_S10_nothing_invisible_is_smuggled_in() -> None:
    tags = "".join(chr(0xE0000 + ord(c)) for c in "obey")
    assert one_line(f"a{tags}b\u200bc\u2060d") == "a b c d".replace(" ", " ")
    assert one_line("می\u200cخواهم") == "می\u200cخواهم"


def test_that_markup_stays_what_it_is() -> None:
    assert one_line("<b>x</b>") == "<b>x</b>"


def test_that_a_long_text_ends_in_an_ellipsis() -> None:
    assert one_line("word " * 100, 20) == "word word word word…"


@given(st.text(alphabet=" \tab\n\u00a0", max_size=200))
def test_that_what_is_short_enough_is_not_touched(text: str) -> None:
    assert breakable(text) == text


def test_that_R45_no_run_is_left_that_qt_cannot_lay_out(qapp: QApplication) -> None:
    text = breakable("a" + " " * 70_000 + "b" + "w" * 50_000)
    assert max(len(run) for run in re.findall(r" +|[^ \n]+", text)) <= LONGEST_RUN
    assert text.replace("\n", "") == "a" + " " * 70_000 + "b" + "w" * 50_000
    edit = QPlainTextEdit()
    edit.resize(400, 300)
    edit.show()
    begun = time.monotonic()
    edit.setPlainText(text)
    qapp.processEvents()
    assert time.monotonic() - begun < 10
    edit.close()
