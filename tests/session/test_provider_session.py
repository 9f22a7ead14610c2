"""Whom the next question goes to, and whether it could be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from headwater.domain.api_key import ApiKey
from headwater.domain.failure import Failure, FailureKind
from headwater.domain.preferences import Preferences, Theme
from headwater.domain.provider import (
    CUSTOM,
    DEMO,
    OLLAMA,
    OPENAI,
    OPENROUTER,
    PERPLEXITY,
    Provider,
)
from headwater.session.account import Account
from headwater.session.ports import KeyProblem
from headwater.session.preference_session import PreferenceSession
from headwater.session.provider_session import ProviderSession
from headwater.session.task_scope import TaskScope
from tests.fakes import FakeDemo, FakeKeychain, FakeService, play, scope_without_crash, turns, until

KEY = "sk-canary-7f3a91c2d4"


class GatedKeychain(FakeKeychain):
    """Answers for a provider once its gate, if it has one, is open."""

    def __init__(self, **keys: str) -> None:
        super().__init__(**keys)
        self.gates: dict[str, asyncio.Event] = {}
        self.reads = 0

    async def read(self, provider: Provider) -> ApiKey | None:
        self.reads += 1
        key = await super().read(provider)
        if (gate := self.gates.get(provider.id)) is not None:
            await gate.wait()
        return key


class GatedService(FakeService):
    """Lists the models of an address once its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[str, tuple[str, ...] | Failure] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.asked: list[tuple[str, ApiKey | None]] = []

    async def models(self, provider: Provider, key: ApiKey | None) -> tuple[str, ...] | Failure:
        self.asked.append((provider.base_url, key))
        if (gate := self.gates.get(provider.base_url)) is not None:
            await gate.wait()
        return self.lists.get(provider.base_url, ())


class Store:
    async def write(self, preferences: Preferences) -> str:
        return ""


@dataclass(frozen=True)
class Server:
    provider: Provider
    models: tuple[str, ...] = ()


class Counter:
    """A provider session on fakes."""

    def __init__(self, scope: TaskScope, provider_id: str = PERPLEXITY.id) -> None:
        self.keychain = GatedKeychain()
        self.account = Account(self.keychain, FakeDemo())
        self.service = GatedService()
        self.found: tuple[Server, ...] = ()
        now = Preferences(provider_id=provider_id)
        self.preferences = PreferenceSession(now, Store(), scope, gathering_time=0.0)
        self.session = ProviderSession(
            self.preferences, self.account, self.service, self._find, scope
        )
        self.seen: list[bool | None] = []
        self.session.changed.add(lambda: self.seen.append(self.session.is_ready))

    async def _find(self) -> tuple[Server, ...]:
        return self.found


def at_counter(
    journey: Callable[[Counter], Awaitable[None]], provider_id: str = PERPLEXITY.id
) -> None:
    async def run() -> None:
        async with scope_without_crash() as scope:
            await journey(Counter(scope, provider_id))

    play(run)


def test_that_the_keyring_is_not_woken_before_somebody_begins_to_ask() -> None:
    async def journey(counter: Counter) -> None:
        counter.session.look_around()
        counter.preferences.update(theme=Theme.DARK)
        await turns()
        assert not counter.keychain.reads
        assert counter.session.is_ready is False
        assert counter.session.is_surely_unready is False
        counter.session.look_for_key()
        await until(lambda: counter.session.is_surely_unready)
        await counter.account.set_key(PERPLEXITY, ApiKey(KEY))
        await until(lambda: counter.session.is_ready is True)
        await counter.account.remove_key(PERPLEXITY)
        await until(lambda: counter.session.is_ready is False)

    at_counter(journey)


def test_that_S21_a_locked_keyring_is_asked_again_and_what_it_kept_is_not_forgotten() -> None:
    async def journey(counter: Counter) -> None:
        session, keychain = counter.session, counter.keychain
        keychain.keys[PERPLEXITY.id] = ApiKey(KEY)
        session.look_for_key()
        await until(lambda: counter.preferences.now.knows_key(PERPLEXITY))
        key = keychain.keys.pop(PERPLEXITY.id)
        keychain.problem = KeyProblem("It is locked.", may_pass=True)
        session.look_for_key()
        await turns(10)
        assert counter.preferences.now.knows_key(PERPLEXITY)
        assert session.is_ready
        assert session.is_surely_unready is False
        keychain.keys[PERPLEXITY.id], keychain.problem = key, None
        session.look_for_key()
        await until(lambda: session._has_key)

    at_counter(journey)


