"""Checks a key with real requests and reports each step, so that a person sees where it fails."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from headwater.adapters.answer_service import HttpAnswerService
from headwater.adapters.http import headers_for
from headwater.adapters.not_sent import NotSentError, no_address
from headwater.domain.address import BadAddressError
from headwater.domain.api_key import ApiKey
from headwater.domain.connection_check import CheckResult, CheckStep, StepState
from headwater.domain.events import Broke, Completed, ReasoningArrived, TextArrived
from headwater.domain.failure import Failure, FailureKind, internal_failure
from headwater.domain.options import AnswerOptions, SearchOptions
from headwater.domain.provider import Provider
from headwater.protocol.dialect import AnswerRequest, Message

ADDRESS = "Address"
CONNECTION = "Connection"
KEY = "Key accepted"
ANSWER = "Answer"
MODELS = "Models"

_KEY_REFUSED = frozenset({FailureKind.NO_KEY, FailureKind.UNAUTHORIZED, FailureKind.FORBIDDEN})
_KEY_KNOWN = frozenset({FailureKind.QUOTA, FailureKind.RATE_LIMIT})
_NOT_REACHED = frozenset(
    {FailureKind.NOT_CONNECTED, FailureKind.TIMED_OUT, FailureKind.SERVICE_DOWN}
)
# The server began an answer, so it knew the key; a few tokens seldom make a whole one.
_ANSWERED = frozenset({FailureKind.INCOMPLETE, FailureKind.ANSWER_FAILED})
_FEW_TOKENS = 16
_PATIENCE = 60.0


async def check_key(
    service: HttpAnswerService, provider: Provider, key: ApiKey | None
) -> AsyncGenerator[CheckStep | CheckResult]:
    """Yield each step as it begins and as it ends, and the result last.

    A list of models proves the key only where the server refuses to give it without one; where the
    list is open to all, or there is none, a question of a few tokens is asked. A key whose account
    is out of credit, or asked too much, is a good key: the step says so. Without a key the step is
    left out, unless the provider needs one.
    """
    yield CheckStep(ADDRESS, StepState.RUNNING)
    try:
        place = str(provider.origin)
        if key is not None:
            headers_for(provider, provider.base_url, key)
    except BadAddressError as error:
        yield CheckStep(ADDRESS, StepState.FAILED, str(error))
        yield CheckResult(no_address(str(error)))
        return
    except NotSentError as error:
        yield CheckStep(ADDRESS, StepState.FAILED, error.failure.title)
        yield CheckResult(error.failure)
        return
    yield CheckStep(ADDRESS, StepState.DONE, place)

    yield CheckStep(CONNECTION, StepState.RUNNING)
    open_to_all = await service.models(replace(provider, needs_key=False), None)
    if isinstance(open_to_all, Failure) and open_to_all.kind in _NOT_REACHED:
        yield CheckStep(CONNECTION, StepState.FAILED, open_to_all.title)
        yield CheckResult(open_to_all)
        return
    yield CheckStep(CONNECTION, StepState.DONE, f"{provider.name} answers.")

    name = KEY if key is not None or provider.needs_key else ANSWER
    yield CheckStep(name, StepState.RUNNING)
    failure, models = await _tried(service, provider, key, open_to_all)
    if failure is not None and failure.kind not in _KEY_KNOWN:
        yield CheckStep(name, StepState.FAILED, failure.title)
        yield CheckResult(failure)
        return
    yield CheckStep(name, StepState.DONE, failure.title if failure else "")

    yield CheckStep(MODELS, StepState.RUNNING)
    if models:
        counted = "1 model." if len(models) == 1 else f"{len(models)} models."
    else:
        counted = "Not listed. Type the name of a model by hand."
    yield CheckStep(MODELS, StepState.DONE, counted)
    yield CheckResult(models=models)


async def _tried(
    service: HttpAnswerService,
    provider: Provider,
    key: ApiKey | None,
    open_to_all: tuple[str, ...] | Failure,
) -> tuple[Failure | None, tuple[str, ...]]:
    """Return what the server has against the key, if anything, and the models it lists."""
    listed = open_to_all
    if key is not None or provider.needs_key:
        listed = await service.models(provider, key)
    if isinstance(listed, Failure):
        if listed.kind in _KEY_REFUSED | _KEY_KNOWN | _NOT_REACHED:
            return listed, ()
        return await _asked(service, provider, key, ()), ()
    if key is None or _is_refused(open_to_all):
        return None, listed
    return await _asked(service, provider, key, listed), listed


def _is_refused(listed: tuple[str, ...] | Failure) -> bool:
    return isinstance(listed, Failure) and listed.kind in _KEY_REFUSED


async def _asked(
    service: HttpAnswerService, provider: Provider, key: ApiKey | None, models: tuple[str, ...]
) -> Failure | None:
    """Ask for a few tokens, and return what the server had against it; None once a word came."""
    model = provider.model or (models[0] if models else "")
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
