"""The sources of an answer fit on one line, are what they say, and open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from headwater.domain.source import Source
from headwater.ui.quick_ask.source_strip import SourceStrip
from headwater.ui.theme import DARK, LIGHT, Theme
from tests.ui.quick_ask.colours_in import are_paired, colours_in

ONE = Source("1", "https://www.one.example/page", "One")
HOSTILE = ("\u202emoc.knab", "w" * 300_000, " " * 70_000 + "x", "<b>bold</b><img src=x>\n\x00")


def sources(count: int) -> tuple[Source, ...]:
    return tuple(Source(str(n), f"https://n{n}.example/page") for n in range(1, count + 1))


@pytest.fixture
def strip(qapp: QApplication) -> Iterator[SourceStrip]:
    frame = QWidget()
    frame.resize(700, 60)
    frame.show()
    made = SourceStrip(LIGHT, frame)
    made.resize(640, 30)
    made.show()
    yield made
    frame.close()
    frame.deleteLater()
    qapp.sendPostedEvents(frame, QEvent.Type.DeferredDelete)


def shown(strip: SourceStrip) -> list[QPushButton]:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return [b for b in strip.findChildren(QPushButton) if not b.isHidden() and not b.text()]


def more(strip: SourceStrip) -> str:
    return " ".join(b.text() for b in strip.findChildren(QPushButton) if not b.isHidden()).strip()


def test_that_a_source_opens_its_page(strip: SourceStrip) -> None:
    opened = QSignalSpy(strip.source_opened)
    strip.show_sources((ONE, *sources(3)[1:]))
    for button in shown(strip):
        button.click()
    assert [opened.at(n)[0] for n in range(opened.count())] == [
        "https://www.one.example/page",
        "https://n2.example/page",
        "https://n3.example/page",
    ]
    assert shown(strip)[0].accessibleName() == "Source 1: One"
    assert shown(strip)[1].accessibleName() == "Source 2: n2.example"


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 9, 40, 1000])
@pytest.mark.parametrize("width", [60, 200, 640])
def test_that_no_source_is_passed_over_in_silence(
    strip: SourceStrip, count: int, width: int
) -> None:
    strip.resize(width, 30)
    strip.show_sources(sources(count))
    there = len(shown(strip))
    assert strip.isHidden() == (count == 0)
    words = more(strip)
    hidden = int("".join(filter(str.isdigit, words)) or 0)
    assert there + hidden == count
    assert there <= 8


def test_that_what_is_shown_fits(strip: SourceStrip) -> None:
    for width in range(100, 640, 60):
        strip.resize(width, 30)
        strip.show_sources(sources(20))
        QApplication.processEvents()
        for button in strip.findChildren(QPushButton):
            if not button.isHidden() and width > 140:
                assert button.geometry().right() < width, (width, button.accessibleName())
                assert button.width() >= button.sizeHint().width(), (width, button.text())


def test_that_the_rest_is_one_click_away(strip: SourceStrip) -> None:
    asked = QSignalSpy(strip.more_requested)
    strip.show_sources(sources(30))
    (button,) = [b for b in strip.findChildren(QPushButton) if b.text().startswith("and ")]
    button.click()
    assert asked.count() == 1


def test_that_another_answer_has_its_own_sources(strip: SourceStrip) -> None:
    strip.show_sources(sources(4))
    strip.show_sources((ONE,))
    assert [b.accessibleName() for b in shown(strip)] == ["Source 1: One"]


def test_that_the_number_is_the_servers(strip: SourceStrip) -> None:
    strip.show_sources((Source("7", "https://a.example/"), Source("3", "https://b.example/")))
    assert [b.accessibleName() for b in shown(strip)] == [
        "Source 7: a.example",
        "Source 3: b.example",
    ]


@pytest.mark.parametrize("text", HOSTILE, ids=["bidi", "word", "spaces", "tags"])
def test_that_a_hostile_source_is_bounded_and_plain(strip: SourceStrip, text: str) -> None:
    strip.show_sources((Source(text, f"https://{text}/", text, text, text), *sources(3)))
    strip.grab()
    assert len(shown(strip)) >= 2
    for button in shown(strip):
        assert button.sizeHint().width() < 640
        assert len(button.accessibleName()) < 400
        assert len(button.toolTip()) < 4000
        said = button.accessibleName() + button.toolTip()
        assert not set(said) & set("\u202e\x00")
        assert "<b>bold" not in button.toolTip()
        assert "<img" not in button.toolTip()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_that_a_source_can_be_read_in_either_theme(strip: SourceStrip, theme: Theme) -> None:
    strip.show_sources((ONE,))
    strip.wear(theme)
    (button,) = shown(strip)
    assert colours_in(button, theme) == {"surface", "accent", "accent_soft", "muted"}
    assert are_paired(theme, "accent", "accent_soft")
    assert are_paired(theme, "muted", "surface")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_that_a_source_with_the_focus_is_seen(strip: SourceStrip, theme: Theme) -> None:
    strip.show_sources((ONE,))
    strip.wear(theme)
    strip.window().activateWindow()
    (button,) = shown(strip)
    button.setFocus()
    QApplication.processEvents()
    assert colours_in(button, theme) == {"surface", "accent", "on_accent"} - (
        {"on_accent"} if theme.on_accent == theme.surface else set()
    )
    assert are_paired(theme, "on_accent", "accent")
    assert are_paired(theme, "accent", "surface")
