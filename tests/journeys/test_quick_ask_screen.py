"""The quick ask as it is used: another program has the focus, and real keys are pressed."""

from __future__ import annotations

import json
import signal
import statistics
import string
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headwater.adapters.folders import Folders
from tests.journeys.screen import PATIENCE, QUICK, Place, Screen, until

KEY = "ctrl+alt+space"
OTHER = "Another program"
QUESTION = "zstd and gzip"
UNFOLDED = 150  # pixels; one line and its edges are about half of it
SOON = 1.0  # seconds; about a fifth on an idle machine
_FOLDER = Path(__file__).parent


class OtherProgram:
    """What the person works in, and what reached it."""

    def __init__(self, screen: Screen, record: Path) -> None:
        self._screen = screen
        self._record = record

    def facts(self) -> list[dict[str, object]]:
        """Return everything in its order."""
        if not self._record.exists():
            return []
        return [json.loads(line) for line in self._record.read_text("utf-8").splitlines()]

    @property
    def typed(self) -> str:
        """The keys that came."""
        return "".join(str(fact["key"]) for fact in self.facts() if "key" in fact)

    @property
    def is_active(self) -> bool:
        """Whether it has the focus, as far as it knows."""
        return bool([f["is_active"] for f in self.facts() if "is_active" in f][-1])

    @property
    def times_left(self) -> int:
        """How often it lost the focus."""
        return sum(fact.get("is_active") is False for fact in self.facts())

    def activate(self) -> None:
        """Have the person go back to it."""
        (window,) = self._screen.windows(f"^{OTHER}$")
        self._screen.tool("windowactivate", window)
        until(lambda: self._screen.title() == OTHER, "the other program in front")

    def type(self, text: str) -> None:
        """Type into it, as slowly as people do, and wait until it has come."""
        wanted = self.typed + text
        self._screen.tool("type", "--delay", "40", text)
        until(lambda: self.typed == wanted, f"{text} in the other program")


@contextmanager
def other_program(screen: Screen) -> Iterator[OtherProgram]:
    """Start another program, which has the focus then."""
    record = screen.folder.parent / "other.jsonl"
    program = subprocess.Popen(
        [sys.executable, str(_FOLDER / "other_program.py"), str(record)], env=screen.environment
    )
    with program:
        try:
            until(lambda: screen.title() == OTHER, "the other program")
            yield OtherProgram(screen, record)
        finally:
            program.kill()


@contextmanager
def at_work(screen: Screen, *arguments: str) -> Iterator[OtherProgram]:
    """Start Headwater without a window, and another program in front."""
    with screen.start("--provider", "demo", "--hidden", *arguments) as program:
        until(screen.is_ready, "the program, ready")
        with other_program(screen) as other:
            yield other
        program.terminate()
        status = program.wait(PATIENCE)
        assert program.stderr is not None
        assert (status, program.stderr.read()) == (0, "")


def press(screen: Screen, *keys: str) -> None:
    screen.tool("key", *keys)


def until_open(screen: Screen) -> None:
    until(lambda: screen.title() == QUICK, "the quick ask in front")


def until_gone(screen: Screen) -> None:
    until(lambda: not screen.windows(QUICK), "the quick ask gone")


def is_unfolded(screen: Screen) -> bool:
    place = screen.place(QUICK)
    return place is not None and place.height > UNFOLDED


def is_folded(screen: Screen) -> bool:
    place = screen.place(QUICK)
    return place is not None and place.height < UNFOLDED


def ask(screen: Screen, question: str = QUESTION) -> str:
    """Ask in the quick ask, and return the conversation's id once there is text of an answer."""
    press(screen, KEY)
    until_open(screen)
    screen.tool("type", "--delay", "0", question)
    press(screen, "Return")
    until(screen.conversations, "the question on disk")
    kept = str(screen.conversations()[0]["id"])
    until(lambda: text_of(screen, kept), "the first words")
    until(lambda: is_unfolded(screen), "the answer in the quick ask")
    return kept


def text_of(screen: Screen, conversation_id: str) -> str:
    return str(screen.conversation(conversation_id)["turns"][-1]["text"])


def state_of(screen: Screen, conversation_id: str) -> str:
    return str(screen.conversation(conversation_id)["turns"][-1]["state"])


def box_text(screen: Screen) -> str:
    """Return what was in the box when it was last written down."""
    return str(screen.preferences().get("quick_draft", ""))


