"""The card that a mark or a link shows when the pointer rests on it."""

from __future__ import annotations

from html import escape

from headwater.domain import text_guard
from headwater.domain.plain_text import one_line
from headwater.domain.source import Source
from headwater.ui.link import host_line, real_host_line


def source_card(source: Source, sentence: str = "", check: str = "") -> str:
    """Return title, domain, date, snippet and the `sentence` that it is cited for.

    `check` are the words on whether the passage has it.

    The card is HTML of ours around escaped text; nothing is fetched for it.
    """
    host = host_line(source.url)
    title = _short(source.title, 160) or host
    date = _short(source.published or source.updated, 24)
    facts = " · ".join(filter(None, (host if host != title else "", date)))
    card = f"<p><b>{escape(title)}</b>{'<br>' if facts else ''}{escape(facts)}</p>"
    if source.snippet:
        card += f"<p>{escape(_short(source.snippet, 280))}</p>"
    if sentence:
        card += f"<p>Cited for: <i>{escape(_short(sentence, 200))}</i></p>"
    if check:
        card += f"<p>{escape(check)}</p>"
    return card


def source_words(source: Source, sentence: str = "", check: str = "") -> str:
    """Return what the card says for somebody who hears it, short of the passage."""
    host = host_line(source.url)
    title = _short(source.title, 160) or host
    said = f"Source {one_line(source.id, 8)}: " + ", ".join(dict.fromkeys((title, host)))
    if date := _short(source.published or source.updated, 24):
        said += f", {date}"
    if sentence:
        said += f". Cited for: {_short(sentence, 200)}"
    return f"{said} {check}" if check else said


def link_card(url: str) -> str:
    """Return the host that a link really leads to, and its URL, as HTML around escaped text."""
    host = real_host_line(url)
    return f"<p>{f'<b>{escape(host)}</b><br>' if host else ''}{escape(_short(url, 120))}</p>"


def _short(text: str, length: int) -> str:
    text = text_guard.prose(text[: 8 * length]).strip()
    return text if len(text) <= length else text[: length - 1] + "…"
