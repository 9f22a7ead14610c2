"""An answer in the document is the same however its text came, and harmless whatever it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QApplication

from headwater.domain.block import Block, Item, Kind, Quote
from headwater.domain.conversation import Turn
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.domain.text_guard import OBJECT
from headwater.export.inline_text import inline_pieces, plain_words
from headwater.ui.anchor import LinkAnchor, SourceAnchor, read_anchor
from headwater.ui.answer_copy import selected_html, selected_text
from headwater.ui.answer_format import AnswerFormats, Property, Role
from headwater.ui.answer_layout import AnswerDocument
from headwater.ui.answer_span import SpanTable
from headwater.ui.answer_turn import TurnText
from headwater.ui.inline_run import Run
from headwater.ui.mark_sentence import sentence_at
from headwater.ui.selected_markdown import selected_markdown
from headwater.ui.theme import LIGHT
from tests.ui.answer_outline import outline

pytestmark = pytest.mark.usefixtures("qapp")

CASES = sorted((Path(__file__).parent.parent / "markdown_cases").glob("*.md"))
SOURCES = tuple(Source(str(n), f"https://source{n}.example/") for n in range(1, 6))
ATOMS = [
    "- ", "* ", "1. ", "2. ", "> ", "  ", "    ", "\n", "\n", "\n\n", "```\n", "```py\n", "---\n",
    "===\n", "# ", "a", "b c. D", "| a | b |\n", "|---|---|\n", "a|b[1]\n", "-|-\n", "***\n", "[1]",
    "[2][3]", "[9]", "[1, 9]", "[0, 1]", "[1-3]", "[2–9]", "[1†source]", "【4】", "【1†L2】",
    "[^5]", "[^1]: ", "\\(", "\\)", "\\[", "\\]", "$$", "_x=", "**", "`x`", "`",
    "[l](http://a.b)", "😀", "foo\n", "[ ] ", "~~",
]  # fmt: skip
MORE_ATOMS = [
    "量子。", "שלום", "**強調**", "👩‍👩‍👧‍👦", "🇩🇪", "مرحبا ", "【1】", "[1-3]", "[^1]", "\n[^2]: ",
    "&amp;", "&#x1F600;", "  \n", "\\\n", "<b>", "![p](http://p.q/i.png)",
    '[x](<http://a.b/c d> "t")', "~~gone~~", "***both***", "~~~\n", "> - ", "- [x] ",
    "| **b** | `c` |\n", "|:-:|--:|\n", "http://u.v/w_x ", "\\*", "e\u0301",
    "\u200d",
]  # fmt: skip


class Page:
    """A document with one turn."""

    def __init__(self, sources: tuple[Source, ...] = SOURCES) -> None:
        self.document = AnswerDocument()
        self.document.setUndoRedoEnabled(False)
        self.spans = SpanTable()
        formats = AnswerFormats(LIGHT, QFont("sans", 10), 96)
        turn = Turn("t", "", Question("Question?"))
        self.turn = TurnText(self.document, formats, self.spans, turn, None)
        self.writer = self.turn.writer
        self.writer.set_sources(sources)

    def write(self, text: str) -> Page:
        self.writer.write(text, is_final=True)
        return self

    def blocks(self) -> list[QTextBlock]:
        found = []
        block = self.document.begin()
        while block.isValid():
            if block.blockFormat().intProperty(Property.ROLE) not in (
                Role.QUESTION,
                Role.META,
                Role.FOOTER,
            ):
                found.append(block)
            block = block.next()
        return found

    def texts(self) -> list[str]:
        return [block.text() for block in self.blocks() if block.text()]

    def anchors(self) -> list[tuple[str, str]]:
        """Text and address of everything that can be clicked."""
        found: list[tuple[str, str]] = []
        for block in self.blocks():
            for text, look in _fragments(block):
                address = look.anchorHref()
                if not address:
                    continue
                if found and found[-1][1] == address:
                    found[-1] = (found[-1][0] + text, address)
                else:
                    found.append((text, address))
        return found

    def links(self) -> list[str]:
        read = [read_anchor(address) for _, address in self.anchors()]
        return [anchor.url for anchor in read if isinstance(anchor, LinkAnchor)]

    def cited(self) -> list[str]:
        read = [read_anchor(address) for _, address in self.anchors()]
        return [anchor.source_id for anchor in read if isinstance(anchor, SourceAnchor)]

    def everything(self) -> QTextCursor:
        cursor = QTextCursor(self.document)
        cursor.setPosition(self.blocks()[0].position())
        cursor.setPosition(self.writer.end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def look(self) -> list[object]:
        """All that can be seen, as values that can be compared."""
        found: list[object] = []
        for block in self.blocks():
            form = block.blockFormat()
            table = form.intProperty(Property.TABLE)
            pieces: list[tuple[str, object]] = []
            for text, look in _fragments(block):
                key = (
                    look.anchorHref(),
                    look.fontWeight(),
                    look.fontItalic(),
                    look.fontStrikeOut(),
                    round(look.fontPointSize(), 2),
                    look.foreground().color().name(),
                )
                if pieces and pieces[-1][1] == key:
                    pieces[-1] = (pieces[-1][0] + text, key)
                else:
                    pieces.append((text, key))
            found.append(
                (
                    pieces,
                    form.intProperty(Property.ROLE),
                    form.topMargin(),
                    form.bottomMargin(),
                    form.leftMargin(),
                    form.rightMargin(),
                    form.layoutDirection(),
                    [(stop.position, stop.type) for stop in form.tabPositions()],
                    form.textIndent(),
                    form.headingLevel(),
                    form.stringProperty(Property.QUOTES),
                    [(s.start, s.length, s.mark, s.is_known) for s in self.spans.of(block)],
                    self.document.layout._tables[table] if table else None,
                )
            )
        return found


def _fragments(block: QTextBlock) -> list[tuple[str, QTextCharFormat]]:
    found = []
    at = block.begin()
    while not at.atEnd():
        fragment = at.fragment()
        found.append((fragment.text(), fragment.charFormat()))
        at += 1
    return found


def text_of(case: Path) -> str:
    return case.read_bytes().decode("utf-8")


def streamed(text: str, step: int = 1, sources: str = "first") -> Page:
    page = Page(SOURCES if sources == "first" else ())
    for end in range(0, len(text) + 1, step):
        page.writer.write(text[:end], is_final=False)
    if sources == "last":
        page.writer.set_sources(SOURCES)
    page.writer.write(text, is_final=True)
    return page


@pytest.mark.parametrize("sources", ["first", "last", "absent"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_that_R18_an_answer_shown_at_every_character_looks_like_the_whole(
    case: Path, sources: str
) -> None:
    text = text_of(case)
    whole = Page(() if sources == "absent" else SOURCES).write(text)
    step = 1 if sources == "last" else 7
    assert streamed(text, step, sources).look() == whole.look()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_that_an_answer_reads_as_it_is_written_down(case: Path) -> None:
    wanted = (case.parent / f"{case.stem}.outline").read_text("utf-8")
    assert outline(Page().write(text_of(case)).blocks()) == wanted


def test_that_there_are_sixty_such_answers() -> None:
    assert len(CASES) >= 60


# Such a head looks like any other text until its second line comes.
_HEADS_WITHOUT_BARS = ("12_table_after_text",)
_FLASHES = ("**", "~~", "](", "```", "|", "`", "[^")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_that_no_markup_flashes_up_and_nothing_settled_moves(case: Path) -> None:
    text = text_of(case)
    final = "\n".join(Page().write(text).texts())
    never = [sign for sign in _FLASHES if sign not in final]
    if case.stem in _HEADS_WITHOUT_BARS:
        never.remove("|")
    page = Page()
    settled: list[str] = []
    for end in range(len(text) + 1):
        page.writer.write(text[:end], is_final=False)
        shown = page.texts()
        flashed = [sign for sign in never if any(sign in line for line in shown)]
        assert not flashed, (flashed, text[:end][-60:], shown[-1])
        blocks = [block.text() for block in page.blocks()]
        assert blocks[: len(settled)] == settled
        open_ = page.writer._records
        if not open_ or open_[0].block.kind not in (Kind.TABLE, Kind.ROW):
            kept = page.writer._base + open_[0].start if open_ else page.writer.end
            settled = [b.text() for b in page.blocks() if b.position() + b.length() - 1 <= kept]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(ATOMS), max_size=14).map("".join), st.integers(1, 9))
def test_that_R18_any_answer_in_any_pieces_looks_like_the_whole(text: str, step: int) -> None:
    assert streamed(text, step, "last").look() == Page().write(text).look()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*ATOMS, *MORE_ATOMS]), max_size=14).map("".join), st.data())
def test_that_R18_an_answer_cut_anywhere_looks_like_the_whole(
    text: str, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    page = Page()
    for cut in cuts:
        page.writer.write(text[:cut], is_final=False)
    page.writer.write(text, is_final=True)
    assert page.look() == Page().write(text).look()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_that_a_replaced_text_looks_as_if_it_had_come_at_once(case: Path) -> None:
    text = text_of(case)
    page = Page()
    for end in range(0, len(text), 11):
        page.writer.write(text[:end], is_final=False)
    replaced = text[: len(text) // 2] + " and now otherwise\n\n- [1]\n" + text[len(text) // 3 :]
    page.writer.write(replaced, is_final=True)
    assert page.look() == Page().write(replaced).look()


def test_that_an_item_from_right_to_left_stands_in_at_the_right() -> None:
    page = Page().write("- נקודה\n- item\n\n> - שתיים\n\n- x\n\n  שלוש\n")
    rtl = Qt.LayoutDirection.RightToLeft
    forms = [block.blockFormat() for block in page.blocks() if block.text()]
    assert [form.layoutDirection() == rtl for form in forms] == [True, False, True, False, True]
    step = forms[1].leftMargin()
    assert [(form.leftMargin(), form.rightMargin()) for form in forms[:2]] == [(0, step), (step, 0)]
    assert forms[2].leftMargin() == 0
    assert forms[2].rightMargin() > step, "the place of the bar, which is at the right as well"
    assert (forms[4].leftMargin(), forms[4].rightMargin()) == (0, step)
    assert all(form.textIndent() == -step for form in forms[:2])
    assert {form.tabPositions()[0].type for form in forms[:2]} == {
        QTextOption.TabType.RightTab,
        QTextOption.TabType.LeftTab,
    }


def test_that_a_block_turns_round_as_often_as_its_text_does() -> None:
    formats = AnswerFormats(LIGHT, QFont("sans", 10), 96)
    for containers in ((Item(1),), (Quote(1), Item(2, 1)), ()):
        item = Block(Kind.PARAGRAPH, "", containers, 0)
        made = formats.block(item, None)
        turned = formats.fitted(QTextBlockFormat(made), [Run("1."), Run("נקודה")], Role.BODY)
        assert turned is not None
        assert turned.layoutDirection() == Qt.LayoutDirection.RightToLeft
        assert formats.fitted(QTextBlockFormat(turned), [Run("נקודה a")], Role.BODY) is None
        back = formats.fitted(turned, [Run("1."), Run("item")], Role.BODY)
        assert back is not None
        for one in ("leftMargin", "rightMargin", "textIndent", "layoutDirection"):
            assert getattr(back, one)() == getattr(made, one)(), one
        assert [stop.type for stop in back.tabPositions()] == [
            stop.type for stop in made.tabPositions()
        ]


# Marks.


def test_that_complaint_21_marks_become_chips_and_unknown_ones_stay_text() -> None:
    page = Page((*SOURCES, Source("web:0", "https://page.example/")))
    page.write("One.[1][2] Page [web:0], two [3, 4], none [9], `code[1]` and [t](https://a.b)[5].")
    assert page.cited() == ["1", "2", "web:0", "3", "4", "5"]
    assert page.texts()[0].count("[9]") == 1
    assert page.writer.cited_ids() == ("1", "2", "web:0", "3", "4", "5")


@pytest.mark.parametrize("sources", ["first", "last"])
def test_that_marks_of_other_models_become_chips_once_their_sources_are_known(sources: str) -> None:
    text = "A.[1-3] B【4】 C[5†source] D[^1]\n\nE [2–3].\n\n- F【2†L3-L5】\n"
    page = streamed(text, 1, sources)
    assert page.cited() == ["1", "2", "3", "4", "5", "1", "2", "3", "2"]


def test_that_marks_of_other_models_stay_as_they_are_written_without_sources() -> None:
    text = "Digits [0-9], ages [18-24], 【9】 and [7†source], [^8] and [1-900]."
    page = Page().write(text)
    assert page.texts() == [text]
    assert page.cited() == []


_ID = st.integers(0, 9)
_SEVERAL = st.one_of(
    st.lists(_ID, min_size=2, max_size=4, unique=True),
    st.tuples(_ID, st.integers(1, 4)).map(lambda pair: range(pair[0], pair[0] + pair[1] + 1)),
)
_KNOWN = st.sets(st.integers(1, 13), max_size=6)


@given(_SEVERAL, _KNOWN, _KNOWN)
def test_that_several_numbers_in_brackets_stay_as_written_unless_one_of_them_is_a_source(
    ids: list[int] | range, known: set[int], known_later: set[int]
) -> None:
    inner = f"{ids[0]}-{ids[-1]}" if isinstance(ids, range) else ", ".join(map(str, ids))
    written = f"A [{inner}] b."
    page = Page(())
    for numbers in (known, known | known_later):
        sources = tuple(Source(str(n), f"https://s{n}.example/") for n in sorted(numbers))
        page.writer.set_sources(sources)
        page.writer.write(written + "\n\nMore.", is_final=False)
        shown = page.texts()[0].replace("\u200b", "")
        exported = plain_words(inline_pieces(written, [source.id for source in sources]))
        if 0 in ids or numbers.isdisjoint(ids):  # an interval, or nothing that anybody knows
            assert shown == exported == written
            assert page.cited() == []
        else:
            chips = (f"\u00a0{n}\u00a0" if n in numbers else f"[{n}]" for n in ids)
            assert shown == f"A {''.join(chips)} b."
            assert exported == f"A {''.join(f'[{n}]' for n in ids)} b."
            assert page.cited() == [str(n) for n in ids if n in numbers]
        assert page.look()[0] == Page(sources).write(written + "\n\nMore.").look()[0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"So \(a[1]\) is.", "So \ufffc is."),
        (r"So \[ 2[1] \] is.", "So \u2028\ufffc\u2028 is."),
        ("$$x_[1]$$", "\ufffc"),
    ],
)
def test_that_formulas_hold_no_chips(text: str, shown: str) -> None:
    page = Page().write(text)
    assert page.cited() == []
    assert "".join(page.texts()) == shown


def test_that_a_footnote_begins_with_its_number_and_is_no_chip() -> None:
    page = Page().write("So.\n[^1]: a note[2]\n[^b]: another")
    assert page.texts()[0] == "So."
    assert page.texts()[1].startswith("1. a note")
    assert page.texts()[2] == "b. another"
    assert page.cited() == ["2"]


def test_that_an_alias_is_cited_as_its_source() -> None:
    page = Page((Source("1", "https://a.example/", aliases=("31",)),)).write("So.[31]")
    assert page.writer.cited_ids() == ("1",)


def test_that_sources_that_come_late_link_the_marks_without_moving_a_character() -> None:
    page = Page(())
    page.writer.write("First.[1]\n\nSecond.[2] and more", is_final=False)
    length = page.document.characterCount()
    assert page.cited() == []
    page.writer.set_sources(SOURCES)
    page.writer.write("First.[1]\n\nSecond.[2] and more", is_final=True)
    assert page.cited() == ["1", "2"]
    assert page.document.characterCount() == length


def test_that_S8_a_mark_leads_to_its_source_and_not_where_the_text_says() -> None:
    page = Page().write(text_of(next(c for c in CASES if c.stem.startswith("19"))))
    assert set(page.cited()) == {"1"}
    assert all(not link.startswith("https://evil.example/") or link for link in page.links())
    assert not any("evil" in text for text, a in page.anchors() if a.startswith("source:"))


def test_that_the_sentences_of_a_source_can_be_found() -> None:
    page = Page().write("First here.[1] Second 😀 there.[2]\n\n- Item.[1]\n")
    spans = page.writer.sentences_citing(SOURCES[0])
    cursor = QTextCursor(page.document)
    lit = []
    for start, end in spans:
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        lit.append(selected_text(cursor))
    assert lit == ["First here.[1]", "• Item.[1]"]


def test_that_a_sentence_of_a_source_ends_with_its_cell() -> None:
    page = Page().write("|a|b|\n|-|-|\n|One 😀 is[2]|Two is so[1]|\n|Three. Four[1]|שלום[1]|\n")
    lit = []
    for start, end in page.writer.sentences_citing(SOURCES[0]):
        cursor = QTextCursor(page.document)
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        lit.append(selected_text(cursor))
        sentence = sentence_at(page.document, page.spans, end - 1, ("1",))
        assert sentence.ids == ("1",)
        assert lit[-1] == f"{sentence.text}[1]"
    assert lit == ["Two is so[1]", "Four[1]", "שלום[1]"]


def _places(page: Page) -> list[tuple[int, int]]:
    return page.writer.sentences_citing(SOURCES[0])


_SENTENCES = [
    "So it is.[1] ", "Two.[2] ", "😀 here[1][2]. ", "\n\n", "- item.[1]\n", "|a[1]|\n|-|\n",
    "# Head[1]\n", "[1, 2] ", "word ",
]  # fmt: skip


@given(st.lists(st.sampled_from(_SENTENCES), max_size=12), st.integers(0, 12))
def test_that_the_sentences_of_a_source_are_the_same_however_often_they_are_asked_for(
    parts: list[str], late: int
) -> None:
    page = Page(())
    text = ""
    for n, part in enumerate(parts):
        text += part
        if n == late:
            page.writer.set_sources(SOURCES)
        page.writer.write(text, is_final=False)
        _places(page)
    page.writer.set_sources(SOURCES)
    page.write(text)
    assert _places(page) == _places(Page().write(text))
    assert page.writer.cited_ids() == Page().write(text).writer.cited_ids()
    cursor = QTextCursor(page.document)
    cursor.insertText("What stands above grows. ")
    moved = [(start + 25, end + 25) for start, end in _places(Page().write(text))]
    assert _places(page) == moved


def test_that_sentences_found_once_are_not_looked_for_again() -> None:
    page = Page()
    page.writer.write("One.[1]\n\nTwo.[1]\n\nThree.[1]", is_final=False)
    first = _places(page)
    assert len(first) == 2
    page.spans.clear()  # whoever looked again would find no marks, and other sentences
    assert _places(page) is first


# Hostile text.


def test_that_S5_nothing_but_http_https_and_mailto_can_be_clicked() -> None:
    page = Page().write(text_of(next(c for c in CASES if c.stem.startswith("35"))))
    assert page.links() == []


def test_that_S1_a_picture_is_a_name_and_a_link_to_its_host() -> None:
    page = Page().write(text_of(next(c for c in CASES if c.stem.startswith("34"))))
    assert page.links() == ["http://evil.example/p.png?q=secret", "http://evil.example/ref.png"]
    assert "a (evil.example)" in page.texts()[0]
    assert not any(look.isImageFormat() for block in page.blocks() for _, look in _fragments(block))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[bank.example](https://evil.example/)", "bank.example (evil.example)"),
        ("[https://bank.example/x](https://evil.example/)", "(evil.example)"),
        ("[evil.example.bank.example](https://evil.example/)", "(evil.example)"),
        ("[pаypal.com](https://xn--pypal-4ve.com/)", "(xn--pypal-4ve.com)"),
        ("https://xn--pypal-4ve.com/", "(xn--pypal-4ve.com)"),
    ],
)
def test_that_S7_the_real_host_is_visible_where_the_text_names_another(
    text: str, shown: str
) -> None:
    assert shown in Page().write(text).texts()[0]


def test_that_an_honest_link_shows_its_text_alone() -> None:
    page = Page().write("[www.example.org/a](https://example.org/a) [here](https://b.example)")
    assert page.texts() == ["www.example.org/a here"]


def test_that_S7_a_link_with_a_user_name_cannot_be_clicked() -> None:
    assert Page().write("[x](https://good.example@evil.example/)").anchors() == []


def test_that_S4_html_is_shown_as_it_is_written() -> None:
    page = Page().write('<b>x</b> <img src="file:///etc/passwd">')
    assert page.texts() == ['<b>x</b> <img src="file:///etc/passwd">']


def test_that_S10_an_override_of_the_writing_direction_is_not_obeyed() -> None:
    page = Page().write("a \u202egnp.exe and [x\u202emoc](https://evil.example)")
    assert "\u202e" not in page.texts()[0]


def test_that_white_space_is_one_space_as_in_html() -> None:
    assert Page().write("a   b \t c\u0085d").texts() == ["a b c d"]


def test_that_R20_halves_of_characters_are_joined_or_replaced() -> None:
    assert Page().write("a \ud83d\ude00 b \ud83d c\x00").texts() == ["a 😀 b \ufffd c\ufffd"]


@pytest.mark.parametrize(
    "text",
    ["a" + " " * 70_000 + "x", "```\n" + " " * 70_000 + "x\n```", "x" * 70_000, "\xa0" * 70_000,
     "|a" + " " * 70_000 + "b|\n|-|\n", "\t" * 70_000 + "x", "字" * 70_000, "[" * 30_000,
     "a\u2028" * 20_000, "- " + "\\" * 30_000],
    ids=["spaces", "code", "word", "hard spaces", "cell", "tabs", "cjk", "brackets", "lines",
         "escapes"],
)  # fmt: skip
def test_that_R45_no_text_makes_the_layout_hang(text: str) -> None:
    page = Page().write(text)
    page.document.setTextWidth(600)
    assert page.document.size().height() > 0


def test_that_S28_a_table_past_all_measure_goes_on_as_text() -> None:
    page = Page().write("|a|b|\n|-|-|\n" + "|1|2|\n" * 4000)
    assert page.texts()[-1] == "1 | 2"


# Shapes.


def test_that_items_have_bullets_numbers_and_boxes() -> None:
    page = Page().write("- a\n  - b\n- [x] c\n\n7. d\n7. e\n")
    assert page.texts() == ["•\ta", "◦\tb", "☑\tc", "7.\td", "8.\te"]


def test_that_the_first_rows_of_a_long_table_decide_about_its_columns() -> None:
    page = Page().write("|name|value|\n|-|-|\n" + "|a longer cell|2|\n" * 19)
    table = page.blocks()[0].blockFormat().intProperty(Property.TABLE)
    shares = list(page.document.layout._tables[table].shares)
    page.write("|name|value|\n|-|-|\n" + "|a longer cell|2|\n" * 50 + "|a|" + "b" * 90 + "|\n")
    forms = [block.blockFormat() for block in page.blocks()]
    assert len(forms) == 52
    assert {form.intProperty(Property.TABLE) for form in forms} == {table}
    assert page.document.layout._tables[table].shares == shares
    assert shares == [17, 9]


def test_that_S38_what_is_copied_of_code_is_the_code_to_the_last_character() -> None:
    code = "if \u202e x:\t# tab  \n\n" + "y" * 9000 + "\n  end"
    page = Page().write(f"```py\n{code}\n```\n\n```\r\na\r\nb\r\n```\n")
    assert [c.text for c in page.writer.codes.values()] == [code, "a\r\nb"]


_HOSTILE = (
    "a\r\n\tb  \n\n   \nc\x00\x1b[31m\u2028\u2029\u202e\x85\x0b\x0c d \ufeff\u200b\ufdd0😀\r"
    "e\n \t \nf"
)


def _prefixed(prefix: str) -> str:
    return re.sub(r"(\A|\r\n|[\n\r])", rf"\1{prefix}", _HOSTILE)


_FENCES = {
    "fence": f"```\n{_HOSTILE}\n```\n",
    "tildes, CRLF": f"~~~~ x\r\n{_HOSTILE}\r\n~~~~\r\n",
    "unclosed": f"```\n{_HOSTILE}",
    "unclosed, whole line": f"```\n{_HOSTILE}\n",
    "quote": f"> ```\n{_prefixed('> ')}\n> ```\n",
    "item": f"- item\n\n  ```\n{_prefixed('  ')}\n  ```\n",
    "item in an item": f"1. item\n\n   - ```\n{_prefixed('     ')}\n     ```\n",
    "indented": f"Before.\n\n{_prefixed('    ')}\n\nBehind.",
}


@pytest.mark.parametrize("text", _FENCES.values(), ids=_FENCES.keys())
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_that_hostile_code_is_copied_as_it_came_wherever_it_stands(text: str, step: int) -> None:
    page = Page()
    for end in range(step, len(text), step):
        page.writer.write(text[:end], is_final=False)
    page.write(text)
    assert [page.writer.code_text(group) for group in page.writer.codes] == [_HOSTILE]


@pytest.mark.parametrize(
    ("written", "copied"),
    [("ls\n", "ls"), ("ls\n\n", "ls\n"), ("ls\r\n", "ls"), ("\n", ""), ("", ""), (" \n", " ")],
)
def test_that_only_the_line_ending_of_the_closing_fence_is_not_copied(
    written: str, copied: str
) -> None:
    page = Page().write(f"```sh\n{written}```\n")
    assert [page.writer.code_text(group) for group in page.writer.codes] == [copied]


def test_that_code_that_still_grows_is_copied_as_far_as_it_is_seen() -> None:
    page = Page()
    page.writer.write("```py\nx = 1\ny = ", is_final=False)
    (group,) = page.writer.codes
    assert page.writer.code_text(group) == "x = 1\ny = "
    page.writer.write("```py\nx = 1\ny = 2\n``", is_final=False)
    assert page.writer.code_text(group) == "x = 1\ny = 2"
    assert page.writer.code_text(group + 1) is None


def test_that_complaint_11_a_copied_selection_keeps_marks_rows_and_code() -> None:
    page = Page().write(
        "**Bold**[1] and `c`.\n\n- one[2][9]\n- two\n\n|a|b|\n|-|-|\n|1||\n\n```py\nx\n\n y\n```\n"
    )
    assert selected_text(page.everything()) == (
        "Bold[1] and c.\n\n• one[2][9]\n• two\n\na\tb\n1\t\n\nx\n\n y"
    )


def test_that_what_is_selected_of_a_row_is_copied_cell_by_cell() -> None:
    page = Page().write("|a|bee|c|\n|-|-|-|\n|one||three **bold**|\n|x|||\n")
    first, row = page.blocks()[0].position(), page.blocks()[1].position()
    cursor = QTextCursor(page.document)
    for start, end, text, markdown in (
        (first, first + 1, "a", "| a |\n|---|"),
        (first, first + 2, "a", "| a |\n|---|"),  # nothing of the next cell
        (first, first + 3, "a\tb", "| a | b |\n|---|---|"),
        (first + 3, row + 4, "ee\tc\none", "| ee | c |\n|---|---|\n| one |"),
        (row, row + 5, "one\t", "| one |  |\n|---|---|"),
        (row + 3, row + 10, "\t\tthree", "|  |  | three |\n|---|---|---|"),
        (row, page.writer.end, "one\t\tthree bold\nx\t", None),
    ):
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        assert selected_text(cursor) == text
        if markdown is not None:
            assert selected_markdown(cursor) == markdown
            cells = [cell for row in text.split("\n") for cell in row.split("\t")]
            found = re.findall(r"<t[hd]>(.*?)</t[hd]>", selected_html(cursor))
            assert found == cells


def test_that_a_row_has_a_line_end_between_its_cells_and_nowhere_else() -> None:
    page = Page().write("|a|b|\n|-|-|\n|x\u2028y|so $$x$$ is|\n|$$x$$|z|\n|שלום|b|\n")
    assert page.texts() == [
        "a\u2028b", f"x y\u2028so {OBJECT} is", f"{OBJECT}\u2028z",
        "\u2067שלום\u2069\u2028b",
    ]  # fmt: skip
    assert selected_text(page.everything()) == "a\tb\nx y\tso $$x$$ is\n$$x$$\tz\nשלום\tb"


def test_that_S38_copied_html_refers_to_nothing_but_its_links() -> None:
    page = Page().write("# H\n\n[t](https://a.example/?x=1&y=2) ![p](http://b.example/p.png) <i>\n")
    html = selected_html(page.everything())
    assert "<h1>H</h1>" in html
    assert '<a href="https://a.example/?x=1&amp;y=2">t</a>' in html
    assert "&lt;i&gt;" in html
    assert "<img" not in html


def test_that_our_own_breaks_are_never_copied() -> None:
    page = Page().write("x" * 1800 + "[1][2]")
    assert any("\u200b" in text for text in page.texts())
    assert selected_text(page.everything()) == "x" * 1800 + "[1][2]"


def test_that_a_live_end_shows_no_half_written_marks() -> None:
    page = Page()
    for growing in ("It is **bo", "It is `co", "So it is.[1", "See [the te", "See [t](https://a",
                    "So.[1-", "So.[1–3", "So.[^1", "So.【1", "So.【1†so", "So.[1†L2-"):  # fmt: skip
        page.writer.write(growing, is_final=False)
        assert not set("*`[(【") & set(page.texts()[0]), growing


def test_that_only_what_changed_is_written(qapp: QApplication) -> None:
    page = Page()
    page.writer.write("Some words that stay, and", is_final=False)
    page.document.documentLayout()  # without it nobody is told of changes
    changes: list[tuple[int, int, int]] = []
    page.document.contentsChange.connect(lambda *change: changes.append(change))
    page.writer.write("Some words that stay, and more", is_final=False)
    assert [removed for _, removed, _ in changes] == [0]
    assert sum(added for _, _, added in changes) == len(" more")
