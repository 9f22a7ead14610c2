"""The quick-ask key on Wayland: the desktop's GlobalShortcuts portal hands it out and names it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from headwater.adapters.portal_request import (
    PORTAL,
    Verdict,
    ask,
    portal,
    register,
    value_of,
    version,
)
from headwater.adapters.session_bus import (
    BusError,
    BusObject,
    BusSignal,
    SessionBus,
    Start,
    Trouble,
)
from headwater.domain.shortcut import KeyCombination, Modifier, ShortcutState, ShortcutStatus

_INTERFACE = "GlobalShortcuts"
_SHORTCUT = "quick-ask"
_DESCRIPTION = "Ask a quick question"
# KDE 5 names the program's entry in its settings after this, so it must never change.
_SESSION_TOKEN = "headwater"  # noqa: S105 - a name, not a secret
_DIALOG = 600.0  # seconds that a person may take to answer the desktop's question
_ANSWER = 30.0
_COMING_BACK = 2.0  # seconds; a portal that is restarted is back within one
_GOING = 0.3
_STOPS_IN_A_ROW = 3
_SESSION_HANDLE = re.compile(r"(/[A-Za-z0-9_]+)+")

_MODIFIERS = {
    Modifier.CTRL: "CTRL",
    Modifier.ALT: "ALT",
    Modifier.SHIFT: "SHIFT",
    Modifier.SUPER: "LOGO",
}
_KEYSYMS = {
    "Space": "space",
    "Backspace": "BackSpace",
    "PageUp": "Page_Up",
    "PageDown": "Page_Down",
    "ScrollLock": "Scroll_Lock",
    **{
        name: name.lower()
        for name in (
            *("Comma", "Period", "Slash", "Semicolon", "Apostrophe", "BracketLeft"),
            *("BracketRight", "Backslash", "Minus", "Equal", "Grave"),
        )
    },
}

_BIND_COMMAND = (
    "Open the desktop's keyboard settings and bind the command `headwater --quick-ask` to a key."
)
_ASKING = ShortcutState(ShortcutStatus.ASKING)
_NO_BUS = ShortcutState(
    ShortcutStatus.UNAVAILABLE,
    problem="There is no session bus, by which programs ask the desktop for a key.",
    remedy=_BIND_COMMAND,
)
_BUS_LOST = ShortcutState(
    ShortcutStatus.UNAVAILABLE,
    problem="The connection to the desktop's session bus has ended.",
    remedy="Log in again, or start Headwater again.",
)
_NO_PORTAL = ShortcutState(
    ShortcutStatus.UNAVAILABLE,
    problem="This desktop has no portal service, which would hand out keys.",
    remedy=_BIND_COMMAND,
)
_NO_INTERFACE = ShortcutState(
    ShortcutStatus.UNAVAILABLE,
    problem="This desktop's portal does not hand out keys.",
    remedy=_BIND_COMMAND,
)
_NO_APP_ID = ShortcutState(
    ShortcutStatus.UNAVAILABLE,
    problem="The desktop gives keys only to installed programs, and it does not find Headwater's "
    "desktop file.",
    remedy=f"Install Headwater's desktop file. Or: {_BIND_COMMAND}",
)
_DENIED = ShortcutState(
    ShortcutStatus.DENIED,
    problem="You declined the key when the desktop asked.",
    remedy="Ask for it again and allow it.",
)
_ENDED = ShortcutState(
    ShortcutStatus.FAILED,
    problem="The desktop ended the request without giving the key.",
    remedy=f"Ask for it again. If that fails: {_BIND_COMMAND}",
)
_CLOSED = ShortcutState(
    ShortcutStatus.FAILED,
    problem="The desktop has taken the key back.",
    remedy="Ask for it again.",
)
_REFUSED = ShortcutState(
    ShortcutStatus.FAILED,
    problem="The desktop's portal refused to hand out the key.",
    remedy=_BIND_COMMAND,
)
_NONSENSE = ShortcutState(
    ShortcutStatus.FAILED,
    problem="The desktop's portal answered in a way that makes no sense.",
    remedy=_BIND_COMMAND,
)
_SILENT = ShortcutState(
    ShortcutStatus.FAILED,
    problem="The desktop's portal did not answer.",
    remedy=f"Ask for it again. If that fails: {_BIND_COMMAND}",
)
_RESTARTING = ShortcutState(
    ShortcutStatus.ASKING,
    problem="The desktop's portal has stopped.",
    remedy="The key is asked for again as soon as it is back.",
)
_GONE = ShortcutState(
    ShortcutStatus.UNAVAILABLE,
    problem="The desktop's portal has stopped and has not come back.",
    remedy=f"The key is asked for again as soon as it is back. Or: {_BIND_COMMAND}",
)
_STOPS_AGAIN = ShortcutState(
    ShortcutStatus.FAILED,
    problem="The desktop's portal stops whenever it is asked for the key.",
    remedy=_BIND_COMMAND,
)
_NO_KEY = ShortcutState(
    ShortcutStatus.UNAVAILABLE,
    problem="The desktop knows the shortcut and has no key for it yet.",
    remedy=f"Open the desktop's shortcut settings and set a key for “{_DESCRIPTION}”.",
)


def trigger(keys: KeyCombination) -> str:
    """Return `keys` as the XDG shortcuts specification writes them, such as `CTRL+ALT+space`."""
    held = [sign for modifier, sign in _MODIFIERS.items() if modifier in keys.modifiers]
    name = keys.key.lower() if len(keys.key) == 1 else _KEYSYMS.get(keys.key, keys.key)
    return "+".join((*held, name))


class PortalShortcut:
    """A `ShortcutBackend`: asks once, says what the portal gave, asks again when it restarted."""

    def __init__(
        self,
        changed: Callable[[ShortcutState], None],
        pressed: Callable[[str], None],
        start: Start,
        app_id: str,
    ) -> None:
        """Take who hears states and presses, `TaskScope.start`, and the desktop file's name."""
        self._changed = changed
        self._pressed = pressed
        self._start = start
        self._app_id = app_id
        self._binding: _Binding | None = None

    @property
    def name(self) -> str:
        """What it is called on the preferences page."""
        return "Desktop portal"

    @property
    def needs_consent(self) -> bool:
        """Desktops ask in a dialog before they give a key."""
        return True

    def bind(self, keys: KeyCombination) -> None:
        """Ask for `keys` in the place of what is bound; the desktop may give others, or none.

        Desktops remember what they gave before and keep to that.
        """
        self.release()
        self._binding = _Binding(self._changed, self._pressed, self._start, self._app_id)
        self._binding.begin(trigger(keys))

    def release(self) -> None:
        """Give the key back and take any question of the desktop's off the screen."""
        if self._binding is not None:
            self._binding.end()
            self._binding = None


