"""How a provider is reached: with its key, or at the demo server."""

from __future__ import annotations

from headwater.domain.api_key import ApiKey
from headwater.domain.provider import CUSTOM, DEMO, OPENAI, PERPLEXITY
from headwater.session.account import Account
from headwater.session.ports import KeyProblem
from tests.fakes import FakeDemo, FakeKeychain, play

KEY = "sk-canary-7f3a91c2d4"


def test_that_access_carries_the_providers_own_key_and_no_other() -> None:
    async def journey() -> None:
        account = Account(FakeKeychain(openai=KEY), FakeDemo())
        assert (await account.access(OPENAI)).key == ApiKey(KEY)
        assert (await account.access(PERPLEXITY)).key is None
        assert "canary" not in repr(await account.access(OPENAI))

    play(journey)


def test_that_the_demo_is_started_by_the_first_question_and_gets_no_key() -> None:
    async def journey() -> None:
        demo = FakeDemo()
        account = Account(FakeKeychain(demo=KEY), demo)
        assert demo.started == 0
        access = await account.access(DEMO)
        assert (access.provider.base_url, access.key) == ("http://127.0.0.1:2/v1", None)
        assert demo.started == 1

    play(journey)


def test_that_a_provider_without_an_address_has_no_key() -> None:
    async def journey() -> None:
        account = Account(FakeKeychain(custom=KEY, openai=KEY), FakeDemo())
        assert not await account.has_key(CUSTOM)
        assert await account.has_key(CUSTOM.at("https://api.example"))
        assert await account.has_key(OPENAI)
        assert not await account.has_key(PERPLEXITY)

    play(journey)


def test_that_setting_and_removing_a_key_is_told() -> None:
    async def journey() -> None:
        account = Account(FakeKeychain(), FakeDemo())
        told: list[bool] = []
        account.changed.add(lambda: told.append(True))
        state = await account.set_key(OPENAI, ApiKey(KEY))
        assert state == await account.keychain_state()
        assert state.is_persistent
        assert await account.has_key(OPENAI)
        assert len(told) == 1
        await account.remove_key(OPENAI)
        assert not await account.has_key(OPENAI)
        assert len(told) == 2

    play(journey)


def test_that_S21_whether_there_is_a_key_is_not_known_of_a_locked_keyring() -> None:
    async def journey() -> None:
        keychain = FakeKeychain(openai=KEY)
        account = Account(keychain, FakeDemo())
        locked = keychain.problem = KeyProblem("It is locked.", may_pass=True)
        assert await account.has_key(PERPLEXITY) is None
        assert (await account.access(PERPLEXITY)).problem == locked
        assert (await account.access(OPENAI)).problem is None
        keychain.problem = KeyProblem("There is none.", may_pass=False)
        assert await account.has_key(PERPLEXITY) is False

    play(journey)
