"""Where the quick ask opens: on which screen, at which place of it, and how far it may unfold."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect

from headwater.ui.theme import APART

_FROM_TOP = 0.24  # of the screen's height, a first time
_LEAST_BELOW = 0.35  # of the screen's height that an answer needs below the question


def first_place(screen: QRect, width: int) -> QPoint:
    """Return the top left corner for a window of `width` on what `screen` has free."""
    left = screen.left() + max(0, screen.width() - width) // 2
    return QPoint(left, screen.top() + round(screen.height() * _FROM_TOP))


def place_on(screen: QRect, width: int, remembered: str) -> QPoint:
    """Return where the window goes on `screen`: as `remembered` (`x y`), corrected if it must be.

    The whole width stays on the screen, and so much below that an answer can be read.
    """
    try:
        x, y = (int(part) for part in remembered.split())
    except ValueError:
        return first_place(screen, width)
    left = screen.left() + min(x, screen.width() - width)
    lowest = round(screen.height() * (1 - _LEAST_BELOW))
    return QPoint(max(screen.left(), left), screen.top() + max(0, min(y, lowest)))


def remember(place: QPoint, screen: QRect) -> str:
    """Return the place on `screen` in the form that `place_on` takes."""
    return f"{place.x() - screen.left()} {place.y() - screen.top()}"


def room_below(screen: QRect, top: int) -> int:
    """Return how high a window may become whose top is at `top`."""
    return max(0, screen.top() + screen.height() - APART - top)