# Keys.


def test_that_no_letter_typed_right_behind_the_key_is_lost(screen: Screen) -> None:
    letters = string.ascii_lowercase + string.digits + string.ascii_uppercase
    with at_work(screen) as other:
        expected = ""
        for turn in range(10):
            words = (letters[turn:] + letters)[:99] + " "
            words = (words * 2)[:100]
            screen.tool("key", KEY, "type", "--delay", "0", words)
            expected += words
            until_open(screen)
            press(screen, KEY)
            until_gone(screen)
            until(lambda: screen.title() == OTHER, "the other program in front again")
        until(lambda: box_text(screen) == expected, f"{len(expected)} letters in their order")
        assert other.typed == ""


def test_that_letters_behind_the_key_that_hides_go_where_the_person_is(screen: Screen) -> None:
    with at_work(screen) as other:
        for turn in range(5):
            press(screen, KEY)
            until_open(screen)
            screen.tool("key", KEY, "type", "--delay", "0", "back ")
            until(lambda n=turn: other.typed == "back " * (n + 1), "the letters")  # type: ignore[misc]
            until_gone(screen)
        assert box_text(screen) == ""


def test_that_a_key_held_down_is_pressed_once(screen: Screen) -> None:
    down = ("keydown", "ctrl", "keydown", "alt", "keydown", "space")
    up = ("keyup", "space", "keyup", "alt", "keyup", "ctrl")
    with at_work(screen) as other:
        screen.tool(*down, "sleep", "1.2", *up)
        until_open(screen)
        screen.tool(*down, "sleep", "1.2", *up)
        until_gone(screen)
        until(lambda: screen.title() == OTHER, "the other program in front again")
        until(lambda: other.is_active, "the other program, which knows it")
        assert other.times_left == 1
        assert other.typed == ""


def test_that_locked_keys_do_not_matter(screen: Screen) -> None:
    with at_work(screen) as other:
        for lock in ("Num_Lock", "Caps_Lock", "Num_Lock", "Caps_Lock"):
            press(screen, lock)
            press(screen, KEY)
            until_open(screen)
            press(screen, KEY)
            until_gone(screen)
        assert other.typed == ""