@pytest.mark.parametrize(
    ("provider_id", "is_ready"), [(DEMO.id, True), (OLLAMA.id, True), (CUSTOM.id, False)]
)
def test_that_what_needs_no_key_is_ready_where_it_has_an_address(
    provider_id: str, is_ready: bool
) -> None:
    async def journey(counter: Counter) -> None:
        assert counter.session.is_ready is is_ready
        counter.session.look_around()
        await turns()
        assert counter.session.is_ready is is_ready

    at_counter(journey, provider_id)


def test_that_a_key_found_for_a_provider_that_was_left_says_nothing_of_the_next() -> None:
    async def journey(counter: Counter) -> None:
        counter.keychain.keys["openai"] = ApiKey(KEY)
        gate = counter.keychain.gates["openai"] = asyncio.Event()
        counter.session.choose("openai")
        await turns()
        counter.session.choose("openrouter")
        await until(lambda: counter.session.is_ready is False)
        gate.set()
        await turns(10)
        assert counter.session.provider.id == OPENROUTER.id
        assert counter.session.is_ready is False

    at_counter(journey)


def test_that_a_key_found_at_one_address_says_nothing_of_another() -> None:
    async def journey(counter: Counter) -> None:
        counter.keychain.keys["openai"] = ApiKey(KEY)
        gate = counter.keychain.gates["openai"] = asyncio.Event()
        counter.session.choose("openai")
        await turns()
        del counter.keychain.gates["openai"]
        counter.keychain.keys.clear()
        counter.session.choose("openai", "https://other.example/v1")
        await until(lambda: counter.session.is_surely_unready)
        gate.set()
        await turns(10)
        assert counter.session.is_ready is False

    at_counter(journey)


def test_that_a_slow_keyring_does_not_undo_what_was_found_later() -> None:
    async def journey(counter: Counter) -> None:
        gate = counter.keychain.gates["perplexity"] = asyncio.Event()
        counter.session.look_for_key()
        await turns()
        del counter.keychain.gates["perplexity"]
        await counter.account.set_key(PERPLEXITY, ApiKey(KEY))
        await until(lambda: counter.session.is_ready is True)
        gate.set()
        await turns(10)
        assert counter.session.is_ready is True

    at_counter(journey)


def test_that_a_preference_that_has_nothing_to_do_with_it_does_not_ask_the_keyring_again() -> None:
    async def journey(counter: Counter) -> None:
        counter.keychain.keys["perplexity"] = ApiKey(KEY)
        counter.session.look_for_key()
        await until(lambda: counter.session.is_ready is True)
        counter.preferences.update(theme=Theme.DARK)
        counter.session.choose_model("other")
        await turns(10)
        assert counter.session.is_ready is True
        assert counter.keychain.reads == 1


def test_that_a_key_seen_in_the_keyring_is_remembered_by_name_only() -> None:
    async def journey(counter: Counter) -> None:
        counter.keychain.keys["perplexity"] = ApiKey(KEY)
        counter.session.look_for_key()
        await until(lambda: counter.session.is_ready is True)
        now = counter.preferences.now
        assert now.kept_keys == ("perplexity https://api.perplexity.ai",)
        assert KEY not in repr(now)
        await counter.account.remove_key(PERPLEXITY)
        await until(lambda: counter.session.is_ready is False)
        assert counter.preferences.now.kept_keys == ()

    at_counter(journey)


def test_that_a_choice_is_kept_with_its_address_and_model() -> None:
    async def journey(counter: Counter) -> None:
        counter.session.choose("custom", "localhost:9/v1", "m")
        route = counter.session.route
        assert (route.provider.base_url, route.model) == ("http://localhost:9/v1", "m")
        counter.session.choose_model("n")
        counter.session.choose("openai")
        assert counter.session.provider == OPENAI
        counter.session.choose("custom")
        assert counter.session.route.model == "n"
        assert counter.session.preview("custom").base_url == "http://localhost:9/v1"
        assert counter.preferences.now.provider_id == "custom"

    at_counter(journey)


