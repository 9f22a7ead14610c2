"""The global shortcut as the user wants it and as the system grants it."""

from __future__ import annotations

from collections.abc import Callable

from headwater.domain.shortcut import (
    BadShortcutError,
    KeyCombination,
    ShortcutState,
    ShortcutStatus,
    default_shortcut,
)
from headwater.session.listeners import Listeners
from headwater.session.ports import ShortcutBackend
from headwater.session.preference_session import PreferenceSession

MakeBackend = Callable[[Callable[[ShortcutState], None], Callable[[str], None]], ShortcutBackend]
COMMAND = "headwater --quick-ask"


class ShortcutSession:
    """Follows the preferences; hands each press on, or to the test that waits for one."""

    def __init__(
        self, preferences: PreferenceSession, platform: str, make_backend: MakeBackend | None
    ) -> None:
        """Take `sys.platform` and what makes the backend; None where there cannot be one."""
        self._preferences = preferences
        self._platform = platform
        self._backend = make_backend(self._take, self._press) if make_backend else None
        self._state = ShortcutState() if self._backend else _no_way()
        self._bound: KeyCombination | None = None  # or asked for
        self._is_begun = False
        self.changed: Listeners[[]] = Listeners()
        self.pressed: Listeners[[str]] = Listeners()
        self.tested: Listeners[[]] = Listeners()
        self.is_testing = False
        self._forget = preferences.changed.add(self._follow)

    @property
    def state(self) -> ShortcutState:
        """What the system says."""
        return self._state

    @property
    def backend_name(self) -> str:
        """Which way is used, empty where there is none."""
        return self._backend.name if self._backend else ""

    @property
    def is_on(self) -> bool:
        """Whether the user wants a shortcut."""
        wanted = self._preferences.now.shortcut_is_on
        if wanted is None:  # no dialog of the system's may come up unasked at a start
            return self._backend is not None and not self._backend.needs_consent
        return wanted

    @property
    def keys(self) -> KeyCombination:
        """The combination that the user wants."""
        try:
            return KeyCombination.parse(self._preferences.now.shortcut)
        except BadShortcutError:
            return default_shortcut(self._platform)

    @property
    def words(self) -> str:
        """The key that it really has, else the one that is wanted, as keyboards label it."""
        if self._state.is_active and self._state.keys:
            return self._state.keys
        return self.keys.words(self._platform)

    def begin(self) -> None:
        """Ask the system for the key."""
        self._is_begun = True
        self._follow()

    def choose(self, keys: KeyCombination) -> str:
        """Use `keys` from now on; return why they must not be used, or an empty string."""
        if problem := keys.problem(self._platform):
            return problem
        self._preferences.update(shortcut=keys.text, shortcut_is_on=True)
        return ""

    def switch(self, *, on: bool) -> None:
        """Have a shortcut or none."""
        self._preferences.update(shortcut_is_on=on)

    def try_again(self) -> None:
        """Ask the system once more, for the same key."""
        self._bound = None
        self._follow()

    def begin_test(self) -> None:
        """Give the next press to `tested` instead of opening the quick ask."""
        self.is_testing = True
        self.changed.notify()

    def end_test(self) -> None:
        """Do not wait for a press any more."""
        self.is_testing = False
        self.changed.notify()

    def close(self) -> None:
        """Give the key back."""
        self._is_begun = False
        self._forget()
        if self._backend is not None:
            self._backend.release()

    def _follow(self) -> None:
        if not self._is_begun:
            return
        wanted = self.keys if self.is_on else None
        if wanted == self._bound:
            return
        self._bound = wanted
        if self._backend is None:
            return
        if wanted is None:
            self._backend.release()
            self._take(ShortcutState())
        else:
            self._backend.bind(wanted)

    def _take(self, state: ShortcutState) -> None:
        if state != self._state:
            self._state = state
            self.changed.notify()

    def _press(self, activation_token: str) -> None:
        if self.is_testing:
            self.is_testing = False
            self.tested.notify()
            self.changed.notify()
        else:
            self.pressed.notify(activation_token)


def _no_way() -> ShortcutState:
    return ShortcutState(
        ShortcutStatus.UNAVAILABLE,
        problem="Here a program cannot ask for a key that works everywhere.",
        remedy="Bind the command below to a key in your desktop’s own keyboard settings.",
    )
