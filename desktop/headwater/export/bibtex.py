r"""Sources as BibTeX, for LaTeX with BibTeX or biblatex.

Braces are counted by BibTeX even behind a backslash, so those of a title that has not as many
closing as opening ones become commands. An address is taken verbatim by both, and its braces are
percent-encoded.
"""

from __future__ import annotations

import re

from headwater.export.reference import Reference

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_COMMANDS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
}
_LONE_BRACES = {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
_SPECIAL = re.compile("[" + re.escape("".join(_COMMANDS)) + "]")


def bibtex_text(references: list[Reference]) -> str:
    """Return the file: one @misc for each page."""
    return "\n".join(_entry(reference) for reference in references)


def _entry(reference: Reference) -> str:
    fields = [("title", f"{{{_latex(reference.title)}}}")]
    if reference.host:
        fields.append(("organization", f"{{{_latex(reference.host)}}}"))
    if reference.published:
        fields.append(("year", str(reference.published[0])))
    lines = [f"  {name} = {{{value}}}," for name, value in fields]
    if len(reference.published) > 1:
        lines.append(f"  month = {_MONTHS[reference.published[1] - 1]},")
    if len(reference.published) > 2:
        lines.append(f"  day = {{{reference.published[2]}}},")
    if reference.url:
        lines.append(f"  url = {{{reference.url}}},")
    lines.append(f"  urldate = {{{reference.accessed.isoformat()}}},")
    notes = [reference.address, reference.said_published]
    if note := ", ".join(_latex(words) for words in notes if words):
        lines.append(f"  note = {{{note}}},")
    if reference.abstract:
        lines.append(f"  abstract = {{{_latex(reference.abstract)}}},")
    return "\n".join((f"@misc{{{reference.key},", *lines, "}", ""))


def _latex(text: str) -> str:
    commands = _COMMANDS if _is_balanced(text) else _COMMANDS | _LONE_BRACES
    return _SPECIAL.sub(lambda found: commands[found.group()], text)


def _is_balanced(text: str) -> bool:
    depth = 0
    for brace in re.findall("[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0
