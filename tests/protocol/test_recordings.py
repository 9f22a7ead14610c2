"""Every recording leads to its stored answer, however the bytes arrive."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocol.recording import (
    Recording,
    answer_of,
    decoder_for,
    events_of,
    recordings,
    seen_in,
)

STREAMS = recordings(".sse")
BODIES = recordings(".json")
_END_MARK = re.compile(
    rb'"finish_reason": ?"\w|data: ?\[DONE\]|response\.completed|chat\.completion\.done'
    rb'|event: done|"type":"done"'
)


def each(found: list[Recording]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("recording", found, ids=lambda recording: recording.name)


def test_that_there_are_the_samples_and_thirty_recordings_more() -> None:
    assert len(STREAMS) + len(BODIES) >= 6 + 30


@each(STREAMS)
def test_that_a_stream_read_whole_gives_its_answer(recording: Recording) -> None:
    answer = answer_of(events_of(recording.dialect, [recording.data]))
    assert seen_in(answer) == recording.wanted


@each(STREAMS)
def test_that_a_stream_read_byte_by_byte_gives_its_answer(recording: Recording) -> None:
    data = recording.data
    reads = [data[n : n + 1] for n in range(len(data))]
    assert seen_in(answer_of(events_of(recording.dialect, reads))) == recording.wanted


@each(STREAMS)
def test_that_a_stream_cut_in_two_anywhere_gives_the_same_events(recording: Recording) -> None:
    data = recording.data
    whole = events_of(recording.dialect, [data])
    for cut in range(len(data)):
        assert events_of(recording.dialect, [data[:cut], data[cut:]]) == whole, cut


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(STREAMS), st.lists(st.integers(0, 6000), max_size=12))
def test_that_a_stream_cut_at_random_gives_its_answer(
    recording: Recording, cuts: list[int]
) -> None:
    data = recording.data
    bounds = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reads = [data[a:b] for a, b in itertools.pairwise(bounds)]
    assert seen_in(answer_of(events_of(recording.dialect, reads))) == recording.wanted


@each(STREAMS)
def test_that_R1_R2_R3_a_stream_cut_short_keeps_its_text_and_is_never_complete_by_mistake(
    recording: Recording,
) -> None:
    data = recording.data
    shown = ""
    for end in range(len(data)):
        answer = answer_of(events_of(recording.dialect, [data[:end]]))
        assert not answer.is_running, end
        if answer.status == "complete":
            assert _END_MARK.search(data[:end]), end
        if not recording.rewrites:
            assert answer.text.startswith(shown), end
            assert recording.wanted["text"].startswith(answer.text), end
            shown = answer.text


@each(BODIES)
def test_that_a_whole_body_gives_its_answer(recording: Recording) -> None:
    decoder = decoder_for(recording.dialect)
    answer = answer_of(decoder.decode_json(recording.data))
    assert seen_in(answer) == recording.wanted
    assert decoder.is_closed


@each(BODIES)
def test_that_a_body_cut_short_is_complete_only_with_its_last_line(recording: Recording) -> None:
    for end in range(len(recording.data.rstrip())):
        decoder = decoder_for(recording.dialect)
        answer = answer_of(decoder.decode_json(recording.data[:end]))
        if answer.status == "complete":
            assert _END_MARK.search(recording.data[:end]), end
