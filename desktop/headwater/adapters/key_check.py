"""Checks a server and a key with real requests, step by step, so that one sees where it fails."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from headwater.adapters.answer_service import HttpAnswerService
from headwater.adapters.connection_path import ANSWERS, ConnectionPath, ShowStep, Steps
from headwater.adapters.http import CONNECT_LIMIT, HttpClients, headers_for
from headwater.adapters.http_failure import request_failure
from headwater.adapters.http_library import ThroughProxyError
from headwater.adapters.not_sent import NotSentError, no_address
from headwater.domain.address import BadAddressError
from headwater.domain.api_key import ApiKey
from headwater.domain.connection_check import CheckResult, StepState
from headwater.domain.events import Broke, Completed, ReasoningArrived, TextArrived
from headwater.domain.failure import Failure, FailureKind, internal_failure
from headwater.domain.options import AnswerOptions, SearchOptions
from headwater.domain.provider import Provider, model_to_begin_with
from headwater.protocol.dialect import AnswerRequest, Message

ADDRESS = "Address"
NAME = "Name found"
KEY = "Key accepted"
MODEL = "Model known"
FIRST_WORD = "First word"

_KEY_REFUSED = frozenset({FailureKind.NO_KEY, FailureKind.UNAUTHORIZED, FailureKind.FORBIDDEN})
_KEY_KNOWN = frozenset({FailureKind.QUOTA, FailureKind.RATE_LIMIT})
_NOT_REACHED = frozenset(
    {FailureKind.NOT_CONNECTED, FailureKind.TIMED_OUT, FailureKind.SERVICE_DOWN}
)
# The server began an answer, so it knew the key; a few tokens seldom make a whole one.
_ANSWERED = frozenset({FailureKind.INCOMPLETE, FailureKind.ANSWER_FAILED})
_ONLY_A_WORD = "Ask for a first word to find out whether it answers."
_FEW_TOKENS = 16
_PATIENCE = 60.0


async def check_key(
    clients: HttpClients,
    provider: Provider,
    key: ApiKey | None,
    show: ShowStep,
    *,
    asks_first_word: bool,
) -> CheckResult:
    """Try a provider and stop at the first step that fails; `show` hears of each.

    A list of models proves the key only where the server refuses to give it without one; where the
    list is open to all, or there is none, only a question can tell. It is asked if
    `asks_first_word`, and may cost a few tokens. A key whose account is out of credit, or asked too
    much, is a good key: the step says so. Without a key the step is left out, unless the provider
    needs one.
    """
    steps = Steps(show)
    steps.begin(ADDRESS)
    try:
        place = str(provider.origin)
        if key is not None:
            headers_for(provider, provider.base_url, key)
        proxy = await clients.proxy_to(provider.base_url)
    except BadAddressError as error:
        steps.end(str(error), StepState.FAILED)
        return CheckResult(no_address(str(error)))
    except NotSentError as error:
        steps.end(error.failure.title, StepState.FAILED)
        return CheckResult(error.failure)
    steps.end(f"{place} by way of the proxy {proxy}" if proxy else place)

    failure = await _look_up(clients, provider, proxy, steps)
    if failure is not None:
        steps.end(failure.title, StepState.FAILED)
        return CheckResult(failure)

    service = HttpAnswerService(clients=clients.observed(ConnectionPath(steps)))
    open_to_all = await service.models(replace(provider, needs_key=False), None)
    if isinstance(open_to_all, Failure) and open_to_all.kind in _NOT_REACHED:
        steps.begin(steps.running or ANSWERS)
        steps.end(open_to_all.title, StepState.FAILED)
        return CheckResult(open_to_all)

    answered: _FirstWord | None = None
    listed = open_to_all
    if key is not None or provider.needs_key:
        steps.begin(KEY)
        listed = await service.models(provider, key)
        state, words = _judged(listed, open_to_all)
        if state is StepState.UNSURE and asks_first_word:
            answered = await _first_word(service, provider, key, listed)
            state, words = _judged_by(answered.failure)
        steps.end(words, state)
        if state is StepState.FAILED:
            return CheckResult(answered.failure if answered else _failure(listed))

    if isinstance(listed, Failure) and listed.kind not in _KEY_KNOWN and not asks_first_word:
        # Anything that speaks HTTP might say so.
        steps.add(MODEL, StepState.FAILED, listed.title)
        return CheckResult(replace(listed, detail=f"{listed.detail} {_ONLY_A_WORD}".strip()))
    models = () if isinstance(listed, Failure) else listed
    steps.add(MODEL, *_known(provider.model, models))
    if asks_first_word:
        answered = answered or await _shown_first_word(service, provider, key, listed, steps)
        failure = _show_first_word(answered, steps)
    return CheckResult(failure, () if failure else models)


async def _look_up(
    clients: HttpClients, provider: Provider, proxy: str, steps: Steps
) -> Failure | None:
    """Find the number of the server, or of the proxy, which looks up the server's own."""
    host = urlsplit(f"//{proxy}").hostname if proxy else provider.origin.host
    if not host or _is_number(host):
        return None  # a number stands for itself, and a proxy without a host is refused later
    steps.begin(NAME)
    try:
        async with asyncio.timeout(CONNECT_LIMIT):
            numbers = await clients.look_up(host)
    except (OSError, UnicodeError) as error:  # a TimeoutError is one
        cause: Exception = ThroughProxyError(proxy, error) if proxy else error
        return request_failure(cause, provider, provider.base_url)
    steps.end(f"{host} is {', '.join(numbers[:3])}.")
    return None


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _judged(
    listed: tuple[str, ...] | Failure, open_to_all: tuple[str, ...] | Failure
) -> tuple[StepState, str]:
    """Return what the list that came with the key says of the key."""
    if isinstance(listed, Failure):
        if listed.kind in _KEY_REFUSED | _NOT_REACHED:
            return StepState.FAILED, listed.title
        if listed.kind in _KEY_KNOWN:
            return StepState.DONE, listed.title
    elif _is_refused(open_to_all):
        return StepState.DONE, ""
    return StepState.UNSURE, "The server tells only with a first word."


