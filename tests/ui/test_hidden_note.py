"""A note says that a question holds what nobody sees, and takes it out with a click."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from headwater.ui.composer import Composer


def _remove(composer: Composer) -> QPushButton:
    button = composer.hidden_note.findChild(QPushButton)
    assert button is not None
    return button


def test_that_S10_a_pasted_question_with_hidden_characters_says_so(qtbot: QtBot) -> None:
    composer = Composer()
    qtbot.addWidget(composer)
    assert composer.hidden_note.isHidden()
    pasted = QMimeData()
    pasted.setText("What is\u202e it\u202c?")
    composer.edit.insertFromMimeData(pasted)
    assert not composer.hidden_note.isHidden()
    assert composer.hidden_note.words == "2 invisible characters in this question"
    _remove(composer).click()
    assert composer.edit.text() == "What is it?"
    assert composer.hidden_note.isHidden()
    composer.edit.undo()
    assert not composer.hidden_note.isHidden()
    composer.edit.set_text("\u200bone")
    assert composer.hidden_note.words == "1 invisible character in this question"
    composer.edit.clear()
    assert composer.hidden_note.isHidden()
