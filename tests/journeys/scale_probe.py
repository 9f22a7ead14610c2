"""Runs the program at the scale of its environment and prints what is clipped or blurred."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QWidget

from tests.fault_server import answer, chat_stream, running
from tests.journeys.stage import Stage, play

_MAY_BE_CUT = ("title",)  # it shows as much of a question as there is room for
_TEXT = "An answer.[1] More.[2]\n\n```py\nx = 1\n```\n"


def faults(window: QWidget) -> Iterator[str]:
    """Yield what a person would see to be wrong."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, QAbstractButton):
            yield from _of_button(widget, window)
        elif isinstance(widget, QLabel) and widget.objectName() not in _MAY_BE_CUT:
            wanted = widget.sizeHint()
            if not widget.wordWrap() and wanted.width() > widget.width():
                yield f"the words {widget.text()!r} are cut: {wanted.width()} > {widget.width()}"
            needed = widget.heightForWidth(widget.width()) if widget.wordWrap() else wanted.height()
            if needed > widget.height():
                yield f"lines of {widget.text()!r} are cut: {needed} > {widget.height()}"


def _of_button(button: QAbstractButton, window: QWidget) -> Iterator[str]:
    name = button.text() or button.accessibleName()
    wanted = button.minimumSizeHint()
    if wanted.width() > button.width() or wanted.height() > button.height():
        yield f"the button {name!r} is cut: {wanted} > {button.size()}"
    left = button.mapTo(window, QPoint(0, 0)).x()
    if left < 0 or left + button.width() > window.width():
        yield f"the button {name!r} reaches out of its window"
    if not button.icon().isNull():
        scale = button.devicePixelRatio()
        picture = button.icon().pixmap(button.iconSize(), scale)
        if picture.width() < round(button.iconSize().width() * scale):
            yield f"the icon of {name!r} is blurred: {picture.width()} at {scale}"


async def _look(stage: Stage) -> None:
    await _tell(stage, "welcome", stage.window)
    stage.type("q")
    await stage.settled()
    for width in (1280, 800):
        stage.window.resize(width, 800)
        for zoom in (80, 100, 200):
            stage.conductor._parts.preferences.update(zoom=zoom)
            await stage.painted()
            await _tell(stage, f"{width} wide at {zoom} %", stage.window)
    stage.conductor._parts.preferences.update(zoom=100)
    actions = stage.window.actions_by_name
    for action in (actions.find, actions.connection, actions.preferences, actions.edit):
        action.trigger()
        await stage.painted()
        for dialog in stage.window.findChildren(QDialog):
            await _tell(stage, action.text(), dialog)
            dialog.reject()
        await _tell(stage, action.text(), stage.window)


async def _tell(stage: Stage, where: str, window: QWidget) -> None:
    await asyncio.sleep(0.2)
    for fault in faults(window):
        print(f"{where}: {fault}")


def main(folder: str) -> None:
    """Run the program once with `folder` as its data."""
    application = QApplication([])
    sources = b'"search_results": [{"title": "A", "url": "https://a.example/", "snippet": "s"}], '
    body = chat_stream(_TEXT).replace(b'"choices"', sources + b'"choices"', 1)
    with running(answer(body)) as server:
        arguments = ("--base-url", server.base_url, "--model", "m")
        play(application, Path(folder), _look, arguments=arguments)
    print("scale", application.devicePixelRatio())


if __name__ == "__main__":
    main(sys.argv[1])
