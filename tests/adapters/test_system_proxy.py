"""What GNOME's settings say; the environment's rules are in `test_http.py`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from headwater.adapters.system_proxy import SystemProxies, proxies_from_gsettings
from headwater.domain.address import origin_of

LISTED = """\
org.gnome.system.proxy autoconfig-url ''
org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '::1', '*.inside.example', '10.0.0.0/8']
org.gnome.system.proxy mode 'manual'
org.gnome.system.proxy use-same-proxy true
org.gnome.system.proxy.ftp host ''
org.gnome.system.proxy.ftp port 0
org.gnome.system.proxy.http authentication-password 'p@ss'
org.gnome.system.proxy.http authentication-user 'me'
org.gnome.system.proxy.http enabled false
org.gnome.system.proxy.http host 'web.example'
org.gnome.system.proxy.http port 3128
org.gnome.system.proxy.http use-authentication true
org.gnome.system.proxy.https host '2001:db8::7'
org.gnome.system.proxy.https port 3129
org.gnome.system.proxy.socks host 'socks.example'
org.gnome.system.proxy.socks port 1080
"""  # noqa: E501 - as it is printed


@pytest.fixture
def gnome(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A desktop whose `gsettings` prints a file and counts how often it was asked."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    program = tmp_path / "gsettings"
    program.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\ncat {tmp_path}/listed\n')
    program.chmod(0o755)
    (tmp_path / "listed").write_text(LISTED)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
    return tmp_path


def found(*urls: str) -> list[str | None]:
    async def scenario() -> list[str | None]:
        proxies = SystemProxies()
        answers = []
        for url in urls:
            await proxies.refresh()
            answers.append(proxies.find(origin_of(url)))
        return answers

    return asyncio.run(scenario())


def test_that_gnomes_proxies_and_exceptions_are_kept_and_asked_for_once(gnome: Path) -> None:
    assert found(
        "http://a.example",
        "https://a.example",
        "https://x.inside.example",
        "https://10.1.2.3",
        "https://11.1.2.3",
        "http://localhost:11434",
    ) == [
        "http://me:p%40ss@web.example:3128",
        "http://[2001:db8::7]:3129",
        None,
        None,
        "http://[2001:db8::7]:3129",
        None,
    ]
    assert (gnome / "asked").read_text() == "list-recursively org.gnome.system.proxy\n"


def test_that_the_environment_comes_before_gnome(
    gnome: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://p:1")
    assert found("https://a.example") == ["http://p:1"]


@pytest.mark.parametrize("mode", ["none", "auto"])
def test_that_a_mode_other_than_manual_names_no_proxy(mode: str) -> None:
    assert proxies_from_gsettings(LISTED.replace("'manual'", f"'{mode}'")) == {}


def test_that_socks_alone_serves_every_scheme(gnome: Path) -> None:
    lines = [line for line in LISTED.splitlines() if ".http" not in line]
    (gnome / "listed").write_text("\n".join(lines))
    assert found("https://a.example") == ["socks5://socks.example:1080"]


def test_that_other_desktops_are_not_asked(gnome: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "KDE")
    assert found("https://a.example") == [None]
    assert not (gnome / "asked").exists()


@pytest.mark.parametrize("listed", ["", "nonsense", "org.gnome.system.proxy mode", "a b c()"])
def test_that_what_cannot_be_read_names_no_proxy(gnome: Path, listed: str) -> None:
    (gnome / "listed").write_text(listed)
    assert found("https://a.example") == [None]
