"""One open conversation: what asking, stopping, retrying and continuing do to it."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from headwater.domain import events
from headwater.domain.answer import Answer, Waiting
from headwater.domain.api_key import ApiKey
from headwater.domain.attachment import Attachment, problem_sending
from headwater.domain.conversation import Conversation, Turn, new_id
from headwater.domain.failure import (
    Failure,
    FailureKind,
    empty_answer,
    internal_failure,
    interrupted_answer,
    no_key,
    retry_delay,
    unread_key,
    unsendable,
)
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import DialectName, Provider, model_to_begin_with
from headwater.domain.question import Question
from headwater.domain.replay import NOTHING_SAID, Replay
from headwater.domain.seam import Seam, request_to_go_on
from headwater.domain.source import merge_sources
from headwater.domain.usage import Timing
from headwater.protocol.dialect import AnswerRequest, Message, RunPlace
from headwater.session.journal import AnswerJournal
from headwater.session.listeners import Listeners
from headwater.session.ports import Access, AnswerService, Archive, ArchiveError
from headwater.session.task_scope import TaskScope

FOLD_INTERVAL = 0.016  # seconds; events that arrive closer together change the answer at once
LAST_WRITES = 5.0  # seconds that the disk is given when the program ends
LAST_REQUEST = 1.0  # seconds that a server is given to hear that its run was stopped
KEYRING_PATIENCE = 0.4  # seconds before the wait for a keyring is worth a word
_CHARACTERS_PER_TOKEN = 4
_AS_IT_COMES = AnswerOptions()
_NOTHING_YET = Answer()


@dataclass(frozen=True, slots=True)
class Route:
    """Whom to ask: a provider at its address, and the model (empty: the provider's default)."""

    provider: Provider
    model: str = ""


OpenAccess = Callable[[Provider], Awaitable[Access]]


class ConversationSession:
    """Holds the present snapshot of a conversation and at most one running answer."""

    def __init__(
        self,
        conversation: Conversation,
        service: AnswerService,
        archive: Archive,
        open_access: OpenAccess,
        report_crash: Callable[[BaseException], None],
    ) -> None:
        """Take what the conversation is and everything it needs."""
        self._conversation = conversation
        self._service = service
        self._archive = archive
        self._open_access = open_access
        self._scope = TaskScope(report_crash)
        self._run: _AnswerRun | None = None
        self._journals: dict[str, AnswerJournal] = {}
        self._writes: set[asyncio.Task[None]] = set()
        self._endings: set[asyncio.Task[None]] = set()
        self._is_settled = asyncio.Event()
        self._is_settled.set()
        self.changed: Listeners[[]] = Listeners()
        self.happened: Listeners[[str, events.AnswerEvent]] = Listeners()
        self.storage_problem = ""
        self.times_kept = 0

    @property
    def conversation(self) -> Conversation:
        """The conversation as it is now."""
        return self._conversation

    @property
    def is_running(self) -> bool:
        """Whether an answer is on its way."""
        return self._run is not None

    @property
    def is_unsaved(self) -> bool:
        """Whether an answer, or what has come of it, waits for a disk that refuses it."""
        return bool(self.storage_problem and self._journals)

    @property
    def running_turn_id(self) -> str:
        """The turn whose answer is on its way, or an empty string."""
        return self._run.turn_id if self._run else ""

    @property
    def quiet_seconds(self) -> float:
        """Seconds since anything came for the running answer; 0 when none runs."""
        return self._run.quiet_seconds if self._run else 0.0

    @property
    def elapsed_seconds(self) -> float:
        """Seconds since the running answer was asked for; 0 when none runs."""
        return self._run.elapsed_seconds if self._run else 0.0

    @property
    def next_attempt(self) -> tuple[Failure, float] | None:
        """Why the running answer waits and for how many more seconds; None when it does not."""
        if self._run is None:
            return None
        state = self._conversation.turn(self._run.turn_id).answer.state
        if not isinstance(state, Waiting) or state.retry is None or state.resume_at is None:
            return None
        return state.retry, max(0.0, state.resume_at - asyncio.get_running_loop().time())

    def ask(
        self,
        text: str,
        route: Route,
        options: AnswerOptions = _AS_IT_COMES,
        attachments: tuple[Attachment, ...] = (),
    ) -> str:
        """Ask at the end of the path shown and return the new turn's id.

        What cannot be sent to the provider, now or from earlier in the path, makes the answer fail
        before anything is sent. `text` may be empty where there are `attachments`.

        Raises:
            RuntimeError: an answer is still running.
        """
        question = self._question(text, route, options, attachments)
        return self._begin(self._conversation.leaf_id, question, route)

    def retry(self, turn_id: str, route: Route, options: AnswerOptions | None = None) -> str:
        """Ask the same again beside the old answer, which is kept."""
        turn = self._conversation.turn(turn_id)
        asked = turn.question
        question = self._question(asked.text, route, options or asked.options, asked.attachments)
        return self._begin(turn.parent_id, question, route)

    def edit(
        self,
        turn_id: str,
        text: str,
        route: Route,
        options: AnswerOptions,
        attachments: tuple[Attachment, ...] | None = None,
    ) -> str:
        """Ask a changed question beside the old one, which is kept with its answer.

        Without `attachments` those of the old question go along.
        """
        turn = self._conversation.turn(turn_id)
        if attachments is None:
            attachments = turn.question.attachments
        question = self._question(text, route, options, attachments)
        return self._begin(turn.parent_id, question, route)

    def continue_answer(self, turn_id: str, route: Route) -> str:
        """Let a cut-off answer go on, as a version that starts with the kept text.

        A background run, with which its server may have gone on, is read on from where it was
        lost, also by another start of the program. Everywhere else, and where the server no
        longer has the run, the model is asked to go on from the kept text.
        """
        turn = self._conversation.turn(turn_id)
        asked = turn.question
        if self._can_read_on(turn, route):
            return self._read_on(turn, route)
        # A second search would number its sources from 1 again, beside marks that stand already.
        options = _without_search(asked.options)
        question = self._question(asked.text, route, options, asked.attachments)
        return self._begin(
            turn.parent_id,
            replace(question, continues=turn.answer.text),
            route,
            Answer(text=turn.answer.text, sources=turn.answer.sources),
        )

    def _can_read_on(self, turn: Turn, route: Route) -> bool:
        asked = turn.question
        place = (asked.provider_id, asked.base_url, asked.dialect)
        is_there = place == (route.provider.id, route.provider.base_url, route.provider.dialect)
        # A continuation's run knows nothing of the text that stood before it.
        return turn.answer.is_resumable and is_there and not asked.continues

    def _read_on(self, turn: Turn, route: Route) -> str:
        lost, asked = turn.answer, turn.question
        cursor = lost.cursor
        assert cursor is not None
        reasoning = lost.reasoning[: cursor.reasoning_length]
        answer = Answer(
            text=lost.text,
            reasoning=reasoning,
            sources=lost.sources,
            pictures=lost.pictures,
            queries=lost.queries,
            model=lost.model,
            response_id=lost.response_id,
            cursor=cursor,
        )
        place = RunPlace(
            lost.response_id,
            cursor.number,
            lost.text[: cursor.text_length],
            has_reasoning=bool(reasoning),
            sources=lost.sources,
            pictures=lost.pictures,
        )
        return self._begin(turn.parent_id, asked, route, answer, place)

    def choose(self, turn_id: str) -> None:
        """Show the version `turn_id` and what followed it."""
        if self._conversation.turn(turn_id) not in self._conversation.path:
            self._conversation = self._conversation.choosing(turn_id)
            self._keep(self._archive.save_conversation(self._conversation))
            self.changed.notify()

    def rename(self, title: str) -> None:
        """Give the conversation another title; an empty one changes nothing."""
        if title := " ".join(title.split()):
            self._conversation = replace(self._conversation, title=title)
            self._keep(self._archive.rename(self._conversation.id, title))
            self.changed.notify()

    def stop(self, reason: str = "") -> None:
        """End the running answer now; the text stays and the connection closes. Idempotent."""
        if self._run is not None:
            self._run.stop(reason)

    async def close(self) -> None:
        """Break off what runs, keep what came, and wait until it is written."""
        if self._run is not None:
            self._run.interrupt()
        if self._writes:
            await asyncio.wait(self._writes, timeout=LAST_WRITES)
        for journal in tuple(self._journals.values()):
            await journal.finish(LAST_WRITES)
        if self._endings:
            await asyncio.wait(self._endings, timeout=LAST_REQUEST)
        await self._scope.close()

    async def settled(self) -> None:
        """Wait until no answer runs and every ended one is written."""
        await self._is_settled.wait()

    def _question(
        self,
        text: str,
        route: Route,
        options: AnswerOptions,
        attachments: tuple[Attachment, ...],
    ) -> Question:
        return Question(
            text=text,
            provider_id=route.provider.id,
            dialect=route.provider.dialect,
            base_url=route.provider.base_url,
            model=route.model or route.provider.model,
            options=options,
            attachments=attachments,
        )

    def _begin(
        self,
        parent_id: str,
        question: Question,
        route: Route,
        answer: Answer = _NOTHING_YET,
        place: RunPlace | None = None,
    ) -> str:
        if self._run is not None:
            raise RuntimeError("an answer is still running in this conversation")
        turn = Turn(new_id(), parent_id, question, answer)
        messages = self._messages(parent_id, question)
        self._conversation = self._conversation.with_turn(turn)
        journal = AnswerJournal(self._archive, turn.id, self._report_storage, answer)
        self._journals[turn.id] = journal
        run = _AnswerRun(turn.id, answer, journal.note, self._changed, self.happened.notify, place)
        run.end_at_server = self._end_at_server
        self._run = run
        self._is_settled.clear()
        request = AnswerRequest(route.provider, question.model, messages, question.options, place)
        recorded = self._keep(self._record(self._conversation, turn))
        self._scope.start(self._keep_answer(turn.id, journal, recorded), f"keep {turn.id}")
        run.task = self._scope.start(self._answer(run, request), f"answer {turn.id}")
        run.task.add_done_callback(lambda _: self._ended(run))
        self.changed.notify()
        return turn.id

    def _messages(self, parent_id: str, question: Question) -> tuple[Message, ...]:
        messages: list[Message] = []
        for turn in self._conversation.path_to(parent_id):
            if turn.answer.text:
                messages.append(_asked(turn.question))
                messages.append(Message("assistant", turn.answer.text))
        messages.append(_asked(question))
        if question.continues:
            messages.append(Message("assistant", question.continues))
            messages.append(Message("user", request_to_go_on(question.continues)))
        return tuple(messages)

    async def _answer(self, run: _AnswerRun, request: AnswerRequest) -> None:
        try:
            attached = [a for message in request.messages for a in message.attachments]
            if problem := problem_sending(attached, request.provider):
                run.take((events.Broke(unsendable(problem)),))
                return
            access = await self._access(run, request.provider)
            provider = access.provider
            if access.key is None and provider.needs_key:
                run.take((events.Broke(_no_key(access)),))
                return
            request = replace(request, provider=provider)
            if not request.model and provider.dialect == DialectName.CHAT_COMPLETIONS:
                listed = await self._service.models(provider, access.key)
                if isinstance(listed, tuple):
                    request = replace(request, model=model_to_begin_with(listed))
            run.access = access
            await run.follow(self._service, request, access.key)
            if run.is_forgotten and run.text:
                # What was asked for is an answer that goes on, whoever writes it.
                question = self._conversation.turn(run.turn_id).question
                await run.go_on(self._service, self._going_on(request, question, run.text), access)
        except asyncio.CancelledError:
            run.interrupt()
            raise
        except Exception:
            run.take((events.Broke(internal_failure()),))
            raise
        finally:
            run.settle()

    def _going_on(self, request: AnswerRequest, question: Question, kept: str) -> AnswerRequest:
        """Return the request for the rest of an answer, without a search of its own."""
        parent_id = self._conversation.turn(self.running_turn_id).parent_id
        messages = self._messages(parent_id, replace(question, continues=kept))
        options = _without_search(request.options)
        return replace(request, messages=messages, options=options, place=None)

    async def _access(self, run: _AnswerRun, provider: Provider) -> Access:
        def say_why() -> None:
            run.take((events.SearchStarted(doing="waiting for your keyring"),))

        waiting = asyncio.get_running_loop().call_later(KEYRING_PATIENCE, say_why)
        try:
            return await self._open_access(provider)
        finally:
            waiting.cancel()

    def _changed(self, answer: Answer) -> None:
        assert self._run is not None
        self._conversation = self._conversation.with_answer(self._run.turn_id, answer)
        self.changed.notify()

    def _ended(self, run: _AnswerRun) -> None:
        if self._run is run:
            self._run = None
            self._note_settled()
            self.changed.notify()

    def _end_at_server(self, access: Access, response_id: str) -> None:
        ending = self._service.end_run(access.provider, response_id, access.key)
        task = self._scope.start(ending, f"end {response_id}")
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    def _note_settled(self) -> None:
        if self._run is None and not self._journals:
            self._is_settled.set()

    async def _record(self, conversation: Conversation, turn: Turn) -> None:
        try:
            await self._archive.save_conversation(conversation)
        finally:
            # Both are held back by a disk that refuses: without its turn no answer is ever kept.
            await self._archive.add_turn(conversation.id, turn)
        self._note_kept()

    async def _keep_answer(
        self, turn_id: str, journal: AnswerJournal, recorded: asyncio.Task[None]
    ) -> None:
        await asyncio.wait((recorded,))
        try:
            await journal.run()
        finally:
            self._journals.pop(turn_id, None)
            self._note_kept()
            self._note_settled()

    def _note_kept(self) -> None:
        """Tell those who list conversations that there is something new to read."""
        self.times_kept += 1
        self.changed.notify()

    def _keep(self, writing: Awaitable[None]) -> asyncio.Task[None]:
        async def write() -> None:
            try:
                await writing
            except ArchiveError as error:
                self._report_storage(str(error))

        task = self._scope.start(write(), "keep")
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return task

    def _report_storage(self, problem: str) -> None:
        if problem != self.storage_problem:
            self.storage_problem = problem
            self.changed.notify()


def _no_key(access: Access) -> Failure:
    provider, problem = access.provider, access.problem
    if problem is None:
        return no_key(provider.name, provider.account_url)
    if problem.may_pass:
        return unread_key(provider.name, problem.words)
    return no_key(provider.name, provider.account_url, problem.words)


def _without_search(options: AnswerOptions) -> AnswerOptions:
    """Return the options for going on; in the background, a run would know half of its text."""
    search = replace(options.search, enabled=False)
    return replace(options, search=search, background=False)


def _asked(question: Question) -> Message:
    return Message("user", question.text, question.attachments)


class _AnswerRun:
    """One answer on its way: folds events into snapshots, retries, counts and stops."""

    def __init__(
        self,
        turn_id: str,
        answer: Answer,
        note: Callable[[Answer], None],
        changed: Callable[[Answer], None],
        happened: Callable[[str, events.AnswerEvent], None],
        place: RunPlace | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.turn_id = turn_id
        self.task: asyncio.Task[None] | None = None
        self._answer = answer
        self.access: Access | None = None
        self.end_at_server: Callable[[Access, str], None] | None = None
        self.is_forgotten = False
        self._is_background = place is not None
        self._replay = Replay(answer.text, len(place.text)) if place is not None else None
        self._kept = len(answer.text)
        self._seam = Seam(answer.text)
        self._kept_sources = answer.sources
        self._note = note
        self._changed = changed
        self._happened = happened
        self._now = loop.time
        self._begun = self._last_news = self._last_fold = loop.time()
        self._first_word: float | None = None
        self._first_thought: float | None = None
        self._pending: list[events.AnswerEvent] = []
        self._fold_later: asyncio.TimerHandle | None = None

    @property
    def quiet_seconds(self) -> float:
        return self._now() - self._last_news

    @property
    def elapsed_seconds(self) -> float:
        return self._now() - self._begun

    async def follow(
        self, service: AnswerService, request: AnswerRequest, key: ApiKey | None
    ) -> None:
        """Take events until the answer is closed; try again where that is harmless."""
        attempts = 1
        self._is_background = request.options.background or request.place is not None
        while True:
            broke = await self._attempt(service, request, key)
            if broke is None:
                return
            if request.place is not None and broke.failure.kind is FailureKind.NOT_FOUND:
                self.is_forgotten = not self._has_news
                if self.is_forgotten and self.text:
                    return
            delay = None
            if not self._has_news:
                delay = retry_delay(broke.failure, attempts, random.random())  # noqa: S311 - spreads load
            if delay is None:
                self.take((broke,))
                return
            attempts += 1
            waiting = events.AttemptFailed(broke.failure, attempts, self._now() + delay)
            self.take((waiting,))
            await asyncio.sleep(delay)

    async def go_on(self, service: AnswerService, request: AnswerRequest, access: Access) -> None:
        """Take what a model writes after the kept text, where the run itself is gone."""
        self._replay = None
        await self.follow(service, request, access.key)

    @property
    def text(self) -> str:
        """The text as it stands."""
        return self._answer.text

    async def _attempt(
        self, service: AnswerService, request: AnswerRequest, key: ApiKey | None
    ) -> events.Broke | None:
        """Make one request; return how it broke, or None once the answer is closed."""
        limit = request.options.stop_after
        async with aclosing(service.stream(request, key)) as batches:
            async for batch in batches:
                closing = batch[-1] if batch else None
                if isinstance(closing, events.Broke):
                    self.take(batch[:-1])
                    self._say_held_back()
                    return closing
                self.take(batch)
                if isinstance(closing, events.Closing):
                    return None
                if limit is not None and self._tokens >= limit:
                    self.stop(f"after {limit} tokens", cancel=False)
                    return None
        return events.Broke(internal_failure("The answer ended without an end."))

    @property
    def _has_news(self) -> bool:
        """Whether text came beyond what the answer started with."""
        self._fold()
        return len(self._answer.text) > self._kept

    @property
    def _tokens(self) -> int:
        """The output tokens so far, by the server's count or four characters each."""
        self._fold()
        counted = self._answer.usage.output_tokens if self._answer.usage else None
        written = math.ceil((len(self._answer.text) - self._kept) / _CHARACTERS_PER_TOKEN)
        return max(counted or 0, written)

    def take(self, batch: tuple[events.AnswerEvent, ...]) -> None:
        """Fold `batch` into the answer, together with what comes within one frame."""
        if not batch:
            return
        self._last_news = self._now()
        for event in batch:
            is_text = isinstance(event, events.TextArrived | events.TextSettled)
            if is_text and self._first_word is None:
                self._first_word = self._last_news - self._begun
                thought = self._thought_until(self._first_word)
                timing = Timing(self._first_word, None, thought)
                self._pending.append(events.TimeTaken(timing))
            elif isinstance(event, events.ReasoningArrived) and self._first_thought is None:
                self._first_thought = self._last_news - self._begun
            if isinstance(event, events.Closing):
                self._say_held_back()
            applied = self._beside_kept(event)  # may fold, which begins a new list
            if applied != NOTHING_SAID:
                self._pending.append(applied)
        if isinstance(batch[-1], events.Closing):
            total = self._last_news - self._begun
            thought = self._thought_until(total if self._first_word is None else self._first_word)
            self._pending.append(events.TimeTaken(Timing(self._first_word, total, thought)))
            self._fold()
        elif self._last_news - self._last_fold >= FOLD_INTERVAL:
            self._fold()
        elif self._fold_later is None:
            loop = asyncio.get_running_loop()
            self._fold_later = loop.call_later(FOLD_INTERVAL, self._fold)

    def _thought_until(self, end: float) -> float | None:
        """Return the seconds from the first thought to `end`, None if none came before it."""
        begun = self._first_thought
        return end - begun if begun is not None and begun <= end else None

    def stop(self, reason: str = "", *, cancel: bool = True) -> None:
        """Record the stop at once; the task ends and closes the connection right after."""
        was_running = self._answer.is_running
        self.take((events.WasStopped(reason),))
        if was_running and self._is_background:
            self._end_at_server()
        if cancel and self.task is not None:
            self.task.cancel()

    def _end_at_server(self) -> None:
        run_id = self._answer.response_id
        if self.access is not None and self.end_at_server is not None and run_id:
            self.end_at_server(self.access, run_id)

    def interrupt(self) -> None:
        """Record that the program ended before the answer did."""
        if self._answer.is_running:
            self.take((events.Broke(interrupted_answer()),))

    def settle(self) -> None:
        """Fold what is pending and let the timer go."""
        self._fold()
        if self._answer.is_running:
            self.take((events.Broke(internal_failure()),))

    def _beside_kept(self, event: events.AnswerEvent) -> events.AnswerEvent:
        """Return `event` as it applies to an answer that goes on after kept text.

        Marks in the kept text refer to the kept sources, so these keep their ids; a source found
        anew whose id is taken is listed under an id that no mark can name.
        """
        if self._replay is not None:
            return self._replay.told(event)
        if not self._kept:
            return event
        if isinstance(event, events.TextArrived):
            return events.TextArrived(self._seam.feed(event.text))
        if isinstance(event, events.TextSettled):
            return events.TextSettled(self._seam.whole(event.text))
        if isinstance(event, events.Completed) and not self._has_news:
            # A model that repeats the end and adds nothing says that nothing was missing.
            return event if self._seam.has_repeated else events.Broke(empty_answer())
        if isinstance(event, events.SourcesFound):
            taken = {i: source.url for source in self._kept_sources for i in source.ids}
            found = tuple(
                replace(source, id=f"+{source.id}", aliases=())
                if taken.get(source.id, source.url) != source.url
                else source
                for source in event.sources
            )
            return events.SourcesFound(merge_sources((*self._kept_sources, *found)))
        return event

    def _say_held_back(self) -> None:
        """Take what could have been a repetition of the kept text until now."""
        if rest := self._seam.finish():
            self._pending.append(events.TextArrived(rest))

    def _fold(self) -> None:
        if self._fold_later is not None:
            self._fold_later.cancel()
            self._fold_later = None
        if not self._pending:
            return
        pending, self._pending = events.coalesce(self._pending), []
        self._last_fold = self._now()
        for event in pending:
            self._answer = self._answer.after(event)
            self._happened(self.turn_id, event)
        self._note(self._answer)
        self._changed(self._answer)
