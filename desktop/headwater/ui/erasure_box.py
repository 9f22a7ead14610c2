"""Deleting everything that is kept on this computer: asked once, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox, QWidget

from headwater.ui.plain_text import paragraph
from headwater.ui.question_box import question_box

_WHAT_GOES = (
    "All conversations and their backups, what was deleted lately, preferences, questions not yet "
    "sent, reports of mistakes, the keys in the keyring and the start at log-in are removed. "
    "Headwater quits then. This cannot be undone.\n\nFiles that you exported or copied elsewhere "
    "stay, and so does what the services that you asked keep of it."
)
_LONGEST = 400


class Erase(Protocol):
    """Deletes everything and quits, or says why it did not."""

    def __call__(self, refused: Callable[[str], None], *, despite_keyring: bool) -> None:
        """Tell `refused` when the keyring does not let go of a key, unless that is all right."""
        ...


class ErasureQuestion(QObject):
    """Asks, and asks again only where the keyring does not let go of a key."""

    def __init__(self, erase: Erase, parent: QWidget) -> None:
        """Take what deletes."""
        super().__init__(parent)
        self._erase = erase
        self._parent = parent

    def ask(self) -> None:
        """Show the question."""
        self._show("Delete everything that Headwater keeps on this computer?", _WHAT_GOES)

    def _refused(self, problem: str) -> None:
        self._show(
            "The keyring did not let go of the keys, and nothing else was deleted either.",
            f"{paragraph(problem, _LONGEST)}\n\nThe rest can be deleted without the keys, which "
            "then stay in the keyring.",
            despite_keyring=True,
        )

    def _show(self, question: str, consequence: str, *, despite_keyring: bool = False) -> None:
        box = question_box(self._parent, "Delete everything", question, consequence)
        words = "Delete the rest and quit" if despite_keyring else "Delete everything and quit"
        delete = box.addButton(words, QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton("Keep everything", QMessageBox.ButtonRole.RejectRole))
        delete.clicked.connect(lambda: self._erase(self._refused, despite_keyring=despite_keyring))
        box.open()
