"""Sets the properties that the style sheet looks at, which does not look again by itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def set_styled_property(widget: QWidget, name: str, value: bool | str) -> bool:
    """Let `widget` look as a property with `value` has it; return whether it looked otherwise.

    One that was never set is as good as False or empty, and a widget that was never shown is
    dressed when it is: a style costs 5 ms when it is first asked for.
    """
    if (widget.property(name) or type(value)()) == value:
        return False
    widget.setProperty(name, value)
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)
    return True
