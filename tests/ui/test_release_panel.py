"""The preferences say truly what is known of newer releases, and what a look sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QPushButton, QWidget

from headwater.domain.failure import Failure, FailureKind
from headwater.domain.preferences import Preferences
from headwater.domain.release import ReleasePlace, Version
from headwater.session.preference_session import PreferenceSession
from headwater.session.release_session import ReleaseSession
from headwater.ui.preferences_dialog import PreferencesDialog
from headwater.ui.release_panel import ReleasePanel
from tests.fakes import FakeReleases, FakeStore, play, scope_without_crash, turns, until
from tests.ui.shortcut_stage import button, words

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

PLACE = ReleasePlace("owner/name")
OWN = Version(0, 1, 0)
TROUBLE = Failure(FailureKind.NOT_CONNECTED, "It cannot\u202e be reached.", "Try <b>again</b>.")


class Opened:
    """The preferences, and what stands behind them."""

    def __init__(
        self, qapp: QApplication, kept: PreferenceSession, releases: ReleaseSession
    ) -> None:
        self.qapp = qapp
        self.kept = kept
        self.releases = releases
        self.opened: list[str] = []
        self._window = QWidget()
        panel = ReleasePanel(releases, self.opened.append)
        self.dialog = PreferencesDialog(kept, "Kept here.", self._window, None, panel)
        self.dialog.open()
        qapp.processEvents()

    @property
    def told(self) -> list[str]:
        return words(self.dialog)

    @property
    def buttons(self) -> list[str]:
        found = self.dialog.findChildren(QPushButton)
        others = {"Delete everything…"}
        return [each.text() for each in found if each.isVisible() and each.text() not in others]

    @property
    def boxes(self) -> list[QCheckBox]:
        return self.dialog.findChildren(QCheckBox)

    def close(self) -> None:
        self.dialog.reject()
        self._window.deleteLater()
        self.qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@contextmanager
def opened(
    qapp: QApplication, kept: PreferenceSession, releases: ReleaseSession
) -> Iterator[Opened]:
    place = Opened(qapp, kept, releases)
    yield place
    place.close()


def with_releases(
    journey: Callable[[PreferenceSession, ReleaseSession, FakeReleases], Awaitable[None]],
    newest: Version | Failure,
    place: ReleasePlace | None = PLACE,
) -> None:
    async def run() -> None:
        async with scope_without_crash() as scope:
            kept = PreferenceSession(Preferences(), FakeStore(), scope, 0.0)
            check = FakeReleases(newest)
            releases = ReleaseSession(OWN, place, check, kept, scope)
            await journey(kept, releases, check)
            releases.close()
            await kept.close()

    play(run)


@pytest.mark.parametrize(
    ("newest", "said", "has_page"),
    [
        (OWN, "Headwater 0.1.0 is the newest release.", False),
        (Version(0, 2, 0), "Headwater 0.2.0 is out.", True),
        (Version(0, 0, 9), "The newest release is Headwater 0.0.9; this one is newer.", False),
        (TROUBLE, "It cannot be reached. Try <b>again</b>.", False),
    ],
)
def test_that_a_look_says_what_it_found(
    qapp: QApplication, newest: Version | Failure, said: str, has_page: bool
) -> None:
    async def journey(
        kept: PreferenceSession, releases: ReleaseSession, check: FakeReleases
    ) -> None:
        check.answers.clear()
        with opened(qapp, kept, releases) as place:
            assert "Open its page" not in place.buttons
            button(place.dialog, "Look for a newer release").click()
            assert "Looking…" in place.told
            check.answers.set()
            await until(lambda: not releases.is_asking)
            assert said in place.told
            assert ("Open its page" in place.buttons) == has_page
            if has_page:
                button(place.dialog, "Open its page").click()
            assert place.opened == (
                ["https://github.com/owner/name/releases/latest"] if has_page else []
            )
            assert len(check.asked) == 1

    with_releases(journey, newest)


def test_that_it_says_whom_it_asks_and_what_is_sent(qapp: QApplication) -> None:
    async def journey(
        kept: PreferenceSession, releases: ReleaseSession, check: FakeReleases
    ) -> None:
        with opened(qapp, kept, releases) as place:
            assert (
                "Asks api.github.com for the number of the newest release and says that Headwater"
                " 0.1.0 asks. Nothing else is sent."
            ) in place.told

    with_releases(journey, OWN)


def test_that_the_tick_is_off_until_it_is_set_and_kept_at_once(qapp: QApplication) -> None:
    async def journey(
        kept: PreferenceSession, releases: ReleaseSession, check: FakeReleases
    ) -> None:
        with opened(qapp, kept, releases) as place:
            (box,) = place.boxes
            assert box.text() == "Look once a day"
            assert not box.isChecked()
            box.click()
            assert kept.now.looks_for_releases
        with opened(qapp, kept, releases) as place:
            (box,) = place.boxes
            assert box.isChecked()
            box.click()
            assert not kept.now.looks_for_releases

    with_releases(journey, OWN)


def test_that_a_build_that_knows_no_place_says_so_and_offers_nothing(qapp: QApplication) -> None:
    async def journey(
        kept: PreferenceSession, releases: ReleaseSession, check: FakeReleases
    ) -> None:
        with opened(qapp, kept, releases) as place:
            assert (
                "This build does not know where releases of Headwater are published." in place.told
            )
            assert place.buttons == ["Close"]
            assert place.boxes == []

    with_releases(journey, OWN, None)


@pytest.mark.parametrize(
    ("newest", "said"), [(Version(0, 2, 0), ["Headwater 0.2.0 is out."]), (OWN, []), (TROUBLE, [])]
)
def test_that_what_an_earlier_look_found_is_shown_only_while_it_is_surely_true(
    qapp: QApplication, newest: Version | Failure, said: list[str]
) -> None:
    async def journey(
        kept: PreferenceSession, releases: ReleaseSession, check: FakeReleases
    ) -> None:
        releases.look()
        await until(lambda: not releases.is_asking)
        with opened(qapp, kept, releases) as place:
            assert [line for line in place.told if line.startswith(("Head", "It cannot"))] == said

    with_releases(journey, newest)


def test_that_preferences_closed_before_the_answer_are_left_in_peace(qapp: QApplication) -> None:
    async def journey(
        kept: PreferenceSession, releases: ReleaseSession, check: FakeReleases
    ) -> None:
        check.answers.clear()
        with opened(qapp, kept, releases) as place:
            button(place.dialog, "Look for a newer release").click()
            await turns()
        check.answers.set()
        await until(lambda: not releases.is_asking)
        assert releases.outcome == OWN

    with_releases(journey, OWN)
