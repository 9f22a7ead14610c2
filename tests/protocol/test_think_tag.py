"""Thoughts and answers in one text, told apart wherever it is cut."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.protocol.think_tag import ThinkTagSplitter, split_thinking

CASES = {
    "Hello": ("", "Hello"),
    "<think>why</think>Because": ("why", "Because"),
    "\n <think>why</think>\n\nBecause": ("why", "Because"),
    "<think>why</think>": ("why", ""),
    "<think>why": ("why", ""),
    "<think>a</thi": ("a</thi", ""),
    "<think>a</think> <think>b</think>c": ("ab", "c"),
    '<think>plan</think>{"a": 1}': ("plan", '{"a": 1}'),
    "why</think>\nBecause": ("why", "Because"),
    "</think>Because": ("", "Because"),
    "Use `</think>` to close": ("", "Use `</think>` to close"),
    "Use\n```\n</think>\n```\nto close": ("", "Use\n```\n</think>\n```\nto close"),
    "Say <think> out loud": ("", "Say <think> out loud"),
    "<think>a</think>b</think>c": ("a", "b</think>c"),
    "<thinking>a": ("", "<thinking>a"),
    "  indented": ("", "  indented"),
    "a < b": ("", "a < b"),
    "ends with <": ("", "ends with <"),
    "ends with </think": ("", "ends with </think"),
    "<": ("", "<"),
    "   ": ("", "   "),
    "<think>a</think><": ("a", "<"),
}


def split_in_pieces(pieces: list[str]) -> tuple[str, str]:
    splitter = ThinkTagSplitter()
    thought = answer = ""
    for part in (*(splitter.feed(piece) for piece in pieces), splitter.finish()):
        if part.is_turned:
            thought, answer = thought + answer, ""
        thought += part.thought
        answer += part.answer
    return thought, answer


@pytest.mark.parametrize("text", CASES, ids=repr)
def test_that_complaint_16_thoughts_and_answers_are_told_apart(text: str) -> None:
    assert split_thinking(text) == CASES[text]


@pytest.mark.parametrize("text", CASES, ids=repr)
def test_that_complaint_16_tags_may_be_cut_anywhere(text: str) -> None:
    assert split_in_pieces(list(text)) == CASES[text]
    for cut in range(len(text)):
        assert split_in_pieces([text[:cut], text[cut:]]) == CASES[text], cut


@given(st.lists(st.sampled_from(["<think>", "</think>", "`", "\n", "```", " ", "a", "<", "/"])))
def test_that_complaint_16_the_pieces_never_matter(parts: list[str]) -> None:
    text = "".join(parts)
    assert split_in_pieces(list(text)) == split_thinking(text)


@pytest.mark.parametrize("piece", ["<", "</think", "`</think>", " ", "</", "a\n"])
def test_that_S30_a_flood_of_half_tags_takes_linear_time(piece: str) -> None:
    start = time.process_time()
    split_in_pieces([piece] * 50_000)
    assert time.process_time() - start < 2
