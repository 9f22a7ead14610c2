"""What is requested on one frame is done on it, once, and nothing ticks in between."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication

from headwater.ui.frame_clock import FrameClock


@pytest.fixture
def clock(qapp: QApplication) -> Iterator[FrameClock]:
    made = FrameClock(frame=0)
    yield made
    made.stop()
    made.deleteLater()


def test_that_a_callback_is_called_once_however_often_it_is_requested(
    clock: FrameClock,
) -> None:
    calls: list[str] = []

    def note() -> None:
        calls.append("noted")

    clock.request(note)
    clock.request(note)
    clock._tick()
    clock._tick()
    assert calls == ["noted"]


def test_that_what_a_callback_requests_of_another_is_done_in_the_same_frame(
    clock: FrameClock,
) -> None:
    calls: list[str] = []

    def draw() -> None:
        calls.append("drawn")

    def take_news() -> None:
        calls.append("taken")
        clock.request(draw)

    clock.request(take_news)
    clock._tick()
    assert calls == ["taken", "drawn"]
    assert not clock._timer.isActive()


def test_that_a_callback_that_requests_itself_is_called_on_the_next_frame(
    clock: FrameClock,
) -> None:
    calls: list[str] = []

    def draw_a_share() -> None:
        calls.append("a share")
        clock.request(draw_a_share)

    clock.request(draw_a_share)
    clock._tick()
    assert calls == ["a share"]
    assert clock._timer.isActive()
    clock._tick()
    assert calls == ["a share", "a share"]


def test_that_what_brings_news_comes_before_what_draws_them(clock: FrameClock) -> None:
    calls: list[str] = []

    def draw() -> None:
        calls.append("drawn")

    def take_news() -> None:
        calls.append("taken")
        clock.request(draw)

    clock.request(draw)
    clock.request(take_news, is_first=True)
    clock._tick()
    assert calls == ["taken", "drawn"]
    assert not clock._timer.isActive()


def test_that_callbacks_that_request_each_other_do_not_keep_a_frame_from_ending(
    clock: FrameClock,
) -> None:
    calls: list[str] = []

    def one() -> None:
        calls.append("one")
        clock.request(other)

    def other() -> None:
        calls.append("other")
        clock.request(one)

    clock.request(one)
    clock._tick()
    assert calls == ["one", "other"]
    assert clock._timer.isActive()


def test_that_a_callback_forgotten_by_another_of_its_frame_is_not_called(
    clock: FrameClock,
) -> None:
    calls: list[str] = []

    def draw() -> None:
        calls.append("drawn")

    clock.request(lambda: clock.forget(draw))
    clock.request(draw)
    clock._tick()
    assert calls == []


def test_that_an_idle_clock_runs_no_timer(clock: FrameClock) -> None:
    clock.request(lambda: None)
    clock._tick()
    assert not clock._timer.isActive()


def test_that_a_frame_that_somebody_waits_for_does_not_wait_for_its_time(
    qapp: QApplication,
) -> None:
    clock = FrameClock(frame=60_000)
    calls: list[str] = []
    clock.request(lambda: calls.append("first"))
    clock._tick()
    clock.request(lambda: calls.append("second"))
    assert clock._timer.interval() > 1000
    clock.hurry()
    assert clock._timer.interval() == 0
    clock.stop()
    clock.deleteLater()


def test_that_a_clock_with_nothing_to_do_is_not_hurried(clock: FrameClock) -> None:
    clock.hurry()
    assert not clock._timer.isActive()


def test_that_the_rest_of_a_frame_comes_in_a_third_of_the_time(qapp: QApplication) -> None:
    clock = FrameClock(frame=60_000)

    def draw() -> None:
        clock.request(draw, is_rest=True)

    clock.request(draw)
    while not clock._since.isValid():
        qapp.processEvents()  # the first frame comes at once
    assert 19_000 < clock._timer.interval() <= 20_000
    clock.stop()
    clock.request(lambda: None)
    assert 59_000 < clock._timer.interval() <= 60_000
    clock.request(lambda: None, is_rest=True)
    assert 19_000 < clock._timer.interval() <= 20_000, "news that wait are no reason to wait"
    clock.hurry()
    clock.request(lambda: None, is_rest=True)
    assert clock._timer.interval() == 0
    clock.stop()
    clock.deleteLater()


def test_that_an_eighth_of_a_frame_is_left_to_others_however_long_the_last_one_took(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FrameClock(frame=8000)
    for elapsed, wait in ((0, 2666), (1000, 1666), (2000, 1000), (9000, 1000)):
        since = SimpleNamespace(isValid=lambda: True, elapsed=lambda taken=elapsed: taken)
        monkeypatch.setattr(clock, "_since", since)
        clock.request(print, is_rest=True)
        assert clock._timer.interval() == wait
        clock.stop()
    clock.deleteLater()


def test_that_others_have_their_turn_where_the_first_callbacks_take_all_of_a_frame(
    qapp: QApplication,
) -> None:
    clock = FrameClock(frame=20)
    calls: list[str] = []

    def take_news() -> None:
        calls.append("taken")
        clock.request(draw)
        sleep(0.03)

    def draw() -> None:
        calls.append("drawn")

    clock.request(take_news)
    clock._tick()
    assert calls == ["taken"]
    assert clock._timer.interval() == 2
    clock._tick()
    assert calls == ["taken", "drawn"]
    assert not clock._timer.isActive()
    clock.deleteLater()
