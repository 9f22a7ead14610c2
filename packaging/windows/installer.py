"""The installer for Windows, made by NSIS from `installer.nsi` and a list of every single file.

What is not on the list is not removed: whoever installs into a folder with other things in it keeps
them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from PIL import Image

from command import said
from headwater.adapters.folders import resource
from icons import draw
from set_up import ROOT, SetUpFailedError
from windows.version_resource import numbers_of

SIDE = (164, 314)  # pixels, which MUI stretches with the scaling of the screen
SCRIPT = Path(__file__).with_name("installer.nsi")
_PLACES = ("ProgramFiles(x86)", "ProgramFiles")


def make_installer(
    folder: Path, icon: Path, version: str, out: Path, work: Path, *, signs: bool
) -> Path:
    """Pack all that is in `folder`; return the installer's path in `out`.

    With `signs` the uninstaller in it is signed with the certificate of the environment.

    Raises:
        SetUpFailedError: NSIS is missing or failed.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [PurePosixPath(path.relative_to(folder).as_posix()) for path in files]
    lists = work / "files.nsh"
    lists.write_text(file_lists(folder, names), encoding="utf-8")
    side = work / "side.bmp"
    draw_side(side)
    size = sum(path.stat().st_size for path in files)
    made = out / f"Headwater-{version}-setup.exe"
    out.mkdir(parents=True, exist_ok=True)
    made.unlink(missing_ok=True)
    given = {
        "VERSION": version,
        "NUMBERS": ".".join(str(number) for number in numbers_of(version)),
        "KIBIBYTES": str(-(-size // 1024)),
        "ICON": str(icon),
        "SIDE": str(side),
        "LISTS": str(lists),
        "OUT": str(made),
    }
    environ = dict(os.environ)
    if signs:
        given["SIGN"] = f'"{sys.executable}" -m windows.signing'
        places = [str(ROOT / "packaging"), environ.get("PYTHONPATH", "")]
        environ["PYTHONPATH"] = os.pathsep.join(place for place in places if place)
    defines = [f"-D{name}={value}" for name, value in given.items()]
    said([find_makensis(), "-V2", "-WX", "-INPUTCHARSET", "UTF8", *defines, str(SCRIPT)], environ)
    return made


def draw_side(path: Path) -> None:
    """Write the picture at the side of the last page: our icon, in the place of NSIS' own."""
    picture = draw(resource("icons") / "headwater.svg", SIDE[0] // 2)
    side = Image.new("RGB", SIDE, "white")
    side.paste(picture, (SIDE[0] // 4, SIDE[0] // 4), picture)
    side.save(path)


def file_lists(folder: Path, names: Iterable[PurePosixPath]) -> str:
    """Return the macros that put every file into its place and take it away again."""
    names = sorted(names)
    parents = sorted({name.parent for name in names})
    put = []
    for parent in parents:
        put.append(f'SetOutPath "{_installed(parent)}"')
        put += [f'File "{folder / name}"' for name in names if name.parent == parent]
    take = [f'Delete "{_installed(name)}"' for name in names]
    # A folder goes after those within it, and only when it is empty.
    all_folders = {folder for parent in parents for folder in (parent, *parent.parents)}
    within = sorted(all_folders - {PurePosixPath()}, reverse=True)
    take += [f'RMDir "{_installed(folder)}"' for folder in within]
    return _macro("InstallFiles", put) + _macro("RemoveFiles", take)


def find_makensis(environ: Mapping[str, str] = os.environ) -> str:
    """Return the path of NSIS' compiler, from PATH or from where its installer puts it.

    Raises:
        SetUpFailedError: it is not there.
    """
    if found := shutil.which("makensis", path=environ.get("PATH")):
        return found
    for place in _PLACES:
        path = Path(environ.get(place, "")) / "NSIS" / "makensis.exe"
        if place in environ and path.is_file():
            return str(path)
    raise SetUpFailedError("The installer is made by NSIS; to install it, see nsis.sourceforge.io.")


def _macro(name: str, lines: Iterable[str]) -> str:
    return "\n".join((f"!macro {name}", *(f"  {line}" for line in lines), "!macroend", ""))


def _installed(name: PurePosixPath) -> str:
    return "\\".join(("$INSTDIR", *(_escaped(part) for part in name.parts)))


def _escaped(text: str) -> str:
    """Return a text between quotes as NSIS reads it; in no file name of Windows is a quote."""
    return text.replace("$", "$$")
