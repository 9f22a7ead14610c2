"""What a server's refusal means: status, headers and body, or an error object, to one Failure."""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from headwater.domain.failure import Failure, FailureKind, Remedy, empty_answer
from headwater.domain.provider import DialectName, Provider
from headwater.protocol.json_reading import (
    JsonObject,
    count_at,
    list_at,
    object_at,
    read_json,
    text_at,
)
from headwater.protocol.unicode_repair import repaired

_LONGEST_DETAIL = 500
_LONGEST_RAW = 4096
_LONGEST_WAIT = 365 * 86400.0
_LONGEST_RESET = 3600.0
_MILLISECONDS_FROM = 1e11  # an epoch time this large cannot be in seconds

_WEB_PAGE = "The server answered with a web page."
_RETIRED = ("chat_completions_not_available", "agent_api_migration_required")
_PERPLEXITY_HOST = "api.perplexity.ai"

_NO_CREDIT = re.compile(
    r"insufficient[ _](?:quota|balance|credits?|funds)|exceeded your current quota|billing"
    r"|out of credits?|(?:not enough|no|more) credits?|credit balance|payment[ _]required"
)
_BAD_KEY = re.compile(
    r"invalid[ _]api[ _]key|incorrect api key|api key not valid|invalid[ _]authentication"
    r"|authentication[ _]error|unauthorized"
)
_TOO_LONG = re.compile(
    r"context[ _]length|maximum context|context window|too[ _]many[ _](?:prompt_)?tokens"
    r"|payload_too_large|too long|prompt_too_long"
)
_UNKNOWN_MODEL = re.compile(
    r"invalid[ _]model|model[ _]not[ _]found|model_not_supported|unknown model|no such model"
    r"|model\b.{0,120}\b(?:not found|does not exist|is not available|not exist)"
)
_TOO_FAST = re.compile(r"rate[ _-]?limit|too many requests|resource_exhausted|throttl")
_OVERLOADED = re.compile(r"overloaded|service[ _]unavailable|bad_gateway|gateway_timeout")
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a server said about an error, whatever shape it said it in."""

    message: str = ""
    names: str = ""
    status: int | None = None

    @property
    def all(self) -> str:
        return f"{self.names} {self.message[:_LONGEST_RAW]}".lower()


def failure_from_response(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    provider: Provider,
    *,
    now: datetime | None = None,
) -> Failure:
    """Return what an HTTP response without an answer means.

    `headers` may be in any case. `now` is aware and resolves dates in the headers; without it a
    date in `Retry-After` is not understood. A web page is never quoted. The key is not known here:
    the caller masks it in `detail` and `raw`.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    if 300 <= status < 400:
        return _redirected(status, lowered, provider)
    text = body[: 16 * _LONGEST_RAW].decode("utf-8-sig", "replace")
    is_page = _is_page(lowered.get("content-type", ""), text)
    said = _Said() if is_page else _said(read_json(text), text)
    failure = _classified(status, said, provider)
    if status < 300:
        failure = replace(empty_answer(), status=status, detail=failure.detail)
    detail = _joined(failure.detail, _WEB_PAGE if is_page else _quoted(said.message))
    retry_after = _retry_after(lowered, now) if failure.kind is not FailureKind.QUOTA else None
    if retry_after is None and failure.kind is FailureKind.RATE_LIMIT:
        retry_after = _limit_reset(lowered, now)
    return replace(
        failure,
        detail=detail,
        retryable=_is_retryable(failure, lowered),
        retry_after=retry_after,
        raw="" if is_page else _bounded(text, _LONGEST_RAW),
    )


def failure_from_error_object(error: object, provider: Provider) -> Failure:
    """Return what an error inside an answer means; `error` is a JSON object or plain text.

    Kinds that help the user (key, credit, rate, model, length) are kept; everything else is
    ANSWER_FAILED, or SERVICE_DOWN where the server gave a status of 500 or more.
    """
    text = error if isinstance(error, str) else ""
    is_page = _is_page("", text)
    said = _Said() if is_page else _said(error, text)
    failure = _classified(said.status, said, provider)
    detail = _joined(failure.detail, _WEB_PAGE if is_page else _quoted(said.message))
    raw = "" if is_page else _bounded(text or _dumped(error), _LONGEST_RAW)
    return replace(failure, detail=detail, raw=raw)


def failure_from_page() -> Failure:
    """Return the failure for a web page where an answer should be (R28), such as a login page."""
    return Failure(
        FailureKind.NOT_CONNECTED,
        "Something else answered.",
        f"{_WEB_PAGE} A login page of the network or a wrong address may be the cause.",
        Remedy.CHECK_ADDRESS,
    )


