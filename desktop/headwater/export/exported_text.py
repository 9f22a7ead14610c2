"""An excerpt as the text of a file, in each format but PDF, which needs Qt."""

from __future__ import annotations

from headwater import __version__
from headwater.domain.transcript import conversation_json, turn_json
from headwater.export.excerpt import Excerpt
from headwater.export.export_format import ExportFormat


def exported_text(excerpt: Excerpt, form: ExportFormat) -> str:
    """Return the contents of the file; each format is loaded when it is wanted.

    Raises:
        ValueError: the format is PDF.
    """
    match form:
        case ExportFormat.MARKDOWN:
            from headwater.export.markdown_file import markdown_text

            return markdown_text(excerpt)
        case ExportFormat.HTML:
            from headwater.export.html_page import html_page

            return html_page(excerpt)
        case ExportFormat.JSON:
            return _json(excerpt)
        case ExportFormat.PDF:
            raise ValueError("a PDF is no text")
        case _:
            return _bibliography(excerpt, form)


def _json(excerpt: Excerpt) -> str:
    from headwater.export.json_text import json_text

    conversation = excerpt.conversation
    return json_text(
        {
            "program": "Headwater",
            "version": __version__,
            "exported": excerpt.exported_at.isoformat(),
            **conversation_json(conversation),
            "turns": [turn_json(t, len(conversation.versions(t.id))) for t in excerpt.turns],
        }
    )


def _bibliography(excerpt: Excerpt, form: ExportFormat) -> str:
    from headwater.export.reference import references

    found = references(excerpt)
    match form:
        case ExportFormat.BIBTEX:
            from headwater.export.bibtex import bibtex_text

            return bibtex_text(found)
        case ExportFormat.RIS:
            from headwater.export.ris import ris_text

            return ris_text(found)
        case _:
            from headwater.export.csl_json import csl_json_text

            return csl_json_text(found)
