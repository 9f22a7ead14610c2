"""What went wrong, beside the kept text, with the button that helps."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.answer import Answer, Failed, Stopped
from headwater.domain.failure import Failure, Remedy
from headwater.ui.plain_label import plain_label
from headwater.ui.plain_text import one_line, paragraph
from headwater.ui.styled_property import set_styled_property
from headwater.ui.theme import NEAR

_BUTTONS = {
    Remedy.RETRY: "Retry",
    Remedy.SET_KEY: "Set key",
    Remedy.OPEN_ACCOUNT: "Open account page",
    Remedy.USE_AGENT_API: "Use the Agent API",
    Remedy.CHOOSE_MODEL: "Choose a model",
    Remedy.CHECK_ADDRESS: "Check the address",
    Remedy.CHECK_PROXY: "Check the proxy",
    Remedy.CHANGE_OPTIONS: "Change options",
}


class FailureNotice(QFrame):
    """One calm sentence, what was kept, and what to do; the server's words under Details."""

    remedy_chosen = Signal(str)
    continue_requested = Signal()
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAccessibleName("What went wrong")
        self._remedy = Remedy.RETRY
        self._title = plain_label("noticeTitle", is_selectable=True)
        self._detail = plain_label("noticeDetail", is_selectable=True)
        self._raw = QPlainTextEdit()
        self._raw.setReadOnly(True)
        self._raw.setAccessibleName("What the server sent")
        self._raw.setMaximumHeight(120)
        self._raw.hide()
        self._details = QPushButton("Details")
        self._details.setObjectName("quiet")
        self._details.setAccessibleName("Details, folded")
        self._continue = QPushButton("Continue")
        self._again = QPushButton("Retry")
        self._act = QPushButton("Retry")
        self._act.setObjectName("primary")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        row = QHBoxLayout()
        row.setSpacing(NEAR)
        row.addLayout(words, 1)
        row.addWidget(self._details)
        row.addWidget(self._continue)
        row.addWidget(self._again)
        row.addWidget(self._act)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.addLayout(row)
        column.addWidget(self._raw)
        self._act.clicked.connect(lambda: self.remedy_chosen.emit(self._remedy.value))
        self._continue.clicked.connect(self.continue_requested)
        self._again.clicked.connect(lambda: self.remedy_chosen.emit(Remedy.RETRY.value))
        self._details.clicked.connect(lambda: self._show_raw(is_shown=self._raw.isHidden()))

    def show_answer(self, answer: Answer) -> None:
        """Show how `answer` ended; hidden for one that runs or is complete."""
        match answer.state:
            case Failed(failure):
                self._show_failure(failure, len(answer.text.split()), answer.is_resumable)
            case Stopped(reason):
                words = len(answer.text.split())
                kept = f"{words:,} words are kept." if words else "No text had arrived."
                self._show(
                    one_line(f"Stopped {reason}.".replace(" .", ".")), kept, Remedy.RETRY, "quiet"
                )
                self._continue.setVisible(bool(answer.text))
                self._details.hide()
            case _:
                self.hide()

    def _show_failure(self, failure: Failure, words: int, is_resumable: bool) -> None:
        title = one_line(failure.title)
        if words:
            title += " What had arrived is kept."
        detail = paragraph(failure.detail, 600)
        if words:
            detail = f"After {words:,} words. {detail}" if detail else f"After {words:,} words."
        if is_resumable:
            detail += " The server may have gone on with it: Continue reads on."
        self._show(title, detail.lstrip(), failure.remedy, "danger")
        self._continue.setVisible(bool(words) or is_resumable)
        raw = paragraph(failure.raw or "")
        self._details.setVisible(bool(raw))
        if raw != self._raw.toPlainText():
            self._raw.setPlainText(raw)

    def _show(self, title: str, detail: str, remedy: Remedy, tone: str) -> None:
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._remedy = remedy
        # A proxy may be set up well and only be away for a while.
        self._again.setVisible(remedy is Remedy.CHECK_PROXY)
        self._act.setVisible(remedy in _BUTTONS)
        self._act.setText(_BUTTONS.get(remedy, ""))
        set_styled_property(self, "tone", tone)
        self.show()

    def _show_raw(self, *, is_shown: bool) -> None:
        self._raw.setVisible(is_shown)
        self._details.setAccessibleName(f"Details, {'unfolded' if is_shown else 'folded'}")
        self.resized.emit()
