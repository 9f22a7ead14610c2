"""Which addresses count as one page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.page_address import page_address

_ONE = "https://example.org/a/b?q=1"


@pytest.mark.parametrize(
    "other",
    [
        "http://example.org/a/b?q=1",
        "HTTPS://WWW.Example.ORG/a/b?q=1",
        "https://example.org./a/b?q=1",
        "https://example.org:443/a/b?q=1",
        "http://example.org:80/a/b?q=1",
        "https://example.org/a/b/?q=1",
        "https://example.org/a/./x/../b?q=1",
        "https://example.org/%61/b?q=%31",
        "https://example.org/a/b?q=1#part",
        "https://example.org/a/b?q=1#:~:text=words",
        "https://example.org/a/b?utm_source=x&q=1&UTM_Medium=y&gclid=z",
        " https://example.org/a/b?q=1\n",
    ],
)
def test_that_these_are_one_page(other: str) -> None:
    assert page_address(other) == page_address(_ONE)


@pytest.mark.parametrize(
    "other",
    [
        "https://example.com/a/b?q=1",
        "https://m.example.org/a/b?q=1",
        "https://example.org:8443/a/b?q=1",
        "http://example.org:443/a/b?q=1",
        "https://example.org/A/b?q=1",
        "https://example.org/a//b?q=1",
        "https://example.org/a%2Fb?q=1",
        "https://example.org/a/b?q=2",
        "https://example.org/a/b?q=1&page=2",
        "https://example.org/a/b",
        "https://example.org/a/b?q=1#/other",
        "https://example.org/a/b?q=1#!other",
        "https://user@example.org/a/b?q=1",
        "ftp://example.org/a/b?q=1",
    ],
)
def test_that_these_are_another_page(other: str) -> None:
    assert page_address(other) != page_address(_ONE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("https://example.org/é", "https://example.org/%c3%a9"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/?utm_source=x", "https://example.org"),
    ],
)
def test_that_one_page_is_written_in_two_ways(one: str, other: str) -> None:
    assert page_address(one) == page_address(other)


@pytest.mark.parametrize(
    "odd", ["", "no address", "https://", "https://[::1", "https://a:b/", "x" * 5000, "mailto:a@b"]
)
def test_that_what_is_no_web_address_stands_for_itself(odd: str) -> None:
    assert page_address(odd) == odd


@given(st.text(max_size=60))
def test_that_any_text_has_an_address_that_stays_the_same(text: str) -> None:
    once = page_address(f"https://example.org/{text}")
    assert page_address(f"http://WWW.example.org/{text}") == once
    page_address(text)
