"""A picture of the screen by the desktop's portal: read whole, or refused in plain words."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.adapters import screenshot_portal
from headwater.adapters.screenshot_portal import ScreenshotError, ScreenshotPortal
from tests.fakes import play, scope_without_crash, turns, until
from tests.session_bus import PrivateBus, private_bus

_APP_ID = "io.example.Headwater"
_PNG = b"\x89PNG\r\n\x1a\n and what follows"


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    with private_bus(tmp_path) as private:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", private.address)
        yield private


async def _take() -> bytes | None:
    async with scope_without_crash() as scope:
        try:
            return await ScreenshotPortal(scope.start, _APP_ID).take("x11:2a")
        finally:
            await turns()
            assert scope._tasks == set(), "the connection is still open"


async def _refused(bus: PrivateBus, **manners: object) -> str:
    with bus.service("mock_portal", **manners), pytest.raises(ScreenshotError) as caught:
        await _take()
    return str(caught.value)


def test_that_the_picture_is_read_and_left_where_it_is(bus: PrivateBus, tmp_path: Path) -> None:
    picture = tmp_path / "Bild ä 1.png"
    picture.write_bytes(_PNG)

    async def journey() -> None:
        with bus.service("mock_portal", uri=picture.as_uri()) as portal:
            assert await _take() == _PNG
            window, options = await portal.asked("Screenshot")
            assert window == "x11:2a"
            assert options["interactive"] is True
            assert portal.members == ["Register", "Get", "Screenshot"]
        assert picture.read_bytes() == _PNG

    play(journey)


def test_that_a_uri_may_name_this_machine(bus: PrivateBus, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(_PNG)

    async def journey() -> None:
        with bus.service("mock_portal", uri=f"file://localhost{tmp_path}/a.png"):
            assert await _take() == _PNG

    play(journey)


def test_that_a_person_who_thinks_better_of_it_gets_no_picture_and_no_error(
    bus: PrivateBus,
) -> None:
    async def journey() -> None:
        with bus.service("mock_portal", screenshot="deny"):
            assert await _take() is None

    play(journey)


@pytest.mark.parametrize("manner", ["end", "refuse"])
def test_that_a_picture_that_was_not_taken_is_said(bus: PrivateBus, manner: str) -> None:
    async def journey() -> None:
        said = await _refused(bus, screenshot=manner)
        assert said == "The desktop did not take the picture."

    play(journey)


@pytest.mark.parametrize(
    "uri",
    [
        *("", "not a uri", "http://example.org/a.png", "file://elsewhere/etc/hostname"),
        *("file:///nowhere/at/all.png", "file:///a%00b", "file://[/a", "file:///dev/zero"),
        *("file:///etc/passwd", "file:///", "data:image/png;base64,iVBORw0KGgo="),
    ],
)
def test_that_only_a_picture_on_this_machine_is_read(bus: PrivateBus, uri: str) -> None:
    async def journey() -> None:
        said = await _refused(bus, uri=uri)
        assert said == "The picture that the desktop took cannot be read."

    play(journey)


@pytest.mark.parametrize("place", ["file://elsewhere", "http://localhost", "//localhost"])
def test_that_a_picture_elsewhere_is_not_looked_for_here(
    bus: PrivateBus, tmp_path: Path, place: str
) -> None:
    (tmp_path / "a.png").write_bytes(_PNG)

    async def journey() -> None:
        said = await _refused(bus, uri=f"{place}{tmp_path}/a.png")
        assert said == "The picture that the desktop took cannot be read."

    play(journey)


def test_that_a_pipe_in_the_place_of_a_picture_is_not_waited_for(
    bus: PrivateBus, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.png")

    async def journey() -> None:
        said = await _refused(bus, uri=(tmp_path / "pipe.png").as_uri())
        assert said == "The picture that the desktop took cannot be read."

    play(journey)


def test_that_a_picture_that_is_too_large_is_refused(
    bus: PrivateBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert screenshot_portal._LARGEST == 20 * 1024 * 1024
    monkeypatch.setattr(screenshot_portal, "_LARGEST", len(_PNG))
    (tmp_path / "a.png").write_bytes(_PNG)
    (tmp_path / "b.png").write_bytes(_PNG + b"!")

    async def journey() -> None:
        with bus.service("mock_portal", uri=(tmp_path / "a.png").as_uri()):
            assert await _take() == _PNG
        said = await _refused(bus, uri=(tmp_path / "b.png").as_uri())
        assert said == "The picture is larger than 20 MB."

    play(journey)


@pytest.mark.parametrize("manners", [{"screenshot": "shapeless"}, {"responds_shapeless": True}])
def test_that_an_answer_of_another_shape_is_said(
    bus: PrivateBus, manners: dict[str, object]
) -> None:
    async def journey() -> None:
        assert "makes no sense" in await _refused(bus, **manners)

    play(journey)


def test_that_a_desktop_without_that_portal_is_said(bus: PrivateBus) -> None:
    async def journey() -> None:
        assert "no portal" in await _refused(bus, has_shortcuts=False)
        with pytest.raises(ScreenshotError, match="no portal"):
            await _take()

    play(journey)


def test_that_no_bus_is_said() -> None:
    async def journey() -> None:
        with pytest.raises(ScreenshotError, match="session bus"):
            await _take()

    play(journey)


def test_that_a_portal_or_a_bus_that_ends_meanwhile_is_said(bus: PrivateBus) -> None:
    async def journey() -> None:
        for thing, words in (("portal", "portal stopped"), ("bus", "session bus has ended")):
            with bus.service("mock_portal", screenshot="wait") as portal:
                async with asyncio.TaskGroup() as group:
                    said = group.create_task(_said())
                    await portal.asked("Screenshot")
                    await asyncio.sleep(0.05)
                    portal.end() if thing == "portal" else bus.end()
                    assert words in await said

    async def _said() -> str:
        with pytest.raises(ScreenshotError) as caught:
            await _take()
        return str(caught.value)

    play(journey)


def test_that_cancelling_takes_the_dialog_away(bus: PrivateBus) -> None:
    async def journey() -> None:
        with bus.service("mock_portal", screenshot="wait") as portal:
            async with scope_without_crash() as scope:
                taking = scope.start(_forget(scope.start), "a picture")
                await portal.asked("Screenshot")
                await asyncio.sleep(0.05)
                taking.cancel()
                await until(lambda: "Close" in portal.members)

    async def _forget(start: object) -> None:
        await ScreenshotPortal(start, _APP_ID).take()  # type: ignore[arg-type]

    play(journey)
