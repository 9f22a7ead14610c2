"""How Headwater is there while other programs are in front: the quick ask and all that calls it.

Part of the window's composition root: a key from anywhere, further starts of the program, the tray
and notifications are plugged together here, once the window is on the screen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from headwater.adapters.instance_address import instance_address
from headwater.domain.answer import Stopped
from headwater.domain.conversation import Conversation
from headwater.domain.summons import Summons, SummonsKind
from headwater.session.desk import Desk
from headwater.session.history import History
from headwater.session.preference_session import PreferenceSession
from headwater.session.provider_session import ProviderSession
from headwater.session.shortcut_session import MakeBackend, ShortcutSession
from headwater.session.task_scope import TaskScope
from headwater.supplies import MenuEntry, ScreenshotTaken, Supplies, choose_file
from headwater.ui.conductor import Conductor
from headwater.ui.main_window import MainWindow
from headwater.ui.opening import Opening
from headwater.ui.pictures import Pictures
from headwater.ui.plain_text import one_line, paragraph
from headwater.ui.quick_ask.quick_conductor import QuickConductor, QuickParts
from headwater.ui.quick_ask.quick_window import QuickWindow
from headwater.ui.tray import Tray

if TYPE_CHECKING:
    from headwater.adapters.notifications import DesktopNotifications
    from headwater.ui.quick_ask_settings import QuickAskSettings

_GONE = 150  # milliseconds until a hidden window is off the screen, animation included
_LONGEST_EXCERPT = 200  # characters of an answer in a notification


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rest of the program lends; `quit` ends it, `say` writes a line to the terminal."""

    application: QApplication
    app_id: str
    window: MainWindow
    conductor: Conductor
    history: History
    desk: Desk
    preferences: PreferenceSession
    providers: ProviderSession
    pictures: Pictures
    scope: TaskScope
    data_dir: str
    open_url: Callable[[str], None]
    preload: Callable[[], None]
    quit: Callable[[], None]
    say: Callable[[str], None]


