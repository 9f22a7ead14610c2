"""Preferences are told at once and kept a moment later."""

from __future__ import annotations

import asyncio

from headwater.domain.preferences import Preferences, Theme
from headwater.session.preference_session import PreferenceSession
from headwater.session.task_scope import TaskScope
from tests.fakes import play, scope_without_crash, until


class Store:
    """A file in memory that may refuse, or take its time."""

    def __init__(self) -> None:
        self.written: list[Preferences] = []
        self.problem = ""
        self.delay = 0.0

    async def write(self, preferences: Preferences) -> str:
        await asyncio.sleep(self.delay)
        if not self.problem:
            self.written.append(preferences)
        return self.problem


def session_on(store: Store, scope: TaskScope, retry_time: float = 9.0) -> PreferenceSession:
    return PreferenceSession(
        Preferences(), store, scope, gathering_time=0.02, retry_time=retry_time
    )


def test_that_a_change_is_seen_at_once_and_told_once() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            session = session_on(Store(), scope)
            seen: list[Theme] = []
            session.changed.add(lambda: seen.append(session.now.theme))
            session.update(theme=Theme.DARK)
            session.update(theme=Theme.DARK)
            session.set(session.now)
            assert seen == [Theme.DARK]

    play(journey)


def test_that_changes_in_quick_succession_are_written_once() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            store = Store()
            session = session_on(store, scope)
            for count in range(50):
                session.update(window_state=str(count))
            await until(lambda: store.written)
            await asyncio.sleep(0.04)
            assert [p.window_state for p in store.written] == ["49"]

    play(journey)


def test_that_a_change_during_a_write_is_written_after_it() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            store = Store()
            store.delay = 0.03
            session = session_on(store, scope)
            session.update(window_state="one")
            await asyncio.sleep(0.035)
            session.update(window_state="two")
            await until(lambda: len(store.written) == 2)
            assert [p.window_state for p in store.written] == ["one", "two"]

    play(journey)


def test_that_a_change_that_is_taken_back_is_not_written() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            store = Store()
            session = session_on(store, scope)
            session.update(theme=Theme.DARK)
            session.update(theme=Theme.SYSTEM)
            await asyncio.sleep(0.04)
            await session.close()
            assert store.written == []

    play(journey)


def test_that_closing_writes_what_is_not_written_yet() -> None:
    async def journey() -> None:
        store = Store()
        async with scope_without_crash() as scope:
            session = session_on(store, scope)
            session.update(theme=Theme.DARK)
            await session.close()
            assert [p.theme for p in store.written] == [Theme.DARK]
        assert len(store.written) == 1

    play(journey)


def test_that_R37_a_refusing_disk_is_told_once_and_forgotten_when_it_takes_them() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            store = Store()
            store.problem = "The disk is full."
            session = session_on(store, scope)
            told: list[str] = []
            session.changed.add(lambda: told.append(session.problem))
            session.update(window_state="one")
            await until(lambda: session.problem)
            session.update(window_state="two")
            await asyncio.sleep(0.04)
            assert told == ["", "The disk is full.", "The disk is full."]
            store.problem = ""
            await session.close()
            assert session.problem == ""
            assert [p.window_state for p in store.written] == ["two"]

    play(journey)


def test_that_R37_a_refusing_disk_is_asked_again_until_it_takes_them() -> None:
    async def journey() -> None:
        async with scope_without_crash() as scope:
            store = Store()
            store.problem = "The disk is full."
            session = session_on(store, scope, retry_time=0.01)
            session.update(draft="What was typed")
            await until(lambda: session.problem)
            await asyncio.sleep(0.05)
            store.problem = ""
            await until(lambda: not session.problem)
            assert [p.draft for p in store.written] == ["What was typed"]
            await asyncio.sleep(0.05)
            assert len(store.written) == 1

    play(journey)
