"""What is raised before anything was sent, and how places are named in what is said of it."""

from __future__ import annotations

from headwater.domain.address import BadAddressError, Origin, origin_of
from headwater.domain.failure import Failure, FailureKind, Remedy


class NotSentError(Exception):
    """Nothing was sent; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.title)
        self.failure = failure


def no_address(why: str) -> Failure:
    """Return the failure for an address that nothing can be sent to."""
    return Failure(
        FailureKind.NOT_CONNECTED,
        "There is no address to send the question to.",
        why,
        Remedy.CHECK_ADDRESS,
    )


def place_of(url: str) -> str:
    """Return the host of `url`, with the port if it is not the usual one.

    Raises:
        NotSentError: `url` is not an address.
    """
    return place(asked_origin(url))


def asked_origin(url: str) -> Origin:
    """Return the origin of `url`; raises NotSentError where it is not an address."""
    try:
        return origin_of(url)
    except BadAddressError as error:
        raise NotSentError(no_address(str(error))) from None


def place(origin: Origin) -> str:
    """Return host and port as a person would type them."""
    return str(origin).partition("://")[2]
