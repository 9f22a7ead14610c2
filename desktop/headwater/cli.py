"""Headwater in the terminal: the second composition root, which never imports Qt."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import signal
import sys
import traceback
from argparse import Namespace
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from headwater.adapters.answer_service import HttpAnswerService
from headwater.adapters.core_dump import leave_no_core
from headwater.adapters.folders import Folders, resource
from headwater.adapters.http import HttpClients
from headwater.adapters.keychain import SystemKeychain, take_environment_keys
from headwater.adapters.late_archive import LateArchive
from headwater.adapters.lazy_demo import LazyDemo
from headwater.adapters.preferences_file import PreferencesFile
from headwater.command_line import UsageError, chosen_provider, parse
from headwater.domain.address import Origin
from headwater.domain.answer import Answer, Stopped
from headwater.domain.attachment import (
    LARGEST_TOGETHER,
    Attachment,
    UnusableAttachmentError,
    attachment_of,
)
from headwater.domain.conversation import Conversation
from headwater.domain.events import AnswerEvent
from headwater.domain.failure import Failure, FailureKind
from headwater.domain.options import AnswerOptions, SearchOptions
from headwater.domain.preferences import Preferences
from headwater.domain.provider import Provider
from headwater.domain.transcript import (
    answer_json,
    attached_line,
    conversation_json,
    event_json,
    source_lines,
    summary_json,
    terminal_text,
)
from headwater.session.account import Account
from headwater.session.conversation_session import ConversationSession, Route
from headwater.session.ports import ArchiveError
from headwater.session.task_scope import TaskScope
from headwater.session.unsaved import Unsaved

if TYPE_CHECKING:
    from headwater.adapters.archive import SqliteArchive
    from headwater.domain.connection_check import CheckStep
    from headwater.export.excerpt import Excerpt
    from headwater.export.export_format import ExportFormat

    PaintPdf = Callable[[Excerpt], bytes]

EXIT_USAGE = 2
_QUESTION_UNSAVED = 0.3  # seconds without a word of the answer
EXIT_STOPPED = 130
_EXIT_OTHERWISE = 1
_EXIT_INCOMPLETE = 6
_CONTROLS = re.compile(r"[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # JSON escapes the others
_EXITS = {
    FailureKind.NO_KEY: 3,
    FailureKind.UNAUTHORIZED: 3,
    FailureKind.FORBIDDEN: 3,
    FailureKind.QUOTA: 4,
    FailureKind.RATE_LIMIT: 4,
    FailureKind.NOT_CONNECTED: 5,
    FailureKind.SERVICE_DOWN: 5,
    FailureKind.TIMED_OUT: 5,
    FailureKind.ENDPOINT_RETIRED: 5,
    FailureKind.STREAM_BROKEN: _EXIT_INCOMPLETE,
    FailureKind.INCOMPLETE: _EXIT_INCOMPLETE,
}


def keep_every_character(stream: TextIO | None, platform: str) -> None:
    """Let a stream fail at no character, and lose none where that is not the user's own wish.

    Windows' Python writes to a pipe or a file in the code page of the country, which has no word
    for most of them.
    """
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8" if platform == "win32" else None, errors="replace")


def run(argv: Sequence[str], paint_pdf: PaintPdf | None = None) -> int:
    """Do what `argv` says and return the exit status (README, "In the terminal").

    `paint_pdf` makes the bytes of a PDF, for which it loads Qt; without it there are none.
    """
    leave_no_core()
    arguments = parse(argv)
    for stream in (sys.stdout, sys.stderr):
        keep_every_character(stream, sys.platform)
    try:
        match arguments.command:
            case "ask":
                return _ask(arguments)
            case "check":
                return _check(arguments)
            case "history":
                return asyncio.run(_history(arguments))
            case "show":
                return asyncio.run(_show(arguments))
            case "export":
                return _export(arguments, paint_pdf)
            case "backup":
                return asyncio.run(_back_up(arguments))
            case "restore":
                return asyncio.run(_restore(arguments))
            case _:
                _say(
                    "headwater: a command is needed: "
                    "ask, check, history, show, export, backup or restore"
                )
                return EXIT_USAGE
    except UsageError as error:
        _say(f"headwater: {error}")
        return EXIT_USAGE
    except ArchiveError as error:
        _say(f"headwater: {error}")
        return _EXIT_OTHERWISE
    except BrokenPipeError:
        # The reader has gone; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _EXIT_OTHERWISE
    except KeyboardInterrupt:
        return EXIT_STOPPED


def exit_status(answer: Answer) -> int:
    """Return the exit status that stands for how `answer` ended."""
    match answer.status:
        case "complete":
            return 0
        case "stopped":
            return EXIT_STOPPED
        case "incomplete":
            return _EXIT_INCOMPLETE
        case _:
            failure = answer.failure
            return _EXITS.get(failure.kind, _EXIT_OTHERWISE) if failure else _EXIT_OTHERWISE


def chosen_options(arguments: Namespace, preferred: AnswerOptions) -> AnswerOptions:
    """Return the preferred options with what the command line says instead.

    Raises:
        UsageError: a value is out of range.
    """
    search = SearchOptions(
        enabled=preferred.search.enabled and not arguments.no_search,
        recency=arguments.recency or preferred.search.recency,
        domains=tuple(arguments.domain) or preferred.search.domains,
        context_size=arguments.context_size or preferred.search.context_size,
        mode=arguments.search_mode or preferred.search.mode,
        after_date=preferred.search.after_date,
        before_date=preferred.search.before_date,
    )
    given = {
        "instructions": arguments.system or None,
        "max_tokens": arguments.max_tokens,
        "temperature": arguments.temperature,
        "top_p": arguments.top_p,
        "stop_after": arguments.stop_after,
        "effort": arguments.effort,
        "stream": False if arguments.no_stream else None,
    }
    given = {name: value for name, value in given.items() if value is not None}
    options = replace(preferred, search=search, **given)
    if problem := options.problem():
        raise UsageError(problem)
    return options


def chosen_attachments(paths: Sequence[str]) -> tuple[Attachment, ...]:
    """Return the files at `paths` as attachments.

    Raises:
        UsageError: one cannot be read or cannot go along with a question.
    """
    attachments = []
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                data = file.read(LARGEST_TOGETHER + 1)
            attachments.append(attachment_of(path, data))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UsageError(f"{terminal_text(path)} cannot be read: {reason}") from None
        except UnusableAttachmentError as error:
            raise UsageError(str(error)) from None
    return tuple(attachments)


def _ask(arguments: Namespace) -> int:
    attachments = chosen_attachments(arguments.attach)
    question = arguments.question
    if question is None or question == "-":
        if question is None and sys.stdin.isatty():
            raise UsageError("a question is needed, as an argument or on standard input")
        question = sys.stdin.buffer.read().decode("utf-8", "replace")
    if not question.strip() and not attachments:
        raise UsageError("the question is empty")
    folders = Folders.at(arguments.data_dir)
    preferences = PreferencesFile(folders.preferences).read()
    provider = chosen_provider(arguments, preferences)
    options = chosen_options(arguments, preferences.options)
    model = arguments.model or provider.model
    keychain = _keychain(arguments, provider)
    database = None if arguments.no_save else _writable(folders)
    if arguments.json:
        printer: _Printer = _Json()
    elif arguments.json_lines:
        printer = _JsonLines()
    else:
        printer = _Plain()
    route = Route(provider, model)
    service = HttpAnswerService(clients=_clients(preferences, keychain))
    work = _answer(question, route, options, attachments, keychain, service, database, printer)
    answer = asyncio.run(work)
    printer.end(answer)
    return exit_status(answer)


async def _answer(
    question: str,
    route: Route,
    options: AnswerOptions,
    attachments: tuple[Attachment, ...],
    keychain: SystemKeychain,
    service: HttpAnswerService,
    database: Path | None,
    printer: _Printer,
) -> Answer:
    crashes: list[BaseException] = []
    demo = LazyDemo(resource("demo"))
    async with AsyncExitStack() as stack:
        stack.callback(keychain.close)
        stack.push_async_callback(demo.close)
        scope = await stack.enter_async_context(TaskScope(crashes.append))
        late = LateArchive(database, _say) if database is not None else None

        def begin_keeping() -> None:
            if late is not None and not late.has_begun:
                scope.start(late.begin(), "open archive")

        if late is not None:
            stack.push_async_callback(late.close)
            # The first word comes first; the question is safe right behind it.
            opening = asyncio.get_running_loop().call_later(_QUESTION_UNSAVED, begin_keeping)
            stack.callback(opening.cancel)
        account = Account(keychain, demo)
        session = ConversationSession(
            Conversation(), service, late or Unsaved(), account.access, crashes.append
        )
        stack.push_async_callback(session.close)
        with _Interrupts(session.stop):
            turn_id = session.ask(question, route, options, attachments)
            reader = _Reader(printer, session.stop)
            session.happened.add(lambda _, event: reader.happened(event))

            def show() -> None:
                answer = session.conversation.turn(turn_id).answer
                reader.show(answer)
                if answer.text or not answer.is_running:
                    begin_keeping()

            session.changed.add(show)
            await session.settled()
        if session.storage_problem:
            _say(f"Not saved: {session.storage_problem}")
        answer = session.conversation.turn(turn_id).answer
    for crash in crashes:
        from headwater.adapters.crash_file import masked

        _say(masked(keychain.masked("".join(traceback.format_exception(crash)))))
    if reader.has_gone:
        raise BrokenPipeError
    return answer


def _check(arguments: Namespace) -> int:
    preferences = PreferencesFile(Folders.at(arguments.data_dir).preferences).read()
    provider = chosen_provider(arguments, preferences)
    provider = replace(provider, model=arguments.model or provider.model)
    keychain = _keychain(arguments, provider)
    work = _checked(
        provider, keychain, _clients(preferences, keychain), asks_first_word=arguments.first_word
    )
    failure = asyncio.run(work)
    return _EXITS.get(failure.kind, _EXIT_OTHERWISE) if failure else 0


async def _checked(
    provider: Provider, keychain: SystemKeychain, clients: HttpClients, *, asks_first_word: bool
) -> Failure | None:
    # Loaded here: asking a question does without it.
    from headwater.adapters.key_check import check_key
    from headwater.domain.connection_check import StepState, step_line

    def show(step: CheckStep) -> None:
        if step.state is not StepState.RUNNING:
            _print(terminal_text(step_line(step)) + "\n")

    demo = LazyDemo(resource("demo"))
    async with AsyncExitStack() as stack:
        stack.callback(keychain.close)
        stack.push_async_callback(demo.close)
        access = await Account(keychain, demo).access(provider)
        if access.problem is not None and provider.needs_key:
            _say(access.problem.words)
        result = await check_key(
            clients, access.provider, access.key, show, asks_first_word=asks_first_word
        )
    if result.failure is not None:
        _say(terminal_text(f"{result.failure.title} {result.failure.detail}".strip()))
    return result.failure


def _keychain(arguments: Namespace, provider: Provider) -> SystemKeychain:
    """Return where the key of `provider` is looked up.

    Raises:
        UsageError: the key in the environment may not go where the command line says.
    """
    keys = take_environment_keys(os.environ)
    chosen: tuple[str, Origin] | None = None
    if provider.base_url and (arguments.provider or arguments.base_url):
        chosen = (provider.id, provider.origin)
        if keys.headwater is not None and not provider.origin.may_carry_key:
            raise UsageError(
                f"HEADWATER_API_KEY is not sent to {provider.origin}: a key may only go to an "
                "https address or to this machine"
            )
    if keys.problem:
        _say(keys.problem)
    return SystemKeychain(keys, chosen=chosen)


def _clients(preferences: Preferences, keychain: SystemKeychain) -> HttpClients:
    """Return what goes by the proxy and the certificates of the preferences."""
    return HttpClients(settings=lambda: preferences.network, login=keychain.read_login)


def _writable(folders: Folders) -> Path:
    """Return where the history is kept, in folders for the user alone."""
    try:
        folders.create()
    except OSError as error:
        _say(f"Not saved: {error.strerror or error}")
    return folders.database


@asynccontextmanager
async def _history_of(arguments: Namespace) -> AsyncGenerator[SqliteArchive]:
    # Loaded here: asking a question has to say its first word before it opens any file.
    from headwater.adapters.archive import SqliteArchive

    archive = SqliteArchive(_writable(Folders.at(arguments.data_dir)))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(archive.close)
        report = await archive.open()
        if report.problem:
            _say(report.problem)
        yield archive


async def _history(arguments: Namespace) -> int:
    async with _history_of(arguments) as archive:
        summaries = await archive.conversations(arguments.search)
    if arguments.json:
        _print(_json([summary_json(s) for s in summaries]))
        return 0
    for summary in summaries:
        when = summary.updated.astimezone().strftime("%Y-%m-%d %H:%M")
        state = "" if summary.state == "complete" else f"  ({summary.state})"
        _print(terminal_text(f"{summary.id}  {when}  {summary.title}{state}") + "\n")
    if not summaries:
        _say("No conversations are kept yet.")
    return 0


async def _show(arguments: Namespace) -> int:
    conversation = await _kept(arguments)
    if conversation is None:
        return _say_unknown(arguments.id)
    if arguments.json:
        _print(_json(conversation_json(conversation)))
        return 0
    for turn in conversation.path:
        _print(terminal_text(f"# {turn.question.text}\n\n"))
        if line := attached_line(turn.question):
            _print(terminal_text(f"{line}\n\n"))
        _print(terminal_text(f"{turn.answer.text}\n\n"))
        if lines := source_lines(turn.answer):
            _print(terminal_text(lines) + "\n\n")
        if turn.answer.status != "complete":
            _print(terminal_text(_ending(turn.answer)) + "\n\n")
    return 0


def _export(arguments: Namespace, paint_pdf: PaintPdf | None) -> int:
    from headwater.adapters.exported_file import FileTakenError, check_place, write_exported
    from headwater.export.excerpt import whole
    from headwater.export.export_format import ExportFormat, format_of

    output: str = arguments.output
    given = arguments.format
    form = ExportFormat(given) if given else format_of(output) or ExportFormat.MARKDOWN
    path = None if output == "-" else Path(output)
    if form is ExportFormat.PDF and path is None and sys.stdout.isatty():
        raise UsageError("a PDF is nothing for a terminal; name a file with -o FILE")
    try:
        if path is not None:
            check_place(path, may_replace=arguments.force)
        conversation = asyncio.run(_kept(arguments))
        if conversation is None:
            return _say_unknown(arguments.id)
        data = _exported(whole(conversation, datetime.now(UTC)), form, paint_pdf)
        if path is None:
            _print_bytes(data)
        else:
            write_exported(path, data, may_replace=arguments.force)
    except FileTakenError as error:
        hint = "" if arguments.force else " Use --force to replace a file."
        raise UsageError(terminal_text(f"{error}{hint}")) from None
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        reason = (error.strerror or str(error)).lower()
        _say(terminal_text(f"headwater: {output} cannot be written: {reason}"))
        return _EXIT_OTHERWISE
    return 0


async def _back_up(arguments: Namespace) -> int:
    from headwater.adapters.archive_backup import conversations_in
    from headwater.adapters.history_backups import HistoryBackups

    database = Folders.at(arguments.data_dir).database
    if not database.is_file():
        _say(f"headwater: there is no history at {terminal_text(str(database))}")
        return _EXIT_OTHERWISE
    async with _history_of(arguments) as archive:
        backups = HistoryBackups(database, archive)
        try:
            if arguments.file:
                made: Path | None = Path(arguments.file)
                await backups.copy_to(Path(arguments.file))
            else:
                made = await backups.make()
        finally:
            await backups.close()
    count = (conversations_in(made) if made else None) or 0
    _print(terminal_text(f"{made}: {_conversations(count)}\n"))
    return 0


async def _restore(arguments: Namespace) -> int:
    from headwater.adapters.archive_backup import BEFORE_RESTORING, kept_backups
    from headwater.adapters.instance_lock import InstanceLock

    folders = Folders.at(arguments.data_dir)
    lock = InstanceLock(folders.state)
    if not lock.take():
        _say("headwater: Headwater is running. Quit it, or restore in its window.")
        return _EXIT_OTHERWISE
    try:
        async with _history_of(arguments) as archive:
            count = await archive.restore(Path(arguments.file))
    finally:
        lock.release()
    _print(f"Restored: {_conversations(count)}.\n")
    before = [each.path for each in kept_backups(folders.database) if each.kind == BEFORE_RESTORING]
    if before:
        _print(terminal_text(f"What was there before is kept in {before[-1]}\n"))
    return 0


def _conversations(count: int) -> str:
    return "1 conversation" if count == 1 else f"{count:,} conversations"


def _exported(excerpt: Excerpt, form: ExportFormat, paint_pdf: PaintPdf | None) -> bytes:
    from headwater.export.export_format import ExportFormat
    from headwater.export.exported_text import exported_text

    if form is not ExportFormat.PDF:
        return exported_text(excerpt, form).encode("utf-8", "replace")
    if paint_pdf is None:
        raise UsageError("this program cannot make PDFs")
    try:
        return paint_pdf(excerpt)
    except ImportError as error:  # a library of the system that Qt asks for
        raise UsageError(f"a PDF needs Qt, which cannot be loaded: {error}") from None


async def _kept(arguments: Namespace) -> Conversation | None:
    async with _history_of(arguments) as archive:
        return await archive.conversation(arguments.id)


class _Interrupts:
    """Turns Ctrl+C and a polite kill into Stop while an answer runs; a second one ends at once."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._count = 0
        self._loop = asyncio.get_running_loop()
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> None:
        for which in (signal.SIGINT, signal.SIGTERM):
            self._before[which] = signal.signal(which, self._interrupted)

    def __exit__(self, *_: object) -> None:
        for which, before in self._before.items():
            signal.signal(which, before)  # type: ignore[arg-type]

    def _interrupted(self, *_: object) -> None:
        self._count += 1
        if self._count > 1:
            raise KeyboardInterrupt
        self._loop.call_soon_threadsafe(self._stop)


