"""Ctrl and the wheel ask for another size of the text, notch by notch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QWheelEvent

_NOTCH = 120  # eighths of a degree, one notch of a common wheel


class ZoomWheel:
    """Adds up how far the wheel was turned: a trackpad turns it by a little at a time."""

    def __init__(self) -> None:
        self._turned = 0  # eighths of a degree

    def step(self, event: QWheelEvent) -> int | None:
        """Return 1 for larger, -1 for smaller, 0 for nothing yet; None if it asks for no size.

        What it takes is accepted, and must not reach Qt, which would change the font by itself.
        """
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._turned = 0
            return None
        event.accept()
        self._turned += event.angleDelta().y()
        if abs(self._turned) < _NOTCH:
            return 0
        step = 1 if self._turned > 0 else -1
        self._turned = 0
        return step
