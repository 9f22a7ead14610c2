"""All conversations: the list that is shown, and the ones that are open or still streaming."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace

from headwater.domain.conversation import Conversation
from headwater.session.conversation_session import ConversationSession
from headwater.session.listeners import Listeners
from headwater.session.ports import ArchiveError, ConversationSummary, HistoryArchive
from headwater.session.task_scope import TaskScope

MakeSession = Callable[[Conversation], ConversationSession]


class History:
    """Lists and finds conversations, and keeps one session for each that is in use."""

    def __init__(
        self, archive: HistoryArchive, make_session: MakeSession, scope: TaskScope
    ) -> None:
        """Take where conversations are kept and how one is opened."""
        self._archive = archive
        self._make_session = make_session
        self._scope = scope
        self._sessions: dict[str, ConversationSession] = {}
        self._holders: dict[str, int] = {}
        self._running: dict[str, str] = {}
        self._closing: dict[ConversationSession, asyncio.Task[None]] = {}
        self._states: dict[str, str] = {}
        self._summaries: tuple[ConversationSummary, ...] = ()
        self._search = ""
        self._wanted = 0
        self.changed: Listeners[[]] = Listeners()
        self.ended: Listeners[[Conversation, str]] = Listeners()
        self.deleted: Listeners[[str]] = Listeners()
        self.problem = ""
        self.notice = ""
        self._is_closed = False

    @property
    def search(self) -> str:
        """What the list is narrowed to, empty for everything."""
        return self._search

    @property
    def summaries(self) -> tuple[ConversationSummary, ...]:
        """The list, newest first, or best match first while searching; running ones say so."""
        return tuple(
            replace(summary, state="running") if self._is_running(summary.id) else summary
            for summary in self._summaries
        )

    @property
    def unsaved_problem(self) -> str:
        """Why an answer of an open conversation is not on the disk yet; empty where each is."""
        sessions = self._sessions.values()
        return next((s.storage_problem for s in sessions if s.is_unsaved), "")

    def tell(self, notice: str) -> None:
        """Say how the history was opened, for as long as the program runs; empty: as it should."""
        if notice != self.notice:
            self.notice = notice
            self.changed.notify()

    def refresh(self, search: str | None = None) -> None:
        """Read the list again, narrowed to `search`; the last call wins."""
        if search is not None:
            self._search = search.strip()
        self._wanted += 1
        self._scope.start(self._read(self._wanted), "history")

    def new(self) -> ConversationSession:
        """Return a session for a conversation that is kept once something is asked."""
        return self._hold(self._make_session(Conversation()))

    async def open(self, conversation_id: str) -> ConversationSession | None:
        """Return the session of that conversation, the running one if there is one.

        Whoever gets one releases it once; it is closed when nobody holds it any more.

        Raises:
            ArchiveError: it cannot be read.
        """
        await self._closed(conversation_id)
        conversation = None
        if conversation_id not in self._sessions:
            conversation = await self._archive.conversation(conversation_id)
        held = self._sessions.get(conversation_id)
        if held is not None:
            self._holders[conversation_id] += 1
        elif conversation is not None:
            held = self._hold(self._make_session(conversation))
        return held

    def release(self, session: ConversationSession) -> None:
        """Let go of a session that is no longer shown; a running one once its answer has ended."""
        conversation_id = session.conversation.id
        if self._sessions.get(conversation_id) is not session:
            return
        self._holders[conversation_id] -= 1
        self._close_unheld(session)

    def _close_unheld(self, session: ConversationSession) -> None:
        conversation_id = session.conversation.id
        if self._holders[conversation_id] > 0 or session.is_running:
            return
        self._forget(conversation_id)
        closing = self._scope.start(self._put_away(session), "close conversation")
        self._closing[session] = closing

    async def delete(self, conversation_id: str) -> None:
        """Stop whatever runs in the conversation and take it out of the list, for `put_back`."""
        session = self._sessions.get(conversation_id)
        self._forget(conversation_id)
        self.deleted.notify(conversation_id)
        if session is not None:
            session.stop()
            await session.close()
        await self._closed(conversation_id)
        await self._change(self._archive.delete(conversation_id))

    async def put_back(self, conversation_id: str) -> None:
        """Undo `delete`."""
        await self._change(self._archive.put_back(conversation_id))

    async def erase(self, conversation_ids: Iterable[str]) -> None:
        """Remove deleted conversations for good, and their words from the disk."""
        await self._change(self._archive.erase(conversation_ids))

    async def recently_deleted(self) -> tuple[ConversationSummary, ...]:
        """Return what can be put back, the latest first.

        Raises:
            ArchiveError: it cannot be read.
        """
        return tuple(await self._archive.deleted())

    @property
    def is_running(self) -> bool:
        """Whether an answer arrives in any conversation."""
        return any(session.is_running for session in tuple(self._sessions.values()))

    async def leave_all(self) -> None:
        """Stop what runs and close every session; whoever shows one shows an empty one then."""
        sessions = [session for session in self._sessions.values() if session.conversation.turns]
        for session in sessions:
            self._forget(session.conversation.id)
            self.deleted.notify(session.conversation.id)
            session.stop()
        for session in sessions:
            await session.close()
        if self._closing:
            await asyncio.wait(tuple(self._closing.values()))

    async def _change(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except ArchiveError as error:
            self.problem = str(error)
            self.changed.notify()
        else:
            self.refresh()

    async def close(self) -> None:
        """Close every open session; what runs is kept as interrupted."""
        self._is_closed = True
        sessions = tuple(self._sessions.values())
        self._sessions.clear()
        for session in sessions:
            await session.close()
        if self._closing:
            await asyncio.wait(tuple(self._closing.values()))

    def _hold(self, session: ConversationSession) -> ConversationSession:
        self._sessions[session.conversation.id] = session
        self._holders[session.conversation.id] = 1
        session.changed.add(lambda: self._session_changed(session))
        return session

    async def _put_away(self, session: ConversationSession) -> None:
        try:
            await session.close()
        finally:
            del self._closing[session]
        if not self._is_closed:
            self.refresh()

    async def _closed(self, conversation_id: str) -> None:
        """Wait until what a session of that conversation held is written."""
        closing = [t for s, t in self._closing.items() if s.conversation.id == conversation_id]
        if closing:
            await asyncio.wait(closing)

    def _forget(self, conversation_id: str) -> None:
        self._sessions.pop(conversation_id, None)
        self._holders.pop(conversation_id, None)
        self._running.pop(conversation_id, None)
        self._states.pop(conversation_id, None)

    def _session_changed(self, session: ConversationSession) -> None:
        """Read the list again when a conversation begins, ends an answer or is renamed."""
        conversation = session.conversation
        if self._sessions.get(conversation.id) is not session:
            return
        state = f"{session.is_running} {session.times_kept} {conversation.title}"
        if conversation.turns and self._states.get(conversation.id) != state:
            self._states[conversation.id] = state
            self.refresh()
        ended = self._running.pop(conversation.id, "")
        if session.running_turn_id:
            self._running[conversation.id] = session.running_turn_id
        elif ended:
            self.ended.notify(conversation, ended)
        # Somebody who was told may have taken it up, or deleted it.
        if self._sessions.get(conversation.id) is session:
            self._close_unheld(session)

    def _is_running(self, conversation_id: str) -> bool:
        session = self._sessions.get(conversation_id)
        return session is not None and session.is_running

    async def _read(self, wanted: int) -> None:
        try:
            summaries = tuple(await self._archive.conversations(self._search))
            problem = ""
        except ArchiveError as error:
            summaries, problem = self._summaries, str(error)
        if wanted == self._wanted:
            self._summaries, self.problem = summaries, problem
            self.changed.notify()
