from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.domain.summons import (
    LONGEST_LINE,
    BadSummonsError,
    Summons,
    SummonsKind,
)

_SUMMONS = st.builds(
    Summons,
    st.sampled_from(SummonsKind),
    st.text(),
    st.lists(st.text(), max_size=5).map(tuple),
    st.text(max_size=50),
)


@given(_SUMMONS)
def test_that_a_summons_is_read_as_it_was_written_in_one_line(summons: Summons) -> None:
    line = summons.line()
    assert line.count(b"\n") == 1
    assert Summons.from_line(line) == summons


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(lambda v: repr(v).encode()))
def test_that_garbage_is_refused_and_nothing_else_happens(line: bytes) -> None:
    with pytest.raises(BadSummonsError):
        Summons.from_line(line)


@pytest.mark.parametrize(
    "line",
    [
        b'{"kind":"send","text":"","files":[],"activation_token":""}',
        b'{"kind":"show","text":1,"files":[],"activation_token":""}',
        b'{"kind":"show","text":"","files":"a","activation_token":""}',
        b'{"kind":"show","text":"","files":[1],"activation_token":""}',
        b'{"kind":"show","text":"","activation_token":""}',
        b"[" * 100_000,
        Summons().line() + b" " * LONGEST_LINE,
    ],
)
def test_that_what_only_looks_like_a_summons_is_refused(line: bytes) -> None:
    with pytest.raises(BadSummonsError):
        Summons.from_line(line)


def test_that_there_is_no_kind_that_sends_or_changes_anything() -> None:
    kinds = {kind.value for kind in SummonsKind}
    assert kinds == {"show", "quick-ask", "toggle", "new-question", "nothing"}


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("headwater://ask?q=Is%20it%20open%3F", "Is it open?"),
        ("headwater://ask/?q=a+b&x=1", "a b"),
        ("headwater:ask?q=%C3%A4", "ä"),
        ("headwater://ask", ""),
    ],
)
def test_that_an_ask_url_prefills_the_quick_ask(url: str, text: str) -> None:
    assert Summons.from_url(url) == Summons(SummonsKind.QUICK_ASK, text)


@pytest.mark.parametrize(
    "url",
    [
        "headwater://delete?q=all",
        "headwater://",
        "headwater:///etc/passwd",
        "headwater://[::bad",
        "headwater://ask?" + "&".join(f"q{n}=1" for n in range(50)),
    ],
)
def test_that_every_other_url_only_shows_the_window(url: str) -> None:
    assert Summons.from_url(url) == Summons()
