"""The preferences of the quick ask: its key, where it opens, and whether it is always there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from headwater.session.preference_session import PreferenceSession
from headwater.ui.plain_label import plain_label
from headwater.ui.plain_text import one_line, paragraph
from headwater.ui.quick_ask_settings import MenuEntry, QuickAskSettings
from headwater.ui.shortcut_panel import ShortcutPanel
from headwater.ui.theme import APART, FIELD, NEAR

_LONGEST_PAUSE = 24 * 60
_KEEPS_RUNNING = (
    (None, "Where there is a tray icon"),
    (True, "Always"),
    (False, "Never"),
)


class QuickAskPage(QWidget):
    """Every change takes effect at once."""

    problem_shown = Signal(QWidget)

    def __init__(self, preferences: PreferenceSession, settings: QuickAskSettings) -> None:
        super().__init__()
        self.setObjectName("page")
        self._preferences = preferences
        self._settings = settings
        self._panel = ShortcutPanel(settings.shortcut, settings.command, settings.desktop)
        self._screen = QComboBox()
        self._screen.setAccessibleName("Opens on")
        self._pause = QSpinBox()
        for part in (self._pause, self._pause.lineEdit()):
            part.setAccessibleName("Begin a new question after, minutes")
        self._keeps = QComboBox()
        self._keeps.setAccessibleName("Keep running when the window is closed")
        self._way_back = plain_label("muted")
        self._login = QCheckBox("Start at login, without a window")
        self._login_problem = plain_label("warning")
        self._add = QPushButton("Add to the applications menu")
        self._add.setAutoDefault(False)
        self._entry_words = plain_label("muted")
        self._entry_words.setText("Some desktops need the entry before they grant a shortcut.")
        self._entry_problem = plain_label("warning")
        self._is_missing = _is_missing(settings.entry)
        self._fill()
        self._lay_out()
        self._connect()
        self._show()

    def focus_first(self) -> None:
        """Put the focus where one begins here."""
        self._panel.focus_first()

    def close_session(self) -> None:
        """End a test, and follow nothing any more."""
        self._panel.close_session()
        self._forget()

    def _fill(self) -> None:
        now, screens = self._preferences.now, self._settings.screens
        self._screen.addItem("The screen with the pointer", "")
        for name in screens:
            self._screen.addItem(one_line(name, 60), name)
        if now.quick_screen and now.quick_screen not in screens:
            words = f"{one_line(now.quick_screen, 60)} (not connected)"
            self._screen.addItem(words, now.quick_screen)
        self._screen.setCurrentIndex(max(self._screen.findData(now.quick_screen), 0))
        self._pause.setRange(0, _LONGEST_PAUSE)
        self._pause.setSpecialValueText("Each time it opens")
        self._pause.setSuffix(" min")
        self._pause.setValue(now.quick_pause)
        for value, words in _KEEPS_RUNNING:
            self._keeps.addItem(words, value)
        wanted = [value for value, _ in _KEEPS_RUNNING].index(now.keeps_running)
        self._keeps.setCurrentIndex(wanted)
        self._login.setChecked(self._settings.login_start.is_on())

    def _lay_out(self) -> None:
        form = QGridLayout()
        form.setHorizontalSpacing(APART)
        form.setVerticalSpacing(NEAR)
        form.setColumnStretch(1, 1)
        for line, (words, field) in enumerate(
            (
                ("Opens on", self._screen),
                ("Begin a new question after", self._pause),
                ("Keep running when closed", self._keeps),
            )
        ):
            label = QLabel(words)
            label.setBuddy(field)
            field.setMinimumHeight(FIELD)
            form.addWidget(label, line, 0)
            form.addWidget(field, line, 1)
            if field is self._screen and not self._settings.screens:
                label.hide()
                field.hide()
        form.addWidget(self._way_back, 3, 1)
        login = QVBoxLayout()
        login.setSpacing(NEAR // 2)
        login.addWidget(self._login, 0, Qt.AlignmentFlag.AlignLeft)
        login.addWidget(self._login_problem)
        entry = QVBoxLayout()
        entry.setSpacing(NEAR // 2)
        row = QHBoxLayout()
        row.addWidget(self._add)
        row.addStretch(1)
        entry.addLayout(row)
        entry.addWidget(self._entry_words)
        entry.addWidget(self._entry_problem)
        hairline = QFrame()
        hairline.setObjectName("hairline")
        hairline.setFixedHeight(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, APART, 0, 0)
        column.setSpacing(APART)
        column.addWidget(self._panel)
        column.addWidget(hairline)
        column.addLayout(form)
        column.addLayout(login)
        column.addLayout(entry)
        column.addStretch(1)

    def _connect(self) -> None:
        keep = self._preferences.update
        self._screen.currentIndexChanged.connect(
            lambda _: keep(quick_screen=self._screen.currentData())
        )
        self._pause.valueChanged.connect(lambda minutes: keep(quick_pause=minutes))
        self._keeps.currentIndexChanged.connect(
            lambda index: keep(keeps_running=_KEEPS_RUNNING[index][0])
        )
        self._login.clicked.connect(self._switch_login)
        self._add.clicked.connect(self._install)
        forgets = (
            self._preferences.changed.add(self._show),
            self._settings.shortcut.changed.add(self._show),
        )

        def forget() -> None:
            for each in forgets:
                each()

        self._forget = forget

    def _show(self) -> None:
        self._way_back.setText(self._words_on_the_way_back())
        self._add.setVisible(self._is_missing)
        self._entry_words.setVisible(self._is_missing)
        self._login_problem.setVisible(bool(self._login_problem.text()))
        self._entry_problem.setVisible(bool(self._entry_problem.text()))

    def _words_on_the_way_back(self) -> str:
        shortcut = self._settings.shortcut
        keeps = self._preferences.now.keeps_running
        if keeps is False or (keeps is None and not self._settings.has_tray):
            reason = "There is no tray icon here. " if keeps is None else ""
            return f"{reason}Closing the window ends Headwater, and the shortcut with it."
        if self._settings.has_tray:
            return "The tray icon brings the window back."
        way = "start Headwater again"
        if shortcut.state.is_active:
            way += f" or press {one_line(shortcut.words, 60)}"
        return f"There is no tray icon here. To come back, {way}."

    def _switch_login(self, is_on: bool) -> None:
        login = self._settings.login_start
        self._login_problem.setText(paragraph(login.switch(is_on), 400))
        self._login.setChecked(login.is_on())
        self._show()
        self.problem_shown.emit(self._login_problem)

    def _install(self) -> None:
        entry = self._settings.entry
        assert entry is not None
        self._add.setEnabled(False)
        self._entry_problem.clear()
        self._show()
        entry.install(self._installed)

    def _installed(self, problem: str) -> None:
        if not isValid(self):
            return  # the dialog was closed meanwhile
        self._add.setEnabled(True)
        self._entry_problem.setText(paragraph(problem, 400))
        self._is_missing = _is_missing(self._settings.entry)
        self._show()
        self.problem_shown.emit(self._entry_problem)


def _is_missing(entry: MenuEntry | None) -> bool:
    return entry is not None and not entry.is_installed()
