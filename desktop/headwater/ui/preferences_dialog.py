"""What can be chosen once and for all: colours, pacing, limits; and where things are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.preferences import Pacing, Theme
from headwater.session.preference_session import PreferenceSession
from headwater.ui.theme import APART, NEAR

_THEMES = ((Theme.SYSTEM, "As the system"), (Theme.LIGHT, "Light"), (Theme.DARK, "Dark"))
_PACINGS = (
    (Pacing.FRAME, "At once"),
    (Pacing.SMOOTH, "Smoothly"),
    (Pacing.PARAGRAPH, "By paragraph"),
)
_LONGEST_IDLE = 3600


class PreferencesDialog(QDialog):
    """Every change takes effect at once."""

    def __init__(self, preferences: PreferenceSession, places: str, parent: QWidget) -> None:
        """Take `places`, plain words on where history and keys are kept."""
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.setMinimumWidth(440)
        self._preferences = preferences
        self._theme = _choice("Colours", _THEMES)
        self._pacing = _choice("Show text", _PACINGS)
        self._idle = QSpinBox()
        for part in (self._idle, self._idle.lineEdit()):
            part.setAccessibleName("Give up after, seconds without text")
        self._idle.setRange(0, _LONGEST_IDLE)
        self._idle.setSpecialValueText("As the provider needs")
        self._idle.setSuffix(" s")
        now = preferences.now
        self._theme.setCurrentIndex(self._theme.findData(now.theme.value))
        self._pacing.setCurrentIndex(self._pacing.findData(now.pacing.value))
        self._idle.setValue(round(now.idle_limit or 0))
        form = QFormLayout()
        form.setSpacing(NEAR)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Colours", self._theme)
        form.addRow("Show text", self._pacing)
        form.addRow("Give up after", self._idle)
        where = QLabel(places)
        where.setObjectName("muted")
        where.setTextFormat(Qt.TextFormat.PlainText)
        where.setWordWrap(True)
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QPushButton("Close")
        close.setObjectName("primary")
        close.setDefault(True)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(APART, APART, APART, APART)
        column.setSpacing(APART)
        column.addLayout(form)
        column.addWidget(where)
        column.addLayout(row)
        for box in (self._theme, self._pacing):
            box.currentIndexChanged.connect(lambda _: self._keep())
        self._idle.valueChanged.connect(lambda _: self._keep())
        close.clicked.connect(self.accept)
        self.finished.connect(self.deleteLater)

    def _keep(self) -> None:
        self._preferences.set(
            replace(
                self._preferences.now,
                theme=Theme(self._theme.currentData()),
                pacing=Pacing(self._pacing.currentData()),
                idle_limit=float(self._idle.value()) or None,
            )
        )


def _choice(name: str, choices: Sequence[tuple[Theme | Pacing, str]]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, words in choices:
        box.addItem(words, value.value)
    return box
