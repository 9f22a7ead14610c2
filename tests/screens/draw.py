"""Draws answers as they look in the window, for a person who judges pictures.

    python -m tests.screens.draw FOLDER [NAME...]

Texts are `tests/screens/FOLDER/NAME.md`; each becomes `NAME-light.png`, and so on. The pictures
were made with DejaVu Sans (which has Arabic and Hebrew), JetBrains Mono and Noto Sans CJK: Debian's
fonts-dejavu-core, fonts-jetbrains-mono and fonts-noto-cjk. Without the last one Chinese, Japanese
and Korean are empty boxes.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from headwater.domain.answer import Answer, Complete
from headwater.domain.conversation import Turn
from headwater.domain.options import AnswerOptions
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.ui.answer_view import AnswerView
from headwater.ui.frame_clock import FrameClock
from headwater.ui.style_sheet import style_sheet
from headwater.ui.theme import DARK, LIGHT, Theme, palette
from tests.ui.answer_stage import ASKED

_HERE = Path(__file__).parent
_SOURCES = tuple(Source(str(n), f"https://s{n}.example/page", f"Source {n}") for n in range(1, 5))
_WIDTH, _TALLEST = 640, 2400
# How each picture is called, and what it is drawn with.
_LOOKS: dict[str, tuple[Theme, float, int]] = {
    "light": (LIGHT, 1.0, _WIDTH),
    "dark": (DARK, 1.0, _WIDTH),
    "light-1.5": (LIGHT, 1.5, _WIDTH),
    "dark-2.0": (DARK, 2.0, _WIDTH),
    "narrow": (LIGHT, 1.0, 480),
}
_EVERY_LOOK = ("overview",)


def draw(application: QApplication, text: str, theme: Theme, scale: float, width: int) -> QImage:
    """Return the first line of `text` as a question and the rest as its answer, painted."""
    application.setPalette(palette(theme))
    application.setStyleSheet(style_sheet(theme))
    question, _, answer = text.partition("\n")
    clock = FrameClock(frame=0)
    view = AnswerView(theme, clock)
    view.resize(width, _TALLEST)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.show()
    asked = Question(question, options=AnswerOptions(effort="low"), asked_at=ASKED)
    turn = Turn("t", "", asked, Answer(text=answer, sources=_SOURCES, state=Complete()))
    view.show_path("c", (turn,))
    for _ in range(300):
        application.processEvents()
    height = min(_TALLEST, round(view.document().size().height()))
    image = QImage(round(width * scale), round(height * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(theme.surface)
    with QPainter(image) as painter:
        view.viewport().render(painter, QPoint())
    view.close()
    view.deleteLater()
    clock.deleteLater()
    return image


def _with_few_colours(image: QImage) -> QImage:
    """Return a picture of a quarter of the size; the 256 colours that Qt chooses are not ours."""
    pixels = memoryview(image.constBits()).cast("I")
    common = [colour for colour, _ in Counter(pixels).most_common(256)]
    even = Qt.ImageConversionFlag.ThresholdDither
    return image.convertToFormat(QImage.Format.Format_Indexed8, common, even)


def main(arguments: list[str]) -> int:
    folder = _HERE / arguments[0]
    names = arguments[1:] or sorted(path.stem for path in folder.glob("*.md"))
    application = QApplication([])
    for name in names:
        text = (folder / f"{name}.md").read_text(encoding="utf-8")
        for look, how in _LOOKS.items():
            if look == "light" or name in _EVERY_LOOK or (look == "narrow" and name != "overview"):
                image = draw(application, text, *how)
                _with_few_colours(image).save(str(folder / f"{name}-{look}.png"), quality=0)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
