"""The answers that the foreign servers are told to give, chosen to hurt a careless reader."""

from __future__ import annotations

PLAIN = "Streams end at the sea.[1] Rivers take longer.[2]"

# A cut between UTF-16 halves, between the parts of one visible character, or at a line end that
# only some decoders know (U+2028, U+0085, a lone CR) must not change a byte.
TRICKY = (
    "Grüße, 世界！ Ωμέγα. العربية עברית. e\u0301 \u1e9b\u0323 👩‍👩‍👧‍👦🏳️‍🌈🇯🇵 𝕳𝖊𝖆𝖉𝖜𝖆𝖙𝖊𝖗 \U0010fffd\n"
    "line\u2028separator\u2029paragraph\u0085next\u000bvertical\u000cform\r\nCRLF\rCR\n"
    "data: [DONE]\n\nevent: done\n: comment\n"
    'quotes " \\" \\\\ \\u0041 \\n <b>&amp;</b> \x7f\u200b\u202e\u2066\ufeff\u00a0end'
)

# LiteLLM, handing a stream on, takes these for line ends and "[DONE]" in a text for the end of
# the stream, and loses the piece that has them.
PASSABLE = TRICKY.translate({ord(end): None for end in "\u2028\u2029\u0085"}).replace("[DONE]", "")

MARKDOWN = (
    "# Rivers\n\nA *short* answer with **weight**.[1][2]\n\n"
    "| river | km |\n|---|--:|\n| Nile | 6650 |\n| 長江 | 6300 |\n\n"
    "```python\nfor river in ('Nile', '長江'):\n    print(f\"{river}\")\n```\n\n"
    "- one\n  - two [3]\n\n> quoted\n\n1. first\n2. second\n"
)

LONG = "".join(
    f"Paragraph {number}: the 河 runs on, 🌊 and on.[{number % 9 + 1}]\n\n"
    for number in range(4_000)
)

REASONING = "First the source, then the mouth. 🤔\nThat settles it."
