"""Draws the program's icon in every size and form that systems ask for, all from the one SVG."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

LINUX_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
WINDOWS_SIZES = (16, 20, 24, 32, 40, 48, 64, 256)
MAC_SIZES = (32, 64, 128, 256, 512, 1024)  # Pillow writes none of 16; macOS makes it of 32
# Apple's own icons leave this part of the square free on each side, for the shadow.
MAC_MARGIN = 100 / 1024


def draw_theme(picture: Path, hicolor: Path, name: str) -> None:
    """Fill the icon theme's folder `hicolor` with `name`, scalable and in every size."""
    scalable = hicolor / "scalable/apps" / f"{name}.svg"
    scalable.parent.mkdir(parents=True)
    scalable.write_bytes(picture.read_bytes())
    for size in LINUX_SIZES:
        drawn = hicolor / f"{size}x{size}/apps" / f"{name}.png"
        drawn.parent.mkdir(parents=True)
        draw(picture, size).save(drawn, optimize=True)


def draw_ico(picture: Path, path: Path) -> None:
    """Write the icon of a Windows program."""
    images = [draw(picture, size) for size in WINDOWS_SIZES]
    sizes = [image.size for image in images]
    images[-1].save(path, format="ICO", sizes=sizes, append_images=images[:-1])


def draw_icns(picture: Path, path: Path) -> None:
    """Write the icon of a Mac's application bundle."""
    images = [draw(picture, size, MAC_MARGIN) for size in MAC_SIZES]
    images[-1].save(path, format="ICNS", append_images=images[:-1])


def draw(picture: Path, size: int, margin: float = 0.0) -> Image.Image:
    """Return the picture, `size` pixels wide; `margin` is the part left free on each side."""
    canvas = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    free = round(size * margin)
    QSvgRenderer(str(picture)).render(painter, QRectF(free, free, size - 2 * free, size - 2 * free))
    painter.end()
    drawn = canvas.convertToFormat(QImage.Format.Format_RGBA8888)
    return Image.frombytes("RGBA", (size, size), bytes(drawn.constBits()))
