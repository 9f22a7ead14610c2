"""What asking, stopping, retrying and continuing do to a conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace

import pytest

from headwater.domain.answer import Answer, Complete, Stopped, Waiting
from headwater.domain.api_key import ApiKey
from headwater.domain.attachment import LARGEST_TOGETHER, Attachment, attachment_of
from headwater.domain.conversation import Conversation
from headwater.domain.events import (
    AnswerEvent,
    Broke,
    Completed,
    ReasoningArrived,
    SearchStarted,
    SourcesFound,
    TextArrived,
    TextSettled,
    UsageCounted,
)
from headwater.domain.failure import Failure, FailureKind, unfinished_answer
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import DEEPSEEK, OPENAI, PERPLEXITY, PERPLEXITY_GATEWAY, Provider
from headwater.domain.source import Source
from headwater.domain.usage import Usage
from headwater.protocol.dialect import AnswerRequest, Message
from headwater.session.conversation_session import ConversationSession, Route
from headwater.session.ports import Access
from tests.fakes import SERVER, FakeArchive, FakeService, open_access, spoken

ROUTE = Route(SERVER, "m")
BUSY = Failure(FailureKind.RATE_LIMIT, "Too many requests.", retryable=True, retry_after=0.01)


class Stage:
    """A session on fakes, and the mistakes it reported."""

    def __init__(
        self,
        service: FakeService,
        archive: FakeArchive | None = None,
        access: Callable[[Provider], Awaitable[Access]] = open_access,
    ) -> None:
        self.service = service
        self.archive = archive or FakeArchive()
        self.crashes: list[BaseException] = []
        self.session = ConversationSession(
            Conversation(), service, self.archive, access, self.crashes.append
        )

    def answer(self, turn_id: str) -> Answer:
        return self.session.conversation.turn(turn_id).answer

    async def until(self, claim: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not claim():
                await asyncio.sleep(0.002)


def play(journey: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(_awaited(journey), 20))


async def _awaited(journey: Callable[[], Awaitable[None]]) -> None:
    await journey()


def test_that_an_answer_is_streamed_and_kept() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(spoken("It ", "is open.")))
        turn_id = stage.session.ask("Open?", ROUTE)
        await stage.session.settled()
        answer = stage.answer(turn_id)
        assert (answer.text, answer.status) == ("It is open.", "complete")
        assert stage.archive.answers[turn_id] == answer
        assert answer.timing.total is not None
        assert stage.session.conversation.title == "Open?"
        assert not stage.crashes

    play(journey)


def test_that_thinking_is_timed_from_the_first_thought_to_the_first_word() -> None:
    async def journey() -> None:
        script = (0.05, ReasoningArrived("Hm"), 0.1, ReasoningArrived("."), *spoken("So."))
        stage = Stage(FakeService(script, spoken("At once.")))
        turn_id = stage.session.ask("Why?", ROUTE)
        await stage.session.settled()
        timing = stage.answer(turn_id).timing
        assert timing.thought is not None
        assert timing.first_word is not None
        assert 0.09 <= timing.thought <= timing.first_word - 0.04
        turn_id = stage.session.ask("And?", ROUTE)
        await stage.session.settled()
        assert stage.answer(turn_id).timing.thought is None

    play(journey)


def test_that_an_answer_of_thoughts_alone_was_thought_to_its_end() -> None:
    async def journey() -> None:
        stage = Stage(FakeService((ReasoningArrived("Hm"), 0.05, Completed())))
        turn_id = stage.session.ask("Why?", ROUTE)
        await stage.session.settled()
        timing = stage.answer(turn_id).timing
        assert (timing.thought or 0) >= 0.04

    play(journey)


def test_that_the_question_is_written_before_it_is_sent() -> None:
    async def journey() -> None:
        stage = Stage(FakeService())
        stage.session.ask("q", ROUTE)
        await stage.until(lambda: bool(stage.service.requests))
        assert stage.archive.writes[:2] == ["conversation", "turn"]
        await stage.session.close()

    play(journey)


def test_that_stop_keeps_the_text_already_shown_and_closes_the_connection() -> None:
    async def journey() -> None:
        stage = Stage(FakeService())
        turn_id = stage.session.ask("q", ROUTE)
        await stage.service.live.put((TextArrived("half an "),))
        await stage.until(lambda: bool(stage.answer(turn_id).text))
        stage.session.stop()
        assert stage.answer(turn_id).state == Stopped()
        await stage.session.settled()
        assert stage.service.closed == 1
        assert stage.answer(turn_id).text == "half an "
        assert stage.archive.answers[turn_id].status == "stopped"
        stage.session.stop()
        assert not stage.crashes

    play(journey)


def test_that_R33_stop_at_any_moment_leaves_the_next_question_answered() -> None:
    async def journey() -> None:
        for delay in (0.0, 0.001, 0.003, 0.01):
            stage = Stage(
                FakeService([0.002, TextArrived("a"), 0.004, Completed("stop")], spoken("b"))
            )
            first = stage.session.ask("q", ROUTE)
            await asyncio.sleep(delay)
            stage.session.stop()
            await stage.session.settled()
            assert stage.answer(first).status in ("stopped", "complete")
            second = stage.session.ask("q", ROUTE)
            await stage.session.settled()
            assert stage.answer(second).status == "complete"
            assert not stage.crashes

    play(journey)


def test_that_S5_a_refusal_that_may_pass_is_tried_again_twice_and_no_more() -> None:
    async def journey() -> None:
        stage = Stage(FakeService([Broke(BUSY)], [Broke(BUSY)], [Broke(BUSY)], spoken("never")))
        seen: list[Waiting] = []

        def note() -> None:
            state = stage.session.conversation.turns[0].answer.state
            if isinstance(state, Waiting) and state.retry:
                seen.append(state)

        stage.session.changed.add(note)
        turn_id = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        answer = stage.answer(turn_id)
        assert len(stage.service.requests) == 3
        assert answer.attempts == 3
        assert answer.failure == BUSY
        assert seen

    play(journey)


def test_that_S5_a_second_attempt_may_succeed() -> None:
    async def journey() -> None:
        stage = Stage(FakeService([Broke(BUSY)], spoken("yes")))
        turn_id = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        assert (stage.answer(turn_id).text, stage.answer(turn_id).attempts) == ("yes", 2)

    play(journey)


def test_that_R10_nothing_is_retried_once_text_was_shown() -> None:
    async def journey() -> None:
        stage = Stage(FakeService([TextArrived("half"), Broke(BUSY)], spoken("again")))
        turn_id = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        assert len(stage.service.requests) == 1
        assert (stage.answer(turn_id).text, stage.answer(turn_id).status) == ("half", "incomplete")

    play(journey)


def test_that_R7_stop_ends_the_wait_for_another_attempt() -> None:
    async def journey() -> None:
        later = Failure(FailureKind.RATE_LIMIT, "Busy.", retryable=True, retry_after=50.0)
        stage = Stage(FakeService([Broke(later)], spoken("never")))
        turn_id = stage.session.ask("q", ROUTE)
        await stage.until(lambda: stage.answer(turn_id).attempts == 2)
        stage.session.stop()
        await stage.session.settled()
        assert stage.answer(turn_id).status == "stopped"
        assert len(stage.service.requests) == 1

    play(journey)


def test_that_a_retry_stands_beside_the_answer_it_repeats() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(spoken("one"), spoken("two")))
        first = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        second = stage.session.retry(first, ROUTE)
        await stage.session.settled()
        conversation = stage.session.conversation
        assert [t.id for t in conversation.versions(first)] == [first, second]
        assert [t.answer.text for t in conversation.path] == ["two"]
        stage.session.choose(first)
        assert [t.answer.text for t in stage.session.conversation.path] == ["one"]
        await stage.session.close()

    play(journey)


def test_that_an_edited_question_leaves_the_old_pair_whole() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(spoken("one"), spoken("two"), spoken("three")))
        first = stage.session.ask("a", ROUTE)
        await stage.session.settled()
        stage.session.ask("b", ROUTE)
        await stage.session.settled()
        edited = stage.session.edit(first, "c", ROUTE, AnswerOptions())
        await stage.session.settled()
        conversation = stage.session.conversation
        assert [t.question.text for t in conversation.path] == ["c"]
        stage.session.choose(first)
        path = stage.session.conversation.path
        assert [(t.question.text, t.answer.text) for t in path] == [("a", "one"), ("b", "two")]
        assert conversation.turn(edited).answer.text == "three"
        await stage.session.close()

    play(journey)


def test_that_the_history_sent_is_the_path_shown() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(spoken("one"), spoken("two"), spoken("three")))
        first = stage.session.ask("a", ROUTE)
        await stage.session.settled()
        stage.session.retry(first, ROUTE)
        await stage.session.settled()
        stage.session.ask("b", ROUTE)
        await stage.session.settled()
        sent = [(m.role, m.text) for m in stage.service.requests[-1].messages]
        assert sent == [("user", "a"), ("assistant", "two"), ("user", "b")]

    play(journey)


def test_that_a_continued_answer_starts_with_the_kept_text_and_its_sources() -> None:
    async def journey() -> None:
        page = Source("1", "https://example.org/a")
        other = Source("1", "https://example.org/b")
        service = FakeService(
            [SourcesFound((page,)), TextArrived("One [1]"), Broke(unfinished_answer())],
            [
                SourcesFound((other,)),
                TextArrived(" and two."),
                TextSettled(" and two!"),
                Completed(),
            ],
        )
        stage = Stage(service)
        first = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        second = stage.session.continue_answer(first, ROUTE)
        await stage.session.settled()
        answer = stage.answer(second)
        assert answer.text == "One [1] and two!"
        assert answer.sources[0] == page
        assert answer.sources[1].url == other.url
        assert "1" not in answer.sources[1].ids
        assert [m.role for m in service.requests[-1].messages] == ["user", "assistant", "user"]
        assert stage.answer(first).text == "One [1]"

    play(journey)


def test_that_a_continuation_that_repeats_itself_is_joined_without_a_seam() -> None:
    async def journey() -> None:
        service = FakeService(
            [TextArrived("It rises in the Alps and flo"), Broke(unfinished_answer())],
            [
                TextArrived("in the Alps "),
                TextArrived("and flows"),
                TextArrived(" north."),
                Completed(),
            ],
        )
        stage = Stage(service)
        first = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        second = stage.session.continue_answer(first, ROUTE)
        await stage.session.settled()
        asked = service.requests[-1].messages[-1].text
        assert asked.endswith("\n\nIt rises in the Alps and flo")
        assert stage.answer(second).text == "It rises in the Alps and flows north."
        assert stage.answer(second).status == "complete"

    play(journey)


@pytest.mark.parametrize(
    ("more", "status"),
    [("It is open.", "complete"), ("", "incomplete")],
    ids=["the end", "nothing"],
)
def test_that_a_continuation_of_nothing_but_the_end_says_that_nothing_was_missing(
    more: str, status: str
) -> None:
    async def journey() -> None:
        stage = Stage(
            FakeService(
                [TextArrived("It is open."), Broke(unfinished_answer())],
                [TextArrived(more), Completed()] if more else [Completed()],
            )
        )
        first = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        second = stage.session.continue_answer(first, ROUTE)
        await stage.session.settled()
        assert (stage.answer(second).text, stage.answer(second).status) == ("It is open.", status)

    play(journey)


@pytest.mark.parametrize("ending", [Completed(), Broke(BUSY)], ids=["complete", "broken"])
def test_that_a_word_which_could_have_been_a_repetition_is_not_lost_at_the_end(
    ending: AnswerEvent,
) -> None:
    class OneBatch(FakeService):
        async def stream(
            self, request: AnswerRequest, key: ApiKey | None
        ) -> AsyncGenerator[tuple[AnswerEvent, ...]]:
            self.requests.append(request)
            if len(self.requests) == 1:
                yield (TextArrived("Yes. No"), Broke(unfinished_answer()))
            else:
                yield (TextArrived("Yes"), ending)

    async def journey() -> None:
        stage = Stage(OneBatch())
        first = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        second = stage.session.continue_answer(first, ROUTE)
        await stage.session.settled()
        assert stage.answer(second).text == "Yes. No Yes"
        assert len(stage.service.requests) == 2

    play(journey)


def test_that_a_continuation_tried_again_is_still_joined_without_a_seam() -> None:
    async def journey() -> None:
        stage = Stage(
            FakeService(
                [TextArrived("It is in the Alps"), Broke(unfinished_answer())],
                [Broke(BUSY)],
                [TextArrived("in the Alps, high up."), Completed()],
            )
        )
        first = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        second = stage.session.continue_answer(first, ROUTE)
        await stage.session.settled()
        assert stage.answer(second).text == "It is in the Alps, high up."

    play(journey)


@pytest.mark.parametrize("counted", [None, 40])
def test_that_S13_it_stops_by_itself_after_the_given_tokens(counted: int | None) -> None:
    async def journey() -> None:
        usage = () if counted is None else (UsageCounted(Usage(output_tokens=counted)),)
        words = [TextArrived("four") for _ in range(60)]
        stage = Stage(FakeService([*words, *usage, 0.05, *words, Completed()]))
        turn_id = stage.session.ask("q", ROUTE, AnswerOptions(stop_after=40))
        await stage.session.settled()
        answer = stage.answer(turn_id)
        assert answer.state == Stopped("after 40 tokens")
        assert 160 <= len(answer.text) <= 240
        assert stage.service.closed == 1

    play(journey)


def test_that_nothing_is_sent_without_the_key_a_provider_needs() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(spoken("never")))
        turn_id = stage.session.ask("q", Route(PERPLEXITY))
        await stage.session.settled()
        failure = stage.answer(turn_id).failure
        assert failure is not None
        assert failure.kind == FailureKind.NO_KEY
        assert stage.service.requests == []

    play(journey)


def test_that_a_slow_keyring_is_named_while_it_is_waited_for() -> None:
    async def journey() -> None:
        async def slow(provider: Provider) -> Access:
            await asyncio.sleep(0.6)
            return Access(provider)

        stage = Stage(FakeService(spoken("yes")), access=slow)
        doing: list[str] = []

        def note() -> None:
            doing.append(getattr(stage.session.conversation.turns[0].answer.state, "doing", ""))

        stage.session.changed.add(note)
        stage.session.ask("q", ROUTE)
        await stage.session.settled()
        assert "waiting for your keyring" in doing

    play(journey)


def test_that_the_first_listed_model_is_taken_where_none_was_chosen() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(spoken("yes"), spoken("yes")))
        stage.service.listed = ("alpha", "beta")
        stage.session.ask("q", Route(SERVER))
        await stage.session.settled()
        assert stage.service.requests[-1].model == "alpha"

    play(journey)


def test_that_R37_an_answer_is_saved_once_the_disk_has_room_again() -> None:
    async def journey() -> None:
        archive = FakeArchive()
        stage = Stage(FakeService(spoken("kept")), archive)
        archive.fails = True
        turn_id = stage.session.ask("q", ROUTE)
        await stage.until(lambda: not stage.session.is_running)
        assert stage.answer(turn_id).text == "kept"
        assert stage.session.storage_problem == "The disk is full."
        archive.fails = False
        await stage.session.settled()
        assert archive.answers[turn_id].text == "kept"
        assert stage.session.storage_problem == ""

    play(journey)


def test_that_R37_a_question_asked_on_a_full_disk_is_handed_over_whole() -> None:
    """The archive holds back what it cannot write; what it never got it cannot write later."""

    class Holding(FakeArchive):
        def __init__(self) -> None:
            super().__init__()
            self.handed_over: list[str] = []

        def _write(self, what: str) -> None:
            self.handed_over.append(what)
            super()._write(what)

    async def journey() -> None:
        archive = Holding()
        archive.fails = True
        stage = Stage(FakeService(spoken("kept")), archive)
        stage.session.ask("q", ROUTE)
        await stage.until(lambda: not stage.session.is_running)
        assert archive.handed_over[:2] == ["conversation", "turn"]
        archive.fails = False
        await stage.session.settled()

    play(journey)


def test_that_closing_keeps_a_running_answer_as_interrupted() -> None:
    async def journey() -> None:
        stage = Stage(FakeService())
        turn_id = stage.session.ask("q", ROUTE)
        await stage.service.live.put((TextArrived("so far"),))
        await stage.until(lambda: bool(stage.answer(turn_id).text))
        await stage.session.close()
        kept = stage.archive.answers[turn_id]
        assert (kept.text, kept.status) == ("so far", "incomplete")
        assert stage.service.closed == 1
        assert not stage.crashes

    play(journey)


def test_that_a_mistake_of_ours_is_reported_once_and_keeps_the_text() -> None:
    async def journey() -> None:
        class Broken(FakeService):
            async def stream(
                self, request: AnswerRequest, key: ApiKey | None
            ) -> AsyncGenerator[tuple[AnswerEvent, ...]]:
                yield (TextArrived("so far"),)
                raise ZeroDivisionError

        stage = Stage(Broken())
        turn_id = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        assert [type(c) for c in stage.crashes] == [ZeroDivisionError]
        assert (stage.answer(turn_id).text, stage.answer(turn_id).status) == (
            "so far",
            "incomplete",
        )

    play(journey)


def test_that_an_empty_answer_is_a_failure_that_says_so() -> None:
    async def journey() -> None:
        stage = Stage(FakeService([SearchStarted(("q",)), Completed("stop")]))
        turn_id = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        failure = stage.answer(turn_id).failure
        assert stage.answer(turn_id).status == "failed"
        assert failure is not None
        assert failure.kind == FailureKind.ANSWER_FAILED

    play(journey)


def test_that_only_one_answer_runs_in_a_conversation() -> None:
    async def journey() -> None:
        stage = Stage(FakeService())
        stage.session.ask("q", ROUTE)
        with pytest.raises(RuntimeError, match="still running"):
            stage.session.ask("r", ROUTE)
        await stage.session.close()

    play(journey)


def test_that_S14_several_conversations_stream_side_by_side_each_in_order() -> None:
    async def journey() -> None:
        words = [f"{n} " for n in range(200)]
        stages = [
            Stage(FakeService([*(TextArrived(f"{at}:{w}") for w in words), Completed()]))
            for at in range(4)
        ]
        ids = [stage.session.ask("q", ROUTE) for stage in stages]
        for at, (stage, turn_id) in enumerate(zip(stages, ids, strict=True)):
            await stage.session.settled()
            assert stage.answer(turn_id).text == "".join(f"{at}:{w}" for w in words)

    play(journey)


def test_that_a_megabyte_in_small_pieces_is_folded_in_linear_time() -> None:
    async def journey() -> None:
        folds = 0

        def count() -> None:
            nonlocal folds
            folds += 1

        stage = Stage(FakeService([*(TextArrived("four") for _ in range(30_000)), Completed()]))
        stage.session.changed.add(count)
        turn_id = stage.session.ask("q", ROUTE)
        await stage.session.settled()
        assert len(stage.answer(turn_id).text) == 120_000
        assert folds < 1_000

    play(journey)


def test_that_a_key_reaches_only_the_service() -> None:
    async def journey() -> None:
        async def with_key(provider: Provider) -> Access:
            return Access(provider, ApiKey("sk-canary-7f3a91c2d4"))

        stage = Stage(FakeService(spoken("yes")), access=with_key)
        turn_id = stage.session.ask("q", Route(OPENAI, "m"))
        await stage.session.settled()
        assert stage.service.keys[0] is not None
        assert "canary" not in repr(stage.session.conversation)
        assert isinstance(stage.answer(turn_id).state, Complete)

    play(journey)


PICTURE = attachment_of("screenshot.png", b"\x89PNG\r\n\x1a\n")
PAPER = attachment_of("report.pdf", b"%PDF-1.7")
NOTES = attachment_of("notes.txt", b"one")


def attached(stage: Stage, turn_id: str) -> tuple[Attachment, ...]:
    return stage.session.conversation.turn(turn_id).question.attachments


def test_that_attachments_go_along_and_stay_in_the_history_of_later_questions() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(spoken("A bridge."), spoken("Blue.")))
        first = stage.session.ask("What is this?", ROUTE, attachments=(PICTURE, NOTES))
        await stage.session.settled()
        stage.session.ask("Which colour?", ROUTE)
        await stage.session.settled()
        assert attached(stage, first) == (PICTURE, NOTES)
        asked = Message("user", "What is this?", (PICTURE, NOTES))
        assert [request.messages for request in stage.service.requests] == [
            (asked,),
            (asked, Message("assistant", "A bridge."), Message("user", "Which colour?")),
        ]

    play(journey)


def test_that_a_retry_an_edit_and_a_continuation_keep_what_was_attached() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(*(spoken("a") for _ in range(5))))
        first = stage.session.ask("q", ROUTE, attachments=(PICTURE,))
        await stage.session.settled()
        again = stage.session.retry(first, ROUTE)
        await stage.session.settled()
        edited = stage.session.edit(first, "r", ROUTE, AnswerOptions())
        await stage.session.settled()
        bare = stage.session.edit(first, "s", ROUTE, AnswerOptions(), ())
        await stage.session.settled()
        further = stage.session.continue_answer(first, ROUTE)
        await stage.session.settled()
        assert [attached(stage, turn) for turn in (first, again, edited, bare, further)] == [
            (PICTURE,),
            (PICTURE,),
            (PICTURE,),
            (),
            (PICTURE,),
        ]
        assert [request.messages[0].attachments for request in stage.service.requests] == [
            (PICTURE,),
            (PICTURE,),
            (PICTURE,),
            (),
            (PICTURE,),
        ]

    play(journey)


def test_that_a_question_may_be_a_file_alone() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(spoken("A bridge.")))
        turn_id = stage.session.ask("", ROUTE, attachments=(PICTURE,))
        await stage.session.settled()
        assert stage.answer(turn_id).status == "complete"
        assert stage.session.conversation.title == "screenshot.png"

    play(journey)


def test_that_what_a_provider_does_not_take_fails_without_a_request_and_is_kept() -> None:
    async def journey() -> None:
        opened: list[Provider] = []

        async def access(provider: Provider) -> Access:
            opened.append(provider)
            return Access(provider)

        stage = Stage(FakeService(spoken("A bridge.")), access=access)
        turn_id = stage.session.ask("What?", Route(DEEPSEEK), attachments=(NOTES, PICTURE))
        await stage.session.settled()
        failure = stage.answer(turn_id).failure
        assert failure is not None
        assert failure.kind is FailureKind.REFUSED
        assert failure.title == "screenshot.png is a picture, which cannot be sent to DeepSeek."
        assert not failure.retryable
        assert (stage.service.requests, opened) == ([], [])
        assert stage.session.conversation.turn(turn_id).question.text == "What?"
        assert attached(stage, turn_id) == (NOTES, PICTURE)
        assert stage.archive.writes[:2] == ["conversation", "turn"]
        again = stage.session.retry(turn_id, ROUTE)
        await stage.session.settled()
        assert stage.answer(again).status == "complete"
        assert not stage.crashes

    play(journey)


def test_that_a_file_from_earlier_is_not_dropped_when_the_provider_changes() -> None:
    async def journey() -> None:
        stage = Stage(FakeService(spoken("It says no."), spoken("never")))
        open_gateway = replace(PERPLEXITY_GATEWAY.at("localhost:1"), needs_key=False)
        stage.session.ask("What?", Route(open_gateway), attachments=(PAPER,))
        await stage.session.settled()
        turn_id = stage.session.ask("And?", ROUTE)
        await stage.session.settled()
        failure = stage.answer(turn_id).failure
        assert failure is not None
        assert failure.title == "report.pdf is a PDF, which cannot be sent to Another server."
        assert len(stage.service.requests) == 1

    play(journey)


def test_that_files_of_several_turns_together_stay_within_one_request() -> None:
    async def journey() -> None:
        large = attachment_of("a.png", PICTURE.data + bytes(LARGEST_TOGETHER // 2))
        stage = Stage(FakeService(spoken("a"), spoken("never")))
        stage.session.ask("q", ROUTE, attachments=(large,))
        await stage.session.settled()
        turn_id = stage.session.ask("r", ROUTE, attachments=(large,))
        await stage.session.settled()
        failure = stage.answer(turn_id).failure
        assert failure is not None
        assert failure.title.startswith("The attachments are 20.1 MB together;")
        assert len(stage.service.requests) == 1

    play(journey)
