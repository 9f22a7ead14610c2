"""The proxy that the system names: the environment, Windows, macOS, or GNOME's settings."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Callable, Mapping
from time import monotonic
from urllib.parse import quote, urlsplit

from headwater.adapters.daemon_thread import DaemonThread
from headwater.domain.address import Origin

_KEEPS = 30.0  # seconds that what the desktop said is believed
_PATIENCE = 2.0
_SCHEMA = "org.gnome.system.proxy"
_KEEP_THEIRS_THERE = frozenset({"GNOME", "Unity", "X-Cinnamon", "Budgie", "Pantheon"})


class SystemProxies:
    """Says which proxy leads to an origin; what has to be asked for is kept for half a minute."""

    def __init__(self) -> None:
        self._desktop: dict[str, str] = {}
        self._read_at: float | None = None

    async def refresh(self) -> None:
        """Ask the desktop for its settings where `find` would not have them otherwise."""
        if self._read_at is not None and monotonic() - self._read_at < _KEEPS:
            return
        if not _keeps_them_in_gsettings(os.environ, sys.platform):
            return
        thread = DaemonThread("headwater-proxy")
        asked = thread.call(read_gsettings)
        thread.finish()  # once that is done
        self._desktop = await asked
        self._read_at = monotonic()

    def find(self, origin: Origin) -> str | None:
        """Return the address of the proxy, with its login if it holds one; None to go directly.

        This machine is always reached directly. `NO_PROXY`, and what stands for it elsewhere, may
        hold hosts, domains, `host:port`, networks such as 192.168.0.0/16, and `*`.
        """
        from urllib import request

        if origin.is_loopback:
            return None
        proxies = request.getproxies()
        place = f"{origin.host}:{origin.port}"
        # Only the schemes count: NO_PROXY alone is no setting of a proxy.
        if not any(proxies.get(name) for name in ("http", "https", "all")) and self._desktop:
            proxies = self._desktop
            # Part of it, but not of what its types know.
            by_names: Callable[..., object] = vars(request)["proxy_bypass_environment"]
            is_exempt = bool(by_names(place, proxies))
        else:
            is_exempt = bool(request.proxy_bypass(place))
        found = proxies.get(origin.scheme) or proxies.get("all")
        if not found or is_exempt or _is_in_exempt_network(origin.host, proxies):
            return None
        found = found if "://" in found else f"http://{found}"
        return found.replace("socks://", "socks5://", 1) if found.startswith("socks://") else found


def without_login(proxy_url: str) -> str:
    """Return host and port of a proxy; a password in its address is shown to nobody."""
    return urlsplit(proxy_url).netloc.rpartition("@")[2]


def read_gsettings() -> dict[str, str]:
    """Return the proxies of GNOME's settings in the form of `getproxies`; empty for none.

    takes some 5 ms. A script for the choice of proxies (`mode 'auto'`) is not run.
    """
    import shutil
    import subprocess

    program = shutil.which("gsettings")
    if program is None:
        return {}
    command = [program, "list-recursively", _SCHEMA]
    try:
        asked = subprocess.run(  # noqa: S603 - a program of the system, nothing of it from outside
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return {}
    return proxies_from_gsettings(asked.stdout) if asked.returncode == 0 else {}


def proxies_from_gsettings(listed: str) -> dict[str, str]:
    """Return what the lines of `gsettings list-recursively` say, as `getproxies` would say it."""
    import ast

    settings: dict[tuple[str, str], object] = {}
    for line in listed.splitlines():
        schema, _, rest = line.partition(" ")
        key, _, value = rest.partition(" ")
        words = {"true": "True", "false": "False", "@as []": "[]"}
        try:
            settings[schema.removeprefix(_SCHEMA), key] = ast.literal_eval(words.get(value, value))
        except (ValueError, SyntaxError):
            continue
    if settings.get(("", "mode")) != "manual":
        return {}
    found: dict[str, str] = {}
    for name, scheme in (("http", "http"), ("https", "http"), ("socks", "socks5")):
        host, port = settings.get((f".{name}", "host")), settings.get((f".{name}", "port"))
        if not isinstance(host, str) or not host or not isinstance(port, int) or not port:
            continue
        host = f"[{host}]" if ":" in host else host
        login = _login_of(settings) if name == "http" else ""
        found["all" if name == "socks" else name] = f"{scheme}://{login}{host}:{port}"
    exempt = settings.get(("", "ignore-hosts"))
    if found and isinstance(exempt, list):
        # `*.example` is written `.example` elsewhere.
        found["no"] = ",".join(str(host).removeprefix("*") or "*" for host in exempt)
    return found


def _login_of(settings: Mapping[tuple[str, str], object]) -> str:
    if settings.get((".http", "use-authentication")) is not True:
        return ""
    user = settings.get((".http", "authentication-user"))
    password = settings.get((".http", "authentication-password"))
    return f"{quote(str(user), safe='')}:{quote(str(password), safe='')}@" if user else ""


def _keeps_them_in_gsettings(environ: Mapping[str, str], platform: str) -> bool:
    desktops = environ.get("XDG_CURRENT_DESKTOP", "").split(":")
    return platform.startswith("linux") and not _KEEP_THEIRS_THERE.isdisjoint(desktops)


def _is_in_exempt_network(host: str, proxies: Mapping[str, str]) -> bool:
    """Whether `NO_PROXY` holds a network that `host` belongs to; urllib knows names only."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for entry in proxies.get("no", "").split(","):
        if "/" not in entry:
            continue
        try:
            if address in ipaddress.ip_network(entry.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False
