"""Where keys go: to an encrypting keyring under provider and origin, and nowhere else."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keyring.backends.fail
import keyring.backends.null
import keyring.errors
import pytest

from headwater.adapters.keychain import (
    EnvironmentKeys,
    SystemKeychain,
    _Outcome,
    take_environment_keys,
)
from headwater.domain.api_key import ApiKey, UnusableKeyError
from headwater.domain.network_settings import ProxyLogin
from headwater.domain.preferences import Preferences
from headwater.domain.provider import (
    CUSTOM,
    LM_STUDIO,
    OPENAI,
    PERPLEXITY,
    PERPLEXITY_GATEWAY,
    Provider,
)
from headwater.session.ports import KeychainState

CANARY = "sk-canary-7f3a91c2d4"
_KEY = ApiKey(CANARY)
_OTHER = ApiKey("pplx-another-key-0002")
_NAME = "GNOME Keyring / Secret Service"
_NOT_RUNNING = "No keyring is running. Install gnome-keyring or KWallet, or unlock it."
_UNENCRYPTED = "The keyring that is set up does not encrypt keys, so it is not used."


class _Keyring:
    """A keyring in memory that can refuse, raise and take its time."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.calls: list[str] = []
        self.error: Exception | None = None
        self.is_open = threading.Event()
        self.is_open.set()
        self.busy = 0

    def _called(self, what: str) -> None:
        self.calls.append(what)
        self.busy += 1
        assert self.busy == 1, "two calls at the same time"
        assert threading.current_thread().daemon
        assert threading.current_thread() is not threading.main_thread()
        self.is_open.wait(5)
        self.busy -= 1
        if self.error is not None:
            raise self.error

    def get_password(self, service: str, username: str) -> str | None:
        self._called("get")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._called("set")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._called("delete")
        del self.kept[service, username]


def _from(module: str) -> _Keyring:
    """Return a fake that says that it comes from that module."""
    ring = _Keyring()
    ring.__class__ = type("Keyring", (_Keyring,), {"__module__": module})
    return ring


def _secret_service() -> _Keyring:
    return _from("keyring.backends.SecretService")


def _run(
    backend: object,
    use: Callable[[SystemKeychain], Coroutine[Any, Any, Any]],
    **options: Any,
) -> Any:
    def load() -> object:
        if isinstance(backend, Exception):
            raise backend
        return backend

    async def main() -> Any:
        keychain = SystemKeychain(load=load, **options)
        try:
            return await use(keychain)
        finally:
            keychain.close()

    return asyncio.run(main())


def test_that_a_key_is_kept_read_and_removed() -> None:
    ring = _secret_service()

    async def use(keychain: SystemKeychain) -> list[Any]:
        return [
            await keychain.read(OPENAI),
            await keychain.write(OPENAI, _KEY),
            await keychain.read(OPENAI),
            await keychain.state(),
        ]

    async def remove(keychain: SystemKeychain) -> ApiKey | None:
        await keychain.remove(OPENAI)
        return await keychain.read(OPENAI)

    kept = KeychainState(_NAME, is_persistent=True)
    assert _run(ring, use) == [None, kept, _KEY, kept]
    assert _run(ring, remove) is None
    assert ring.kept == {}


def test_that_S19_a_key_is_bound_to_provider_and_origin() -> None:
    ring = _secret_service()
    at_port = OPENAI.at("https://api.openai.com:8443/v1")
    elsewhere = OPENAI.at("https://api.openai.com.evil.example/v1")
    same_place = CUSTOM.at("https://api.openai.com/other/path")

    async def use(keychain: SystemKeychain) -> list[ApiKey | None]:
        await keychain.write(OPENAI, _KEY)
        places = (OPENAI, OPENAI.at("https://API.openai.com/v2"), at_port, elsewhere, same_place)
        return [await keychain.read(provider) for provider in places]

    assert _run(ring, use) == [_KEY, _KEY, None, None, None]
    assert list(ring.kept) == [("Headwater", "openai https://api.openai.com")]


