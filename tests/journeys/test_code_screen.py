"""On a real screen: long lines of code are scrolled and selected with a real mouse and keys."""

from __future__ import annotations

import re
import time

from tests.fault_server import FaultServer, answer, chat_stream, running
from tests.journeys.screen import PATIENCE, Screen, until

_DRAWN = 0.7  # seconds; the choice is kept before the lines are laid out anew
_LINE = " ".join(f"word{n:02}" for n in range(90))
_CODE = "```\n" + f"{_LINE}\n" * 60 + "```\n"


class Reader:
    """A person with a mouse in the middle of the code."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        place = screen.place("Headwater$")
        assert place is not None
        self._x, self._y = place.x + place.width // 2, place.y + place.height * 11 // 20

    def point(self, dx: int = 0) -> None:
        self._screen.tool("mousemove", str(self._x + dx), str(self._y))

    def press(self, *keys: str) -> None:
        self._screen.tool("key", *keys)

    def button(self, what: str, number: int, times: int = 1) -> None:
        for _ in range(times):
            self._screen.tool(what, str(number))

    def copied(self) -> str:
        """What Ctrl+C takes of the selection; it is pasted into the question box and kept there."""
        before = self._draft()
        self.press("ctrl+c", "ctrl+l", "ctrl+a", "ctrl+v")
        until(lambda: self._draft() != before, "another draft")
        return self._draft()

    def _draft(self) -> str:
        return str(self._screen.preferences().get("draft", ""))

    def word(self) -> int:
        """The number of the word under the pointer."""
        self.point()
        self._screen.tool("click", "--repeat", "2", "--delay", "40", "1")
        found = re.fullmatch(r"word(\d\d)", self.copied())
        assert found is not None
        return int(found[1])


def _at(server: FaultServer) -> tuple[str, ...]:
    return ("--base-url", server.base_url, "--model", "m")


def test_that_long_lines_are_scrolled_selected_and_wrapped_at_a_screen(screen: Screen) -> None:
    with running(answer(chat_stream(_CODE))) as server, screen.start(*_at(server)) as program:
        until(lambda: screen.title().endswith("Headwater"), "the window")
        screen.tool("type", "--delay", "5", "One?")
        screen.tool("key", "Return")
        until(lambda: [c["state"] for c in screen.conversations()] == ["complete"], "the answer")
        reader = Reader(screen)
        reader.press("alt+z")
        until(lambda: screen.preferences().get("long_lines") == "scroll", "the choice")
        time.sleep(_DRAWN)
        at_first = reader.word()
        reader.point()
        reader.button("click", 7, times=4)  # a wheel that turns to the right
        by_wheel = reader.word()
        assert by_wheel > at_first
        reader.press("shift+F7", "Right", "Right")
        by_keys = reader.word()
        assert by_keys > by_wheel
        reader.point(-60)
        reader.button("click", 1)  # what is selected would be dragged away
        reader.point()
        reader.button("mousedown", 1)
        reader.point(100)
        for step in range(12):  # a hand is never quite still
            reader.point(620 - step % 2)  # far to the right of the code
            time.sleep(0.25)
        reader.button("mouseup", 1)
        dragged = reader.copied()
        assert len(dragged.split()) > 20, "more than was in sight"
        assert f"word{by_keys + 1:02}" in dragged
        assert "\n" not in dragged
        reader.press("alt+z")
        until(lambda: screen.preferences().get("long_lines") == "wrap", "the other choice")
        screen.tool("key", "ctrl+q")
        assert program.wait(PATIENCE) == 0
        assert program.stderr is not None
        assert program.stderr.read() == ""
