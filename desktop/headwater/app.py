"""The composition root of the window: builds everything, owns the loop, closes in reverse order.

The window is put on the screen first, with what it needs to be typed into. Everything else is
imported and built right after: it would double the time until there is something to see.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, cast

os.environ["QT_API"] = "pyside6"  # qasync takes whatever binding it finds first

from PySide6.QtCore import (
    QEvent,
    QEventLoop,
    QMimeData,
    Qt,
    QtMsgType,
    QUrl,
    qInstallMessageHandler,
)
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication
from shiboken6 import createdByPython

from headwater import __version__
from headwater.adapters.folders import Folders, resource
from headwater.adapters.instance_lock import InstanceLock
from headwater.adapters.preferences_file import PreferencesFile
from headwater.command_line import begins_with_window, chosen_provider, parse_window
from headwater.ui.main_window import MainWindow

if TYPE_CHECKING:
    import asyncio
    from argparse import Namespace

    from headwater.adapters.archive_schema import OpenReport
    from headwater.adapters.daemon_thread import DaemonThread
    from headwater.adapters.http import HttpClients
    from headwater.adapters.keychain import EnvironmentKeys, SystemKeychain
    from headwater.adapters.late_answer_service import LateAnswerService
    from headwater.domain.api_key import ApiKey
    from headwater.domain.connection_check import CheckResult, CheckStep
    from headwater.domain.conversation import Conversation
    from headwater.domain.failure import Failure
    from headwater.domain.preferences import Preferences
    from headwater.domain.provider import Provider
    from headwater.domain.release import ReleasePlace, Version
    from headwater.presence import Presence
    from headwater.session.conversation_session import ConversationSession
    from headwater.session.provider_session import LocalServer
    from headwater.session.request_log import RequestLog
    from headwater.ui.conductor import Conductor

APP_ID = "app.headwater.Headwater"
_STYLE = "fusion"
_FIRST_PAINT = 2.0  # seconds that the window has to appear before the rest is begun anyway
_OPENED_AGAIN = 3.0  # seconds until a history that could not be opened is tried again
_AFTER_START = 0.15  # seconds until the machine is looked over for servers and keys


def run(argv: Sequence[str]) -> int:
    """Open the window and return the exit status once it is closed; 2 without a display."""
    arguments = parse_window(argv)
    if problem := display_problem(sys.platform, os.environ):
        _say(problem)
        return 2
    lock = InstanceLock(Folders.at(arguments.data_dir).state)
    if not lock.take():
        # Another start was faster, and may not listen yet.
        from headwater.second_start import hand_over_to_starting

        if hand_over_to_starting(argv, os.environ):
            return 0
        _say("it runs already and does not answer.")
        return 1
    application = make_application()
    app = App(application, arguments)
    if begins_with_window(arguments):
        app.show()
    # On the screen; now the loop, the network, the disk.
    import asyncio

    from headwater.adapters.core_dump import leave_no_core
    from headwater.adapters.keychain import take_environment_keys
    from headwater.event_loop import EventLoop

    leave_no_core()

    loop = EventLoop(application)
    asyncio.set_event_loop(loop)
    with loop:
        status = int(loop.run_until_complete(app.run(take_environment_keys(os.environ))))
    if app.has_erased:
        lock.release()
        app.erase_files()  # the lock's own was in use until now
    return status


def make_application() -> QApplication:
    """Return the application object, named so that desktops know it."""
    QGuiApplication.setDesktopFileName(APP_ID)
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    # Said before there is a style: to make one again would take a while, as would looking at it.
    application = QApplication([sys.argv[0], "-style", _STYLE])
    application.setApplicationName("Headwater")
    application.setApplicationDisplayName("Headwater")
    application.setApplicationVersion(__version__)
    application.setQuitOnLastWindowClosed(False)
    return application


def display_problem(platform: str, environ: os._Environ[str] | dict[str, str]) -> str:
    """Return why no window can be shown, or an empty string."""
    if not platform.startswith("linux") or environ.get("QT_QPA_PLATFORM"):
        return ""
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return ""
    return "there is no display to show a window on; `headwater ask` works in the terminal."


class App:
    """Everything that lives as long as the window."""

    def __init__(self, application: QApplication, arguments: Namespace) -> None:
        """Read the preferences and make the window."""
        self._application = application
        self._arguments = arguments
        self._folders = Folders.at(arguments.data_dir)
        self._file = PreferencesFile(self._folders.preferences)
        self._preferences = self._file.read()
        self._ended: asyncio.Event | None = None
        self._masked: Callable[[str], str] = str
        self._unsaved_problem: Callable[[], str] = str
        self.window = MainWindow(application, self._preferences)
        self.conductor: Conductor | None = None
        self.presence: Presence | None = None
        self.has_erased = False

    def show(self) -> None:
        """Put the window on the screen and wait until it is painted."""
        self.window.show()
        given_up = monotonic() + _FIRST_PAINT
        while not self.window.is_painted and monotonic() < given_up:
            self._application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)

    async def run(self, keys: EnvironmentKeys) -> int:
        """Be of use until the user quits."""
        import asyncio
        import signal

        ended = self._ended = asyncio.Event()
        window = self.window
        self._raise_barriers(asyncio.get_running_loop())
        async with AsyncExitStack() as stack:
            self._build(stack, keys)
            window.quit_requested.connect(self.ask_to_quit)
            self._application.commitDataRequest.connect(self.quit)
            for which in (signal.SIGINT, signal.SIGTERM):
                with suppress(NotImplementedError, RuntimeError, ValueError):
                    asyncio.get_running_loop().add_signal_handler(which, self.quit)
            await ended.wait()
            window.hide()
        if self.has_erased:
            self.erase_files()
        _leave_clipboard()
        # Now, while there is a loop: its timers and their owners go with it.
        window.deleteLater()
        self._application.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)
        return 0

    def quit(self) -> None:
        """Begin to end: what runs is kept, then the loop stops."""
        if self._ended is not None:
            self._ended.set()

    def ask_to_quit(self) -> None:
        """Begin to end, but ask first where an answer would be lost with the program."""
        if not (problem := self._unsaved_problem()):
            self.quit()
            return
        from headwater.ui.unsaved_box import ask_about_unsaved

        ask_about_unsaved(problem, self.quit, self.window)

    def erase_files(self) -> None:
        """Remove every file that was written; nothing may be open any more."""
        from headwater.adapters.erasure import erase_files

        for left in erase_files(self._folders):
            _say(f"{left} could not be removed.")

    async def _erase(
        self,
        keychain: SystemKeychain,
        preferences: Preferences,
        refused: Callable[[str], None] | None,
    ) -> None:
        """Forget keys and the start at log-in, and end; the files go when all is closed."""
        from headwater.adapters.login_start import login_start
        from headwater.adapters.program_command import program_command

        keyring = await keychain.remove_all(
            preferences.key_names(), preferences.network.proxy_address
        )
        # Where there is no keyring, and none was ever used, no key can be left in one.
        may_hold_keys = bool(keyring.name or preferences.kept_keys)
        if keyring.problem and may_hold_keys and refused is not None:
            refused(keyring.problem)
            return
        start = login_start(program_command())
        if start.is_on() and (problem := start.switch(False)):
            _say(problem)
        self.has_erased = True
        self.quit()

    @property
    def is_ending(self) -> bool:
        """Whether the user has quit."""
        return self._ended is not None and self._ended.is_set()

    def _build(self, stack: AsyncExitStack, keys: EnvironmentKeys) -> None:  # noqa: PLR0915 - imports count
        """Build floor by floor; the stack closes in reverse order."""
        import asyncio

        from headwater.adapters.archive import SqliteArchive
        from headwater.adapters.crash_file import start_fault_file
        from headwater.adapters.daemon_thread import DaemonThread
        from headwater.adapters.history_backups import HistoryBackups
        from headwater.adapters.keychain import SystemKeychain
        from headwater.adapters.late_answer_service import LateAnswerService
        from headwater.adapters.lazy_demo import LazyDemo
        from headwater.adapters.preference_store import PreferenceStore
        from headwater.adapters.release_file import read_release_place
        from headwater.domain.release import Version
        from headwater.file_export import FileExport
        from headwater.session.account import Account
        from headwater.session.backup_session import BackupSession
        from headwater.session.connection_session import ConnectionSession
        from headwater.session.conversation_session import ConversationSession
        from headwater.session.desk import Desk
        from headwater.session.history import History
        from headwater.session.network_session import NetworkSession
        from headwater.session.picture_session import PictureSession
        from headwater.session.preference_session import PreferenceSession
        from headwater.session.provider_session import ProviderSession
        from headwater.session.recently_deleted import RecentlyDeleted
        from headwater.session.release_session import ReleaseSession
        from headwater.session.request_log import RequestLog
        from headwater.session.task_scope import TaskScope
        from headwater.ui.conductor import Conductor, Parts
        from headwater.ui.pictures import Pictures

        folders, problem = self._folders, self._file.problem
        try:
            folders.create()
        except OSError as error:
            problem = f"Nothing can be kept: {error.strerror or error}."
        fault_file = start_fault_file(folders.fault_file)
        if fault_file is not None:
            stack.callback(fault_file.close)
        scope = TaskScope(self.report_crash)
        stack.push_async_callback(scope.close)

        store = PreferenceStore(self._file)
        stack.callback(store.close)
        preferences = PreferenceSession(self._preferences, store, scope)
        preferences.problem = problem
        stack.push_async_callback(preferences.close)

        given = self._given_provider(self._preferences)
        chosen = (given.id, given.origin) if given is not None and given.base_url else None
        keychain = SystemKeychain(keys, chosen=chosen)
        stack.callback(keychain.close)
        self._masked = keychain.masked
        demo = LazyDemo(resource("demo"))
        stack.push_async_callback(demo.close)
        account = Account(keychain, demo)
        requests = RequestLog()

        def make_clients() -> HttpClients:
            from headwater.adapters.http import HttpClients

            return HttpClients(
                f"Headwater/{__version__}",
                settings=lambda: preferences.now.network,
                login=keychain.read_login,
                recorder=requests,
            )

        service = LateAnswerService(make_clients)
        archive = SqliteArchive(folders.database)
        stack.push_async_callback(archive.close)

        def make_session(conversation: Conversation) -> ConversationSession:
            return ConversationSession(
                conversation, service, archive, account.access, self.report_crash
            )

        history = History(archive, make_session, scope)
        self._unsaved_problem = lambda: history.unsaved_problem
        stack.push_async_callback(history.close)
        kept_backups = HistoryBackups(folders.database, archive)
        stack.push_async_callback(kept_backups.close)
        backups = BackupSession(kept_backups, history, archive.erase_old, scope)
        desk = Desk(history, scope)
        find_servers = _ServerSearch(requests)
        providers = ProviderSession(preferences, account, service, find_servers, scope)
        if given is not None:
            providers.use(given)
        check = _Check(service)
        connection = ConnectionSession(account, preferences, providers, check, scope)
        preload = DaemonThread("headwater-preload")
        stack.callback(preload.finish)
        releases = ReleaseSession(
            Version.parse(__version__),
            read_release_place(resource("release.json")),
            _ReleaseCheck(service, preload),
            preferences,
            scope,
        )
        stack.callback(releases.close)

        def erase_everything(refused: Callable[[str], None], *, despite_keyring: bool) -> None:
            work = self._erase(keychain, preferences.now, None if despite_keyring else refused)
            scope.start(work, "erase everything")

        found_pictures = PictureSession(_PictureDownload(service), scope)
        pictures = Pictures(resource("icons"), self._application.devicePixelRatio())
        conductor = self.conductor = Conductor(
            self.window,
            Parts(
                desk=desk,
                history=history,
                deleted=RecentlyDeleted(history, scope),
                backups=backups,
                preferences=preferences,
                providers=providers,
                connection=connection,
                releases=releases,
                network=NetworkSession(preferences, keychain, _ca_file_problem, scope),
                requests=requests,
                pictures=pictures,
                open_url=_open_url,
                write_export=FileExport(scope).write,
                load_picture=found_pictures.load,
                samples=demo.questions,
                erase_everything=erase_everything,
                places=f"History and preferences are kept in {folders.data.parent}, unencrypted, "
                "readable by you alone. Keys are kept in the system’s keyring.",
            ),
        )
        stack.callback(conductor.close)
        stack.callback(lambda: preferences.set(self.window.with_layout(preferences.now)))
        self._application.setWindowIcon(pictures.application_icon())

        async def go_on_opening(report: OpenReport) -> None:
            while report.may_pass:
                await asyncio.sleep(_OPENED_AGAIN)
                report = await archive.open()
                if not report.may_pass:
                    history.tell(report.problem)
                    history.refresh()

        async def begin() -> None:
            report = await archive.open()
            history.tell(report.problem)
            scope.start(go_on_opening(report), "open the history again")
            history.refresh()
            if last := preferences.now.last_conversation_id:
                desk.show(last)

        def preload_answering() -> None:
            preload.call(service.preload)
            preload.call(_load_answer_view)
            preload.call(_load_answer_tools)

        async def look_around() -> None:
            await asyncio.sleep(_AFTER_START)
            providers.look_around()

        def be_present() -> None:
            from headwater.command_line import summons_of
            from headwater.presence import Presence, Surroundings

            around = Surroundings(
                application=self._application,
                app_id=APP_ID,
                window=self.window,
                conductor=conductor,
                history=history,
                desk=desk,
                preferences=preferences,
                providers=providers,
                pictures=pictures,
                scope=scope,
                data_dir=self._arguments.data_dir or os.environ.get("HEADWATER_DATA_DIR", ""),
                open_url=_open_url,
                preload=preload_answering,
                quit=self.ask_to_quit,
                say=_say,
            )
            self.presence = Presence(around, stack)
            self.presence.begin(summons_of(self._arguments))

        # Whoever begins to type is about to ask.
        first_letter = self.window.composer.edit.textChanged
        single = Qt.ConnectionType.SingleShotConnection
        first_letter.connect(preload_answering, single)
        first_letter.connect(providers.look_for_key, single)
        scope.start(begin(), "begin")
        scope.start(look_around(), "look around")
        releases.begin()
        backups.begin()
        be_present()

    def _given_provider(self, preferences: Preferences) -> Provider | None:
        arguments = self._arguments
        if arguments.provider or arguments.base_url:
            provider = chosen_provider(arguments, preferences)
            return replace(provider, model=arguments.model or provider.model)
        return None

    # Bugs reach exactly these barriers.

    def report_crash(self, error: BaseException) -> None:
        """Write a mistake of ours down and go on."""
        self._write_crash(type(error), error, error.__traceback__)

    def _raise_barriers(self, loop: asyncio.AbstractEventLoop) -> None:
        sys.excepthook = self._write_crash
        loop.set_exception_handler(self._loop_failed)
        qInstallMessageHandler(_qt_said)

    def _loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.report_crash(error)
        else:
            self.report_crash(RuntimeError(str(context.get("message"))))

    def _write_crash(
        self,
        kind: type[BaseException],
        error: BaseException,
        traceback: TracebackType | None,
    ) -> None:
        from headwater.adapters.crash_file import CrashFile

        CrashFile(self._folders.crash_file, self._masked).write(kind, error, traceback)
        _say(f"a mistake of ours was written to {self._folders.crash_file}")


class _PictureDownload:
    """Fetches pictures with the clients that answers come by; loaded with the first."""

    def __init__(self, service: LateAnswerService) -> None:
        self._service = service

    async def __call__(self, url: str) -> bytes | None:
        from headwater.adapters.picture_download import download_picture

        return await download_picture(self._service.service.clients, url)


class _Check:
    """Checks a connection; its code is loaded with the first check."""

    def __init__(self, service: LateAnswerService) -> None:
        self._service = service

    async def __call__(
        self,
        provider: Provider,
        key: ApiKey | None,
        show: Callable[[CheckStep], None],
        *,
        asks_first_word: bool,
    ) -> CheckResult:
        from headwater.adapters.key_check import check_key

        clients = self._service.service.clients
        return await check_key(clients, provider, key, show, asks_first_word=asks_first_word)


class _ReleaseCheck:
    """Looks for a release; what that takes is loaded with the first look, off the loop's thread."""

    def __init__(self, service: LateAnswerService, thread: DaemonThread) -> None:
        self._service = service
        self._thread = thread

    async def newest(self, place: ReleasePlace) -> Version | Failure:
        await self._thread.call(self._service.preload)
        from headwater.adapters.release_check import newest_release

        return await newest_release(self._service.service.clients, place)