@pytest.mark.parametrize("address", ["http://api.openai.com/v1", "http://192.168.1.5:8000"])
def test_that_S19_no_key_is_read_or_written_for_an_open_line(address: str) -> None:
    ring = _secret_service()
    provider = OPENAI.at(address)
    ring.kept["Headwater", f"openai {provider.origin}"] = CANARY
    environment = EnvironmentKeys(_OTHER, _OTHER)

    async def use(keychain: SystemKeychain) -> Any:
        return await keychain.read(provider), await keychain.write(provider, _KEY)

    read, state = _run(ring, use, environment=environment, chosen=("openai", provider.origin))
    assert read is None
    assert not state.is_persistent
    assert "https" in state.problem
    assert ring.calls == []


def test_that_http_to_this_machine_may_carry_a_key() -> None:
    local = CUSTOM.at("http://localhost:8000/v1")

    async def use(keychain: SystemKeychain) -> Any:
        state = await keychain.write(local, _KEY)
        return state.is_persistent, await keychain.read(local)

    assert _run(_secret_service(), use) == (True, _KEY)


def test_that_a_provider_without_an_address_has_no_key() -> None:
    ring = _secret_service()

    async def use(keychain: SystemKeychain) -> Any:
        await keychain.remove(CUSTOM)
        return await keychain.read(CUSTOM), (await keychain.write(CUSTOM, _KEY)).is_persistent

    assert _run(ring, use) == (None, False)
    assert ring.calls == []


def test_that_a_server_on_this_machine_does_not_wait_for_a_locked_keyring() -> None:
    ring = _secret_service()

    async def use(keychain: SystemKeychain) -> Any:
        return await keychain.read(LM_STUDIO), await keychain.write(LM_STUDIO, _KEY)

    key, state = _run(ring, use)
    assert key is None
    assert not state.is_persistent
    assert ring.calls == []


# --- which keyrings are taken ---


class _Chain:
    def __init__(self, *members: object) -> None:
        self.backends = members


_Chain.__module__ = "keyring.backends.chainer"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keyring.backends.SecretService", _NAME),
        ("keyring.backends.libsecret", _NAME),
        ("keyring.backends.kwallet", "KWallet"),
        ("keyring.backends.macOS", "macOS Keychain"),
        ("keyring.backends.Windows", "Windows Credential Manager"),
    ],
)
def test_that_S20_an_encrypting_keyring_is_taken_and_named(module: str, name: str) -> None:
    async def use(keychain: SystemKeychain) -> Any:
        return await keychain.write(OPENAI, _KEY), await keychain.state()

    state = KeychainState(name, is_persistent=True)
    assert _run(_from(module), use) == (state, state)


@pytest.mark.parametrize(
    "module",
    [
        "keyrings.alt.file",
        "keyring.backends.plaintext",
        "keyring.backends.SecretServiceLookalike",
        "evil.keyring.backends.SecretService",
        "__main__",
    ],
)
@pytest.mark.parametrize("is_chained", [False, True])
def test_that_S20_any_other_keyring_is_refused_and_the_key_stays_in_memory(
    module: str, is_chained: bool
) -> None:
    ring = _from(module)

    async def use(keychain: SystemKeychain) -> Any:
        state = await keychain.write(OPENAI, _KEY)
        return state, await keychain.read(OPENAI), await keychain.state()

    written, key, state = _run(_Chain(ring) if is_chained else ring, use)
    assert ring.calls == []
    assert key == _KEY
    assert not written.is_persistent
    assert not state.is_persistent
    assert "does not encrypt" in written.problem
    assert written.problem.endswith("The key is kept until Headwater ends.")


def test_that_S20_of_a_chain_only_an_encrypting_member_is_used() -> None:
    plain, good = _from("keyrings.alt.file"), _secret_service()

    async def use(keychain: SystemKeychain) -> bool:
        state = await keychain.write(OPENAI, _KEY)
        return state.is_persistent

    assert _run(_Chain(plain, good), use)
    assert plain.calls == []
    assert CANARY in good.kept.values()


@pytest.mark.parametrize("backend", [keyring.backends.fail.Keyring, keyring.backends.null.Keyring])
def test_that_no_keyring_says_what_is_missing(backend: type) -> None:
    state = _run(backend(), lambda keychain: keychain.state())
    assert not state.is_persistent
    assert "keyring" in state.problem
    if sys.platform.startswith("linux"):
        assert state.problem == _NOT_RUNNING