class Presence:
    """Owns the quick ask, and decides which window a wish from outside brings to the front."""

    def __init__(self, around: Surroundings, stack: AsyncExitStack) -> None:
        """Build everything; `stack` closes it in reverse order."""
        self._around = around
        application, scope = around.application, around.scope
        platform = application.platformName()
        self._notifications: DesktopNotifications | None = None
        self._desk = Desk(around.history, scope)
        self._is_wayland = sys.platform.startswith("linux") and is_wayland(
            platform, os.environ, [screen.name() for screen in application.screens()]
        )
        self._supplies = Supplies(scope, around.app_id, uses_portal=self._is_wayland)
        x11 = _connection(application) if platform == "xcb" else 0
        self.window = QuickWindow(
            around.window.theme,
            around.pictures,
            is_composited=_is_composited(x11) if x11 else platform != "offscreen",
        )
        self.window.winId()  # the window exists from now on, and is only shown later
        stack.callback(self._drop_window)
        self.quick = QuickConductor(self.window, around.window, application, self._parts())
        self.window.edit.take_data = self.quick.take_data
        stack.callback(self.quick.close)
        self.shortcut = ShortcutSession(
            around.preferences, sys.platform, self._backend(platform, x11)
        )
        stack.callback(self.shortcut.close)
        self.shortcut.pressed.add(self._pressed)
        self._tray = self._make_tray()
        stack.callback(self._tray.close)
        self.shortcut.changed.add(self._say_key)
        around.conductor.quick_ask_settings = self._settings
        around.history.ended.add(self._ended)
        stack.callback(self._leave_notifications)
        around.window.closed.connect(self._main_closed)
        if sys.platform == "darwin":
            opening = Opening(self.take)
            application.installEventFilter(opening)
            stack.callback(lambda: application.removeEventFilter(opening))
        around.scope.start(self._listen(stack), "second starts")

    def begin(self, summons: Summons) -> None:
        """Ask for the key, and do what this start itself was told; its window is shown already."""
        self.shortcut.begin()
        if summons.kind != SummonsKind.SHOW or not self._around.window.isVisible():
            self.take(summons)

    async def _listen(self, stack: AsyncExitStack) -> None:
        address = instance_address(self._around.data_dir, os.environ, sys.platform)
        try:
            if sys.platform == "win32":
                from headwater.ui.instance_pipe import InstancePipe

                pipe = InstancePipe(address, self.take)
                stack.callback(pipe.close)
                pipe.listen()
            else:
                from headwater.adapters.instance_socket import InstanceSocket

                listening = InstanceSocket(address, self.take)
                stack.callback(listening.close)
                await listening.listen()
        except OSError as error:
            self._around.say(f"a second start will not be heard: {error.strerror or error}.")

    # Wishes from outside.

    def take(self, summons: Summons) -> None:
        """Bring the wanted window to the front; nothing is ever sent because of a summons."""
        _keep_token(summons.activation_token)
        match summons.kind:
            case SummonsKind.SHOW:
                self.show_main()
            case SummonsKind.QUICK_ASK:
                self.quick.open(summons.text, summons.files)
                self._forget_notification()
            case SummonsKind.TOGGLE:
                self._toggle()
            case SummonsKind.NEW_QUESTION:
                self._ask_anew()
            case SummonsKind.NOTHING:
                pass

    def show_main(self) -> None:
        """Bring the main window to the front; the two never compete."""
        self.quick.hide()
        self._around.window.come_to_front()

    def _pressed(self, activation_token: str) -> None:
        _keep_token(activation_token)
        self._toggle()

    def _toggle(self) -> None:
        self.quick.toggle()
        self._forget_notification()

    def _fill_main(self, text: str) -> None:
        window = self._around.window
        written = window.composer.edit.text().rstrip()
        window.composer.edit.set_text(f"{written}\n{text}" if written else text)
        window.focus_question()

    # The tray, and what remains when the window is closed.

    def _make_tray(self) -> Tray:
        tray = Tray(self._around.pictures)
        tray.quick_ask_requested.connect(self.quick.open)
        tray.window_requested.connect(self.show_main)
        tray.new_question_requested.connect(self._ask_anew)
        tray.preferences_requested.connect(self._show_preferences)
        tray.quit_requested.connect(self._around.quit)
        tray.message_opened.connect(lambda key: self._notification_opened(key, ""))
        return tray

    def _say_key(self) -> None:
        self._tray.set_words(self.shortcut.words if self.shortcut.state.is_active else "")

    def _ask_anew(self) -> None:
        self._around.desk.new()
        self.show_main()
        self._around.window.focus_question()

    def _show_preferences(self) -> None:
        self.show_main()
        self._around.conductor.show_preferences()

    def _main_closed(self) -> None:
        """Go on without the window where there is a way back to it, else end."""
        preferences = self._around.preferences
        wanted = preferences.now.keeps_running
        has_tray = self._tray.look_again()
        if wanted is False or (wanted is None and not has_tray):
            self._around.quit()
            return
        self._around.window.hide()
        if not preferences.now.has_said_goodbye:
            preferences.update(has_said_goodbye=True)
            back = "Its icon is in the tray." if has_tray else "Start it again to open its window."
            if self.shortcut.state.is_active:
                back = f"{self.shortcut.words} opens the quick ask. {back}"
            notice = self._notify("Headwater goes on running", back, "")
            self._around.scope.start(notice, "notification")

    # Answers that end while nobody looks.

    def _ended(self, conversation: Conversation, turn_id: str) -> None:
        window = self._around.window
        is_in_main = window.isActiveWindow() and self._around.desk.session.conversation.id
        if conversation.id == is_in_main:
            return
        if self.quick.is_in_front and self.quick.conversation.id == conversation.id:
            return
        answer = conversation.turn(turn_id).answer
        if isinstance(answer.state, Stopped) and not answer.state.reason:
            return  # by the person, who knows
        title = one_line(conversation.title, 100)
        words = answer.failure.title if answer.failure else ""
        body = words or paragraph(answer.text, _LONGEST_EXCERPT)
        self._around.scope.start(self._notify(title, body, conversation.id), "notification")

    async def _notify(self, title: str, body: str, conversation_id: str) -> None:
        """Tell the person; a click opens the conversation, or the window without one."""
        if sys.platform.startswith("linux"):
            if self._notifications is None:
                from headwater.adapters.notifications import DesktopNotifications

                around = self._around
                self._notifications = DesktopNotifications(
                    self._notification_opened, around.scope.start, around.app_id
                )
            await self._notifications.show(title, body, conversation_id)
        else:
            self._tray.show_message(title, body, conversation_id)

    def _forget_notification(self) -> None:
        """Take the notification away of what the person sees by now."""
        if self._notifications is not None:
            self._notifications.close(self.quick.conversation.id)

    def _leave_notifications(self) -> None:
        if self._notifications is not None:
            self._notifications.release()

    def _notification_opened(self, conversation_id: str, activation_token: str) -> None:
        _keep_token(activation_token)
        if self.quick.conversation.id == conversation_id:
            self.quick.show_conversation(conversation_id)
            return
        if conversation_id:
            self._around.desk.show(conversation_id)
        self.show_main()

    # What the preferences show of the world around.

    def _settings(self) -> QuickAskSettings:
        from headwater.adapters.login_start import login_start
        from headwater.adapters.program_command import command_text, program_command
        from headwater.ui.quick_ask_settings import QuickAskSettings

        around = self._around
        command = program_command()
        if around.data_dir:
            command += ("--data-dir", os.path.abspath(around.data_dir))  # noqa: PTH100 - text in, text out
        screens = around.application.screens()
        return QuickAskSettings(
            shortcut=self.shortcut,
            command=command_text((*command, "--quick-ask")),
            desktop=os.environ.get("XDG_CURRENT_DESKTOP", ""),
            screens=() if self._is_wayland else tuple(screen.name() for screen in screens),
            login_start=login_start(command),
            entry=MenuEntry(around.scope, command) if sys.platform.startswith("linux") else None,
            has_tray=self._tray.look_again(),
        )

    # What the quick ask works with.

    def _parts(self) -> QuickParts:
        around = self._around
        return QuickParts(
            desk=self._desk,
            main_desk=around.desk,
            preferences=around.preferences,
            providers=around.providers,
            open_url=around.open_url,
            read_files=self._supplies.read_files,
            take_screenshot=self._take_screenshot,
            show_main=self.show_main,
            fill_main=self._fill_main,
            open_connection=around.conductor.show_connection,
            apply_remedy=around.conductor.apply_remedy,
            open_preferences=lambda: around.conductor.show_preferences(at_quick_ask=True),
            choose_file=choose_file,
            preload=around.preload,
        )

    def _take_screenshot(self, done: ScreenshotTaken) -> None:
        def take() -> None:
            theme = self._around.window.theme
            self._supplies.take_screenshot(self.quick.screen(), theme, done)

        # The quick ask has to be gone from the screen first.
        QTimer.singleShot(_GONE, self.window, take)

    def _backend(self, platform: str, x11: int) -> MakeBackend | None:
        """Return what makes the backend for what the session really is."""
        around = self._around
        if sys.platform == "win32":
            from headwater.ui.hotkey.windows import WindowsHotkey

            return WindowsHotkey
        if sys.platform == "darwin":
            from headwater.ui.hotkey.macos import CarbonHotkey

            return CarbonHotkey
        if self._is_wayland:
            from headwater.adapters.shortcut_portal import PortalShortcut

            return lambda changed, pressed: PortalShortcut(
                changed, pressed, around.scope.start, around.app_id
            )
        if not x11:
            return None
        from headwater.ui.hotkey.x11 import X11Hotkey

        return lambda changed, pressed: X11Hotkey(changed, pressed, around.application, x11)

    def _drop_window(self) -> None:
        """Delete what is left now, while there is a loop: timers and their owners go with it."""
        for window in (self.window, self._supplies.picker):
            if window is not None:
                window.hide()
                window.deleteLater()
                self._around.application.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)


def is_wayland(
    platform: str, environ: os._Environ[str] | dict[str, str], screens: list[str]
) -> bool:
    """Return whether a Wayland compositor has the keys, whatever the window itself speaks.

    Under XWayland a grab succeeds and never fires, so the session counts, not the platform.
    """
    return (
        platform.startswith("wayland")
        or bool(environ.get("WAYLAND_DISPLAY"))
        or environ.get("XDG_SESSION_TYPE") == "wayland"
        or any(name.upper().startswith("XWAYLAND") for name in screens)
    )


def _connection(application: QGuiApplication) -> int:
    native = application.nativeInterface()
    connection = getattr(native, "connection", None)
    return int(connection()) if connection is not None else 0


def _is_composited(connection: int) -> bool:
    from headwater.ui.hotkey.xcb import Xcb

    try:
        xcb = Xcb(connection)
    except OSError:
        return False
    found = xcb.has_compositor()
    xcb.close()
    return found


def _keep_token(activation_token: str) -> None:
    """Leave the token where Qt's Wayland plugin looks for it at the next activation."""
    if activation_token:
        os.environ["XDG_ACTIVATION_TOKEN"] = activation_token
