"""Words that would change the interface if it let them, and what they have done to it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

_SIGN = "zxq"  # which no word of ours has
_LONGEST = 5000  # characters
_LONGEST_TITLE = 500
_MOST_ROWS = 200
_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_BREAKS = "\n\r\t\x0b\x0c\u2028\u2029"


def foreign_words(port: int) -> str:
    """Return text with markup, a mnemonic, a placeholder, a turn and line ends; nothing loads."""
    image = f"<img src=http://127.0.0.1:{port}/x.png>"
    return f"<b>{_SIGN}</b>{image} &Quit [*]\n\t\u202egpj.exe\u2066 </p>"


def changes() -> list[str]:
    """Return what foreign words have changed in any widget, by the widget and what of it."""
    found = []
    for widget in QApplication.allWidgets():
        name = f"{type(widget).__name__} {widget.objectName()}".strip()
        found += [f"{name}: {problem}" for problem in dict.fromkeys(_changes_of(widget))]
    return found


def has_foreign_words(widget: QWidget) -> bool:
    """Whether anything that the widget says of itself has them."""
    said = [widget.toolTip(), widget.accessibleName(), widget.windowTitle()]
    if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
        said.append(widget.text())
    return any(_SIGN in text for text in said)


def _changes_of(widget: QWidget) -> Iterator[str]:
    yield from _in_tip(widget.toolTip())
    yield from _in_line(widget.accessibleName(), "accessible name")
    if _SIGN in (title := widget.windowTitle()):
        yield from _in_line(title, "title")
        if len(title) > _LONGEST_TITLE:
            yield f"a title of {len(title)} characters"
        if "[*]" in title.replace("[*][*]", ""):
            yield "a title with Qt's own placeholder"
    for action in widget.actions():
        yield from _in_button(action.text(), "action")
        yield from _in_tip(action.toolTip())
    match widget:
        case QLabel():
            if _SIGN in widget.text() and widget.textFormat() is not Qt.TextFormat.PlainText:
                yield "a label that may take its words for markup"
            yield from _in_paragraphs(widget.text(), "label")
        case QAbstractButton():
            yield from _in_button(widget.text(), "button")
        case QGroupBox():
            yield from _in_button(widget.title(), "title")
        case QTabBar():
            for tab in range(widget.count()):
                yield from _in_button(widget.tabText(tab), "tab")
        case QComboBox():
            for item in range(min(widget.count(), _MOST_ROWS)):
                yield from _in_line(widget.itemText(item), "choice")
        case QLineEdit():
            yield from _in_line(widget.placeholderText(), "placeholder")
        case QAbstractItemView() if widget.model() is not None:
            yield from _in_rows(widget.model(), QModelIndex())
        case QTextEdit() | QPlainTextEdit() if widget.isReadOnly():
            yield from _in_document(widget.document())
        case _:
            pass


def _in_line(text: str, what: str) -> Iterator[str]:
    if _SIGN in text and any(sign in text for sign in _BREAKS):
        yield f"a line break in a {what}"
    yield from _in_paragraphs(text, what)


def _in_paragraphs(text: str, what: str) -> Iterator[str]:
    if any(sign in text for sign in _DIRECTIONS):
        yield f"a direction in a {what}"
    if len(text) > _LONGEST:
        yield f"a {what} of {len(text)} characters"


def _in_button(text: str, what: str) -> Iterator[str]:
    if _SIGN in text and "&" in text.replace("&&", ""):
        yield f"a letter under which a {what} is found"
    yield from _in_line(text, what)


def _in_tip(text: str) -> Iterator[str]:
    """A tip is taken for markup when it looks like it, so that foreign words have to be escaped."""
    if _SIGN in text and (f"<b>{_SIGN}" in text or "<img" in text):
        yield "markup in a tip"
    yield from _in_paragraphs(text, "tip")


def _in_rows(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[str]:
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
    for row in range(min(model.rowCount(parent), _MOST_ROWS)):
        for column in range(columns):
            index = model.index(row, column, parent)
            yield from _in_line(str(index.data() or ""), "row")
            yield from _in_tip(str(index.data(Qt.ItemDataRole.ToolTipRole) or ""))
            said = index.data(Qt.ItemDataRole.AccessibleTextRole)
            yield from _in_line(str(said or ""), "row that is heard")
            yield from _in_rows(model, index)


def _in_document(document: QTextDocument) -> Iterator[str]:
    text = document.toPlainText()
    if any(sign in text for sign in _DIRECTIONS):
        yield "a direction in a document"
    block = document.begin()
    while block.isValid():
        at = block.begin()
        while not at.atEnd():
            if at.fragment().charFormat().isImageFormat():
                yield "an image in a document"
            at += 1
        block = block.next()
