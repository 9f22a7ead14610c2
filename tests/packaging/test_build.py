"""What the packages are made of, as far as it can be known without building one."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

import build_packages
import dev
import freezing
import frozen_check
import icons
import notices
import set_up
import start
from headwater import __version__
from headwater.adapters.desktop_entry import DesktopEntry
from headwater.adapters.desktop_file import APP_ID, FILE_NAME, values
from headwater.adapters.folders import resource
from headwater.command_line import parse
from linux import appimage, deb, layout, rpm
from windows.version_resource import version_resource

_ICON = resource("icons") / "headwater.svg"


def _pins(lock: Path) -> set[str]:
    return set(
        re.findall(r"^\S+==\S+(?: ; [^\\]+)?", lock.read_text(encoding="utf-8"), re.MULTILINE)
    )


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package's files around a program that is no program."""
    work = tmp_path_factory.mktemp("deb")
    frozen = work / "headwater"
    (frozen / "_internal").mkdir(parents=True)
    (frozen / "headwater").write_bytes(b"the program")
    (frozen / "_internal" / "libQt6Core.so.6").write_bytes(b"a library" * 300)
    (frozen / "_internal" / "link.so").symlink_to("libQt6Core.so.6")
    layout.lay_out(work / "root", frozen, "who wrote what\n")
    return work / "root"


def test_that_the_packages_hold_what_the_programs_own_lock_pins() -> None:
    assert _pins(notices.APP_LOCK) <= _pins(set_up.BUILD_LOCK)


def test_that_the_environment_to_build_with_is_another_one() -> None:
    working, building = (
        set_up.environment_folder(),
        set_up.environment_folder("build", set_up.BUILD_LOCK),
    )
    assert working != building
    assert working.parent == building.parent


def test_that_a_version_beside_the_running_python_is_found_though_its_name_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "shims" / "python3.13"
    real = tmp_path / "versions" / "3.13.0" / "bin" / "python3.13"
    for path, status in ((shim, 127), (real, 0)):
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\nexit {status}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "versions" / "3.11.7"))

    assert dev.other_python((3, 13)) == str(real)
    assert dev.other_python((3, 12)) is None


def test_that_the_build_goes_on_with_the_python_that_packages_are_meant_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    monkeypatch.setattr(dev, "other_python", lambda _: "/there/python3.13")
    monkeypatch.setattr(dev, "become", lambda command, _: started.append(command))

    dev.build(["deb"])

    assert [command[0] for command in started] == ["/there/python3.13"]
    assert started[0][1:] == [str(set_up.ROOT / "packaging" / "dev.py"), "build", "deb"]


def test_that_a_build_with_another_python_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    monkeypatch.setattr(dev, "other_python", lambda _: None)
    monkeypatch.setattr(dev, "prepare_build", lambda _: Path("/made/python"))
    monkeypatch.setattr(dev, "become", lambda command, _: started.append(command))

    dev.build(["wheel"])

    assert "there is no python3.13 here" in capsys.readouterr().err
    packages = str(set_up.ROOT / "packaging" / "build_packages.py")
    assert started == [["/made/python", packages, "wheel"]]


def test_that_a_kind_of_package_that_nobody_makes_is_a_usage_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert build_packages.main(["snap"]) == 2
    assert "build [deb|rpm|appimage|wheel|windows|macos]" in capsys.readouterr().err


def test_that_every_date_in_a_package_is_the_commits(tmp_path: Path) -> None:
    asked = ["git", "log", "-1", "--format=%ct"]
    said = subprocess.run(asked, cwd=set_up.ROOT, capture_output=True, text=True, check=False)
    chosen = build_packages.same_every_time(set_up.ROOT, {"SOURCE_DATE_EPOCH": "7"})
    (tmp_path / "pyproject.toml").touch()

    assert chosen["SOURCE_DATE_EPOCH"] == "7"
    if said.stdout:
        found = build_packages.same_every_time(set_up.ROOT, {})["SOURCE_DATE_EPOCH"]
        assert found == said.stdout.strip()
    assert int(build_packages.same_every_time(tmp_path, {})["SOURCE_DATE_EPOCH"]) > 0


