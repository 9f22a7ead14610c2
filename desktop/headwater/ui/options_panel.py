"""How answers are asked for: a small panel over the question box, with only what applies."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QDoubleValidator, QIntValidator, QShowEvent, QValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.options import AnswerOptions, SearchOptions
from headwater.domain.provider import DialectName, Provider
from headwater.ui.composing import leave_keys_to_input_method
from headwater.ui.plain_text import breakable
from headwater.ui.route_bar import EFFORTS, RECENCY
from headwater.ui.theme import APART, NEAR

_CONTEXT = (("As it comes", ""), ("Low", "low"), ("Medium", "medium"), ("High", "high"))
_MODES = (("Web", ""), ("Academic", "academic"), ("SEC filings", "sec"))


class OptionsPanel(QFrame):
    """Reads and writes one AnswerOptions; `changed` comes when the panel closes."""

    changed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("card")
        self.setAccessibleName("Answer options")
        self.setMinimumWidth(380)
        self._options = AnswerOptions()
        self._instructions = QPlainTextEdit()
        self._instructions.setAccessibleName("Instructions")
        self._instructions.setPlaceholderText("How every answer should be, for example: be brief")
        self._instructions.setTabChangesFocus(True)
        self._instructions.setFixedHeight(64)
        self._max_tokens = _field("Output limit, tokens", QIntValidator(1, 1_000_000))
        self._stop_after = _field("Stop after, tokens", QIntValidator(1, 1_000_000))
        self._temperature = _field("Temperature, 0 to 2", _decimal(0.0, 2.0))
        self._top_p = _field("Top-p, above 0 to 1", _decimal(0.0, 1.0))
        self._whole = QCheckBox("Wait for the whole answer")
        self._background = QCheckBox("Let the server go on when the connection breaks")
        self._search = QCheckBox("Search the web")
        self._recency = _choice("How recent", RECENCY)
        self._context = _choice("How much is read", _CONTEXT)
        self._mode = _choice("Where", _MODES)
        self._effort = _choice("Effort", EFFORTS)
        self._domains = QLineEdit()
        self._domains.setAccessibleName("Domains")
        self._domains.setPlaceholderText("nature.com, -pinterest.com")
        self._form = QFormLayout()
        self._form.setSpacing(NEAR)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, widget in (
            ("Instructions", self._instructions),
            ("Output limit", self._max_tokens),
            ("Stop after", self._stop_after),
            ("Temperature", self._temperature),
            ("Top-p", self._top_p),
            ("", self._whole),
            ("", self._background),
            ("", self._search),
            ("Effort", self._effort),
            ("How recent", self._recency),
            ("Domains", self._domains),
            ("Where", self._mode),
            ("Reads", self._context),
        ):
            self._form.addRow(name, widget)
        title = QLabel("Answer options")
        title.setObjectName("strong")
        column = QVBoxLayout(self)
        column.setContentsMargins(APART, APART, APART, APART)
        column.setSpacing(NEAR)
        column.addWidget(title)
        column.addLayout(self._form)
        leave_keys_to_input_method(self)

    def show_options(self, options: AnswerOptions, provider: Provider) -> None:
        """Fill the panel; fields that the provider does not take are hidden."""
        self._options = options
        self._instructions.setPlainText(breakable(options.instructions))
        self._max_tokens.setText(_text(options.max_tokens))
        self._stop_after.setText(_text(options.stop_after))
        self._temperature.setText(_text(options.temperature))
        self._top_p.setText(_text(options.top_p))
        self._whole.setChecked(not options.stream)
        self._background.setChecked(options.background)
        search = options.search
        self._search.setChecked(search.enabled)
        for box, value in (
            (self._recency, search.recency),
            (self._context, search.context_size),
            (self._mode, search.mode),
            (self._effort, options.effort),
        ):
            box.setCurrentIndex(max(box.findData(value), 0))
        self._domains.setText(", ".join(search.domains))
        searches = provider.takes_search_options
        is_agent = provider.dialect == DialectName.AGENT
        for widget in (self._search, self._recency, self._domains, self._context):
            self._form.setRowVisible(widget, searches)
        self._form.setRowVisible(self._mode, searches and not is_agent)
        self._form.setRowVisible(self._effort, searches and is_agent)
        self._form.setRowVisible(self._background, is_agent)

    def options(self) -> AnswerOptions:
        """Return what the panel says; a field that cannot be read keeps its earlier value."""
        before = self._options
        domains = self._domains.text().replace(",", " ").split()
        return replace(
            before,
            instructions=self._instructions.toPlainText().strip(),
            max_tokens=_whole(self._max_tokens, before.max_tokens),
            stop_after=_whole(self._stop_after, before.stop_after),
            temperature=_number(self._temperature, before.temperature),
            top_p=_number(self._top_p, before.top_p),
            stream=not self._whole.isChecked(),
            background=self._background.isChecked(),
            effort=self._effort.currentData(),
            search=SearchOptions(
                enabled=self._search.isChecked(),
                recency=self._recency.currentData(),
                domains=tuple(domains[:20]),
                context_size=self._context.currentData(),
                mode=self._mode.currentData(),
                after_date=before.search.after_date,
                before_date=before.search.before_date,
            ),
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._instructions.setFocus(Qt.FocusReason.PopupFocusReason)

    def closeEvent(self, event: QCloseEvent) -> None:
        options = self.options()
        if options != self._options and not options.problem():
            self.changed.emit(options)
        super().closeEvent(event)


def _field(name: str, validator: QValidator) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText("As the server likes")
    field.setValidator(validator)
    return field


def _decimal(low: float, high: float) -> QDoubleValidator:
    validator = QDoubleValidator(low, high, 3)
    validator.setNotation(QDoubleValidator.Notation.StandardNotation)
    return validator


def _choice(name: str, choices: tuple[tuple[str, str], ...]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for words, value in choices:
        box.addItem(words, value)
    return box


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _whole(field: QLineEdit, before: int | None) -> int | None:
    text = field.text().strip()
    if not text:
        return None
    return int(text) if text.isdigit() and int(text) > 0 else before


def _number(field: QLineEdit, before: float | None) -> float | None:
    text = field.text().strip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return before
