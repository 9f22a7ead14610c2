"""Who answers: the built-in providers and how each is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from headwater.domain.address import BadAddressError, Origin, normalized_base_url, origin_of


class DialectName(StrEnum):
    """How a server speaks; the values are a public interface (`--dialect`)."""

    AGENT = "agent"
    CHAT_COMPLETIONS = "chat-completions"
    TYPED_EVENTS = "typed-events"


@dataclass(frozen=True, slots=True)
class Provider:
    """A place to send questions to; `base_url` is empty where the user has to give one.

    `model` is the default, empty where the server's own list decides. `takes_search_options`
    says whether Perplexity's search fields may be sent. `takes_images` and `takes_pdfs` say whether
    Headwater may send such attachments; where that depends on the model, the server's refusal is
    shown. Times are seconds without content after which an answer counts as broken.
    """

    id: str
    name: str
    base_url: str
    dialect: DialectName
    model: str = ""
    needs_key: bool = True
    is_local: bool = False
    takes_search_options: bool = False
    takes_images: bool = False
    takes_pdfs: bool = False
    account_url: str = ""
    first_word_limit: float = 60.0
    idle_limit: float = 60.0

    @property
    def origin(self) -> Origin:
        """The origin that this provider's key is bound to.

        Raises:
            BadAddressError: there is no usable base URL yet.
        """
        return origin_of(self.base_url)

    def at(self, base_url: str, dialect: DialectName | None = None) -> Provider:
        """Return this provider at another address, speaking `dialect` if given.

        Raises:
            BadAddressError: the address is not usable.
        """
        return replace(
            self, base_url=normalized_base_url(base_url), dialect=dialect or self.dialect
        )


PERPLEXITY = Provider(
    id="perplexity",
    name="Perplexity",
    base_url="https://api.perplexity.ai/v1",
    dialect=DialectName.AGENT,
    takes_search_options=True,
    takes_images=True,
    takes_pdfs=True,
    account_url="https://www.perplexity.ai/account/api",
    first_word_limit=600.0,
    idle_limit=180.0,
)
PERPLEXITY_GATEWAY = Provider(
    id="perplexity-gateway",
    name="Perplexity gateway",
    base_url="",
    dialect=DialectName.CHAT_COMPLETIONS,
    model="sonar",
    takes_search_options=True,
    takes_images=True,
    takes_pdfs=True,
    first_word_limit=600.0,
    idle_limit=180.0,
)
OPENAI = Provider(
    id="openai",
    name="OpenAI",
    base_url="https://api.openai.com/v1",
    dialect=DialectName.CHAT_COMPLETIONS,
    takes_images=True,
    account_url="https://platform.openai.com/api-keys",
)
AIWAVE = Provider(
    id="aiwave",
    name="AIWave",
    base_url="https://aiwave.live/v1",
    dialect=DialectName.CHAT_COMPLETIONS,
    model="deepseek-v4-pro",
    account_url="https://aiwave.live",
)
DEEPSEEK = Provider(
    id="deepseek",
    name="DeepSeek",
    base_url="https://api.deepseek.com/v1",
    dialect=DialectName.CHAT_COMPLETIONS,
    model="deepseek-chat",
    account_url="https://platform.deepseek.com/api_keys",
    first_word_limit=600.0,
)
OPENROUTER = Provider(
    id="openrouter",
    name="OpenRouter",
    base_url="https://openrouter.ai/api/v1",
    dialect=DialectName.CHAT_COMPLETIONS,
    takes_images=True,
    account_url="https://openrouter.ai/settings/keys",
    first_word_limit=180.0,
)
OLLAMA = Provider(
    id="ollama",
    name="Ollama",
    base_url="http://localhost:11434/v1",
    dialect=DialectName.CHAT_COMPLETIONS,
    takes_images=True,
    needs_key=False,
    is_local=True,
    first_word_limit=300.0,
)
LM_STUDIO = Provider(
    id="lmstudio",
    name="LM Studio",
    base_url="http://localhost:1234/v1",
    dialect=DialectName.CHAT_COMPLETIONS,
    takes_images=True,
    needs_key=False,
    is_local=True,
    first_word_limit=300.0,
)
LLAMA_CPP = Provider(
    id="llamacpp",
    name="llama.cpp",
    base_url="http://localhost:8080/v1",
    dialect=DialectName.CHAT_COMPLETIONS,
    takes_images=True,
    needs_key=False,
    is_local=True,
    first_word_limit=300.0,
)
CUSTOM = Provider(
    id="custom",
    name="Another server",
    base_url="",
    dialect=DialectName.CHAT_COMPLETIONS,
    takes_images=True,
    needs_key=False,
    first_word_limit=300.0,
)
DEMO = Provider(
    id="demo",
    name="Demo (recorded)",
    base_url="",
    dialect=DialectName.AGENT,
    model="recorded",
    needs_key=False,
    is_local=True,
)

BUILT_IN: tuple[Provider, ...] = (
    PERPLEXITY,
    PERPLEXITY_GATEWAY,
    OPENAI,
    AIWAVE,
    DEEPSEEK,
    OPENROUTER,
    OLLAMA,
    LM_STUDIO,
    LLAMA_CPP,
    CUSTOM,
    DEMO,
)
LOCAL: tuple[Provider, ...] = (OLLAMA, LM_STUDIO, LLAMA_CPP)
# Servers list these beside the models that answer.
_NOT_FOR_QUESTIONS = (
    "embed",
    "whisper",
    "tts",
    "transcribe",
    "dall-e",
    "image",
    "audio",
    "realtime",
    "moderation",
    "rerank",
    "babbage",
    "davinci",
)


def model_to_begin_with(listed: Sequence[str]) -> str:
    """Return the first listed model that answers questions, as far as its name tells.

    Empty for an empty list; the first of all where every name speaks of something else.
    """
    for model in listed:
        if not any(word in model.lower() for word in _NOT_FOR_QUESTIONS):
            return model
    return listed[0] if listed else ""


def built_in(provider_id: str) -> Provider:
    """Return the built-in provider called `provider_id`.

    Raises:
        KeyError: there is none.
    """
    for provider in BUILT_IN:
        if provider.id == provider_id:
            return provider
    raise KeyError(provider_id)


__all__ = [
    "BUILT_IN",
    "LOCAL",
    "BadAddressError",
    "DialectName",
    "Provider",
    "built_in",
    "model_to_begin_with",
]