def test_that_the_command_lines_provider_is_asked_and_not_kept() -> None:
    async def journey(counter: Counter) -> None:
        given = CUSTOM.at("localhost:9/v1")
        counter.session.use(given)
        counter.session.choose_model("m")
        assert counter.session.route.model == "m"
        assert counter.session.provider.base_url == given.base_url
        assert counter.preferences.now == Preferences()
        counter.session.choose("openai")
        assert counter.session.provider == OPENAI

    at_counter(journey)


def test_that_local_servers_are_found_without_holding_anything_up() -> None:
    async def journey(counter: Counter) -> None:
        counter.found = (Server(OLLAMA, ("m",)),)
        counter.session.look_around()
        assert not counter.session.local_servers
        await until(lambda: counter.session.local_servers)
        assert [server.models for server in counter.session.local_servers] == [("m",)]

    at_counter(journey)


def test_that_models_are_listed_with_the_providers_key_and_once_at_a_time() -> None:
    async def journey(counter: Counter) -> None:
        counter.keychain.keys["perplexity"] = ApiKey(KEY)
        counter.service.lists[PERPLEXITY.base_url] = ("a", "b")
        counter.session.list_models()
        counter.session.list_models()
        assert counter.session.models.is_asking
        await until(lambda: not counter.session.models.is_asking)
        assert counter.session.models.models == ("a", "b")
        assert counter.service.asked == [(PERPLEXITY.base_url, ApiKey(KEY))]

    at_counter(journey)


def test_that_nobody_is_asked_for_models_without_the_key_that_is_needed() -> None:
    async def journey(counter: Counter) -> None:
        counter.session.list_models()
        await until(lambda: not counter.session.models.is_asking)
        assert counter.service.asked == []

    at_counter(journey)


def test_that_a_list_that_fails_says_why() -> None:
    async def journey(counter: Counter) -> None:
        failure = Failure(FailureKind.NOT_CONNECTED, "Nobody answers there.")
        counter.service.lists[OLLAMA.base_url] = failure
        counter.session.list_models()
        await until(lambda: not counter.session.models.is_asking)
        assert counter.session.models.failure == failure
        counter.service.lists[OLLAMA.base_url] = ("m",)
        counter.session.list_models()
        await until(lambda: counter.session.models.models == ("m",))
        assert counter.session.models.failure is None

    at_counter(journey, OLLAMA.id)


def test_that_a_late_list_of_one_provider_does_not_replace_that_of_another() -> None:
    async def journey(counter: Counter) -> None:
        gate = counter.service.gates[OLLAMA.base_url] = asyncio.Event()
        counter.service.lists = {OLLAMA.base_url: ("old",), "http://localhost:9/v1": ("new",)}
        counter.session.list_models()
        await turns()
        counter.session.choose("custom", "localhost:9/v1")
        assert not counter.session.models.is_asking
        counter.session.list_models()
        await until(lambda: counter.session.models.models == ("new",))
        gate.set()
        await turns(10)
        assert counter.session.models.models == ("new",)
        counter.session.choose("ollama")
        assert not counter.session.models.is_asking
        counter.session.list_models()
        await until(lambda: counter.session.models.models == ("old",))

    at_counter(journey, OLLAMA.id)


def test_that_the_list_of_one_address_is_not_shown_for_another() -> None:
    async def journey(counter: Counter) -> None:
        counter.service.lists = {"http://localhost:9/v1": ("nine",)}
        counter.session.choose("custom", "localhost:9/v1")
        counter.session.list_models()
        await until(lambda: counter.session.models.models == ("nine",))
        counter.session.choose("custom", "localhost:10/v1")
        assert counter.session.models.models == ()

    at_counter(journey)


def test_that_a_list_that_crashes_can_be_asked_for_again() -> None:
    async def journey() -> None:
        class Broken(GatedService):
            async def models(
                self, provider: Provider, key: ApiKey | None
            ) -> tuple[str, ...] | Failure:
                raise ZeroDivisionError

        crashes: list[BaseException] = []
        async with TaskScope(crashes.append) as scope:
            counter = Counter(scope, OLLAMA.id)
            counter.session._service = Broken()
            counter.session.list_models()
            await until(lambda: crashes)
            assert not counter.session.models.is_asking

    play(journey)
