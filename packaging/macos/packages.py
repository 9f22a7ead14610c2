"""Packages for macOS: a disk image with the application bundle, on a Mac and for its processor.

None of this was tried on a Mac so far; `try_packages.py` looks at what can be seen elsewhere.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

from command import said
from freezing import freeze
from headwater import __version__
from macos.contents import check_contents
from macos.disk_image import make_image
from macos.notary import NotaryKey, notarise
from macos.signing import Certificate, sign_bundle, sign_command, signer
from notices import notices
from set_up import SetUpFailedError, say

LICENCES = Path("Contents/Resources/licences.txt")


def make_mac_packages(out: Path, work: Path) -> list[Path]:
    """Return what was made in `out`, signed and notarised if the environment has what it takes.

    Raises:
        SetUpFailedError: this is no Mac, the program is not whole, or Apple refused it.
    """
    if platform.system() != "Darwin":
        raise SetUpFailedError("A package for macOS is built on a Mac.")
    certificate = Certificate.taken_from(os.environ)
    key = NotaryKey.taken_from(os.environ)
    if key is not None and certificate is None:
        raise SetUpFailedError(
            "Apple notarises what is signed: HEADWATER_MAC_CERTIFICATE is missing."
        )
    app = freeze(work).with_name("Headwater.app")
    (app / LICENCES).write_text(notices(["pyinstaller"]), encoding="utf-8")
    image = out / image_name(__version__, platform.machine())
    with signer(certificate) as who:
        sign_bundle(app, who)
        check_contents(app, __version__)
        make_image(app, image, work)
        if certificate is not None:
            said(sign_command(image, who))
    if key is None:
        say(f"{image.name} is not notarised: there is no HEADWATER_MAC_NOTARY_KEY")
    else:
        notarise(image, key)
    return [image]


def image_name(version: str, machine: str) -> str:
    """Return the disk image's name; `machine` is `arm64` or `x86_64`."""
    return f"Headwater-{version}-{machine}.dmg"
