"""Fills the quick ask with what is going on, and turns its gestures into calls on sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QScreen

from headwater.domain.attachment import (
    Attachment,
    UnusableAttachmentError,
    attachment_of,
    problem_sending,
)
from headwater.domain.conversation import Conversation, Turn
from headwater.domain.failure import Remedy
from headwater.domain.zoom import stepped
from headwater.session.conversation_session import ConversationSession
from headwater.session.desk import Desk
from headwater.session.preference_session import PreferenceSession
from headwater.session.provider_session import ProviderSession
from headwater.ui.announcement import announce_end
from headwater.ui.focus_back import give_focus_back
from headwater.ui.frame_clock import FrameClock
from headwater.ui.link import safe_link
from headwater.ui.quick_ask.enclosure import Enclosure, Offer
from headwater.ui.quick_ask.gathering import attachment_from, enclosures_in, offers_from
from headwater.ui.quick_ask.placement import place_on, remember, room_below
from headwater.ui.quick_ask.quick_window import WIDTH, QuickWindow
from headwater.ui.timer import timer
from headwater.ui.usage_dock import usage_texts
from headwater.ui.waiting_words import waiting_words

if TYPE_CHECKING:
    from headwater.ui.answer_view import AnswerView
    from headwater.ui.main_window import MainWindow

_DRAFT_PAUSE = 1000  # milliseconds without a key until an unsent question is kept
_SAID_FOR = 2000  # milliseconds that a word such as "Copied" stands
_OFFER_PAUSE = 200  # milliseconds; another program has to answer, which may take a while
_PLACE_PAUSE = 500  # milliseconds after the last movement until the place is kept

ReadFiles = Callable[[Sequence[str], Callable[[tuple[Attachment, ...], str], None]], None]
TakeScreenshot = Callable[[Callable[[bytes | None, str], None]], None]


@dataclass(frozen=True, slots=True)
class QuickParts:
    """What the quick ask works with, built by `presence`.

    `read_files` hands attachments, or a sentence on why there are none, to its second argument;
    `take_screenshot` a PNG, None when the person gave up, and such a sentence. `main_desk` takes
    a promoted conversation over, `fill_main` a question not yet sent; `open_connection`
    and `open_preferences` are dialogs of the main window; `apply_remedy` does there what helps a
    failed turn.
    """

    desk: Desk
    main_desk: Desk
    preferences: PreferenceSession
    providers: ProviderSession
    open_url: Callable[[str], None]
    read_files: ReadFiles
    take_screenshot: TakeScreenshot
    show_main: Callable[[], None]
    fill_main: Callable[[str], None]
    open_connection: Callable[[str], None]
    apply_remedy: Callable[[str, str], None]
    open_preferences: Callable[[], None]
    choose_file: Callable[[QuickWindow, Callable[[Sequence[str]], None]], None]
    preload: Callable[[], None]


class QuickConductor(QObject):
    """Shows and hides the quick ask; hiding it never stops an answer."""

    def __init__(
        self,
        window: QuickWindow,
        main: MainWindow,
        application: QGuiApplication,
        parts: QuickParts,
    ) -> None:
        super().__init__()
        self._window = window
        self._main = main
        self._application = application
        self._parts = parts
        self._clock = FrameClock(self)
        self._view: AnswerView | None = None
        self._enclosures: tuple[Enclosure, ...] = ()
        self._offers: tuple[Offer, ...] = ()
        self._last_question = ""
        self._running_id = ""
        self._left_at: float | None = None
        self._is_ready = False
        self._draft = timer(self, _DRAFT_PAUSE, self._keep_draft)
        self._said = timer(self, _SAID_FOR, self._paint)
        self._offering = timer(self, _OFFER_PAUSE, self._offer)
        self._moved = timer(self, _PLACE_PAUSE, self._keep_place)
        self._second = timer(self, 1000, self._show_waiting, is_single=False)
        window.set_pinned(parts.preferences.now.quick_is_pinned)
        if draft := parts.preferences.now.quick_draft:
            window.edit.set_text(draft)
        self._connect()
        self._unlisten = [
            parts.desk.changed.add(self._request_paint),
            parts.desk.replaced.add(self._request_paint),
            parts.preferences.changed.add(self._follow_preferences),
        ]
        self._paint()

    # Coming and going.

    @property
    def is_in_front(self) -> bool:
        """Whether the person looks at it."""
        return self._window.isVisible() and self._window.isActiveWindow()

    @property
    def conversation(self) -> Conversation:
        """The conversation that it shows."""
        return self._session.conversation

    def toggle(self) -> None:
        """Hide it if it has the keys, else bring it to the front."""
        if self.is_in_front:
            self._leave()
        else:
            self.open()

    def open(self, text: str = "", files: Sequence[str] = ()) -> None:
        """Bring it to the front; `text` and `files` are put before the person and not sent."""
        window = self._window
        if not window.isVisible():
            self._begin_anew_after_pause()
            screen = self.screen()
            place = place_on(
                screen.availableGeometry(),
                WIDTH,
                self._parts.preferences.now.quick_places.get(screen.name(), ""),
            )
        else:
            screen = window.screen()
            place = window.mapToGlobal(window.card.topLeft())
        if text:
            written = window.edit.text().strip()
            window.edit.set_text(f"{written}\n{text}" if written else text)
        if files:
            self._enclose(tuple(Enclosure(path=path) for path in files))
        window.summon(place, room_below(screen.availableGeometry(), place.y()))
        self._moved.stop()
        self._offering.start()
        self._request_paint()

    def hide(self) -> None:
        """Go away; what runs goes on, and is there again."""
        if self._window.isVisible():
            self._left_at = monotonic()
            self._second.stop()
            self._keep_draft()
            if self._moved.isActive():
                self._keep_place()
            self._window.hide()

    def show_conversation(self, conversation_id: str) -> None:
        """Come to the front with that conversation, however long ago it was shown."""
        self._left_at = None
        self._parts.desk.show(conversation_id)
        self.open()

    def close(self) -> None:
        """Let go of everything that is listened to, and of the timers."""
        self._keep_draft()
        for each in (self._draft, self._said, self._offering, self._moved, self._second):
            each.stop()
        for forget in self._unlisten:
            forget()
        self._unlisten.clear()
        self._window.hide()
        self._clock.stop()  # the view goes with the window, and the loop goes on a little

    def _begin_anew_after_pause(self) -> None:
        pause = self._parts.preferences.now.quick_pause * 60
        is_over = self._left_at is not None and monotonic() - self._left_at >= pause
        if is_over and not self._session.is_running:
            self._parts.desk.new()

    def screen(self) -> QScreen:
        """Return the screen that it opens on: the chosen one, else the one with the pointer."""
        wanted = self._parts.preferences.now.quick_screen
        for screen in self._application.screens():
            if screen.name() == wanted:
                return screen
        from PySide6.QtGui import QCursor

        # Nothing is under the pointer where a compositor keeps its place to itself.
        below = self._application.screenAt(QCursor.pos())
        return below or self._application.primaryScreen()

    def _connect(self) -> None:
        window, parts = self._window, self._parts
        window.submitted.connect(self._submit)
        window.stop_requested.connect(self._stop)
        window.new_requested.connect(self._new)
        window.promoted.connect(self._promote)
        window.copy_requested.connect(self._copy)
        window.zoom_requested.connect(self._zoom)
        window.escaped.connect(self._escape)
        window.blurred.connect(self.hide)
        window.recall_requested.connect(self._recall)
        window.file_requested.connect(lambda: parts.choose_file(window, self._enclose_files))
        window.screenshot_requested.connect(self._take_screenshot)
        window.pin_changed.connect(lambda is_on: parts.preferences.update(quick_is_pinned=is_on))
        window.moved.connect(self._moved.start)
        window.settings_requested.connect(self._open_preferences)
        window.edit.textChanged.connect(self._typed)
        window.edit.erased.connect(lambda: self._remove(len(self._enclosures) - 1))
        window.chips.removed.connect(self._remove)
        window.chips.taken.connect(self._take_offer)
        window.sources.source_opened.connect(self._open_page)
        window.sources.more_requested.connect(self._promote)
        window.remedy_chosen.connect(self._remedy)
        window.continue_requested.connect(self._continue)
        self._main.theme_changed.connect(self._wear)

    # What it shows.

    @property
    def _session(self) -> ConversationSession:
        return self._parts.desk.session

    @property
    def _turn(self) -> Turn | None:
        path = self._session.conversation.path
        return path[-1] if path else None

    def _request_paint(self) -> None:
        if self._window.isVisible():
            self._clock.request(self._paint, is_first=True)
        elif self._session.is_running:
            self._left_at = monotonic()  # the pause begins with the end of an unseen answer

    def _paint(self) -> None:
        window, turn = self._window, self._turn
        if problem := self._session.storage_problem:
            window.show_problem(problem)
        if self._session.is_running != self._second.isActive():
            (self._second.start if self._session.is_running else self._second.stop)()
        window.show_waiting(waiting_words(self._session))
        if turn is None:
            window.show_state(has_answer=False, is_running=False)
            window.edit.show_asked("", "Ask anything")
            return
        if self._view is None:
            self._view = self._make_view()
        conversation = self._session.conversation
        self._view.show_path(conversation.id, conversation.path)
        window.show_state(has_answer=True, is_running=turn.answer.is_running)
        window.edit.show_asked(turn.question.text or conversation.title, "Ask a follow-up")
        if self._running_id == turn.id and not turn.answer.is_running:
            announce_end(self._view, turn.answer)
        self._running_id = turn.id if turn.answer.is_running else ""
        usage = "Copied" if self._said.isActive() else _usage(turn)
        window.show_end(turn.answer, usage)

    def _make_view(self) -> AnswerView:
        from headwater.ui.answer_view import AnswerView

        view = AnswerView(self._main.theme, self._clock, is_compact=True)
        view.setObjectName("answer")
        view.set_pacing(self._parts.preferences.now.pacing)
        view.set_zoom(self._parts.preferences.now.zoom)
        view.set_long_lines(self._parts.preferences.now.long_lines)
        view.zoom_requested.connect(self._zoom)
        view.link_opened.connect(self._parts.open_url)
        view.source_chosen.connect(self._open_source)
        view.code_copied.connect(self._copy_code)
        view.copy_requested.connect(self._copy_turn)
        self._window.set_view(view)
        return view

    def _show_waiting(self) -> None:
        if not self._session.is_running:
            self._second.stop()
        self._window.show_waiting(waiting_words(self._session))

    def _follow_preferences(self) -> None:
        if self._view is not None:
            self._view.set_pacing(self._parts.preferences.now.pacing)
            self._view.set_zoom(self._parts.preferences.now.zoom)
            self._view.set_long_lines(self._parts.preferences.now.long_lines)

    def _zoom(self, by: int) -> None:
        preferences = self._parts.preferences
        preferences.update(zoom=stepped(preferences.now.zoom, by))

    def _wear(self) -> None:
        self._window.wear(self._main.theme)
        if self._view is not None:
            self._view.set_theme(self._main.theme)

    def _say_copied(self) -> None:
        self._said.start()
        self._paint()

    # What the person does.

    def _typed(self) -> None:
        self._draft.start()
        if not self._is_ready:
            self._is_ready = True  # whoever begins to type is about to ask
            self._parts.preload()
            self._parts.providers.look_for_key()

    def _submit(self, text: str) -> None:
        if self._session.is_running or not (text or self._enclosures):
            return
        providers = self._parts.providers
        if providers.is_surely_unready:
            self._open_connection(providers.provider.id)
            return
        enclosures = self._enclosures
        paths = [enclosure.path for enclosure in enclosures if enclosure.path]
        if not paths:
            self._ask(tuple(e.attachment for e in enclosures if e.attachment is not None))
            return

        def files_read(read: tuple[Attachment, ...], problem: str) -> None:
            if enclosures != self._enclosures or text != self._window.edit.text().strip():
                return  # the person changed it meanwhile, and has not said Enter to that
            if problem:
                self._window.show_problem(problem)
                return
            files = iter(read)
            self._ask(tuple(e.attachment or next(files) for e in enclosures))

        self._parts.read_files(paths, files_read)

    def _ask(self, attachments: tuple[Attachment, ...]) -> None:
        text = self._window.edit.text().strip()
        route = self._parts.providers.route
        if self._session.is_running or not (text or attachments):
            return
        if problem := problem_sending(attachments, route.provider):
            self._window.show_problem(problem)
            return
        self._session.ask(text, route, self._parts.preferences.now.options, attachments)
        self._last_question = text
        self._window.edit.clear()
        self._enclosures = ()
        self._show_chips()
        if self._view is not None:
            self._view.jump_to_latest()
        self._keep_draft()
        self._paint()

    def _stop(self) -> None:
        self._session.stop()
        self._clock.hurry()
        self._window.edit.setFocus()

    def _new(self) -> None:
        self._parts.desk.new()
        self._window.edit.setFocus()

    def _escape(self) -> None:
        """One step back at a time: stop, clear the answer, clear the text, go away."""
        if self._session.is_running:
            self._stop()
        elif self._turn is not None:
            self._new()
        elif self._window.edit.text() or self._enclosures:
            self._window.edit.clear()
            self._enclosures = ()
            self._show_chips()
        else:
            self._leave()

    def _leave(self) -> None:
        """Go away, and let the program before have the keys."""
        self.hide()
        if not self._main.isVisible():
            give_focus_back()

    def _promote(self) -> None:
        parts = self._parts
        if self._turn is not None:
            parts.desk.hand_to(parts.main_desk)
        if text := self._window.edit.text():
            parts.fill_main(text)
            self._window.edit.clear()
        self.hide()
        parts.show_main()

    def _copy(self) -> None:
        if (turn := self._turn) is not None and turn.answer.text:
            self._copy_turn(turn.id, with_sources=True)

    def _copy_turn(self, turn_id: str, with_sources: bool) -> None:
        from headwater.ui.answer_data import answer_data

        data = answer_data(self._session.conversation.turn(turn_id), with_sources=with_sources)
        self._application.clipboard().setMimeData(data)
        self._say_copied()

    def _copy_code(self, code: str) -> None:
        self._application.clipboard().setText(code)
        self._say_copied()

    def _recall(self) -> None:
        turn = self._turn
        if text := (turn.question.text if turn is not None else "") or self._last_question:
            self._window.edit.set_text(text)

    def _open_page(self, url: str) -> None:
        if link := safe_link(url):
            self._parts.open_url(link)

    def _open_source(self, turn_id: str, source_id: str) -> None:
        for source in self._session.conversation.turn(turn_id).answer.sources:
            if source_id in source.ids:
                self._open_page(source.url)
                return

    def _continue(self) -> None:
        if self._turn is not None and not self._session.is_running:
            self._session.continue_answer(self._turn.id, self._parts.providers.route)

    def _remedy(self, remedy: str) -> None:
        if (turn := self._turn) is None or self._session.is_running:
            return
        if Remedy(remedy) == Remedy.RETRY:
            options = self._parts.preferences.now.options
            self._session.retry(turn.id, self._parts.providers.route, options)
        elif Remedy(remedy) == Remedy.OPEN_ACCOUNT:
            if url := self._parts.providers.provider.account_url:
                self._parts.open_url(url)
        else:
            self._promote()
            self._parts.apply_remedy(turn.id, remedy)

    def _open_connection(self, provider_id: str) -> None:
        self._promote()
        self._parts.open_connection(provider_id)

    def _open_preferences(self) -> None:
        self.hide()
        self._parts.show_main()
        self._parts.open_preferences()

    # What goes along.

    def take_data(self, data: QMimeData) -> bool:
        """Take dropped or pasted pictures and files; return whether there were any."""
        try:
            found = enclosures_in(data)
        except UnusableAttachmentError as error:
            self._window.show_problem(str(error))
            return True
        self._enclose(found)
        return bool(found)

    def _enclose_files(self, paths: Sequence[str]) -> None:
        self._enclose(tuple(Enclosure(path=path) for path in paths))
        self._window.edit.setFocus()

    def _enclose(self, found: tuple[Enclosure, ...]) -> None:
        self._enclosures += tuple(e for e in found if e not in self._enclosures)
        self._show_chips()

    def _remove(self, index: int) -> None:
        if 0 <= index < len(self._enclosures):
            self._enclosures = self._enclosures[:index] + self._enclosures[index + 1 :]
            self._show_chips()
            self._window.edit.setFocus()

    def _offer(self) -> None:
        """Offer what is selected elsewhere and what is in the clipboard."""
        if self._window.isVisible():
            self._offers = offers_from(self._application.clipboard())
            self._window.chips.show_chips(self._enclosures, self._offers)
            self._window.fit()

    def _take_offer(self, index: int) -> None:
        if not 0 <= index < len(self._offers):
            return
        offer = self._offers[index]
        try:
            taken = attachment_from(self._application.clipboard(), offer)
        except UnusableAttachmentError as error:
            self._window.show_problem(str(error))
            return
        self._offers = tuple(other for other in self._offers if other is not offer)
        self._enclose((Enclosure(taken),))
        self._window.edit.setFocus()

    def _show_chips(self) -> None:
        kept = tuple(e.attachment for e in self._enclosures if e.attachment is not None)
        problem = problem_sending(kept, self._parts.providers.provider) if kept else ""
        self._window.show_problem(problem)
        self._window.chips.show_chips(self._enclosures, self._offers)
        self._window.fit()

    def _take_screenshot(self) -> None:
        self.hide()
        self._left_at = None  # it comes back, however long the choosing takes
        self._parts.take_screenshot(self._screenshot_taken)

    def _screenshot_taken(self, png: bytes | None, problem: str) -> None:
        self.open()
        if png is not None:
            try:
                self._enclose((Enclosure(attachment_of("Screenshot.png", png)),))
            except UnusableAttachmentError as error:
                problem = str(error)
        if problem:
            self._window.show_problem(problem)

    # What is kept.

    def _keep_draft(self) -> None:
        self._draft.stop()
        self._parts.preferences.update(quick_draft=self._window.edit.text())

    def _keep_place(self) -> None:
        self._moved.stop()
        screen = self._window.screen()
        place = remember(
            self._window.mapToGlobal(self._window.card.topLeft()), screen.availableGeometry()
        )
        places = {**self._parts.preferences.now.quick_places, screen.name(): place}
        self._parts.preferences.update(quick_places=places)


def _usage(turn: Turn) -> str:
    texts = usage_texts(turn.answer)
    return " · ".join(texts[name] for name in ("cost", "time") if texts[name] != "–")
