"""The way to a server, told as steps while a request goes it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from headwater.domain.connection_check import CheckStep, StepState

if TYPE_CHECKING:
    import httpx

CONNECTED = "Connected"
PROXY = "Proxy"
PROXY_CERTIFICATE = "Certificate of the proxy"
CERTIFICATE = "Certificate"
ANSWERS = "Answers"

ShowStep = Callable[[CheckStep], None]


class Steps:
    """Shows one step after another, each with the seconds it took."""

    def __init__(self, show: ShowStep, clock: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._clock = clock
        self._since = 0.0
        self.running = ""

    def begin(self, name: str) -> None:
        """Show that the step runs; nothing happens if it does so already."""
        if name != self.running:
            self.running = name
            self._since = self._clock()
            self._show(CheckStep(name, StepState.RUNNING))

    def end(
        self,
        detail: str = "",
        state: StepState = StepState.DONE,
        *,
        seconds: float | None = None,
    ) -> None:
        """Show how the running step ended, after `seconds` if they were taken apart from it."""
        if self.running:
            took = self._clock() - self._since if seconds is None else seconds
            self._show(CheckStep(self.running, state, detail, took))
            self.running = ""

    def add(self, name: str, state: StepState, detail: str) -> None:
        """Show a step that takes no time of its own."""
        self._show(CheckStep(name, StepState.RUNNING))
        self._show(CheckStep(name, state, detail))


class ConnectionPath:
    """Tells the way of the first request that it observes; later ones are left out."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._proxy = ""
        self._is_over = False

    def routed(self, proxy: str) -> None:
        """Hear that the request is about to go, through `proxy` unless that is empty."""
        if not self._is_over:
            self._proxy = proxy

    def traced(self, event: str, info: Mapping[str, Any]) -> None:
        """Hear of an event of httpcore's `trace` extension (`httpcore._trace`)."""
        if self._is_over:
            return
        layer, what, stage = event.rsplit(".", 2)
        if what == "connect_tcp":
            self._step(CONNECTED, stage, lambda: _place_reached(info, self._proxy))
        elif what == "start_tls":
            is_to_proxy = bool(self._proxy) and layer == "connection"
            name = PROXY_CERTIFICATE if is_to_proxy else CERTIFICATE
            self._step(name, stage, lambda: _certificate(info))
        elif what == "setup_socks5_connection":
            self._step(PROXY, stage, lambda: f"{self._proxy} let the request through.")
        elif event == "http11.send_request_headers.started":
            is_for_proxy = info["request"].method == b"CONNECT"
            self._steps.begin(PROXY if is_for_proxy else ANSWERS)
        elif event == "http11.receive_response_headers.complete" and self._steps.running == PROXY:
            status = info["return_value"][1]
            if 200 <= status < 300:
                self._steps.end(f"{self._proxy} let the request through.")

    def answered(self, response: httpx.Response) -> None:
        """Hear that the headers are there."""
        if not self._is_over:
            self._is_over = True
            who = " ".join(response.headers.get("server", "").split())[:60]
            self._steps.end(f"{who or 'The server'} answered with {response.status_code}.")

    def _step(self, name: str, stage: str, words: Callable[[], str]) -> None:
        if stage == "started":
            self._steps.begin(name)
        elif stage == "complete":
            self._steps.end(words())


def _place_reached(info: Mapping[str, Any], proxy: str) -> str:
    host, port = (*info["return_value"].get_extra_info("server_addr"), 0, 0)[:2]
    place = f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
    return f"{place}, the proxy" if proxy else place


def _certificate(info: Mapping[str, Any]) -> str:
    tls = info["return_value"].get_extra_info("ssl_object")
    if tls is None:
        return ""
    seen = tls.getpeercert() or {}
    names = {key: value for part in seen.get("issuer", ()) for key, value in part}
    issuer = names.get("organizationName") or names.get("commonName") or ""
    parts = [f"issued by {issuer}"] if issuer else []
    if until := seen.get("notAfter"):
        day = datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC)
        parts.append(f"valid until {day:%Y-%m-%d}")
    words = ", ".join([*parts, str(tls.version()).replace("TLSv", "TLS ")])
    return f"{words[:1].upper()}{words[1:]}."
