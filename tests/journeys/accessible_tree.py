"""What a screen reader finds in the windows on the screen, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

_Role = QAccessible.Role
# A person acts on these, whether or not the keys go there at this moment.
_CONTROLS = frozenset(
    {
        *(_Role.Button, _Role.ButtonMenu, _Role.ButtonDropDown, _Role.CheckBox, _Role.RadioButton),
        *(_Role.ComboBox, _Role.EditableText, _Role.SpinBox, _Role.Slider, _Role.Link),
        *(_Role.List, _Role.ListItem, _Role.Tree, _Role.PageTab, _Role.MenuItem),
    }
)
_SHAPELESS = frozenset({_Role.NoRole, _Role.Client, _Role.Pane, _Role.Whitespace})
_MOST_STOPS = 150  # of the Tab key in one window


class Node(NamedTuple):
    """A node that is on the screen."""

    role: QAccessible.Role
    name: str
    value: str
    labels: tuple[str, ...]
    takes_keys: bool
    is_enabled: bool
    widget: QWidget | None

    def __str__(self) -> str:
        widget = self.widget
        kind = f"{type(widget).__name__} {widget.objectName()!r}" if widget is not None else "item"
        return f"{self.role.name} {self.name!r} ({kind})"


def nodes(window: QWidget) -> Iterator[Node]:
    """Yield the nodes of a window that are on the screen, each before its children."""
    yield from _nodes(QAccessible.queryAccessibleInterface(window))


def _nodes(interface: QAccessibleInterface) -> Iterator[Node]:
    if interface.state().invisible:
        return
    thing = interface.object()
    widget = thing if isinstance(thing, QWidget) else None
    yield Node(
        interface.role(),
        interface.text(QAccessible.Text.Name).strip(),
        interface.text(QAccessible.Text.Value).strip(),
        tuple(
            other.text(QAccessible.Text.Name)
            for other, _ in interface.relations(QAccessible.RelationFlag.Label)
        ),
        _takes_keys(widget),
        widget is not None and widget.isEnabled(),
        widget,
    )
    for index in range(interface.childCount()):
        child = interface.child(index)
        if child.isValid():
            yield from _nodes(child)


def _takes_keys(widget: QWidget | None) -> bool:
    return (
        widget is not None
        and widget.isVisible()
        and widget.isEnabled()
        and widget.focusProxy() is None
        and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    )


def faults(window: QWidget) -> list[str]:
    """Return what somebody who does not see the window would miss."""
    found = []
    for node in nodes(window):
        if not node.name and (node.takes_keys or node.role in _CONTROLS):
            found.append(f"no name: {node}")
        if node.takes_keys and node.role in _SHAPELESS:
            found.append(f"no role: {node}")
        if node.role is _Role.ComboBox and node.name == node.value and not any(node.labels):
            found.append(f"nothing but its value: {node}")
        if isinstance(node.widget, QAbstractButton) and not node.takes_keys and node.is_enabled:
            found.append(f"no keys: {node}")
        if node.name.endswith("folded") and node.role is _Role.CheckBox:
            found.append(f"no fold: {node}")
        if missing := _unsaid(node):
            found.append(f"{missing!r} can be seen and is not said: {node}")
    return found


def _unsaid(node: Node) -> str:
    """Return the text that a label or a button shows and its name does not have."""
    if not isinstance(node.widget, QLabel | QAbstractButton):
        return ""
    shown = re.sub("<[^>]*>", " ", node.widget.text())
    words = re.findall(r"\w+", shown.casefold())
    return "" if set(words) <= set(re.findall(r"\w+", node.name.casefold())) else shown


def unreached(window: QWidget) -> list[str]:
    """Return what takes keys in the active window and is not come to by pressing Tab."""
    wanted = {node.widget: str(node) for node in nodes(window) if node.takes_keys}
    for _ in range(_MOST_STOPS):
        focused = QApplication.focusWidget()
        if not wanted:
            break
        if focused is None:
            return ["nothing has the keys"]
        wanted.pop(focused, None)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    return sorted(wanted.values())


def faults_on_screen() -> list[str]:
    """Return the faults of every window that is shown, a menu or a card included."""
    windows = [window for window in QApplication.topLevelWidgets() if window.isVisible()]
    return [fault for window in windows for fault in faults(window)]
