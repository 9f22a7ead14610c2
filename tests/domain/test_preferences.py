"""What was chosen, applied to the providers."""

from __future__ import annotations

import pytest

from headwater.domain.preferences import Preferences
from headwater.domain.provider import CUSTOM, OPENAI, PERPLEXITY, DialectName


def test_that_perplexity_is_asked_unless_another_was_chosen() -> None:
    assert Preferences().provider() == PERPLEXITY
    assert Preferences(provider_id="openai").provider() == OPENAI
    assert Preferences(provider_id="openai").provider("perplexity") == PERPLEXITY


@pytest.mark.parametrize("provider_id", ["", "gone-since-1.0", "PERPLEXITY"])
def test_that_an_unknown_provider_means_perplexity(provider_id: str) -> None:
    assert Preferences(provider_id=provider_id).provider() == PERPLEXITY


def test_that_address_dialect_model_and_limit_are_applied() -> None:
    preferences = Preferences(
        provider_id="custom",
        models={"custom": "llama", "openai": "gpt"},
        base_urls={"custom": "localhost:9/v1/"},
        custom_dialect=DialectName.AGENT,
        idle_limit=30.0,
    )
    provider = preferences.provider()
    assert provider.base_url == "http://localhost:9/v1"
    assert (provider.dialect, provider.model) == (DialectName.AGENT, "llama")
    assert provider.idle_limit == 30.0
    assert provider.first_word_limit == CUSTOM.first_word_limit
    assert preferences.provider("openai").dialect == OPENAI.dialect


def test_that_an_idle_limit_too_short_for_any_server_is_raised() -> None:
    assert Preferences(idle_limit=0.001).provider().idle_limit == 5.0


@pytest.mark.parametrize("address", ["ftp://x", "https://key@evil.example", "http://", "a b"])
def test_that_S19_an_unusable_address_leaves_the_built_in_one(address: str) -> None:
    assert Preferences(base_urls={"perplexity": address}).provider() == PERPLEXITY


def test_that_choosing_changes_one_provider_and_remembers_what_was_used() -> None:
    before = Preferences(models={"openai": "old", "custom": "kept"})
    after = before.choosing_model("openai", "new").at_base_url("custom", "https://a/v1")
    assert after.models == {"openai": "new", "custom": "kept"}
    assert before.models == {"openai": "old", "custom": "kept"}
    assert after.model_of(OPENAI) == "new"
    assert after.recent_models == ("new",)
    assert after.recent_base_urls == ("https://a/v1",)
    cleared = after.choosing_model("openai", "").at_base_url("custom", "")
    assert cleared.models == {"custom": "kept"}
    assert cleared.base_urls == {}
    assert cleared.recent_models == ("new",)


def test_that_the_list_of_recent_models_is_short_and_without_repeats() -> None:
    preferences = Preferences()
    for number in [*range(20), 15]:
        preferences = preferences.choosing_model("openai", f"m{number}")
    assert preferences.recent_models == tuple(
        f"m{n}" for n in (15, 19, 18, 17, 16, 14, 13, 12, 11, 10)
    )
