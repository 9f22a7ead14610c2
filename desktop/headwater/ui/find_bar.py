"""The bar over the answers that words are looked for in; it knows no document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from headwater.ui.theme import APART, NEAR, Theme

if TYPE_CHECKING:
    from headwater.ui.pictures import Pictures

_LONGEST = 500  # characters
_WIDEST = 320  # pixels, of the box


class FindEdit(QLineEdit):
    """Takes words; Enter is left to the input method while it composes."""

    stepped = Signal(int)
    escaped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composes = False
        self.setPlaceholderText("Find in this conversation")
        self.setAccessibleName("Find in this conversation")
        self.setMaxLength(_LONGEST)

    def event(self, event: QEvent) -> bool:
        # Else Esc would be the window's Stop.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_escape = event.key() == Qt.Key.Key_Escape
            if is_escape and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._composes:
            is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.stepped.emit(-1 if is_back else 1)
            event.accept()
        elif event.key() == Qt.Key.Key_Escape and not self._composes:
            self.escaped.emit()
            event.accept()
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composes = bool(event.preeditString())
        super().inputMethodEvent(event)


class FindBar(QWidget):
    """A box, how many places there are, and the way from one to the next."""

    words_changed = Signal(str)
    stepped = Signal(int)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.edit = FindEdit()
        self.edit.setMaximumWidth(_WIDEST)
        self._count = QLabel()
        self._count.setObjectName("muted")
        # Nothing jumps while the numbers grow.
        self._count.setMinimumWidth(self._count.fontMetrics().horizontalAdvance("0000 of 0000"))
        self._previous = _tool("Previous place (Shift+F3)")
        self._next = _tool("Next place (F3)")
        self._close = _tool("Close (Esc)")
        row = QHBoxLayout(self)
        row.setContentsMargins(APART, 6, APART, 6)
        row.setSpacing(NEAR)
        row.addWidget(self.edit, 8)
        row.addWidget(self._count)
        row.addWidget(self._previous)
        row.addWidget(self._next)
        row.addStretch(1)
        row.addWidget(self._close)
        self.edit.textChanged.connect(self.words_changed)
        self.edit.stepped.connect(self.stepped)
        self.edit.escaped.connect(self.closed)
        self._previous.clicked.connect(lambda: self.stepped.emit(-1))
        self._next.clicked.connect(lambda: self.stepped.emit(1))
        self._close.clicked.connect(self.closed)

    @property
    def count_words(self) -> str:
        """What it says about the places."""
        return self._count.text()

    def show_count(self, number: int, count: int, *, is_done: bool) -> None:
        """Show that the `number`th of `count` places is the current one."""
        has_words = bool(self.edit.text())
        words = f"{number} of {count}" if count else "Not found" if is_done else "…"
        self._count.setText(words if has_words else "")
        self._count.setAccessibleName(f"Places found: {words}" if has_words else "")
        for button in (self._previous, self._next):
            button.setEnabled(count > 0)

    def wear(self, theme: Theme, pictures: Pictures) -> None:
        """Take on the theme's colours."""
        for button, name in (
            (self._previous, "chevron-up"),
            (self._next, "chevron-down"),
            (self._close, "x"),
        ):
            button.setIcon(pictures.icon(name, theme.muted))


def _tool(name: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name.rpartition(" (")[0])
    button.setToolTip(name)
    button.setIconSize(QSize(16, 16))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
