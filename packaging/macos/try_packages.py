"""What can be said of the Mac's package without a Mac: what it is told to be, not what it is.

The recipe runs with PyInstaller's classes played by others, what macOS reads is read, and the
wheels that a Mac and a Windows would be given are looked for.
"""

from __future__ import annotations

import os
import plistlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.parsers.expat import ExpatError

from PIL import Image

from freezing import SPEC
from headwater import __version__
from headwater.adapters.folders import resource
from icons import MAC_SIZES, draw_icns
from macos.property_list import BUNDLE_ID, OLDEST_MACOS, property_list
from macos.signing import ENTITLEMENTS
from notices import APP_LOCK
from set_up import ROOT, SetUpFailedError, find_uv

PLATFORMS = ("aarch64-apple-darwin", "x86_64-apple-darwin", "x86_64-pc-windows-msvc")
FORBIDDEN = "com.apple.security.get-task-allow"
ALLOWED = {"com.apple.security.cs.allow-unsigned-executable-memory"}

# As PyInstaller names them on a Mac: files of Qt's wheel, libraries of Python.
KEPT = (
    "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
    "PySide6/Qt/plugins/platforms/libqoffscreen.dylib",
    "PySide6/Qt/plugins/iconengines/libqsvgicon.dylib",
    "PySide6/Qt/plugins/imageformats/libqsvg.dylib",
    "PySide6/Qt/plugins/imageformats/libqwebp.dylib",
    "PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore",
    "PySide6/Qt/lib/QtDBus.framework/Versions/A/QtDBus",
    "PySide6/QtWidgets.abi3.so",
    "Python.framework/Versions/3.13/Python",
    "libssl.3.dylib",
)
DROPPED = (
    "PySide6/Qt/plugins/platforms/libqminimal.dylib",
    "PySide6/Qt/plugins/imageformats/libqpdf.dylib",
    "PySide6/Qt/plugins/tls/libqopensslbackend.dylib",
    "PySide6/Qt/lib/QtQuick.framework/Versions/A/QtQuick",
    "PySide6/Qt/lib/QtQml.framework/Versions/A/QtQml",
    "PySide6/Qt/qml/QtQuick/qmldir",
)


class _Recorder:
    """Stands in for the classes that a spec is written with, and keeps what they were told."""

    def __init__(self, *arguments: object, **named: object) -> None:
        self.arguments, self.named = arguments, named
        self.pure: list[tuple[str, str, str]] = []
        self.scripts = [("pyi_rth_pyside6", "", "PYSOURCE"), ("start", "", "PYSOURCE")]
        self.binaries = [(name, f"/wheel/{name}", "BINARY") for name in (*KEPT, *DROPPED)]
        self.datas: list[tuple[str, str, str]] = []


def try_mac_packages() -> None:
    """Print a line for each check.

    Raises:
        SetUpFailedError: one of them failed; says what was wrong with each.
    """
    checks: Mapping[str, Callable[[], Sequence[str]]] = {
        "the recipe's bundle": lambda: wrong_with_bundle(told_to_bundle()),
        "the property list": lambda: wrong_with_property_list(property_list()),
        "the entitlements": lambda: wrong_with_entitlements(ENTITLEMENTS.read_bytes()),
        "the icon": wrong_with_icon,
        **{f"wheels, {name}": partial(wrong_with_wheels, name) for name in PLATFORMS},
    }
    failed = []
    for name, check in checks.items():
        began = time.monotonic()
        problems = check()
        failed += [f"{name}: {problem}" for problem in problems]
        verdict = "FAILED" if problems else "passed"
        print(f"{name:<32}{verdict}  {time.monotonic() - began:5.1f} s", flush=True)
    if failed:
        raise SetUpFailedError("\n".join(failed))


def told_to_bundle(spec: Path = SPEC) -> dict[str, list[_Recorder]]:
    """Run the recipe as on a Mac; return what each class of PyInstaller was told, in order."""
    made: dict[str, list[_Recorder]] = {}

    def kind(name: str) -> type[_Recorder]:
        def begin(self: _Recorder, *arguments: object, **named: object) -> None:
            _Recorder.__init__(self, *arguments, **named)
            made.setdefault(name, []).append(self)

        return type(name, (_Recorder,), {"__init__": begin})

    with tempfile.TemporaryDirectory() as folder, _as_on_a_mac():
        work = Path(folder, "build", "headwater")
        work.mkdir(parents=True)
        known: dict[str, Any] = {
            name: kind(name) for name in ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")
        }
        known |= {"SPECPATH": str(spec.parent), "workpath": str(work)}
        exec(compile(spec.read_text(encoding="utf-8"), str(spec), "exec"), known)
    return made


