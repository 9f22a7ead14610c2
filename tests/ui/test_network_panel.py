"""The network's preferences: kept at once, the login in the keyring alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QWidget

from headwater.adapters.trust import ca_file_problem
from headwater.domain.network_settings import NetworkSettings, ProxyKind, ProxyLogin
from headwater.domain.preferences import Preferences
from headwater.session.network_session import NetworkSession
from headwater.session.ports import KeychainState
from headwater.session.preference_session import PreferenceSession
from headwater.ui.network_panel import NetworkPanel
from headwater.ui.preferences_dialog import PreferencesDialog
from tests.adapters.test_trust import AUTHORITY
from tests.fakes import FakeStore, play, scope_without_crash, turns

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

PROXY = "http://proxy.example:3128"


class FakeLogins:
    """A keyring in memory; `problem` makes it keep nothing beyond the run."""

    def __init__(self) -> None:
        self.kept: dict[str, ProxyLogin] = {}
        self.problem = ""

    async def read_login(self, proxy_address: str) -> ProxyLogin | None:
        return self.kept.get(proxy_address)

    async def write_login(self, proxy_address: str, login: ProxyLogin) -> KeychainState:
        self.kept[proxy_address] = login
        return KeychainState("a keyring for tests", not self.problem, self.problem)

    async def remove_login(self, proxy_address: str) -> None:
        self.kept.pop(proxy_address, None)


class Opened:
    """The dialog at its section on the network."""

    def __init__(
        self, qapp: QApplication, session: NetworkSession, kept: PreferenceSession
    ) -> None:
        self.qapp = qapp
        self.window = QWidget()
        self.panel = NetworkPanel(session)
        self.dialog = PreferencesDialog(kept, "Kept here.", self.window, None, None, self.panel)
        self.dialog._tabs.setCurrentWidget(self.panel)
        self.dialog.open()
        qapp.processEvents()

    def field(self, name: str) -> QLineEdit:
        fields = self.panel.findChildren(QLineEdit)
        return next(field for field in fields if field.accessibleName() == name)

    def type(self, name: str, text: str) -> None:
        field = self.field(name)
        field.setFocus()
        field.clear()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Tab)
        self.qapp.processEvents()

    def choose(self, kind: ProxyKind) -> None:
        box = self.panel.findChildren(QComboBox)[0]
        box.setCurrentIndex(box.findData(kind.value))

    def press(self, words: str) -> None:
        buttons = [b for b in self.panel.findChildren(QPushButton) if b.isVisible()]
        QTest.mouseClick(next(b for b in buttons if b.text() == words), Qt.MouseButton.LeftButton)

    @property
    def told(self) -> str:
        labels = self.panel.findChildren(QLabel)
        return " | ".join(label.text() for label in labels if label.isVisible())


Journey = Callable[[Opened, PreferenceSession, FakeLogins], Awaitable[None]]


def at_panel(qapp: QApplication, journey: Journey, network: NetworkSettings | None = None) -> None:
    async def run() -> None:
        async with scope_without_crash() as scope:
            preferences = Preferences(network=network or NetworkSettings())
            kept = PreferenceSession(preferences, FakeStore(), scope, 0.0)
            logins = FakeLogins()
            session = NetworkSession(kept, logins, ca_file_problem, scope)
            opened = Opened(qapp, session, kept)
            await journey(opened, kept, logins)
            opened.dialog.reject()
            opened.window.deleteLater()
            qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            assert session.changed._callbacks == []
            await asyncio.sleep(0.01)

    play(run)


def test_that_a_proxy_is_asked_for_only_where_one_is_to_be_named(qapp: QApplication) -> None:
    async def journey(opened: Opened, kept: PreferenceSession, _: FakeLogins) -> None:
        assert not opened.field("Proxy address").isVisible()
        opened.choose(ProxyKind.OWN)
        assert opened.field("Proxy address").isVisible()
        assert not opened.field("Proxy password").isVisible()
        opened.type("Proxy address", "Proxy.Example:3128")
        assert kept.now.network == NetworkSettings(ProxyKind.OWN, PROXY)
        assert opened.field("Proxy address").text() == PROXY
        assert opened.field("Proxy password").isVisible()
        opened.choose(ProxyKind.NONE)
        assert kept.now.network.proxy_kind is ProxyKind.NONE
        assert not opened.field("Proxy address").isVisible()

    at_panel(qapp, journey)


def test_that_what_is_no_address_is_said_and_changes_nothing(qapp: QApplication) -> None:
    async def journey(opened: Opened, kept: PreferenceSession, _: FakeLogins) -> None:
        opened.type("Proxy address", "http://me:secret@proxy.example")
        assert "own fields" in opened.told
        assert kept.now.network == NetworkSettings(ProxyKind.OWN, PROXY)
        opened.type("Proxy address", PROXY)
        assert "own fields" not in opened.told

    at_panel(qapp, journey, NetworkSettings(ProxyKind.OWN, PROXY))


def test_that_a_login_goes_to_the_keyring_and_out_of_the_fields(qapp: QApplication) -> None:
    async def journey(opened: Opened, kept: PreferenceSession, logins: FakeLogins) -> None:
        assert opened.field("Proxy password").echoMode() is QLineEdit.EchoMode.Password
        opened.type("Proxy user name", "me")
        opened.type("Proxy password", "secret")
        opened.press("Keep login")
        await turns()
        assert logins.kept == {PROXY: ProxyLogin("me", "secret")}
        assert kept.now.network.proxy_has_login
        assert "secret" not in repr(kept.now)
        assert opened.field("Proxy password").text() == ""
        assert "Kept in a keyring for tests." in opened.told
        opened.press("Forget login")
        await turns()
        assert logins.kept == {}
        assert not kept.now.network.proxy_has_login

    at_panel(qapp, journey, NetworkSettings(ProxyKind.OWN, PROXY))


def test_that_a_keyring_that_keeps_nothing_is_said(qapp: QApplication) -> None:
    async def journey(opened: Opened, _: PreferenceSession, logins: FakeLogins) -> None:
        logins.problem = "No keyring is running."
        opened.type("Proxy user name", "me")
        opened.press("Keep login")
        await turns()
        assert "No keyring is running." in opened.told

    at_panel(qapp, journey, NetworkSettings(ProxyKind.OWN, PROXY))


def test_that_a_login_does_not_follow_to_another_proxy(qapp: QApplication) -> None:
    async def journey(opened: Opened, kept: PreferenceSession, _: FakeLogins) -> None:
        assert "A login is kept" in opened.told
        opened.type("Proxy address", "http://evil.example:3128")
        assert not kept.now.network.proxy_has_login
        assert "A login is kept" not in opened.told

    at_panel(qapp, journey, NetworkSettings(ProxyKind.OWN, PROXY, proxy_has_login=True))


def test_that_a_certificate_file_of_no_use_is_said_at_once_and_when_opened(
    qapp: QApplication,
) -> None:
    async def journey(opened: Opened, kept: PreferenceSession, _: FakeLogins) -> None:
        assert "There is no such file." in opened.told
        opened.type("Certificate file", __file__)
        assert "no certificate in PEM form" in opened.told
        opened.type("Certificate file", AUTHORITY)
        assert "PEM form. No" not in opened.told
        assert kept.now.network.ca_file == AUTHORITY

    at_panel(qapp, journey, NetworkSettings(ca_file="/nowhere/ca.pem"))
