"""What the usage dock says, figure by figure."""

from __future__ import annotations

from headwater.domain.answer import Answer
from headwater.domain.usage import Timing, Usage
from headwater.ui.usage_dock import usage_texts


def test_that_what_the_server_did_not_say_is_a_dash() -> None:
    assert set(usage_texts(None).values()) == {"–"}
    assert set(usage_texts(Answer()).values()) == {"–"}


def test_that_figures_are_written_as_people_read_them() -> None:
    usage = Usage(3007, 412, 3419, 2980, None, 2, 0.0041)
    texts = usage_texts(Answer(usage=usage, timing=Timing(1.2, 6.1)))
    assert texts == {
        "input": "3,007 / 2,980",
        "output": "412",
        "searches": "2",
        "speed": "1.2 s, 84 tok/s",
        "time": "6.1 s",
        "cost": "$0.0041",
    }


def test_that_an_answer_that_came_at_once_has_no_speed() -> None:
    texts = usage_texts(Answer(usage=Usage(output_tokens=9), timing=Timing(1.0, 1.0)))
    assert texts["speed"] == "1.0 s"


def test_that_another_currency_is_named() -> None:
    texts = usage_texts(Answer(usage=Usage(cost=0.5, currency="EUR")))
    assert texts["cost"] == "EUR 0.5000"
