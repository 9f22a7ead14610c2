from __future__ import annotations

from headwater.domain.network_request import Purpose, request_lines
from headwater.session.request_log import MOST, RequestLog


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_that_a_request_is_listed_from_its_beginning_to_its_end() -> None:
    clock = Clock()
    log = RequestLog(clock=clock)
    told: list[None] = []
    log.changed.add(lambda: told.append(None))
    came = bytearray()

    running = log.begin("api.example", Purpose.ANSWER, "POST")
    assert [(request.seconds, request.sent) for request in log.requests] == [(None, 0)]
    running.left(120)
    running.answered(200, came.__len__)
    came += b"x" * 70
    assert log.requests[0].received == 70
    came += b"y"
    clock.now += 2.5
    running.ended()
    running.ended("too late")
    came += b"after the end"

    assert not log.is_busy
    (listed,) = log.requests
    assert (listed.host, listed.status, listed.sent, listed.received, listed.seconds) == (
        "api.example",
        200,
        120,
        71,
        2.5,
    )
    assert listed.problem == ""
    assert len(told) == 3


def test_that_the_newest_thousand_are_kept_and_all_are_counted() -> None:
    log = RequestLog()
    oldest = log.begin("h0", Purpose.MODELS, "GET")
    for number in range(1, MOST + 5):
        log.begin(f"h{number}", Purpose.MODELS, "GET").ended()
    oldest.ended("late")  # it has gone from the list
    assert log.count == MOST + 5
    assert len(log.requests) == MOST
    assert log.requests[0].host == "h5"
    assert log.requests[-1].host == f"h{MOST + 4}"


def test_that_the_copied_lines_have_a_cell_for_every_column() -> None:
    log = RequestLog(clock=Clock())
    sent = log.begin("a.example", Purpose.ANSWER, "POST", proxy="p:1")
    sent.left(5)
    sent.ended("A\ttab\nline.")
    log.begin("b.example", Purpose.RELEASE, "GET")
    lines = request_lines(log.requests).splitlines()
    assert [line.count("\t") for line in lines] == [7, 7, 7]
    assert "a.example by p:1\tAnswer\tPOST\t5\t0\tA tab line.\t0.00" in lines[1]
    assert lines[2].endswith("Look for a newer release\tGET\t0\t0\t…\t")