class _Reader:
    """Hands everything to the printer until the reader of the pipe has gone; then it stops."""

    def __init__(self, printer: _Printer, stop: Callable[[], None]) -> None:
        self._printer = printer
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self.has_gone = False

    def show(self, answer: Answer) -> None:
        if not self.has_gone:
            try:
                self._printer.show(answer)
            except BrokenPipeError:
                self._go()

    def happened(self, event: AnswerEvent) -> None:
        if not self.has_gone:
            try:
                self._printer.happened(event)
            except BrokenPipeError:
                self._go()

    def _go(self) -> None:
        self.has_gone = True
        # Not at once: the answer is just being told.
        self._loop.call_soon(self._stop)


class _Printer:
    """What the terminal shows of an answer as it grows."""

    def show(self, answer: Answer) -> None:
        """Take the next snapshot."""

    def happened(self, event: AnswerEvent) -> None:
        """Take the next event."""

    def end(self, answer: Answer) -> None:
        """Take the last snapshot."""


class _Plain(_Printer):
    """Text as it streams, then numbered sources and usage; progress goes to standard error."""

    def __init__(self) -> None:
        self._shown = ""
        self._is_terminal = sys.stdout.isatty()
        self._says_progress = sys.stderr.isatty()
        self._progress = ""

    def show(self, answer: Answer) -> None:
        if self._says_progress and not answer.text:
            doing = getattr(answer.state, "doing", "")
            if doing and doing != self._progress:
                self._progress = doing
                _say(terminal_text(f"… {doing}"))
        new = answer.text
        if new.startswith(self._shown):
            new = new[len(self._shown) :]
        elif self._shown:
            new = "\n\n" + new
        if new:
            self._shown = answer.text
            _print(terminal_text(new) if self._is_terminal else new)

    def end(self, answer: Answer) -> None:
        self.show(answer)
        if answer.text and not answer.text.endswith("\n"):
            _print("\n")
        if lines := source_lines(answer):
            _print("\n" + (terminal_text(lines) if self._is_terminal else lines) + "\n")
        if used := _usage_line(answer):
            _print(f"\n{used}\n")
        if answer.status != "complete":
            _say(terminal_text(_ending(answer)))


