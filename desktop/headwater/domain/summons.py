"""What a second start asks of the running program: to show and prefill, never to send."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

SCHEME = "headwater"
LONGEST_LINE = 1_000_000  # bytes of one summons on its way from process to process
_LONGEST_TEXT = 200_000  # characters
_MOST_FILES = 20
_LONGEST_FILE = 4096


class SummonsKind(StrEnum):
    """Which window is wanted; NOTHING by a start with the login, beside one that runs."""

    SHOW = "show"
    QUICK_ASK = "quick-ask"
    TOGGLE = "toggle"
    NEW_QUESTION = "new-question"
    NOTHING = "nothing"


class BadSummonsError(ValueError):
    """A line that is no summons of ours."""


@dataclass(frozen=True, slots=True)
class Summons:
    """A wish for a window; `text` and `files` (absolute paths) are put before the person, no more.

    `activation_token` is what a Wayland compositor, or an X11 launcher, gave the second start so
    that a window may come to the front.
    """

    kind: SummonsKind = SummonsKind.SHOW
    text: str = ""
    files: tuple[str, ...] = ()
    activation_token: str = ""

    def line(self) -> bytes:
        """Return the summons as one line of JSON, line feed included."""
        fields = {
            "kind": self.kind.value,
            "text": self.text,
            "files": list(self.files),
            "activation_token": self.activation_token,
        }
        return json.dumps(fields).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Summons:
        """Return what `line` asks for.

        Raises:
            BadSummonsError: it is no summons, or too large.
        """
        if len(line) > LONGEST_LINE:
            raise BadSummonsError("too long")
        try:
            fields = json.loads(line)
            kind = SummonsKind(fields["kind"])
            text, token = fields["text"], fields["activation_token"]
            files = fields["files"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadSummonsError("not understood") from error
        if not (isinstance(text, str) and isinstance(token, str) and isinstance(files, list)):
            raise BadSummonsError("wrong kinds of fields")
        if not all(isinstance(file, str) and len(file) <= _LONGEST_FILE for file in files):
            raise BadSummonsError("wrong files")
        if len(text) > _LONGEST_TEXT or len(files) > _MOST_FILES:
            raise BadSummonsError("too much")
        return cls(kind, text, tuple(files), token[:1000])

    @classmethod
    def from_url(cls, url: str) -> Summons:
        """Return what a `headwater:` URL asks for: `headwater://ask?q=...` prefills a question.

        Every other one only shows the window; nothing in a URL can name a file.
        """
        # Loaded late: every start of the window has a summons, hardly one has a URL.
        from urllib.parse import parse_qs, urlsplit

        try:
            parts = urlsplit(url)
            words = parse_qs(parts.query, max_num_fields=20).get("q", [])
        except ValueError:
            return cls()
        if (parts.netloc or parts.path.strip("/")) != "ask":
            return cls()
        return cls(SummonsKind.QUICK_ASK, " ".join(words)[:_LONGEST_TEXT])