class _ServerSearch:
    """Looks for servers on this machine; what that takes is loaded with the first look."""

    def __init__(self, recorder: RequestLog) -> None:
        self._recorder = recorder

    async def __call__(self) -> tuple[LocalServer, ...]:
        from headwater.adapters.local_servers import find_local_servers

        return await find_local_servers(recorder=self._recorder)


def _ca_file_problem(path: str) -> str:
    from headwater.adapters.trust import ca_file_problem

    return ca_file_problem(path)


def _load_answer_view() -> None:
    import headwater.ui.answer_view  # noqa: F401 - its loading is what is wanted


def _load_answer_tools() -> None:
    """Load what the window would wait for, in the order in which an answer comes to need it."""
    from headwater.ui.code_highlight import load_language
    from headwater.ui.inline_run import load_markdown

    load_markdown()
    load_language("python")
    import headwater.domain.passage_check
    import headwater.ui.formula_engine  # noqa: F401


def _leave_clipboard() -> None:
    """Hand what was copied here to Qt alone; it outlives Python and would call back into it."""
    clipboard = QGuiApplication.clipboard()
    copied = cast("QMimeData | None", clipboard.mimeData())
    if copied is not None and createdByPython(copied):
        clipboard.setText(copied.text())


def _open_url(url: str) -> None:
    from headwater.ui.link import safe_link  # loaded with the first link

    if link := safe_link(url):
        QDesktopServices.openUrl(QUrl(link, QUrl.ParsingMode.StrictMode))


def _qt_said(kind: QtMsgType, _context: object, message: str) -> None:
    if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
        _say(f"Qt: {message}")


def _say(text: str) -> None:
    sys.stderr.write(f"headwater: {text}\n")
