"""Signs the application bundle, so that other Macs know who made it and that nobody changed it.

With a certificate of the kind "Developer ID Application" in the environment it is signed for
everybody; without one it is signed for nobody in particular ("ad hoc"), which Apple silicon wants
before it runs anything. What is inside is signed before what is around it, never `--deep`:
https://developer.apple.com/forums/thread/701514

`entitlements.plist` has one exception from the hardened runtime and no comment, since the parser
that reads it knows none:

- `cs.allow-unsigned-executable-memory`: a callback of ctypes is code that libffi writes while the
  program runs, and without it `ctypes.CFUNCTYPE` raises MemoryError. The shortcut and the keychain
  need that.

Not there: `cs.disable-library-validation`, because every library in the bundle carries the same
signature and no other is loaded; `cs.allow-jit`, because nothing asks for it; `get-task-allow`,
with which a debugger may read the keys in memory and Apple refuses to notarise.

None of this was tried on a Mac so far.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from command import said
from set_up import SetUpFailedError, say

ENTITLEMENTS = Path(__file__).with_name("entitlements.plist")
NOBODY = "-"  # codesign's word for a signature without a certificate
_MACH_O = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")  # for one kind of processor, for several
_UNLOCKED = 7200  # seconds


class Certificate(NamedTuple):
    """A certificate with its key as PKCS 12, and the password of that."""

    content: bytes
    password: str

    @classmethod
    def taken_from(cls, environ: MutableMapping[str, str]) -> Certificate | None:
        """Take it out of the environment, so that no program started from here has it too.

        Raises:
            SetUpFailedError: only a part of it is there, or it is not in base64.
        """
        found = taken_together(
            environ, ("HEADWATER_MAC_CERTIFICATE", "HEADWATER_MAC_CERTIFICATE_PASSWORD")
        )
        if found is None:
            return None
        try:
            return cls(base64.b64decode("".join(found[0].split()), validate=True), found[1])
        except binascii.Error:
            raise SetUpFailedError("HEADWATER_MAC_CERTIFICATE is not in base64.") from None


class Signer(NamedTuple):
    """Who signs: a certificate's hash and the keychain that holds it, or nobody."""

    identity: str = NOBODY
    keychain: Path | None = None


