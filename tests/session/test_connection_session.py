"""A key and an address are kept once a real request was answered, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from headwater.domain.api_key import ApiKey
from headwater.domain.connection_check import CheckResult, CheckStep, StepState
from headwater.domain.failure import Failure, FailureKind
from headwater.domain.preferences import Preferences
from headwater.domain.provider import DialectName, Provider
from headwater.session.account import Account
from headwater.session.connection_session import ConnectionSession
from headwater.session.ports import KeychainState
from headwater.session.preference_session import PreferenceSession
from headwater.session.provider_session import ProviderSession
from headwater.session.task_scope import TaskScope
from tests.fakes import FakeDemo, FakeKeychain, FakeService, play, scope_without_crash, turns, until

KEY = "sk-canary-7f3a91c2d4"
CHAT = DialectName.CHAT_COMPLETIONS
REFUSED = Failure(FailureKind.UNAUTHORIZED, "The key was not accepted.", "It may have expired.")


class Check:
    """Asks nobody; hands out what the test puts in, and remembers with which key."""

    def __init__(self) -> None:
        self.asked: list[tuple[Provider, ApiKey | None]] = []
        self.consents: list[bool] = []
        self.steps: asyncio.Queue[CheckStep | CheckResult | Exception] = asyncio.Queue()
        self.closed = 0

    async def __call__(
        self,
        provider: Provider,
        key: ApiKey | None,
        show: Callable[[CheckStep], None],
        *,
        asks_first_word: bool,
    ) -> CheckResult:
        self.asked.append((provider, key))
        self.consents.append(asks_first_word)
        try:
            while True:
                step = await self.steps.get()
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, CheckResult):
                    return step
                show(step)
        finally:
            self.closed += 1


class WatchedKeychain(FakeKeychain):
    """A keyring that remembers every write, with the address it was for."""

    def __init__(self, **keys: str) -> None:
        super().__init__(**keys)
        self.written: list[tuple[str, str]] = []

    async def write(self, provider: Provider, key: ApiKey) -> KeychainState:
        self.written.append((provider.id, str(provider.origin)))
        return await super().write(provider, key)


class Store:
    async def write(self, preferences: Preferences) -> str:
        return ""


async def no_servers() -> tuple[()]:
    return ()


class Reception:
    """A connection session on fakes."""

    def __init__(self, scope: TaskScope) -> None:
        self.keychain = WatchedKeychain()
        self.check = Check()
        account = Account(self.keychain, FakeDemo())
        self.preferences = PreferenceSession(Preferences(), Store(), scope, gathering_time=0.0)
        self.providers = ProviderSession(
            self.preferences, account, FakeService(), no_servers, scope
        )
        self.session = ConnectionSession(
            account, self.preferences, self.providers, self.check, scope
        )
        self.told = 0
        self.session.changed.add(self._note)

    def _note(self) -> None:
        self.told += 1

    def begin(
        self,
        provider_id: str = "openai",
        base_url: str = "",
        dialect: DialectName = CHAT,
        model: str = "",
        key: str = KEY,
    ) -> None:
        self.session.check_and_keep(provider_id, base_url, dialect, model, key)

    async def say(self, *steps: CheckStep | CheckResult | Exception) -> None:
        for step in steps:
            await self.check.steps.put(step)
        await turns(10)

    def is_untouched(self) -> bool:
        return not self.keychain.written and self.preferences.now == Preferences()


def at_reception(journey: Callable[[Reception], Awaitable[None]]) -> None:
    async def run() -> None:
        async with scope_without_crash() as scope:
            await journey(Reception(scope))

    play(run)


def test_that_a_good_key_is_kept_at_its_address_and_the_provider_chosen() -> None:
    async def journey(reception: Reception) -> None:
        session = reception.session
        reception.begin("openai", "https://proxy.example/v1/", model="m")
        await turns(10)
        provider, key = reception.check.asked[0]
        assert (provider.base_url, key) == ("https://proxy.example/v1", ApiKey(KEY))
        assert reception.is_untouched()
        await reception.say(CheckResult(models=("m", "n")))
        assert session.is_done
        assert not reception.session.is_checking
        assert session.models == ("m", "n")
        assert reception.keychain.written == [("openai", "https://proxy.example")]
        assert session.kept_in is not None
        chosen = reception.providers.provider
        assert (chosen.id, chosen.base_url, chosen.model) == (
            "openai",
            "https://proxy.example/v1",
            "m",
        )
        assert reception.check.closed == 1

    at_reception(journey)


def test_that_each_step_is_shown_where_it_stands() -> None:
    async def journey(reception: Reception) -> None:
        reception.begin()
        await turns(10)
        before = reception.told
        running = CheckStep("Reach the server", StepState.RUNNING)
        done = CheckStep("Reach the server", StepState.DONE, "0.1 s")
        second = CheckStep("Send the key", StepState.RUNNING)
        await reception.say(running, second, done)
        assert reception.session.steps == (done, second)
        assert reception.told == before + 3
        reception.session.cancel()

    at_reception(journey)


def test_that_S19_a_key_that_was_refused_is_not_kept() -> None:
    async def journey(reception: Reception) -> None:
        reception.begin()
        failed = CheckStep("Send the key", StepState.FAILED)
        await reception.say(failed, CheckResult(REFUSED, models=()))
        session = reception.session
        assert session.problem == "The key was not accepted. It may have expired."
        assert not session.is_checking
        assert not session.is_done
        assert reception.is_untouched()

    at_reception(journey)


@pytest.mark.parametrize("rounds", range(12))
def test_that_a_check_given_up_at_any_moment_keeps_nothing(rounds: int) -> None:
    async def journey(reception: Reception) -> None:
        reception.begin()
        await reception.check.steps.put(CheckStep("Reach the server", StepState.DONE))
        for _ in range(rounds):
            await asyncio.sleep(0)
        reception.session.cancel()
        assert not reception.session.is_checking
        await reception.say(CheckResult())
        assert reception.is_untouched()
        assert not reception.session.is_done
        assert reception.check.closed == len(reception.check.asked)

    at_reception(journey)


def test_that_a_second_check_replaces_the_first() -> None:
    async def journey(reception: Reception) -> None:
        reception.begin("openai")
        await reception.say(CheckStep("Reach the server", StepState.RUNNING))
        reception.begin("openrouter")
        assert reception.session.steps == ()
        assert reception.session.is_checking
        await turns(10)
        assert reception.session.is_checking
        assert reception.check.closed == 1
        await reception.say(CheckResult())
        assert [name for name, _ in reception.keychain.written] == ["openrouter"]
        assert reception.providers.provider.id == "openrouter"

    at_reception(journey)


@pytest.mark.parametrize(
    ("provider_id", "base_url", "key", "word"),
    [
        ("custom", "", KEY, "address is needed"),
        ("custom", "ftp://x", KEY, "https://"),
        ("openai", "https://api.openai.com@evil.example/", KEY, "user name"),
        ("openai", "", "two words", "spaces"),
        ("openai", "", "x" * 2000, "too long"),
    ],
)
def test_that_S14_what_cannot_be_tried_is_said_and_not_sent(
    provider_id: str, base_url: str, key: str, word: str
) -> None:
    async def journey(reception: Reception) -> None:
        reception.begin(provider_id, base_url, key=key)
        assert word in reception.session.problem
        assert key not in reception.session.problem
        assert not reception.session.is_checking
        await turns(10)
        assert reception.check.asked == []
        assert reception.is_untouched()

    at_reception(journey)


def test_that_without_a_new_key_the_kept_one_is_tried_and_not_written_again() -> None:
    async def journey(reception: Reception) -> None:
        reception.keychain.keys["openai"] = ApiKey(KEY)
        reception.begin(key="  ")
        await reception.say(CheckResult())
        assert reception.check.asked[0][1] == ApiKey(KEY)
        assert reception.session.is_done
        assert reception.keychain.written == []
        assert reception.providers.provider.id == "openai"

    at_reception(journey)


def test_that_another_server_is_kept_with_its_dialect() -> None:
    async def journey(reception: Reception) -> None:
        reception.begin("custom", "localhost:9/v1", DialectName.TYPED_EVENTS, "m", "")
        await reception.say(CheckResult())
        assert reception.check.asked[0][0].dialect is DialectName.TYPED_EVENTS
        chosen = reception.providers.provider
        assert (chosen.dialect, chosen.base_url) == (
            DialectName.TYPED_EVENTS,
            "http://localhost:9/v1",
        )
        reception.begin("openai", dialect=DialectName.TYPED_EVENTS)
        await reception.say(CheckResult())
        assert reception.providers.provider.dialect is CHAT

    at_reception(journey)


def test_that_beginning_again_forgets_the_last_attempt_and_looks_at_the_keyring() -> None:
    async def journey(reception: Reception) -> None:
        session = reception.session
        reception.begin()
        await reception.say(CheckStep("Send the key", StepState.FAILED), CheckResult(REFUSED))
        session.begin()
        assert (session.steps, session.problem, session.models, session.is_done) == (
            (),
            "",
            (),
            False,
        )
        await until(lambda: session.kept_in is not None)

    at_reception(journey)


def test_that_a_key_is_removed_where_it_is_kept() -> None:
    async def journey(reception: Reception) -> None:
        reception.keychain.keys["openai"] = ApiKey(KEY)
        reception.session.remove_key("openai")
        await until(lambda: not reception.keychain.keys)

    at_reception(journey)


def test_that_a_mistake_of_ours_ends_the_check_and_keeps_nothing() -> None:
    async def journey() -> None:
        crashes: list[BaseException] = []
        async with TaskScope(crashes.append) as scope:
            reception = Reception(scope)
            reception.begin()
            await reception.say(ZeroDivisionError())
            assert [type(c) for c in crashes] == [ZeroDivisionError]
            assert not reception.session.is_checking
            assert "Nothing was kept." in reception.session.problem
            assert reception.is_untouched()

    play(journey)


def test_that_no_word_is_asked_for_without_consent() -> None:
    async def journey(reception: Reception) -> None:
        for consent in (False, True):
            reception.session.check_and_keep("openai", "", CHAT, "m", KEY, asks_first_word=consent)
            await turns()
        assert reception.check.consents == [False, True]
        await reception.say(CheckResult())

    at_reception(journey)
