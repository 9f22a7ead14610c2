"""A few of the kills that `python3 packaging/dev.py kill` makes hundreds of."""

from __future__ import annotations

from pathlib import Path

from headwater.session.journal import MOST_LOST
from tests.survival.__main__ import is_within
from tests.survival.kills import Kill, kill_again_and_again


def test_that_R36_kill_9_at_any_moment_of_an_answer_costs_a_quarter_of_a_second(
    tmp_path: Path,
) -> None:
    kills = kill_again_and_again(6, tmp_path)

    assert len(kills) == 6
    assert [kill for kill in kills if not is_within(kill)] == []


def test_that_R36_kill_9_of_the_window_costs_a_quarter_of_a_second_of_what_stood_in_it(
    tmp_path: Path,
) -> None:
    kills = kill_again_and_again(3, tmp_path, is_window=True)

    assert len(kills) == 3
    assert [kill for kill in kills if not is_within(kill)] == []


def test_that_more_than_may_be_missing_is_noticed_and_a_stall_of_the_machine_forgiven() -> None:
    assert is_within(Kill(after=1.0, missing=MOST_LOST, stall=0.0))
    assert not is_within(Kill(after=1.0, missing=MOST_LOST + 0.05, stall=0.02))
    assert is_within(Kill(after=1.0, missing=MOST_LOST + 0.05, stall=0.06))
