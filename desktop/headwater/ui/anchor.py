"""The inner addresses of what can be clicked in an answer; no program would open any of them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from PySide6.QtCore import QUrl


@dataclass(frozen=True, slots=True)
class LinkAnchor:
    """A link of the text to an http, https or mailto URL."""

    url: str

    def __str__(self) -> str:
        return f"link:{quote(self.url, safe='')}"


@dataclass(frozen=True, slots=True)
class SourceAnchor:
    """A mark that cites a source of a turn."""

    turn_id: str
    source_id: str

    def __str__(self) -> str:
        return f"source:{quote(self.turn_id, safe='')}/{quote(self.source_id, safe='')}"


@dataclass(frozen=True, slots=True)
class CodeAnchor:
    """The word Copy above a code block of a turn."""

    turn_id: str
    group: int

    def __str__(self) -> str:
        return f"code:{quote(self.turn_id, safe='')}/{self.group}"


def read_anchor(address: QUrl | str) -> LinkAnchor | SourceAnchor | CodeAnchor | None:
    """Return what an address stands for, None if it is none of ours."""
    if isinstance(address, QUrl):
        address = address.toString(QUrl.ComponentFormattingOption.FullyEncoded)
    kind, _, rest = address.partition(":")
    first, _, second = (unquote(part) for part in rest.partition("/"))
    if kind == "link" and first:
        return LinkAnchor(first)
    if kind == "source" and second:
        return SourceAnchor(first, second)
    if kind == "code" and second.isdecimal():
        return CodeAnchor(first, int(second))
    return None
