"""How other machines are reached, as it is chosen: the proxy, its login, a certificate file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from headwater.domain.network_settings import (
    BadProxyError,
    NetworkSettings,
    ProxyKind,
    ProxyLogin,
    proxy_address,
)
from headwater.session.listeners import Listeners
from headwater.session.ports import LoginStore
from headwater.session.preference_session import PreferenceSession
from headwater.session.task_scope import TaskScope


class NetworkSession:
    """Keeps each choice at once; a login goes to the keyring and nowhere else.

    `proxy_problem`, `login_note` and `ca_problem` are sentences, empty for none.
    """

    def __init__(
        self,
        preferences: PreferenceSession,
        logins: LoginStore,
        ca_file_problem: Callable[[str], str],
        scope: TaskScope,
    ) -> None:
        """Take where logins are kept, and what says why a certificate file is of no use."""
        self._preferences = preferences
        self._logins = logins
        self._ca_file_problem = ca_file_problem
        self._scope = scope
        self.proxy_problem = ""
        self.login_note = ""
        self.ca_problem = ""
        self.changed: Listeners[[]] = Listeners()

    @property
    def now(self) -> NetworkSettings:
        """The settings that the next request goes by."""
        return self._preferences.now.network

    def begin(self) -> None:
        """Forget what was said, and look whether the certificate file is still good."""
        self.proxy_problem = self.login_note = ""
        self.ca_problem = self._ca_file_problem(self.now.ca_file) if self.now.ca_file else ""
        self.changed.notify()

    def choose(self, kind: ProxyKind) -> None:
        """Go by the system's proxy, by none, or by the one that is named."""
        self._set(replace(self.now, proxy_kind=kind))

    def set_address(self, text: str) -> None:
        """Name the proxy; what is no address changes nothing. A login stays with its proxy."""
        self.proxy_problem = ""
        try:
            address = proxy_address(text) if text.strip() else ""
        except BadProxyError as error:
            self.proxy_problem = str(error)
            self.changed.notify()
            return
        if address != self.now.proxy_address:
            self.login_note = ""
            self._set(replace(self.now, proxy_address=address, proxy_has_login=False))
        else:
            self.changed.notify()

    def set_login(self, user: str, password: str) -> None:
        """Keep a login for the proxy that is named."""
        try:
            login = ProxyLogin(user, password)
        except BadProxyError as error:
            self.login_note = str(error)
            self.changed.notify()
            return
        if self.now.proxy_address:
            self._scope.start(self._keep(self.now.proxy_address, login), "proxy login")

    def forget_login(self) -> None:
        """Remove the login of the proxy that is named."""
        self.login_note = ""
        address = self.now.proxy_address
        self._set(replace(self.now, proxy_has_login=False))
        self._scope.start(self._logins.remove_login(address), "remove proxy login")

    def set_ca_file(self, path: str) -> None:
        """Trust the certificates in that file as well; an empty path trusts the system alone."""
        self.ca_problem = self._ca_file_problem(path) if path else ""
        self._set(replace(self.now, ca_file=path))

    async def _keep(self, address: str, login: ProxyLogin) -> None:
        state = await self._logins.write_login(address, login)
        self.login_note = f"Kept in {state.name}." if state.is_persistent else state.problem
        if self.now.proxy_address == address:
            self._set(replace(self.now, proxy_has_login=True))

    def _set(self, settings: NetworkSettings) -> None:
        self._preferences.update(network=settings)
        self.changed.notify()