def failure_from_text(text: str) -> Failure:
    """Return the failure for a body that is neither an answer nor an error we can read."""
    return Failure(
        FailureKind.ANSWER_FAILED,
        "The answer could not be read.",
        _joined("The server sent something else.", _quoted(text)),
        Remedy.RETRY,
        raw=_bounded(text, _LONGEST_RAW),
    )


def _classified(status: int | None, said: _Said, provider: Provider) -> Failure:
    """Return kind, title, own words and remedy; the first rule that fits wins."""
    words = said.all
    name = provider.name
    code = status or 0
    if _is_retired(code, words, provider):
        return Failure(
            FailureKind.ENDPOINT_RETIRED,
            "This way of asking has been retired.",
            f"{name} no longer answers here; the Agent API replaces it. The key is fine.",
            Remedy.USE_AGENT_API,
            status,
        )
    is_rate = _TOO_FAST.search(words) is not None
    if code == 402 or (code < 500 and not is_rate and _NO_CREDIT.search(words)):
        return Failure(
            FailureKind.QUOTA,
            f"The account at {name} has run out of credit.",
            "",
            Remedy.OPEN_ACCOUNT,
            status,
        )
    if code == 401 or (code < 500 and _BAD_KEY.search(words)):
        return Failure(
            FailureKind.UNAUTHORIZED, f"{name} does not accept the key.", "", Remedy.SET_KEY, status
        )
    if code == 429 or (code in {0, 403} and is_rate):
        return Failure(
            FailureKind.RATE_LIMIT,
            f"{name} asks for a pause.",
            "Too many requests came in a short time.",
            Remedy.RETRY,
            status,
            retryable=True,
        )
    if code < 500 and _UNKNOWN_MODEL.search(words):
        kind = FailureKind.NOT_FOUND if code in {0, 404} else FailureKind.REFUSED
        return Failure(kind, f"{name} does not know this model.", "", Remedy.CHOOSE_MODEL, status)
    if code == 413 or (code < 500 and _TOO_LONG.search(words)):
        return Failure(
            FailureKind.REFUSED,
            "The question is too long for this model.",
            "",
            Remedy.CHANGE_OPTIONS,
            status,
        )
    return _by_status(code, words, name, status)


def _by_status(code: int, words: str, name: str, status: int | None) -> Failure:
    match code:
        case 403:
            return Failure(
                FailureKind.FORBIDDEN, f"{name} refuses access.", "", Remedy.OPEN_ACCOUNT, status
            )
        case 404 | 410 | 405:
            return Failure(
                FailureKind.NOT_FOUND,
                f"{name} has nothing at this address.",
                "",
                Remedy.CHOOSE_MODEL if "model" in words else Remedy.CHECK_ADDRESS,
                status,
            )
        case 407:
            return Failure(
                FailureKind.NOT_CONNECTED,
                "The proxy asks for a name and a password.",
                "",
                Remedy.CHECK_ADDRESS,
                status,
            )
        case 408:
            return Failure(
                FailureKind.TIMED_OUT,
                f"{name} waited too long for the question.",
                status=status,
                retryable=True,
            )
        case 409 | 425:
            return Failure(
                FailureKind.REFUSED,
                f"{name} could not take the question just now.",
                status=status,
                retryable=True,
            )
        case 424:
            return Failure(
                FailureKind.ANSWER_FAILED, "A service behind the answer failed.", status=status
            )
        case _ if code >= 500 or (code == 0 and _OVERLOADED.search(words)):
            return Failure(
                FailureKind.SERVICE_DOWN,
                f"{name} has trouble at the moment.",
                status=status,
                retryable=True,
            )
        case _ if 400 <= code < 500:
            return Failure(
                FailureKind.REFUSED,
                f"{name} refused the question.",
                "",
                Remedy.CHANGE_OPTIONS,
                status,
            )
        case _:
            return Failure(FailureKind.ANSWER_FAILED, "The answer failed.", status=status)


def _is_retired(code: int, words: str, provider: Provider) -> bool:
    if any(name in words for name in _RETIRED):
        return True
    if code not in {404, 410} or provider.dialect is not DialectName.CHAT_COMPLETIONS:
        return False
    return _host(provider.base_url) == _PERPLEXITY_HOST and not _UNKNOWN_MODEL.search(words)


