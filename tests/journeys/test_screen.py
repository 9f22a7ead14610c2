"""On a real screen: an X server, a window manager, and keys pressed as a person presses them."""

from __future__ import annotations

import signal

from tests.journeys.screen import PATIENCE, Screen, until


def test_that_a_person_at_a_screen_asks_stops_quits_and_finds_the_answer(screen: Screen) -> None:
    with screen.start("--provider", "demo") as program:
        until(lambda: screen.title().endswith("Headwater"), "the window")
        screen.tool("type", "--delay", "5", "Tell me of the CAP theorem")
        screen.tool("key", "Return")
        until(lambda: screen.title() == "Tell me of the CAP theorem — Headwater", "the question")
        until(screen.conversations, "the question on disk")
        kept = screen.conversations()[0]
        until(lambda: screen.conversation(kept["id"])["turns"][0]["text"], "text")
        screen.tool("key", "Escape")
        until(lambda: screen.conversations()[0]["state"] == "stopped", "the stop")
        screen.tool("key", "ctrl+q")
        assert program.wait(PATIENCE) == 0
        assert program.stderr is not None
        assert program.stderr.read() == ""
    with screen.start() as again:
        until(lambda: screen.title() == "Tell me of the CAP theorem — Headwater", "the same again")
        screen.tool("key", "ctrl+q")
        assert again.wait(PATIENCE) == 0


def test_that_R36_a_killed_window_leaves_its_answer_to_be_read(screen: Screen) -> None:
    with screen.start("--provider", "demo") as program:
        until(lambda: screen.title().endswith("Headwater"), "the window")
        screen.tool("type", "--delay", "5", "zstd and gzip")
        screen.tool("key", "Return")
        until(screen.conversations, "the question on disk")
        kept = screen.conversations()[0]["id"]
        until(lambda: len(screen.conversation(kept)["turns"][0]["text"]) > 100, "text")
        program.send_signal(signal.SIGKILL)
        program.wait()
    turn = screen.conversation(kept)["turns"][0]
    assert turn["state"] == "incomplete"
    assert len(turn["text"]) > 100
    assert "interrupted" in turn["failure"]["title"]
    with screen.start() as again:
        until(lambda: screen.title() == "zstd and gzip — Headwater", "the same again")
        screen.tool("key", "ctrl+q")
        assert again.wait(PATIENCE) == 0