def test_that_a_wheel_has_to_hold_every_module_picture_and_recording() -> None:
    names = build_packages.files_of_package(set_up.ROOT)

    assert {
        "headwater/__main__.py",
        "headwater/ui/quick_ask/quick_window.py",
        "headwater/resources/icons/headwater.svg",
        "headwater/resources/demo/1-cap-theorem.json",
    } <= names
    assert not [name for name in names if name.endswith(".pyc")]


def test_that_the_libraries_of_this_system_are_told_from_those_of_the_wheels() -> None:
    collected = "libssl.so.3\t/lib/x/libssl.so.3\nPySide6/a.so\t/home/env/lib/PySide6/a.so\n"

    assert build_packages.libraries_of_system(collected) == [Path("/lib/x/libssl.so.3")]


def test_that_the_files_lie_where_a_distribution_expects_them(laid_out: Path) -> None:
    files = {path.relative_to(laid_out).as_posix() for path in laid_out.rglob("*")}

    assert {
        "usr/lib/headwater/headwater",
        "usr/bin/headwater",
        f"usr/share/applications/{FILE_NAME}",
        f"usr/share/metainfo/{APP_ID}.metainfo.xml",
        f"usr/share/icons/hicolor/scalable/apps/{APP_ID}.svg",
        "usr/share/doc/headwater/copyright",
        "usr/share/man/man1/headwater.1.gz",
        *(f"usr/share/icons/hicolor/{n}x{n}/apps/{APP_ID}.png" for n in icons.LINUX_SIZES),
    } <= files
    program = laid_out / "usr/bin/headwater"
    assert program.resolve() == (laid_out / "usr/lib/headwater/headwater").resolve()
    assert not program.readlink().is_absolute()
    assert (laid_out / "usr/lib/headwater/_internal/link.so").is_symlink()


def test_that_only_the_program_is_executable_and_all_is_readable(laid_out: Path) -> None:
    (laid_out / "usr/lib/headwater/headwater").chmod(0o600)
    layout.settle_modes(laid_out)
    modes = {
        path.relative_to(laid_out).as_posix(): path.stat().st_mode & 0o777
        for path in laid_out.rglob("*")
        if path.is_file() and not path.is_symlink()
    }

    assert [name for name, mode in modes.items() if mode == 0o755] == [
        "usr/lib/headwater/headwater"
    ]
    assert set(modes.values()) == {0o755, 0o644}