def wrong_with_bundle(made: Mapping[str, Sequence[_Recorder]]) -> list[str]:
    """Return a line for each thing that the recipe should have told PyInstaller and did not."""
    if [len(made.get(name, ())) for name in ("EXE", "COLLECT", "BUNDLE")] != [1, 1, 1]:
        return ["it does not make one program, one folder and one bundle"]
    (program,), (folder,), (bundle,) = made["EXE"], made["COLLECT"], made["BUNDLE"]
    (files,) = (
        one for one in folder.arguments if isinstance(one, list) and one and one[0][2] == "BINARY"
    )
    collected = {name for name, *_ in files}
    claims = {
        "the bundle is named Headwater.app": bundle.named.get("name") == "Headwater.app",
        "the bundle is made of the folder": bundle.arguments == (folder,),
        "its icon is the drawn one": str(bundle.named.get("icon")).endswith("drawn/headwater.icns"),
        "its identifier is ours": bundle.named.get("bundle_identifier") == BUNDLE_ID,
        "its property list is ours": bundle.named.get("info_plist") == property_list(),
        "it opens no terminal": program.named.get("console") is False,
        "nothing is compressed": not program.named.get("upx") and not folder.named.get("upx"),
        "the signature of what is in it stays whole": not folder.named.get("strip"),
        "PyInstaller's own start is kept": len(made["EXE"][0].arguments[1]) == 2,  # type: ignore[arg-type]
    }
    problems = [f"not so: {claim}" for claim, holds in claims.items() if not holds]
    problems += [f"left out: {name}" for name in KEPT if name not in collected]
    return problems + [f"packed: {name}" for name in DROPPED if name in collected]


def wrong_with_property_list(keys: Mapping[str, object]) -> list[str]:
    """Return a line for each key that macOS needs and that is missing or means something else."""
    if plistlib.loads(plistlib.dumps(dict(keys))) != keys:
        return ["it is another one after it was written and read"]
    urls = keys.get("CFBundleURLTypes")
    schemes = [kind.get("CFBundleURLSchemes") for kind in urls] if isinstance(urls, list) else []
    claims = {
        "it names the program": keys.get("CFBundleName") == "Headwater",
        "it names the version": keys.get("CFBundleShortVersionString") == __version__,
        "and for the system as well": keys.get("CFBundleVersion") == __version__,
        "it takes links": schemes == [["headwater"]],
        "it names the oldest system": keys.get("LSMinimumSystemVersion") == OLDEST_MACOS,
        "it is sharp": keys.get("NSHighResolutionCapable") is True,
        "it may be dark": keys.get("NSRequiresAquaSystemAppearance") is False,
        "it has a category": str(keys.get("LSApplicationCategoryType")).startswith(
            "public.app-category."
        ),
        "it says why it pictures the screen": bool(keys.get("NSScreenCaptureUsageDescription")),
        "the version is three numbers": bool(re.fullmatch(r"\d+\.\d+\.\d+", __version__)),
        "the identifier is one": bool(re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", BUNDLE_ID)),
    }
    return [f"not so: {claim}" for claim, holds in claims.items() if not holds]


def wrong_with_entitlements(content: bytes) -> list[str]:
    """Return a line for each exception that is more than needed, and for what codesign refuses."""
    if b"<!--" in content:  # AMFIUnserializeXML: syntax error
        return ["there is a comment, which the system's parser does not know"]
    try:
        keys = plistlib.loads(content)
    except (plistlib.InvalidFileException, ExpatError) as problem:
        return [f"it is no property list: {problem}"]
    problems = [f"more than is needed: {key}" for key in sorted(set(keys) - ALLOWED)]
    problems += [f"missing: {key}" for key in sorted(ALLOWED - set(keys))]
    problems += [f"only `true` is an exception: {key}" for key in keys if keys[key] is not True]
    if FORBIDDEN in keys:
        problems.append("Apple refuses to notarise what lets a debugger in")
    return problems


def wrong_with_icon() -> list[str]:
    """Draw the icon and return a line for each size that cannot be read from it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "headwater.icns")
        draw_icns(resource("icons") / "headwater.svg", path)
        with Image.open(path) as icon:
            found = {width * scale for width, _, scale in icon.info["sizes"]}
            icon.load()
    return [f"no picture of {size} pixels" for size in MAC_SIZES if size not in found]


def wrong_with_wheels(target: str) -> list[str]:
    """Return what uv says if not every distribution of the lock is there for that system.

    Raises:
        SetUpFailedError: uv is missing.
    """
    uv = find_uv()
    if uv is None:
        raise SetUpFailedError("Looking for other systems' wheels needs uv on PATH.")
    environ = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": OLDEST_MACOS}
    with tempfile.TemporaryDirectory() as folder:
        asked = subprocess.run(
            wheels_command(uv, target, Path(folder)),
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
    return [asked.stderr.strip()] if asked.returncode else []


def wheels_command(uv: str, target: str, folder: Path) -> list[str]:
    """Return what looks for wheels and installs none; `target` is uv's word for a system."""
    command = [uv, "pip", "install", "--dry-run", "--target", str(folder)]
    command += ["--python-platform", target, "--python-version", "3.13", "--only-binary", ":all:"]
    return [*command, "--require-hashes", "--requirement", str(APP_LOCK)]


@contextmanager
def _as_on_a_mac() -> Iterator[None]:
    """Be on a Mac, with a PyInstaller that finds no data of other packages."""
    real = sys.platform
    names = ("PyInstaller", "PyInstaller.utils", "PyInstaller.utils.hooks")
    before = {name: sys.modules.get(name) for name in names}
    stand_ins = {name: ModuleType(name) for name in names}
    vars(stand_ins[names[-1]])["collect_data_files"] = lambda *_, **__: []
    sys.modules.update(stand_ins)
    sys.platform = "darwin"
    try:
        yield
    finally:
        sys.platform = real
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
