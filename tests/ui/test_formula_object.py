"""Formulas stand in an answer as sharp as its text, in its colour, and are copied as TeX."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QTextBlock, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Answer, AnswerState, Complete, Streaming
from headwater.domain.conversation import Turn
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.domain.text_guard import OBJECT
from headwater.ui.answer_format import Property, Role
from headwater.ui.answer_view import AnswerView
from headwater.ui.frame_clock import FrameClock
from headwater.ui.theme import DARK, LIGHT

TALL = r"$\frac{\frac{a}{b}}{\frac{c}{d}}$"
HIGH = r"$\begin{matrix} a \\ b \\ c \\ d \end{matrix}$"
ATOMS = [
    "$x$", r"\(y_1\)", r"$\frac{a}{b}$", "$$\nz\n$$\n", "\\[ w \\]\n", "$", "$$", "\\", "\\(",
    "\\)", "\\[", "\\]", "\n", "\n\n", "- ", "> ", "a", " ", "5", "**", "`", "[1]", "| a | b |\n",
    "|---|---|\n", "$x$|b\n", TALL,
]  # fmt: skip


class Stage:
    """A view in a window, and a clock that ticks when told."""

    def __init__(self, application: QApplication) -> None:
        self.application = application
        self.clock = FrameClock(frame=0)
        self.view = AnswerView(LIGHT, self.clock, None)
        self.view.resize(800, 600)
        self.view.show()
        self.count = 0

    def show(self, text: str, state: AnswerState | None = None, conversation: str = "c") -> Stage:
        answer = Answer(
            text=text, state=state or Complete(), sources=(Source("1", "https://a.b/"),)
        )
        self.view.show_path(conversation, (Turn("t", "", Question("What?"), answer),))
        for _ in range(200):
            self.application.processEvents()
            if not self.clock._timer.isActive():
                return self
        raise AssertionError("the view never comes to rest")

    def fresh(self, text: str) -> Stage:
        self.count += 1
        return self.show(text, conversation=f"c{self.count}")

    def stream(self, text: str, cuts: list[int]) -> Stage:
        self.count += 1
        for end in sorted(cuts):
            self.show(text[:end], Streaming(), f"c{self.count}")
        return self.show(text, conversation=f"c{self.count}")

    def blocks(self) -> Iterator[QTextBlock]:
        block = self.view.document().begin()
        while block.isValid():
            if block.blockFormat().intProperty(Property.ROLE) not in (
                Role.QUESTION,
                Role.META,
                Role.FOOTER,
            ):
                yield block
            block = block.next()

    def text(self) -> str:
        return "\n".join(block.text() for block in self.blocks()).replace("\u200b", "")

    def look(self) -> list[object]:
        """All that can be seen of the answer, as values that can be compared."""
        found: list[object] = []
        for block in self.blocks():
            form = block.blockFormat()
            formulas = []
            at = block.begin()
            while not at.atEnd():
                look = at.fragment().charFormat()
                if look.hasProperty(Property.FORMULA):
                    formulas.append(look.stringProperty(Property.FORMULA))
                at += 1
            tall = form.boolProperty(Property.TALL)
            kind = (form.lineHeightType(), form.lineHeight(), form.alignment(), form.topMargin())
            found.append((block.text(), formulas, tall, kind, form.intProperty(Property.ROLE)))
        return found

    def copied(self) -> tuple[str, str]:
        """Everything, as plain text and as HTML."""
        cursor = self.view.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        self.view.setTextCursor(cursor)
        data = self.view.createMimeDataFromSelection()
        return data.text(), data.html()

    def painted(self, scale: int = 1) -> QImage:
        size = self.view.viewport().size()
        image = QImage(size * scale, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        image.fill(QColor("magenta"))
        with QPainter(image) as painter:
            self.view.viewport().render(painter, QPoint())
        return image

    def place(self, index: int = 0) -> QRect:
        """Where the formula number `index` is painted, on the viewport."""
        text = self.view.toPlainText()
        at = -1
        for _ in range(index + 1):
            at = text.index(OBJECT, at + 1)
        cursor = QTextCursor(self.view.document())
        cursor.setPosition(at)
        left = self.view.cursorRect(cursor)
        cursor.setPosition(at + 1)
        return left.united(self.view.cursorRect(cursor))


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage]:
    made = Stage(qapp)
    yield made
    made.view.close()
    made.view.deleteLater()
    made.clock.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.processEvents()


def ink(image: QImage, place: QRect, ground: QColor) -> list[QColor]:
    """The colours in a place that are not its ground's."""
    colours = []
    for y in range(place.top(), place.bottom() + 1):
        for x in range(place.left(), place.right() + 1):
            colour = image.pixelColor(x, y)
            if colour != ground:
                colours.append(colour)
    return colours


