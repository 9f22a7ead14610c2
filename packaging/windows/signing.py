"""Signs programs for Windows, if the environment holds a certificate.

HEADWATER_WINDOWS_CERTIFICATE is a PKCS #12 file in base64, and its password is in
HEADWATER_WINDOWS_CERTIFICATE_PASSWORD. HEADWATER_WINDOWS_TIMESTAMP names a timestamp server (RFC
3161); empty means none, and then a signature ends with its certificate. NSIS runs this module for
the uninstaller it packs:
    python -m windows.signing FILE
"""

from __future__ import annotations

import base64
import binascii
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from command import said
from set_up import SetUpFailedError, say

CERTIFICATE = "HEADWATER_WINDOWS_CERTIFICATE"
PASSWORD = "HEADWATER_WINDOWS_CERTIFICATE_PASSWORD"
TIMESTAMP = "HEADWATER_WINDOWS_TIMESTAMP"
_TIMESTAMP_SERVER = "http://timestamp.digicert.com"
_KITS = "Windows Kits/10/bin"


def can_sign(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a certificate."""
    return bool(environ.get(CERTIFICATE))


def sign(files: Iterable[Path], environ: Mapping[str, str] = os.environ) -> None:
    """Sign each file in its place; without a certificate say so and leave them as they are.

    Raises:
        SetUpFailedError: the certificate is none, or there is nothing to sign with, or it failed.
    """
    if not can_sign(environ):
        say(f"Not signed: {CERTIFICATE} is not set")
        return
    try:
        certificate = base64.b64decode(environ[CERTIFICATE], validate=True)
    except binascii.Error as error:
        raise SetUpFailedError(f"{CERTIFICATE} is not base64: {error}") from None
    # Without what is secret in it, which the tools are given by files that only we can read.
    rest = {name: value for name, value in environ.items() if name not in (CERTIFICATE, PASSWORD)}
    with tempfile.TemporaryDirectory() as folder:
        secret = Path(folder)
        (secret / "certificate.pfx").write_bytes(certificate)
        (secret / "password").write_text(environ.get(PASSWORD, ""), encoding="utf-8")
        server = environ.get(TIMESTAMP, _TIMESTAMP_SERVER)
        for file in files:
            signed = secret / "signed.exe"
            said(signing_command(file, signed, secret, server, environ), rest)
            if signed.exists():
                shutil.move(signed, file)


def signing_command(
    file: Path, signed: Path, secret: Path, server: str, environ: Mapping[str, str] = os.environ
) -> Sequence[str]:
    """Return the command that signs `file`, in its place or to `signed`.

    `secret` is the folder with the certificate and its password.

    Raises:
        SetUpFailedError: there is nothing here to sign with.
    """
    certificate, password = secret / "certificate.pfx", secret / "password"
    if tool := shutil.which("osslsigncode", path=environ.get("PATH")):
        stamp = ["-ts", server] if server else []
        # The first three words are shown when it fails.
        key = ["-pkcs12", str(certificate), "-readpass", str(password)]
        about = ["-h", "sha256", "-n", "Headwater"]
        return [tool, "sign", *key, *about, *stamp, "-in", str(file), "-out", str(signed)]
    if tool := find_signtool(environ):
        stamp = ["/tr", server, "/td", "sha256"] if server else []
        # It reads a password from nowhere else. `said` shows no more than the first three words.
        word = password.read_text(encoding="utf-8")
        key = ["/f", str(certificate), *(["/p", word] if word else [])]
        return [tool, "sign", "/fd", "sha256", "/d", "Headwater", *key, *stamp, str(file)]
    raise SetUpFailedError("There is a certificate, and neither signtool nor osslsigncode to sign.")


def find_signtool(environ: Mapping[str, str]) -> str | None:
    """Return the path of Microsoft's tool, from PATH or of the newest kit, or None."""
    if found := shutil.which("signtool", path=environ.get("PATH")):
        return found
    kits = Path(environ.get("ProgramFiles(x86)", ""), _KITS).glob("10.*/x64/signtool.exe")
    newest = max(kits, key=lambda path: [int(n) for n in path.parts[-3].split(".")], default=None)
    return str(newest) if newest and "ProgramFiles(x86)" in environ else None


def main(arguments: Sequence[str]) -> int:
    """Sign the files that are named; return 1 if that failed."""
    try:
        sign([Path(argument) for argument in arguments])
    except SetUpFailedError as problem:
        say(str(problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
