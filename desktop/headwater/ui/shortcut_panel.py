"""The shortcut as it really is: the key, who grants it, what stands in its way, and a test."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QClipboard,
    QGuiApplication,
    QHideEvent,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.shortcut import (
    KeyCombination,
    ShortcutState,
    ShortcutStatus,
    default_shortcut,
)
from headwater.session.shortcut_session import ShortcutSession
from headwater.ui.desktop_hint import desktop_hint
from headwater.ui.key_field import KeyField
from headwater.ui.plain_label import plain_label
from headwater.ui.plain_text import one_line, paragraph
from headwater.ui.theme import NEAR

TEST_TIME = 10_000  # milliseconds
_COPIED_TIME = 2_000
_LONGEST = 400
_PROBLEMS = {
    ShortcutStatus.TAKEN: "Another program has this key.",
    ShortcutStatus.DENIED: "The system did not allow a shortcut.",
    ShortcutStatus.UNAVAILABLE: "Here a program cannot ask for a key that works everywhere.",
    ShortcutStatus.FAILED: "The system did not give the key.",
}
_NOTHING = (
    "Nothing arrived. Another program may take the key first. "
    "Choose another one, or use the command below."
)


class ShortcutPanel(QWidget):
    """Follows one ShortcutSession; `close_session` ends that."""

    def __init__(
        self,
        shortcut: ShortcutSession,
        command: str,
        desktop: str,
        parent: QWidget | None = None,
        *,
        platform: str = sys.platform,
        test_time: int = TEST_TIME,
    ) -> None:
        """Take the command that opens the quick ask as people type it, and XDG_CURRENT_DESKTOP."""
        super().__init__(parent)
        self._shortcut = shortcut
        self._command = command
        self._desktop = desktop
        self._platform = platform
        self._switch = QCheckBox("Open the quick ask with a key, from any program")
        self._field = KeyField(platform)
        self._test = QPushButton("Test")
        self._test.setAutoDefault(False)
        self._test.setAccessibleName("Test the shortcut")
        self._active = plain_label("positive", is_selectable=True)
        self._status = plain_label("muted", is_selectable=True)
        self._problem = plain_label("warning", is_selectable=True)
        self._remedy = plain_label("muted", is_selectable=True)
        self._again = QPushButton("Try again")
        self._again.setAutoDefault(False)
        self._shown_command = QLineEdit(command)
        self._shown_command.setReadOnly(True)
        self._shown_command.setCursorPosition(0)
        self._shown_command.setAccessibleName("Command that opens the quick ask")
        self._copy = QPushButton("Copy")
        self._copy.setAutoDefault(False)
        self._copy.setAccessibleName("Copy the command")
        self._offer = plain_label("muted", is_selectable=True)
        self._hint = plain_label("muted", is_selectable=True)
        self._is_testing = False
        self._said = ""  # on the last key or the last test; goes with the next change
        self._is_warning = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(test_time)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(_COPIED_TIME)
        self._lay_out()
        self._connect()
        self._forget: tuple[Callable[[], None], ...] = (
            shortcut.changed.add(self._show),
            shortcut.tested.add(self._arrived),
        )
        self._show()

    @property
    def is_waiting(self) -> bool:
        """Whether the next press belongs to the field or to the test."""
        return self._is_testing or self._field.is_waiting

    def focus_first(self) -> None:
        """Put the focus where one begins here."""
        (self._field if self._field.isEnabled() else self._shown_command).setFocus()

    def close_session(self) -> None:
        """End a test, and do not follow the session any more."""
        self._leave()
        self._timer.stop()
        self._copied.stop()
        for forget in self._forget:
            forget()
        self._forget = ()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(NEAR)
        row.addWidget(self._field)
        row.addWidget(self._test)
        row.addWidget(self._again)
        row.addStretch(1)
        self._field.setMinimumWidth(200)
        told = QHBoxLayout()
        # Two lines have their place, so that little moves when the state changes.
        told.addStrut(2 * self.fontMetrics().height() + NEAR // 2)
        words = QVBoxLayout()
        told.addLayout(words)
        words.setSpacing(NEAR // 2)
        for label in (self._active, self._status, self._problem, self._remedy):
            words.addWidget(label)
        words.addStretch(1)
        command = QHBoxLayout()
        command.setSpacing(NEAR)
        command.addWidget(self._shown_command, 1)
        command.addWidget(self._copy)
        self._offer.setText("A key of your desktop’s own can start this command instead:")
        other = QVBoxLayout()
        other.setSpacing(NEAR // 2)
        other.addWidget(self._offer)
        other.addLayout(command)
        other.addWidget(self._hint)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(NEAR)
        column.addWidget(self._switch, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(row)
        column.addLayout(told)
        column.addSpacing(NEAR)
        column.addLayout(other)

    def _connect(self) -> None:
        self._switch.clicked.connect(self._switched)
        self._field.begun.connect(self._begun)
        self._field.chosen.connect(self._chosen)
        self._field.default_chosen.connect(self._default_chosen)
        self._field.unusable_pressed.connect(self._unusable_pressed)
        self._field.left.connect(self._left)
        self._test.clicked.connect(self._toggle_test)
        self._again.clicked.connect(self._try_again)
        self._copy.clicked.connect(self._copy_command)
        self._timer.timeout.connect(self._nothing_arrived)
        self._copied.timeout.connect(lambda: self._copy.setText("Copy"))

    def _show(self) -> None:
        shortcut, state = self._shortcut, self._shortcut.state
        is_possible = bool(shortcut.backend_name)
        self._switch.setEnabled(is_possible)
        self._switch.setChecked(shortcut.is_on)
        self._field.setEnabled(is_possible)
        self._offer.setVisible(is_possible)  # else the remedy says so
        self._field.show_keys(shortcut.keys.words(self._platform))
        self._test.setEnabled(state.is_active and not self._field.is_waiting)
        self._test.setText("Stop" if self._is_testing else "Test")
        self._show_state(state)
        self._hint.setText(desktop_hint(self._desktop, self._command, shortcut.keys))

    def _show_state(self, state: ShortcutState) -> None:
        shortcut = self._shortcut
        words = one_line(shortcut.words, 60)
        problem, remedy = state.problem, state.remedy
        if not problem and state.status in _PROBLEMS:
            problem = _PROBLEMS[state.status]
            remedy = remedy or "Choose another key, or use the command below."
        active = status = ""
        if state.is_active:
            active = (
                f"Active: {one_line(shortcut.words, 60)} ({one_line(shortcut.backend_name, 40)})"
            )
        elif state.status == ShortcutStatus.ASKING:
            status = "Asking the system for the key…"
        elif not problem:
            status = "Off."
        if self._is_testing:
            status = f"Press {words} now…"
        elif self._field.is_waiting:
            status = "Esc keeps the key. Backspace brings the usual one back."
        elif self._said and not self._is_warning:
            status = self._said
        if self._said and self._is_warning:
            # About what was done just now; the state has its own line.
            problem = "\n".join(part for part in (self._said, problem) if part)
        _set(self._active, active)
        _set(self._status, status)
        _set(self._problem, paragraph(problem, _LONGEST))
        _set(self._remedy, paragraph(remedy, _LONGEST))
        can_try = state.status in (
            ShortcutStatus.TAKEN,
            ShortcutStatus.DENIED,
            ShortcutStatus.FAILED,
        )
        self._again.setVisible(can_try)

    def _say(self, words: str, *, is_warning: bool = False) -> None:
        self._said, self._is_warning = words, is_warning
        if words:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self._show()

    def _switched(self, is_on: bool) -> None:
        self._leave()
        self._said = ""
        self._shortcut.switch(on=is_on)
        self._show()

    def _try_again(self) -> None:
        self._said = ""
        self._shortcut.try_again()
        self._show()

    def _begun(self) -> None:
        self._stop_test()
        self._said = ""
        # The present key is one that may be pressed; it must not open the quick ask now.
        self._shortcut.begin_test()

    def _chosen(self, keys: KeyCombination) -> None:
        self._shortcut.end_test()
        problem = self._shortcut.choose(keys)
        self._say(problem, is_warning=bool(problem))

    def _default_chosen(self) -> None:
        self._chosen(default_shortcut(self._platform))

    def _unusable_pressed(self) -> None:
        self._say("This key cannot be part of a shortcut.", is_warning=True)

    def _left(self) -> None:
        self._shortcut.end_test()
        self._say("")

    def _toggle_test(self) -> None:
        if self._is_testing:
            self._stop_test()
            self._say("")
        else:
            self._is_testing = True
            self._timer.start()
            self._say("")
            self._shortcut.begin_test()

    def _arrived(self) -> None:
        if self._is_testing:
            self._is_testing = False
            self._timer.stop()
            self._say("It arrived.")
        else:
            self._field.leave()

    def _nothing_arrived(self) -> None:
        self._stop_test()
        self._say(_NOTHING, is_warning=True)

    def _stop_test(self) -> None:
        if self._is_testing:
            self._is_testing = False
            self._timer.stop()
            self._shortcut.end_test()

    def _leave(self) -> None:
        self._stop_test()
        self._field.leave()

    def _copy_command(self) -> None:
        clipboard: QClipboard = QGuiApplication.clipboard()
        clipboard.setText(self._command)
        self._copy.setText("Copied")
        self._copied.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self._leave()


def _set(label: QLabel, words: str) -> None:
    label.setText(words)
    label.setVisible(bool(words))
