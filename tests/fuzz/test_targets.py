"""Whatever arrives, in whatever pieces, keeps what holds for every input."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import all_kept
from tests.fuzz.targets import TARGETS
from tests.ui.test_answer_document import ATOMS, MORE_ATOMS

pytestmark = pytest.mark.usefixtures("qapp")

_HOSTILE = [
    *("\u202e", "\u2067", "\u200f", "\U000e0041", "\x00", "\ud83d", "\ude00", "\ufeff", "\u2028"),
    *(
        "\ufffc",
        "\ufdd0",
        "\r",
        "\r\n",
        "\x0b",
        "\x85",
        "\t",
        "javascript:",
        "file:///etc",
        "data:",
    ),
    *("[a](javascript:b)", "![a](file:///b)", "<http://a.b@c.d>", "\\\\host\\share", "&lt;", "-\n"),
    *(
        "1)",
        "$",
        "x^2",
        "\\frac{",
        "}",
        "\\begin{array}",
        "5 million",
        "not ",
        "“",
        "”",
        "|",
        ":-:",
    ),
]
_WIRE = [
    *("data: ", "event: ", "id: ", "retry: 1", ":", "\n", "\r\n", "\r", "\n\n", "[DONE]", "{", "}"),
    *('"choices":[', '{"delta":{"content":"a"}}', "]", '"type":"', "response.completed", '"', ","),
    *(
        "null",
        "1e999",
        "NaN",
        "-0",
        '"citations":[',
        '"usage":{',
        '"error":"x"',
        "\\ud83d",
        "\\u0000",
    ),
    *('"finish_reason":"stop"', '{"type":"response.output_text.delta","delta":"x"}', "[" * 50, "<"),
]
_TEXT = st.lists(st.sampled_from([*ATOMS, *MORE_ATOMS, *_HOSTILE]), max_size=24).map("".join)
_STREAM = st.lists(
    st.one_of(st.sampled_from([w.encode() for w in _WIRE]), st.binary(max_size=6)), max_size=24
).map(b"".join)
_ON_THE_WIRE = [name for name in TARGETS if name.startswith(("sse", "dialect_"))]
_IN_TEXT = [name for name in TARGETS if name not in _ON_THE_WIRE]
_SETTINGS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize(
    ("target", "path"), all_kept(), ids=lambda given: getattr(given, "name", given)
)
def test_that_R12_S28_what_a_fuzzer_found_keeps_what_holds_for_all(target: str, path: Path) -> None:
    TARGETS[target](path.read_bytes())


@pytest.mark.parametrize("target", _ON_THE_WIRE)
@_SETTINGS
@given(size=st.integers(0, 40), stream=_STREAM)
def test_that_R12_any_bytes_mean_the_same_in_any_pieces(
    target: str, size: int, stream: bytes
) -> None:
    TARGETS[target](bytes([size]) + stream)


@pytest.mark.parametrize("target", _IN_TEXT)
@_SETTINGS
@given(size=st.integers(0, 40), text=_TEXT)
def test_that_S28_any_text_keeps_what_holds_for_all(target: str, size: int, text: str) -> None:
    encoding = "utf-8" if (1 + size) % 8 else "utf-16-le"
    TARGETS[target](bytes([size]) + text.encode(encoding, "surrogatepass"))