# --- faults ---


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (keyring.errors.KeyringLocked(CANARY), "locked"),
        (keyring.errors.InitError(CANARY), "opened"),
        (keyring.errors.PasswordSetError(CANARY), "did not take"),
        (keyring.errors.NoKeyringError(CANARY), "keyring"),
        (RuntimeError(f"Bearer {CANARY}"), "RuntimeError"),
        (OSError(8, CANARY), "did not answer"),
        (ValueError(CANARY), "did not answer"),
    ],
)
def test_that_S21_each_fault_is_told_in_words_without_the_key(error: Exception, word: str) -> None:
    ring = _secret_service()
    ring.kept["Headwater", "openai https://api.openai.com"] = _OTHER.reveal()

    async def use(keychain: SystemKeychain) -> Any:
        ring.error = error
        missing = await keychain.read(OPENAI)
        after_reading = await keychain.state()
        written = await keychain.write(OPENAI, _KEY)
        key = await keychain.read(OPENAI)
        return missing, after_reading, written, key

    missing, after_reading, written, key = _run(ring, use)
    assert missing is None
    assert key == _KEY
    assert not written.is_persistent
    for state in (written, after_reading):
        assert word in state.problem
        assert CANARY not in state.problem
    assert ring.kept["Headwater", "openai https://api.openai.com"] == _OTHER.reveal()
    assert "delete" not in ring.calls


@pytest.mark.parametrize("error", [ImportError("no bus"), keyring.errors.InitError("x")])
def test_that_S21_a_keyring_that_cannot_be_loaded_is_told(error: Exception) -> None:
    state = _run(error, lambda keychain: keychain.state())
    assert not state.is_persistent
    assert state.problem


def test_that_S14_what_is_not_a_key_in_the_keyring_is_not_used() -> None:
    ring = _secret_service()
    ring.kept["Headwater", "openai https://api.openai.com"] = "a\nb: c"

    async def use(keychain: SystemKeychain) -> Any:
        return await keychain.read(OPENAI), (await keychain.state()).problem

    key, problem = _run(ring, use)
    assert key is None
    assert problem == "What the keyring holds for this provider is not a key."


def test_that_S17_what_was_typed_given_or_read_is_masked_in_a_report() -> None:
    ring = _secret_service()
    ring.kept["Headwater", "openai https://api.openai.com"] = "read-from-the-keyring"
    ring.kept["Headwater", "proxy http://proxy.example:1"] = "reader:read-password"
    keys = EnvironmentKeys(perplexity=ApiKey("of-the-environment"))

    async def use(keychain: SystemKeychain) -> list[str]:
        before = keychain.masked("read-from-the-keyring of-the-environment typed-in")
        await keychain.read(OPENAI)
        await keychain.write(PERPLEXITY, ApiKey("typed-in"))
        await keychain.read_login("http://proxy.example:1")
        await keychain.write_login("http://other.example:1", ProxyLogin("typist", "typed-password"))
        words = "read-from-the-keyring of-the-environment typed-in reader read-password"
        return [
            before,
            keychain.masked(f"{words} typist typed-password cmVhZGVyOnJlYWQtcGFzc3dvcmQ="),
        ]

    before, after = _run(ring, use, environment=keys)
    assert before == "read-from-the-keyring ••• typed-in"
    assert after == " ".join(["•••"] * 8)


def test_that_S15_what_the_keyring_gave_does_not_show_itself_to_a_debugging_loop() -> None:
    """Which logs, cut short, what callbacks are given and futures hold."""
    assert CANARY not in repr(_Outcome(CANARY))


def test_that_S21_the_loop_goes_on_while_the_keyring_asks_for_its_password() -> None:
    ring = _secret_service()
    ring.kept["Headwater", "openai https://api.openai.com"] = CANARY
    ring.is_open.clear()

    async def use(keychain: SystemKeychain) -> Any:
        beats = 0
        reading = asyncio.ensure_future(keychain.read(OPENAI))  # noqa: TID251
        for _ in range(20):
            await asyncio.sleep(0.002)
            beats += 1
        assert not reading.done()
        state = await keychain.state()
        ring.is_open.set()
        return beats, state, await reading, await keychain.state()

    beats, waiting, key, state = _run(ring, use, patience=0.02)
    assert beats == 20
    assert key == _KEY
    assert "has not answered" in waiting.problem
    assert not waiting.is_persistent
    assert state == KeychainState(_NAME, is_persistent=True)


