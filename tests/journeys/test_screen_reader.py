"""A screen reader is told of the window, of an answer's end, and of each part that is gone to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.accessible_bus import AccessibleBus, accessible_bus
from tests.journeys.screen import PATIENCE, Screen, until
from tests.session_bus import private_bus


@pytest.fixture
def bus(screen: Screen, tmp_path: Path) -> Iterator[AccessibleBus]:
    folder = tmp_path / "bus"
    folder.mkdir()
    with private_bus(folder) as session:
        screen.environment["DBUS_SESSION_BUS_ADDRESS"] = session.address
        with accessible_bus(screen.environment) as made:
            yield made


def test_that_an_answer_is_asked_for_and_read_by_ear(screen: Screen, bus: AccessibleBus) -> None:
    with screen.start("--provider", "demo") as program:
        until(lambda: screen.title().endswith("Headwater"), "the window")
        until(lambda: ("text", "Question") in {seen[:2] for seen in bus.nodes()}, "the question")
        screen.tool("type", "--delay", "5", "Tell me of the CAP theorem")
        screen.tool("key", "Return")
        bus.hear("Answer complete")
        assert bus.said[0] == "Asking"
        assert len(bus.said) == 2, "not a word of what streams"
        seen = bus.nodes()
        assert [node for node in seen if node.is_focusable and not node.name] == []
        names = {node.name for node in seen}
        assert "Answer" in names
        assert any(name.startswith("Source 1: ") for name in names)
        for key, end in (("shift+F9", "No earlier part"), ("F9", "No further part")):
            bus.said.clear()
            while bus.said[-1:] != [end]:
                screen.tool("key", key)
                bus.hear("")
        assert bus.said[0] == "Question 1 of 1: Tell me of the CAP theorem"
        assert [words for words in bus.said if words.startswith("Table row 1 of ")]
        assert [words for words in bus.said if "(source 1, " in words]
        assert [words for words in bus.said if "\ufffc" in words] == []
        screen.tool("key", "shift+F8")
        bus.hear("Source ")
        screen.tool("key", "ctrl+q")
        assert program.wait(PATIENCE) == 0
