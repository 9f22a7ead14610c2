"""Whom to ask, as a menu: the providers that are set up, and the models of the chosen one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from headwater.domain.provider import BUILT_IN, DEMO, Provider
from headwater.session.provider_session import ModelList, ProviderSession
from headwater.ui.plain_text import one_line

_MOST_MODELS = 40


class ProviderMenu(QMenu):
    """Filled anew whenever it opens; models are asked for then and come when they come."""

    connection_requested = Signal(str)

    def __init__(self, providers: ProviderSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._providers = providers
        self._forget = providers.changed.add(self._models_changed)
        self.aboutToShow.connect(self._fill)

    def close_listening(self) -> None:
        """Let go of the providers."""
        self._forget()

    def _models_changed(self) -> None:
        if self.isVisible():
            self._fill(asks=False)

    def _fill(self, *, asks: bool = True) -> None:
        self.clear()
        present = self._providers.provider
        group = QActionGroup(self)
        found = {server.provider.id for server in self._providers.local_servers}
        for provider in BUILT_IN:
            set_up = self._providers.preview(provider.id)
            if not set_up.base_url and provider.id not in (DEMO.id, present.id):
                continue
            if provider.is_local and provider.id not in {*found, DEMO.id, present.id}:
                continue
            action = QAction(provider.name, self)
            action.setCheckable(True)
            action.setChecked(provider.id == present.id)
            group.addAction(action)
            self.addAction(action)
            action.triggered.connect(lambda _=False, p=provider.id: self._providers.choose(p))
        self.addSeparator()
        if present.id != DEMO.id:
            self._fill_models(self._providers.models, present)
        self.addAction("Servers and keys…", lambda: self.connection_requested.emit(present.id))
        if asks and present.id != DEMO.id and not self._providers.models.models:
            self._providers.list_models()

    def _fill_models(self, listed: ModelList, present: Provider) -> None:
        if listed.is_asking and not listed.models:
            self.addAction("Asking for models…").setEnabled(False)
        elif listed.failure is not None:
            self.addAction("Models could not be listed").setEnabled(False)
        elif listed.models:
            models = self.addMenu("Model")
            group = QActionGroup(models)
            names = ("", *listed.models[:_MOST_MODELS])
            for name in names:
                words = one_line(name, 60).replace("&", "&&") or "The provider’s own choice"
                action = QAction(words, models)
                action.setCheckable(True)
                action.setChecked(name == present.model)
                group.addAction(action)
                models.addAction(action)
                action.triggered.connect(lambda _=False, n=name: self._providers.choose_model(n))
        self.addSeparator()
