"""Where keys live: the system's keyring, else the environment, else this run's memory."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, cast

from headwater.adapters.daemon_thread import DaemonThread
from headwater.domain.address import BadAddressError, Origin
from headwater.domain.api_key import ApiKey, UnusableKeyError
from headwater.domain.network_settings import BadProxyError, ProxyLogin
from headwater.domain.provider import PERPLEXITY, PERPLEXITY_GATEWAY, Provider
from headwater.session.ports import KeychainState, KeyProblem

_SERVICE = "Headwater"
_PERPLEXITY_VARIABLE = "PERPLEXITY_API_KEY"
_HEADWATER_VARIABLE = "HEADWATER_API_KEY"
_PERPLEXITY_ORIGIN = Origin("https", "api.perplexity.ai", 443)
_MOST_KEYS = 100
_PATIENCE = 3.0  # seconds; a keyring that is not locked answers within a tenth

# Only what encrypts: a keyring that writes plain files is refused (jaraco/keyring #370).
_KEYRINGS = {
    "keyring.backends.SecretService": "GNOME Keyring / Secret Service",
    "keyring.backends.libsecret": "GNOME Keyring / Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
}
_CHAINER = "keyring.backends.chainer"
_NONE_FOUND = frozenset({"keyring.backends.fail", "keyring.backends.null"})

_NOT_RUNNING = (
    "No keyring is running. Install gnome-keyring or KWallet, or unlock it."
    if sys.platform.startswith("linux")
    else "The system's keyring cannot be reached."
)
_UNENCRYPTED = "The keyring that is set up does not encrypt keys, so it is not used."
_FOR_THIS_RUN = "The key is kept until Headwater ends."
_LOGIN_FOR_THIS_RUN = "The proxy's login is kept until Headwater ends."
_NOT_THERE = "A key may only go to an https address or to this machine, so it is not kept."
_NOT_NEEDED = "This server on your machine takes no key, so none is kept."
_NOT_A_KEY = "What the keyring holds for this provider is not a key."
_WAITING = "The keyring has not answered yet. It may be asking for its password."

_PROBLEMS = {
    "NoKeyringError": _NOT_RUNNING,
    "KeyringLocked": "The keyring is locked. Unlock it and try again.",
    "InitError": "The keyring could not be opened. Unlock it, or create one, and try again.",
    "PasswordSetError": "The keyring did not take the key.",
    "PasswordDeleteError": "The keyring did not remove the key.",
}


class Keyring(Protocol):
    """The three calls of a `keyring` backend that are used; each may block on a dialog."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return the secret or None."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep the secret."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Remove the secret."""
        ...


@dataclass(frozen=True, slots=True)
class EnvironmentKeys:
    """The keys that were in the environment; `problem` says why one cannot be used."""

    perplexity: ApiKey | None = None
    headwater: ApiKey | None = None
    problem: str = ""


