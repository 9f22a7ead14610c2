"""What went wrong is said calmly, with the one button that helps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton, QWidget

from headwater.domain.answer import Answer, Complete, Cursor, Failed, Stopped, Streaming
from headwater.domain.failure import Failure, FailureKind, Remedy, unfinished_answer
from headwater.ui.failure_notice import FailureNotice


@pytest.fixture
def notice(qapp: QApplication) -> Iterator[FailureNotice]:
    footer = QWidget()
    yield FailureNotice(footer)
    footer.deleteLater()


def words(notice: FailureNotice) -> str:
    return " | ".join(w.text() for w in notice.findChildren(QLabel) if not w.isHidden())


def buttons(notice: FailureNotice) -> list[str]:
    return [w.text() for w in notice.findChildren(QPushButton) if not w.isHidden()]


def test_that_a_lost_connection_says_what_is_kept(notice: FailureNotice) -> None:
    notice.show_answer(Answer(text="one two three", state=Failed(unfinished_answer())))
    assert words(notice).startswith("The connection was lost. What had arrived is kept. | After 3")
    assert buttons(notice) == ["Continue", "Retry"]


def test_that_a_lost_run_can_be_continued_without_a_word_of_it(notice: FailureNotice) -> None:
    lost = Failed(unfinished_answer())
    notice.show_answer(Answer(response_id="resp_1", cursor=Cursor(3, 0, 0), state=lost))
    assert buttons(notice) == ["Continue", "Retry"]
    assert "Continue reads on" in words(notice)
    notice.show_answer(Answer(state=lost))
    assert buttons(notice) == ["Retry"]
    assert "reads on" not in words(notice)


@pytest.mark.parametrize(
    ("remedy", "button"),
    [
        (Remedy.RETRY, "Retry"),
        (Remedy.SET_KEY, "Set key"),
        (Remedy.OPEN_ACCOUNT, "Open account page"),
        (Remedy.USE_AGENT_API, "Use the Agent API"),
        (Remedy.CHOOSE_MODEL, "Choose a model"),
        (Remedy.CHECK_ADDRESS, "Check the address"),
        (Remedy.CHANGE_OPTIONS, "Change options"),
    ],
)
def test_that_the_one_button_is_the_remedy(
    notice: FailureNotice, remedy: Remedy, button: str
) -> None:
    chosen: list[str] = []
    notice.remedy_chosen.connect(chosen.append)
    failure = Failure(FailureKind.REFUSED, "No.", remedy=remedy)
    notice.show_answer(Answer(state=Failed(failure)))
    assert buttons(notice) == [button]
    next(b for b in notice.findChildren(QPushButton) if b.text() == button).click()
    assert chosen == [remedy.value]


def test_that_a_proxy_that_failed_can_be_looked_at_or_asked_again(notice: FailureNotice) -> None:
    chosen: list[str] = []
    notice.remedy_chosen.connect(chosen.append)
    failure = Failure(FailureKind.NOT_CONNECTED, "No.", remedy=Remedy.CHECK_PROXY)
    notice.show_answer(Answer(state=Failed(failure)))
    assert buttons(notice) == ["Retry", "Check the proxy"]
    for button in notice.findChildren(QPushButton):
        if button.isVisibleTo(notice):
            button.click()
    assert sorted(chosen) == ["check-proxy", "retry"]


def test_that_S13_what_the_server_sent_is_shown_raw_and_plain(notice: FailureNotice) -> None:
    failure = Failure(FailureKind.REFUSED, "No.", "<b>bold</b><img src=x>", raw='{"error": "<i>"}')
    notice.show_answer(Answer(state=Failed(failure)))
    for label in notice.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText
    raw = notice.findChild(QPlainTextEdit)
    assert raw is not None
    assert raw.isHidden()
    next(b for b in notice.findChildren(QPushButton) if b.text() == "Details").click()
    assert not raw.isHidden()
    assert raw.toPlainText() == '{"error": "<i>"}'


def test_that_a_stop_is_not_told_as_a_failure(notice: FailureNotice) -> None:
    notice.show_answer(Answer(text="one two", state=Stopped("after 40 tokens")))
    assert words(notice) == "Stopped after 40 tokens. | 2 words are kept."
    assert notice.property("tone") == "quiet"


def test_that_a_good_or_running_answer_shows_nothing(notice: FailureNotice) -> None:
    for state in (Streaming(), Complete()):
        notice.show_answer(Answer(text="x", state=state))
        assert notice.isHidden()
