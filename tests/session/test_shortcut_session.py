from __future__ import annotations

from collections.abc import Callable

import pytest

from headwater.domain.preferences import Preferences
from headwater.domain.shortcut import KeyCombination, ShortcutState, ShortcutStatus
from headwater.session.preference_session import PreferenceSession
from headwater.session.shortcut_session import ShortcutSession
from tests.fakes import FakeShortcut, FakeStore, play, scope_without_crash

K = KeyCombination.parse("Ctrl+Alt+K")


class Stage:
    def __init__(self, preferences: PreferenceSession) -> None:
        self.preferences = preferences
        self.backends: list[FakeShortcut] = []
        self.session = ShortcutSession(preferences, "linux", self._make)

    def _make(
        self, changed: Callable[[ShortcutState], None], pressed: Callable[[str], None]
    ) -> FakeShortcut:
        self.backends.append(FakeShortcut(changed, pressed))
        return self.backends[-1]

    @property
    def backend(self) -> FakeShortcut:
        return self.backends[0]


def with_stage(journey: Callable[[Stage], None], preferences: Preferences | None = None) -> None:
    async def run() -> None:
        async with scope_without_crash() as scope:
            kept = PreferenceSession(preferences or Preferences(), FakeStore(), scope, 0.0)
            stage = Stage(kept)
            journey(stage)
            stage.session.close()
            await kept.close()

    play(run)


def test_that_nothing_is_asked_before_the_beginning() -> None:
    def journey(stage: Stage) -> None:
        assert stage.backend.asked == []
        stage.session.begin()
        assert stage.backend.asked == ["Ctrl+Alt+Space"]
        assert stage.session.state.is_active

    with_stage(journey)


def test_that_another_key_is_bound_once_it_is_chosen() -> None:
    def journey(stage: Stage) -> None:
        stage.session.begin()
        assert stage.session.choose(K) == ""
        assert stage.backend.asked == ["Ctrl+Alt+Space", "Ctrl+Alt+K"]
        assert stage.session.words == "Ctrl+Alt+K"
        stage.preferences.update(draft="anything else")
        assert len(stage.backend.asked) == 2

    with_stage(journey)


def test_that_a_key_of_the_system_is_refused_and_the_old_one_stays() -> None:
    def journey(stage: Stage) -> None:
        stage.session.begin()
        assert "window menu" in stage.session.choose(KeyCombination.parse("Alt+Space"))
        assert stage.backend.asked == ["Ctrl+Alt+Space"]

    with_stage(journey)


def test_that_a_shortcut_switched_off_is_given_back() -> None:
    def journey(stage: Stage) -> None:
        stage.session.begin()
        stage.session.switch(on=False)
        assert stage.backend.asked[-1] == "released"
        assert stage.session.state == ShortcutState()
        stage.session.switch(on=True)
        assert stage.session.state.is_active

    with_stage(journey)


def test_that_a_taken_key_is_told_and_asked_for_again_on_demand() -> None:
    def journey(stage: Stage) -> None:
        stage.backend.answer = ShortcutState(ShortcutStatus.TAKEN)
        stage.session.begin()
        assert stage.session.state.status == ShortcutStatus.TAKEN
        assert not stage.session.state.is_active
        stage.backend.answer = None
        stage.session.try_again()
        assert stage.session.state.is_active

    with_stage(journey, Preferences(shortcut="Ctrl+Alt+K"))


def test_that_a_test_takes_one_press_and_the_next_one_opens() -> None:
    def journey(stage: Stage) -> None:
        heard: list[str] = []
        stage.session.pressed.add(lambda token: heard.append(f"pressed {token}"))
        stage.session.tested.add(lambda: heard.append("tested"))
        stage.session.begin()
        stage.session.begin_test()
        stage.backend.pressed("a")
        stage.backend.pressed("b")
        assert heard == ["tested", "pressed b"]
        stage.session.begin_test()
        stage.session.end_test()
        stage.backend.pressed("c")
        assert heard[-1] == "pressed c"

    with_stage(journey)


def test_that_no_dialog_of_the_system_comes_up_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeShortcut, "needs_consent", True)

    def journey(stage: Stage) -> None:
        stage.session.begin()
        assert stage.backend.asked == []
        assert stage.session.state == ShortcutState()
        stage.session.switch(on=True)
        assert stage.session.state.is_active

    with_stage(journey)


def test_that_where_there_is_no_way_the_truth_and_the_command_are_told() -> None:
    async def run() -> None:
        async with scope_without_crash() as scope:
            kept = PreferenceSession(Preferences(), FakeStore(), scope, 0.0)
            session = ShortcutSession(kept, "linux", None)
            session.begin()
            session.switch(on=True)
            assert session.state.status == ShortcutStatus.UNAVAILABLE
            assert "settings" in session.state.remedy
            session.close()

    play(run)


@pytest.mark.parametrize("kept", ["", "nonsense", "Hyper+Q"])
def test_that_a_kept_key_that_names_nothing_means_the_usual_one(kept: str) -> None:
    with_stage(
        lambda stage: _assert_default(stage.session),
        Preferences(shortcut=kept),
    )


def _assert_default(session: ShortcutSession) -> None:
    assert session.keys.text == "Ctrl+Alt+Space"
