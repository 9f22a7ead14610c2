"""A message box that asks before something is done; foreign words in it stay plain."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def question_box(parent: QWidget, title: str, question: str, consequence: str) -> QMessageBox:
    """Return the box, without buttons; it is deleted when it closes."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(title)
    box.setText(question)
    box.setInformativeText(consequence)
    return box
