"""Fills the window with what is going on, and turns the user's gestures into calls on sessions."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit, QMessageBox, QWidget

from headwater import __version__
from headwater.domain.conversation import Conversation, Turn
from headwater.domain.failure import Remedy
from headwater.domain.options import AnswerOptions
from headwater.domain.preferences import LongLines
from headwater.domain.provider import DEMO, PERPLEXITY, model_to_begin_with
from headwater.domain.source_order import SourceOrder
from headwater.domain.zoom import stepped
from headwater.session.backup_session import BackupSession
from headwater.session.connection_session import ConnectionSession
from headwater.session.conversation_session import ConversationSession
from headwater.session.desk import Desk
from headwater.session.history import History
from headwater.session.network_session import NetworkSession
from headwater.session.preference_session import PreferenceSession
from headwater.session.provider_session import ProviderSession
from headwater.session.recently_deleted import RecentlyDeleted
from headwater.session.release_session import ReleaseSession
from headwater.session.request_log import RequestLog
from headwater.ui.announcement import announce, announce_end
from headwater.ui.frame_clock import FrameClock
from headwater.ui.garbage_collector import GarbageCollector
from headwater.ui.link import link_to_passage, safe_link
from headwater.ui.main_window import MainWindow
from headwater.ui.picture_loading import LoadPicture
from headwater.ui.pictures import Pictures
from headwater.ui.plain_text import one_line
from headwater.ui.theme import NEAR
from headwater.ui.timer import timer
from headwater.ui.turn_footer import TurnFooter
from headwater.ui.waiting_words import waiting_words
from headwater.ui.welcome import Welcome

if TYPE_CHECKING:
    from headwater.export.excerpt import Excerpt
    from headwater.export.export_format import ExportFormat
    from headwater.ui.answer_view import AnswerView
    from headwater.ui.comparing import Comparing
    from headwater.ui.erasure_box import Erase
    from headwater.ui.export_dialog import WriteExport
    from headwater.ui.finding import Finding
    from headwater.ui.keeping import Keeping
    from headwater.ui.quick_ask_settings import QuickAskSettings
    from headwater.ui.release_line import ReleaseLine

_DOCK_PACE = 400  # milliseconds between looks at citations while text streams
_SOON_READ = 8192  # characters of an answer that are read through in a millisecond or two
_DRAFT_PAUSE = 1000  # milliseconds without a key until an unsent question is kept
_SAID_FOR = 2000  # milliseconds that a word such as "Copied" stands


@dataclass(frozen=True, slots=True)
class Parts:
    """What is shown and done, built by `app`."""

    desk: Desk
    history: History
    deleted: RecentlyDeleted
    backups: BackupSession
    preferences: PreferenceSession
    providers: ProviderSession
    connection: ConnectionSession
    releases: ReleaseSession
    network: NetworkSession
    requests: RequestLog
    pictures: Pictures
    open_url: Callable[[str], None]
    write_export: WriteExport
    load_picture: LoadPicture
    samples: Callable[[], tuple[str, ...]]
    erase_everything: Erase
    places: str


class Conductor(QObject):
    """Pulls snapshots on the next frame; a hidden window is not painted at all."""

    def __init__(self, window: MainWindow, parts: Parts) -> None:
        super().__init__(window)
        self._window = window
        window.complete(parts.pictures)
        self._parts = parts
        self._garbage = GarbageCollector(self)
        self._clock = FrameClock(self)
        self._clock.ticked = self._garbage.look
        self._shown_turn_id = ""
        self._was_running = ""
        self._waits = False
        self._export_problem = ""
        self._sources_seen: object = None
        self._filled: dict[str, tuple[Turn, tuple[str, ...]]] = {}  # with their versions
        self._view: AnswerView | None = None
        self._release_line: ReleaseLine | None = None
        self._finding: Finding | None = None
        self._comparing: Comparing | None = None
        self._keeping: Keeping | None = None
        self.quick_ask_settings: Callable[[], QuickAskSettings] | None = None
        self.welcome = Welcome()
        window.set_welcome(self.welcome)
        self._second = timer(self, 1000, self._show_waiting, is_single=False)
        self._said = timer(self, _SAID_FOR, self._show_waiting)
        self._dock_timer = timer(self, _DOCK_PACE, self._show_docks)
        self._draft = timer(self, _DRAFT_PAUSE, self._keep_draft)
        window.route_bar.attach(parts.providers)
        if draft := parts.preferences.now.draft:
            window.composer.edit.set_text(draft)
        self._connect_window()
        self._connect_actions()
        self._unlisten = [
            parts.desk.changed.add(self._request_paint),
            parts.desk.replaced.add(self._conversation_replaced),
            parts.history.changed.add(self._show_history),
            parts.history.deleted.add(self._conversation_deleted),
            parts.providers.changed.add(self._show_route),
            parts.preferences.changed.add(self._preferences_changed),
            parts.releases.changed.add(self._show_release),
        ]
        window.source_dock.set_order(parts.preferences.now.source_order)
        self._show_long_lines()
        self._show_history()
        self._show_route()
        self._paint()

    @property
    def view(self) -> AnswerView:
        """Where answers are read; loaded with the first of them."""
        if self._view is None:
            self._view = self._make_view()
        return self._view

    @property
    def conversation(self) -> Conversation:
        """The conversation in front of the user."""
        return self._parts.desk.session.conversation

    @property
    def is_busy(self) -> bool:
        """Whether an answer is on its way here."""
        return bool(self._was_running)

    def close(self) -> None:
        """Let go of everything that is listened to, and of the timers."""
        self._keep_draft()
        for each in (self._second, self._said, self._dock_timer, self._draft):
            each.stop()
        for forget in self._unlisten:
            forget()
        self._unlisten.clear()
        if self._finding is not None:
            self._finding.stop()
        if self._comparing is not None:
            self._comparing.close()
        if self._keeping is not None:
            self._keeping.stop()
        self._window.route_bar.detach()
        self._garbage.close()

    def _make_view(self) -> AnswerView:
        from headwater.ui.answer_view import AnswerView

        window, parts = self._window, self._parts
        view = AnswerView(window.theme, self._clock, self._make_footer, self._make_steps)
        view.setObjectName("answer")
        key = window.actions_by_name.next_part.shortcut().toString()
        view.setAccessibleDescription(f"{key} reads it part by part")
        view.set_pacing(parts.preferences.now.pacing)
        view.set_zoom(parts.preferences.now.zoom)
        view.set_long_lines(parts.preferences.now.long_lines)
        view.zoom_requested.connect(self._zoom)
        view.following_changed.connect(self._following_changed)
        view.written.connect(self._show_docks)
        view.link_opened.connect(parts.open_url)
        view.source_chosen.connect(self._open_source)
        view.source_hovered.connect(self._source_hovered)
        view.code_copied.connect(self._copy_code)
        view.copy_requested.connect(
            lambda turn_id, with_sources: self._copy(turn_id, with_sources=with_sources)
        )
        window.theme_changed.connect(lambda: view.set_theme(window.theme))
        window.set_answer_view(view)
        return view

    def _connect_window(self) -> None:
        window, parts = self._window, self._parts
        window.uncovered.connect(self._request_paint)
        window.composer.edit.textChanged.connect(self._draft.start)
        window.composer.edit.textChanged.connect(self._make_way)
        window.composer.submitted.connect(self._ask)
        window.composer.stop_requested.connect(self._stop)
        window.route_bar.options_changed.connect(self._set_options)
        window.route_bar.options_requested.connect(self._show_options)
        window.route_bar.connection_requested.connect(self.show_connection)
        window.latest.clicked.connect(self._jump_to_latest)
        window.theme_changed.connect(self._dress_release_line)
        self.welcome.key_requested.connect(lambda: self.show_connection(PERPLEXITY.id))
        self.welcome.server_requested.connect(self._use_server)
        self.welcome.demo_requested.connect(lambda: parts.providers.choose(DEMO.id))
        self.welcome.question_chosen.connect(self._ask)
        window.history_dock.chosen.connect(parts.desk.show)
        window.history_dock.searched.connect(parts.history.refresh)
        window.history_dock.rename_requested.connect(self._rename)
        window.history_dock.delete_requested.connect(self._delete)
        window.source_dock.source_selected.connect(self._light_source)
        window.source_dock.source_opened.connect(self._open_source)
        window.source_dock.order_chosen.connect(self._set_source_order)

    def _connect_actions(self) -> None:
        actions, parts = self._window.actions_by_name, self._parts
        actions.new.triggered.connect(self._new)
        actions.search.triggered.connect(self._search)
        actions.find.triggered.connect(self._find)
        actions.find_next.triggered.connect(lambda: self._find_step(1))
        actions.find_previous.triggered.connect(lambda: self._find_step(-1))
        actions.stop.triggered.connect(self._escape)
        actions.retry.triggered.connect(lambda: self._on_last_turn(self._retry))
        actions.edit.triggered.connect(lambda: self._on_last_turn(self._edit))
        actions.copy_answer.triggered.connect(lambda: self._on_last_turn(self._copy))
        actions.export.triggered.connect(self._export)
        actions.copy_without_sources.triggered.connect(
            lambda: self._on_last_turn(lambda turn_id: self._copy(turn_id, with_sources=False))
        )
        self._connect_steps()
        actions.earlier_answer.triggered.connect(lambda: self._step_version(-1))
        actions.later_answer.triggered.connect(lambda: self._step_version(1))
        actions.compare.triggered.connect(self._compare_last)
        actions.latest.triggered.connect(self._jump_to_latest)
        actions.zoom_in.triggered.connect(lambda: self._zoom(1))
        actions.zoom_out.triggered.connect(lambda: self._zoom(-1))
        actions.zoom_natural.triggered.connect(lambda: self._zoom(0))
        actions.wrap_code.triggered.connect(self._wrap_code)
        actions.deleted.triggered.connect(self._show_deleted)
        actions.backups.triggered.connect(self._show_backups)
        actions.add_key.triggered.connect(lambda: self.show_connection(PERPLEXITY.id))
        actions.connection.triggered.connect(
            lambda: self.show_connection(parts.providers.provider.id)
        )
        actions.network.triggered.connect(self.show_network)
        actions.options.triggered.connect(self._show_options)
        actions.preferences.triggered.connect(self.show_preferences)
        actions.about.triggered.connect(self._show_about)

    def _connect_steps(self) -> None:
        actions = self._window.actions_by_name
        for action, kind, by in (
            (actions.next_turn, "answer", 1),
            (actions.previous_turn, "answer", -1),
            (actions.next_part, "part", 1),
            (actions.previous_part, "part", -1),
            (actions.next_code, "code block", 1),
            (actions.previous_code, "code block", -1),
            (actions.next_mark, "source", 1),
            (actions.previous_mark, "source", -1),
        ):
            action.triggered.connect(lambda _, kind=kind, by=by: self._step(kind, by))

    def _make_footer(self, turn_id: str) -> QWidget:
        footer = TurnFooter(turn_id, self._parts.load_picture)
        footer.page_opened.connect(self._open_page)
        footer.version_chosen.connect(self._choose_version)
        footer.compare_requested.connect(self._compare)
        footer.copy_requested.connect(self._copy)
        footer.export_requested.connect(self._export_answer)
        footer.retry_requested.connect(self._retry)
        footer.edit_requested.connect(self._edit)
        footer.continue_requested.connect(self._continue)
        footer.remedy_chosen.connect(self.apply_remedy)
        footer.related_chosen.connect(self._ask)
        footer.resized.connect(self.view.refit_footer)
        with suppress(KeyError):
            versions = self.conversation.versions(turn_id)
            footer.show_turn(self.conversation.turn(turn_id), tuple(turn.id for turn in versions))
        return footer

    def _make_steps(self, turn_id: str) -> QWidget:
        from headwater.ui.turn_steps import TurnSteps

        steps = TurnSteps(turn_id)
        steps.resized.connect(self.view.refit_footer)
        steps.unfolded.connect(self.view.refit_head)
        with suppress(KeyError):
            steps.show_turn(self.conversation.turn(turn_id))
        return steps

    # What it shows

    @property
    def _session(self) -> ConversationSession:
        return self._parts.desk.session

    def _request_paint(self) -> None:
        session = self._session
        running = session.running_turn_id
        if running != self._was_running:
            self._running_changed(running)
        waits = session.next_attempt is not None
        if waits != self._waits:  # said at once, and then every second
            self._waits = waits
            self._show_waiting()
        if self._window.isVisible() and not self._window.isMinimized():
            self._clock.request(self._paint, is_first=True)

    def _running_changed(self, running: str) -> None:
        ended, self._was_running = self._was_running, running
        if running:
            self._second.start()
            announce(self._window, "Asking")
        else:
            self._second.stop()
            self._show_waiting()
        self._window.composer.set_running(bool(running))
        if not running:
            self._window.latest.hide()
        if ended and not running:
            self._announce(ended)

    def _paint(self) -> None:
        conversation = self.conversation
        path = conversation.path
        welcome = "" if self._is_ready else "Welcome"
        self._window.set_title(conversation.title or welcome)
        self._window.show_page(self.view if path else self.welcome)
        if self._finding is not None and not path:
            self._finding.close()
        if self._comparing is not None:
            self._comparing.follow(conversation)
        if path:
            self.view.show_path(conversation.id, path)
            self._fill_turns(path)
        self._window.composer.set_placeholder("Ask a follow-up" if path else "Ask anything")
        if path:
            self._window.composer.set_last_question(path[-1].question.text)
        shown = self._shown_turn()
        sources = shown.answer.sources if shown else None
        if shown is not None and shown.answer.is_running and sources is self._sources_seen:
            if not self._dock_timer.isActive():
                self._dock_timer.start()
        else:
            self._show_docks()
        history, preferences = self._parts.history, self._parts.preferences
        kept = self._session.storage_problem or history.problem or history.notice
        other = preferences.problem or self._export_problem
        self._window.set_problem(" ".join(problem for problem in (kept, other) if problem))

    def _fill_turns(self, path: tuple[Turn, ...]) -> None:
        """Bring what stands above and below the answers up to date, of turns that have changed.

        What is made later is filled when it is made.
        """
        from headwater.ui.turn_steps import TurnSteps

        siblings: dict[str, list[str]] = {}
        for turn in self.conversation.turns:
            siblings.setdefault(turn.parent_id, []).append(turn.id)
        before, self._filled = self._filled, {}
        for turn in path:
            versions = tuple(siblings[turn.parent_id])
            filled, known_versions = before.get(turn.id, (None, ()))
            self._filled[turn.id] = (turn, versions)
            if filled is turn and known_versions == versions:
                continue
            footer, head = self.view.footer(turn.id), self.view.head(turn.id)
            if isinstance(footer, TurnFooter):
                footer.show_turn(turn, versions)
            if isinstance(head, TurnSteps):
                head.show_turn(turn)

    def _shown_turn(self) -> Turn | None:
        path = self.conversation.path
        for turn in path:
            if turn.id == self._shown_turn_id:
                return turn
        return path[-1] if path else None

    def _show_docks(self) -> None:
        turn = self._shown_turn()
        self._sources_seen = turn.answer.sources if turn else None
        self._window.source_dock.show_turn(turn, self._cited(turn) if turn else ())
        self._window.usage_dock.show_answer(turn.answer if turn else None)

    def _cited(self, turn: Turn) -> Collection[str]:
        """Return the ids of the sources that the answer cites, as far as it was written.

        The view counts them while it writes; a short answer need not wait for its first frame.
        """
        is_long = turn.answer.is_running or len(turn.answer.text) > _SOON_READ
        if is_long or self.view.has_written(turn):
            return self.view.cited_ids(turn.id)
        from headwater.domain.citations import cited_ids

        return cited_ids(turn.answer.text, turn.answer.sources)

    def _show_waiting(self) -> None:
        self._window.route_bar.set_status(waiting_words(self._session))
        self._request_paint()

    def _show_history(self) -> None:
        history = self._parts.history
        self._window.history_dock.show_summaries(history.summaries, history.search, history.problem)
        self._window.history_dock.select(self.conversation.id)
        self._request_paint()  # it also says what is wrong with the history

    @property
    def _is_ready(self) -> bool:
        return self._parts.providers.is_ready

    def _show_route(self) -> None:
        providers = self._parts.providers
        self._window.route_bar.show_options(self._parts.preferences.now.options, providers.provider)
        if not providers.is_ready:
            found = providers.local_servers
            self.welcome.show_ways(found[0].provider.name if found else "")
        else:
            is_demo = providers.provider.id == DEMO.id
            samples = self._parts.samples() if is_demo else ()
            self.welcome.show_invitation(providers.provider.name, samples)
        self._request_paint()

    def _conversation_replaced(self) -> None:
        self._shown_turn_id = ""
        self._was_running = ""
        self._window.composer.set_running(False)
        self._window.history_dock.select(self.conversation.id)
        if self.conversation.turns:
            self._parts.preferences.update(last_conversation_id=self.conversation.id)
        self._request_paint()

    def _conversation_deleted(self, conversation_id: str) -> None:
        if self._comparing is not None:
            self._comparing.conversation_deleted(conversation_id)

    def _preferences_changed(self) -> None:
        if self._view is not None:
            self._view.set_pacing(self._parts.preferences.now.pacing)
            self._view.set_zoom(self._parts.preferences.now.zoom)
            self._view.set_long_lines(self._parts.preferences.now.long_lines)
        self._show_long_lines()
        if self._comparing is not None:
            self._comparing.set_zoom(self._parts.preferences.now.zoom)
        self._window.wear_theme(self._parts.preferences.now.theme.value)
        self._window.source_dock.set_order(self._parts.preferences.now.source_order)
        self._show_route()

    def _show_long_lines(self) -> None:
        wraps = self._parts.preferences.now.long_lines is LongLines.WRAP
        self._window.actions_by_name.wrap_code.setChecked(wraps)

    def _show_release(self) -> None:
        """Say in a quiet line that a newer release is out, as long as there is something to say."""
        release, line = self._parts.releases.news, self._release_line
        if release is None:
            if line is not None:
                self._release_line = None
                line.hide()
                line.deleteLater()
                self._window.focus_question()
            return
        if line is None:
            line = self._release_line = self._make_release_line()
            self._dress_release_line()
        line.show_release(release)

    def _make_release_line(self) -> ReleaseLine:
        # Loaded with the first news: mostly there are none.
        from headwater.ui.release_line import ReleaseLine

        window, parts = self._window, self._parts
        line = ReleaseLine()
        line.seen.connect(parts.releases.mark_told)
        line.closed.connect(parts.releases.close_news)
        line.page_requested.connect(self._open_release)
        window.set_notice(line)
        return line

    def _dress_release_line(self) -> None:
        if self._release_line is not None:
            self._release_line.wear(self._window.theme, self._parts.pictures)

    def _open_release(self) -> None:
        place = self._parts.releases.place
        if place is not None:
            self._parts.open_url(place.page_url)
        self._parts.releases.close_news()

    def _announce(self, turn_id: str) -> None:
        try:
            answer = self.conversation.turn(turn_id).answer
        except KeyError:
            return
        announce_end(self.view, answer)
        if not self._window.isActiveWindow():
            QApplication.alert(self._window)

    # What the user does

    def _ask(self, text: str) -> None:
        session = self._session
        if session.is_running:
            if not self._window.composer.edit.text():
                self._window.composer.edit.set_text(text)
            return
        self._shown_turn_id = ""
        providers = self._parts.providers
        if providers.is_surely_unready:
            self._window.composer.edit.set_text(text)
            self.show_connection(providers.provider.id)
            return
        session.ask(text, providers.route, self._options)
        self._parts.preferences.update(last_conversation_id=session.conversation.id)
        self.view.jump_to_latest()
        self._window.composer.edit.setFocus()

    @property
    def _options(self) -> AnswerOptions:
        return self._parts.preferences.now.options

    def _set_options(self, options: AnswerOptions) -> None:
        self._parts.preferences.update(options=options)

    def _set_source_order(self, order: str) -> None:
        self._parts.preferences.update(source_order=SourceOrder(order))

    def _keep_draft(self) -> None:
        self._parts.preferences.update(draft=self._window.composer.edit.text())

    def _jump_to_latest(self) -> None:
        self.view.jump_to_latest()

    def _zoom(self, by: int) -> None:
        zoom = stepped(self._parts.preferences.now.zoom, by)
        self._parts.preferences.update(zoom=zoom)
        self._say(f"Text at {zoom} %")

    def _wrap_code(self, wraps: bool) -> None:
        self._parts.preferences.update(long_lines=LongLines.WRAP if wraps else LongLines.SCROLL)
        self._say("Long lines of code wrap" if wraps else "Long lines of code scroll")

    def _step(self, kind: str, by: int) -> None:
        if self.conversation.path:
            from headwater.ui.answer_steps import StepKind, step

            step(self.view, StepKind(kind), by)

    def _light_source(self, turn_id: str, source_id: str) -> None:
        which, count = self.view.walk_source(turn_id, source_id)
        self._window.source_dock.show_use(source_id, which, count)
        announce(self.view, f"Sentence {which} of {count}" if count else "Not cited")

    def _make_way(self) -> None:
        self._garbage.postpone()
        if self._view is not None:
            self._view.make_way()

    def _stop(self) -> None:
        self._session.stop()
        self._clock.hurry()
        self._window.composer.edit.setFocus()

    def _escape(self) -> None:
        if self._session.is_running:
            self._stop()
        elif self._finding is not None and self._finding.is_open:
            self._finding.close()
        elif self._window.history_dock.search.hasFocus():
            self._window.history_dock.search.clear()
            self._window.composer.edit.setFocus()
        else:
            if self._view is not None:
                self._view.light_source(self._shown_turn_id or self._last_turn_id(), "")
                self._window.source_dock.show_use("", 0, 0)
            self._window.composer.edit.setFocus()

    def _retry(self, turn_id: str) -> None:
        if not self._session.is_running:
            self._shown_turn_id = ""
            self._session.retry(turn_id, self._parts.providers.route, self._options)
            self._window.composer.edit.setFocus()

    def _continue(self, turn_id: str) -> None:
        if not self._session.is_running:
            self._shown_turn_id = ""
            self._session.continue_answer(turn_id, self._parts.providers.route)
            self._window.composer.edit.setFocus()

    def _edit(self, turn_id: str) -> None:
        if self._session.is_running:
            return
        from headwater.ui.edit_dialog import EditDialog

        dialog = EditDialog(self.conversation.turn(turn_id).question.text, self._window)
        dialog.edited.connect(lambda text: self._edited(turn_id, text))
        dialog.open()

    def _edited(self, turn_id: str, text: str) -> None:
        if not self._session.is_running:
            self._session.edit(turn_id, text, self._parts.providers.route, self._options)

    def _copy(self, turn_id: str, *, with_sources: bool = True) -> None:
        from headwater.ui.answer_data import answer_data

        data = answer_data(self.conversation.turn(turn_id), with_sources=with_sources)
        QGuiApplication.clipboard().setMimeData(data)
        self._say("Copied")

    def _export(self) -> None:
        from headwater.export.excerpt import whole

        if self.conversation.path:
            self._ask_where(whole(self.conversation, datetime.now(UTC)))

    def _export_answer(self, turn_id: str) -> None:
        from headwater.export.excerpt import one_answer

        self._ask_where(one_answer(self.conversation, turn_id, datetime.now(UTC)))

    def _ask_where(self, excerpt: Excerpt) -> None:
        """Let the user choose a file; what is exported is what is there now."""
        from headwater.ui.export_dialog import ExportDialog

        self._set_export_problem("")
        dialog = ExportDialog(excerpt.file_name, self._window)

        def write(form: ExportFormat, path: str, may_replace: bool) -> None:
            self._say("Exporting…")
            self._parts.write_export(excerpt, form, path, self._exported, may_replace=may_replace)

        dialog.chosen.connect(write)
        dialog.open()

    def _exported(self, problem: str) -> None:
        self._set_export_problem(problem)
        self._say("" if problem else "Exported")

    def _set_export_problem(self, problem: str) -> None:
        self._export_problem = problem
        self._request_paint()

    def _copy_code(self, code: str) -> None:
        QGuiApplication.clipboard().setText(code)
        self._say("Copied")

    def _say(self, words: str) -> None:
        """Show a word beside the question box for a moment."""
        self._window.route_bar.set_status(words)
        self._said.start()

    def apply_remedy(self, turn_id: str, remedy: str) -> None:
        """Do what the button beside a failed answer of this conversation says."""
        turn = self.conversation.turn(turn_id)
        match Remedy(remedy):
            case Remedy.RETRY:
                self._retry(turn_id)
            case Remedy.SET_KEY | Remedy.CHECK_ADDRESS | Remedy.CHOOSE_MODEL:
                provider_id = turn.question.provider_id or self._parts.providers.provider.id
                self.show_connection(provider_id)
            case Remedy.CHECK_PROXY:
                self.show_preferences(at_network=True)
            case Remedy.OPEN_ACCOUNT:
                if url := self._parts.providers.provider.account_url:
                    self._parts.open_url(url)
            case Remedy.USE_AGENT_API:
                self._parts.providers.choose(PERPLEXITY.id)
                self._retry(turn_id)
            case Remedy.CHANGE_OPTIONS:
                self._show_options()
            case Remedy.NONE:
                pass

    def _choose_version(self, turn_id: str) -> None:
        self._shown_turn_id = ""
        self._session.choose(turn_id)

    def _step_version(self, by: int) -> None:
        if turn_id := self._last_turn_id():
            versions = self.conversation.versions(turn_id)
            at = [turn.id for turn in versions].index(turn_id) + by
            if 0 <= at < len(versions):
                self._choose_version(versions[at].id)

    @property
    def comparing(self) -> Comparing:
        """Comparing versions of an answer; loaded when somebody wants to."""
        if self._comparing is None:
            from headwater.ui.comparing import Comparing

            parts = self._parts
            self._comparing = Comparing(self._window, parts.pictures, parts.open_url, self._zoom)
        return self._comparing

    def _compare(self, turn_id: str) -> None:
        self.comparing.open(self.conversation, turn_id, self._parts.preferences.now.zoom)

    def _compare_last(self) -> None:
        """Compare the versions of the last answer shown that has several."""
        conversation = self.conversation
        for turn in reversed(conversation.path):
            if len(conversation.versions(turn.id)) > 1:
                self._compare(turn.id)
                return
        self._say("Nothing to compare: each answer has one version")

    def _last_turn_id(self) -> str:
        return self.conversation.path[-1].id if self.conversation.path else ""

    def _on_last_turn(self, do: Callable[[str], None]) -> None:
        if turn_id := self._last_turn_id():
            do(turn_id)

    def _new(self) -> None:
        self._parts.desk.new()
        self._window.composer.edit.setFocus()

    def _search(self) -> None:
        self._window.history_dock.show()
        self._window.history_dock.search.setFocus()
        self._window.history_dock.search.selectAll()

    @property
    def finding(self) -> Finding:
        """Finding in the shown conversation; loaded when somebody looks for something."""
        if self._finding is None:
            from headwater.ui.finding import Finding

            self._finding = Finding(self._window, self.view, self._parts.pictures)
        return self._finding

    def _find(self) -> None:
        if self.conversation.path:
            self.finding.open()

    def _find_step(self, by: int) -> None:
        if self.conversation.path:
            self.finding.step(by)

    def _rename(self, conversation_id: str) -> None:
        from headwater.ui.composing import leave_keys_to_input_method

        title = next(
            (s.title for s in self._parts.history.summaries if s.id == conversation_id), ""
        )
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Rename")
        dialog.setLabelText("Title")
        dialog.setTextEchoMode(QLineEdit.EchoMode.Normal)
        dialog.setTextValue(one_line(title))
        box = dialog.findChild(QLineEdit)
        assert box is not None
        box.setAccessibleName("Title")
        leave_keys_to_input_method(dialog)
        dialog.textValueSelected.connect(
            lambda text: self._parts.desk.rename(conversation_id, text)
        )
        dialog.open()

    def _delete(self, conversation_id: str) -> None:
        title = next(
            (s.title for s in self._parts.history.summaries if s.id == conversation_id), ""
        )
        self.keeping.delete(conversation_id, title)

    def _show_deleted(self) -> None:
        self.keeping.show_deleted()

    def _show_backups(self) -> None:
        from headwater.ui.backup_dialog import BackupDialog

        BackupDialog(self._parts.backups, self._window.theme, self._window).open()

    def _ask_erasure(self) -> None:
        from headwater.ui.erasure_box import ErasureQuestion

        ErasureQuestion(self._parts.erase_everything, self._window).ask()

    @property
    def keeping(self) -> Keeping:
        """What undoes deleting; loaded when something is deleted."""
        if self._keeping is None:
            from headwater.ui.keeping import Keeping

            parts = self._parts
            self._keeping = Keeping(self._window, parts.desk, parts.deleted, parts.pictures)
        return self._keeping

    def _open_page(self, url: str) -> None:
        if link := safe_link(url):
            self._parts.open_url(link)

    def _open_source(self, turn_id: str, source_id: str) -> None:
        self._shown_turn_id = turn_id
        self._show_docks()
        self._window.source_dock.select_source(source_id)
        for source in self.conversation.turn(turn_id).answer.sources:
            if source_id in source.ids:
                sentence = self.view.sentence_chosen(turn_id, source_id)
                if link := link_to_passage(source.url, source.snippet, sentence):
                    self._parts.open_url(link)
                return

    def _source_hovered(self, turn_id: str, source_id: str) -> None:
        if source_id and self._shown_turn_id != turn_id:
            self._shown_turn_id = turn_id
            self._show_docks()
        if source_id:
            self._window.source_dock.select_source(source_id)

    def _use_server(self) -> None:
        providers = self._parts.providers
        if found := providers.local_servers:
            server = found[0]
            providers.choose(server.provider.id, model=model_to_begin_with(server.models))
        else:
            self.show_connection("custom")

    def show_connection(self, provider_id: str) -> None:
        """Let the user set up a provider and its key."""
        from headwater.ui.connection_dialog import ConnectionDialog

        dialog = ConnectionDialog(self._parts.connection, self._parts.providers, self._window)
        dialog.begin(provider_id)

    def show_network(self) -> None:
        """Show every request since the start, in one window that stays open."""
        from headwater.ui.network_window import NetworkWindow

        window = self._window.findChild(NetworkWindow) or NetworkWindow(
            self._parts.requests, self._window
        )
        window.show()
        window.raise_()
        window.activateWindow()

    def _show_options(self) -> None:
        from headwater.ui.options_panel import OptionsPanel

        panel = OptionsPanel(self._window)
        panel.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        panel.changed.connect(self._set_options)
        panel.show_options(self._options, self._parts.providers.provider)
        panel.adjustSize()
        button = self._window.route_bar.more_button
        corner = button.mapToGlobal(button.rect().topLeft())
        corner.setY(corner.y() - panel.sizeHint().height() - NEAR)
        panel.move(corner)
        panel.show()

    def show_preferences(self, *, at_quick_ask: bool = False, at_network: bool = False) -> None:
        """Let the user change what was chosen once and for all, from the section that is wanted."""
        from headwater.ui.network_panel import NetworkPanel
        from headwater.ui.preferences_dialog import PreferencesDialog
        from headwater.ui.release_panel import ReleasePanel

        parts = self._parts
        quick_ask = self.quick_ask_settings() if self.quick_ask_settings else None
        releases = ReleasePanel(parts.releases, parts.open_url)
        dialog = PreferencesDialog(
            parts.preferences,
            parts.places,
            self._window,
            quick_ask,
            releases,
            NetworkPanel(parts.network),
        )
        dialog.erasure_requested.connect(self._ask_erasure)
        if at_quick_ask:
            dialog.show_quick_ask()
        elif at_network:
            dialog.show_network()
        dialog.open()

    def _show_about(self) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("About Headwater")
        box.setText(f"Headwater {__version__}")
        box.setInformativeText("Cited answers, streamed. No telemetry, no remote images.")
        box.setIconPixmap(
            self._parts.pictures.picture("headwater", self._window.theme.text, 64, 1.0)
        )
        box.open()

    def _following_changed(self, is_following: bool) -> None:
        is_missing = not is_following and self.is_busy
        self._window.latest.setVisible(is_missing)
        if is_missing:
            self._window.place_latest()
