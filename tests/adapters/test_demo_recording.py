from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.adapters.demo_recording import (
    Recording,
    agent_stream,
    chat_stream,
    pieces_of,
    read_recordings,
    recording_for,
)

RECORDINGS = read_recordings(Path(__file__).parents[2] / "resources" / "demo")
EACH = pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)


def wire(pieces: Iterable[bytes]) -> str:
    return b"".join(pieces).decode()


def test_that_there_is_code_a_table_another_script_and_an_answer_for_all_the_rest() -> None:
    texts = [recording.text for recording in RECORDINGS]
    assert len(texts) >= 6
    assert sum("```" in text for text in texts) >= 3
    assert sum("|---" in text for text in texts) >= 4
    assert any("量子" in text for text in texts)
    assert "recorded" in RECORDINGS[-1].text


@EACH
def test_that_every_mark_has_its_source_and_some_sources_stay_uncited(
    recording: Recording,
) -> None:
    ids = {source.id for source in recording.sources}
    prose = re.sub(r"```.*?```", "", recording.text, flags=re.DOTALL)
    marks = {int(mark) for mark in re.findall(r"\[(\d+)\]", prose)}
    assert marks
    assert marks <= ids
    assert len(ids) == len(recording.sources)
    assert 4 <= len(ids) <= 7
    assert recording is RECORDINGS[-1] or marks < ids


@EACH
def test_that_sources_are_public_pages_with_something_to_read(recording: Recording) -> None:
    for source in recording.sources:
        assert urlsplit(source.url).scheme == "https"
        assert source.title
        assert len(source.snippet) > 30
        assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", source.published)


@EACH
def test_that_follow_ups_have_recordings_of_their_own(recording: Recording) -> None:
    for question in recording.follow_ups:
        assert recording_for(question, RECORDINGS).question == question
        assert question != recording.question


@EACH
def test_that_citation_marks_are_split_over_deltas_as_on_the_real_wire(
    recording: Recording,
) -> None:
    assert "".join(recording.pieces) == recording.text
    assert not any(re.search(r"\[\d+\]", piece) for piece in recording.pieces)


@EACH
def test_that_nothing_recorded_is_billed(recording: Recording) -> None:
    for text in (
        wire(piece.data for piece in agent_stream(recording, "x")),
        wire(piece.data for piece in chat_stream(recording, "x")),
    ):
        costs = re.findall(r'"(?:\w*_cost|cost_usd)":([^,}]+)', text)
        assert costs
        assert set(costs) == {"0"}


def test_that_agent_events_are_named_and_numbered_as_on_the_real_wire() -> None:
    text = wire(piece.data for piece in agent_stream(RECORDINGS[0], "x"))
    assert "\r" not in text
    events = [event.split("\n") for event in text.strip().split("\n\n")]
    payloads = [json.loads(data.removeprefix("data: ")) for _, data in events]
    assert [name.removeprefix("event: ") for name, _ in events] == [p["type"] for p in payloads]
    assert [p["sequence_number"] for p in payloads] == list(range(len(payloads)))
    assert payloads[-1]["type"] == "response.completed"
    assert "[DONE]" not in text


def test_that_full_mode_repeats_everything_in_every_chunk() -> None:
    text = wire(piece.data for piece in chat_stream(RECORDINGS[0], "x"))
    comment, *chunks = text.strip().split("\r\n\r\n")
    assert comment == ": ping"
    payloads = [json.loads(chunk.removeprefix("data: ")) for chunk in chunks]
    assert all(len(p["citations"]) == 6 and p["search_results"] for p in payloads)
    so_far = ""
    for payload in payloads:
        choice = payload["choices"][0]
        so_far += choice["delta"]["content"]
        assert choice["message"]["content"] == so_far
    assert payloads[-1]["object"] == "chat.completion.done"
    assert payloads[-1]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("CAP THEOREM?", "1-cap-theorem"),
        ("are websockets better", "2-sse-or-websockets"),
        ("heat pumps in winter", "3-heat-pumps"),
        ("what is a qubit", "4-quantum-error-correction"),
        ("tar and gzip", "5-zstd-and-gzip"),
        ("start the copy of my scope", "6-about-this-demo"),
        ("", "6-about-this-demo"),
    ],
)
def test_that_the_nearest_recording_answers(question: str, name: str) -> None:
    assert recording_for(question, RECORDINGS).name == name


@given(st.text())
def test_that_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces_of(text)) == text
