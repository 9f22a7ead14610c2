"""The one taxonomy of what can go wrong, with the words, the remedy and the retry advice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """Names are a public interface (`headwater ask --json`)."""

    NO_KEY = "no-key"
    UNAUTHORIZED = "unauthorized"
    ENDPOINT_RETIRED = "endpoint-retired"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    QUOTA = "quota"
    RATE_LIMIT = "rate-limit"
    REFUSED = "refused"
    SERVICE_DOWN = "service-down"
    NOT_CONNECTED = "not-connected"
    TIMED_OUT = "timed-out"
    STREAM_BROKEN = "stream-broken"
    ANSWER_FAILED = "answer-failed"
    INCOMPLETE = "incomplete"
    INTERNAL = "internal"


class Remedy(StrEnum):
    """The one thing that helps; the window turns it into a button."""

    RETRY = "retry"
    SET_KEY = "set-key"
    OPEN_ACCOUNT = "open-account"
    USE_AGENT_API = "use-agent-api"
    CHOOSE_MODEL = "choose-model"
    CHECK_ADDRESS = "check-address"
    CHECK_PROXY = "check-proxy"
    CHANGE_OPTIONS = "change-options"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that went wrong, in plain words.

    `title` is one short sentence; `detail` says more, may quote the server and is plain text;
    `raw` is what the server sent, for "Details". `retry_after` is in seconds from its arrival.
    `retryable` says whether the same request may succeed later by itself.
    """

    kind: FailureKind
    title: str
    detail: str = ""
    remedy: Remedy = Remedy.RETRY
    status: int | None = None
    retryable: bool = False
    retry_after: float | None = None
    raw: str = ""


MAX_AUTOMATIC_RETRIES = 2
LONGEST_AUTOMATIC_WAIT = 60.0
_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 8.0


def retry_delay(failure: Failure, attempts: int, chance: float) -> float | None:
    """Return the seconds to wait before the next attempt, or None when the user has to decide.

    `attempts` counts the requests made so far (1 or more), `chance` is in 0..1 and spreads the
    waits of many clients. The numbers follow the official SDK: two retries, 0.5 s doubling to
    8 s; the server's own `Retry-After` is never undercut and is honoured up to 60 s. Never call
    this once text has been shown.
    """
    if not failure.retryable or attempts > MAX_AUTOMATIC_RETRIES:
        return None
    if failure.retry_after is not None:
        if failure.retry_after > LONGEST_AUTOMATIC_WAIT:
            return None
        if failure.retry_after > 0:
            return failure.retry_after + 0.25 * chance
    backoff = min(_FIRST_BACKOFF * 2.0 ** (attempts - 1), _LONGEST_BACKOFF)
    return backoff * (0.5 + 0.5 * chance)


def no_key(provider_name: str, account_url: str = "", keyring_problem: str = "") -> Failure:
    """Return the failure for a provider that needs a key and has none.

    `keyring_problem` is a sentence on why none could be kept.
    """
    where = f" You get one at {account_url}." if account_url else ""
    why = f" {keyring_problem}" if keyring_problem else ""
    return Failure(
        FailureKind.NO_KEY,
        f"{provider_name} needs a key.",
        f"Nothing was sent.{where}{why}",
        Remedy.SET_KEY,
    )


def unread_key(provider_name: str, keyring_problem: str) -> Failure:
    """Return the failure for a key that the keyring may hold and does not give away now."""
    return Failure(
        FailureKind.NO_KEY,
        f"The key for {provider_name} could not be read.",
        f"{keyring_problem} Nothing was sent.",
        Remedy.RETRY,
    )


def unsendable(problem: str) -> Failure:
    """Return the failure for attachments that cannot go to a provider; `problem` is a sentence."""
    return Failure(
        FailureKind.REFUSED,
        problem,
        "Nothing was sent, and the question is kept with all that is attached. Choose another"
        " provider and try again, or ask in a new conversation without it.",
        Remedy.RETRY,
    )


def empty_answer() -> Failure:
    """Return the failure for a stream that ended well but without a character."""
    return Failure(
        FailureKind.ANSWER_FAILED,
        "The answer came back empty.",
        "The server ended the answer without sending a word.",
        Remedy.RETRY,
    )


def unfinished_answer() -> Failure:
    """Return the failure for a stream that stopped without saying that it was done."""
    return Failure(
        FailureKind.STREAM_BROKEN,
        "The connection was lost.",
        "The server closed the stream before the answer was finished.",
        Remedy.RETRY,
    )


def interrupted_answer() -> Failure:
    """Return the failure for an answer that was still running when the program ended."""
    return Failure(
        FailureKind.STREAM_BROKEN,
        "The answer was interrupted.",
        "Headwater ended while it was being written.",
        Remedy.RETRY,
    )


def slept_through() -> Failure:
    """Return the failure for a connection that was left alone while the computer slept."""
    return Failure(
        FailureKind.STREAM_BROKEN,
        "The connection was lost.",
        "The computer slept while the answer was being written.",
        Remedy.RETRY,
    )


def run_forgotten() -> Failure:
    """Return the failure for a background run that its server no longer knows."""
    return Failure(
        FailureKind.NOT_FOUND,
        "The server no longer has this answer.",
        "It keeps what it works on in the background for a limited time.",
        Remedy.RETRY,
    )


def internal_failure(detail: str = "") -> Failure:
    """Return the failure for a mistake of our own."""
    return Failure(
        FailureKind.INTERNAL,
        "Something went wrong inside Headwater.",
        detail or "The text that had arrived is kept.",
        Remedy.RETRY,
    )
