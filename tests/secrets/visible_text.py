"""All that a window says: to the eye, to a screen reader, in tooltips, and on the clipboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtGui import QAccessible, QClipboard, QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QWidget

_SAID = (
    "windowTitle",
    "toolTip",
    "whatsThis",
    "statusTip",
    "accessibleName",
    "accessibleDescription",
    "objectName",
    "text",
    "toPlainText",
    "placeholderText",
    "currentText",
)
_READ_OUT = (
    QAccessible.Text.Name,
    QAccessible.Text.Description,
    QAccessible.Text.Value,
    QAccessible.Text.Help,
)
_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.EditRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
)


def visible_text() -> str:
    """Return every text of every widget there is, hidden ones too, and of the clipboard."""
    return "\n".join([*(t for w in QApplication.allWidgets() for t in _texts_of(w)), *_copied()])


def _texts_of(widget: QWidget) -> Iterator[str]:
    for name in _SAID:
        if name == "text" and isinstance(widget, QLineEdit):
            yield widget.displayText()  # what is drawn of it
        elif callable(say := getattr(widget, name, None)):
            yield str(say())
    if (interface := QAccessible.queryAccessibleInterface(widget)) is not None:
        yield from (interface.text(part) for part in _READ_OUT)
        if (words := interface.textInterface()) is not None:
            yield words.text(0, words.characterCount())
    for added in widget.dynamicPropertyNames():
        with suppress(RuntimeError):  # one of Qt's own, of a kind that Python does not know
            yield str(widget.property(bytes(added.data()).decode()))
    if isinstance(widget, QAbstractItemView) and (model := widget.model()) is not None:
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
        for row in range(model.rowCount()):
            for column in range(columns):
                yield from (str(model.index(row, column).data(role)) for role in _ROLES)


def _copied() -> Iterator[str]:
    clipboard = QGuiApplication.clipboard()
    for mode in (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection):
        data = clipboard.mimeData(mode)
        if data is not None:
            yield from (
                bytes(data.data(form).data()).decode("utf-8", "replace") for form in data.formats()
            )
