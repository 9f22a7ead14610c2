"""The one style sheet: how Qt's own controls wear the theme."""

from __future__ import annotations

from PySide6.QtGui import QColor

from headwater.ui.theme import Theme


def style_sheet(theme: Theme) -> str:
    """Return the application's style sheet; widgets are told apart by their object names."""
    n = _named(theme)
    return f"""
QMainWindow, QDialog {{ background: {n.window}; }}
QMainWindow::separator {{ background: {n.hairline}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {n.accent}; }}
QToolBar#bar {{ background: {n.window}; border: none; border-bottom: 1px solid {n.hairline};
  spacing: 6px; padding: 1px 10px; }}
QLabel#title {{ font-weight: 600; color: {n.text}; padding-left: 8px; }}
QToolButton, QPushButton, QCheckBox {{ outline: none; }}
QToolButton {{ border: none; border-radius: 6px; padding: 6px; color: {n.muted};
  background: transparent; }}
QToolButton:hover {{ background: {n.hover}; }}
QToolButton:pressed, QToolButton:checked {{ background: {n.selection}; }}
QToolButton:focus {{ border: 1px solid {n.accent}; padding: 5px; }}
QToolButton::menu-indicator {{ image: none; }}
QDockWidget {{ color: {n.text}; }}
QWidget#dock, QWidget#dockTitle {{ background: {n.window}; }}
QLabel#dockName {{ font-weight: 600; color: {n.text}; }}
QLabel#dockDetail, QLabel#faint {{ color: {n.faint}; }}
QLabel#muted {{ color: {n.muted}; }}
QLabel#strong {{ font-weight: 500; color: {n.text}; }}
QLabel#warning {{ color: {n.warning}; }}
QLabel#positive {{ color: {n.positive}; }}
QLineEdit {{ background: {n.surface}; color: {n.text}; border: 1px solid {n.hairline};
  border-radius: 8px; padding: 6px 10px; selection-background-color: {n.accent};
  selection-color: {n.on_accent}; }}
QLineEdit:focus {{ border-color: {n.accent}; }}
QListView {{ background: {n.window}; border: none; outline: none; color: {n.text}; }}
QTableView {{ background: {n.surface}; border: 1px solid {n.hairline}; border-radius: 8px;
  outline: none; color: {n.text}; selection-background-color: {n.selection};
  selection-color: {n.text}; }}
QTableView::item {{ padding: 0 8px; }}
QHeaderView {{ background: transparent; }}
QHeaderView::section {{ background: {n.surface}; color: {n.muted}; border: none;
  border-bottom: 1px solid {n.hairline}; padding: 6px 8px; }}
QWidget#centre, QWidget#welcome {{ background: {n.surface}; }}
QTextBrowser#answer {{ background: {n.surface}; border: none; color: {n.text};
  selection-background-color: {n.selection}; selection-color: {n.text}; }}
QWidget#findBar {{ background: {n.window}; border-bottom: 1px solid {n.hairline}; }}
QWidget#composer {{ background: {n.surface}; border-top: 1px solid {n.hairline}; }}
QFrame#box {{ background: {n.surface}; border: 1px solid {n.hairline}; border-radius: 10px; }}
QFrame#box[focused="true"] {{ border-color: {n.accent}; }}
QPlainTextEdit {{ background: {n.surface}; color: {n.text}; border: 1px solid {n.hairline};
  border-radius: 8px; padding: 4px 6px; }}
QPlainTextEdit:focus {{ border-color: {n.accent}; }}
QPlainTextEdit#question {{ background: transparent; border: none; padding: 0; color: {n.text};
  selection-background-color: {n.accent}; selection-color: {n.on_accent}; }}
QPlainTextEdit#question[asked="true"] {{ placeholder-text-color: {n.text}; }}
QPushButton {{ background: {n.surface}; color: {n.text}; border: 1px solid {n.hairline};
  border-radius: 7px; padding: 6px 14px; }}
QPushButton:hover {{ background: {n.hover}; }}
QPushButton:focus {{ border-color: {n.accent}; }}
QPushButton:disabled {{ color: {n.disabled}; }}
QPushButton#primary {{ background: {n.accent}; color: {n.on_accent}; font-weight: 500;
  border: 1px solid {n.accent}; }}
QPushButton#primary:hover {{ background: {n.accent_hover}; }}
QPushButton#primary:focus {{ border: 2px solid {n.text}; padding: 5px 13px; }}
QPushButton#primary:disabled {{ background: {n.hairline}; border-color: {n.hairline};
  color: {n.disabled}; }}
QPushButton#stop {{ background: transparent; color: {n.danger}; border: 1px solid {n.danger};
  font-weight: 500; }}
QPushButton#stop:hover {{ background: {n.danger_soft}; }}
QPushButton#stop:focus {{ border: 2px solid {n.danger}; padding: 5px 13px; }}
QPushButton#chip {{ background: transparent; color: {n.muted}; border: 1px solid {n.hairline};
  border-radius: 10px; padding: 3px 10px; }}
QPushButton#chip:hover {{ background: {n.hover}; }}
QPushButton#chip:checked, QPushButton#chip[on="true"] {{ background: {n.accent_soft};
  color: {n.accent}; border-color: {n.accent_soft}; }}
QPushButton#chip[offer="true"] {{ border-style: dashed; }}
QPushButton#chip:focus {{ border-color: {n.accent}; }}
QPushButton#chip::menu-indicator, QPushButton#quiet::menu-indicator {{ image: none; width: 0; }}
QPushButton#quiet {{ background: transparent; border: 1px solid transparent; color: {n.muted};
  padding: 3px 6px; border-radius: 6px; }}
QPushButton#quiet:hover {{ background: {n.hover}; color: {n.text}; }}
QPushButton#quiet:focus {{ border-color: {n.accent}; }}
QPushButton#quiet:disabled {{ color: {n.disabled}; }}
QPushButton#act {{ background: transparent; border: 1px solid transparent; color: {n.muted};
  padding: 3px 1px; border-radius: 4px; }}
QPushButton#act:hover, QPushButton#act[on="true"] {{ color: {n.accent}; }}
QPushButton#act:focus {{ border-color: {n.accent}; }}
QPushButton#act:disabled {{ color: {n.disabled}; }}
QPushButton#related {{ background: transparent; border: 1px solid transparent; color: {n.text};
  padding: 4px 6px; text-align: left; border-radius: 6px; }}
QPushButton#related:hover {{ background: {n.hover}; }}
QPushButton#related:focus {{ border-color: {n.accent}; }}
QPushButton#latest {{ border-radius: 11px; padding: 4px 12px; color: {n.accent}; }}
QCheckBox {{ border: 1px solid transparent; border-radius: 4px; padding: 2px 4px; }}
QCheckBox:focus {{ border-color: {n.accent}; }}
QCheckBox:disabled {{ color: {n.disabled}; }}
QCheckBox::indicator:unchecked {{ width: 12px; height: 12px; background: {n.surface};
  border: 1px solid {n.faint}; border-radius: 2px; }}
QPushButton#keyField {{ font-weight: 500; }}
QPushButton#keyField:checked {{ background: {n.accent_soft}; color: {n.accent};
  border-color: {n.accent}; }}
QLineEdit:read-only {{ background: {n.code}; }}
QDialog QTabWidget::pane {{ border: none; border-top: 1px solid {n.hairline}; }}
QDialog QTabBar::tab {{ background: transparent; color: {n.muted}; border: 1px solid transparent;
  border-bottom: 2px solid transparent; padding: 7px 8px 6px 8px; margin-right: 8px; }}
QDialog QTabBar::tab:hover {{ color: {n.text}; }}
QDialog QTabBar::tab:selected {{ color: {n.text}; border-bottom-color: {n.accent}; }}
QDialog QTabBar::tab:selected:focus {{ border: 1px solid {n.accent};
  border-bottom: 2px solid {n.accent}; border-radius: 6px; }}
QScrollArea > QWidget > QWidget#page {{ background: transparent; }}
QFrame#hairline {{ background: {n.hairline}; border: none; max-height: 1px; }}
QFrame#notice {{ background: {n.danger_soft}; border: none; border-radius: 8px; }}
QFrame#notice[tone="quiet"] {{ background: {n.code}; }}
QFrame#notice QLabel {{ color: {n.text}; background: transparent; }}
QFrame#notice QLabel#noticeTitle {{ font-weight: 600; }}
QFrame#notice QLabel#noticeDetail {{ color: {n.muted}; }}
QFrame#card {{ background: {n.surface}; border: 1px solid {n.hairline}; border-radius: 10px; }}
QFrame#card QLabel {{ background: transparent; }}
QMenu {{ background: {n.surface}; color: {n.text}; border: 1px solid {n.hairline};
  padding: 4px; }}
QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 6px; }}
QMenu::item:selected {{ background: {n.selection}; color: {n.text}; }}
QMenu::item:disabled {{ color: {n.disabled}; }}
QMenu::separator {{ height: 1px; background: {n.hairline}; margin: 4px 8px; }}
QMenu::indicator {{ width: 14px; height: 14px; left: 6px; }}
QToolTip {{ background: {n.surface}; color: {n.text}; border: 1px solid {n.hairline};
  padding: 6px 8px; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 2px; }}
QScrollBar::handle:vertical {{ background: {n.hairline}; border-radius: 4px; min-height: 32px; }}
QScrollBar::handle:vertical:hover {{ background: {n.disabled}; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 2px; }}
QScrollBar::handle:horizontal {{ background: {n.hairline}; border-radius: 4px; min-width: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ background: {n.hairline}; border: none; border-radius: 2px; max-height: 4px; }}
QProgressBar::chunk {{ background: {n.accent}; border-radius: 2px; }}
QScrollArea {{ border: none; background: transparent; }}
"""


class _named:  # noqa: N801 - reads as a namespace in the sheet above
    """The theme's colours as style sheet text."""

    def __init__(self, theme: Theme) -> None:
        self.accent_hover = (
            theme.accent.lighter(108) if theme.is_dark else theme.accent.darker(112)
        ).name()
        self._theme = theme

    def __getattr__(self, name: str) -> str:
        colour = getattr(self._theme, name)
        assert isinstance(colour, QColor)
        return colour.name()