def test_that_an_icon_has_the_size_it_is_filed_under_and_is_no_empty_picture(
    laid_out: Path,
) -> None:
    from PySide6.QtGui import QImage

    for size in icons.LINUX_SIZES:
        name = f"usr/share/icons/hicolor/{size}x{size}/apps/{APP_ID}.png"
        image = QImage(str(laid_out / name))
        assert (image.width(), image.height()) == (size, size)
        assert image.pixelColor(size // 2, size // 4).alpha() == 255
        assert image.pixelColor(0, 0).alpha() < 128


def test_that_the_menu_entry_is_the_one_the_program_writes_itself(laid_out: Path) -> None:
    path = laid_out / "usr/share/applications" / FILE_NAME
    judged = subprocess.run(
        ["desktop-file-validate", str(path)], capture_output=True, text=True, check=False
    )
    said = values(path.read_text(encoding="utf-8"))

    assert path.read_text(encoding="utf-8") == DesktopEntry(("headwater",), _ICON, {}).text()
    assert (judged.returncode, judged.stdout) == (0, "")
    assert said["Exec"] == "headwater %U"
    assert said["MimeType"] == "x-scheme-handler/headwater;"


def test_that_the_catalogues_own_judge_accepts_the_description() -> None:
    judged = subprocess.run(
        ["appstreamcli", "validate", "--no-net", str(layout.METAINFO)],
        capture_output=True,
        text=True,
        check=False,
    )

    found = [line for line in judged.stdout.splitlines() if line.startswith(("E:", "W:"))]
    assert "app.headwater.Headwater" in judged.stdout
    # A newer judge warns that there is no home page, which is so.
    assert [line for line in found if "url-homepage-missing" not in line] == []


def test_that_the_description_and_the_menu_entry_speak_of_the_same_program() -> None:
    said = ET.parse(layout.METAINFO).getroot()
    entry = values(DesktopEntry(("headwater",), _ICON, {}).text())

    assert said.findtext("id") == APP_ID
    assert said.findtext("launchable") == FILE_NAME
    assert said.findtext("name") == entry["Name"]
    assert said.findtext("summary") == entry["Comment"]
    assert said.findtext("icon") == entry["Icon"]
    assert f"{said.findtext('provides/mediatype')};" == entry["MimeType"]


def test_that_the_control_file_says_what_dpkg_reads() -> None:
    text = deb.control_text("1.2.3", "arm64", 77, ["libc6 (>= 2.36)", "libegl1"])
    fields = dict(re.findall(r"^([A-Z][\w-]+): (.*)$", text, re.MULTILINE))

    assert fields["Package"] == "headwater"
    assert (fields["Version"], fields["Architecture"]) == ("1.2.3", "arm64")
    assert fields["Installed-Size"] == "77"
    assert fields["Depends"] == "libc6 (>= 2.36), libegl1"
    assert "gnome-keyring" in fields["Recommends"]
    assert text.endswith("\n")
    assert [line for line in text.splitlines() if not line or len(line) > 200] == []


def test_that_a_package_is_named_once_for_all_its_libraries() -> None:
    needed = {"libc.so.6", "libm.so.6", "libxcb.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0"}

    assert deb.depends_of(needed, "2.36") == ["libc6 (>= 2.36)", "libglib2.0-0", "libxcb1"]


def test_that_a_library_of_no_known_package_stops_the_build() -> None:
    with pytest.raises(set_up.SetUpFailedError, match=r"does not know: libnew\.so\.1$"):
        deb.depends_of({"libc.so.6", "libnew.so.1"}, "2.36")


def test_that_what_a_library_asks_for_is_read_from_the_library(tmp_path: Path) -> None:
    import shiboken6

    wheel = Path(shiboken6.__file__).parent
    for path in wheel.glob("*.so*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "text.so").write_text("not a library")
    needed, glibc = freezing.asked_for(tmp_path)

    assert "libc.so.6" in needed
    assert not [name for name in needed if name.startswith("libshiboken6")]
    assert re.fullmatch(r"2\.\d+", glibc)


def test_that_a_folder_of_the_building_machine_is_told_from_one_beside_the_library() -> None:
    headers = "  NEEDED      libz.so.1\n  RUNPATH     $ORIGIN/../lib:/home/me/lib\n  RPATH  /b\n"

    assert freezing.foreign_folders(headers) == ["/home/me/lib", "/b"]
    assert freezing.foreign_folders("  RUNPATH     $ORIGIN/../../lib\n") == []


def test_that_dpkg_can_verify_every_installed_file(laid_out: Path) -> None:
    sums = deb.md5sums(laid_out).splitlines()

    assert all(re.fullmatch(r"[0-9a-f]{32}  usr/\S+", line) for line in sums)
    assert len(sums) == sum(p.is_file() and not p.is_symlink() for p in laid_out.rglob("*"))


def test_that_the_installed_size_counts_started_kibibytes(tmp_path: Path) -> None:
    (tmp_path / "DEBIAN").mkdir()
    (tmp_path / "DEBIAN" / "control").write_bytes(b"x" * 9000)
    (tmp_path / "a").write_bytes(b"x" * 1025)
    (tmp_path / "b").symlink_to("a")

    assert deb.installed_size(tmp_path) == 3


def test_that_the_notices_name_everything_that_is_locked() -> None:
    text = notices.notices(["pytest"])
    names = notices.names_in(notices.APP_LOCK.read_text(encoding="utf-8"))
    titles = {
        re.sub(r"[-_.]+", "-", title.partition(" ")[0]).lower()
        for title in re.findall(r"^-{80}\n(.+)\n-{80}$", text, re.MULTILINE)
    }

    assert len(names) > 15
    assert set(names) <= titles
    assert {"headwater", "lucide", "pytest", "python"} <= titles


def test_that_the_notices_say_how_to_get_and_replace_qt() -> None:
    text = notices.notices()

    assert text.count(notices.QT_NOTICE.strip()) == len(notices.OF_QT)
    assert "download.qt.io" in notices.QT_NOTICE
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text
    assert "GNU GENERAL PUBLIC LICENSE" in text


def test_that_the_notices_for_windows_are_those_of_what_is_frozen_there(tmp_path: Path) -> None:
    lock = notices.APP_LOCK.read_text(encoding="utf-8")
    markers = {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"}
    names = notices.names_in(lock, markers)
    for name in names:
        paper = tmp_path / f"{name.replace('-', '_')}-9.9.dist-info"
        paper.mkdir()
        (paper / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 9.9\n")
        (paper / "LICENSE").write_text(f"the terms of {name}")
        (paper / "RECORD").write_text(f"{paper.name}/LICENSE,,\n")
    (tmp_path / "python").write_text("Python for Windows, its terms")
    (tmp_path / "more").write_text("and of what is in it")
    target = notices.Target(tmp_path, markers, tmp_path / "python")

    text = notices.notices(target=target, texts={"More": tmp_path / "more"})

    assert "pywin32-ctypes" in names
    assert "secretstorage" not in names
    assert "the terms of pywin32-ctypes" in text
    assert "Python for Windows, its terms" in text
    assert "and of what is in it" in text
    gone = tmp_path / "pywin32_ctypes-9.9.dist-info"
    gone.rename(tmp_path / "gone")
    with pytest.raises(set_up.SetUpFailedError, match="pywin32-ctypes"):
        notices.notices(target=target)


def test_that_a_lock_is_read_for_this_system_alone() -> None:
    lock = (
        "anyio==4.16.0 \\\n    --hash=sha256:00\n    # via httpx\n"
        "pywin32-ctypes==0.2.3 ; sys_platform == 'never' \\\n    --hash=sha256:00\n"
        "jeepney==0.9.0 ; sys_platform != 'never' \\\n    --hash=sha256:00\n"
    )

    assert notices.names_in(lock) == ["anyio", "jeepney"]


@pytest.mark.parametrize(
    ("platform", "backend"), [("linux", "SecretService"), ("win32", "Windows")]
)
def test_that_what_a_frozen_program_lacks_is_told_by_name(platform: str, backend: str) -> None:
    whole: dict[str, object] = {
        **{kind: sorted(needed) for kind, needed in frozen_check.NEEDED[platform].items()},
        "lexers": 600,
        "authorities": 117,
        "inherited": [],
        "output": "utf-8",
    }

    def missing(**changes: object) -> list[str]:
        return frozen_check.missing_of({**whole, **changes}, platform)

    assert missing() == []
    without = missing(lexers=3, keyrings=["keyring.backends.chainer"])
    assert f"missing in keyrings: keyring.backends.{backend}" in without
    assert "too few lexers: 3" in without
    assert len(frozen_check.missing_of({}, platform)) > 15
    leaking = missing(inherited=["QT_PLUGIN_PATH"])
    assert leaking == ["programs that it starts would inherit: ['QT_PLUGIN_PATH']"]
    assert missing(output="cp1252") == ["what it writes to other programs is in cp1252"]


def test_that_an_empty_answer_of_the_demo_is_noticed() -> None:
    good = "\n".join(json.dumps(line) for line in ({"text": "zstd is"}, {"status": "complete"}))

    assert frozen_check.wrong_with_answer(good) == []
    assert frozen_check.wrong_with_answer('{"text": ""}') != []
    assert frozen_check.wrong_with_answer("") != []


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"LD_LIBRARY_PATH": "ours"}, {}),
        (
            {"LD_LIBRARY_PATH": "ours:theirs", "LD_LIBRARY_PATH_ORIG": "theirs"},
            {"LD_LIBRARY_PATH": "theirs"},
        ),
        ({}, {}),
    ],
)
def test_that_a_browser_does_not_load_the_libraries_of_the_frozen_program(
    given: dict[str, str], left: dict[str, str]
) -> None:
    start.give_back(given)

    assert given == left


