"""The built-in providers, and a provider at another address."""

from __future__ import annotations

import pytest

from headwater.domain.provider import (
    BUILT_IN,
    CUSTOM,
    DEMO,
    LOCAL,
    OPENAI,
    PERPLEXITY,
    BadAddressError,
    DialectName,
    Provider,
    built_in,
    model_to_begin_with,
)


def test_that_the_ids_of_providers_are_the_public_ones() -> None:
    assert [p.id for p in BUILT_IN] == [
        "perplexity",
        "perplexity-gateway",
        "openai",
        "aiwave",
        "deepseek",
        "openrouter",
        "ollama",
        "lmstudio",
        "llamacpp",
        "custom",
        "demo",
    ]
    assert {d.value for d in DialectName} == {"agent", "chat-completions", "typed-events"}


@pytest.mark.parametrize("provider", BUILT_IN, ids=lambda p: p.id)
def test_that_a_provider_is_found_by_its_id_and_has_a_usable_address_or_none(
    provider: Provider,
) -> None:
    assert built_in(provider.id) is provider
    if provider.base_url:
        assert provider.at(provider.base_url) == provider
        assert provider.origin.may_carry_key
    else:
        with pytest.raises(BadAddressError):
            _ = provider.origin


def test_that_an_unknown_id_has_no_provider() -> None:
    with pytest.raises(KeyError):
        built_in("nobody")


def test_that_S19_every_provider_that_needs_a_key_is_reached_encrypted() -> None:
    for provider in BUILT_IN:
        if provider.needs_key and provider.base_url:
            assert provider.origin.scheme == "https"
            assert not provider.is_local


def test_that_servers_on_this_machine_need_no_key_and_are_on_this_machine() -> None:
    assert [p.id for p in LOCAL] == ["ollama", "lmstudio", "llamacpp"]
    for provider in LOCAL:
        assert provider.origin.is_loopback
        assert provider.is_local
        assert not provider.needs_key
    assert len({p.origin for p in LOCAL}) == 3


def test_that_the_default_is_perplexitys_agent_api() -> None:
    assert BUILT_IN[0] is PERPLEXITY
    assert PERPLEXITY.dialect is DialectName.AGENT
    assert str(PERPLEXITY.origin) == "https://api.perplexity.ai"
    assert PERPLEXITY.takes_search_options


def test_that_a_provider_keeps_its_name_at_another_address() -> None:
    moved = OPENAI.at("localhost:9/v1/", DialectName.TYPED_EVENTS)
    assert (moved.base_url, moved.dialect) == ("http://localhost:9/v1", DialectName.TYPED_EVENTS)
    assert (moved.id, moved.needs_key) == (OPENAI.id, OPENAI.needs_key)
    assert moved.origin != OPENAI.origin
    assert OPENAI.at("https://other.example").dialect is OPENAI.dialect


@pytest.mark.parametrize("address", ["", "ftp://x", "https://good.example@evil.example/"])
def test_that_S19_an_unusable_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddressError):
        CUSTOM.at(address)


def test_that_the_demo_says_that_it_is_recorded() -> None:
    assert "recorded" in DEMO.name
    assert not DEMO.needs_key


def test_that_a_model_that_cannot_answer_is_not_begun_with() -> None:
    assert model_to_begin_with(("text-embedding-3", "whisper-1", "gpt-x", "gpt-y")) == "gpt-x"
    assert model_to_begin_with(("nomic-embed-text",)) == "nomic-embed-text"
    assert model_to_begin_with(()) == ""
