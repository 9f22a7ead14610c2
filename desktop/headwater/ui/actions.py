"""Everything the keyboard and the menus can do, by name."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Actions:
    """One action per gesture; the window connects them to what they do."""

    new: QAction
    search: QAction
    find: QAction
    find_next: QAction
    find_previous: QAction
    focus_question: QAction
    stop: QAction
    retry: QAction
    edit: QAction
    copy_answer: QAction
    export: QAction
    copy_without_sources: QAction
    earlier_answer: QAction
    later_answer: QAction
    compare: QAction
    next_turn: QAction
    previous_turn: QAction
    next_part: QAction
    previous_part: QAction
    next_code: QAction
    previous_code: QAction
    next_mark: QAction
    previous_mark: QAction
    latest: QAction
    zoom_in: QAction
    zoom_out: QAction
    zoom_natural: QAction
    wrap_code: QAction
    deleted: QAction
    backups: QAction
    add_key: QAction
    connection: QAction
    network: QAction
    options: QAction
    preferences: QAction
    about: QAction
    quit: QAction


_WORDS: dict[str, tuple[str, str]] = {
    "new": ("New question", "Ctrl+N"),
    "search": ("Search everything", "Ctrl+Shift+F"),
    "find": ("Find in this conversation", "Ctrl+F"),
    "find_next": ("Find next", "F3"),
    "find_previous": ("Find previous", "Shift+F3"),
    "focus_question": ("Go to the question box", "Ctrl+L"),
    "stop": ("Stop", "Esc"),
    "retry": ("Retry", "Ctrl+R"),
    "edit": ("Edit the question", "Ctrl+E"),
    "copy_answer": ("Copy answer with sources", "Ctrl+Shift+C"),
    "export": ("Export…", "Ctrl+Shift+E"),
    "copy_without_sources": ("Copy answer without sources", "Ctrl+Shift+X"),
    "earlier_answer": ("Earlier answer", "Alt+Left"),
    "later_answer": ("Later answer", "Alt+Right"),
    "compare": ("Compare versions of an answer", "Ctrl+D"),
    "next_turn": ("Next question and answer", "Alt+Down"),
    "previous_turn": ("Previous question and answer", "Alt+Up"),
    "next_part": ("Next part of the answer", "F9"),
    "previous_part": ("Previous part of the answer", "Shift+F9"),
    "next_code": ("Next code block", "F7"),
    "previous_code": ("Previous code block", "Shift+F7"),
    "next_mark": ("Next source mark", "F8"),
    "previous_mark": ("Previous source mark", "Shift+F8"),
    "latest": ("Jump to latest", "Ctrl+End"),
    "zoom_in": ("Larger text", "Ctrl++; Ctrl+="),
    "zoom_out": ("Smaller text", "Ctrl+-"),
    "zoom_natural": ("Normal text size", "Ctrl+0"),
    "wrap_code": ("Wrap long lines of code", "Alt+Z"),
    "deleted": ("Recently deleted…", ""),
    "backups": ("Backups…", ""),
    "add_key": ("Add a key…", ""),
    "connection": ("Servers and keys…", "Ctrl+K"),
    "network": ("Network…", "Ctrl+Shift+N"),
    "options": ("Answer options…", "Ctrl+Shift+O"),
    "preferences": ("Preferences…", "Ctrl+,"),
    "about": ("About Headwater", ""),
    "quit": ("Quit", "Ctrl+Q"),
}


def make_actions(window: QWidget) -> Actions:
    """Return the actions, added to `window` so that their keys work anywhere in it."""
    made: dict[str, QAction] = {}
    for field in fields(Actions):
        words, keys = _WORDS[field.name]
        action = QAction(words, window)
        if keys:
            action.setShortcuts(QKeySequence.listFromString(keys))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        window.addAction(action)
        made[field.name] = action
    made["wrap_code"].setCheckable(True)
    made["quit"].setMenuRole(QAction.MenuRole.QuitRole)
    made["preferences"].setMenuRole(QAction.MenuRole.PreferencesRole)
    made["about"].setMenuRole(QAction.MenuRole.AboutRole)
    return Actions(**made)