def _judged_by(failure: Failure | None) -> tuple[StepState, str]:
    """Return what an attempt to ask says of the key."""
    if failure is None:
        return StepState.DONE, ""
    if failure.kind in _KEY_REFUSED | _NOT_REACHED:
        return StepState.FAILED, failure.title
    if failure.kind in _KEY_KNOWN:
        return StepState.DONE, failure.title
    return StepState.UNSURE, "The question failed for another reason."


def _known(model: str, models: tuple[str, ...]) -> tuple[StepState, str]:
    if not models:
        return StepState.UNSURE, "No list of models came. Type the name of a model by hand."
    counted = "1 model" if len(models) == 1 else f"{len(models)} models"
    if not model:
        return StepState.DONE, f"{counted} to choose from."
    if model in models:
        return StepState.DONE, f"{model[:80]} is one of {counted}."
    return StepState.UNSURE, f"{model[:80]} is not in the list of {counted}."


def _failure(listed: tuple[str, ...] | Failure) -> Failure:
    return listed if isinstance(listed, Failure) else internal_failure()


@dataclass(frozen=True, slots=True)
class _FirstWord:
    """What came of a question of a few tokens, and after how many seconds."""

    failure: Failure | None
    seconds: float


async def _shown_first_word(
    service: HttpAnswerService,
    provider: Provider,
    key: ApiKey | None,
    listed: tuple[str, ...] | Failure,
    steps: Steps,
) -> _FirstWord:
    steps.begin(FIRST_WORD)
    return await _first_word(service, provider, key, listed)


def _show_first_word(answered: _FirstWord, steps: Steps) -> Failure | None:
    """Show how it went; return what makes the provider of no use at present, if anything."""
    failure = answered.failure
    steps.begin(FIRST_WORD)
    if failure is None:
        state, words = StepState.DONE, "A word came."
    elif failure.kind in _KEY_KNOWN:
        state, words = StepState.UNSURE, failure.title
    else:
        state, words = StepState.FAILED, failure.title
    steps.end(words, state, seconds=answered.seconds)
    return failure if state is StepState.FAILED else None


def _is_refused(listed: tuple[str, ...] | Failure) -> bool:
    return isinstance(listed, Failure) and listed.kind in _KEY_REFUSED


async def _first_word(
    service: HttpAnswerService,
    provider: Provider,
    key: ApiKey | None,
    listed: tuple[str, ...] | Failure,
) -> _FirstWord:
    """Ask for a few tokens, and wait for the first."""
    since = time.monotonic()
    models = () if isinstance(listed, Failure) else listed
    failure = await _asked(service, provider, key, models)
    return _FirstWord(failure, time.monotonic() - since)


async def _asked(
    service: HttpAnswerService, provider: Provider, key: ApiKey | None, models: tuple[str, ...]
) -> Failure | None:
    """Ask for a few tokens, and return what the server had against it; None once a word came."""
    model = provider.model or model_to_begin_with(models)
    options = AnswerOptions(
        max_tokens=_FEW_TOKENS,
        effort="fast" if provider.takes_search_options and not model else "",
        search=SearchOptions(enabled=False),
    )
    patient = replace(provider, first_word_limit=min(provider.first_word_limit, _PATIENCE))
    request = AnswerRequest(patient, model, (Message("user", "Say hello."),), options)
    async with aclosing(service.stream(request, key)) as stream:
        async for happened in stream:
            for event in happened:
                match event:
                    case Broke(failure) if failure.kind in _ANSWERED:
                        return None
                    case Broke(failure):
                        return failure
                    case TextArrived() | ReasoningArrived() | Completed():
                        return None
    return internal_failure()