def test_that_formulas_become_one_character_each_and_money_stays(stage: Stage) -> None:
    stage.show("It is $x^2$ for \\(y\\), not $5 or $10, and `$z$`.")
    assert stage.text() == f"It is {OBJECT} for {OBJECT}, not $5 or $10, and $z$."


def test_that_markdown_does_not_touch_tex(stage: Stage) -> None:
    source = r"$a_1 * b_2 * c$ and \(\_x\) and **$y_{[1]}$**"
    stage.show(source)
    assert stage.text() == f"{OBJECT} and {OBJECT} and {OBJECT}"
    assert r"$a_1 * b_2 * c$ and \(\_x\) and $y_{[1]}$" in stage.copied()[0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- a $x$\n- b", f"•\ta {OBJECT}\n•\tb"),
        ("> \\(x\\)", OBJECT),
        ("# On $x$", f"On {OBJECT}"),
        ("[the $x$ page](http://a.example)", f"the {OBJECT} page"),
        ("so $$x$$ is", f"so \u2028{OBJECT}\u2028 is"),
        ("a\n$$\nx\n$$\nb", f"a\n{OBJECT}\nb"),
        ("\\[ x \\].", f"{OBJECT}."),
        ("- $$\n  x\n  $$", f"•\t\n{OBJECT}"),
        ("| a | b |\n|---|---|\n| $x$ | \\(y\\) |", f"a\u2028b\n{OBJECT}\u2028{OBJECT}"),
    ],
)
def test_that_formulas_are_set_wherever_text_may_stand(stage: Stage, text: str, shown: str) -> None:
    stage.show(text)
    assert stage.text().strip("\n") == shown


def test_that_what_cannot_be_set_shows_its_source_in_the_font_of_code(stage: Stage) -> None:
    stage.show(r"So $\ce{H2O}$ is.")
    assert stage.text() == r"So $\ce{H2O}$ is."
    found = stage.view.document().find(r"\ce")
    assert found.charFormat().fontFixedPitch()


def test_that_a_foreign_object_character_draws_nothing(stage: Stage) -> None:
    stage.show("a \ufffc b")
    assert OBJECT not in stage.text()


def test_that_a_copy_has_the_tex_with_its_delimiters(stage: Stage) -> None:
    stage.show("So \\(x_1\\)$y$$z$ and $y$.\n\n\\[\nx < 1\n\\].\n\n| a |\n|---|\n| $t$ |")
    text, html = stage.copied()
    assert "So \\(x_1\\)" in text
    assert "\\[\nx < 1\n\\]." in text
    assert "$t$" in text
    assert OBJECT not in text
    assert "<code>\\[<br>x &lt; 1<br>\\]</code>" in html
    assert OBJECT not in html


def test_that_equal_formulas_beside_each_other_are_both_copied(stage: Stage) -> None:
    stage.show("\\(x\\)\\(x\\)")
    assert "\\(x\\)\\(x\\)" in stage.copied()[0]


@given(st.lists(st.sampled_from(ATOMS), max_size=14).map("".join), st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_that_the_document_is_the_same_however_its_formulas_came(
    stage: Stage, text: str, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=6))
    assert stage.stream(text, cuts).look() == stage.fresh(text).look()


def test_that_a_formula_cut_at_every_character_shows_no_delimiter(stage: Stage) -> None:
    text = "So \\(x_1\\) is\n\n\\[\n\\frac{a}{b}\n\\]\n\nand $$y$$ or $z$ here.\n"
    for end in range(len(text)):
        stage.show(text[:end], Streaming())
        assert not set("$()[]_") & set(stage.text()), text[:end]
    assert stage.stream(text, list(range(len(text)))).look() == stage.fresh(text).look()


def test_that_brackets_in_a_formula_hold_nothing_back(stage: Stage) -> None:
    text = "So \\(x \\in [0, 1)\\) is always true."
    for end in range(text.index(" is"), len(text)):
        stage.show(text[:end], Streaming())
        assert stage.text() == f"So {OBJECT}" + text[text.index(" is") : end].rstrip(" ")


def test_that_lines_are_low_again_when_a_high_formula_turns_out_to_be_none(stage: Stage) -> None:
    assert stage.stream(TALL + "5", [len(TALL)]).look() == stage.fresh(TALL + "5").look()


def test_that_money_is_shown_as_it_is_written(stage: Stage) -> None:
    text = "It costs $5.50 in all and $7 there"
    for end in range(text.index("5") + 2, len(text)):
        stage.show(text[:end], Streaming())
        assert "$5" in stage.text()


def test_that_the_colour_of_formulas_follows_the_theme(stage: Stage) -> None:
    for theme in (LIGHT, DARK):
        stage.view.set_theme(theme)
        stage.show(r"$\blacksquare\blacksquare$")
        colours = ink(stage.painted(), stage.place(), theme.surface)
        assert colours
        assert theme.text in colours


