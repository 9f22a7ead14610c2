"""An answer as HTML for the clipboard: harmless, and every mark a link to its source.

Blocks are read and written by markdown-it, what stands in them by `inline_run`, so that what is
copied is what was shown. Nothing of the answer becomes a tag, and only safe links are links.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from headwater.domain import text_guard
from headwater.domain.citations import sources_by_id
from headwater.ui.inline_run import inline_runs
from headwater.ui.link import safe_link
from headwater.ui.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from markdown_it import MarkdownIt

    from headwater.domain.source import Source
    from headwater.ui.inline_run import Run

CHARSET = '<meta charset="utf-8">'


def answer_html(text: str, sources: Iterable[Source], question: str = "") -> str:
    """Return the Markdown `text` under its question, and a list of `sources`, if there are any."""
    from markdown_it.token import Token

    sources = tuple(sources)
    known = sources_by_id(sources)
    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        if token.type == "inline":
            html = _runs_html(inline_runs(token.content, known), known)
            token.children = [Token("html_inline", "", 0, content=html)]
        elif token.type in ("fence", "code_block"):
            token.content = "\n".join(map(text_guard.code, token.content.split("\n")))
            token.info = text_guard.code(token.info)
    heading = f"<h1>{escape(one_line(question))}</h1>" if question.strip() else ""
    body = str(parser.renderer.render(tokens, parser.options, {}))
    return CHARSET + heading + body + source_list_html(sources)


def source_list_html(sources: Iterable[Source]) -> str:
    """Return the sources under their own ids, empty without any."""
    lines = []
    for source in sources:
        title = escape(one_line(source.title) or one_line(source.domain))
        link = safe_link(source.url)
        shown = f'<a href="{escape(link)}">{title}</a>' if link else title
        date = f", {escape(one_line(source.published))}" if source.published else ""
        lines.append(f"[{escape(one_line(source.id))}] {shown}{date}")
    return f"<p>Sources:</p><p>{'<br>'.join(lines)}</p>" if lines else ""


def mark_html(mark: str, source: Source | None) -> str:
    """Return a citation mark, as a link where its source has a safe address."""
    link = safe_link(source.url) if source is not None else ""
    shown = escape(mark)
    return f'<a href="{escape(link)}">{shown}</a>' if link else shown


def _runs_html(runs: list[Run], known: Mapping[str, Source]) -> str:
    parts: list[str] = []
    for run in runs:
        style = run.style
        if style.is_ours:
            continue
        if style.mark:
            if not style.pad:
                parts.append(mark_html(f"[{style.mark}]", known.get(style.mark)))
            continue
        shown = escape(run.text).replace(text_guard.LINE, "<br>")
        for has, tag in (
            (style.code, "code"),
            (style.struck, "s"),
            (style.italic, "em"),
            (style.bold, "strong"),
        ):
            if has:
                shown = f"<{tag}>{shown}</{tag}>"
        if style.href:
            shown = f'<a href="{escape(style.href)}">{shown}</a>'
        parts.append(shown)
    return "".join(parts)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # Imported late: it is needed when something is copied.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 32})
    parser.enable("table").disable(["reference", "inline"])
    return parser
