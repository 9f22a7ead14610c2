"""Where the requests go."""

from __future__ import annotations

import pytest

from headwater.domain.provider import CUSTOM, PERPLEXITY, DialectName
from headwater.protocol.dialect import AnswerRequest, Message
from headwater.protocol.dialects import dialect_named
from headwater.protocol.endpoint import endpoint, host_of

AGENT, CHAT, TYPED = DialectName.AGENT, DialectName.CHAT_COMPLETIONS, DialectName.TYPED_EVENTS


@pytest.mark.parametrize(
    ("dialect", "base_url", "url"),
    [
        (AGENT, "https://api.perplexity.ai/v1", "https://api.perplexity.ai/v1/responses"),
        (AGENT, "https://api.perplexity.ai", "https://api.perplexity.ai/v1/responses"),
        (AGENT, "http://localhost:4010", "http://localhost:4010/v1/responses"),
        (AGENT, "http://localhost:4010?k=v", "http://localhost:4010/v1/responses?k=v"),
        (AGENT, "https://h.example/v1?k=v&x=1", "https://h.example/v1/responses?k=v&x=1"),
        (AGENT, "https://h.example/v1/responses", "https://h.example/v1/responses"),
        (AGENT, "https://h.example/v1/agent", "https://h.example/v1/agent"),
        (AGENT, "https://h.example/v1/chat/completions", "https://h.example/v1/responses"),
        (CHAT, "https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
        (CHAT, "https://api.perplexity.ai", "https://api.perplexity.ai/chat/completions"),
        (CHAT, "https://api.perplexity.ai/v1", "https://api.perplexity.ai/chat/completions"),
        (CHAT, "http://localhost:4010", "http://localhost:4010/chat/completions"),
        (CHAT, "https://h.example/x?k=v", "https://h.example/x/chat/completions?k=v"),
        (CHAT, "https://h.example/chat/completions", "https://h.example/chat/completions"),
        (CHAT, "https://h.example/v1/responses", "https://h.example/v1/chat/completions"),
        (TYPED, "https://h.example/ask?k=v", "https://h.example/ask?k=v"),
    ],
)
def test_that_every_base_url_leads_to_one_address(
    dialect: DialectName, base_url: str, url: str
) -> None:
    request = AnswerRequest(CUSTOM.at(base_url, dialect), "m", (Message("user", "Where?"),))
    assert dialect_named(dialect).request(request).url == url


def test_that_the_built_in_perplexity_is_asked_at_v1_responses() -> None:
    request = AnswerRequest(PERPLEXITY, "", (Message("user", "Where?"),))
    wire = dialect_named(PERPLEXITY.dialect).request(request)
    assert (wire.method, wire.url) == ("POST", "https://api.perplexity.ai/v1/responses")


def test_that_a_trailing_slash_makes_no_empty_segment() -> None:
    assert endpoint("https://h.example/v1/", "/responses") == "https://h.example/v1/responses"


def test_that_a_host_is_read_in_lower_case() -> None:
    assert host_of("https://API.OpenAI.com:443/v1") == "api.openai.com"
    assert host_of("nothing") == ""
