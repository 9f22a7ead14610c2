"""Foreign bytes as a small image: one of four kinds, within bounds, or nothing."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from headwater.domain.attachment import picture_kind

_LONGEST_SIDE = 16_384
# JPEG is decoded at the size that is wanted; the others as a whole, at 15 ns for each pixel.
_MOST_PIXELS = {"jpeg": 50_000_000, "png": 4_000_000, "webp": 4_000_000, "gif": 4_000_000}


def decoded_picture(data: bytes, room: QSize) -> QImage | None:
    """Return the picture, at most as large as `room` in pixels; None if it is not to be drawn.

    The kind is told by the bytes, and only the reader of that kind looks at them; there is none
    for SVG, which could refer to anything.
    """
    kind = picture_kind(data)
    if not kind:
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(kind.encode()))
    reader.setAutoDetectImageFormat(False)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isEmpty() or max(size.width(), size.height()) > _LONGEST_SIDE:
        return None
    if size.width() * size.height() > _MOST_PIXELS[kind]:
        return None
    fitting = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    if fitting.width() < size.width() and not fitting.isEmpty():
        reader.setScaledSize(fitting)
    image = reader.read()
    return None if image.isNull() else image
