"""The chips over the question box: what to search, how hard to try, whom to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton

from headwater.domain.options import AnswerOptions
from headwater.domain.provider import DEMO, DialectName, Provider
from headwater.ui.plain_text import one_line
from headwater.ui.styled_property import set_styled_property

if TYPE_CHECKING:
    from headwater.session.provider_session import ProviderSession
    from headwater.ui.provider_menu import ProviderMenu

RECENCY = (
    ("Any time", ""),
    ("Past hour", "hour"),
    ("Past day", "day"),
    ("Past week", "week"),
    ("Past month", "month"),
    ("Past year", "year"),
)
EFFORTS = (
    ("As it comes", ""),
    ("Fast", "fast"),
    ("Low", "low"),
    ("Medium", "medium"),
    ("High", "high"),
    ("Highest", "xhigh"),
)


class RouteBar(QHBoxLayout):
    """Shows the options in force; every chip is a button with a name."""

    options_changed = Signal(object)
    options_requested = Signal()
    connection_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._options = AnswerOptions()
        self.setSpacing(6)
        self._web = _chip("Web", "Search the web")
        self._web.setCheckable(True)
        self._recency = _chip("Any time", "How recent the sources are")
        self._effort = _chip("Effort", "How hard to try")
        self._more = _chip("Options", "Answer options")
        self.more_button = self._more
        self._status = QLabel()
        self._status.setObjectName("faint")
        self._who = QPushButton()
        self._who.setObjectName("quiet")
        self._who_menu: ProviderMenu | None = None
        for widget in (self._web, self._recency, self._effort, self._more):
            self.addWidget(widget)
        self.addStretch(1)
        self.addWidget(self._status)
        self.addWidget(self._who)
        self._web.clicked.connect(self._web_clicked)
        self._more.clicked.connect(self.options_requested)

    def attach(self, providers: ProviderSession) -> None:
        """Take who can be asked; before this the menu of providers is empty."""
        self._offer(self._recency, RECENCY, self._recency_chosen)
        self._offer(self._effort, EFFORTS, self._effort_chosen)
        # Loaded once the window can be seen: it brings the whole session floor with it.
        from headwater.ui.provider_menu import ProviderMenu

        self._who_menu = ProviderMenu(providers, self._who)
        self._who_menu.connection_requested.connect(self.connection_requested)
        self._who.setMenu(self._who_menu)

    def detach(self) -> None:
        """Let go of what was attached."""
        if self._who_menu is not None:
            self._who_menu.close_listening()

    def show_options(self, options: AnswerOptions, provider: Provider) -> None:
        """Show `options` as far as `provider` takes them."""
        self._options = options
        searches = provider.takes_search_options
        is_agent = provider.dialect == DialectName.AGENT
        self._web.setVisible(searches)
        self._web.setChecked(options.search.enabled)
        self._recency.setVisible(searches and options.search.enabled)
        words = {value: text for text, value in RECENCY}
        _word(self._recency, words.get(options.search.recency, "Any time"))
        _mark(self._recency, bool(options.search.recency))
        self._effort.setVisible(searches and is_agent and not provider.model)
        _word(self._effort, f"Effort: {options.effort or 'low'}")
        _mark(self._effort, bool(options.effort))
        changed = replace(
            options, search=replace(options.search, recency="", enabled=True), effort=""
        )
        _mark(self._more, changed != AnswerOptions())
        model = f" · {one_line(provider.model, 28)}" if provider.model else ""
        model = "" if provider.id == DEMO.id else model
        self._who.setText(f"{one_line(provider.name, 40)}{model} ▾".replace("&", "&&"))
        self._who.setAccessibleName(f"Ask: {one_line(provider.name, 40)}{model}")
        self._who.setToolTip("Whom to ask")

    def set_status(self, text: str) -> None:
        """Show a few words at the right, empty for none."""
        if text != self._status.text():
            self._status.setText(text)

    def _offer(
        self,
        chip: QPushButton,
        choices: tuple[tuple[str, str], ...],
        chosen: Callable[[str], None],
    ) -> None:
        menu = QMenu(chip)
        for words, value in choices:
            menu.addAction(words, partial(chosen, value))
        chip.setMenu(menu)

    def _web_clicked(self) -> None:
        self._search_changed(enabled=self._web.isChecked())

    def _recency_chosen(self, value: str) -> None:
        self._search_changed(recency=value)

    def _search_changed(self, **changes: object) -> None:
        search = replace(self._options.search, **changes)  # type: ignore[arg-type]
        self.options_changed.emit(replace(self._options, search=search))

    def _effort_chosen(self, value: str) -> None:
        self.options_changed.emit(replace(self._options, effort=value))


def _chip(text: str, says: str) -> QPushButton:
    chip = QPushButton(text)
    chip.setObjectName("chip")
    chip.setToolTip(says)
    chip.setAccessibleName(says)
    return chip


def _word(chip: QPushButton, text: str) -> None:
    """Show what is chosen on a chip with a menu, and say it behind what is chosen there."""
    chip.setText(f"{text} ▾")
    chip.setAccessibleName(f"{chip.toolTip()}: {text}")


def _mark(chip: QPushButton, is_on: bool) -> None:
    """Show whether the chip says something other than the default."""
    set_styled_property(chip, "on", is_on)
