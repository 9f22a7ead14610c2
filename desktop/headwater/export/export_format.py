"""The kinds of file that an answer or a conversation can be taken away as."""

from __future__ import annotations

from enum import StrEnum


class ExportFormat(StrEnum):
    """The values are a public interface (`headwater export --format`)."""

    MARKDOWN = "md"
    HTML = "html"
    PDF = "pdf"
    JSON = "json"
    BIBTEX = "bibtex"
    RIS = "ris"
    CSL_JSON = "csl-json"

    @property
    def ending(self) -> str:
        """What a file's name ends with, dot included."""
        return _ENDINGS[self]

    @property
    def words(self) -> str:
        """What a person calls it."""
        return _WORDS[self]


_ENDINGS = {
    ExportFormat.MARKDOWN: ".md",
    ExportFormat.HTML: ".html",
    ExportFormat.PDF: ".pdf",
    ExportFormat.JSON: ".json",
    ExportFormat.BIBTEX: ".bib",
    ExportFormat.RIS: ".ris",
    ExportFormat.CSL_JSON: ".json",
}
_WORDS = {
    ExportFormat.MARKDOWN: "Markdown",
    ExportFormat.HTML: "Web page",
    ExportFormat.PDF: "PDF",
    ExportFormat.JSON: "JSON",
    ExportFormat.BIBTEX: "Sources as BibTeX",
    ExportFormat.RIS: "Sources as RIS",
    ExportFormat.CSL_JSON: "Sources as CSL-JSON",
}
_BY_ENDING = {
    ".md": ExportFormat.MARKDOWN,
    ".markdown": ExportFormat.MARKDOWN,
    ".html": ExportFormat.HTML,
    ".htm": ExportFormat.HTML,
    ".pdf": ExportFormat.PDF,
    ".json": ExportFormat.JSON,
    ".bib": ExportFormat.BIBTEX,
    ".ris": ExportFormat.RIS,
}


def format_of(path: str) -> ExportFormat | None:
    """Return the format that the ending of `path` stands for; `.json` is the conversation."""
    return _BY_ENDING.get("." + path.rpartition(".")[2].lower())
