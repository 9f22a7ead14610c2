"""How a provider is reached: its key from the keyring, or the demo server inside the app."""

from __future__ import annotations

from headwater.domain.api_key import ApiKey
from headwater.domain.provider import DEMO, Provider
from headwater.session.listeners import Listeners
from headwater.session.ports import Access, DemoService, Keychain, KeychainState


class Account:
    """Opens access to providers and changes their keys."""

    def __init__(self, keychain: Keychain, demo: DemoService) -> None:
        """Take where keys are kept and the server for recorded answers."""
        self._keychain = keychain
        self._demo = demo
        self.changed: Listeners[[]] = Listeners()

    async def access(self, provider: Provider) -> Access:
        """Return the provider ready to be asked; for the demo this starts its server."""
        if provider.id == DEMO.id:
            return Access(provider.at(await self._demo.start()))
        key = await self._keychain.read(provider)
        return Access(provider, key, None if key is not None else self._keychain.problem)

    def has_key_at_hand(self, provider: Provider) -> bool:
        """Whether there is a key that the keyring need not be asked for."""
        return bool(provider.base_url) and self._keychain.has_at_hand(provider)

    async def has_key(self, provider: Provider) -> bool | None:
        """Whether a question to this provider would carry a key; None if a later one may."""
        if not provider.base_url:
            return False
        if await self._keychain.read(provider) is not None:
            return True
        problem = self._keychain.problem
        return None if problem is not None and problem.may_pass else False

    async def set_key(self, provider: Provider, key: ApiKey) -> KeychainState:
        """Keep the key for this provider at this origin and say where it is kept."""
        state = await self._keychain.write(provider, key)
        self.changed.notify()
        return state

    async def remove_key(self, provider: Provider) -> None:
        """Forget the key."""
        await self._keychain.remove(provider)
        self.changed.notify()

    async def keychain_state(self) -> KeychainState:
        """Say where keys are kept."""
        return await self._keychain.state()