def taken_together(
    environ: MutableMapping[str, str], names: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Take all these out of the environment; None if none is there, or all are empty.

    Raises:
        SetUpFailedError: only some are there; says which are not.
    """
    found = [environ.pop(name, "") for name in names]
    if not any(found):
        return None
    if lacking := [name for name, value in zip(names, found, strict=True) if not value]:
        raise SetUpFailedError(f"Not in the environment: {', '.join(lacking)}")
    return tuple(found)


@contextmanager
def signer(certificate: Certificate | None) -> Iterator[Signer]:
    """Keep the certificate in a keychain of its own for as long as it is needed.

    Raises:
        SetUpFailedError: there is nothing in it to sign with.
    """
    if certificate is None:
        say("What is made here is not signed: there is no HEADWATER_MAC_CERTIFICATE")
        yield Signer()
        return
    with tempfile.TemporaryDirectory() as folder:
        keychain = Path(folder, "headwater.keychain-db")
        file = Path(folder, "certificate.p12")
        file.touch(mode=0o600)
        file.write_bytes(certificate.content)
        searched = keychains_in(said(["security", "list-keychains", "-d", "user"]))
        try:
            password = secrets.token_hex(16)
            _order(keychain_orders(keychain, password, file, certificate.password, searched))
            file.unlink()
            asked = ["security", "find-identity", "-v", "-p", "codesigning", str(keychain)]
            yield Signer(identity_in(said(asked)), keychain)
        finally:
            # It is taken from the list of those that are searched as well.
            subprocess.run(
                ["security", "delete-keychain", str(keychain)], capture_output=True, check=False
            )


def sign_bundle(app: Path, who: Signer) -> None:
    """Sign the bundle and everything in it, and let the system look at the result.

    Raises:
        SetUpFailedError: codesign failed, or is not content with what it did.
    """
    for path in signing_order(app):
        said(sign_command(path, who, is_program=path == app))
    said(verify_command(app))


def keychain_orders(
    keychain: Path, password: str, file: Path, file_password: str, searched: Iterable[str]
) -> str:
    """Return what `security -i` reads: make a keychain, and let codesign use what is in it.

    Raises:
        SetUpFailedError: a password cannot be said in one line.
    """
    own, apples = str(keychain), "apple-tool:,apple:"
    opened = ("-f", "pkcs12", "-P", file_password)
    orders = [
        ("create-keychain", "-p", password, own),
        ("set-keychain-settings", "-lut", str(_UNLOCKED), own),
        ("unlock-keychain", "-p", password, own),
        ("import", str(file), "-k", own, *opened, "-T", "/usr/bin/codesign"),
        # Else a dialog asks whether codesign may use the key.
        ("set-key-partition-list", "-S", apples, "-s", "-k", password, own),
        ("list-keychains", "-d", "user", "-s", own, *searched),
    ]
    return "".join(f"{' '.join(map(_quoted, order))}\n" for order in orders)


def keychains_in(listed: str) -> list[str]:
    """Return the paths that `security list-keychains` printed, one in quotes on each line."""
    return re.findall(r'"(.+)"', listed)


def identity_in(found: str) -> str:
    """Return the hash of the one certificate that `security find-identity` printed.

    Raises:
        SetUpFailedError: there is none, or none that can be used.
    """
    hashes: set[str] = set(re.findall(r"^\s*\d+\) ([0-9A-F]{40}) ", found, re.MULTILINE))
    if len(hashes) != 1:
        raise SetUpFailedError(
            f"HEADWATER_MAC_CERTIFICATE holds {len(hashes)} certificates to sign with, and not one."
            " Is its password right, was it written with `-legacy`, is it of the right kind?"
        )
    return hashes.pop()


def signing_order(app: Path) -> list[Path]:
    """Return everything in the bundle that carries a signature, what is inside first."""
    real = [path for path in sorted(app.rglob("*")) if not path.is_symlink()]
    code = [path for path in real if path.is_file() and _is_code(path)]
    frameworks = [path for path in real if path.is_dir() and path.suffix == ".framework"]
    main = app / "Contents" / "MacOS"
    inside = [path for path in code if path.parent != main] + frameworks
    # A framework after the library in it, which is deeper; the program itself with its bundle.
    return [*sorted(inside, key=lambda path: (-len(path.parts), path)), app]


def sign_command(path: Path, who: Signer, *, is_program: bool = False) -> list[str]:
    """Return what signs one file or bundle; only a program has entitlements."""
    command = ["codesign", "--force", "--sign", who.identity]
    if who.keychain is not None:
        command += ["--keychain", str(who.keychain), "--options", "runtime", "--timestamp"]
        if is_program:
            command += ["--entitlements", str(ENTITLEMENTS)]
    return [*command, str(path)]


def verify_command(app: Path) -> list[str]:
    """Return what fails if anything in the bundle is not signed, or is other than it was."""
    return ["codesign", "--verify", "--deep", "--strict", "--verbose=2", str(app)]


def _is_code(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in _MACH_O


def _quoted(word: str) -> str:
    """Return a word as `security -i` reads it (SecurityTool, `split_line`)."""
    if re.search(r"[\x00-\x1f\x7f]", word):
        raise SetUpFailedError("The certificate's password holds a character that cannot be typed.")
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _order(orders: str) -> None:
    """Let `security` do it. What it is told and what it answers is shown to nobody.

    Arguments could be read by every process of the machine, hence standard input. Its exit status
    is that of the last order alone: whether all went well is asked with `find-identity`.
    """
    subprocess.run(
        ["security", "-i"], input=orders, text=True, capture_output=True, check=False, timeout=120
    )