@pytest.mark.parametrize(
    ("there", "environ", "loaded"),
    [
        ({"libxkbcommon-x11.so.0"}, {}, ["libxkbcommon-x11.so.0"]),
        (set(), {}, ["spare/libxkbcommon.so.0", "spare/libxkbcommon-x11.so.0"]),
        ({"libxkbcommon.so.0"}, {"WAYLAND_DISPLAY": "wayland-0"}, ["libxkbcommon.so.0"]),
        ({"libxkbcommon.so.0"}, {}, ["spare/libxkbcommon.so.0", "spare/libxkbcommon-x11.so.0"]),
        (
            set(),
            {"WAYLAND_DISPLAY": "a"},
            ["spare/libxkbcommon.so.0", "spare/libxkbcommon-x11.so.0"],
        ),
    ],
)
def test_that_an_appimage_lends_its_keyboard_libraries_only_to_who_has_none(
    there: set[str], environ: dict[str, str], loaded: list[str]
) -> None:
    done: list[str] = []

    def load(name: str) -> None:
        if not name.startswith("spare/") and name not in there:
            raise OSError(name)
        done.append(name)

    start.lend(Path("spare"), environ, load)

    assert done == loaded


def test_that_the_frozen_program_is_asked_without_this_source_tree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", "here")
    monkeypatch.setenv("DISPLAY", ":7")
    with frozen_check.elsewhere() as environ:
        assert {"PYTHONPATH", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS"}.isdisjoint(environ)
        assert Path(environ["HOME"]).is_dir()
    assert not Path(environ["HOME"]).exists()


def test_that_the_spec_freezes_the_resources_where_the_program_looks_for_them() -> None:
    spec = (set_up.ROOT / "packaging" / "headwater.spec").read_text(encoding="utf-8")
    datas = next(
        ast.unparse(node.value)
        for node in ast.walk(ast.parse(spec))
        if isinstance(node, ast.keyword) and node.arg == "datas"
    )

    assert "'headwater/resources'" in datas


def test_that_the_spec_keeps_what_a_desktop_needs_and_drops_what_it_does_not() -> None:
    tree = ast.parse((set_up.ROOT / "packaging" / "headwater.spec").read_text(encoding="utf-8"))
    patterns = {
        node.targets[0].id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    dropped = eval(patterns["NOT_SHIPPED"], {"re": re})
    plugins = "PySide6/Qt/plugins"
    needed = [
        *(f"{plugins}/{name}.so" for name in frozen_check.NEEDED["linux"]["plugins"]),
        *(f"PySide6/plugins/{name}.dll" for name in frozen_check.NEEDED["win32"]["plugins"]),
    ]

    assert [name for name in needed if dropped.search(name)] == []
    for name in (
        f"{plugins}/platformthemes/libqgtk3.so",
        f"{plugins}/platforms/libqeglfs.so",
        "PySide6/Qt/translations/qt_de.qm",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt6Quick.dll",
        "PySide6/opengl32sw.dll",
        "keyring-25.7.0.dist-info/RECORD",
        "PySide6/plugins/platforms/qdirect2d.dll",
        "PySide6/Qt/lib/QtQml.framework/Versions/A/QtQml",
        "libQt6Qml.so.6",
    ):
        assert dropped.search(name), name


def test_that_the_version_is_the_same_wherever_it_is_written() -> None:
    described = (set_up.ROOT / "pyproject.toml").read_text(encoding="utf-8")

    assert f'\nversion = "{__version__}"\n' in described


def test_that_a_tool_of_the_build_is_told_from_what_the_program_needs() -> None:
    assert freezing.foreign_modules(["headwater", "json", "httpx", "PySide6"]) == set()
    assert freezing.foreign_modules(["PIL", "httpx", "pytest"]) == {"PIL", "pytest"}


def test_that_an_rpm_asks_for_libraries_by_the_names_all_such_systems_give_them() -> None:
    said = rpm.requirements({"libxcb.so.1", "libc.so.6", "ld-linux-x86-64.so.2"}, "2.36")

    assert said == ["libc.so.6()(64bit)", "libc.so.6(GLIBC_2.36)(64bit)", "libxcb.so.1()(64bit)"]


def test_that_an_rpm_owns_its_folders_and_no_folder_of_the_system(laid_out: Path) -> None:
    described = rpm.package_description(laid_out, "1.2.3", "2026-01-31T12:00:00Z", [])
    entries = described["contents"]
    assert isinstance(entries, list)
    kinds = {entry["dst"]: entry.get("type", "file") for entry in entries}

    assert [place for place, kind in kinds.items() if kind == "dir"] == [
        "/usr/lib/headwater",
        "/usr/lib/headwater/_internal",
        "/usr/share/doc/headwater",
    ]
    assert kinds["/usr/bin/headwater"] == "symlink"
    assert kinds["/usr/share/doc/headwater/copyright"] == "licence"
    assert "/usr/lib/headwater/headwater" in kinds


def test_that_an_appimage_starts_the_program_and_shows_its_icon(
    laid_out: Path, tmp_path: Path
) -> None:
    library = tmp_path / "libxcb-cursor.so.0.0.0"
    library.write_bytes(b"a library")
    libraries = dict.fromkeys(("libxcb-cursor.so.0", "libxkbcommon.so.0"), library)
    root = tmp_path / "AppDir"
    appimage.lay_out_appdir(root, laid_out / "usr/lib/headwater", libraries, "who wrote what\n")

    assert (root / "AppRun").read_bytes() == b"the program"
    assert (root / FILE_NAME).read_text(encoding="utf-8").startswith("[Desktop Entry]")
    assert (root / ".DirIcon").read_bytes().startswith(b"\x89PNG")
    assert (root / f"{APP_ID}.png").is_file()
    inside = root / "usr/lib/headwater/_internal"
    assert (inside / "libxcb-cursor.so.0").read_bytes() == b"a library"
    assert (inside / "spare/libxkbcommon.so.0").read_bytes() == b"a library"
    assert not (inside / "libxkbcommon.so.0").exists()
    assert not [p for p in root.rglob("*") if p.is_symlink() and p.readlink().is_absolute()]


def test_that_an_appimage_has_no_other_runtime_than_the_official_one(tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    runtime.write_bytes(b"home-made")

    with pytest.raises(set_up.SetUpFailedError, match="not the runtime"):
        appimage.assemble(runtime, runtime, "1.2.3", tmp_path)


def test_that_an_appimage_brings_what_not_every_desktop_has() -> None:
    brought = {
        "libxcb-cursor.so.0",
        "libxcb-xkb.so.1",
        "libxkbcommon.so.0",
        "libxkbcommon-x11.so.0",
        "libwayland-cursor.so.0",
        "libwayland-egl.so.1",
    }
    of_every_desktop = {
        "libxcb.so.1",
        "libGL.so.1",
        "libX11.so.6",
        "libc.so.6",
        "libxcb-glx.so.0",
        "libwayland-client.so.0",
    }

    assert {n for n in brought | of_every_desktop if appimage.BUNDLED.match(n)} == brought


def test_that_icons_of_windows_and_mac_hold_every_size(tmp_path: Path) -> None:
    icons.draw_ico(_ICON, tmp_path / "a.ico")
    icons.draw_icns(_ICON, tmp_path / "a.icns")

    with Image.open(tmp_path / "a.ico") as ico, Image.open(tmp_path / "a.icns") as icns:
        assert {width for width, _ in ico.info["sizes"]} == set(icons.WINDOWS_SIZES)
        assert {size * scale for size, _, scale in icns.info["sizes"]} >= {32, 64, 256, 512, 1024}


def test_that_windows_is_told_the_version_in_four_numbers() -> None:
    text = version_resource("1.20.3")

    assert "filevers=(1, 20, 3, 0), prodvers=(1, 20, 3, 0)" in text
    assert 'StringStruct("FileVersion", "1.20.3")' in text


def test_that_the_manual_page_names_every_option_and_command_of_the_window(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = layout.MANUAL.read_text(encoding="utf-8").replace("\\-", "-")
    with pytest.raises(SystemExit):
        parse(["--help"])
    said = capsys.readouterr().out
    options = set(re.findall(r"--[a-z-]+", said))
    commands = set(re.findall(r"^    ([a-z]+) ", said, re.MULTILINE))

    assert options
    assert commands
    assert {name for name in options | commands if name not in page} == set()
