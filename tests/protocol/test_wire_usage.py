"""Usage as the wire reports it: never summed, never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given

from headwater.domain.usage import Usage
from headwater.protocol.wire_usage import usage_from
from tests.protocol.test_json_reading import JSON


@pytest.mark.parametrize(
    ("wire", "usage"),
    [
        ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}, Usage(1, 2, 3)),
        ({"input_tokens": 1, "output_tokens": 2}, Usage(1, 2)),
        ({"total_tokens": 0}, Usage(total_tokens=0)),
        ({"cost": 0.5}, Usage(cost=0.5)),
        ({"cost": 0}, Usage(cost=0.0)),
        ({"cost": {"total_cost": 0.5, "currency": "EUR"}}, Usage(cost=0.5, currency="EUR")),
        ({"input_tokens_details": {"cached_tokens": 7}}, Usage(cached_tokens=7)),
        ({"prompt_tokens_details": {"cached_tokens": 7}}, Usage(cached_tokens=7)),
        ({"prompt_cache_hit_tokens": 7}, Usage(cached_tokens=7)),
        ({"output_tokens_details": {"reasoning_tokens": 7}}, Usage(reasoning_tokens=7)),
        ({"completion_tokens_details": {"reasoning_tokens": 7}}, Usage(reasoning_tokens=7)),
        ({"reasoning_tokens": 7}, Usage(reasoning_tokens=7)),
        ({"num_search_queries": 3}, Usage(searches=3)),
        (
            {
                "tool_calls_details": {
                    "search_web": {"invocation": 2},
                    "image_search": {"invocation": 1},
                }
            },
            Usage(searches=3),
        ),
    ],
)
def test_that_every_name_of_a_count_is_known(wire: dict[str, object], usage: Usage) -> None:
    assert usage_from(wire) == usage


@pytest.mark.parametrize("cost", ["free", None, True, [], {"total_cost": "x"}, float("nan")])
def test_that_complaint_08_a_cost_of_an_unknown_shape_is_none(cost: object) -> None:
    assert usage_from({"total_tokens": 1, "cost": cost}) == Usage(total_tokens=1)


def test_that_the_zeros_of_an_unfinished_sonar_answer_are_no_price() -> None:
    zeros = {"input_tokens_cost": 0, "output_tokens_cost": 0, "total_cost": 0}
    assert usage_from({"total_tokens": 1, "cost": zeros}) == Usage(total_tokens=1)


@pytest.mark.parametrize("wire", [{}, {"search_context_size": "low"}, {"prompt_tokens": "8"}])
def test_that_nothing_said_is_no_usage(wire: dict[str, object]) -> None:
    assert usage_from(wire) is None


@given(JSON)
def test_that_R12_no_usage_raises(value: object) -> None:
    names = ("prompt_tokens", "cost", "tool_calls_details", "input_tokens_details")
    usage = usage_from(dict.fromkeys(names, value))
    assert usage is None or isinstance(usage, Usage)
