from __future__ import annotations

import sys

from headwater.ui.focus_back import give_focus_back


def test_that_a_mac_is_told_to_hide_the_program() -> None:
    sent: list[tuple[str, str]] = []
    give_focus_back(lambda name, message: sent.append((name, message)))
    assert sent == [("NSApplication", "hide:")]


def test_that_nothing_is_called_where_there_is_no_need() -> None:
    assert sys.platform != "darwin"
    give_focus_back()
