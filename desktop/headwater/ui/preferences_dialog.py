"""What can be chosen once and for all: colours, pacing, limits, the quick ask; where things are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.preferences import LongLines, Pacing, Theme
from headwater.session.preference_session import PreferenceSession
from headwater.ui.composing import leave_keys_to_input_method
from headwater.ui.quick_ask_settings import QuickAskSettings
from headwater.ui.theme import APART, FIELD, NEAR

if TYPE_CHECKING:
    from headwater.ui.network_panel import NetworkPanel
    from headwater.ui.quick_ask_page import QuickAskPage
    from headwater.ui.release_panel import ReleasePanel

_THEMES = ((Theme.SYSTEM, "As the system"), (Theme.LIGHT, "Light"), (Theme.DARK, "Dark"))
_PACINGS = (
    (Pacing.FRAME, "At once"),
    (Pacing.SMOOTH, "Smoothly"),
    (Pacing.PARAGRAPH, "By paragraph"),
)
_LONG_LINES = ((LongLines.WRAP, "Wrap"), (LongLines.SCROLL, "Scroll sideways"))
_LONGEST_IDLE = 3600
_WIDTH = 520
_CHROME = 160  # pixels of sections, button, margins and the window's title together


class PreferencesDialog(QDialog):
    """Every change takes effect at once."""

    erasure_requested = Signal()

    def __init__(
        self,
        preferences: PreferenceSession,
        places: str,
        parent: QWidget,
        quick_ask: QuickAskSettings | None = None,
        releases: ReleasePanel | None = None,
        network: NetworkPanel | None = None,
    ) -> None:
        """Take `places`, plain words on where history and keys are kept."""
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self._preferences = preferences
        self._quick_ask: QuickAskPage | None = None
        self._network = network
        close = QPushButton("Close")
        close.setObjectName("primary")
        close.setDefault(True)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(APART, APART, APART, APART)
        column.setSpacing(APART)
        general = self._general(places, releases)
        if quick_ask is None and network is None:
            self.setMinimumWidth(440)
            column.addWidget(general)
        else:
            self.setMinimumWidth(_WIDTH)
            column.setContentsMargins(APART, NEAR, APART, APART)
            general.setContentsMargins(0, APART, 0, 0)
            column.addWidget(self._sections(general, quick_ask, network), 1)
        column.addLayout(row)
        leave_keys_to_input_method(self)
        self._theme.setFocus()
        close.clicked.connect(self.accept)
        self.finished.connect(self.deleteLater)

    def show_quick_ask(self) -> None:
        """Turn to the section on the quick ask."""
        if self._quick_ask is not None:
            self._tabs.setCurrentIndex(1)
            self._quick_ask.focus_first()

    def show_network(self) -> None:
        """Turn to the section on the network."""
        if self._network is not None:
            self._tabs.setCurrentWidget(self._network)
            self._network.focus_first()

    def _sections(
        self, general: QWidget, settings: QuickAskSettings | None, network: NetworkPanel | None
    ) -> QTabWidget:
        self._tabs = sections = QTabWidget()
        sections.setAccessibleName("Sections")
        sections.setDocumentMode(True)
        sections.tabBar().setAccessibleName("Sections")
        sections.tabBar().setExpanding(False)
        sections.tabBar().setDrawBase(False)
        sections.addTab(general, "General")
        if settings is not None:
            sections.addTab(self._quick_ask_area(settings), "Quick ask")
        if network is not None:
            sections.addTab(network, "Network")
            self.finished.connect(network.close_session)
        return sections

    def _quick_ask_area(self, settings: QuickAskSettings) -> QScrollArea:
        # It brings what only this section needs.
        from headwater.ui.quick_ask_page import QuickAskPage

        page = self._quick_ask = QuickAskPage(self._preferences, settings)
        self.finished.connect(page.close_session)
        area = QScrollArea()
        area.setWidget(page)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # It has its place only when the layout has been done again.
        page.problem_shown.connect(area.ensureWidgetVisible, Qt.ConnectionType.QueuedConnection)
        # A scroll area asks for little; as long as the screen has it, all is in sight at once.
        free = self.screen().availableGeometry().height() - _CHROME
        area.setMinimumHeight(min(page.heightForWidth(_WIDTH - 2 * APART), free))
        return area

    def _general(self, places: str, releases: ReleasePanel | None) -> QWidget:
        self._theme = _choice("Colours", _THEMES)
        self._pacing = _choice("Show text", _PACINGS)
        self._long_lines = _choice("Long lines of code", _LONG_LINES)
        self._idle = QSpinBox()
        for part in (self._idle, self._idle.lineEdit()):
            part.setAccessibleName("Give up after, seconds without text")
        self._idle.setRange(0, _LONGEST_IDLE)
        self._idle.setSpecialValueText("As the provider needs")
        self._idle.setSuffix(" s")
        now = self._preferences.now
        self._theme.setCurrentIndex(self._theme.findData(now.theme.value))
        self._pacing.setCurrentIndex(self._pacing.findData(now.pacing.value))
        self._long_lines.setCurrentIndex(self._long_lines.findData(now.long_lines.value))
        self._idle.setValue(round(now.idle_limit or 0))
        form = QFormLayout()
        form.setSpacing(NEAR)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Colours", self._theme)
        form.addRow("Show text", self._pacing)
        form.addRow("Long lines of code", self._long_lines)
        form.addRow("Give up after", self._idle)
        for field in (self._theme, self._pacing, self._long_lines, self._idle):
            field.setMinimumHeight(FIELD)
            form.labelForField(field).setMinimumHeight(FIELD)
        where = QLabel(places)
        where.setObjectName("muted")
        where.setTextFormat(Qt.TextFormat.PlainText)
        where.setWordWrap(True)
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(APART)
        column.addLayout(form)
        column.addWidget(where)
        erase = QPushButton("Delete everything…")
        erase.setAutoDefault(False)
        erase.clicked.connect(self._leave_for_erasure)
        column.addWidget(erase, 0, Qt.AlignmentFlag.AlignLeft)
        if releases is not None:
            column.addLayout(_updates(releases))
            self.finished.connect(releases.close_session)
        column.addStretch(1)
        for box in (self._theme, self._pacing, self._long_lines):
            box.currentIndexChanged.connect(lambda _: self._keep())
        self._idle.valueChanged.connect(lambda _: self._keep())
        return page

    def _leave_for_erasure(self) -> None:
        self.accept()
        self.erasure_requested.emit()

    def _keep(self) -> None:
        self._preferences.set(
            replace(
                self._preferences.now,
                theme=Theme(self._theme.currentData()),
                pacing=Pacing(self._pacing.currentData()),
                long_lines=LongLines(self._long_lines.currentData()),
                idle_limit=float(self._idle.value()) or None,
            )
        )


def _updates(releases: ReleasePanel) -> QVBoxLayout:
    hairline = QFrame()
    hairline.setObjectName("hairline")
    hairline.setFixedHeight(1)
    title = QLabel("Updates")
    title.setObjectName("strong")
    column = QVBoxLayout()
    column.setSpacing(NEAR)
    column.addWidget(hairline)
    column.addSpacing(NEAR)
    column.addWidget(title)
    column.addWidget(releases)
    return column


def _choice(name: str, choices: Sequence[tuple[Theme | Pacing | LongLines, str]]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, words in choices:
        box.addItem(words, value.value)
    return box
