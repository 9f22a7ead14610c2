"""What the index knows of the pinned releases is told, and so is that it told nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import audit
import dev
from tests.fault_server import Behaviour, Exchange, FaultServer, json_answer, running

SAFE: dict[str, object] = {"vulnerabilities": []}
BAD = {
    "vulnerabilities": [
        {"id": "PYSEC-1", "aliases": ["CVE-2026-1"], "fixed_in": ["2.0"], "withdrawn": None},
        {"id": "PYSEC-2", "aliases": [], "fixed_in": [], "withdrawn": "2026-01-01"},
    ]
}


@pytest.fixture
def locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    pins = [f"{name}==1.0 ; python_version < '4' \\\n    --hash=sha256:00\n" for name in "abcde"]
    (tmp_path / "app.txt").write_text("".join(pins))
    (tmp_path / "dev.txt").write_text("e==1.0 \\\n    --hash=sha256:00\nf[x]==2.0\n    # a==9\n")
    found = audit.pinned(tmp_path)
    monkeypatch.setattr(audit, "pinned", lambda: found)
    return tmp_path


def index(monkeypatch: pytest.MonkeyPatch, server: FaultServer) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.port}/simple/")


def knowing(**answers: object) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        name = exchange.request.path.split("/")[2]
        found = answers.get(name, SAFE)
        await json_answer(found or {}, status=200 if found else 404)(exchange)

    return behave


def test_that_every_pinned_release_is_asked_for_once(
    locks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(knowing()) as server:
        index(monkeypatch, server)
        assert audit.main() == 0
        assert sorted(request.path for request in server.requests) == [
            *(f"/pypi/{name}/1.0/json" for name in "abcde"),
            "/pypi/f/2.0/json",
        ]
    assert "against 6 releases" in capsys.readouterr().out


def test_that_what_is_known_against_a_release_is_a_failure(
    locks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(knowing(e=BAD, f=None)) as server:
        index(monkeypatch, server)
        assert audit.main() == 1
    told = capsys.readouterr().out
    assert "e 1.0: PYSEC-1 CVE-2026-1, fixed in 2.0" in told
    assert "PYSEC-2" not in told
    assert "NOT AUDITED: 1 of 6 releases" in told


@pytest.mark.parametrize("answer", [{}, {"vulnerabilities": None}, {"info": {}}, []])
def test_that_an_index_that_says_nothing_is_no_audit(
    locks: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: object,
) -> None:
    with running(json_answer(answer)) as server:
        index(monkeypatch, server)
        assert audit.main() == audit.NOT_AUDITED
        assert len(server.requests) == 3  # it is given up soon
    assert "NOT AUDITED: 6 of 6 releases" in capsys.readouterr().out


def test_that_no_audit_passes_only_where_the_environment_lets_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unaudited = [sys.executable, "-c", f"raise SystemExit({audit.NOT_AUDITED})"]
    monkeypatch.delenv(dev.AUDIT, raising=False)
    assert not dev.passes("audit", unaudited)
    monkeypatch.setenv(dev.AUDIT, dev.IF_REACHABLE)
    assert dev.passes("audit", unaudited)
    assert capsys.readouterr().out.count("NOT AUDITED") == 2
    vulnerable = [sys.executable, "-c", "raise SystemExit(1)"]
    assert not dev.passes("audit", vulnerable)
    assert not dev.passes("lint", unaudited)


def test_that_the_locks_of_the_project_are_read() -> None:
    names = {name for name, _ in audit.pinned()}
    assert {"httpx", "socksio", "truststore", "pytest", "pyinstaller"} <= names