def _redirected(status: int, headers: Mapping[str, str], provider: Provider) -> Failure:
    """Return the failure for a redirect; following it would take the question along."""
    host = _host(_bounded(headers.get("location", ""), _LONGEST_DETAIL))
    where = f" to {host}" if host else ""
    return Failure(
        FailureKind.NOT_CONNECTED,
        f"The address of {provider.name} points elsewhere.",
        f"It redirects{where}. Headwater does not follow: the question and the key would go along.",
        Remedy.CHECK_ADDRESS,
        status,
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _said(value: object, text: str) -> _Said:
    """Return message, names and status from any known shape of error; plain text is the message.

    Shapes: `{"error": {...} | "..."}`, `{"detail": "..." | [{"loc", "msg"}]}`, `{"message"}`,
    `{"errors": [...]}`, a list of these, and the error object alone.
    """
    if isinstance(value, list):
        value = next((entry for entry in value if isinstance(entry, dict)), None)
    if isinstance(value, str):
        return _Said(message=repaired(value))
    if not isinstance(value, dict):
        is_text = value is None and text.strip() != "null"
        return _Said(message=repaired(text) if is_text else "")
    inner = value.get("error")
    error: JsonObject = inner if isinstance(inner, dict) else value
    message = (
        text_at(error, "message", "msg")
        or (repaired(inner) if isinstance(inner, str) else "")
        or text_at(value, "message", "msg", "detail", "error_description", "error_msg", "title")
        or _listed(value)
    )
    names = " ".join(
        text_at(source, key) for source in (error, value) for key in ("type", "code", "status")
    )
    if isinstance(inner, str):
        names += f" {repaired(inner)}"
    return _Said(message, names[:_LONGEST_DETAIL], _status(error) or _status(value))


def _listed(value: JsonObject) -> str:
    """Return the messages of a validation error (FastAPI's `detail`) or of a list of errors."""
    entries = list_at(value, "detail") or list_at(value, "errors")
    lines: list[str] = []
    for entry in entries[:5]:
        if isinstance(entry, str):
            lines.append(repaired(entry))
        elif isinstance(entry, dict):
            where = ".".join(
                str(part) for part in list_at(entry, "loc")[:8] if isinstance(part, str | int)
            )
            message = text_at(entry, "msg", "message", "detail")
            lines.append(f"{repaired(where)}: {message}" if where else message)
    if not lines:
        return text_at(object_at(value, "detail"), "message", "msg", "error")
    return "; ".join(line for line in lines if line)


def _status(error: JsonObject) -> int | None:
    for key in ("code", "status", "status_code", "http_code"):
        count = count_at(error, key)
        if count is None:
            digits = text_at(error, key)
            count = int(digits) if re.fullmatch(r"[1-5][0-9]{2}", digits, re.ASCII) else None
        if count is not None and 400 <= count < 600:
            return count
    return None


def _is_page(content_type: str, text: str) -> bool:
    return "html" in content_type.lower() or text.lstrip("\ufeff \t\r\n").startswith("<")


def _is_retryable(failure: Failure, headers: Mapping[str, str]) -> bool:
    if failure.kind is FailureKind.ENDPOINT_RETIRED:
        return False
    match headers.get("x-should-retry", "").strip().lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            return failure.retryable


def _retry_after(headers: Mapping[str, str], now: datetime | None) -> float | None:
    """Return the seconds that the server asks to wait; garbage and negative ones count as none."""
    milliseconds = _seconds(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "").strip()
    seconds = _seconds(text)
    if seconds is not None or now is None or not text or len(text) > 64:
        return seconds
    try:
        moment = email.utils.parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return min(max((moment - now).total_seconds(), 0.0), _LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _seconds(text: str) -> float | None:
    text = text.strip()
    if not re.fullmatch(r"[0-9]+(?:\.[0-9]*)?", text, re.ASCII):
        return None
    return min(float(text[:32]), _LONGEST_WAIT)


def _limit_reset(headers: Mapping[str, str], now: datetime | None) -> float | None:
    """Return the seconds to `x-ratelimit-reset`, an epoch time in seconds (Perplexity) or ms."""
    text = headers.get("x-ratelimit-reset", "").strip()
    if now is None or not re.fullmatch(r"[0-9]{9,14}", text, re.ASCII):
        return None
    moment = float(text)
    seconds = (moment / 1000 if moment > _MILLISECONDS_FROM else moment) - now.timestamp()
    return seconds if 0 < seconds <= _LONGEST_RESET else None


def _quoted(message: str) -> str:
    message = " ".join(_bounded(message, 4 * _LONGEST_DETAIL).split())
    if len(message) > _LONGEST_DETAIL:
        message = message[: _LONGEST_DETAIL - 1] + "…"
    return f"The server says: {message}" if message else ""


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _bounded(text: str, limit: int) -> str:
    return _UNREADABLE.sub(" ", repaired(text[:limit]))


def _dumped(error: object) -> str:
    try:
        return json.dumps(error, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        return ""
