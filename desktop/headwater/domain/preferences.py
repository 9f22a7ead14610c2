"""What the user chose once and wants again; a key is never among it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

from headwater.domain.address import BadAddressError
from headwater.domain.network_settings import NetworkSettings
from headwater.domain.options import AnswerOptions
from headwater.domain.provider import (
    BUILT_IN,
    CUSTOM,
    PERPLEXITY,
    DialectName,
    Provider,
    built_in,
)
from headwater.domain.source_order import SourceOrder
from headwater.domain.zoom import NATURAL

_MOST_RECENT = 10
_SHORTEST_IDLE_LIMIT = 5.0


class Pacing(StrEnum):
    """How arriving text is shown."""

    FRAME = "frame"
    SMOOTH = "smooth"
    PARAGRAPH = "paragraph"


class Theme(StrEnum):
    """Which colours the window has."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class LongLines(StrEnum):
    """What is done with lines of code that are wider than the text around them."""

    WRAP = "wrap"
    SCROLL = "scroll"


@dataclass(frozen=True, slots=True)
class Preferences:
    """A snapshot; mappings go from provider id to value and are never changed in place.

    `custom_dialect` is how the `custom` provider speaks. `idle_limit` replaces every provider's
    own, in seconds. `kept_keys` names the provider and origin of every key that the keyring is
    known to hold, so that it need not be asked at the start; never a key. `draft` is a question
    that is written and not sent. Window geometry and docks are Qt's bytes in base64.

    `shortcut` is the global key as `KeyCombination.text`, empty for the platform's default;
    `shortcut_is_on` None means: where the system asks nobody for consent.
    `quick_places` says where the quick ask was put on each screen (by its name): `x y` in pixels
    from the corner of what the screen has free. `quick_screen` is the name of the screen that it
    always opens on, empty for the one with the pointer. `quick_pause` are the minutes after which
    it opens with a new question instead of the last answer. `keeps_running` says whether the
    program goes on when its window is closed; None: where there is a way back by a tray icon.
    `zoom` is the size of the text of answers, in per cent. `long_lines` are wrapped unless chosen
    otherwise: what Copy takes from a code block has then been on the screen, to the last word.
    `has_said_goodbye` says whether that was explained once.

    `network` says how other machines are reached; a proxy's login is in the keyring alone.

    `looks_for_releases` says whether a newer release is looked for once a day; the last look was at
    `looked_for_release_at`, in seconds since 1970. `told_release` is the one that was told of.
    """

    provider_id: str = PERPLEXITY.id
    models: Mapping[str, str] = field(default_factory=dict)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    custom_dialect: DialectName = DialectName.CHAT_COMPLETIONS
    options: AnswerOptions = field(default_factory=AnswerOptions)
    pacing: Pacing = Pacing.FRAME
    theme: Theme = Theme.SYSTEM
    source_order: SourceOrder = SourceOrder.NUMBER
    idle_limit: float | None = None
    network: NetworkSettings = field(default_factory=NetworkSettings)
    window_geometry: str = ""
    window_state: str = ""
    last_conversation_id: str = ""
    draft: str = ""
    shortcut: str = ""
    shortcut_is_on: bool | None = None
    quick_draft: str = ""
    quick_places: Mapping[str, str] = field(default_factory=dict)
    quick_screen: str = ""
    quick_is_pinned: bool = False
    quick_pause: int = 10
    zoom: int = NATURAL
    long_lines: LongLines = LongLines.WRAP
    keeps_running: bool | None = None
    has_said_goodbye: bool = False
    looks_for_releases: bool = False
    looked_for_release_at: float | None = None
    told_release: str = ""
    kept_keys: tuple[str, ...] = ()
    recent_models: tuple[str, ...] = ()
    recent_base_urls: tuple[str, ...] = ()

    def provider(self, provider_id: str = "") -> Provider:
        """Return a provider, by default the chosen one, as the user set it up.

        An unknown id means Perplexity; an address that is not usable leaves the built-in one.
        """
        try:
            provider = built_in(provider_id or self.provider_id)
        except KeyError:
            provider = PERPLEXITY
        if provider.id == CUSTOM.id:
            provider = replace(provider, dialect=self.custom_dialect)
        address = self.base_urls.get(provider.id, "")
        if address:
            with suppress(BadAddressError):
                provider = provider.at(address)
        if self.idle_limit is not None:
            provider = replace(provider, idle_limit=max(self.idle_limit, _SHORTEST_IDLE_LIMIT))
        return replace(provider, model=self.model_of(provider))

    def model_of(self, provider: Provider) -> str:
        """Return the model chosen for that provider, else its own; may be empty."""
        return self.models.get(provider.id) or provider.model

    def knowing_key(self, provider: Provider, *, is_kept: bool) -> Preferences:
        """Return the preferences that know whether the keyring holds this provider's key."""
        others = tuple(name for name in self.kept_keys if name != _key_name(provider))
        return replace(self, kept_keys=(*others, _key_name(provider)) if is_kept else others)

    def knows_key(self, provider: Provider) -> bool:
        """Whether the keyring held this provider's key when it was last asked."""
        return bool(provider.base_url) and _key_name(provider) in self.kept_keys

    def key_names(self) -> tuple[str, ...]:
        """Return the names that keys may be kept under: provider and origin, of all addresses."""
        names = list(self.kept_keys)
        for provider in BUILT_IN:
            addresses = (self.base_urls.get(provider.id, ""), *self.recent_base_urls)
            for address in ("", *addresses):
                with suppress(BadAddressError):
                    at = provider.at(address) if address else provider
                    names.append(_key_name(at))
        return tuple(dict.fromkeys(names))

    def choosing_model(self, provider_id: str, model: str) -> Preferences:
        """Return the preferences with `model` for that provider; empty means its default."""
        return replace(
            self,
            models=_changed(self.models, provider_id, model),
            recent_models=_recent(self.recent_models, model),
        )

    def at_base_url(self, provider_id: str, base_url: str) -> Preferences:
        """Return the preferences with that provider's address; empty means its default."""
        return replace(
            self,
            base_urls=_changed(self.base_urls, provider_id, base_url),
            recent_base_urls=_recent(self.recent_base_urls, base_url),
        )


def _key_name(provider: Provider) -> str:
    return f"{provider.id} {provider.origin}"


def _changed(mapping: Mapping[str, str], name: str, value: str) -> Mapping[str, str]:
    others = {key: kept for key, kept in mapping.items() if key != name}
    return {**others, name: value} if value else others


def _recent(known: tuple[str, ...], new: str) -> tuple[str, ...]:
    if not new:
        return known
    return (new, *(item for item in known if item != new))[:_MOST_RECENT]
