"""The main window: its bar, its docks, its question box; how it looks and what it remembers.

It knows nothing of questions and answers. `Conductor` fills it, once it is on the screen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMainWindow,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.preferences import Preferences
from headwater.ui.composer import Composer
from headwater.ui.history_dock import HistoryDock
from headwater.ui.plain_label import plain_label
from headwater.ui.plain_text import one_line
from headwater.ui.route_bar import RouteBar
from headwater.ui.source_dock import SourceDock
from headwater.ui.style_sheet import style_sheet
from headwater.ui.theme import APART, NEAR, Theme, palette, theme_for
from headwater.ui.usage_dock import UsageDock

if TYPE_CHECKING:
    from headwater.ui.pictures import Pictures

_LAYOUT_VERSION = 1
_SIZE = QSize(1280, 800)
_FRAME = QSize(16, 48)
_NARROW = 900
_BAR_HEIGHT = 44


class MainWindow(QMainWindow):
    """History, answer, sources and usage around one question box."""

    quit_requested = Signal()
    closed = Signal()
    uncovered = Signal()
    theme_changed = Signal()

    def __init__(self, application: QApplication, preferences: Preferences) -> None:
        """Take the preferences as they are at the start; `wear_theme` follows them later."""
        super().__init__()
        self.setObjectName("main")
        self._application = application
        self._pictures: Pictures | None = None
        self._theme_choice = preferences.theme.value
        self._theme = theme_for(self._theme_choice)
        self.is_painted = False
        # Before there are widgets: each of them then wears it from the start.
        application.setPalette(palette(self._theme))
        application.setStyleSheet(style_sheet(self._theme))
        self.setMinimumSize(480, 360)
        # As far as the screen has room for it and for the frame that a desktop puts around it.
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - _FRAME))
        self._make_bar()
        self._make_centre()
        self._make_docks()
        self._restore_layout(preferences)
        self.route_bar.show_options(preferences.options, preferences.provider())
        self.set_title("")
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._scheme_changed)
        self.composer.edit.setFocus()

    @property
    def theme(self) -> Theme:
        """The colours that the window wears now."""
        return self._theme

    def set_title(self, title: str) -> None:
        """Show the title of what is in front; foreign text is made harmless here."""
        title = one_line(title) or "New question"
        if title != self._title.text():
            self._title.setText(title)
            # `[*]` is where Qt puts its sign for what is not saved; twice, it is itself.
            self.setWindowTitle(f"{title} — Headwater".replace("[*]", "[*][*]"))

    def set_problem(self, problem: str) -> None:
        """Show over the question box what stands in the way of keeping things."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def set_notice(self, notice: QWidget) -> None:
        """Take a quiet line over the question box; it goes when it is deleted."""
        self._column.insertWidget(self._column.indexOf(self._problem), notice)

    def set_welcome(self, welcome: QWidget) -> None:
        """Take the page for an empty conversation."""
        self.pages.addWidget(welcome)

    def set_answer_view(self, view: QWidget) -> None:
        """Take the page that answers are read on, with its button that jumps to the end."""
        self.pages.addWidget(view)
        self.latest.setParent(view)
        self.latest.hide()

    def set_find_bar(self, bar: QWidget) -> None:
        """Take the bar that is shown over the pages, hidden at first."""
        bar.hide()
        self._column.insertWidget(0, bar)

    def show_page(self, page: QWidget) -> None:
        """Show the welcome page or the answer view."""
        if self.pages.currentWidget() is not page:
            self.pages.setCurrentWidget(page)

    def wear_theme(self, choice: str) -> None:
        """Follow `choice`: light, dark or system."""
        self._theme_choice = choice
        theme = theme_for(choice)
        if theme is not self._theme:
            self._theme = theme
            self._application.setPalette(palette(theme))
            self._application.setStyleSheet(style_sheet(theme))
            self._dress()
            self.theme_changed.emit()

    def with_layout(self, preferences: Preferences) -> Preferences:
        """Return `preferences` with the window's present size, place and docks."""
        return replace(
            preferences,
            window_geometry=self.saveGeometry().toBase64().toStdString(),
            window_state=self.saveState(_LAYOUT_VERSION).toBase64().toStdString(),
        )

    def place_latest(self) -> None:
        """Put the button that jumps to the end where it belongs."""
        view = self.pages
        self.latest.adjustSize()
        x = (view.width() - self.latest.width()) // 2
        self.latest.move(x, view.height() - self.latest.height() - APART)
        self.latest.raise_()

    def _make_bar(self) -> None:
        bar = QToolBar("Bar", self)
        bar.setObjectName("bar")
        bar.setMovable(False)
        bar.setFloatable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.setIconSize(QSize(16, 16))
        bar.setFixedHeight(_BAR_HEIGHT)
        self._menu_button = _tool("Show or hide the history")
        self._title = QLabel()
        self._title.setObjectName("title")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._title.setMinimumWidth(40)
        self._search_button = _tool("Search everything (Ctrl+Shift+F)")
        self._new_button = _tool("New question (Ctrl+N)")
        self._more_button = _tool("More")
        self._more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        bar.addWidget(self._menu_button)
        bar.addWidget(self._title)
        for button in (self._search_button, self._new_button, self._more_button):
            bar.addWidget(button)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)

    def _make_centre(self) -> None:
        self.pages = QStackedWidget()
        self.latest = QPushButton("Jump to latest", self)
        self.latest.setObjectName("latest")
        self.latest.hide()
        self.composer = Composer()
        self.route_bar = RouteBar()
        self.composer.chips.addLayout(self.route_bar)
        self._problem = plain_label("warning")
        self._problem.setContentsMargins(APART, NEAR, APART, NEAR)
        self._problem.hide()
        centre = QWidget()
        centre.setObjectName("centre")
        centre.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.pages, 1)
        column.addWidget(self._problem)
        column.addWidget(self.composer)
        self.setCentralWidget(centre)

    def _make_docks(self) -> None:
        self.setDockNestingEnabled(True)
        self.history_dock = HistoryDock(self)
        self.source_dock = SourceDock(self)
        self.usage_dock = UsageDock(self)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.history_dock)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.source_dock)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.usage_dock)

    def _arrange_docks(self) -> None:
        self.resizeDocks(
            [self.history_dock, self.source_dock], [232, 296], Qt.Orientation.Horizontal
        )
        self.resizeDocks([self.source_dock, self.usage_dock], [560, 190], Qt.Orientation.Vertical)

    def complete(self, pictures: Pictures) -> None:
        """Make what is not seen at once: icons, keys and the menu."""
        self._pictures = pictures
        self._dress()
        self.composer.complete()
        from headwater.ui.actions import make_actions

        actions = self.actions_by_name = make_actions(self)
        actions.focus_question.triggered.connect(self.focus_question)
        actions.quit.triggered.connect(self.quit_requested)
        self._menu_button.clicked.connect(
            lambda: self.history_dock.setVisible(self.history_dock.isHidden())
        )
        self._search_button.clicked.connect(actions.search.trigger)
        self._new_button.clicked.connect(actions.new.trigger)
        menu = QMenu(self)
        for action in (actions.new, actions.search, actions.find):
            menu.addAction(action)
        menu.addActions([actions.copy_answer, actions.copy_without_sources, actions.export])
        menu.addActions([actions.retry, actions.edit, actions.compare])
        menu.addSeparator()
        for key, dock in (
            ("Ctrl+B", self.history_dock),
            ("Ctrl+Shift+S", self.source_dock),
            ("Ctrl+Shift+U", self.usage_dock),
        ):
            toggle = dock.toggleViewAction()
            toggle.setShortcut(key)
            self.addAction(toggle)
            menu.addAction(toggle)
        menu.addActions([actions.zoom_in, actions.zoom_out, actions.zoom_natural])
        menu.addAction(actions.wrap_code)
        go = menu.addMenu("Go to")
        go.addActions([actions.next_turn, actions.previous_turn])
        go.addActions([actions.next_part, actions.previous_part])
        go.addActions([actions.next_code, actions.previous_code])
        go.addActions([actions.next_mark, actions.previous_mark])
        go.addActions([actions.find_next, actions.find_previous, actions.latest])
        reset = menu.addAction("Put the docks back")
        reset.triggered.connect(self._reset_docks)
        menu.addSeparator()
        menu.addActions([actions.deleted, actions.backups])
        menu.addActions([actions.options, actions.connection, actions.network])
        menu.addAction(actions.preferences)
        menu.addSeparator()
        menu.addAction(actions.about)
        menu.addAction(actions.quit)
        self._more_button.setMenu(menu)

    def come_to_front(self) -> None:
        """Be seen, in front of every other window, and take the keys."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def focus_question(self) -> None:
        """Let the user type."""
        self.composer.edit.setFocus()

    def _dress(self) -> None:
        theme, pictures = self._theme, self._pictures
        if pictures is None:
            return
        for button, name in (
            (self._menu_button, "menu"),
            (self._search_button, "search"),
            (self._new_button, "plus"),
            (self._more_button, "ellipsis"),
        ):
            button.setIcon(pictures.icon(name, theme.muted))
        for dock in (self.history_dock, self.source_dock, self.usage_dock):
            dock.wear(theme, pictures)

    def _scheme_changed(self) -> None:
        # The palette follows the scheme only after this signal.
        QTimer.singleShot(0, self, lambda: self.wear_theme(self._theme_choice))

    def _restore_layout(self, preferences: Preferences) -> None:
        geometry = QByteArray.fromBase64(preferences.window_geometry.encode())
        state = QByteArray.fromBase64(preferences.window_state.encode())
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        has_layout = not state.isEmpty() and self.restoreState(state, _LAYOUT_VERSION)
        self._first_layout = not has_layout
        if not has_layout:
            self._arrange_docks()

    def _reset_docks(self) -> None:
        for area, dock in (
            (Qt.DockWidgetArea.LeftDockWidgetArea, self.history_dock),
            (Qt.DockWidgetArea.RightDockWidgetArea, self.source_dock),
            (Qt.DockWidgetArea.RightDockWidgetArea, self.usage_dock),
        ):
            dock.setFloating(False)
            self.addDockWidget(area, dock)
            dock.show()
        self._arrange_docks()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._first_layout:
            self._first_layout = False
            self._arrange_docks()
            if self.width() < _NARROW:
                self.history_dock.hide()
        self.uncovered.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.is_painted = True

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and not self.isMinimized():
            self.uncovered.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        was_wide = event.oldSize().width() >= _NARROW
        if was_wide and self.width() < _NARROW and self.isVisible():
            # The answer comes first: docks shrink to what they need before it does.
            sides = [self.history_dock, self.source_dock]
            widths = [dock.minimumSizeHint().width() for dock in sides]
            self.resizeDocks(sides, widths, Qt.Orientation.Horizontal)
        if self.latest.isVisible():
            self.place_latest()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.closed.emit()


def _tool(name: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name)
    button.setToolTip(name)
    return button
