"""Answers that are hard to read, to lay out or to paint, as long as they are wanted (S28)."""

from __future__ import annotations


def hostile_answers(length: int) -> dict[str, str]:
    """Return answers of about `length` characters by what is hard about them."""
    repeated = {name: (unit * (length // len(unit) + 1))[:length] for name, unit in _UNITS.items()}
    within = {
        name: begin + (unit * (length // len(unit) + 1))[:length] + end
        for name, (begin, unit, end) in _WITHIN.items()
    }
    steps = int((2 * length) ** 0.5)
    return {
        **repeated,
        **within,
        "quotes each deeper": "".join(f"{'>' * depth} x\n" for depth in range(1, steps)),
        "items each deeper": "".join(f"{'  ' * depth}- x\n" for depth in range(1, steps)),
        "ever more backticks": " ".join("`" * count for count in range(1, steps)),
        "emphasis never closed": "*a " * (length // 6) + "b* " * (length // 6),
    }


_WIDE = "|a" * 20 + "|\n" + "|-" * 20 + "|\n"
_TWO = "|a|b|\n|-|-|\n"
_UNITS = {
    # Depth.
    "quotes": ">",
    "items in a line": "- ",
    "quotes and items": "> - ",
    "numbers in a line": "1. ",
    # Marks of Markdown.
    "stars": "*",
    "bold never closed": "**a *b ",
    "two kinds of emphasis": "*_",
    "emphasis within words": "a**b",
    "tildes": "~~a",
    "brackets": "[",
    "links never closed": "[a](",
    "links within links": "[[[a](",
    "links": "[a](http://b.c/) ",
    "pictures": "![a](http://b.c/i.png)",
    "addresses": "http://a.b/c ",
    "addresses without end": "http://",
    "angles": "<",
    "tags": "<div>",
    "comments": "<!--",
    "entities": "&amp;",
    "entities never closed": "&#",
    "dollars": "$",
    "dollars in lines": "$$\n",
    "dollars that begin nothing": "$x ",
    "formulas": "$x^2$ ",
    "small formulas": "$a$ ",
    "formulas on lines": "$$\\sum_{i=1}^n x_i$$\n\n",
    "brackets of TeX": "\\[\n",
    "backslashes": "\\",
    "backticks": "`a ",
    "pieces of code": "`a` ",
    "fences": "```x\n\n```\n",
    "other fences": "~~~\n",
    "lines of indented code": "    x\n",
    "citation marks": "[1]",
    "lists of marks": "[1,2,3]",
    "marks in bold": "**[1]**",
    "marks of another model": "【1†",
    "notes": "[^1]: a\n",
    # Characters.
    "tabs": "a" + "\t" * 5000,
    "hard spaces": "\u00a0",
    "unbroken": "x",
    "unbroken ideographs": "字",
    "two directions in a word": "aש1",
    "marks of direction": "\u200f",
    "overrides": "\u202ea",
    "combining": "a" + "\u0301" * 60 + " ",
    "nothing but combining": "\u0301",
    "joined emoji": "👨\u200d👩\u200d👧\u200d👦",
    "flags": "🇩",
    "invisible tags": "\U000e0041",
    "nothing to see": "\u200b",
    "half characters": "\ud800",
    "line separators": "a\u2028",
    "returns": "\r",
    # Blocks.
    "empty lines": "\n",
    "lines": "a\n",
    "paragraphs": "a\n\n",
    "empty quotes": ">\n\n",
    "empty items": "-\n",
    "empty headings": "#\n",
    "rules": "---\n\n",
    "underlined headings": "a\n---\n",
    "tasks": "- [ ] a\n",
    "hard breaks": "a\\\n",
    "one sentence after another": "The quick brown fox jumps. ",
    "no sentence at all": "word ",
    "tables": f"{_TWO}|1|2|\n\n",
    "heads of tables": "|a|\n|-|\n",
    "bars": "|",
}
_WITHIN = {
    "spaces": ("a", " ", "b"),
    "code of one line": ("```\n", "x", ""),
    "code of empty lines": ("```\n", "\n", ""),
    "code of one string": ("```python\n'", "a", ""),
    "code of open tags": ("```html\n", "<a ", ""),
    "code of many lines": ("```python\n", "x = 1\n", "```\n"),
    "a fence and its language": ("```", "x", ""),
    "rows": (_TWO, "|1|2|\n", ""),
    "wide rows": (_WIDE, "|1" * 20 + "|\n", ""),
    "rows that are too short": (_WIDE, "|\n", ""),
    "rows of formulas": (_TWO, "|$x$|$y^2$|\n", ""),
    "rows of marks": (_TWO, "|[1]|[2]|\n", ""),
    "long cells": (_TWO, "|" + "x" * 4000 + "|y|\n", ""),
    "everything bold": ("**", "a ", "**"),
    "a list of marks without end": ("[", "1,", ""),
    "an address without end": ("http://a.b/", "c", ""),
    "a host without end": ("[", "a.b.", "](http://x.y)"),
}
