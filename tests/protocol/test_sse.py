"""The decoder against the text of the standard (WHATWG HTML, 9.2.5 and 9.2.6)."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.protocol.sse import EventTooLargeError, SseDecoder, SseEvent


def decoded(*reads: bytes, limit: int = 8 * 1024 * 1024) -> list[SseEvent]:
    decoder = SseDecoder(limit=limit)
    events: list[SseEvent] = []
    for read in reads:
        events.extend(decoder.feed(read))
    return events


def data_of(events: Iterable[SseEvent]) -> list[str]:
    return [event.data for event in events]


def in_pieces(data: bytes, size: int) -> list[bytes]:
    return [data[n : n + size] for n in range(0, len(data), size)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_that_R19_each_of_the_three_line_ends_ends_a_line(end: bytes) -> None:
    assert data_of(decoded(b"data: a" + end + b"data: b" + end + end)) == ["a\nb"]


def test_that_R19_line_ends_may_be_mixed() -> None:
    assert data_of(decoded(b"data: a\r\rdata: b\n\ndata: c\r\n\ndata: d\n\r\n")) == list("abcd")


def test_that_R19_crlf_split_between_reads_is_one_line_end() -> None:
    assert data_of(decoded(b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n")) == ["a\nb"]


def test_that_R19_an_empty_read_between_cr_and_lf_changes_nothing() -> None:
    assert data_of(decoded(b"data: a\r", b"", b"\ndata: b\r\n\r\n")) == ["a\nb"]


def test_that_R19_a_cr_at_the_end_of_a_read_dispatches_at_once() -> None:
    assert data_of(SseDecoder().feed(b"data: a\r\r")) == ["a"]


def test_that_R19_one_leading_byte_order_mark_is_dropped() -> None:
    bom = b"\xef\xbb\xbf"
    assert data_of(decoded(bom + b"data: a\n\n")) == ["a"]
    assert data_of(decoded(b"\xef", b"\xbb", b"\xbf", b"data: a\n\n")) == ["a"]
    assert data_of(decoded(bom + bom + b"data: a\n\ndata: b\n\n")) == ["b"]
    assert data_of(decoded(b"data: a\n\n" + bom + b"data: b\n\ndata: c\n\n")) == ["a", "c"]


def test_that_R19_what_only_begins_like_a_byte_order_mark_is_kept() -> None:
    assert decoded(b"\xef\xbbdata: a\n\ndata: b\n\n") == [SseEvent(data="b")]


def test_that_R19_comments_are_counted_and_say_nothing() -> None:
    decoder = SseDecoder()
    assert data_of(decoder.feed(b": one\n:two\n:\ndata: a\n: three\n\n")) == ["a"]
    assert decoder.comments == 4


def test_that_R19_a_comment_still_under_way_is_not_counted_twice() -> None:
    decoder = SseDecoder()
    for piece in (b":", b" pi", b"ng", b"\n", b":"):
        decoder.feed(piece)
    assert decoder.comments == 1
    decoder.finish()
    assert decoder.comments == 2


def test_that_R19_a_field_without_colon_has_an_empty_value() -> None:
    assert data_of(decoded(b"data\n\ndata\ndata\n\ndata:")) == ["", "\n"]


def test_that_R19_an_empty_data_line_is_an_event_and_none_at_all_is_not() -> None:
    assert data_of(decoded(b"event: ping\n\ndata:\n\nid: 1\n\n\n\n")) == [""]


def test_that_R19_exactly_one_leading_space_is_dropped() -> None:
    assert data_of(decoded(b"data:a\n\ndata: a\n\ndata:  a\n\ndata:\ta\n\n")) == [
        "a",
        "a",
        " a",
        "\ta",
    ]


def test_that_R19_a_colon_in_the_value_belongs_to_it() -> None:
    assert data_of(decoded(b"data: a: b:c\n\n")) == ["a: b:c"]


def test_that_R19_an_event_name_holds_for_one_event_and_the_last_one_wins() -> None:
    events = decoded(b"event: a\nevent: b\ndata: 1\n\ndata: 2\n\nevent: c\n\ndata: 3\n\n")
    assert [event.event for event in events] == ["b", "message", "message"]


def test_that_R19_an_empty_event_name_means_message() -> None:
    assert decoded(b"event: a\nevent:\ndata: 1\n\n")[0].event == "message"


def test_that_R19_an_id_stays_until_the_next_one() -> None:
    events = decoded(b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: 9\n\ndata: d\n\n")
    assert [event.id for event in events] == ["1", "1", "", "9"]


def test_that_R19_an_id_with_nul_is_ignored() -> None:
    assert decoded(b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n")[1].id == "1"


@pytest.mark.parametrize("value", ["", "-1", "+1", "1.5", "1s", " 1", "٣", "0x1", "1e3"])
def test_that_R19_a_retry_of_anything_but_ascii_digits_is_ignored(value: str) -> None:
    assert decoded(f"retry: 5\nretry: {value}\ndata: a\n\n".encode())[0].retry == 5


def test_that_R19_a_retry_is_kept_and_one_of_thousands_of_digits_is_harmless() -> None:
    events = decoded(b"retry: 010\ndata: a\n\nretry: " + b"9" * 100_000 + b"\ndata: b\n\n")
    assert [event.retry for event in events] == [10, 10]


def test_that_R19_field_names_are_matched_exactly() -> None:
    assert decoded(b"Data: a\nDATA: b\n data: c\ndata : d\nfoo: e\n\ndata: f\n\n") == [
        SseEvent(data="f")
    ]


def test_that_R19_invalid_utf8_is_replaced() -> None:
    assert data_of(decoded(b"data: caf\xc3(\xff\xe2\x82\n\n")) == ["caf\ufffd(\ufffd\ufffd"]


def test_that_R19_unicode_line_separators_end_no_line() -> None:
    text = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\x1dh\x1ei"
    assert data_of(decoded(f"data: {text}\n\n".encode())) == [text]


def test_that_R19_a_character_may_be_cut_at_any_byte() -> None:
    data = "data: é€🌞\n\n".encode()
    for cut in range(len(data)):
        assert data_of(decoded(data[:cut], data[cut:])) == ["é€🌞"], cut


def test_that_an_error_field_is_an_event_named_error() -> None:
    events = decoded(b'error: {"code":500}\n\ndata: [DONE]\n\n')
    assert events == [SseEvent("error", '{"code":500}'), SseEvent(data="[DONE]")]


def test_that_finish_hands_over_an_unterminated_event_marked_as_such() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"id: 3\nevent: e\ndata: a\ndata: b") == []
    assert decoder.finish() == [SseEvent("e", "a\nb", "3", None, is_terminated=False)]
    assert decoder.finish() == []


def test_that_finish_hands_over_nothing_after_a_terminated_event() -> None:
    decoder = SseDecoder()
    decoder.feed(b"data: a\n\nevent: ping\n: x")
    assert decoder.finish() == []


def test_that_finish_decodes_half_a_character_leniently() -> None:
    decoder = SseDecoder()
    decoder.feed("data: é".encode()[:-1])
    assert data_of(decoder.finish()) == ["\ufffd"]


_TOKENS = [
    *b"data event id retry error : x 7 [DONE] \n \r \n\n \0 \xef\xbb\xbf \xc3 \xa9".split(b" "),
    b"\r\n",
    b": ",
    b" ",
]
_STREAM_PIECES = st.lists(
    st.sampled_from(_TOKENS),
    max_size=40,
).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(_STREAM_PIECES, st.integers(1, 7))
def test_that_R19_the_size_of_the_reads_never_matters(data: bytes, size: int) -> None:
    whole, pieces = SseDecoder(), SseDecoder()
    expected = whole.feed(data) + whole.finish()
    events = [event for piece in in_pieces(data, size) for event in pieces.feed(piece)]
    assert events + pieces.finish() == expected
    assert pieces.comments == whole.comments


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(
    "data",
    [
        b"data: " + b"x" * 200,
        b"data: " + b"x" * 200 + b"\n\n",
        b"data: xxxxxxxxx\n" * 20,
        b"id: " + b"x" * 200,
        b"event: " + b"x" * 200 + b"\n",
        b"error: xxxxxxxxx\n" * 20,
        b"nonsense" * 30,
    ],
    ids=["endless line", "long line", "many lines", "id", "event", "error", "unknown"],
)
def test_that_R22_an_event_past_the_limit_is_an_error(data: bytes, size: int) -> None:
    decoder = SseDecoder(limit=100)
    events: list[SseEvent] = []

    def feed_all() -> None:
        for piece in in_pieces(b"data: before\n\n" + data, size):
            events.extend(decoder.feed(piece))

    with pytest.raises(EventTooLargeError, match="100 bytes") as caught:
        feed_all()
    assert data_of(events + caught.value.events) == ["before"]
    with pytest.raises(EventTooLargeError):
        decoder.feed(b"data: after\n\n")
    assert decoder.finish() == []


def test_that_R22_many_events_within_the_limit_may_be_larger_together() -> None:
    assert len(decoded(b"data: xxxxxxxxx\n\n" * 1000, limit=20)) == 1000


@pytest.mark.parametrize("size", [1000, 10_000_000])
def test_that_R22_comments_of_any_length_do_not_pile_up(size: int) -> None:
    decoder = SseDecoder(limit=10_000)
    data = b":" + b"x" * 1_000_000 + b"\n" + b": ping\n" * 100_000 + b":" + b"y" * 1_000_000
    for piece in in_pieces(data, size):
        assert decoder.feed(piece) == []
    assert decoder.comments == 100_001
    assert len(decoder._partial) < 10


def _seconds(data: bytes, size: int) -> float:
    pieces = in_pieces(data, size)
    best = 1e9
    for _ in range(3):
        decoder = SseDecoder()
        start = time.process_time()
        for piece in pieces:
            decoder.feed(piece)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize(
    ("unit", "count", "size"),
    [
        (b"x", 250_000, 1),
        (b"x", 4_000_000, 4096),
        (b"data: {}\n\n", 25_000, 16_384),
        (b"data: {}\n", 50_000, 16_384),
        (b": ping\n", 100_000, 16_384),
    ],
    ids=["one byte at a time", "large event", "small events", "many lines", "comments"],
)
def test_that_R22_four_times_the_bytes_take_about_four_times_as_long(
    unit: bytes, count: int, size: int
) -> None:
    start = b"data: " if unit == b"x" else b""
    once = _seconds(start + unit * (count // 4), size)
    assert _seconds(start + unit * count, size) < 10 * once + 0.05
