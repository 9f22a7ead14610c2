"""A conversation that is hard to export, and programs that nobody here wrote to read it again."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from headwater.domain.answer import Answer, AnswerState, Complete
from headwater.domain.conversation import Conversation, Turn
from headwater.domain.question import Question
from headwater.domain.source import Source
from headwater.export.excerpt import Excerpt, one_answer, whole

ASKED = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)
EXPORTED = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PAGE = Source("1", "https://example.org/a?b=c", "The CAP theorem", "Snip", "2024-05-01")
OTHER = Source("2", "https://www.infoq.com/cap", "Twelve years later", "", "2012-05")
UNCITED = Source("5", "https://found.example/", "Only found")
HOSTILE_TITLE = (
    'A <b>bold</b> "title" {x} } 100% $5_0 \\evil & [1](x) *s* `c` ~ ^ | @misc{y, \u202egnp'
)
HOSTILE_TITLE_SHOWN = HOSTILE_TITLE.replace("\u202e", "")
HARD_TEXT = r"""# Head *line*

During a partition[1] a store gives up **either _thing_** or snake_case `a|b [1]` [2, 9].
<script>alert("owned")</script> &amp; &copy; [^1] [1]: http://evil.example
hard\
break

- one [1]
- two

  para in two
  1. deep
  2. deeper
     ```python
     def f(x):  # [1]
         return "```" + 1
     ```
- [ ] todo
- [x] done

7. seven
8. eight

> quoted
>
> - in quote

| System | A | B |
|--|:-:|--:|
| x \| y | `a\|b` | [2] |
| שלום | 漢字 | 😀 |

````md
```
[1] inner
```
````

See https://example.org/a_(b)_c and [bank.example](https://evil.example/x) and
![pic](https://track.example/p.png) and [js](javascript:alert(1)).

שלום עולם, זה טקסט בעברית [1].

量子コンピュータの誤り訂正。二番目の文。
"""


def excerpt_of(
    text: str,
    *sources: Source,
    state: AnswerState | None = None,
    question: str = "What does it rule out?",
) -> Excerpt:
    """Return one answer to one question."""
    return one_answer(
        conversation_of(text, *sources, state=state, question=question), "t1", EXPORTED
    )


def conversation_of(
    text: str,
    *sources: Source,
    state: AnswerState | None = None,
    question: str = "What does it rule out?",
) -> Conversation:
    asked = Question(question, provider_id="perplexity", model="sonar-pro", asked_at=ASKED)
    answer = Answer(text=text, sources=sources, state=state or Complete())
    return Conversation().with_turn(Turn("t1", "", asked, answer))


def two_answers(first: str, second: str, *sources: Source) -> Excerpt:
    """Return a conversation of two turns with the same sources."""
    conversation = conversation_of(first, *sources)
    later = Question("And then?", asked_at=ASKED)
    answer = Answer(text=second, sources=sources, state=Complete())
    return whole(conversation.with_turn(Turn("t2", "t1", later, answer)), EXPORTED)


def pandoc(text: str, source: str, target: str) -> str:
    """Return what pandoc makes of `text`."""
    return subprocess.run(
        ["pandoc", f"--from={source}", f"--to={target}", "--wrap=none"],
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    ).stdout


def markdown_as(text: str, target: str) -> str:
    """Return an exported Markdown file as pandoc reads GitHub's Markdown."""
    return pandoc(text, "gfm+footnotes-emoji-tex_math_dollars", target)


def pdf_text(data: bytes, folder: Path, *options: str) -> str:
    """Return what can be selected in a PDF."""
    path = folder / "read.pdf"
    path.write_bytes(data)
    return subprocess.run(
        ["pdftotext", *options, str(path), "-"],
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    ).stdout


def words(text: str) -> Counter[str]:
    """Return how often each word is there; marks and punctuation are no words."""
    # What is emphasized or struck may differ between readers; pandoc joins what can be joined.
    text = unicodedata.normalize("NFKC", re.sub("[*_~]", "", text))
    return Counter(re.findall(r"\w+", text))
