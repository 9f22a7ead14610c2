"""Trying a server and a key with a real request, and keeping them once they are good."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from headwater.domain.address import BadAddressError
from headwater.domain.api_key import ApiKey, UnusableKeyError
from headwater.domain.connection_check import CheckResult, CheckStep
from headwater.domain.failure import internal_failure
from headwater.domain.provider import CUSTOM, DialectName, Provider, model_to_begin_with
from headwater.session.account import Account
from headwater.session.listeners import Listeners
from headwater.session.ports import KeychainState
from headwater.session.preference_session import PreferenceSession
from headwater.session.provider_session import ProviderSession
from headwater.session.task_scope import TaskScope


class CheckConnection(Protocol):
    """Sends real requests and tells of each step."""

    async def __call__(
        self,
        provider: Provider,
        key: ApiKey | None,
        show: Callable[[CheckStep], None],
        *,
        asks_first_word: bool,
    ) -> CheckResult:
        """Return how it went; `show` hears of steps as they begin and end."""
        ...


class ConnectionSession:
    """One attempt after another to set up a provider; a snapshot of where it stands."""

    def __init__(
        self,
        account: Account,
        preferences: PreferenceSession,
        providers: ProviderSession,
        check: CheckConnection,
        scope: TaskScope,
    ) -> None:
        """Take what checks a connection and where a good one is kept."""
        self._account = account
        self._preferences = preferences
        self._providers = providers
        self._check = check
        self._scope = scope
        self._task: asyncio.Task[None] | None = None
        self.steps: tuple[CheckStep, ...] = ()
        self.problem = ""
        self.models: tuple[str, ...] = ()
        self.is_done = False
        self.kept_in: KeychainState | None = None
        self.changed: Listeners[[]] = Listeners()

    @property
    def is_checking(self) -> bool:
        """Whether a check is under way."""
        return self._task is not None

    def begin(self) -> None:
        """Forget the last attempt, and find out where a key would be kept."""
        self.cancel()
        self.steps, self.problem, self.models, self.is_done = (), "", (), False
        self._scope.start(self._look_at_keychain(), "keychain state")
        self.changed.notify()

    def check_and_keep(
        self,
        provider_id: str,
        base_url: str,
        dialect: DialectName,
        model: str,
        key_text: str,
        *,
        asks_first_word: bool = True,
    ) -> None:
        """Check the connection and, when it is good, keep the key and choose the provider.

        An empty `key_text` means the key that is kept already, or none. A first word is asked for
        only with the user's consent: it may cost a few tokens.
        """
        self.cancel()
        self.steps, self.problem, self.is_done = (), "", False
        try:
            provider = self._providers.preview(provider_id)
            if provider_id == CUSTOM.id:
                provider = replace(provider, dialect=dialect)
            # A provider without an address of its own says here that one is needed.
            provider = provider.at(base_url or provider.base_url)
            key = ApiKey(key_text) if key_text.strip() else None
        except (BadAddressError, UnusableKeyError) as error:
            self.problem = str(error)
            self.changed.notify()
            return
        chosen = replace(provider, model=model or provider.model)
        work = self._run(chosen, key, base_url, asks_first_word=asks_first_word)
        self._task = self._scope.start(work, "check connection")
        self.changed.notify()

    def remove_key(self, provider_id: str) -> None:
        """Forget the key of that provider at its present address."""
        provider = self._providers.preview(provider_id)
        self._scope.start(self._account.remove_key(provider), "remove key")

    def cancel(self) -> None:
        """Give up the check that is under way."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(
        self, provider: Provider, key: ApiKey | None, base_url: str, *, asks_first_word: bool
    ) -> None:
        try:
            await self._check_and_keep(provider, key, base_url, asks_first_word=asks_first_word)
        except Exception:
            failure = internal_failure()
            self.problem = f"{failure.title} Nothing was kept."
            raise
        finally:
            if self._task is asyncio.current_task():
                self._task = None
                self.changed.notify()

    async def _check_and_keep(
        self, provider: Provider, key: ApiKey | None, base_url: str, *, asks_first_word: bool
    ) -> None:
        stored = key or (await self._account.access(provider)).key
        result = await self._check(provider, stored, self._show, asks_first_word=asks_first_word)
        self.models = result.models
        if result.failure is not None:
            failure = result.failure
            self.problem = f"{failure.title} {failure.detail}".strip()
        else:
            if key is not None:
                self.kept_in = await self._account.set_key(provider, key)
            self._choose(provider, base_url, result.models)
            self.is_done = True

    def _choose(self, provider: Provider, base_url: str, models: tuple[str, ...]) -> None:
        if provider.id == CUSTOM.id:
            self._preferences.update(custom_dialect=provider.dialect)
        model = provider.model
        if not model and provider.dialect is DialectName.CHAT_COMPLETIONS:
            model = model_to_begin_with(models)
        self._providers.choose(provider.id, provider.base_url if base_url else "", model)

    def _show(self, step: CheckStep) -> None:
        others = tuple(known for known in self.steps if known.name != step.name)
        if len(others) == len(self.steps):
            self.steps = (*others, step)
        else:
            self.steps = tuple(step if known.name == step.name else known for known in self.steps)
        self.changed.notify()

    async def _look_at_keychain(self) -> None:
        self.kept_in = await self._account.keychain_state()
        self.changed.notify()
