from __future__ import annotations

import pytest

from headwater.export.link import hides_host, real_host, safe_link


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("http://EXAMPLE.org:8080/", "http://example.org:8080/"),
        ("https://bücher.example/ü x", "https://xn--bcher-kva.example/%C3%BC%20x"),
        ("https://example.org/%41%zz", "https://example.org/%41%25zz"),
        ("https://example.org/<b>{x}\"'|", "https://example.org/%3Cb%3E%7Bx%7D%22'%7C"),
        ("https://example.org/\u202egnp", "https://example.org/%E2%80%AEgnp"),
        ("https://[::1]:8000/x", "https://[::1]:8000/x"),
        ("mailto:a.b+c@example.org", "mailto:a.b+c@example.org"),
    ],
)
def test_that_a_link_comes_out_encoded(written: str, link: str) -> None:
    assert safe_link(written) == link
    assert link.isascii()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "example.org",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https:///nowhere",
        "https://good.example@evil.example/",
        "https://evil.example\\@good.example/",
        "https://exa mple.org/",
        "https://example.org:99999/",
        "https://[::1/",
        "https://example.org/" + "a" * 5000,
        "mailto:a@b.example?body=x",
        "mailto:nobody",
    ],
)
def test_that_everything_else_is_no_link(written: str) -> None:
    assert safe_link(written) == ""


def test_that_a_link_that_names_another_host_is_seen_through() -> None:
    assert hides_host("bank.example", "https://evil.example/x")
    assert hides_host("words", "https://xn--bcher-kva.example/")
    assert not hides_host("example.org", "https://www.example.org/")
    assert not hides_host("a word", "https://example.org/")
    assert real_host("https://example.org:80/x") == "example.org"
    assert real_host("mailto:a@b.example") == "a@b.example"
