"""Asking before an answer that no disk has taken yet goes with the program."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMessageBox

from headwater.ui.main_window import MainWindow
from headwater.ui.plain_text import paragraph
from headwater.ui.question_box import question_box

_NAME = "unsaved"
_LONGEST = 400


def ask_about_unsaved(problem: str, leave: Callable[[], None], window: MainWindow) -> None:
    """Say that there is `problem` and call `leave` if the person quits all the same."""
    window.come_to_front()
    if (asked := window.findChild(QMessageBox, _NAME)) is not None:
        asked.raise_()
        return
    box = question_box(
        window,
        "Quit",
        "An answer is not saved yet.",
        f"{paragraph(problem, _LONGEST)}\n\nQuitting now loses it. It can still be copied, and "
        "is saved by itself as soon as that is possible.",
    )
    box.setObjectName(_NAME)
    box.addButton("Quit and lose it", QMessageBox.ButtonRole.DestructiveRole).clicked.connect(leave)
    box.setDefaultButton(box.addButton("Go on", QMessageBox.ButtonRole.RejectRole))
    box.open()
