"""What refusals and broken connections mean, in plain words without a word of the exception."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from headwater.adapters.http_library import PROXY_EXTENSION, ThroughProxyError, load_httpx
from headwater.adapters.not_sent import NotSentError, place_of
from headwater.domain.address import origin_of
from headwater.domain.api_key import ApiKey
from headwater.domain.failure import Failure, FailureKind, Remedy, internal_failure
from headwater.domain.provider import Provider
from headwater.protocol.refusal import failure_from_response

if TYPE_CHECKING:
    import httpx

_REFUSAL_SIZE = 64 * 1024
_REFUSAL_TIME = 5.0
_CHECK_PROXY = "Check the proxy in the preferences, or in the system's settings."
_UNREACHABLE = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
)


def network_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that a request may raise for reasons outside this program."""
    httpx = load_httpx()
    return (
        NotSentError,
        ThroughProxyError,
        httpx.HTTPError,
        httpx.InvalidURL,
        httpx.StreamError,
        OSError,
        UnicodeError,
    )


def request_failure(
    error: Exception, provider: Provider | None, url: str, *, has_begun: bool = False
) -> Failure:
    """Return what an exception of the network means; never with a word of the exception itself.

    `provider` is None where no answer was asked for and no key is in play. `has_begun` says that
    the response had arrived: nothing is then repeated by itself.
    """
    if isinstance(error, NotSentError):
        return error.failure
    if has_begun:
        return _lost(error)
    httpx = load_httpx()
    proxy, is_its_certificate, has_passed_on = "", False, False
    if isinstance(error, ThroughProxyError):
        is_its_certificate, has_passed_on = error.is_its_certificate, error.has_passed_on
        proxy, error = error.proxy, error.cause
    causes = tuple(_causes(error))
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if tls is not None:
        failure = _untrusted(
            tls,
            origin_of(url).host,
            proxy,
            is_its_own=is_its_certificate,
            has_key=provider is not None,
        )
    elif isinstance(error, httpx.LocalProtocolError | httpx.InvalidURL | httpx.UnsupportedProtocol):
        failure = internal_failure("The request could not be written.")
    elif isinstance(error, httpx.ProxyError):
        failure = _proxy_refused(proxy, needs_login=_asks_for_login(error))
    elif proxy and _is_no_proxy(error, has_passed_on=has_passed_on):
        failure = _no_proxy(proxy)
    elif isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in str(error):
        failure = Failure(
            FailureKind.NOT_CONNECTED,
            f"What answers at {place_of(url)} does not speak HTTP.",
            "Check the address. Something else may be listening there.",
            Remedy.CHECK_ADDRESS,
        )
    elif isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | OSError | UnicodeError):
        is_slow = isinstance(error, httpx.ConnectTimeout)
        failure = _not_connected(causes, provider, url, proxy, is_slow=is_slow)
    else:
        failure = Failure(
            FailureKind.NOT_CONNECTED,
            f"{f'The proxy {proxy}' if proxy else place_of(url)} hung up without an answer.",
            "The connection was closed before anything came back.",
            Remedy.CHECK_PROXY if proxy else Remedy.RETRY,
            retryable=True,
        )
    return failure


def masked(failure: Failure, key: ApiKey) -> Failure:
    """Return the failure without the key, which some servers repeat in their errors (S18)."""
    return replace(
        failure,
        title=key.masked_in(failure.title),
        detail=key.masked_in(failure.detail),
        raw=key.masked_in(failure.raw),
    )


async def refusal_of(response: httpx.Response, url: str, provider: Provider) -> Failure | None:
    """Return why the response is not an answer, or None; reads the body of a refusal, bounded."""
    status = response.status_code
    proxy = str(response.extensions.get(PROXY_EXTENSION, ""))
    if status == 407 and proxy:
        return _proxy_refused(proxy, needs_login=True)
    compressed = _coding(response.headers)
    if 200 <= status < 300:
        return _compressed(url, compressed) if compressed else None
    body = await _refusal_body(response) if status >= 400 else b""
    return failure_from_response(
        status, response.headers, b"" if compressed else body, provider, now=datetime.now(UTC)
    )


def media_type(headers: Mapping[str, str]) -> str:
    """Return the content type without its parameters, in lower case."""
    return headers.get("content-type", "").split(";", 1)[0].strip().lower()


def _compressed(url: str, name: str) -> Failure:
    return Failure(
        FailureKind.ANSWER_FAILED,
        "The answer came in a form that cannot be read.",
        f"{place_of(url)} compressed it ({name[:20]}) although it was asked not to.",
    )


async def _refusal_body(response: httpx.Response) -> bytes:
    """Return the start of the body, as far as it comes soon; the status alone says enough."""
    body = bytearray()
    with suppress(TimeoutError, load_httpx().HTTPError, OSError):
        async with asyncio.timeout(_REFUSAL_TIME):
            async for piece in response.aiter_raw():
                body += piece
                if len(body) >= _REFUSAL_SIZE:
                    break
    return bytes(body[:_REFUSAL_SIZE])


