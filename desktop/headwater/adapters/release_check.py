"""Asks GitHub for the number of the newest release, and believes nothing else that it says."""

from __future__ import annotations

import asyncio

from headwater.adapters.http import HttpClients
from headwater.adapters.http_failure import network_errors, request_failure
from headwater.domain.failure import Failure, FailureKind, Remedy
from headwater.domain.network_request import Purpose
from headwater.domain.release import BadReleaseError, ReleasePlace, Version
from headwater.protocol.json_reading import read_object

_SIZE = 1024 * 1024  # bytes
_TIME = 10.0  # seconds for everything
# What GitHub's documentation asks for; the same from everyone.
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


async def newest_release(
    clients: HttpClients, place: ReleasePlace, *, limit: float = _TIME
) -> Version | Failure:
    """Return the newest release at `place`, or why it cannot be told; `limit` is in seconds.

    One GET, without a key. Of the body only `tag_name` is used; no word of it reaches a failure.
    """
    url = place.asked_url
    has_begun = False
    body = bytearray()
    try:
        async with (
            asyncio.timeout(limit),
            clients.exchange("GET", url, _HEADERS, purpose=Purpose.RELEASE) as response,
        ):
            if response.status_code != 200:
                return _refused(response.status_code, place)
            has_begun = True
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > _SIZE:
                    return _unreadable(place)
    except TimeoutError:
        return Failure(
            FailureKind.TIMED_OUT,
            f"{place.asked_host} did not answer in time.",
            "Try again later.",
            retryable=True,
        )
    except network_errors() as error:
        return request_failure(error, None, url, has_begun=has_begun)
    return _version(bytes(body)) or _unreadable(place)


def _version(body: bytes) -> Version | None:
    answer = read_object(body.decode("utf-8", "replace"))
    if answer is None or answer.get("draft") or answer.get("prerelease"):
        return None
    tag = answer.get("tag_name")
    try:
        return Version.parse(tag) if isinstance(tag, str) else None
    except BadReleaseError:
        return None


def _unreadable(place: ReleasePlace) -> Failure:
    return Failure(
        FailureKind.ANSWER_FAILED,
        f"What {place.asked_host} answered is not the number of a release.",
        "Try again later.",
    )


def _refused(status: int, place: ReleasePlace) -> Failure:
    host = place.asked_host
    if status == 404:
        return Failure(
            FailureKind.NOT_FOUND,
            "No release has been published yet.",
            remedy=Remedy.NONE,
            status=status,
        )
    if 300 <= status < 400:
        return Failure(
            FailureKind.NOT_CONNECTED,
            f"{host} points elsewhere.",
            "Releases may have moved. Headwater does not follow.",
            Remedy.NONE,
            status,
        )
    if status in (403, 429):  # GitHub's limit for those without an account, per address and hour
        return Failure(
            FailureKind.RATE_LIMIT,
            f"{host} asks for a pause.",
            "It was asked too often from this network. Try again in an hour.",
            status=status,
            retryable=True,
        )
    if status >= 500:
        return Failure(
            FailureKind.SERVICE_DOWN,
            f"{host} has trouble at the moment.",
            "Try again later.",
            status=status,
            retryable=True,
        )
    return Failure(
        FailureKind.REFUSED, f"{host} gave no answer ({status}).", "Try again later.", status=status
    )
