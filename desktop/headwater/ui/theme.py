"""Every colour, measure and type size, in one place; light and dark."""

from __future__ import annotations

import sys
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

NEAR = 8
APART = 16
AROUND = 24
FIELD = 28  # the height of a button, and of what stands beside one
COLUMN_CHARACTERS = 76
LINE_HEIGHT = 145  # per cent


class Theme(NamedTuple):
    """Named colours; each text is at least 4.5 : 1 on each background it is used on."""

    is_dark: bool
    window: QColor
    surface: QColor
    text: QColor
    muted: QColor
    faint: QColor
    disabled: QColor
    hairline: QColor
    accent: QColor
    on_accent: QColor
    accent_soft: QColor
    lit: QColor
    found: QColor
    code: QColor
    positive: QColor
    warning: QColor
    danger: QColor
    danger_soft: QColor
    selection: QColor
    hover: QColor
    shadow: QColor
    syntax_keyword: QColor
    syntax_string: QColor
    syntax_number: QColor
    syntax_comment: QColor

    @property
    def body_pairs(self) -> tuple[tuple[str, QColor, QColor], ...]:
        """Every pair of text and background in use, with its name."""
        grounds = {
            "window": self.window,
            "surface": self.surface,
            "selection": self.selection,
            "hover": self.hover,
        }
        pairs = [
            (f"{name} on {ground_name}", colour, ground)
            for name, colour in (
                ("text", self.text),
                ("muted", self.muted),
                ("faint", self.faint),
                ("accent", self.accent),
            )
            for ground_name, ground in grounds.items()
        ]
        pairs += [
            ("on accent", self.on_accent, self.accent),
            ("accent on soft accent", self.accent, self.accent_soft),
            ("text on soft accent", self.text, self.accent_soft),
            ("muted on soft accent", self.muted, self.accent_soft),
            ("text on lit", self.text, self.lit),
            ("muted on lit", self.muted, self.lit),
            ("accent on lit", self.accent, self.lit),
            *(
                (f"{name} on found", colour, self.found)
                for name, colour in (
                    ("text", self.text),
                    ("muted", self.muted),
                    ("faint", self.faint),
                    ("accent", self.accent),
                    ("keyword", self.syntax_keyword),
                    ("string", self.syntax_string),
                    ("number", self.syntax_number),
                    ("comment", self.syntax_comment),
                )
            ),
            ("danger on surface", self.danger, self.surface),
            ("text on danger", self.text, self.danger_soft),
            ("muted on danger", self.muted, self.danger_soft),
            ("warning on surface", self.warning, self.surface),
            ("warning on window", self.warning, self.window),
            ("warning on selection", self.warning, self.selection),
            ("warning on hover", self.warning, self.hover),
            ("positive on surface", self.positive, self.surface),
            ("positive on window", self.positive, self.window),
        ]
        pairs += [
            (f"{name} on code", colour, self.code)
            for name, colour in (
                ("text", self.text),
                ("muted", self.muted),
                ("keyword", self.syntax_keyword),
                ("string", self.syntax_string),
                ("number", self.syntax_number),
                ("comment", self.syntax_comment),
            )
        ]
        return tuple(pairs)


LIGHT = Theme(
    is_dark=False,
    window=QColor("#f6f6f4"),
    surface=QColor("#ffffff"),
    text=QColor("#1d1f21"),
    muted=QColor("#565b60"),
    faint=QColor("#62676c"),
    disabled=QColor("#83888d"),
    hairline=QColor("#e3e3df"),
    accent=QColor("#0b6b74"),
    on_accent=QColor("#ffffff"),
    accent_soft=QColor("#e2f0f1"),
    lit=QColor("#fff4cf"),
    found=QColor("#ffeaa0"),
    code=QColor("#f4f4f1"),
    positive=QColor("#0b6b74"),
    warning=QColor("#8a5a00"),
    danger=QColor("#a52a22"),
    danger_soft=QColor("#fbeceb"),
    selection=QColor("#d8ecee"),
    hover=QColor("#ecedeb"),
    shadow=QColor("#1a2a2c"),
    syntax_keyword=QColor("#8a4b9a"),
    syntax_string=QColor("#357135"),
    syntax_number=QColor("#93520c"),
    syntax_comment=QColor("#5f6b5f"),
)
DARK = Theme(
    is_dark=True,
    window=QColor("#191b1d"),
    surface=QColor("#1f2224"),
    text=QColor("#e6e7e8"),
    muted=QColor("#abb1b6"),
    faint=QColor("#9fa6ac"),
    disabled=QColor("#777e84"),
    hairline=QColor("#2f3336"),
    accent=QColor("#63c3cc"),
    on_accent=QColor("#08282b"),
    accent_soft=QColor("#1d3437"),
    lit=QColor("#3d3617"),
    found=QColor("#3c3414"),
    code=QColor("#17191b"),
    positive=QColor("#63c3cc"),
    warning=QColor("#e0b25b"),
    danger=QColor("#f0918a"),
    danger_soft=QColor("#3a2220"),
    selection=QColor("#1f3d42"),
    hover=QColor("#26292c"),
    shadow=QColor("#000000"),
    syntax_keyword=QColor("#d7a3e6"),
    syntax_string=QColor("#9fd39f"),
    syntax_number=QColor("#e3b27a"),
    syntax_comment=QColor("#92a192"),
)


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, 1.4.3)."""

    def luminance(colour: QColor) -> float:
        def linear(value: float) -> float:
            return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

        red, green, blue = (linear(v) for v in (colour.redF(), colour.greenF(), colour.blueF()))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def theme_for(choice: str) -> Theme:
    """Return the theme for `choice`: light, dark, or system (what the desktop uses now)."""
    if choice == "dark":
        return DARK
    if choice == "light":
        return LIGHT
    hints = QGuiApplication.styleHints()
    if hints is not None:
        scheme = hints.colorScheme()
        if scheme == Qt.ColorScheme.Dark:
            return DARK
        if scheme == Qt.ColorScheme.Light:
            return LIGHT
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


def palette(theme: Theme) -> QPalette:
    """Return the palette that makes Qt's own controls follow the theme."""
    result = QPalette()
    role = QPalette.ColorRole
    for which, colour in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.surface),
        (role.AlternateBase, theme.window),
        (role.Text, theme.text),
        (role.Button, theme.surface),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.danger),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Accent, theme.accent),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.PlaceholderText, theme.faint),
        (role.ToolTipBase, theme.surface),
        (role.ToolTipText, theme.text),
        (role.Light, theme.surface),
        (role.Midlight, theme.hover),
        (role.Mid, theme.hairline),
        (role.Dark, theme.faint),
        (role.Shadow, theme.hairline),
    ):
        result.setColor(which, colour)
    for which in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, which, theme.disabled)
    return result


def code_font(points: float) -> QFont:
    """Return a good fixed-width font of the machine, `points` high."""
    families = set(QFontDatabase.families())
    wanted = ["JetBrains Mono", "Cascadia Mono", "SF Mono", "Menlo", "Consolas", "DejaVu Sans Mono"]
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    for family in wanted:
        if family in families:
            font = QFont(family)
            break
    font.setPointSizeF(points)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


def body_points() -> float:
    """Return the system font's size in points, never below what can be read with ease."""
    size = QGuiApplication.font().pointSizeF()
    floor = 12.0 if sys.platform == "darwin" else 9.0
    return max(size, floor)


def smaller(font: QFont) -> QFont:
    """Return `font` as it is used for what steps back: dates, details, headings of lists."""
    small = QFont(font)
    small.setPointSizeF(max(font.pointSizeF() * 0.88, 7.5))
    return small