def test_that_a_key_is_usable_while_the_keyring_still_asks_whether_to_keep_it() -> None:
    ring = _secret_service()
    ring.is_open.clear()

    async def use(keychain: SystemKeychain) -> Any:
        writing = asyncio.ensure_future(keychain.write(OPENAI, _KEY))  # noqa: TID251
        await asyncio.sleep(0)
        key = await keychain.read(OPENAI)
        ring.is_open.set()
        return key, await writing

    assert _run(ring, use) == (_KEY, KeychainState(_NAME, is_persistent=True))


def test_that_calls_come_one_after_another() -> None:
    async def use(keychain: SystemKeychain) -> list[ApiKey | None]:
        await keychain.write(OPENAI, _KEY)
        return list(await asyncio.gather(*(keychain.read(OPENAI) for _ in range(8))))

    assert _run(_secret_service(), use) == [_KEY] * 8


def test_that_a_removed_key_stays_away_also_when_the_keyring_does_not_let_go_of_it() -> None:
    ring = _secret_service()

    async def use(keychain: SystemKeychain) -> Any:
        await keychain.write(OPENAI, _KEY)
        ring.error = keyring.errors.PasswordDeleteError("x")
        await keychain.remove(OPENAI)
        problem = (await keychain.state()).problem
        ring.error = None
        gone = await keychain.read(OPENAI)
        await keychain.write(OPENAI, _OTHER)
        return problem, gone, await keychain.read(OPENAI)

    assert _run(ring, use) == ("The keyring did not remove the key.", None, _OTHER)


def test_that_a_proxys_login_is_kept_read_and_removed_by_its_address() -> None:
    ring = _secret_service()
    login, proxy = ProxyLogin("me", "pass:wörd"), "http://proxy.example:3128"

    async def use(keychain: SystemKeychain) -> list[Any]:
        return [
            await keychain.write_login(proxy, login),
            await keychain.read_login(proxy),
            await keychain.read_login("http://other.example:3128"),
        ]

    async def remove(keychain: SystemKeychain) -> ProxyLogin | None:
        await keychain.remove_login(proxy)
        return await keychain.read_login(proxy)

    assert _run(ring, use) == [KeychainState(_NAME, is_persistent=True), login, None]
    assert list(ring.kept.values()) == ["me:pass:wörd"]
    assert _run(ring, remove) is None
    assert ring.kept == {}


def test_that_without_a_keyring_a_proxys_login_lasts_for_this_run() -> None:
    login, proxy = ProxyLogin("me", "secret"), "http://proxy.example:3128"

    async def use(keychain: SystemKeychain) -> Any:
        state = await keychain.write_login(proxy, login)
        kept = await keychain.read_login(proxy)
        await keychain.remove_login(proxy)
        return state, kept, await keychain.read_login(proxy)

    state, kept, gone = _run(keyring.errors.NoKeyringError("secret"), use)
    assert (state.is_persistent, kept, gone) == (False, login, None)
    assert "kept until Headwater ends" in state.problem
    assert "secret" not in repr(state)


def test_that_removing_a_key_that_is_not_there_is_no_problem() -> None:
    async def use(keychain: SystemKeychain) -> str:
        await keychain.remove(OPENAI)
        return (await keychain.state()).problem

    assert _run(_secret_service(), use) == ""


def test_that_the_longest_key_fits_the_windows_credential_manager() -> None:
    assert len(ApiKey("k" * 1200).reveal()) == 1200
    with pytest.raises(UnusableKeyError):
        ApiKey("k" * 1281)  # 2,560 bytes are 1,280 characters of UTF-16


# --- the environment ---


def test_that_S16_keys_are_taken_out_of_the_environment() -> None:
    environ = {"PERPLEXITY_API_KEY": f" {CANARY}\n", "HEADWATER_API_KEY": "k2", "PATH": "/bin"}
    keys = take_environment_keys(environ)
    assert keys == EnvironmentKeys(_KEY, ApiKey("k2"))
    assert environ == {"PATH": "/bin"}
    assert CANARY not in repr(keys)


