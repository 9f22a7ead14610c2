"""Where a source is opened: at its own address, and at the passage where that helps."""

from __future__ import annotations

import pytest

from headwater.ui.link import host_line, link_to_passage

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


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("https://www.example.org/a", "example.org"),
        ("https://good.example.and.more.evil.test/", "…example.and.more.evil.test"),
        ("https://xn--pypal-4ve.com/", "xn--pypal-4ve.com"),
        ("javascript:alert('a long script')", "javascript:alert('a long s…"),
        ("", ""),
    ],
)
def test_that_a_host_is_shortened_at_its_beginning_and_nothing_else_is(url: str, line: str) -> None:
    assert host_line(url, 27) == line
