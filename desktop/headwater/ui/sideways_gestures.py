"""Pointer, wheel and keys over code that is scrolled sideways; the view asks here before Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from headwater.ui.sideways_painter import Bar
from headwater.ui.timer import timer

if TYPE_CHECKING:
    from PySide6.QtGui import QTextBlock
    from PySide6.QtWidgets import QTextEdit

    from headwater.ui.sideways_code import Key, SidewaysCode, Strip

_PACE = 30  # milliseconds between two steps while a selection is dragged beyond an edge
_FASTEST = 60.0  # pixels per step
_NOTCH = 120  # eighths of a degree
_KEY_STEP = 0.2  # of what is seen
_MOUSE = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonRelease,
    QEvent.Type.MouseButtonDblClick,
)


class SidewaysGestures(QObject):
    """Scrolls blocks of code."""

    def __init__(self, view: QTextEdit, code: SidewaysCode) -> None:
        super().__init__(view)
        self._view = view
        self._code = code
        self._hovered: Key | None = None
        self._grip: tuple[Key, float] | None = None  # whose handle is held, and where
        self._drag: QMouseEvent | None = None  # the last move of a selection beyond an edge
        self._is_selecting = False  # since the button went down; else the selection itself is moved
        self._pull = timer(self, _PACE, self._scroll_on, is_single=False)

    def shows_bar(self, strip: Strip) -> bool:
        """Whether the bar of a strip is painted: the pointer is there, or it is scrolled."""
        return strip.offset > 0 or strip.key == self._hovered

    def takes(self, event: QEvent) -> bool:
        """Do what an event of the viewport asks of the code; False leaves it to the view."""
        kind = event.type()
        if kind == QEvent.Type.Leave:
            self._hover(None)
        if kind == QEvent.Type.MouseButtonRelease:
            self._pull.stop()
            held, self._grip = self._grip, None
            return held is not None
        if isinstance(event, QWheelEvent):
            return self._wheel(event)
        if kind not in _MOUSE or not isinstance(event, QMouseEvent):
            return False
        place = event.position()
        if not event.buttons():
            self._grip = None  # it was let go where nobody told
        if self._grip is not None:
            self._drag_bar(*self._grip, place)
            return True
        if kind == QEvent.Type.MouseMove:
            self._hover(place)
            if event.buttons() & Qt.MouseButton.LeftButton:
                self._note_drag(event)
            return False
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        self._is_selecting = not self._is_selected(event)
        return self._grasp(place)

    def step(self, line: QTextBlock, by: int) -> bool:
        """Scroll the code that `line` belongs to by a part of what is seen, if it can be."""
        key = self._code.key_of(line)
        for strip in self._code.strips(self._visible):
            if strip.key == key:
                self._scroll(strip, strip.offset + by * _KEY_STEP * strip.room)
                return True
        return False

    @property
    def _visible(self) -> QRectF:
        top = self._view.verticalScrollBar().value()
        return QRectF(self._view.viewport().rect()).translated(0, top)

    def _scroll(self, strip: Strip, offset: float) -> None:
        if self._code.scroll(strip, offset):
            self._view.viewport().update()

    # The bar.

    def _grasp(self, place: QPointF) -> bool:
        """Take hold of the handle at `place`, or have it jump there first."""
        visible = self._visible
        at = place + visible.topLeft()
        for strip in self._code.strips(visible):
            bar = Bar(strip, visible)
            if bar.takes(at):
                handle = bar.handle
                is_on_handle = handle.left() <= at.x() <= handle.right()
                grip = at.x() - handle.left() if is_on_handle else handle.width() / 2
                self._grip = strip.key, grip
                self._drag_bar(strip.key, grip, place)
                return True
        return False

    def _drag_bar(self, key: Key, grip: float, place: QPointF) -> None:
        visible = self._visible
        for strip in self._code.strips(visible):
            if strip.key == key:
                left = place.x() + visible.left() - grip
                self._scroll(strip, Bar(strip, visible).offset_at(left))

    def _hover(self, place: QPointF | None) -> None:
        """Take note of where the pointer is, None when it left."""
        hovered = None
        if place is not None:
            visible = self._visible
            at = place + visible.topLeft()
            for strip in self._code.strips(visible):
                bar = Bar(strip, visible)
                if strip.lines.united(bar.track).contains(at) or bar.takes(at):
                    hovered = strip.key
        if hovered != self._hovered:
            self._hovered = hovered
            self._view.viewport().update()

    # The wheel.

    def _wheel(self, event: QWheelEvent) -> bool:
        """Scroll by a wheel that turns sideways, or that is turned with Shift held down."""
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            return False
        pixels, angle = event.pixelDelta(), event.angleDelta()
        delta = pixels if not pixels.isNull() else angle
        if modifiers & Qt.KeyboardModifier.ShiftModifier and not delta.x():
            delta = QPoint(delta.y(), 0)
        if abs(delta.x()) <= abs(delta.y()):
            return False
        visible = self._visible
        y = event.position().y() + visible.top()
        strip = self._code.strip_at(visible, y)
        if strip is None:
            return False
        by = float(delta.x())
        if pixels.isNull():
            by *= 3 * self._view.fontMetrics().height() / _NOTCH
        self._scroll(strip, strip.offset - by)
        event.accept()
        return True

    # A selection that is dragged beyond an edge.

    def _note_drag(self, event: QMouseEvent) -> None:
        """Scroll on by itself while a selection is dragged to the left or right of its code."""
        if self._is_selecting and self._beyond(event.position()):
            self._drag = event.clone()
            if not self._pull.isActive():
                self._pull.start()
        else:
            self._pull.stop()

    def _is_selected(self, event: QMouseEvent) -> bool:
        """Whether the pointer is on what is selected, which Qt lets be dragged away as a whole."""
        at = self._view.cursorForPosition(event.position().toPoint()).position()
        cursor = self._view.textCursor()
        return cursor.hasSelection() and cursor.selectionStart() <= at <= cursor.selectionEnd()

    def _beyond(self, place: QPointF) -> float:
        """Return how far beyond an edge of scrollable code `place` is, negative on the left."""
        if not self._view.textCursor().hasSelection():
            return 0.0
        strip = self._code.strip_at(self._visible, place.y() + self._visible.top())
        if strip is None:
            return 0.0
        if place.x() < strip.lines.left():
            return place.x() - strip.lines.left()
        return max(0.0, place.x() - strip.lines.right())

    def _scroll_on(self) -> None:
        drag = self._drag
        if drag is None or not (by := self._beyond(drag.position())):
            self._pull.stop()
            return
        strip = self._code.strip_at(self._visible, drag.position().y() + self._visible.top())
        step = max(-_FASTEST, min(_FASTEST, by / 2))
        if strip is None or not self._code.scroll(strip, strip.offset + step):
            self._pull.stop()
            return
        self._view.viewport().update()
        QCoreApplication.sendEvent(self._view.viewport(), drag.clone())
