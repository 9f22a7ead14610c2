"""Whom to ask now, what else could be asked, and whether it is ready."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from headwater.domain.failure import Failure
from headwater.domain.provider import DEMO, Provider
from headwater.session.account import Account
from headwater.session.conversation_session import Route
from headwater.session.listeners import Listeners
from headwater.session.ports import AnswerService
from headwater.session.preference_session import PreferenceSession
from headwater.session.task_scope import TaskScope


class LocalServer(Protocol):
    """A server found on this machine."""

    @property
    def provider(self) -> Provider:
        """Where it is and how it speaks."""
        ...

    @property
    def models(self) -> tuple[str, ...]:
        """What it can answer with."""
        ...


class LocalServerFinder(Protocol):
    """Looks on the usual ports of this machine."""

    async def __call__(self) -> tuple[LocalServer, ...]:
        """Return the servers that answer; takes well under a second."""
        ...


@dataclass(frozen=True, slots=True)
class ModelList:
    """The models of one provider: listed, still asked for, or why there are none."""

    provider_id: str
    models: tuple[str, ...] = ()
    failure: Failure | None = None
    is_asking: bool = False


class ProviderSession:
    """Follows the preferences; reads keys and lists off the way of whoever looks at it."""

    def __init__(
        self,
        preferences: PreferenceSession,
        account: Account,
        service: AnswerService,
        find_local_servers: LocalServerFinder,
        scope: TaskScope,
    ) -> None:
        """Take what it needs; nothing is asked before `look_around`."""
        self._preferences = preferences
        self._account = account
        self._service = service
        self._find_local_servers = find_local_servers
        self._scope = scope
        self._local: tuple[LocalServer, ...] = ()
        self._has_key: bool | None = None
        self._lookups = 0
        self._models = ModelList("")
        self._given: Provider | None = None
        self.changed: Listeners[[]] = Listeners()
        self._seen = self.provider
        preferences.changed.add(self._preferences_changed)
        account.changed.add(self.look_for_key)

    @property
    def provider(self) -> Provider:
        """The provider that the next question goes to."""
        return self._given or self._preferences.now.provider()

    @property
    def route(self) -> Route:
        """The provider with its chosen model."""
        provider = self.provider
        return Route(provider, provider.model)

    @property
    def is_ready(self) -> bool:
        """Whether a question could be sent, as far as is known without asking the keyring."""
        provider = self.provider
        if provider.id == DEMO.id:
            return True
        if not provider.base_url or not provider.needs_key:
            return bool(provider.base_url)
        if self._has_key is not None:
            return self._has_key
        known = self._preferences.now.knows_key(provider)
        return known or self._account.has_key_at_hand(provider)

    @property
    def is_surely_unready(self) -> bool:
        """Whether a question could not be sent, and it is of no use to ask the keyring again."""
        return not self.is_ready and (self._has_key is False or not self.provider.base_url)

    @property
    def local_servers(self) -> tuple[LocalServer, ...]:
        """The servers found on this machine."""
        return self._local

    @property
    def models(self) -> ModelList:
        """What is known of the models that the present provider lists."""
        provider_id = self.provider.id
        return self._models if self._models.provider_id == provider_id else ModelList(provider_id)

    def use(self, provider: Provider) -> None:
        """Ask `provider`, as the command line says, until another one is chosen."""
        self._given = provider
        self._preferences_changed()

    def choose(self, provider_id: str, base_url: str = "", model: str = "") -> None:
        """Ask this provider from now on, at `base_url` and with `model` where given."""
        self._given = None
        now = replace(self._preferences.now, provider_id=provider_id)
        if base_url:
            now = now.at_base_url(provider_id, base_url)
        if model:
            now = now.choosing_model(provider_id, model)
        self._preferences.set(now)

    def choose_model(self, model: str) -> None:
        """Use `model` with the present provider, empty for its default."""
        provider = self.provider
        if self._given is not None:
            self._given = replace(provider, model=model)
            self.changed.notify()
        else:
            self._preferences.set(self._preferences.now.choosing_model(provider.id, model))

    def preview(self, provider_id: str) -> Provider:
        """Return the provider as the user has set it up, without choosing it."""
        return self._preferences.now.provider(provider_id)

    def look_around(self) -> None:
        """Look for servers on this machine, without holding anything up."""
        self._scope.start(self._look_for_servers(), "local servers")

    def look_for_key(self) -> None:
        """Find out whether the present provider has a key; this may wake the keyring."""
        self._lookups += 1
        self._scope.start(self._look_for_key(self.provider, self._lookups), "key")

    def list_models(self) -> None:
        """Ask the present provider which models it has."""
        if not self.models.is_asking:
            provider = self.provider
            asked = ModelList(provider.id, self.models.models, is_asking=True)
            self._models = asked
            self._scope.start(self._list_models(provider, asked), "models")
            self.changed.notify()

    def _preferences_changed(self) -> None:
        provider, before = self.provider, self._seen
        self._seen = provider
        if (before.id, before.base_url) != (provider.id, provider.base_url):
            self._has_key = None
            self._models = ModelList("")
            self.look_for_key()
        self.changed.notify()

    async def _look_for_servers(self) -> None:
        self._local = tuple(await self._find_local_servers())
        self.changed.notify()

    async def _look_for_key(self, provider: Provider, lookup: int) -> None:
        has_key = await self._account.has_key(provider) if provider.needs_key else True
        if lookup == self._lookups:
            self._has_key = has_key
            # A keyring that is locked today has not lost what it kept.
            if provider.needs_key and provider.base_url and has_key is not None:
                is_kept = has_key and not self._account.has_key_at_hand(provider)
                now = self._preferences.now.knowing_key(provider, is_kept=is_kept)
                self._preferences.set(now)
            self.changed.notify()

    async def _list_models(self, provider: Provider, asked: ModelList) -> None:
        found = ModelList(provider.id)
        try:
            access = await self._account.access(provider)
            if access.key is not None or not provider.needs_key:
                listed = await self._service.models(access.provider, access.key)
                if isinstance(listed, Failure):
                    found = ModelList(provider.id, failure=listed)
                else:
                    found = ModelList(provider.id, listed)
        finally:
            # Another address may have been chosen, and its list asked for, meanwhile.
            if self._models is asked:
                self._models = found
                self.changed.notify()
