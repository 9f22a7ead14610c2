"""A newer release is looked for when somebody wants it, never otherwise, and told once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from headwater.domain import release
from headwater.domain.failure import Failure, FailureKind
from headwater.domain.preferences import Preferences
from headwater.domain.release import LOOK_EVERY, ReleasePlace, Version
from headwater.session import release_session
from headwater.session.preference_session import PreferenceSession
from headwater.session.release_session import ReleaseSession
from headwater.session.task_scope import TaskScope
from tests.fakes import FakeReleases, FakeStore, play, scope_without_crash, turns, until

PLACE = ReleasePlace("owner/name")
OWN = Version(0, 1, 0)
NEWER = Version(0, 2, 0)
TROUBLE = Failure(FailureKind.NOT_CONNECTED, "api.github.com cannot be reached.")
NOON = 1_800_000_000.0
DAILY = Preferences(looks_for_releases=True)


@pytest.fixture(autouse=True)
def first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_session, "FIRST_LOOK", 0.02)


class Stage:
    """A session, the server it asks, and the clock on the wall."""

    def __init__(
        self,
        check: FakeReleases,
        place: ReleasePlace | None,
        preferences: PreferenceSession,
        scope: TaskScope,
    ) -> None:
        self.check = check
        self.told = 0
        self.now = NOON
        self.looks_at_the_clock = 0
        self.session = ReleaseSession(OWN, place, check, preferences, scope, self.clock)
        self.session.changed.add(self._count)

    def _count(self) -> None:
        self.told += 1

    def clock(self) -> float:
        self.looks_at_the_clock += 1
        return self.now

    @property
    def asked(self) -> int:
        return len(self.check.asked)

    def news(self) -> Version | None:
        return self.session.news

    def is_asking(self) -> bool:
        return self.session.is_asking

    @property
    def kept(self) -> Preferences:
        return self.session._preferences.now

    def change_something(self) -> None:
        self.session._preferences.update(draft=f"{self.kept.draft}x")


Journey = Callable[[Stage], Awaitable[None]]


def with_stage(
    journey: Journey,
    preferences: Preferences = DAILY,
    *,
    newest: Version | Failure = NEWER,
    place: ReleasePlace | None = PLACE,
    begins: bool = True,
) -> None:
    async def run() -> None:
        async with scope_without_crash() as scope:
            kept = PreferenceSession(preferences, FakeStore(), scope, 0.0)
            stage = Stage(FakeReleases(newest), place, kept, scope)
            if begins:
                stage.session.begin()
            await journey(stage)
            stage.session.close()
            await kept.close()

    play(run)


async def pause() -> None:
    """Wait longer than the first look does."""
    await asyncio.sleep(0.06)


def test_that_without_the_tick_nothing_is_ever_asked() -> None:
    async def journey(stage: Stage) -> None:
        for day in range(5):
            stage.now = NOON + day * LOOK_EVERY
            stage.change_something()
            await pause()
        assert stage.asked == 0
        assert stage.kept.looked_for_release_at is None

    with_stage(journey, Preferences())


def test_that_without_a_place_nothing_is_ever_asked() -> None:
    async def journey(stage: Stage) -> None:
        stage.session.look()
        stage.change_something()
        await pause()
        assert stage.asked == 0
        assert not stage.is_asking()

    with_stage(journey, place=None)


def test_that_nothing_is_asked_before_the_program_has_begun() -> None:
    async def journey(stage: Stage) -> None:
        stage.change_something()
        await pause()
        assert stage.asked == 0

    with_stage(journey, begins=False)


def test_that_a_look_now_asks_once_and_tells_what_was_found() -> None:
    async def journey(stage: Stage) -> None:
        stage.check.answers.clear()
        stage.session.look()
        stage.session.look()
        assert stage.is_asking()
        await turns()
        assert stage.check.asked == [PLACE]
        stage.check.answers.set()
        await until(lambda: not stage.is_asking())
        assert stage.session.outcome == NEWER
        assert stage.news() is None
        assert stage.asked == 1
        assert stage.told == 2

    with_stage(journey, Preferences())


def test_that_a_look_now_tells_what_went_wrong_and_may_be_repeated() -> None:
    async def journey(stage: Stage) -> None:
        stage.session.look()
        await until(lambda: stage.session.outcome == TROUBLE)
        stage.check.newest_of_all = OWN
        stage.session.look()
        await until(lambda: stage.session.outcome == OWN)

    with_stage(journey, Preferences(), newest=TROUBLE)


def test_that_the_daily_look_does_not_come_with_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_session, "FIRST_LOOK", 60.0)

    async def journey(stage: Stage) -> None:
        for _ in range(3):
            stage.change_something()
            await asyncio.sleep(0.02)
        assert stage.asked == 0

    with_stage(journey)


def test_that_a_minute_passes_before_the_first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert release_session.FIRST_LOOK == 60.0


def test_that_the_daily_look_tells_of_a_newer_release_and_remembers_when() -> None:
    async def journey(stage: Stage) -> None:
        await until(stage.news)
        assert stage.news() == NEWER
        assert stage.kept.looked_for_release_at == NOON
        await pause()
        assert stage.asked == 1

    with_stage(journey)


@pytest.mark.parametrize("newest", [OWN, Version(0, 0, 9)])
def test_that_what_is_not_newer_is_no_news(newest: Version) -> None:
    async def journey(stage: Stage) -> None:
        await until(lambda: stage.session.outcome == newest)
        assert stage.news() is None

    with_stage(journey, newest=newest)


def test_that_a_start_within_a_day_asks_nothing() -> None:
    async def journey(stage: Stage) -> None:
        stage.change_something()
        await pause()
        assert stage.asked == 0

    with_stage(
        journey, Preferences(looks_for_releases=True, looked_for_release_at=NOON - LOOK_EVERY + 60)
    )


def test_that_it_sleeps_until_the_day_is_over_and_then_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(release, "LOOK_EVERY", 0.2)

    async def journey(stage: Stage) -> None:
        await until(lambda: stage.asked == 1)
        stage.now += 0.1
        await pause()
        assert stage.asked == 1
        stage.now += 0.15
        await until(lambda: stage.asked == 2)

    with_stage(journey)


def test_that_a_clock_that_stands_still_is_not_watched_in_a_loop() -> None:
    async def journey(stage: Stage) -> None:
        await asyncio.sleep(0.2)
        assert stage.asked == 0
        assert stage.looks_at_the_clock < 40

    last = NOON - LOOK_EVERY + 1e-6
    with_stage(journey, Preferences(looks_for_releases=True, looked_for_release_at=last))


def test_that_a_daily_failure_is_silent_and_tried_again_the_next_day() -> None:
    async def journey(stage: Stage) -> None:
        await until(lambda: stage.asked == 1)
        await turns()
        assert stage.session.outcome is None
        stage.now += LOOK_EVERY - 1
        stage.change_something()
        await pause()
        assert stage.asked == 1
        stage.check.newest_of_all = NEWER
        stage.now += 1
        stage.change_something()
        await until(lambda: stage.news() == NEWER)
        assert stage.asked == 2

    with_stage(journey, newest=TROUBLE)


def test_that_after_a_sleep_of_the_machine_the_first_use_brings_the_look() -> None:
    async def journey(stage: Stage) -> None:
        await until(lambda: stage.asked == 1)
        stage.now += 3 * LOOK_EVERY  # the timer stood still
        await pause()
        assert stage.asked == 1
        stage.change_something()
        await until(lambda: stage.asked == 2)
        await pause()
        assert stage.asked == 2

    with_stage(journey)


def test_that_a_clock_that_jumped_back_neither_ends_the_looking_nor_repeats_it() -> None:
    async def journey(stage: Stage) -> None:
        await pause()
        assert stage.asked == 0
        assert stage.kept.looked_for_release_at == NOON
        stage.now += LOOK_EVERY
        stage.change_something()
        await until(lambda: stage.asked == 1)
        stage.now -= 365 * LOOK_EVERY
        stage.change_something()
        await pause()
        assert stage.asked == 1

    with_stage(
        journey, Preferences(looks_for_releases=True, looked_for_release_at=NOON + 10 * LOOK_EVERY)
    )


def test_that_the_tick_takes_effect_at_once_and_so_does_its_removal() -> None:
    async def journey(stage: Stage) -> None:
        stage.session.switch(on=True)
        stage.session.switch(on=False)
        await pause()
        assert stage.asked == 0
        stage.check.answers.clear()
        stage.session.switch(on=True)
        await until(lambda: stage.asked == 1)
        assert stage.is_asking()
        stage.session.switch(on=False)
        await turns()
        assert not stage.is_asking()
        stage.check.answers.set()
        stage.now += 2 * LOOK_EVERY
        stage.change_something()
        await pause()
        assert stage.asked == 1
        assert stage.news() is None

    with_stage(journey, Preferences())


def test_that_news_once_told_are_not_told_again_and_the_next_release_is() -> None:
    async def journey(stage: Stage) -> None:
        await until(stage.news)
        stage.session.mark_told()
        assert stage.news() == NEWER, "it stays until it is closed"
        stage.session.close_news()
        assert stage.news() is None
        assert stage.kept.told_release == "0.2.0"
        stage.now += LOOK_EVERY
        stage.change_something()
        await until(lambda: stage.asked == 2)
        await turns()
        assert stage.news() is None
        stage.check.newest_of_all = Version(0, 3, 0)
        stage.now += LOOK_EVERY
        stage.change_something()
        await until(lambda: stage.news() == Version(0, 3, 0))

    with_stage(journey)


def test_that_a_closed_session_asks_nothing_more() -> None:
    async def journey(stage: Stage) -> None:
        stage.session.close()
        stage.change_something()
        await pause()
        assert stage.asked == 0

    with_stage(journey)
