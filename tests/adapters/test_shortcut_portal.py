"""The quick-ask key from the desktop's portal: asked for once, and never claimed without it."""

from __future__ import annotations

import asyncio
import ctypes
import ctypes.util
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from headwater.adapters import shortcut_portal
from headwater.adapters.shortcut_portal import PortalShortcut, trigger
from headwater.domain.shortcut import KEYS, KeyCombination, ShortcutState, ShortcutStatus
from headwater.session.ports import ShortcutBackend
from tests.fakes import play, scope_without_crash, turns, until
from tests.session_bus import PrivateBus, Service, private_bus

_APP_ID = "io.example.Headwater"
_KEYS = KeyCombination.parse("Ctrl+Alt+Space")
_ACTIVE = ShortcutState(ShortcutStatus.ACTIVE, "Press CTRL+ALT+space")
_PORTAL_OBJECT = "org.freedesktop.portal"


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as private:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", private.address)
        yield private


class _Wish:
    """A shortcut, and all that it said."""

    def __init__(self) -> None:
        self.states: list[ShortcutState] = []
        self.tokens: list[str] = []
        self.shortcut: ShortcutBackend

    @property
    def status(self) -> ShortcutStatus:
        return self.states[-1].status

    @property
    def statuses(self) -> list[str]:
        return [state.status.value for state in self.states]

    async def says(self, status: ShortcutStatus) -> ShortcutState:
        await until(lambda: self.status == status)
        return self.states[-1]


@asynccontextmanager
async def _wish(*, bound: bool = True) -> AsyncIterator[_Wish]:
    wish = _Wish()
    async with scope_without_crash() as scope:
        wish.shortcut = PortalShortcut(wish.states.append, wish.tokens.append, scope.start, _APP_ID)
        if bound:
            wish.shortcut.bind(_KEYS)
        yield wish
        wish.shortcut.release()
        await turns()


async def _end(bus: PrivateBus, **manners: object) -> ShortcutState:
    """Ask a portal of such manners and return the first state after asking."""
    with bus.service("mock_portal", **manners):
        async with _wish() as wish:
            await until(lambda: len(wish.states) > 1)
            return wish.states[1]


# What is asked for


def test_that_every_key_has_a_name_that_libxkbcommon_knows() -> None:
    library = ctypes.CDLL(ctypes.util.find_library("xkbcommon") or "libxkbcommon.so.0")
    library.xkb_keysym_from_name.restype = ctypes.c_uint32
    names = {key: trigger(KeyCombination(frozenset(), key)) for key in KEYS}

    unknown = [n for n in names.values() if not library.xkb_keysym_from_name(n.encode(), 0)]

    assert unknown == []
    assert len(set(names.values())) == len(KEYS)


def test_that_modifiers_are_written_as_the_shortcuts_specification_does() -> None:
    assert trigger(KeyCombination.parse("Ctrl+Alt+Space")) == "CTRL+ALT+space"
    assert trigger(KeyCombination.parse("Super+Shift+K")) == "SHIFT+LOGO+k"
    assert trigger(KeyCombination.parse("F9")) == "F9"


