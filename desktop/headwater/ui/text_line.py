"""Where characters stand on a line that Qt has laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QTextLine


def cursor_x(line: QTextLine, position: int) -> float:
    """Return how far right of its layout's origin a position of the line is, in pixels."""
    # A number, or in newer bindings a pair that starts with it.
    found: object = line.cursorToX(position)
    value = found[0] if isinstance(found, tuple) else found
    return float(value)  # type: ignore[arg-type]
