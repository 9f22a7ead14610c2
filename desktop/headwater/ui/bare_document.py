"""A document that has nothing but its text: no picture, style sheet or file is ever read for it."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument


class BareDocument(QTextDocument):
    """Loads nothing. Qt's own would read local files and data URLs when its view declines to."""

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        return None