def take_environment_keys(environ: MutableMapping[str, str]) -> EnvironmentKeys:
    """Return the keys in `environ` and remove them, so that no child process inherits them."""
    keys: dict[str, ApiKey | None] = {}
    problems = []
    for variable in (_PERPLEXITY_VARIABLE, _HEADWATER_VARIABLE):
        text = environ.pop(variable, "")
        try:
            keys[variable] = ApiKey(text) if text.strip() else None
        except UnusableKeyError as error:
            keys[variable] = None
            problems.append(f"{variable} is not usable: {error}")
    return EnvironmentKeys(
        keys[_PERPLEXITY_VARIABLE], keys[_HEADWATER_VARIABLE], " ".join(problems)
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a call to the keyring gave; never an exception, whose text may hold the secret.

    Nor does it show itself: asyncio's debug mode logs whatever a callback is given.
    """

    text: str | None = field(default=None, repr=False)
    problem: str = ""
    may_pass: bool = True

    @property
    def key_problem(self) -> KeyProblem | None:
        """What stood in the way, None where nothing did."""
        return KeyProblem(self.problem, self.may_pass) if self.problem else None


_Place = tuple[str, Origin]
_Secret = TypeVar("_Secret", ApiKey, ProxyLogin)


class SystemKeychain:
    """One key per provider and origin.

    `chosen` is the provider and origin of the command line, which HEADWATER_API_KEY is for.
    The keyring is loaded and called on a thread of its own, one call after another.
    """

    def __init__(
        self,
        environment: EnvironmentKeys | None = None,
        *,
        chosen: tuple[str, Origin] | None = None,
        load: Callable[[], object] | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self._environment = environment or EnvironmentKeys()
        self._chosen = chosen
        self._load = load or _load_keyring
        self._patience = patience
        self._thread = DaemonThread("headwater-keychain")
        self._memory: dict[_Place, ApiKey] = {}
        self._forgotten: set[_Place] = set()
        self._logins: dict[str, ProxyLogin | None] = {}  # what the keyring did not take
        self._problem = ""
        self._read_problem: KeyProblem | None = None
        self._given: set[ApiKey | ProxyLogin] = set()
        self._keyring: Keyring | None = None
        self._name = ""

    def masked(self, text: str) -> str:
        """Return `text` without any key or login that was typed, given or read in this run."""
        at_hand = (self._environment.perplexity, self._environment.headwater)
        for secret in (*at_hand, *self._given):
            text = secret.masked_in(text) if secret is not None else text
        return text

    def has_at_hand(self, provider: Provider) -> bool:
        """Whether there is a key in the environment or in memory; the keyring is not asked."""
        place = _place(provider)
        if place is None:
            return False
        if place == self._chosen and self._environment.headwater is not None:
            return True
        is_perplexity = _is_perplexity(place) and self._environment.perplexity is not None
        return place in self._memory or is_perplexity

    async def read(self, provider: Provider) -> ApiKey | None:
        """Return the key for this provider at its present origin, or None.

        HEADWATER_API_KEY comes first where it applies and does not wait for the keyring;
        PERPLEXITY_API_KEY comes last, or when the keyring keeps silent for three seconds.
        """
        self._read_problem = None
        place = _place(provider)
        if place is None:
            return None
        if place == self._chosen and self._environment.headwater is not None:
            return self._environment.headwater
        if place in self._memory:
            return self._memory[place]
        fallback = self._environment.perplexity if _is_perplexity(place) else None
        if place in self._forgotten or _never_has_key(provider):
            return fallback
        patience = None if fallback is None else self._patience
        outcome = await self._call(lambda keyring: keyring.get_password(*_entry(place)), patience)
        self._problem = outcome.problem
        self._read_problem = outcome.key_problem
        if outcome.text is None:
            return fallback
        try:
            return self._noted(ApiKey(outcome.text))
        except UnusableKeyError:
            self._problem = _NOT_A_KEY
            self._read_problem = KeyProblem(_NOT_A_KEY, may_pass=False)
            return fallback

    @property
    def problem(self) -> KeyProblem | None:
        """Why the keyring could not tell the key last read; None where it could."""
        return self._read_problem

    async def write(self, provider: Provider, key: ApiKey) -> KeychainState:
        """Keep the key; the state says whether it will outlive this run."""
        place = _place(provider)
        if place is None:
            return KeychainState("", is_persistent=False, problem=_NOT_THERE)
        if _never_has_key(provider):
            return KeychainState("", is_persistent=False, problem=_NOT_NEEDED)

        def keep(keyring: Keyring) -> None:
            keyring.set_password(*_entry(place), key.reveal())

        # Usable at once, while the keyring may still be asking for its password.
        self._memory[place] = self._noted(key)
        self._forgotten.discard(place)
        outcome = await self._call(keep)
        self._problem = outcome.problem
        if outcome.problem:
            problem = f"{outcome.problem} {_FOR_THIS_RUN}"
            return KeychainState(self._name, is_persistent=False, problem=problem)
        if self._memory.get(place) == key:
            del self._memory[place]
        return KeychainState(self._name, is_persistent=True)

    async def remove(self, provider: Provider) -> None:
        """Forget the key; if the keyring does not let go of it, `state` says so."""
        place = _place(provider)
        if place is None:
            return

        def let_go(keyring: Keyring) -> None:
            if keyring.get_password(*_entry(place)) is not None:
                keyring.delete_password(*_entry(place))

        self._memory.pop(place, None)
        self._forgotten.add(place)
        outcome = await self._call(let_go)
        self._problem = outcome.problem

    async def remove_all(self, names: Iterable[str], proxy_address: str) -> KeychainState:
        """Forget every key of Headwater's and the proxy's login.

        The state's problem says why one may be left. `names` are providers and origins as
        `Preferences.key_names` gives them, for keyrings that cannot tell what they hold. Where
        there is no keyring the state has no name.
        """
        kept = (*((_SERVICE, name) for name in names), _login_entry(proxy_address))

        def let_all_go(keyring: Keyring) -> None:
            for entry in kept:
                if keyring.get_password(*entry) is not None:
                    keyring.delete_password(*entry)
            find = getattr(keyring, "get_credential", None)
            if find is None:
                return
            for _ in range(_MOST_KEYS):
                if (found := find(_SERVICE, None)) is None:
                    return
                keyring.delete_password(_SERVICE, found.username)

        self._memory.clear()
        self._logins.clear()
        problem = (await self._call(let_all_go)).problem
        return KeychainState(self._name, is_persistent=not problem, problem=problem)

    async def read_login(self, proxy_address: str) -> ProxyLogin | None:
        """Return the login for the proxy at this address, or None."""
        if proxy_address in self._logins:
            return self._logins[proxy_address]
        entry = _login_entry(proxy_address)
        outcome = await self._call(lambda keyring: keyring.get_password(*entry))
        try:
            return self._noted(ProxyLogin.from_secret(outcome.text)) if outcome.text else None
        except BadProxyError:
            return None

    async def write_login(self, proxy_address: str, login: ProxyLogin) -> KeychainState:
        """Keep the login; the state says whether it will outlive this run."""
        entry = _login_entry(proxy_address)
        self._logins[proxy_address] = self._noted(login)  # usable at once
        outcome = await self._call(lambda keyring: keyring.set_password(*entry, login.secret()))
        if outcome.problem:
            problem = f"{outcome.problem} {_LOGIN_FOR_THIS_RUN}"
            return KeychainState(self._name, is_persistent=False, problem=problem)
        if self._logins.get(proxy_address) == login:
            del self._logins[proxy_address]
        return KeychainState(self._name, is_persistent=True)

    async def remove_login(self, proxy_address: str) -> None:
        """Forget the login."""
        entry = _login_entry(proxy_address)

        def let_go(keyring: Keyring) -> None:
            if keyring.get_password(*entry) is not None:
                keyring.delete_password(*entry)

        self._logins[proxy_address] = None
        outcome = await self._call(let_go)
        if not outcome.problem and self._logins.get(proxy_address) is None:
            self._logins.pop(proxy_address, None)

    async def state(self) -> KeychainState:
        """Say where keys are kept; a keyring that is silent for three seconds is said to be."""
        outcome = await self._call(lambda _: None, self._patience)
        problem = outcome.problem or self._problem
        reasons = " ".join(text for text in (problem, self._environment.problem) if text)
        return KeychainState(self._name, is_persistent=not outcome.problem, problem=reasons)

    def close(self) -> None:
        """Let the thread end when the keyring has answered; nothing waits for it."""
        self._thread.finish()

    def _noted(self, secret: _Secret) -> _Secret:
        self._given.add(secret)
        return secret

    async def _call(
        self, ask: Callable[[Keyring], str | None], patience: float | None = None
    ) -> _Outcome:
        answer = self._thread.call(lambda: self._ask(ask))
        done, _ = await asyncio.wait((answer,), timeout=patience)
        return answer.result() if done else _Outcome(problem=_WAITING)

    # From here on everything runs on the keychain's thread.

    def _ask(self, ask: Callable[[Keyring], str | None]) -> _Outcome:
        try:
            if self._keyring is None:
                self._keyring, self._name = _encrypting(self._load())
            return _Outcome(ask(self._keyring))
        except _RefusedKeyringError as refused:
            return _Outcome(problem=str(refused), may_pass=False)
        except Exception as error:  # noqa: BLE001 - a backend may raise anything
            words = _words(error)
            return _Outcome(problem=words, may_pass=words != _NOT_RUNNING)


class _RefusedKeyringError(Exception):
    """The keyring that is set up cannot be used; the message says why."""


def _load_keyring() -> object:
    if (
        sys.platform.startswith("linux")
        and not os.environ.get("DBUS_SESSION_BUS_ADDRESS")
        and not os.environ.get("PYTHON_KEYRING_BACKEND")
    ):
        # Every Linux keyring is reached by this bus; importing the library takes 0.1 s.
        raise _RefusedKeyringError(_NOT_RUNNING)
    if sys.platform != "darwin":
        # It would ask ldconfig, gcc and ld for the libraries of a Mac, one process after another.
        sys.modules.setdefault("keyring.backends.macOS.api", None)  # type: ignore[arg-type]
    import keyring

    return keyring.get_keyring()


def _encrypting(backend: object) -> tuple[Keyring, str]:
    """Return `backend`, or the first member of a chain, that is known to encrypt, and its name.

    Raises:
        _RefusedKeyringError: there is none.
    """
    module = type(backend).__module__
    if module in _NONE_FOUND:
        raise _RefusedKeyringError(_NOT_RUNNING)
    members = getattr(backend, "backends", ()) if module == _CHAINER else (backend,)
    for member in members:
        name = _name_of(member)
        if name:
            return cast("Keyring", member), name
    raise _RefusedKeyringError(_UNENCRYPTED)


def _name_of(backend: object) -> str:
    module = type(backend).__module__
    for allowed, name in _KEYRINGS.items():
        if module == allowed or module.startswith(allowed + "."):
            return name
    return ""


def _words(error: Exception) -> str:
    for kind in type(error).__mro__:
        if kind.__name__ in _PROBLEMS:
            return _PROBLEMS[kind.__name__]
    return f"The keyring did not answer ({type(error).__name__})."


def _place(provider: Provider) -> _Place | None:
    """Return what a key of this provider is bound to, None where no key may go."""
    try:
        origin = provider.origin
    except BadAddressError:
        return None
    return (provider.id, origin) if origin.may_carry_key else None


def _entry(place: _Place) -> tuple[str, str]:
    provider_id, origin = place
    return _SERVICE, f"{provider_id} {origin}"


def _login_entry(proxy_address: str) -> tuple[str, str]:
    return _SERVICE, f"proxy {proxy_address}"


def _is_perplexity(place: _Place) -> bool:
    provider_id, origin = place
    return provider_id in {PERPLEXITY.id, PERPLEXITY_GATEWAY.id} and origin == _PERPLEXITY_ORIGIN


def _never_has_key(provider: Provider) -> bool:
    # A server on this machine answers at once; it is not made to wait for a locked keyring.
    return provider.is_local and not provider.needs_key and provider.origin.is_loopback