def test_that_S14_an_unusable_variable_is_named_without_its_value() -> None:
    environ = {"PERPLEXITY_API_KEY": f"{CANARY}\r\nX: y", "HEADWATER_API_KEY": "  "}
    keys = take_environment_keys(environ)
    assert (keys.perplexity, keys.headwater) == (None, None)
    assert keys.problem.startswith("PERPLEXITY_API_KEY is not usable: ")
    assert CANARY not in keys.problem
    state = _run(_secret_service(), lambda keychain: keychain.state(), environment=keys)
    assert keys.problem in state.problem
    assert environ == {}


@pytest.mark.parametrize(
    ("provider", "is_given"),
    [
        (PERPLEXITY, True),
        (PERPLEXITY_GATEWAY.at("https://api.perplexity.ai"), True),
        (PERPLEXITY.at("https://api.perplexity.ai:444/v1"), False),
        (PERPLEXITY.at("https://gateway.example/v1"), False),
        (PERPLEXITY.at("http://localhost:8000"), False),
        (CUSTOM.at("https://api.perplexity.ai"), False),
        (OPENAI, False),
    ],
)
def test_that_S19_the_perplexity_variable_is_for_its_own_origin_alone(
    provider: Provider, is_given: bool
) -> None:
    keys = EnvironmentKeys(perplexity=_KEY)
    found = _run(_secret_service(), lambda keychain: keychain.read(provider), environment=keys)
    assert found == (_KEY if is_given else None)


def test_that_the_keyring_comes_before_the_perplexity_variable() -> None:
    async def use(keychain: SystemKeychain) -> ApiKey | None:
        await keychain.write(PERPLEXITY, _OTHER)
        return await keychain.read(PERPLEXITY)

    assert _run(_secret_service(), use, environment=EnvironmentKeys(perplexity=_KEY)) == _OTHER


@pytest.mark.parametrize("is_silent", [True, False])
def test_that_the_perplexity_variable_stands_in_for_a_keyring_in_trouble(is_silent: bool) -> None:
    ring = _secret_service()
    if is_silent:
        ring.is_open.clear()
    ring.error = keyring.errors.KeyringLocked("x")

    async def use(keychain: SystemKeychain) -> Any:
        begun = time.monotonic()
        key = await keychain.read(PERPLEXITY)
        waited = time.monotonic() - begun
        ring.is_open.set()
        return key, waited

    keys = EnvironmentKeys(perplexity=_KEY)
    key, waited = _run(ring, use, environment=keys, patience=0.05)
    assert key == _KEY
    assert waited < 2


def test_that_the_headwater_variable_is_for_what_the_command_line_chose_and_asks_no_keyring() -> (
    None
):
    ring = _secret_service()
    ring.kept["Headwater", "openai https://api.openai.com"] = _OTHER.reveal()
    chosen = ("openai", OPENAI.origin)

    async def use(keychain: SystemKeychain) -> Any:
        first = await keychain.read(OPENAI)
        calls = list(ring.calls)
        others = (
            PERPLEXITY,
            OPENAI.at("https://other.example"),
            CUSTOM.at("https://api.openai.com"),
        )
        return first, calls, [await keychain.read(provider) for provider in others]

    keys = EnvironmentKeys(headwater=_KEY)
    assert _run(ring, use, environment=keys, chosen=chosen) == (_KEY, [], [None] * 3)


def test_that_the_headwater_variable_means_nothing_when_nothing_was_chosen() -> None:
    keys = EnvironmentKeys(headwater=_KEY)
    assert _run(_secret_service(), lambda chain: chain.read(OPENAI), environment=keys) is None


# --- the real thing, in processes of its own ---

_SCRIPT = """
import asyncio, json, sys
from headwater.adapters.keychain import SystemKeychain
from headwater.domain.api_key import ApiKey
from headwater.domain.provider import OPENAI

async def main():
    keychain, key = SystemKeychain(), ApiKey("sk-canary-7f3a91c2d4")
    seen = {}
    written = await keychain.write(OPENAI, key)
    seen["written"] = [written.name, written.is_persistent, written.problem]
    seen["read"] = await keychain.read(OPENAI) == key
    seen["read by another"] = await SystemKeychain().read(OPENAI) == key
    seen["read elsewhere"] = await keychain.read(OPENAI.at("https://other.example/v1")) == key
    await keychain.remove(OPENAI)
    seen["read after removal"] = await SystemKeychain().read(OPENAI) == key
    print(json.dumps(seen))

asyncio.run(main())
"""


