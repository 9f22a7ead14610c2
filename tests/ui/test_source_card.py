"""A card says whose page it is, whatever the page calls itself."""

from __future__ import annotations

import pytest

from headwater.domain.source import Source
from headwater.ui.source_card import link_card, source_card, source_words

LONG = "paypal.com." + "a" * 60 + "." + "b" * 60 + ".evil.example"


def test_that_a_long_host_shows_its_end() -> None:
    for said in (
        source_card(Source("1", f"https://{LONG}/", "PayPal")),
        source_words(Source("1", f"https://{LONG}/", "PayPal")),
        link_card(f"https://{LONG}/"),
    ):
        assert "bbb.evil.example" in said
    assert "paypal.com" not in source_card(Source("1", f"https://{LONG}/", "PayPal"))


@pytest.mark.parametrize(
    ("source", "card"),
    [
        (
            Source("1", "https://a.example/", "Title", published="2024-01-02"),
            "<p><b>Title</b><br>a.example · 2024-01-02</p>",
        ),
        (
            Source("1", "https://www.a.example/x", published="2024"),
            "<p><b>a.example</b><br>2024</p>",
        ),
        (Source("1", "https://a.example/x", snippet="So."), "<p><b>a.example</b></p><p>So.</p>"),
        (Source("1", "", "Only a title"), "<p><b>Only a title</b></p>"),
    ],
)
def test_that_a_card_says_what_is_known_and_nothing_twice(source: Source, card: str) -> None:
    assert source_card(source) == card


def test_that_what_is_no_web_address_has_no_host() -> None:
    assert link_card("javascript:alert(1)") == "<p>javascript:alert(1)</p>"


def test_that_S7_S10_the_card_of_an_endless_address_is_short_and_shows_its_end() -> None:
    card = link_card("mailto:" + "good@good.example" * 60_000 + "\u202e@evil.example")
    assert len(card) < 1000
    assert "\u202e" not in card
    assert "@evil.example</b>" in card
