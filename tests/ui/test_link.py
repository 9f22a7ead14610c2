"""Where a source is opened: at its own address, and at the passage where that helps."""

from __future__ import annotations

import pytest

from headwater.ui.link import link_to_passage

SNIPPET = "The bridge was built by Trajan in 104 and is long. It has twenty piers of solid stone."


@pytest.mark.parametrize(
    ("url", "snippet", "opened"),
    [
        (
            "https://a.example/x?y=1#z",
            SNIPPET,
            "https://a.example/x?y=1#z:~:text=It%20has%20twenty%20piers%20of%20solid%20stone.",
        ),
        ("https://a.example/x", "", "https://a.example/x"),
        ("https://a.example/x.pdf", SNIPPET, "https://a.example/x.pdf"),
        ("javascript:alert(1)", SNIPPET, ""),
        ("https://good.example@evil.example/", SNIPPET, ""),
        (
            "https://a.example/x",
            "The twenty piers of it, as we were told again and -again by others than them.",
            "https://a.example/x#:~:text=The%20twenty%20piers%20of,by%20others%20than%20them.",
        ),
        (
            "https://a.example/x",
            "The twenty piers- of it, as we were told again and again -by others than them.",
            "https://a.example/x",
        ),
    ],
)
def test_that_a_source_is_opened_at_its_passage_where_a_browser_can_find_it(
    url: str, snippet: str, opened: str
) -> None:
    assert link_to_passage(url, snippet, "It has 20 piers of stone.") == opened
