"""Setting up whom to ask: the address, the key, and a real request that shows they are good."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.connection_check import check_text, step_line
from headwater.domain.provider import BUILT_IN, CUSTOM, DEMO, PERPLEXITY_GATEWAY, DialectName
from headwater.session.connection_session import ConnectionSession
from headwater.session.provider_session import ProviderSession
from headwater.ui.composing import leave_keys_to_input_method
from headwater.ui.plain_label import plain_label
from headwater.ui.plain_text import one_line, paragraph
from headwater.ui.theme import APART, NEAR

_DIALECTS = {
    DialectName.CHAT_COMPLETIONS: "Chat completions (most servers)",
    DialectName.AGENT: "Responses (Perplexity Agent API)",
    DialectName.TYPED_EVENTS: "Typed events",
}


class ConnectionDialog(QDialog):
    """Checks before it keeps anything; every step is shown."""

    def __init__(
        self, connection: ConnectionSession, providers: ProviderSession, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Servers and keys")
        self.setMinimumWidth(600)
        self._connection = connection
        self._providers = providers
        self._who = QComboBox()
        self._who.setAccessibleName("Provider")
        for provider in BUILT_IN:
            if provider.id != DEMO.id:
                self._who.addItem(provider.name, provider.id)
        self._address = QLineEdit()
        self._address.setAccessibleName("Address")
        self._dialect = QComboBox()
        self._dialect.setAccessibleName("How it speaks")
        for dialect, words in _DIALECTS.items():
            self._dialect.addItem(words, dialect.value)
        self._model = QComboBox()
        self._model.setAccessibleName("Model")
        self._model.setEditable(True)
        typed = self._model.lineEdit()
        assert typed is not None
        typed.setAccessibleName("Model")
        typed.setPlaceholderText("The server’s own choice")
        self._key = QLineEdit()
        self._key.setAccessibleName("Key")
        self._key.setEchoMode(QLineEdit.EchoMode.Password)
        self._key.setMaxLength(20_000)
        self._kept = plain_label("muted")
        self._account = QLabel()
        self._account.setObjectName("muted")
        self._account.setTextFormat(Qt.TextFormat.PlainText)
        self._account.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._first_word = QCheckBox("Ask for a first word, which may cost a few tokens")
        self._steps = plain_label("muted", is_selectable=True)
        self._copy = QPushButton("Copy the steps")
        self._copy.setObjectName("quiet")
        self._copy.setAutoDefault(False)
        self._problem = plain_label("warning")
        self._remove = QPushButton("Remove key")
        self._cancel = QPushButton("Close")
        self._check = QPushButton("Check and use")
        self._lay_out()
        leave_keys_to_input_method(self)
        self._who.currentIndexChanged.connect(lambda _: self._show_provider())
        self._check.clicked.connect(self._start)
        self._cancel.clicked.connect(self.reject)
        self._copy.clicked.connect(self._copy_steps)
        # A list of models that is open to all proves no key.
        self._key.textEdited.connect(lambda _: self._first_word.setChecked(True))
        self._remove.clicked.connect(self._remove_key)
        self._stop_listening = connection.changed.add(self._show)
        self.finished.connect(self._finished)

    def _lay_out(self) -> None:
        self._form = QFormLayout()
        self._form.setSpacing(NEAR)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow("Provider", self._who)
        self._form.addRow("Address", self._address)
        self._form.addRow("Speaks", self._dialect)
        self._form.addRow("Model", self._model)
        self._form.addRow("Key", self._key)
        self._form.addRow("", self._kept)
        self._form.addRow("", self._account)
        self._form.addRow("", self._first_word)
        self._check.setObjectName("primary")
        self._check.setDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(NEAR)
        buttons.addWidget(self._remove)
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._check)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(APART, APART, APART, APART)
        column.setSpacing(APART)
        column.addLayout(self._form)
        column.addWidget(self._steps)
        column.addWidget(self._problem)
        column.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(buttons)

    def begin(self, provider_id: str) -> None:
        """Open for that provider; the demo stands for Perplexity here."""
        wanted = self._who.findData(provider_id)
        self._connection.begin()
        self._who.setCurrentIndex(max(wanted, 0))
        self._show_provider()
        self._show()
        self.open()
        self._grow()
        needs_address = not self._address.isHidden() and not self._address.text()
        (self._address if needs_address else self._key).setFocus()

    def _show_provider(self) -> None:
        provider = self._providers.preview(self._who.currentData())
        has_own_address = provider.id in (CUSTOM.id, PERPLEXITY_GATEWAY.id) or provider.is_local
        self._address.setText(provider.base_url)
        self._address.setPlaceholderText("http://localhost:11434/v1")
        self._form.setRowVisible(self._address, has_own_address)
        self._form.setRowVisible(self._dialect, provider.id == CUSTOM.id)
        self._dialect.setCurrentIndex(max(self._dialect.findData(provider.dialect.value), 0))
        self._model.clear()
        known = self._connection.models or self._providers.models.models
        if known and self._providers.provider.id == provider.id:
            self._model.addItems([one_line(m, 200) for m in known[:500]])
        self._model.setEditText(one_line(provider.model, 200))
        self._key.clear()
        self._key.setPlaceholderText("Paste the key" if provider.needs_key else "Only if it asks")
        # A server that takes no key has none to prove, and may load a model for a minute.
        self._first_word.setChecked(provider.needs_key)
        where = f"Keys: {provider.account_url}" if provider.account_url else ""
        self._account.setText(where)
        self._form.setRowVisible(self._account, bool(where))

    def _start(self) -> None:
        if self._connection.is_done:
            self.accept()
            return
        is_own = not self._address.isHidden()
        self._connection.check_and_keep(
            self._who.currentData(),
            self._address.text() if is_own else "",
            DialectName(self._dialect.currentData()),
            self._model.currentText().strip(),
            self._key.text(),
            asks_first_word=self._first_word.isChecked(),
        )

    def _copy_steps(self) -> None:
        text = check_text(self._connection.steps, self._connection.problem)
        QGuiApplication.clipboard().setText(text)

    def _remove_key(self) -> None:
        self._connection.remove_key(self._who.currentData())
        self._key.clear()
        self._problem.setText("The key is removed.")
        self._problem.show()

    def _show(self) -> None:
        connection = self._connection
        lines = [step_line(replace(s, detail=one_line(s.detail, 160))) for s in connection.steps]
        self._steps.setText("\n".join(lines))
        self._steps.setVisible(bool(lines))
        self._copy.setVisible(bool(lines) and not connection.is_checking)
        self._problem.setText(paragraph(connection.problem, 600))
        self._problem.setVisible(bool(connection.problem))
        self._check.setEnabled(not connection.is_checking)
        self._check.setText("Done" if connection.is_done else "Check and use")
        if kept := connection.kept_in:
            words = f"Kept in {kept.name}." if kept.is_persistent else kept.problem
            self._kept.setText(one_line(words, 300))
        if connection.is_done:
            self._key.clear()
            self._cancel.hide()
            self._check.setFocus()
        else:
            self._cancel.show()
        self._grow()

    def _grow(self) -> None:
        """Have room for all lines: a window that is open does not follow words that wrap."""
        self._column.activate()
        if (needed := self._column.totalHeightForWidth(self.width())) > self.height():
            self.resize(self.width(), needed)

    def _finished(self) -> None:
        self._key.clear()
        self._connection.cancel()
        self._stop_listening()
        self.deleteLater()
