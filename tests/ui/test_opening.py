from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from headwater.domain.summons import Summons, SummonsKind
from headwater.ui.opening import Opening


def test_that_a_mac_opens_files_and_urls_in_the_quick_ask(
    qapp: QApplication, tmp_path: Path
) -> None:
    taken: list[Summons] = []
    opening = Opening(taken.append)
    file = str(tmp_path / "a.txt")
    assert opening.eventFilter(qapp, QFileOpenEvent(file))
    assert opening.eventFilter(qapp, QFileOpenEvent(QUrl("headwater://ask?q=why")))
    assert opening.eventFilter(qapp, QFileOpenEvent(QUrl("headwater://delete?q=all")))
    assert not opening.eventFilter(qapp, QEvent(QEvent.Type.User))
    assert taken == [
        Summons(SummonsKind.QUICK_ASK, files=(file,)),
        Summons(SummonsKind.QUICK_ASK, "why"),
        Summons(),
    ]
