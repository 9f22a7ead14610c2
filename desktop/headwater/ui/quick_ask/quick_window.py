"""The quick ask as a window: one line that unfolds into an answer. It knows no session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QElapsedTimer,
    QEvent,
    QMargins,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QHideEvent,
    QKeySequence,
    QMouseEvent,
    QMoveEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.answer import Answer, Failed, Stopped
from headwater.ui.hidden_note import HiddenNote
from headwater.ui.plain_label import plain_label
from headwater.ui.quick_ask.chip_row import ChipRow
from headwater.ui.quick_ask.key_hint import KeyHint
from headwater.ui.quick_ask.quick_edit import QuickEdit
from headwater.ui.quick_ask.source_strip import SourceStrip
from headwater.ui.theme import APART, NEAR, Theme
from headwater.ui.timer import timer

if TYPE_CHECKING:
    from headwater.ui.answer_view import AnswerView
    from headwater.ui.failure_notice import FailureNotice
    from headwater.ui.pictures import Pictures

WIDTH = 640
_RADIUS = 12
_SHADOW = 24  # pixels around the card, where the desktop can blend windows
_SHADOW_DROP = 6
_SHADOW_STRENGTH = 9  # of 255, per pixel of the soft edge
_LEAST_ANSWER = 40
_MOST_ANSWER = 420
_BLUR = 60  # milliseconds without the focus until it counts as gone
# Milliseconds in which the focus may still waver between us and who had it (seen under Wine).
_ARRIVAL = 250 if sys.platform == "win32" else 0
_SETTLED = 700  # milliseconds after which a movement is the person's
_CONTROL = "⌘" if sys.platform == "darwin" else "Ctrl"
_SHIFT = "⇧" if sys.platform == "darwin" else "Shift"


class QuickWindow(QWidget):
    """Is made once and then only shown and hidden; hides when the focus goes, unless pinned."""

    submitted = Signal(str)
    stop_requested = Signal()
    new_requested = Signal()
    promoted = Signal()
    copy_requested = Signal()
    zoom_requested = Signal(int)
    escaped = Signal()
    blurred = Signal()
    recall_requested = Signal()
    file_requested = Signal()
    screenshot_requested = Signal()
    pin_changed = Signal(bool)
    moved = Signal()
    settings_requested = Signal()
    remedy_chosen = Signal(str)
    continue_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        pictures: Pictures,
        *,
        is_composited: bool,
    ) -> None:
        """Take whether the desktop blends windows."""
        flags = Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint
        super().__init__(None, flags | Qt.WindowType.WindowStaysOnTopHint)
        self.setObjectName("quick")
        self.setWindowTitle("Quick ask — Headwater")
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        # A Mac hides tool windows while another program is active.
        self.setAttribute(Qt.WidgetAttribute.WA_MacAlwaysShowToolWindow)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, is_composited)
        self.setAcceptDrops(True)
        self._theme = theme
        self._pictures = pictures
        self._shadow = _SHADOW if is_composited else 0
        self._is_armed = False
        self._room = _MOST_ANSWER + 400
        self._drag: QPoint | None = None
        self._since_shown = QElapsedTimer()
        self._view: AnswerView | None = None
        self._notice: FailureNotice | None = None
        self._has_answer = False
        self._is_running = False
        self._order: tuple[QWidget, ...] = ()
        self._make_top()
        self.chips = ChipRow(WIDTH)
        self._make_pane()
        self._make_foot()
        column = QVBoxLayout(self)
        column.setContentsMargins(self._edges)
        column.setSpacing(0)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # `fit` knows better
        self.hidden_note = HiddenNote(self.edit, APART)
        self._parts = (
            self._top,
            self.chips,
            self.hidden_note,
            self._problem,
            self._line,
            self._pane,
            self._foot,
        )
        for part in self._parts:
            column.addWidget(part)
        self._blur = timer(self, _BLUR, self._look_for_focus)
        self._fit_later = timer(self, 0, self.fit)
        self._make_shortcuts()
        self.wear(theme)
        self.show_state(has_answer=False, is_running=False)
        self.fit()

    # What it shows.

    def set_view(self, view: AnswerView) -> None:
        """Take where the answer is read."""
        self._view = view
        view.setFixedHeight(_LEAST_ANSWER)
        self._pane_column.insertWidget(0, view)
        view.document().documentLayout().documentSizeChanged.connect(
            lambda _: self._fit_later.start()  # not in the middle of a change
        )

    def show_state(self, *, has_answer: bool, is_running: bool) -> None:
        """Unfold for an answer, and show Stop while it runs."""
        self._has_answer, self._is_running = has_answer, is_running
        had_focus = self._stop.hasFocus() or self._send.hasFocus()
        self._stop.setVisible(is_running)
        self._send.setVisible(not is_running)
        self._follow_up.setVisible(has_answer and not is_running)
        self._line.setVisible(has_answer)
        self._pane.setVisible(has_answer)
        self._foot.setVisible(has_answer and not is_running)
        if had_focus:
            self.edit.setFocus()
        self.fit()

    def show_end(self, answer: Answer, usage: str) -> None:
        """Show the sources of `answer`, how it ended, and what it used."""
        is_notable = isinstance(answer.state, Failed | Stopped)
        if is_notable:
            self.notice.show_answer(answer)
        self._notice_frame.setVisible(is_notable)
        self._copy_hint.setVisible(bool(answer.text))
        self.sources.show_sources(answer.sources)
        self.usage.setText(usage)
        self.fit()

    @property
    def notice(self) -> FailureNotice:
        """What went wrong with an answer, and what helps; made with the first one."""
        if self._notice is None:
            from headwater.ui.failure_notice import FailureNotice

            notice = self._notice = FailureNotice()
            notice.remedy_chosen.connect(self.remedy_chosen)
            notice.continue_requested.connect(self.continue_requested)
            notice.resized.connect(self.fit)
            layout = self._notice_frame.layout()
            assert layout is not None
            layout.addWidget(notice)
        return self._notice

    def show_waiting(self, words: str) -> None:
        """Say below the answer why nothing comes."""
        if words == self._waiting.text():
            return
        self._waiting.setText(words)
        self._waiting.setVisible(bool(words))
        self.fit()

    def show_problem(self, problem: str) -> None:
        """Say in a sentence why something cannot go along."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.fit()

    def wear(self, theme: Theme) -> None:
        """Take on the theme's colours."""
        self._theme = theme
        scale = self.devicePixelRatioF()
        self._mark.setPixmap(self._pictures.picture("mark", theme.accent, 18, scale))
        self._add.setIcon(self._pictures.icon("plus", theme.muted))
        self._pin.setIcon(self._pictures.icon("pin", theme.muted))
        for hint in self.findChildren(KeyHint):
            hint.wear(theme)
        self.sources.wear(theme)
        self.update()

    def set_pinned(self, is_pinned: bool) -> None:
        """Stay when the focus goes."""
        self._pin.setChecked(is_pinned)

    @property
    def card(self) -> QRect:
        """The visible part of the window, in its own coordinates."""
        return self.rect().marginsRemoved(self._edges)

    def summon(self, place: QPoint, room: int) -> None:
        """Come to the front with the card at `place`, at most `room` pixels high; take the keys."""
        self._is_armed = False
        self._room = room
        self.fit()
        self.move(place - QPoint(self._shadow, self._shadow))
        self._since_shown.start()
        self.show()
        self.raise_()
        self.activateWindow()
        self.edit.setFocus(Qt.FocusReason.ActiveWindowFocusReason)

    def fit(self) -> None:
        """Be as high as the contents need, and no higher than there is room."""
        if self._view is not None and self._has_answer:
            rest = self._needed() - self._view.minimumHeight()
            wanted = round(self._view.document().size().height())
            most = min(_MOST_ANSWER, self._room - rest)
            self._view.setFixedHeight(max(_LEAST_ANSWER, min(wanted, most)))
        size = QSize(WIDTH, self._needed()).grownBy(self._edges)
        if size != self.size():
            self.resize(size)
        self._order_keys()

    def _order_keys(self) -> None:
        """Let Tab go from top to bottom; what was made last, as a chip, would come last."""
        order = tuple(w for w in _widgets_of(self) if w.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if order != self._order:
            self._order = order
            for before, after in pairwise(order):
                self.setTabOrder(before, after)

    @property
    def _edges(self) -> QMargins:
        return QMargins(self._shadow, self._shadow, self._shadow, self._shadow)

    def _needed(self) -> int:
        """Return the height of everything in the card, in pixels."""
        return sum(_height(part) for part in self._parts if part.isVisibleTo(self))

    # How it is made.

    def _make_top(self) -> None:
        self._top = QWidget()
        self._mark = QLabel()
        self._mark.setFixedSize(18, 18)
        self.edit = QuickEdit()
        self._follow_up = QPushButton("Follow-up  ×")
        self._follow_up.setObjectName("chip")
        self._follow_up.setProperty("on", True)
        self._follow_up.setToolTip(f"Ask a new question instead ({_CONTROL}+N)")
        self._follow_up.setAccessibleName("A follow-up; ask a new question instead")
        self._stop = QPushButton("Stop")
        self._stop.setObjectName("stop")
        self._stop.setToolTip("Stop (Esc)")
        self._send = KeyHint("↵", "", self._theme)
        self._send.setAccessibleName("Ask")
        self._send.setToolTip("Ask (Enter)")
        self._add = _tool("Add something", "Add a file, a screenshot or the clipboard")
        self._add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._pin = _tool("Keep open", "Keep open when another window is used")
        self._pin.setCheckable(True)
        menu = QMenu(self._add)
        menu.addAction("Add a file…", self.file_requested.emit)
        menu.addAction("Take a screenshot…", self.screenshot_requested.emit)
        menu.addSeparator()
        menu.addAction("Preferences…", self.settings_requested.emit)
        self._add.setMenu(menu)
        row = QHBoxLayout(self._top)
        row.setContentsMargins(APART, 10, 12, 10)
        row.setSpacing(NEAR)
        row.addWidget(self._mark)
        row.addSpacing(4)
        row.addWidget(self.edit, 1, Qt.AlignmentFlag.AlignVCenter)
        for part in (self._follow_up, self._add, self._pin, self._stop, self._send):
            row.addWidget(part)
        self.edit.submitted.connect(self._submit)
        self.edit.recall_requested.connect(self.recall_requested)
        self.edit.textChanged.connect(self.fit)
        self._follow_up.clicked.connect(self.new_requested)
        self._stop.clicked.connect(self.stop_requested)
        self._send.clicked.connect(self._submit)
        self._pin.toggled.connect(self.pin_changed)

    def _make_pane(self) -> None:
        self._line = QFrame()
        self._line.setObjectName("hairline")
        self._line.setFixedHeight(1)
        self._problem = plain_label("warning")
        self._problem.setContentsMargins(APART, 0, APART, 10)
        self._problem.hide()
        self._pane = QWidget()
        self._notice_frame = QWidget()
        QVBoxLayout(self._notice_frame).setContentsMargins(APART, 0, APART, 10)
        self._notice_frame.hide()
        self.sources = SourceStrip(self._theme)
        self.sources.hide()
        self._pane_column = QVBoxLayout(self._pane)
        self._pane_column.setContentsMargins(2, 4, 2, 6)
        self._pane_column.setSpacing(0)
        self._waiting = plain_label("muted")
        self._waiting.setContentsMargins(APART, 0, APART, NEAR)
        self._waiting.hide()
        self._pane_column.addWidget(self._waiting)
        self._pane_column.addWidget(self._notice_frame)
        self._pane_column.addWidget(self.sources)

    def _make_foot(self) -> None:
        self._foot = QWidget()
        line = QFrame()
        line.setObjectName("hairline")
        line.setFixedHeight(1)
        open_hint = KeyHint(f"{_CONTROL} ↵", "open in window", self._theme)
        self._copy_hint = KeyHint(f"{_CONTROL} {_SHIFT} C", "copy with sources", self._theme)
        clear_hint = KeyHint("Esc", "", self._theme)
        clear_hint.setAccessibleName("Clear the answer")
        self.usage = QLabel()
        self.usage.setObjectName("faint")
        self.usage.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout()
        row.setContentsMargins(APART, 3, 12, 5)
        row.setSpacing(APART)
        row.addWidget(open_hint)
        row.addWidget(self._copy_hint)
        row.addStretch(1)
        row.addWidget(self.usage)
        row.addWidget(clear_hint)
        column = QVBoxLayout(self._foot)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line)
        column.addLayout(row)
        open_hint.clicked.connect(self.promoted)
        self._copy_hint.clicked.connect(self.copy_requested)
        clear_hint.clicked.connect(self.escaped)

    def _make_shortcuts(self) -> None:
        for keys, signal in (
            ("Esc", self.escaped),
            ("Ctrl+Return", self.promoted),
            ("Ctrl+Enter", self.promoted),
            ("Ctrl+N", self.new_requested),
            ("Ctrl+Shift+C", self.copy_requested),
            ("Ctrl+,", self.settings_requested),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(signal)
        for keys, by in (("Ctrl++", 1), ("Ctrl+=", 1), ("Ctrl+-", -1), ("Ctrl+0", 0)):
            zoom = QShortcut(QKeySequence(keys), self)
            zoom.activated.connect(lambda by=by: self.zoom_requested.emit(by))
        pin = QShortcut(QKeySequence("Ctrl+P"), self)
        pin.activated.connect(self._pin.toggle)

    def _submit(self) -> None:
        if not self._is_running:
            self.submitted.emit(self.edit.text().strip())

    # When it goes.

    def _look_for_focus(self) -> None:
        if self.isActiveWindow() or not self.isVisible() or self._pin.isChecked():
            return
        if not self._since_shown.hasExpired(_ARRIVAL):
            self.activateWindow()
            self._blur.start()
            return
        own = (part for part in self.findChildren(QWidget) if part.isWindow())
        if not any(part.isVisible() for part in own):  # a dialog or menu of ours is no blur
            self.blurred.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            if self.isActiveWindow():
                self._is_armed = True
                self._blur.stop()
            elif self._is_armed:
                self._blur.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._is_armed = False
        self._blur.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.blurred.emit()

    # Moving and dropping.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if QGuiApplication.platformName().startswith("wayland"):
            self.windowHandle().startSystemMove()
        else:
            # By ourselves, since a window manager that moves it takes the focus meanwhile.
            self._drag = event.globalPosition().toPoint() - self.pos()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None:
            self.move(event.globalPosition().toPoint() - self._drag)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        # A window manager moves it as well while it comes up.
        is_by_person = self._drag is not None or self._since_shown.hasExpired(_SETTLED)
        if self.isVisible() and is_by_person:
            self.moved.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.edit.canInsertFromMimeData(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.edit.insertFromMimeData(event.mimeData())
        event.acceptProposedAction()

    # Painting.

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._shadow:
            # Without blending the corners are cut off, which is rougher than painting them.
            path = QPainterPath()
            path.addRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)
            self.setMask(QRegion(path.toFillPolygon().toPolygon()))

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            card = QRectF(self.card)
            painter.setPen(Qt.PenStyle.NoPen)
            for step in range(self._shadow, 0, -1):
                shade = QColor(self._theme.shadow)
                shade.setAlpha(round(_SHADOW_STRENGTH * (1 - step / _SHADOW) ** 2))
                painter.setBrush(shade)
                soft = card.adjusted(-step, -step, step, step).translated(0, _SHADOW_DROP / 2)
                painter.drawRoundedRect(soft, _RADIUS + step, _RADIUS + step)
            painter.setBrush(self._theme.surface)
            painter.setPen(self._theme.hairline)
            painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)


def _widgets_of(part: QWidget) -> Iterator[QWidget]:
    """Give what is laid out in `part`, at any depth, in the order of the layouts."""
    waiting: list[QLayoutItem | QLayout | None] = [part.layout()]
    while waiting:
        item = waiting.pop()
        inner = item
        if item is not None and (widget := item.widget()) is not None:
            yield widget
            inner = widget.layout()
        if isinstance(inner, QLayout):
            waiting += [inner.itemAt(n) for n in reversed(range(inner.count()))]


def _height(part: QWidget) -> int:
    """Return the height in pixels that a part of the card wants at its width."""
    layout = part.layout()
    if layout is not None:
        layout.activate()
        if layout.hasHeightForWidth():
            return layout.totalHeightForWidth(WIDTH)
        return layout.totalSizeHint().height()
    if part.minimumHeight() == part.maximumHeight():
        return part.minimumHeight()
    return part.heightForWidth(WIDTH) if part.hasHeightForWidth() else part.sizeHint().height()


def _tool(name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setIconSize(QSize(16, 16))
    return button
