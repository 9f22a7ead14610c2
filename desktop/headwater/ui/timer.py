"""A timer that calls one function, made in one line."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def timer(
    parent: QObject, pace: int, act: Callable[[], object], *, is_single: bool = True
) -> QTimer:
    """Return a stopped timer that calls `act` after `pace` milliseconds, once or every time."""
    made = QTimer(parent)
    made.setSingleShot(is_single)
    made.setInterval(pace)
    made.timeout.connect(act)
    return made
