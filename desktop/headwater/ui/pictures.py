"""Icons: drawn from their SVG in the palette's colours, sharp at every scale."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap


class Pictures:
    """Loads icons by name (`menu`, `search`, ...) from one folder."""

    def __init__(self, folder: Path, scale: float) -> None:
        """Take the folder that holds the SVG files, and the largest scale of the screens."""
        self._folder = folder
        self._scale = scale
        self._drawn: dict[tuple[str, str, int, float], QPixmap] = {}

    def icon(self, name: str, colour: QColor, size: int = 16) -> QIcon:
        """Return the icon in `colour` for a `size` of 16 or 20 logical pixels.

        Raises:
            FileNotFoundError: there is no such icon.
        """
        icon = QIcon()
        for scale in {1.0, self._scale}:
            icon.addPixmap(self.picture(name, colour, size, scale))
        return icon

    def picture(self, name: str, colour: QColor, size: int, scale: float) -> QPixmap:
        """Return the icon as a pixmap of `size` logical pixels at a device pixel ratio."""
        key = (name, colour.name(), size, scale)
        if key not in self._drawn:
            svg = (self._folder / f"{name}.svg").read_bytes()
            svg = svg.replace(b"currentColor", colour.name().encode())
            self._drawn[key] = _draw(svg, size, scale)
        return self._drawn[key]

    def application_icon(self) -> QIcon:
        """Return the program's own icon."""
        svg = (self._folder / "headwater.svg").read_bytes()
        icon = QIcon()
        for size in (16, 24, 32, 48, 64, 128, 256):
            icon.addPixmap(_draw(svg, size, 1.0))
        return icon


def _draw(svg: bytes, size: int, scale: float) -> QPixmap:
    pixels = round(size * scale)
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    # Loaded with the first icon, when the window can be seen already.
    from PySide6.QtSvg import QSvgRenderer

    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture
