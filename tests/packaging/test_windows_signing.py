"""How programs for Windows are signed, with a certificate that nobody trusts."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from set_up import ROOT, SetUpFailedError
from windows import signing

_WORD = "a word that nobody may see"
_TOOL = """\
#!/bin/sh
env > {said}
echo "$@" >> {said}
while [ $# -gt 0 ]; do
  case "$1" in
    -readpass) cat "$2" > {folder}/password ;;
    -pkcs12) pfx="$2" ;;
    -in) in="$2" ;;
    -out) out="$2" ;;
  esac
  shift
done
cat "$pfx" > {folder}/pfx
dirname "$pfx" > {folder}/place
stat -c %a "$(dirname "$pfx")" > {folder}/mode
{end}
{{ echo signed; cat "$in"; }} > "$out"
"""


@pytest.fixture
def certificate() -> dict[str, str]:
    return {
        signing.CERTIFICATE: base64.b64encode(b"a certificate").decode(),
        signing.PASSWORD: _WORD,
    }


def tool(folder: Path, end: str = "") -> dict[str, str]:
    """Put a script in the place of osslsigncode and return the PATH to it."""
    program = folder / "bin" / "osslsigncode"
    program.parent.mkdir()
    program.write_text(_TOOL.format(said=folder / "said", folder=folder, end=end))
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:/usr/bin:/bin"}


def test_that_without_a_certificate_nothing_is_signed_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "a.exe"
    program.write_bytes(b"MZ")

    signing.sign([program], {})

    assert program.read_bytes() == b"MZ"
    assert "Not signed" in capsys.readouterr().err


def test_that_the_secret_reaches_the_tool_by_files_that_do_not_stay(
    tmp_path: Path, certificate: dict[str, str]
) -> None:
    program = tmp_path / "a.exe"
    program.write_bytes(b"MZ")

    signing.sign([program], {**certificate, **tool(tmp_path)})

    assert program.read_bytes() == b"signed\nMZ"
    assert (tmp_path / "password").read_text() == _WORD
    assert (tmp_path / "pfx").read_bytes() == b"a certificate"
    said = (tmp_path / "said").read_text()
    assert _WORD not in said
    assert certificate[signing.CERTIFICATE] not in said
    assert not Path((tmp_path / "place").read_text().strip()).exists()
    assert (tmp_path / "mode").read_text().strip() == "700"


def test_that_a_tool_that_fails_tells_no_secret_and_leaves_the_program(
    tmp_path: Path, certificate: dict[str, str]
) -> None:
    program = tmp_path / "a.exe"
    program.write_bytes(b"MZ")

    with pytest.raises(SetUpFailedError) as told:
        signing.sign([program], {**certificate, **tool(tmp_path, "exit 1")})

    assert program.read_bytes() == b"MZ"
    assert _WORD not in str(told.value)
    assert not Path((tmp_path / "place").read_text().strip()).exists()


def test_that_a_certificate_that_is_none_is_said_before_anything_is_started(
    tmp_path: Path,
) -> None:
    with pytest.raises(SetUpFailedError, match="not base64"):
        signing.sign([tmp_path / "a.exe"], {signing.CERTIFICATE: "%%%", **tool(tmp_path)})

    assert not (tmp_path / "said").exists()


def test_that_a_certificate_without_a_tool_ends_the_build(
    tmp_path: Path, certificate: dict[str, str]
) -> None:
    with pytest.raises(SetUpFailedError, match="neither signtool nor osslsigncode"):
        signing.sign([tmp_path / "a.exe"], {**certificate, "PATH": str(tmp_path)})


def test_that_microsofts_tool_is_found_in_the_newest_kit(tmp_path: Path) -> None:
    kits = tmp_path / "Windows Kits" / "10" / "bin"
    for version in ("10.0.9.0", "10.0.22621.0"):
        (kits / version / "x64").mkdir(parents=True)
        (kits / version / "x64" / "signtool.exe").touch()
    environ = {"PATH": "", "ProgramFiles(x86)": str(tmp_path)}
    (tmp_path / "password").write_text(_WORD)

    command = signing.signing_command(
        Path("a.exe"), Path("b.exe"), tmp_path, "http://stamp", environ
    )

    assert command[0] == str(kits / "10.0.22621.0" / "x64" / "signtool.exe")
    assert command[command.index("/tr") + 1] == "http://stamp"
    assert command[-1] == "a.exe"
    assert _WORD not in command[:3]  # what is shown when it fails
    assert signing.find_signtool({"PATH": ""}) is None


def test_that_a_program_and_the_one_packed_in_it_are_really_signed(tmp_path: Path) -> None:
    key, paper, pfx = (str(tmp_path / name) for name in ("key.pem", "paper.pem", "all.pfx"))
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    make += ["-subj", "/CN=Nobody", "-addext", "extendedKeyUsage=codeSigning"]
    subprocess.run([*make, "-keyout", key, "-out", paper], check=True, capture_output=True)
    pack = ["openssl", "pkcs12", "-export", "-inkey", key, "-in", paper, "-out", pfx]
    subprocess.run([*pack, "-passout", "env:WORD"], env={**os.environ, "WORD": _WORD}, check=True)
    script = tmp_path / "small.nsi"
    script.write_text(
        f'OutFile "{tmp_path}/small.exe"\nUnicode true\n'
        f'!uninstfinalize \'"{sys.executable}" -m windows.signing "%1"\' = 0\n'
        'Section\nWriteUninstaller "$INSTDIR\\u.exe"\nSectionEnd\nSection Uninstall\nSectionEnd\n'
    )
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "packaging"), str(ROOT / "desktop"))),
        signing.CERTIFICATE: base64.b64encode(Path(pfx).read_bytes()).decode(),
        signing.PASSWORD: _WORD,
        signing.TIMESTAMP: "",
        "TMPDIR": str(tmp_path),
    }

    def compiled(**changes: str) -> subprocess.CompletedProcess[str]:
        compiler = ["makensis", "-V4", str(script)]
        around = {**environ, **changes}
        return subprocess.run(compiler, env=around, capture_output=True, text=True, check=False)

    assert compiled(**{signing.CERTIFICATE: "%%%"}).returncode
    compiled(**{signing.CERTIFICATE: ""})
    unsigned = (tmp_path / "small.exe").stat().st_size
    built = compiled()
    assert (tmp_path / "small.exe").stat().st_size > unsigned + 1000
    assert built.returncode == 0, built.stdout
    assert _WORD not in built.stdout + built.stderr
    signing.sign([tmp_path / "small.exe"], environ)

    verify = ["osslsigncode", "verify", "-CAfile", paper, "-in", str(tmp_path / "small.exe")]
    judged = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert "Signature verification: ok" in judged.stdout, judged.stdout
    assert "Nobody" in judged.stdout
    left = [path for path in tmp_path.rglob("*.pfx") if path.name != "all.pfx"]
    assert left == []