class _Json(_Printer):
    """One JSON object at the end."""

    def end(self, answer: Answer) -> None:
        _print(_json(answer_json(answer)))


class _JsonLines(_Printer):
    """Each event as a line, and the whole answer as the last one."""

    def happened(self, event: AnswerEvent) -> None:
        _print(_json(event_json(event)))

    def end(self, answer: Answer) -> None:
        _print(_json({"event": "answer", **answer_json(answer)}))


def _usage_line(answer: Answer) -> str:
    usage = answer.usage
    parts: list[str] = []
    if usage is not None:
        for count, what in (
            (usage.input_tokens, "tokens in"),
            (usage.output_tokens, "tokens out"),
            (usage.searches, "searches"),
        ):
            if count is not None:
                parts.append(f"{count:,} {what}")
        if usage.cost is not None:
            parts.append(f"{usage.cost:.4f} {usage.currency}")
    if answer.timing.total is not None and (parts or answer.text):
        parts.append(f"{answer.timing.total:.1f} s")
    return " · ".join(parts)


def _ending(answer: Answer) -> str:
    """Return one or two sentences on how an answer ended that is not complete."""
    if isinstance(answer.state, Stopped):
        reason = f" {answer.state.reason}" if answer.state.reason else ""
        return f"Stopped{reason}. What had arrived is kept."
    failure = answer.failure
    if failure is None:
        return "The answer is still running."
    kept = " What had arrived is kept." if answer.text else ""
    detail = f"\n{failure.detail}" if failure.detail else ""
    return f"{failure.title}{kept}{detail}"


def _json(value: object) -> str:
    """Return `value` as one line of JSON in which nothing can steer a terminal."""
    text = json.dumps(value, ensure_ascii=False)
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _print_bytes(data: bytes) -> None:
    if sys.stdout.isatty():
        _print(terminal_text(data.decode()))
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _say_unknown(conversation_id: str) -> int:
    _say(terminal_text(f"headwater: no conversation has the id {conversation_id}"))
    return _EXIT_OTHERWISE


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