def test_that_formulas_are_sharp_at_twice_the_scale(stage: Stage) -> None:
    """Outlines that were drawn once and enlarged would have no finer edge."""
    stage.show(r"$\blacksquare$")
    place = stage.place()
    shares = []
    for scale in (1, 2):
        image = stage.painted(scale)
        place_there = QRect(place.topLeft() * scale, QSize(place.size() * scale))
        colours = ink(image, place_there, LIGHT.surface)
        edge = [colour for colour in colours if colour != LIGHT.text]
        shares.append(len(edge) / len(colours))
    # The edge grows with the length of the side, the square with its area.
    assert shares[1] < 0.75 * shares[0]


def bottom_of_ink(image: QImage, place: QRect) -> int:
    dark = [
        y
        for y in range(place.top(), place.bottom() + 1)
        for x in range(place.left(), place.right() + 1)
        if image.pixelColor(x, y).lightness() < 128
    ]
    return max(dark)


@pytest.mark.parametrize("text", ["m $m$", f"m $m$ {TALL}", f"m $m {TALL[1:]}", f"m $m {HIGH[1:]}"])
def test_that_formulas_stand_on_the_line_of_the_text(stage: Stage, text: str) -> None:
    """An m has no part below the line, in either font."""
    stage.show(text)
    image, place = stage.painted(), stage.place()
    word = QRect(place.left() - 16, place.top() - 4, 13, place.height() + 10)
    letter = QRect(place.left(), place.top() - 4, 11, place.height() + 10)
    assert abs(bottom_of_ink(image, word) - bottom_of_ink(image, letter)) <= 1


def test_that_only_lines_with_high_formulas_are_higher(stage: Stage) -> None:
    def height() -> float:
        layout = stage.view.document().documentLayout()
        one, other = [layout.blockBoundingRect(block).top() for block in stage.blocks()]
        return other - one

    kinds = QTextBlockFormat.LineHeightTypes
    stage.show("a $x^2$ b\n\nc")
    block = next(stage.blocks())
    assert block.blockFormat().lineHeightType() == kinds.FixedHeight.value
    plain = height()
    stage.show(f"a {HIGH} b\n\nc")
    assert height() > plain + 10


def test_that_a_wide_formula_is_as_wide_as_the_column_at_most(stage: Stage) -> None:
    stage.show("\\[" + "+".join(f"x_{{{n}}}" for n in range(45)) + "\\]")
    assert stage.place().right() <= stage.view.viewport().width()
    assert stage.place().width() > 400
    assert ink(stage.painted(), stage.place(), LIGHT.surface)


def test_that_a_search_can_ask_for_the_tex_of_a_place(stage: Stage) -> None:
    stage.show(r"So \(x_1\) is.")
    cursor = QTextCursor(stage.view.document())
    cursor.setPosition(stage.view.toPlainText().index(OBJECT) + 1)
    assert cursor.charFormat().stringProperty(Property.FORMULA) == r"\(x_1\)"


LONG = (
    r"$$\left(\sum_{k=1}^n a_k\right)^2 \le n \sum_{k=1}^n a_k^2 \quad\text{and}\quad "
    r"f(a + b) = g(a) + g(b) \le h(a) + h(b) + h(a b)$$"
)


def test_that_a_formula_too_wide_to_be_read_is_broken_into_lines(stage: Stage) -> None:
    stage.view.resize(1000, 600)
    stage.show(f"Text.\n\n{LONG}\n\nEnd.")
    high, wide = stage.place().height(), stage.place()
    stage.view.resize(340, 600)
    stage.show(f"Text.\n\n{LONG}\n\nEnd.")
    assert stage.place().height() > 1.4 * high
    assert stage.place().right() <= stage.view.viewport().width()
    narrow = stage.painted()
    ink = [y for y in range(stage.place().top(), stage.place().bottom())
           if any(dark(narrow, x, y) for x in range(340))]  # fmt: skip
    assert set(range(min(ink), max(ink))) - set(ink), "white between the lines"
    stage.view.resize(1000, 600)
    stage.show(f"Text.\n\n{LONG}\n\nEnd.")
    assert stage.place() == wide


def dark(image: QImage, x: int, y: int) -> bool:
    return image.pixelColor(x, y).lightness() < 128


def test_that_a_formula_is_not_broken_where_it_is_only_a_little_smaller(stage: Stage) -> None:
    stage.show(f"{LONG}")
    high = stage.place().height()
    width = stage.place().width()
    stage.view.resize(450, 600)
    stage.view.resize(round(0.85 * width) + 2 * stage.view._side(), 600)
    stage.show(f"{LONG}")
    assert stage.place().width() < 0.9 * width
    assert stage.place().height() <= high