def test_that_the_key_is_asked_for_once_and_told_in_the_portals_words(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_portal", needs_app_id=True) as portal:
            async with _wish() as wish:
                assert wish.statuses == ["asking"]
                assert await wish.says(ShortcutStatus.ACTIVE) == _ACTIVE
                assert portal.members == ["Register", "Get", "CreateSession", "BindShortcuts"]
                assert portal.calls[0][2:] == [_APP_ID, {}]
                assert portal.calls[2][2]["session_handle_token"] == "headwater"
                _, shortcuts, window, _ = portal.calls[3][2:]
                assert [name for name, _ in shortcuts] == ["quick-ask"]
                assert shortcuts[0][1]["preferred_trigger"] == "CTRL+ALT+space"
                assert window == ""

    play(journey)


def test_that_the_program_registers_before_anything_else_on_its_connection(
    bus: PrivateBus,
) -> None:
    """The portal decides at the first call who a connection belongs to."""

    async def journey() -> None:
        with bus.service("mock_portal", needs_app_id=True) as portal:
            async with _wish() as wish:
                await wish.says(ShortcutStatus.ACTIVE)
                assert portal.calls[0][:2] == ["org.freedesktop.host.portal.Registry", "Register"]
                wish.shortcut.bind(KeyCombination.parse("Ctrl+Alt+K"))
                await portal.asked("BindShortcuts", 2)
                assert portal.members.count("Close") == 1
                await wish.says(ShortcutStatus.ACTIVE)
                assert wish.states[-1].keys == "Press CTRL+ALT+k"
                portal.tell("press", "one")
                await until(lambda: wish.tokens)
                assert wish.tokens == ["one"]

    play(journey)


def test_that_a_portal_that_chooses_its_own_handles_is_understood(bus: PrivateBus) -> None:
    async def journey() -> None:
        assert await _end(bus, own_handles=True) == _ACTIVE

    play(journey)


# Presses


def test_that_a_press_arrives_with_its_token(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_portal") as portal:
            async with _wish() as wish:
                await wish.says(ShortcutStatus.ACTIVE)
                portal.tell("press-other")
                portal.tell("press-shapeless")
                portal.tell("press", "token-1")
                portal.tell("press")
                await until(lambda: len(wish.tokens) == 2)
                assert wish.tokens == ["token-1", ""]

    play(journey)


def test_that_a_change_of_the_key_in_the_desktops_settings_is_told(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_portal") as portal:
            async with _wish() as wish:
                await wish.says(ShortcutStatus.ACTIVE)
                portal.tell("change-shapeless")
                portal.tell("change", "Meta+J")
                await until(lambda: wish.states[-1].keys == "Meta+J")
                assert wish.states[-1].is_active
                portal.tell("change")
                assert "no key" in (await wish.says(ShortcutStatus.UNAVAILABLE)).problem

    play(journey)


# A desktop that gives no key


def test_that_no_bus_is_said_with_the_way_around_it() -> None:
    async def journey() -> None:
        async with _wish() as wish:
            state = await wish.says(ShortcutStatus.UNAVAILABLE)
            assert "session bus" in state.problem
            assert "headwater --quick-ask" in state.remedy

    play(journey)


def test_that_a_desktop_without_portal_is_said_and_one_that_comes_later_is_asked(
    bus: PrivateBus,
) -> None:
    async def journey() -> None:
        async with _wish() as wish:
            state = await wish.says(ShortcutStatus.UNAVAILABLE)
            assert "no portal service" in state.problem
            assert "headwater --quick-ask" in state.remedy
            with bus.service("mock_portal"):
                await wish.says(ShortcutStatus.ACTIVE)

    play(journey)


def test_that_a_portal_without_shortcuts_is_said(bus: PrivateBus) -> None:
    async def journey() -> None:
        state = await _end(bus, has_shortcuts=False)
        assert state.status is ShortcutStatus.UNAVAILABLE
        assert "does not hand out keys" in state.problem
        assert "headwater --quick-ask" in state.remedy

    play(journey)


def test_that_a_denial_is_said_and_nobody_is_asked_again_by_itself(bus: PrivateBus) -> None:
    async def journey() -> None:
        async with _wish() as wish:
            await wish.says(ShortcutStatus.UNAVAILABLE)
            with bus.service("mock_portal", bind="deny") as portal:
                state = await wish.says(ShortcutStatus.DENIED)
                assert state.problem == "You declined the key when the desktop asked."
                await portal.asked("Close")
            with bus.service("mock_portal") as portal:
                await asyncio.sleep(0.1)
                assert portal.calls == []
                assert wish.status is ShortcutStatus.DENIED
                wish.shortcut.bind(_KEYS)
                await wish.says(ShortcutStatus.ACTIVE)

    play(journey)


@pytest.mark.parametrize("step", ["create", "bind"])
def test_that_a_request_that_ended_otherwise_is_no_denial(bus: PrivateBus, step: str) -> None:
    async def journey() -> None:
        state = await _end(bus, **{step: "end"})
        assert state.status is ShortcutStatus.FAILED
        assert "ended the request" in state.problem

    play(journey)


def test_that_a_program_the_desktop_does_not_know_is_told_why(bus: PrivateBus) -> None:
    async def journey() -> None:
        state = await _end(bus, needs_app_id=True, registry="unknown")
        assert state.status is ShortcutStatus.UNAVAILABLE
        assert "desktop file" in state.problem
        assert f"App info not found for '{_APP_ID}'" in state.problem
        assert "headwater --quick-ask" in state.remedy

    play(journey)


@pytest.mark.parametrize("registry", ["missing", "unknown"])
def test_that_a_portal_that_needs_no_registry_gives_the_key_without(
    bus: PrivateBus, registry: str
) -> None:
    async def journey() -> None:
        assert await _end(bus, registry=registry) == _ACTIVE

    play(journey)


@pytest.mark.parametrize("bind", ["empty", "blank"])
def test_that_a_shortcut_without_key_is_not_active_until_it_has_one(
    bus: PrivateBus, bind: str
) -> None:
    """KDE 5 returns an empty list, Hyprland an empty description: keys are set elsewhere."""

    async def journey() -> None:
        with bus.service("mock_portal", bind=bind) as portal:
            async with _wish() as wish:
                state = await wish.says(ShortcutStatus.UNAVAILABLE)
                assert "no key for it yet" in state.problem
                assert "shortcut settings" in state.remedy
                assert portal.members.count("BindShortcuts") == 1
                portal.tell("change", "Meta+J")
                await wish.says(ShortcutStatus.ACTIVE)
                assert wish.states[-1].keys == "Meta+J"

    play(journey)


def test_that_a_press_proves_a_key_that_the_desktop_does_not_name(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_portal", bind="blank") as portal:
            async with _wish() as wish:
                await wish.says(ShortcutStatus.UNAVAILABLE)
                portal.tell("press", "token")
                assert (await wish.says(ShortcutStatus.ACTIVE)).keys == ""
                assert wish.tokens == ["token"]

    play(journey)


def test_that_a_key_that_only_the_list_names_is_told(bus: PrivateBus) -> None:
    async def journey() -> None:
        assert (await _end(bus, bind="listed")).keys == "Ctrl+L"

    play(journey)


@pytest.mark.parametrize(
    "manners",
    [
        {"create": "wrong"},
        {"create": "shapeless"},
        {"bind": "shapeless"},
        {"bind": "wrong"},
        {"bind": "numbers"},
        {"responds_shapeless": True},
    ],
    ids=str,
)
def test_that_an_answer_of_another_shape_is_a_failure_and_no_crash(
    bus: PrivateBus, manners: dict[str, object]
) -> None:
    async def journey() -> None:
        state = await _end(bus, **manners)
        assert state.status is ShortcutStatus.FAILED
        assert "makes no sense" in state.problem

    play(journey)


def test_that_a_refusal_is_quoted_as_one_harmless_line(bus: PrivateBus) -> None:
    async def journey() -> None:
        state = await _end(bus, create="refuse")
        assert state.status is ShortcutStatus.FAILED
        assert state.problem.endswith("The desktop says: Not today, thank you")

    play(journey)


def test_that_a_portal_that_never_answers_is_not_waited_for_without_limit(
    bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortcut_portal, "_ANSWER", 0.2)

    async def journey() -> None:
        state = await _end(bus, hangs=True)
        assert state.status is ShortcutStatus.FAILED
        assert "did not answer" in state.problem

    play(journey)


# Letting go


def test_that_releasing_closes_the_session_and_says_nothing_more(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_portal") as portal:
            async with _wish() as wish:
                await wish.says(ShortcutStatus.ACTIVE)
                said = len(wish.states)
                portal.tell("press", "late")
                wish.shortcut.release()
                await portal.asked("Close")
                assert portal.calls[-1][0] == f"{_PORTAL_OBJECT}.Session"
                assert (wish.tokens, len(wish.states)) == ([], said)

    play(journey)


def test_that_a_press_may_release_the_key_and_hears_nothing_more(bus: PrivateBus) -> None:
    async def journey() -> None:
        states: list[ShortcutState] = []
        tokens: list[str] = []
        with bus.service("mock_portal") as portal:
            async with scope_without_crash() as scope:

                def pressed(token: str) -> None:
                    tokens.append(token)
                    shortcut.release()

                shortcut = PortalShortcut(states.append, pressed, scope.start, _APP_ID)
                shortcut.bind(_KEYS)
                await until(lambda: states[-1].is_active)
                portal.tell("press-and-change")
                await portal.asked("Close")
        assert tokens == [""]
        assert len(states) == 2

    play(journey)


def test_that_releasing_takes_the_desktops_question_off_the_screen(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_portal", bind="wait") as portal:
            async with _wish() as wish:
                await portal.asked("BindShortcuts")
                await asyncio.sleep(0.05)
                assert wish.statuses == ["asking"]
                wish.shortcut.release()
                await portal.asked("Close", 2)
                closed = [call[0] for call in portal.calls if call[1] == "Close"]
                assert closed == [f"{_PORTAL_OBJECT}.Request", f"{_PORTAL_OBJECT}.Session"]
                portal.tell("answer", "grant")
                await asyncio.sleep(0.05)
                assert wish.statuses == ["asking"]

    play(journey)


def test_that_a_person_may_take_minutes_to_answer(bus: PrivateBus) -> None:
    assert shortcut_portal._DIALOG >= 300

    async def journey() -> None:
        with bus.service("mock_portal", bind="wait") as portal:
            async with _wish() as wish:
                await portal.asked("BindShortcuts")
                await asyncio.sleep(0.05)
                portal.tell("answer", "grant")
                assert (await wish.says(ShortcutStatus.ACTIVE)).keys == "Ctrl+W"

    play(journey)


def test_that_releasing_before_anything_was_asked_is_harmless(bus: PrivateBus) -> None:
    async def journey() -> None:
        async with _wish(bound=False) as wish:
            wish.shortcut.release()
            wish.shortcut.bind(_KEYS)
            wish.shortcut.release()
            wish.shortcut.release()
            await asyncio.sleep(0.05)
            assert wish.statuses == ["asking"]

    play(journey)


def test_that_the_end_of_the_scope_gives_the_key_back(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_portal") as portal:
            for times in range(1, 9):  # which of its tasks is cancelled first is left to chance
                wish = _Wish()
                async with scope_without_crash() as scope:
                    wish.shortcut = PortalShortcut(
                        wish.states.append, wish.tokens.append, scope.start, _APP_ID
                    )
                    wish.shortcut.bind(_KEYS)
                    await wish.says(ShortcutStatus.ACTIVE)
                await portal.asked("Close", times)
                assert wish.statuses == ["asking", "active"]

    play(journey)


# What ends by itself


async def _pressed(wish: _Wish, portal: Service, token: str) -> None:
    portal.tell("press", token)
    await until(lambda: wish.tokens[-1:] == [token])


def test_that_a_portal_that_restarts_is_asked_again(bus: PrivateBus) -> None:
    async def journey() -> None:
        async with _wish() as wish:
            await wish.says(ShortcutStatus.UNAVAILABLE)
            for round_ in ("one", "two", "three", "four"):
                with bus.service("mock_portal", needs_app_id=True) as portal:
                    await wish.says(ShortcutStatus.ACTIVE)
                    await _pressed(wish, portal, round_)
                    assert portal.members.count("BindShortcuts") == 1
                state = await wish.says(ShortcutStatus.ASKING)
                assert state.problem == "The desktop's portal has stopped."

    play(journey)


def test_that_a_portal_that_closes_its_sessions_before_it_stops_is_asked_again(
    bus: PrivateBus,
) -> None:
    async def journey() -> None:
        async with _wish() as wish:
            await wish.says(ShortcutStatus.UNAVAILABLE)
            with bus.service("mock_portal") as portal:
                await wish.says(ShortcutStatus.ACTIVE)
                portal.tell("close")
                await asyncio.sleep(0.05)
            await wish.says(ShortcutStatus.ASKING)
            with bus.service("mock_portal"):
                await wish.says(ShortcutStatus.ACTIVE)

    play(journey)


def test_that_a_portal_that_stops_during_the_question_is_asked_again(bus: PrivateBus) -> None:
    async def journey() -> None:
        async with _wish() as wish:
            await wish.says(ShortcutStatus.UNAVAILABLE)
            with bus.service("mock_portal", bind="wait") as portal:
                await portal.asked("BindShortcuts")
                await asyncio.sleep(0.05)
            await until(lambda: wish.states[-1].problem)
            assert wish.status is ShortcutStatus.ASKING
            with bus.service("mock_portal"):
                await wish.says(ShortcutStatus.ACTIVE)

    play(journey)


def test_that_a_portal_that_always_stops_when_asked_is_left_alone(bus: PrivateBus) -> None:
    async def journey() -> None:
        async with _wish() as wish:
            await wish.says(ShortcutStatus.UNAVAILABLE)
            for _ in range(3):
                with bus.service("mock_portal", bind="wait") as portal:
                    await portal.asked("BindShortcuts")
                await until(lambda: wish.states[-1].problem)
            assert "stops whenever" in (await wish.says(ShortcutStatus.FAILED)).problem
            with bus.service("mock_portal") as portal:
                await asyncio.sleep(0.1)
                assert portal.calls == []

    play(journey)


def test_that_a_portal_that_does_not_come_back_is_woken_or_else_said_to_be_gone(
    bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortcut_portal, "_COMING_BACK", 0.1)

    async def journey() -> None:
        async with _wish() as wish:
            await wish.says(ShortcutStatus.UNAVAILABLE)
            with bus.service("mock_portal"):
                await wish.says(ShortcutStatus.ACTIVE)
            state = await wish.says(ShortcutStatus.UNAVAILABLE)
            assert "has not come back" in state.problem
            with bus.service("mock_portal"):
                await wish.says(ShortcutStatus.ACTIVE)
                bus.provide("mock_portal", "org.freedesktop.portal.Desktop")
            await until(lambda: wish.statuses[-3:] == ["active", "asking", "asking"])
            await wish.says(ShortcutStatus.ACTIVE)

    play(journey)


def test_that_a_portal_that_is_not_running_yet_is_started(bus: PrivateBus) -> None:
    bus.provide("mock_portal", "org.freedesktop.portal.Desktop")

    async def journey() -> None:
        async with _wish() as wish:
            await wish.says(ShortcutStatus.ACTIVE)
            assert wish.statuses == ["asking", "active"]

    play(journey)


def test_that_a_session_that_the_portal_closes_is_said_and_not_asked_for_again(
    bus: PrivateBus,
) -> None:
    async def journey() -> None:
        with bus.service("mock_portal") as portal:
            async with _wish() as wish:
                await wish.says(ShortcutStatus.ACTIVE)
                portal.tell("close")
                state = await wish.says(ShortcutStatus.FAILED)
                assert state.problem == "The desktop has taken the key back."
                await asyncio.sleep(0.05)
                assert portal.members.count("BindShortcuts") == 1

    play(journey)


def test_that_a_session_that_is_closed_during_the_question_ends_the_asking(
    bus: PrivateBus,
) -> None:
    async def journey() -> None:
        with bus.service("mock_portal", bind="wait") as portal:
            async with _wish() as wish:
                await portal.asked("BindShortcuts")
                await asyncio.sleep(0.05)
                portal.tell("close")
                assert "taken the key back" in (await wish.says(ShortcutStatus.FAILED)).problem

    play(journey)


@pytest.mark.parametrize("manners", [{}, {"bind": "wait"}], ids=["active", "asking"])
def test_that_a_bus_that_dies_is_said_and_nothing_crashes(
    bus: PrivateBus, manners: dict[str, object]
) -> None:
    async def journey() -> None:
        with bus.service("mock_portal", **manners) as portal:
            async with _wish() as wish:
                await portal.asked("BindShortcuts")
                if not manners:
                    await wish.says(ShortcutStatus.ACTIVE)
                bus.end()
                state = await wish.says(ShortcutStatus.UNAVAILABLE)
                assert "session bus has ended" in state.problem

    play(journey)


def test_that_a_bus_that_stops_answering_does_not_hold_up_the_release(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_portal"):
            async with _wish() as wish:
                await wish.says(ShortcutStatus.ACTIVE)
                bus.daemon.send_signal(signal.SIGSTOP)

    play(journey, limit=3.0)


def test_that_it_is_named_on_the_preferences_page() -> None:
    async def journey() -> None:
        async with _wish(bound=False) as wish:
            assert wish.shortcut.name == "Desktop portal"

    play(journey)
