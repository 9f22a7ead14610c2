"""Which conversation is in front of the user."""

from __future__ import annotations

from collections.abc import Callable

from headwater.session.conversation_session import ConversationSession
from headwater.session.history import History
from headwater.session.listeners import Listeners
from headwater.session.ports import ArchiveError
from headwater.session.task_scope import TaskScope


class Desk:
    """Holds the session that one window shows; others may stream behind it.

    The main window and the quick ask have a desk each, and may show the same conversation.
    """

    def __init__(self, history: History, scope: TaskScope) -> None:
        """Begin with an empty conversation."""
        self._history = history
        self._scope = scope
        self._wanted = 0
        self._opening = ""
        self._forget: Callable[[], None] = lambda: None
        self.changed: Listeners[[]] = Listeners()
        self.replaced: Listeners[[]] = Listeners()
        self.problem = ""
        self._session = history.new()
        self._listen()
        history.deleted.add(self._deleted)

    @property
    def session(self) -> ConversationSession:
        """The session of the conversation that is shown."""
        return self._session

    def new(self) -> None:
        """Show an empty conversation; what runs in the other one goes on."""
        self._want("")
        if self._session.conversation.turns:
            self._put(self._history.new())

    def show(self, conversation_id: str) -> None:
        """Show that conversation as soon as it is read; the last call wins."""
        if conversation_id == self._session.conversation.id:
            self._want("")
        else:
            work = self._open(conversation_id, self._want(conversation_id))
            self._scope.start(work, "open conversation")

    def hand_to(self, other: Desk) -> None:
        """Show this desk's conversation on `other` and an empty one here; what runs goes on."""
        session = self._session
        if other.session is session:
            self.new()
        elif session.conversation.turns:
            other.take(session)
            self._want("")
            self._put(self._history.new(), release=False)

    def take(self, session: ConversationSession) -> None:
        """Show a session that somebody else opened, and release it in their place."""
        self._want("")
        self._put(session)

    def delete(self, conversation_id: str) -> None:
        """Take the conversation out of the list, and show an empty one in its place."""
        self._deleted(conversation_id)
        self._scope.start(self._history.delete(conversation_id), "delete conversation")

    def put_back(self, conversation_id: str) -> None:
        """Undo `delete`, and show the conversation where nothing else is shown."""
        self._scope.start(self._put_back(conversation_id), "put back conversation")

    async def _put_back(self, conversation_id: str) -> None:
        await self._history.put_back(conversation_id)
        if not self._session.conversation.turns and not self._opening:
            self.show(conversation_id)

    def rename(self, conversation_id: str, title: str) -> None:
        """Give the conversation another title."""
        self._scope.start(self._rename(conversation_id, title), "rename conversation")

    def _want(self, conversation_id: str) -> int:
        """Note which conversation is to be shown next, if any; what was wanted before is not."""
        self._wanted += 1
        self._opening = conversation_id
        return self._wanted

    async def _open(self, conversation_id: str, wanted: int) -> None:
        session = await self._read(conversation_id)
        if wanted == self._wanted:
            self._opening = ""
            if session is not None:
                self._put(session)
                return
        self._let_go(session)

    def _deleted(self, conversation_id: str) -> None:
        if conversation_id == self._opening:
            self._want("")
        if conversation_id == self._session.conversation.id:
            self._want("")
            self._put(self._history.new(), release=False)

    async def _rename(self, conversation_id: str, title: str) -> None:
        session = await self._read(conversation_id)
        if session is not None:
            session.rename(title)
        self._let_go(session)

    async def _read(self, conversation_id: str) -> ConversationSession | None:
        problem = ""
        session = None
        try:
            session = await self._history.open(conversation_id)
        except ArchiveError as error:
            problem = str(error)
        if problem != self.problem:
            self.problem = problem
            self.changed.notify()
        return session

    def _let_go(self, session: ConversationSession | None) -> None:
        if session is not None:
            self._history.release(session)

    def _put(self, session: ConversationSession, *, release: bool = True) -> None:
        before, self._session = self._session, session
        self._forget()
        self._listen()
        if release:
            self._history.release(before)
        self.replaced.notify()
        self.changed.notify()

    def _listen(self) -> None:
        self._forget = self._session.changed.add(self.changed.notify)
