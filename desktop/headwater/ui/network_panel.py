"""The preferences of the network: which proxy, its login, whose certificates are trusted."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from headwater.domain.network_settings import ProxyKind
from headwater.session.network_session import NetworkSession
from headwater.ui.plain_label import plain_label
from headwater.ui.plain_text import paragraph
from headwater.ui.theme import APART, FIELD, NEAR

_KINDS = (
    (ProxyKind.SYSTEM, "As the system"),
    (ProxyKind.NONE, "None"),
    (ProxyKind.OWN, "This one"),
)
_LONGEST = 400
_EXPLAINED = (
    "Servers on this machine are never asked through a proxy. A SOCKS5 proxy looks up names "
    "itself. The login is kept in the system’s keyring."
)
_CERTIFICATES = (
    "Certificates are always checked against the system’s own. A file in PEM form is trusted "
    "besides, for a server or a proxy of your organisation."
)


class NetworkPanel(QWidget):
    """Follows one NetworkSession; `close_session` ends that."""

    def __init__(self, network: NetworkSession) -> None:
        super().__init__()
        self._network = network
        self._kind = QComboBox()
        self._kind.setAccessibleName("Proxy")
        for kind, words in _KINDS:
            self._kind.addItem(words, kind.value)
        self._address = _field("Proxy address", "socks5://proxy.example:1080")
        self._user = _field("Proxy user name", "Only if it asks")
        self._password = _field("Proxy password", "")
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._keep = _button("Keep login")
        self._forget = _button("Forget login")
        self._has_login = plain_label("muted")
        self._proxy_problem = plain_label("warning")
        self._login_note = plain_label("muted")
        self._file = _field("Certificate file", "The system’s alone")
        self._choose = _button("Choose…")
        self._file_problem = plain_label("warning")
        self._form = QFormLayout()
        self._lay_out()
        self._kind.setCurrentIndex(self._kind.findData(network.now.proxy_kind.value))
        self._address.setText(network.now.proxy_address)
        self._file.setText(network.now.ca_file)
        self._kind.currentIndexChanged.connect(self._chosen)
        self._address.editingFinished.connect(self._address_typed)
        self._user.textChanged.connect(self._show)
        self._password.returnPressed.connect(self._keep_login)
        self._keep.clicked.connect(self._keep_login)
        self._forget.clicked.connect(network.forget_login)
        self._file.editingFinished.connect(self._file_typed)
        self._choose.clicked.connect(self._ask_for_file)
        self._stop_listening = network.changed.add(self._show)
        network.begin()

    def focus_first(self) -> None:
        """Let the keys go to the first thing that can be chosen."""
        self._kind.setFocus()

    def close_session(self) -> None:
        """Follow nothing any more, and forget what was typed."""
        self._address_typed()
        self._stop_listening()
        self._user.clear()
        self._password.clear()

    def _lay_out(self) -> None:
        form = self._form
        form.setSpacing(NEAR)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        login = QHBoxLayout()
        login.setSpacing(NEAR)
        login.addWidget(self._has_login, 1)
        login.addWidget(self._keep)
        login.addWidget(self._forget)
        file = QHBoxLayout()
        file.setSpacing(NEAR)
        file.addWidget(self._file, 1)
        file.addWidget(self._choose)
        form.addRow("Proxy", self._kind)
        form.addRow("Address", self._address)
        form.addRow("", self._proxy_problem)
        form.addRow("User name", self._user)
        form.addRow("Password", self._password)
        self._login_row = QWidget()
        login.setContentsMargins(0, 0, 0, 0)
        self._login_row.setLayout(login)
        form.addRow("", self._login_row)
        form.addRow("", self._login_note)
        certificates = QFormLayout()
        certificates.setSpacing(NEAR)
        certificates.addRow("Certificates", file)
        certificates.addRow("", self._file_problem)
        for field in (self._kind, self._address, self._user, self._password, self._file):
            field.setMinimumHeight(FIELD)
        for labelled, layout in ((self._kind, form), (self._address, form)):
            layout.labelForField(labelled).setMinimumHeight(FIELD)
        certificates.labelForField(file).setMinimumHeight(FIELD)
        hairline = QFrame()
        hairline.setObjectName("hairline")
        hairline.setFixedHeight(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, APART, 0, 0)
        column.setSpacing(APART)
        column.addLayout(form)
        column.addWidget(_words(_EXPLAINED))
        column.addWidget(hairline)
        column.addLayout(certificates)
        column.addWidget(_words(_CERTIFICATES))
        column.addStretch(1)

    def _show(self) -> None:
        network = self._network
        is_own = network.now.proxy_kind is ProxyKind.OWN
        has_login = is_own and network.now.proxy_has_login
        can_have_one = is_own and bool(network.now.proxy_address)
        form = self._form
        form.setRowVisible(self._address, is_own)
        form.setRowVisible(self._proxy_problem, is_own and bool(network.proxy_problem))
        form.setRowVisible(self._user, can_have_one and not has_login)
        form.setRowVisible(self._password, can_have_one and not has_login)
        form.setRowVisible(self._login_row, can_have_one)
        form.setRowVisible(self._login_note, is_own and bool(network.login_note))
        self._has_login.setText("A login is kept for this proxy." if has_login else "")
        self._keep.setVisible(not has_login)
        self._keep.setEnabled(bool(self._user.text()))
        self._forget.setVisible(has_login)
        if has_login:
            self._user.clear()
            self._password.clear()
        self._proxy_problem.setText(paragraph(network.proxy_problem, _LONGEST))
        self._login_note.setText(paragraph(network.login_note, _LONGEST))
        self._file_problem.setText(paragraph(network.ca_problem, _LONGEST))
        self._file_problem.setVisible(bool(network.ca_problem))

    def _chosen(self) -> None:
        self._network.choose(ProxyKind(self._kind.currentData()))
        if not self._address.isHidden():
            self._address.setFocus()

    def _address_typed(self) -> None:
        if not self._address.isModified():
            return
        self._network.set_address(self._address.text())
        if not self._network.proxy_problem:
            self._address.setText(self._network.now.proxy_address)

    def _keep_login(self) -> None:
        if self._user.text():
            self._network.set_login(self._user.text(), self._password.text())

    def _file_typed(self) -> None:
        if self._file.text().strip() != self._network.now.ca_file:
            self._network.set_ca_file(self._file.text().strip())

    def _ask_for_file(self) -> None:
        dialog = QFileDialog(self, "Choose a certificate file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["Certificates (*.pem *.crt *.cer)", "All files (*)"])
        dialog.fileSelected.connect(self._file_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _file_chosen(self, path: str) -> None:
        self._file.setText(path)
        self._file_typed()


def _field(name: str, hint: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(hint)
    field.setMaxLength(2000)
    return field


def _button(words: str) -> QPushButton:
    button = QPushButton(words)
    button.setAutoDefault(False)
    return button


def _words(text: str) -> QLabel:
    label = plain_label("muted", is_selectable=True)
    label.setText(text)
    return label