_WRITING = """
import asyncio
from headwater.adapters.keychain import SystemKeychain
from headwater.domain.api_key import ApiKey
from headwater.domain.provider import OPENAI
key = ApiKey("sk-canary-7f3a91c2d4")
print(asyncio.run(SystemKeychain().write(OPENAI, key)).is_persistent)
"""


def _in_process(home: Path, *before: str, **environ: str) -> dict[str, Any]:
    inherited = {name: os.environ[name] for name in ("PATH",)}
    done = subprocess.run(
        [*before, sys.executable, "-c", _SCRIPT],
        env={
            **inherited,
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "PYTHONPATH": os.pathsep.join(sys.path),
            **environ,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert CANARY not in done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _kept_in(home: Path) -> list[str]:
    found = home.rglob("*")
    return [path.name for path in found if path.is_file() and CANARY.encode() in path.read_bytes()]


if sys.platform.startswith("linux"):

    def test_that_a_real_gnome_keyring_keeps_and_forgets_a_key(tmp_path: Path) -> None:
        unlock = (
            "printf test-password | gnome-keyring-daemon --unlock --components=secrets"
            ' >/dev/null 2>&1; exec "$@"'
        )
        session = ("dbus-run-session", "--", "sh", "-c", unlock, "sh")
        assert _in_process(tmp_path, *session) == {
            "written": [_NAME, True, ""],
            "read": True,
            "read by another": True,
            "read elsewhere": False,
            "read after removal": False,
        }
        assert (tmp_path / ".local/share/keyrings/login.keyring").exists()
        assert _kept_in(tmp_path) == []

    def test_that_S21_a_real_gnome_keyring_that_is_locked_is_told_and_keeps_its_key(
        tmp_path: Path,
    ) -> None:
        unlock = "printf %s | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;"
        ask = f"{sys.executable} -m headwater ask --provider openai --no-save What?"
        write = f"{sys.executable} -c '{_WRITING}'"
        kept = tmp_path / ".local/share/keyrings/login.keyring"

        def run(password: str, command: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["dbus-run-session", "--", "sh", "-c", f"{unlock % password} {command}"],
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(tmp_path),
                    "XDG_RUNTIME_DIR": str(tmp_path),
                    "PYTHONPATH": os.pathsep.join(sys.path),
                },
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )

        assert run("right", write).stdout == "True\n"
        before = kept.read_bytes()
        told = run("wrong", ask)
        assert told.returncode == 3
        assert "The key for OpenAI could not be read." in told.stderr
        assert "The keyring is locked. Unlock it and try again. Nothing was sent." in told.stderr
        assert kept.read_bytes() == before

    def test_that_the_keyring_is_found_without_starting_a_program(tmp_path: Path) -> None:
        """Its module for Macs would ask ldconfig, gcc and ld for their libraries."""
        script = (
            "import sys; started = []; "
            "sys.addaudithook(lambda e, a: started.append(a) if e == 'subprocess.Popen' else None);"
            "from headwater.adapters.keychain import _load_keyring; _load_keyring();"
            "print(started, 'keyring' in sys.modules)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={
                **os.environ,
                "HOME": str(tmp_path),
                "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none",
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "[] True\n"

    def test_that_without_a_bus_the_key_lasts_for_this_run_and_the_reason_is_given(
        tmp_path: Path,
    ) -> None:
        seen = _in_process(tmp_path)
        assert seen["written"] == [
            "",
            False,
            f"{_NOT_RUNNING} The key is kept until Headwater ends.",
        ]
        assert seen["read"]
        assert not seen["read by another"]
        assert _kept_in(tmp_path) == []

    def test_that_a_bus_without_a_secret_service_is_told_like_no_bus(tmp_path: Path) -> None:
        nothing = tmp_path / "bus.conf"
        nothing.write_text(
            '<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"'
            ' "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">'
            "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>"
            '<policy context="default"><allow send_destination="*" eavesdrop="true"/>'
            '<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>'
        )
        session = ("dbus-run-session", f"--config-file={nothing}", "--")
        name, is_persistent, problem = _in_process(tmp_path, *session)["written"]
        assert (name, is_persistent) == ("", False)
        assert problem.startswith("No keyring is running.")


_PLAIN = """
import base64, os
from keyring.backend import KeyringBackend

class PlaintextKeyring(KeyringBackend):
    priority = 9
    def get_password(self, service, username):
        return None
    def set_password(self, service, username, password):
        with open(os.path.join(os.environ["HOME"], "plain"), "w") as file:
            file.write(password)
    def delete_password(self, service, username):
        pass
"""


@pytest.mark.parametrize("way", ["variable", "file"])
def test_that_S20_a_plain_text_keyring_set_up_by_the_user_is_refused(
    tmp_path: Path, way: str
) -> None:
    (tmp_path / "plain_keyring.py").write_text(_PLAIN)
    environ = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    if way == "variable":
        environ["PYTHON_KEYRING_BACKEND"] = "plain_keyring.PlaintextKeyring"
    else:
        config = tmp_path / ".config" / "python_keyring"
        config.mkdir(parents=True)
        backend = "[backend]\ndefault-keyring=plain_keyring.PlaintextKeyring\n"
        (config / "keyringrc.cfg").write_text(backend)
        environ["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={tmp_path}/no-bus"
    seen = _in_process(tmp_path, **environ)
    assert seen["written"] == [
        "",
        False,
        f"{_UNENCRYPTED} The key is kept until Headwater ends.",
    ]
    assert not (tmp_path / "plain").exists()


class _Telling(_Keyring):
    """A keyring that can be asked for any key of a service."""

    def get_credential(self, service: str, username: str | None) -> object | None:
        self._called("find")
        assert username is None
        names = [name for place, name in self.kept if place == service]
        return SimpleNamespace(username=names[0]) if names else None


def _telling() -> _Telling:
    ring = _Telling()
    ring.__class__ = type("Keyring", (_Telling,), {"__module__": "keyring.backends.SecretService"})
    return ring


@pytest.mark.parametrize("make", [_secret_service, _telling])
def test_that_all_keys_of_ours_go_and_those_of_others_stay(make: Callable[[], _Keyring]) -> None:
    ring = make()
    at = CUSTOM.at("https://api.example.org/v1")
    preferences = Preferences().at_base_url("custom", "https://api.example.org/v1")
    proxy = "http://proxy.example:8080"
    ring.kept["Another program", "me"] = "theirs"

    async def use(keychain: SystemKeychain) -> Any:
        for provider in (PERPLEXITY, at):
            await keychain.write(provider, ApiKey("pplx-of-mine"))
        await keychain.write_login(proxy, ProxyLogin("me", "a secret"))
        assert len(ring.kept) == 4
        state = await keychain.remove_all(preferences.key_names(), proxy)
        left = [await keychain.read(provider) for provider in (PERPLEXITY, at)]
        return state, [*left, await keychain.read_login(proxy)]

    state, left = _run(ring, use)
    assert (state.name, state.problem, left) == (_NAME, "", [None, None, None])
    assert ring.kept == {("Another program", "me"): "theirs"}


def test_that_a_keyring_that_can_tell_forgets_keys_that_nobody_remembers() -> None:
    ring = _telling()
    ring.kept["Headwater", "custom https://forgotten.example:443"] = "old"

    async def use(keychain: SystemKeychain) -> Any:
        return await keychain.remove_all((), "")

    assert _run(ring, use).problem == ""
    assert ring.kept == {}


def test_that_a_keyring_that_does_not_let_go_is_said_and_one_that_is_missing_has_no_name() -> None:
    ring = _secret_service()
    ring.error = keyring.errors.KeyringLocked("locked")

    async def use(keychain: SystemKeychain) -> Any:
        return await keychain.remove_all(("perplexity https://api.perplexity.ai",), "")

    locked = _run(ring, use)
    assert (locked.name, locked.problem) == (
        _NAME,
        "The keyring is locked. Unlock it and try again.",
    )
    missing = _run(_from("keyring.backends.fail"), use)
    assert (missing.name, missing.problem) == ("", _NOT_RUNNING)
