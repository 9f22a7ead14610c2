"""Asks a server which models it has."""

from __future__ import annotations

import asyncio

from headwater.adapters.http import HttpClients, headers_for
from headwater.adapters.http_failure import (
    masked,
    network_errors,
    refusal_of,
    request_failure,
)
from headwater.adapters.model_ids import model_ids
from headwater.domain.api_key import ApiKey
from headwater.domain.failure import Failure, FailureKind, Remedy
from headwater.domain.network_request import Purpose
from headwater.domain.provider import DialectName, Provider
from headwater.protocol.endpoint import endpoint
from headwater.protocol.refusal import failure_from_page

_SIZE = 2 * 1024 * 1024
_TIME = 20.0


async def list_models(
    clients: HttpClients,
    provider: Provider,
    key: ApiKey | None,
    *,
    limit: float = _TIME,
) -> tuple[str, ...] | Failure:
    """Return the ids at `{base}/models` in the server's order, or why there are none.

    Tries `{base}/v1/models` where that is not found and the base URL has no path. `limit` is in
    seconds for each. The OpenAI shape `{"data": [{"id": ...}]}` and plain lists are read.
    """
    prefix = "/v1" if provider.dialect is DialectName.AGENT else ""
    url = endpoint(provider.base_url, "/models", prefix=prefix)
    other = endpoint(provider.base_url, "/models", prefix="/v1")
    found = await _ask(clients, provider, url, key, limit)
    if isinstance(found, Failure) and found.kind is FailureKind.NOT_FOUND and other != url:
        found = await _ask(clients, provider, other, key, limit)
    return masked(found, key) if key is not None and isinstance(found, Failure) else found


async def _ask(
    clients: HttpClients, provider: Provider, url: str, key: ApiKey | None, limit: float
) -> tuple[str, ...] | Failure:
    body = bytearray()
    try:
        headers = headers_for(provider, url, key)
        async with (
            asyncio.timeout(limit),
            clients.exchange("GET", url, headers, purpose=Purpose.MODELS) as response,
        ):
            refusal = await refusal_of(response, url, provider)
            if refusal is not None:
                return refusal
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > _SIZE:
                    break
    except TimeoutError:
        return Failure(
            FailureKind.TIMED_OUT,
            f"{provider.name} did not list its models in time.",
            "You can type the name of a model by hand.",
            retryable=True,
        )
    except network_errors() as error:
        return request_failure(error, provider, url)
    if body.lstrip().startswith(b"<"):
        return failure_from_page()
    models = model_ids(bytes(body))
    if models is None:
        return Failure(
            FailureKind.ANSWER_FAILED,
            f"{provider.name} sent no list of models.",
            "You can type the name of a model by hand.",
            Remedy.CHOOSE_MODEL,
        )
    return models