def test_that_a_key_of_another_program_is_left_to_it_in_peace(screen: Screen) -> None:
    taker = subprocess.Popen(
        [sys.executable, str(_FOLDER / "key_taker.py")],
        env=screen.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    with taker:
        try:
            assert taker.stdout is not None
            assert taker.stdout.readline() == "taken\n"
            with screen.start("--provider", "demo") as program:
                until(screen.is_ready, "the program, ready")
                until(lambda: screen.title() == "New question — Headwater", "the window")
                press(screen, KEY)
                assert screen.start_again("--quick-ask")[0] == 0
                until_open(screen)
                press(screen, "Escape")
                until_gone(screen)
                assert len(screen.windows()) == 1
                assert screen.tool("getactivewindow", "getwindowpid") == str(program.pid)
                program.terminate()
                assert program.wait(PATIENCE) == 0
                assert program.stderr is not None
                assert program.stderr.read() == ""
        finally:
            taker.kill()


# An answer.


def test_that_escape_goes_back_one_step_at_a_time(screen: Screen) -> None:
    with at_work(screen) as other:
        kept = ask(screen)
        until(lambda: len(text_of(screen, kept)) > 100, "an answer that grows")
        assert state_of(screen, kept) == "running"
        press(screen, "Escape")
        until(lambda: state_of(screen, kept) == "stopped", "the stop")
        assert len(text_of(screen, kept)) > 100
        assert is_unfolded(screen)
        screen.tool("type", "--delay", "0", "and xz")
        until(lambda: box_text(screen) == "and xz", "a follow-up, not sent")
        press(screen, "Escape")
        until(lambda: is_folded(screen), "the answer cleared")
        assert screen.title() == QUICK
        assert box_text(screen) == "and xz"
        press(screen, "Escape")
        until(lambda: box_text(screen) == "", "the text cleared")
        assert screen.title() == QUICK
        press(screen, "Escape")
        until_gone(screen)
        until(lambda: screen.title() == OTHER, "the other program in front again")
        assert other.typed == ""
        other.type("back")
        assert len(screen.conversations()) == 1


def test_that_the_key_shows_and_hides_and_an_answer_goes_on_unseen(screen: Screen) -> None:
    with at_work(screen) as other:
        kept = ask(screen, "What is this demo?")
        press(screen, KEY)
        until_gone(screen)
        assert state_of(screen, kept) == "running"
        until(lambda: state_of(screen, kept) == "complete", "the end of the answer, unseen")
        press(screen, KEY)
        until_open(screen)
        assert is_unfolded(screen)
        other.activate()
        until_gone(screen)
        other.type("work")
        press(screen, KEY)
        until_open(screen)
        assert is_unfolded(screen)


def test_that_a_pinned_quick_ask_stays_and_the_key_brings_it_to_the_front(screen: Screen) -> None:
    with at_work(screen) as other:
        press(screen, KEY)
        until_open(screen)
        press(screen, "ctrl+p")
        until(lambda: screen.preferences().get("quick_is_pinned"), "the pin")
        other.activate()
        other.type("I still see it")
        assert screen.windows(QUICK)
        press(screen, KEY)
        until_open(screen)
        press(screen, KEY)
        until_gone(screen)
        until(lambda: screen.title() == OTHER, "the other program in front again")
        assert other.typed == "I still see it"


def test_that_a_promoted_answer_streams_on_in_the_main_window(screen: Screen) -> None:
    with at_work(screen) as other:
        kept = ask(screen)
        press(screen, "ctrl+Return")
        until(lambda: screen.title() == f"{QUESTION} — Headwater", "it in the main window")
        until_gone(screen)
        assert state_of(screen, kept) == "running"
        so_far = len(text_of(screen, kept))
        until(lambda: state_of(screen, kept) == "complete", "the end of the answer")
        assert len(text_of(screen, kept)) > so_far
        assert len(screen.conversations()) == 1
        press(screen, KEY)
        until_open(screen)
        assert is_folded(screen)
        assert other.typed == ""


def test_that_ending_in_the_middle_of_an_answer_is_no_mistake(screen: Screen) -> None:
    with at_work(screen):  # which looks at what the program says when it ends
        ask(screen)


def test_that_quitting_keeps_an_answer_of_the_quick_ask(screen: Screen) -> None:
    with screen.start("--provider", "demo") as program:
        until(lambda: screen.title() == "New question — Headwater", "the window")
        until(screen.is_ready, "the program, ready")
        kept = ask(screen)
        until(lambda: len(text_of(screen, kept)) > 100, "an answer that grows")
        assert screen.start_again()[0] == 0
        until(lambda: screen.title() == "New question — Headwater", "the main window in front")
        assert state_of(screen, kept) == "running"
        began = time.monotonic()
        press(screen, "ctrl+q")
        assert program.wait(PATIENCE) == 0
        assert time.monotonic() - began < 2
        assert program.stderr is not None
        assert program.stderr.read() == ""
    assert state_of(screen, kept) == "incomplete"
    assert len(text_of(screen, kept)) > 100


# Starts.


def test_that_a_second_start_hands_over_its_wish_and_sends_nothing(screen: Screen) -> None:
    with screen.start("--provider", "demo") as program:
        until(lambda: screen.title() == "New question — Headwater", "the window")
        until(screen.is_ready, "the program, ready")
        with other_program(screen) as other:
            took = []

            def second(*arguments: str) -> None:
                status, seconds = screen.start_again(*arguments)
                assert status == 0
                took.append(seconds)

            second()
            until(lambda: screen.title() == "New question — Headwater", "the main window")
            second("--quick-ask")
            until_open(screen)
            second("--toggle")
            until_gone(screen)
            other.activate()
            second("--ask", "one of a command")
            until_open(screen)
            until(lambda: box_text(screen) == "one of a command", "the question in the box")
            press(screen, "Escape", "Escape")
            until_gone(screen)
            second("headwater://ask?q=one%20of%20a%20page")
            until_open(screen)
            until(lambda: box_text(screen) == "one of a page", "the question in the box")
            assert screen.conversations() == []
            assert program.poll() is None
            pids = {screen.tool("getwindowpid", window) for window in screen.windows()}
            assert pids == {str(program.pid)}
            assert statistics.median(took) < SOON
            assert other.typed == ""


def test_that_of_five_starts_at_once_one_stays(screen: Screen) -> None:
    starts = [screen.spawn("--provider", "demo") for _ in range(5)]
    try:
        until(lambda: sum(s.poll() is not None for s in starts) == 4, "four that gave way")
        until(lambda: screen.title() == "New question — Headwater", "the window")
        (stays,) = [start for start in starts if start.poll() is None]
        assert [start.returncode for start in starts if start is not stays] == [0] * 4
        assert {screen.tool("getwindowpid", w) for w in screen.windows()} == {str(stays.pid)}
    finally:
        for start in starts:
            with start:
                start.kill()


def test_that_a_hidden_start_shows_nothing_until_the_key(screen: Screen) -> None:
    with at_work(screen) as other:
        assert screen.windows() == []
        assert other.times_left == 0
        press(screen, KEY)
        until_open(screen)
        assert len(screen.windows()) == 1


def test_that_a_first_start_for_the_quick_ask_shows_it_alone(screen: Screen) -> None:
    with screen.start("--quick-ask"):
        until_open(screen)
        until(screen.is_ready, "the program, ready")
        assert len(screen.windows()) == 1
        screen.tool("type", "--delay", "0", "typed at once")
        until(lambda: box_text(screen) == "typed at once", "the letters")


def test_that_a_killed_program_starts_again_with_what_was_not_sent(screen: Screen) -> None:
    with at_work_until_killed(screen):
        screen.tool("key", KEY, "type", "--delay", "0", "not sent yet")
        until(lambda: box_text(screen) == "not sent yet", "the text kept")
    with at_work(screen):
        press(screen, KEY)
        until_open(screen)
        press(screen, "Return")
        until(screen.conversations, "the question on disk")
        assert screen.conversations()[0]["title"] == "not sent yet"


@contextmanager
def at_work_until_killed(screen: Screen) -> Iterator[None]:
    with screen.start("--provider", "demo", "--hidden") as program:
        until(screen.is_ready, "the program, ready")
        yield
        program.send_signal(signal.SIGKILL)
        program.wait()


# Screens.


def test_that_it_opens_where_the_pointer_is_and_where_it_was_moved_to(screen: Screen) -> None:
    for name, part, output in (
        ("left", "800/200x900/220+0+0", "screen"),
        ("right", "800/200x900/220+800+0", "none"),
    ):
        subprocess.run(
            ["xrandr", "--setmonitor", name, part, output], env=screen.environment, check=True
        )

    def opened(pointer_x: int) -> Place:
        screen.tool("mousemove", str(pointer_x), "700")
        press(screen, KEY)
        until_open(screen)
        place = screen.place(QUICK)
        assert place is not None
        return place

    with at_work(screen):
        place = opened(300)
        assert (place.x, place.y) == (80, 216)  # the middle, a quarter from the top
        press(screen, KEY)
        until_gone(screen)
        assert opened(1300) == place._replace(x=880)
        screen.tool("mousemove", "886", "240", "mousedown", "1")
        for step in range(1, 11):
            screen.tool("mousemove", str(886 + 5 * step), str(240 + 20 * step))
        screen.tool("mouseup", "1")
        moved = Place(930, 416, place.width, place.height)
        until(lambda: screen.place(QUICK) == moved, "the quick ask where it was dragged")
        until(lambda: screen.preferences().get("quick_places"), "the place kept")
        press(screen, KEY)
        until_gone(screen)
        assert opened(1300) == moved
        press(screen, KEY)
        until_gone(screen)
        assert opened(300) == place


# Closing the window.


def test_that_a_closed_window_leaves_the_program_where_that_is_wanted(screen: Screen) -> None:
    path = Folders.under(screen.folder).preferences
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"keeps_running": True}), encoding="utf-8")
    with screen.start("--provider", "demo") as program:
        until(lambda: screen.title().endswith("Headwater"), "the window")
        until(screen.is_ready, "the program, ready")
        screen.tool("key", "alt+F4")
        until(lambda: not screen.windows(), "the window closed")
        press(screen, KEY)
        until_open(screen)
        press(screen, KEY)
        until_gone(screen)
        assert screen.start_again()[0] == 0
        until(lambda: screen.title().endswith("Headwater"), "the window again")
        screen.tool("key", "ctrl+q")
        assert program.wait(PATIENCE) == 0
        assert program.stderr is not None
        assert program.stderr.read() == ""


def test_that_a_closed_window_ends_the_program_where_there_is_no_way_back(screen: Screen) -> None:
    with screen.start("--provider", "demo") as program:
        until(lambda: screen.title().endswith("Headwater"), "the window")
        until(screen.is_ready, "the program, ready")
        screen.tool("key", "alt+F4")
        assert program.wait(PATIENCE) == 0
