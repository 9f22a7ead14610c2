"""A request as the list of requests shows it: where to and how it went, never what was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """What a request was for, in the words of the list."""

    ANSWER = "Answer"
    MODELS = "List of models"
    LOOK_AROUND = "Look for a local server"
    RELEASE = "Look for a newer release"
    PICTURE = "Picture"
    NAME = "Look up a name"


@dataclass(frozen=True, slots=True)
class NetworkRequest:
    """One request; no address beyond the host, no header and no text is in it.

    `host` is host and port, `proxy` the proxy's, empty without one. `sent` and `received` are
    bytes of headers and bodies as HTTP writes them. `status` is None until an answer came;
    `problem` is a sentence, empty where all went well. `seconds` is None while it runs.
    """

    number: int
    at: datetime
    host: str
    purpose: Purpose
    method: str
    proxy: str = ""
    sent: int = 0
    received: int = 0
    status: int | None = None
    problem: str = ""
    seconds: float | None = None


_COLUMNS = ("time", "host", "purpose", "method", "sent", "received", "status", "seconds")


def request_lines(requests: tuple[NetworkRequest, ...]) -> str:
    """Return the requests as text for a table: a line for each, tabs between, times in UTC."""
    lines = ["\t".join(_COLUMNS)]
    for request in requests:
        host = f"{request.host} by {request.proxy}" if request.proxy else request.host
        seconds = "" if request.seconds is None else f"{request.seconds:.2f}"
        fields = (
            request.at.strftime("%Y-%m-%d %H:%M:%S"),
            host,
            str(request.purpose),
            request.method,
            str(request.sent),
            str(request.received),
            outcome(request),
            seconds,
        )
        lines.append("\t".join(" ".join(field.split()) for field in fields))
    return "\n".join(lines) + "\n"


def outcome(request: NetworkRequest) -> str:
    """Return how a request went: its status, its problem, both, or that it runs."""
    status = "" if request.status is None else str(request.status)
    if request.problem:
        return f"{status} {request.problem}".strip()
    if status:
        return status
    return "…" if request.seconds is None else "done"
