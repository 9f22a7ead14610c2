"""Where characters stand on a line that Qt has laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

if TYPE_CHECKING:
    from PySide6.QtGui import QTextLine


def cursor_x(line: QTextLine, position: int) -> float:
    """Return how far right of its layout's origin a position of the line is, in pixels."""
    # A number, or in newer bindings a pair that starts with it.
    found: object = line.cursorToX(position)
    value = found[0] if isinstance(found, tuple) else found
    return float(value)  # type: ignore[arg-type]


def stretches(line: QTextLine, start: int, end: int) -> list[tuple[float, float]]:
    """Return from where to where characters of the line stand, those before `end`, in pixels.

    There are several stretches where the direction changes between them; a cursor at such a place
    is at either side of it.
    """
    found: list[tuple[float, float]] = []
    boxes = [run.boundingRect() for run in line.glyphRuns(start, end - start)]
    for box in sorted(boxes, key=QRectF.left):
        if found and box.left() - found[-1][1] < 1:
            found[-1] = (found[-1][0], max(found[-1][1], box.right()))
        else:
            found.append((box.left(), box.right()))
    return found
