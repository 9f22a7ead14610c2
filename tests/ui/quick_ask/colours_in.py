"""Which colours of a theme a widget paints."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QFont, QImage, QRegion
from PySide6.QtWidgets import QWidget

from headwater.ui.theme import Theme

_FEW = 20  # pixels; a round corner mixes fewer of any colour


def colours_in(widget: QWidget, theme: Theme) -> set[str]:
    """Return the names of the colours, on a surface; the text is drawn without soft edges."""
    font = QFont(widget.font())
    font.setStyleStrategy(QFont.StyleStrategy.NoAntialias)
    font.setPointSizeF(30)  # thick enough that a stroke has a middle
    widget.setFont(font)
    widget.resize(widget.sizeHint())
    image = QImage(widget.size(), QImage.Format.Format_RGB32)
    image.fill(theme.surface)
    widget.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    area = ((x, y) for x in range(image.width()) for y in range(image.height()))
    found = Counter(image.pixel(x, y) for x, y in area)
    named: dict[int, str] = {}
    for name, value in theme._asdict().items():
        if isinstance(value, QColor):
            named.setdefault(value.rgb(), name)
    return {named[p] for p, count in found.items() if p in named and count >= _FEW}


def are_paired(theme: Theme, text: str, ground: str) -> bool:
    """Whether this text on this ground is among those whose contrast is looked at."""
    wanted = (getattr(theme, text), getattr(theme, ground))
    return wanted in [(colour, on) for _, colour, on in theme.body_pairs]
