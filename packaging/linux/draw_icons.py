"""Draws the program's icon in the sizes that desktops ask for, all from the one SVG."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)


def draw_icons(picture: Path, hicolor: Path, name: str) -> None:
    """Fill the icon theme's folder `hicolor` with `name`, scalable and in every size."""
    scalable = hicolor / "scalable/apps" / f"{name}.svg"
    scalable.parent.mkdir(parents=True)
    scalable.write_bytes(picture.read_bytes())
    renderer = QSvgRenderer(str(picture))
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        drawn = hicolor / f"{size}x{size}/apps" / f"{name}.png"
        drawn.parent.mkdir(parents=True)
        assert image.save(str(drawn)), f"{drawn} could not be written"