class _NoKeyError(Exception):
    """There is no key, or no longer; `state` says why."""

    def __init__(self, state: ShortcutState) -> None:
        super().__init__(state.problem)
        self.state = state


class _Binding:
    """One wish for a key, from the question until it is given back."""

    def __init__(
        self,
        changed: Callable[[ShortcutState], None],
        pressed: Callable[[str], None],
        start: Start,
        app_id: str,
    ) -> None:
        self._changed = changed
        self._pressed = pressed
        self._start = start
        self._app_id = app_id
        self._trigger = ""
        self._task: asyncio.Task[None] | None = None
        self._state = ShortcutState()
        self._session = ""
        self._stops = 0

    def begin(self, trigger: str) -> None:
        """Ask for `trigger`."""
        self._trigger = trigger
        self._task = self._start(self._hold(), "shortcut portal")
        self._say(_ASKING)

    def end(self) -> None:
        """Let go; nothing is said any more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _say(self, state: ShortcutState) -> None:
        if self._task is not None and state != self._state:
            self._state = state
            self._changed(state)

    async def _hold(self) -> None:
        try:
            bus = await SessionBus.open(self._start)
        except BusError:
            self._say(_NO_BUS)
            return
        try:
            await self._hold_on(bus)
        except BusError:
            self._say(_BUS_LOST)
        finally:
            bus.close()

    async def _hold_on(self, bus: SessionBus) -> None:
        """Keep the key for as long as the portal lives, and beyond.

        Raises:
            BusError: the bus itself has ended.
        """
        while True:
            owner = ""
            try:
                await bus.start_service(PORTAL)
                owner = bus.owner(PORTAL)
                await self._hold_session(bus)
            except _NoKeyError as without:
                state = without.state
            except BusError as error:
                has_portal = bool(bus.owner(PORTAL))
                state = _state_of(error, had_portal=bool(owner), has_portal=has_portal)
            if not bus.is_open:
                raise BusError(Trouble.LOST)
            if state == _RESTARTING:
                self._stops += 1
                state = _STOPS_AGAIN if self._stops == _STOPS_IN_A_ROW else state
            self._say(state)
            # Whoever has declined, or must do something first, is not asked again by itself.
            if state.status not in (ShortcutStatus.ASKING, ShortcutStatus.UNAVAILABLE):
                return
            await self._another_portal(bus, owner)
            self._say(_ASKING)

    async def _another_portal(self, bus: SessionBus, before: str) -> None:
        """Wait until the portal has an owner that is not `before`.

        Raises:
            BusError: the bus itself has ended.
        """
        patience = _COMING_BACK if self._state == _RESTARTING else None
        while bus.owner(PORTAL) in ("", before):
            if not bus.is_open:
                raise BusError(Trouble.LOST)
            done, _ = await asyncio.wait((bus.change(PORTAL),), timeout=patience)
            if not done:
                patience = None
                await self._wake(bus)

    async def _wake(self, bus: SessionBus) -> None:
        try:
            await bus.start_service(PORTAL)
        except BusError:
            self._say(_GONE)

    async def _hold_session(self, bus: SessionBus) -> NoReturn:
        """Ask for the key and keep it until the portal takes it back, stops, or never gives it.

        Raises:
            _NoKeyError: how it ended; it always ends so or with a BusError.
            BusError: the portal, or the bus, could not be asked.
        """
        gone = bus.change(PORTAL)
        stranger = await register(bus, self._app_id)
        if not await version(bus, _INTERFACE):
            raise _NoKeyError(_NO_INTERFACE)
        closed = asyncio.get_running_loop().create_future()
        self._session = await self._open_session(bus, stranger)
        session = BusObject(PORTAL, self._session, "org.freedesktop.portal.Session")

        def taken_back(_: BusSignal) -> None:
            if not closed.done():
                closed.set_result(None)

        ends = []
        try:
            shortcuts = portal(_INTERFACE)
            ends.append(await bus.subscribe(session, "Closed", taken_back))
            ends.append(await bus.subscribe(shortcuts, "Activated", self._heard_press))
            ends.append(await bus.subscribe(shortcuts, "ShortcutsChanged", self._heard_change))
            await self._keep(bus, gone, closed)
        except BusError:
            if closed.done() and not gone.done():
                raise _NoKeyError(_CLOSED) from None
            raise
        finally:
            self._session = ""
            for end in ends:
                end()
            if not closed.done():
                bus.tell(session, "Close")

    async def _keep(
        self, bus: SessionBus, gone: asyncio.Future[None], closed: asyncio.Future[None]
    ) -> NoReturn:
        self._say(await self._bind(bus, closed))
        self._stops = 0
        await asyncio.wait((gone, closed), return_when=asyncio.FIRST_COMPLETED)
        # A portal that is being restarted may close its sessions before it goes.
        await asyncio.wait((gone,), timeout=_GOING)
        raise BusError(Trouble.GONE)

    async def _open_session(self, bus: SessionBus, stranger: str) -> str:
        """Return the handle of a new session; `stranger` is why the portal does not know us."""
        options = {"session_handle_token": ("s", _SESSION_TOKEN)}
        try:
            answer = await ask(
                bus, _INTERFACE, "CreateSession", "a{sv}", (), options, patience=_ANSWER
            )
        except BusError as error:
            if error.trouble is Trouble.REFUSED and "app id" in error.text.lower():
                raise _NoKeyError(_with_words(_NO_APP_ID, stranger)) from error
            raise
        _require(answer.verdict)
        handle = answer.value("session_handle")
        if not isinstance(handle, str) or not _SESSION_HANDLE.fullmatch(handle):
            raise BusError(Trouble.NONSENSE, "a session without a handle")
        return handle

    async def _bind(self, bus: SessionBus, closed: asyncio.Future[None]) -> ShortcutState:
        """Ask for the key, once: a second time in one session is an error of its own."""
        wish = {"description": ("s", _DESCRIPTION), "preferred_trigger": ("s", self._trigger)}
        arguments = (self._session, [(_SHORTCUT, wish)], "")
        answer = await ask(
            *(bus, _INTERFACE, "BindShortcuts", "oa(sa{sv})sa{sv}", arguments, {}),
            patience=_DIALOG,
            unless=closed,
        )
        _require(answer.verdict)
        keys = _keys_in(answer.value("shortcuts"))
        if not keys:
            answer = await ask(
                *(bus, _INTERFACE, "ListShortcuts", "oa{sv}", (self._session,), {}),
                patience=_ANSWER,
                unless=closed,
            )
            keys = _keys_in(answer.value("shortcuts"))
        return _state_with(keys)

    def _heard_press(self, signal: BusSignal) -> None:
        match signal.body:
            case (self._session, str(name), int(), dict(options)) if name == _SHORTCUT:
                token = value_of(options.get("activation_token"))
            case _:
                return
        if self._task is None:
            return
        if self._state == _NO_KEY:
            self._say(ShortcutState(ShortcutStatus.ACTIVE))  # it has one, and does not say which
        self._pressed(token if isinstance(token, str) else "")

    def _heard_change(self, signal: BusSignal) -> None:
        match signal.body:
            case (self._session, shortcuts) if self._state != _ASKING:
                try:
                    self._say(_state_with(_keys_in(shortcuts)))
                except BusError:
                    return


def _require(verdict: Verdict) -> None:
    if verdict is not Verdict.GRANTED:
        raise _NoKeyError(_DENIED if verdict is Verdict.DENIED else _ENDED)


def _state_with(keys: str) -> ShortcutState:
    return ShortcutState(ShortcutStatus.ACTIVE, keys) if keys else _NO_KEY


def _keys_in(shortcuts: object) -> str:
    """Return the portal's own words for our key, empty where it names none.

    Raises:
        BusError: NONSENSE.
    """
    if shortcuts is None:
        return ""
    match shortcuts:
        case list():
            for shortcut in shortcuts:
                match shortcut:
                    case (str(name), dict(about)):
                        words = value_of(about.get("trigger_description", ("s", "")))
                    case _:
                        raise BusError(Trouble.NONSENSE, "a shortcut of another shape")
                if not isinstance(words, str):
                    raise BusError(Trouble.NONSENSE, "a key that is no text")
                if name == _SHORTCUT:
                    return _plain(words, 60)
            return ""
    raise BusError(Trouble.NONSENSE, "shortcuts that are no list")


def _plain(text: str, longest: int) -> str:
    """Return what somebody else wrote as one bounded line that cannot reorder what is beside it."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * longest]).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _with_words(state: ShortcutState, words: str) -> ShortcutState:
    """Return `state` with what the portal says about it."""
    if not words:
        return state
    problem = f"{state.problem} The desktop says: {_plain(words, 200)}"
    return replace(state, problem=problem)


def _state_of(error: BusError, *, had_portal: bool, has_portal: bool) -> ShortcutState:
    """Return what to say about a call that failed while the bus lived."""
    if error.trouble is Trouble.GONE or (had_portal and not has_portal):
        return _RESTARTING
    match error.trouble:
        case Trouble.ABSENT:
            return _NO_INTERFACE if has_portal else _NO_PORTAL
        case Trouble.REFUSED:
            return _with_words(_REFUSED, error.text)
        case Trouble.NONSENSE:
            return _NONSENSE
    return _SILENT
