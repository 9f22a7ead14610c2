"""Notifications: what a server is sent, which click belongs to what, and no server at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from headwater.adapters.notifications import DesktopNotifications
from tests.fakes import play, scope_without_crash, turns, until
from tests.session_bus import PrivateBus, private_bus

_APP_ID = "io.example.Headwater"


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as private:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", private.address)
        yield private


@asynccontextmanager
async def _notifications() -> AsyncIterator[tuple[DesktopNotifications, list[tuple[str, str]]]]:
    clicks: list[tuple[str, str]] = []
    async with scope_without_crash() as scope:
        notifications = DesktopNotifications(
            lambda key, token: clicks.append((key, token)), scope.start, _APP_ID
        )
        yield notifications, clicks
        notifications.release()
        await turns()


def test_that_a_notification_says_who_sends_it_and_can_be_opened(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_notifications") as server:
            async with _notifications() as (notifications, _):
                assert await notifications.show("Answer ready", "The Rhine rises", "a")
                name, replaces, icon, title, body, actions, hints, time_out = await server.asked(
                    "Notify"
                )
                assert (name, replaces, icon) == ("Headwater", 0, _APP_ID)
                assert (title, body) == ("Answer ready", "The Rhine rises")
                assert actions == ["default", "Open"]
                assert hints == {"desktop-entry": _APP_ID, "urgency": 1}
                assert time_out == -1

    play(journey)


def test_that_the_same_key_replaces_and_another_does_not(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_notifications") as server:
            async with _notifications() as (notifications, _):
                for key in ("a", "b", "a"):
                    assert await notifications.show("Answer ready", "", key)
                replaced = [call[3] for call in server.calls if call[1] == "Notify"]
                assert replaced == [0, 0, 1]
                assert server.members.count("GetCapabilities") == 1

    play(journey)


def test_that_two_of_one_key_at_once_are_one_notification(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_notifications") as server:
            async with _notifications() as (notifications, _):
                shown = (notifications.show("Answer ready", "", "a") for _ in range(2))
                assert await asyncio.gather(*shown) == [True, True]
                assert [call[3] for call in server.calls if call[1] == "Notify"] == [0, 1]

    play(journey)


@pytest.mark.parametrize(
    ("capabilities", "body", "actions"),
    [
        (["body", "body-markup"], "a &lt;b&gt; &amp; 'c'", []),
        (["body", "actions"], "a <b> & 'c'", ["default", "Open"]),
        ([], "a <b> & 'c'", []),
        (None, "a <b> & 'c'", []),
    ],
)
def test_that_a_server_gets_what_it_says_it_understands(
    bus: PrivateBus, capabilities: list[str] | None, body: str, actions: list[str]
) -> None:
    async def journey() -> None:
        with bus.service("mock_notifications", capabilities=capabilities) as server:
            async with _notifications() as (notifications, _):
                assert await notifications.show("<i>", "a <b> & 'c'", "a")
                _, _, _, title, sent, offered, _, _ = await server.asked("Notify")
                assert (title, sent, offered) == ("<i>", body, actions)

    play(journey)


def test_that_text_is_bounded_before_it_is_escaped(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_notifications") as server:
            async with _notifications() as (notifications, _):
                assert await notifications.show("t" * 101, "&" * 301, "a")
                _, _, _, title, body, *_ = await server.asked("Notify")
                assert title == "t" * 99 + "…"
                assert body == "&amp;" * 299 + "…"
                assert await notifications.show("t" * 100, "&" * 300, "a")
                _, _, _, title, body, *_ = await server.asked("Notify", 2)
                assert (title, body) == ("t" * 100, "&amp;" * 300)

    play(journey)


def test_that_text_that_the_bus_does_not_carry_ends_no_connection(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_notifications") as server:
            async with _notifications() as (notifications, _):
                assert await notifications.show("a\0b", "c\ud800d", "a")
                _, _, _, title, body, *_ = await server.asked("Notify")
                assert (title, body) == ("ab", "c?d")

    play(journey)


def test_that_a_click_opens_what_was_clicked_with_its_token(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_notifications") as server:
            async with _notifications() as (notifications, clicks):
                await notifications.show("Answer ready", "", "a")
                await notifications.show("Answer ready", "", "b")
                server.tell("click-shapeless")
                server.tell("other-button", "1")
                server.tell("click", "77", "token-77")
                server.tell("click", "2", "token-2")
                server.tell("token", "2", "token-2")
                server.tell("click", "1")
                await until(lambda: len(clicks) == 2)
                assert clicks == [("b", "token-2"), ("a", "")]

    play(journey)


def test_that_closing_takes_away_what_is_shown_and_only_once(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_notifications") as server:
            async with _notifications() as (notifications, _):
                notifications.close("a")
                await notifications.show("Answer ready", "", "a")
                notifications.close("b")
                notifications.close("a")
                notifications.close("a")
                assert await server.asked("CloseNotification") == [1]
                await notifications.show("Answer ready", "", "a")
                assert server.members.count("CloseNotification") == 1
                assert server.calls[-1][3] == 0

    play(journey)


def test_that_a_server_that_was_replaced_is_not_told_the_numbers_of_the_other(
    bus: PrivateBus,
) -> None:
    async def journey() -> None:
        async with _notifications() as (notifications, clicks):
            with bus.service("mock_notifications"):
                assert await notifications.show("Answer ready", "", "a")
                assert await notifications.show("Answer ready", "", "c")
            assert not await notifications.show("Answer ready", "", "b")
            with bus.service("mock_notifications", capabilities=["body"]) as server:
                notifications.close("c")
                assert await notifications.show("a & b", "", "b")
                await notifications.show("a & b", "a & b", "a")
                calls = [call for call in server.calls if call[1] == "Notify"]
                assert [call[3] for call in calls] == [0, 0]
                assert calls[-1][6] == "a & b"
                assert "CloseNotification" not in server.members
                server.tell("click", "1", "token")
                await until(lambda: clicks)
                assert clicks == [("b", "token")]

    play(journey)


def test_that_a_server_that_is_not_running_yet_is_started(bus: PrivateBus) -> None:
    bus.provide("mock_notifications", "org.freedesktop.Notifications")

    async def journey() -> None:
        async with _notifications() as (notifications, _):
            assert await notifications.show("Answer ready", "", "a")
            assert "actions" in notifications._capabilities

    play(journey)


def test_that_a_desktop_without_server_or_bus_is_left_in_peace() -> None:
    async def journey() -> None:
        async with _notifications() as (notifications, _):
            began = time.monotonic()
            assert not await notifications.show("Answer ready", "", "a")
            notifications.close("a")
            assert time.monotonic() - began < 1

    play(journey)


def test_that_a_bus_without_server_is_left_in_peace(bus: PrivateBus) -> None:
    async def journey() -> None:
        async with _notifications() as (notifications, _):
            began = time.monotonic()
            assert not await notifications.show("Answer ready", "", "a")
            assert time.monotonic() - began < 1

    play(journey)


@pytest.mark.parametrize("reply", ["shapeless", "error"])
def test_that_a_server_that_does_not_show_it_is_believed(bus: PrivateBus, reply: str) -> None:
    async def journey() -> None:
        with bus.service("mock_notifications", reply=reply):
            async with _notifications() as (notifications, _):
                assert not await notifications.show("Answer ready", "", "a")

    play(journey)


def test_that_a_bus_that_dies_is_looked_for_again(
    bus: PrivateBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        async with _notifications() as (notifications, clicks):
            with bus.service("mock_notifications"):
                assert await notifications.show("Answer ready", "", "a")
                bus.end()
                await until(
                    lambda: notifications._bus is not None and not notifications._bus.is_open
                )
                notifications.close("a")
                assert not await notifications.show("Answer ready", "", "a")
            (tmp_path / "next").mkdir()
            with private_bus(tmp_path / "next") as following:
                monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", following.address)
                with following.service("mock_notifications") as server:
                    assert await notifications.show("Answer ready", "", "a")
                    server.tell("click", "1", "token")
                    await until(lambda: clicks)

    play(journey)


def test_that_only_so_many_notifications_are_remembered(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_notifications") as server:
            async with _notifications() as (notifications, clicks):
                for number in range(70):
                    assert await notifications.show("Answer ready", "", str(number))
                server.tell("click", "1")
                server.tell("click", "70")
                await until(lambda: clicks)
                assert clicks == [("69", "")]
                assert len(notifications._ids) == 64

    play(journey)


def test_that_clicks_are_not_heard_after_the_release(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_notifications") as server:
            async with _notifications() as (notifications, clicks):
                await notifications.show("Answer ready", "", "a")
                notifications.release()
                server.tell("click", "1")
                await asyncio.sleep(0.05)
                assert clicks == []

    play(journey)