def _coding(headers: Mapping[str, str]) -> str:
    """Return the content coding that was used although none was asked for, mostly empty."""
    found = headers.get("content-encoding", "").strip().lower()
    return "" if found == "identity" else found


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        # httpcore raises its errors "from None", which leaves only the context.
        waiting.append(cause.__cause__ or cause.__context__)
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions


def _not_connected(
    causes: tuple[BaseException, ...],
    provider: Provider | None,
    url: str,
    proxy: str,
    *,
    is_slow: bool,
) -> Failure:
    place = place_of(url)
    address = " and the address" if provider is not None else ""  # only a provider's can be changed
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if proxy:
        title = f"The proxy {proxy} does not answer."
        detail = f"It was asked for {place}. {_CHECK_PROXY}"
    elif provider is not None and provider.is_local and not is_slow:
        title = f"Nothing answers at {place}."
        detail = f"Is {provider.name} running?"
    elif any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        title = f"The host {origin_of(url).host} was not found."
        detail = f"Check the network connection{address}."
    elif numbers & _UNREACHABLE:
        title = f"There is no way to {place}."
        detail = "Check the network connection."
    elif errno.ECONNREFUSED in numbers:
        title = f"Nothing answers at {place}."
        detail = "The connection was refused. "
        detail += "Check the address, or try again later." if address else "Try again later."
    else:
        title = f"{place} cannot be reached."
        detail = "Connecting took too long. " if is_slow else ""
        detail += f"Check the network connection{address}."
    remedy = Remedy.CHECK_PROXY if proxy else Remedy.RETRY
    return Failure(FailureKind.NOT_CONNECTED, title, detail, remedy, retryable=True)


def _lost(error: Exception) -> Failure:
    is_nonsense = isinstance(error, load_httpx().RemoteProtocolError) and (
        "incomplete" not in str(error)
    )
    return Failure(
        FailureKind.STREAM_BROKEN,
        "The connection was lost.",
        "The server broke the rules of HTTP in the middle of the answer."
        if is_nonsense
        else "The server closed the stream before the answer was finished.",
    )


def _untrusted(
    error: ssl.SSLError, host: str, proxy: str, *, is_its_own: bool, has_key: bool
) -> Failure:
    """Return why TLS failed at `host`, or at the proxy itself where `is_its_own`."""
    by = f" by way of the proxy {proxy}" if proxy and not is_its_own else ""
    host = f"the proxy {proxy}" if is_its_own else host
    if not isinstance(error, ssl.SSLCertVerificationError):
        return Failure(
            FailureKind.NOT_CONNECTED,
            f"No secure connection to {host} was possible{by}.",
            "The server does not speak TLS as it should. Nothing was sent.",
            Remedy.CHECK_ADDRESS,
        )
    # verify_message is OpenSSL's own wording, or the system's: no word comes from the server.
    reason = str(getattr(error, "verify_message", "")).strip().rstrip(".") or "unknown"
    return Failure(
        FailureKind.NOT_CONNECTED,
        f"The certificate of {host} is not trusted{by}.",
        f"Nothing was sent{', the key included' if has_key else ''}. The reason: {reason}."
        + (f" {_INSPECTING}" if by else ""),
        Remedy.CHECK_PROXY if proxy else Remedy.CHECK_ADDRESS,
    )


_INSPECTING = "A proxy that reads along needs its certificate file in the preferences."


def _asks_for_login(error: Exception) -> bool:
    return any(
        sign in str(error) for sign in ("407", "Invalid username", "USERNAME", "NO ACCEPTABLE")
    )


def _is_no_proxy(error: Exception, *, has_passed_on: bool) -> bool:
    """Whether something else answered: nonsense instead of HTTP, or what SOCKS cannot read."""
    httpx = load_httpx()
    if has_passed_on:  # what goes wrong behind it ends the same way
        return isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in str(error)
    return isinstance(error, httpx.RemoteProtocolError | httpx.ReadError) or not isinstance(
        error, httpx.HTTPError | OSError | UnicodeError
    )


def _no_proxy(proxy: str) -> Failure:
    return Failure(
        FailureKind.NOT_CONNECTED,
        f"What answers at {proxy} is not the kind of proxy that was expected.",
        f"It hung up, or spoke otherwise. {_CHECK_PROXY}",
        Remedy.CHECK_PROXY,
    )


def _proxy_refused(proxy: str, *, needs_login: bool) -> Failure:
    detail = (
        "It asks for a user name and password, or does not take the ones it got."
        if needs_login
        else "It refused to connect."
    )
    return Failure(
        FailureKind.NOT_CONNECTED,
        f"The proxy {proxy or 'in between'} did not let the request through.",
        f"{detail} {_CHECK_PROXY}",
        Remedy.CHECK_PROXY,
    )
