"""What would be done on a Mac. There is none here: its programs are played by small scripts."""

from __future__ import annotations

import base64
import json
import os
import platform
import plistlib
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import freezing
import set_up
from headwater import __version__
from icons import MAC_SIZES
from macos import contents, disk_image, notary, packages, signing, try_packages
from macos.property_list import property_list
from set_up import SetUpFailedError

_CERTIFICATE = {
    "HEADWATER_MAC_CERTIFICATE": base64.encodebytes(b"a certificate" * 20).decode(),
    "HEADWATER_MAC_CERTIFICATE_PASSWORD": 'pass "word" \\',
}
_NOTARY = {
    "HEADWATER_MAC_NOTARY_KEY": "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----",
    "HEADWATER_MAC_NOTARY_KEY_ID": "ABC123DEFG",
    "HEADWATER_MAC_NOTARY_ISSUER": "5a3c0d0e-0000-0000-0000-000000000000",
}
_HASH = "0123456789ABCDEF0123456789ABCDEF01234567"
_FOUND = (
    f'  1) {_HASH} "Developer ID Application: Somebody (TEAM)"\n     1 valid identities found\n'
)
_MACH_O = b"\xcf\xfa\xed\xfe and what follows"


def _bundle(folder: Path) -> Path:
    """Make a bundle as PyInstaller lays it out, with code that is none."""
    app = folder / "Headwater.app"
    framework = "Contents/Frameworks/PySide6/Qt/lib/QtCore.framework"
    files = {
        "Contents/MacOS/headwater": _MACH_O,
        "Contents/Frameworks/libssl.3.dylib": b"\xca\xfe\xba\xbe of two kinds",
        "Contents/Frameworks/PySide6/QtCore.abi3.so": _MACH_O,
        f"{framework}/Versions/A/QtCore": _MACH_O,
        f"{framework}/Versions/A/Resources/Info.plist": b"<plist/>",
        "Contents/Resources/headwater/resources/icons/menu.svg": b"<svg/>",
        "Contents/Info.plist": b"<plist/>",
    }
    for name, content in files.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_bytes(content)
    (app / framework / "Versions/Current").symlink_to("A")
    (app / framework / "QtCore").symlink_to("Versions/Current/QtCore")
    (app / "Contents/Resources/libssl.3.dylib").symlink_to("../Frameworks/libssl.3.dylib")
    return app


def _whole() -> dict[str, object]:
    """Return what a frozen program that lacks nothing tells about itself."""
    needed = {kind: sorted(names) for kind, names in contents.NEEDED.items()}
    return {**needed, "lexers": 600, "authorities": 117}


class _Mac:
    """A folder on PATH with the programs of a Mac, which note how they were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mac"
        self.folder.mkdir()
        self.calls = folder / "calls"
        self.told = folder / "told"
        self.environ = folder / "environ"
        self.has("security", f"case $1 in list-keychains) echo '    \"/u/login.keychain-db\"';; "
                 f"find-identity) cat {folder}/identities;; -i) ls -l {folder}/*/certificate.p12 "
                 f">> {folder}/modes; cat >> {self.told};; esac")  # fmt: skip
        (folder / "identities").write_text(_FOUND, encoding="utf-8")
        self.has("codesign", f"env > {self.environ}")
        self.has("hdiutil", 'for last; do :; done; echo image > "$last"')
        self.has("spctl", ":")
        self.verdict("Accepted")

    def has(self, name: str, script: str) -> None:
        program = self.folder / name
        note = f'printf "%s" {name} >> {self.calls}; printf " %s" "$@" >> {self.calls}'
        program.write_text(f"#!/bin/sh\n{note}; echo >> {self.calls}\n{script}\n", encoding="utf-8")
        program.chmod(0o755)

    def verdict(self, status: str) -> None:
        answer = shlex.quote(json.dumps({"id": "the-id", "status": status}))
        self.has("xcrun", f'case "$2" in submit) echo {answer};; log) echo "no timestamp";; esac')

    def called(self, beginning: str = "") -> list[str]:
        lines = self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []
        return [line for line in lines if line.startswith(beginning)]


@pytest.fixture
def mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Mac:
    made = _Mac(tmp_path)
    monkeypatch.setenv("PATH", str(made.folder), prepend=os.pathsep)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    for name in (*_CERTIFICATE, *_NOTARY):
        monkeypatch.delenv(name, raising=False)
    return made


@pytest.fixture
def make(mac: _Mac, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Path]]:
    """Return what makes the packages, around a bundle that was not frozen."""

    def freeze(work: Path) -> Path:
        _bundle(work / "frozen")
        return work / "frozen" / "headwater"

    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(packages, "freeze", freeze)
    monkeypatch.setattr(packages, "notices", lambda tools: f"licences of {tools}")
    monkeypatch.setattr(packages, "check_contents", lambda app, version: None)
    return lambda: packages.make_mac_packages(tmp_path / "dist", tmp_path / "work")


def test_that_elsewhere_no_package_for_a_mac_is_made(tmp_path: Path) -> None:
    with pytest.raises(SetUpFailedError, match="built on a Mac"):
        packages.make_mac_packages(tmp_path, tmp_path)


def test_that_without_secrets_a_disk_image_is_made_and_said_to_be_unsigned(
    mac: _Mac, make: Callable[[], list[Path]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    made = make()
    said = capsys.readouterr().err
    inside = tmp_path / "work/image"

    assert made == [tmp_path / "dist" / f"Headwater-{__version__}-arm64.dmg"]
    assert made[0].is_file()
    assert "is not signed" in said
    assert "is not notarised" in said
    assert mac.called("security") == mac.called("xcrun") == mac.called("spctl") == []
    signed = mac.called("codesign --force")
    assert len(signed) == 5
    assert all(" --sign - " in line for line in signed)
    assert not any("runtime" in line or "entitlements" in line for line in signed)
    assert (inside / "Applications").readlink() == Path("/Applications")
    text = (inside / "Headwater.app" / packages.LICENCES).read_text(encoding="utf-8")
    assert text == "licences of ['pyinstaller']"


def test_that_with_all_secrets_everything_is_signed_and_apple_is_asked(
    mac: _Mac, make: Callable[[], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**_CERTIFICATE, **_NOTARY}.items():
        monkeypatch.setenv(name, value)
    (made,) = make()
    calls = mac.called()
    signed = [line for line in calls if line.startswith("codesign --force")]

    assert len(signed) == 6
    assert all(f" --sign {_HASH} --keychain " in line for line in signed)
    assert all(" --options runtime --timestamp" in line for line in signed)
    assert [line.endswith("Headwater.app") for line in signed if "--entitlements" in line] == [True]
    assert signed[-1].endswith(made.name)
    names = [" ".join(line.split()[:3]) for line in calls]
    order = [
        names.index("security -i"),
        names.index("security find-identity -v"),
        names.index("codesign --force --sign"),
        names.index("codesign --verify --deep"),
        names.index("hdiutil create -volname"),
        calls.index(signed[-1]),
        next(index for index, name in enumerate(names) if name.startswith("security delete")),
        names.index("xcrun notarytool submit"),
        names.index("xcrun stapler staple"),
        names.index("xcrun stapler validate"),
        names.index("spctl --assess --type"),
    ]
    assert order == sorted(order)


def test_that_no_secret_is_an_argument_or_in_the_environment_or_left_in_a_file(
    mac: _Mac, make: Callable[[], list[Path]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {**_CERTIFICATE, **_NOTARY}.items():
        monkeypatch.setenv(name, value)
    before = set(tmp_path.iterdir())
    make()
    password = _CERTIFICATE["HEADWATER_MAC_CERTIFICATE_PASSWORD"]
    shown = "\n".join(mac.called()) + mac.environ.read_text(encoding="utf-8")

    assert "HEADWATER_MAC" not in shown
    assert password not in shown
    assert "PRIVATE KEY" not in shown
    told = [shlex.split(line) for line in mac.told.read_text(encoding="utf-8").splitlines()]
    assert [line[line.index("-P") + 1] for line in told if line[0] == "import"] == [password]
    modes = (tmp_path / "modes").read_text(encoding="utf-8")
    assert modes.startswith("-rw-------")
    left = {path.name for path in set(tmp_path.iterdir()) - before}
    assert left == {"calls", "told", "modes", "environ", "dist", "work"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"HEADWATER_MAC_CERTIFICATE": "YQ=="}, "HEADWATER_MAC_CERTIFICATE_PASSWORD"),
        ({**_CERTIFICATE, "HEADWATER_MAC_NOTARY_KEY_ID": "a"}, "KEY, HEADWATER_MAC_NOTARY_ISSUER"),
        (_NOTARY, "HEADWATER_MAC_CERTIFICATE is missing"),
        ({**_CERTIFICATE, "HEADWATER_MAC_CERTIFICATE": "not base64!"}, "is not in base64"),
        ({**_CERTIFICATE, "HEADWATER_MAC_CERTIFICATE_PASSWORD": "a\nb"}, "cannot be typed"),
    ],
)
def test_that_half_of_what_is_needed_ends_it_without_repeating_it(
    mac: _Mac,
    make: Callable[[], list[Path]],
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    said: str,
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SetUpFailedError) as caught:
        make()

    assert said in str(caught.value)
    assert not any(value in str(caught.value) for value in given.values() if len(value) > 1)
    assert mac.called("codesign") == []


def test_that_what_github_gives_for_a_secret_that_is_not_there_counts_as_none() -> None:
    environ = dict.fromkeys((*_CERTIFICATE, *_NOTARY), "")

    assert signing.Certificate.taken_from(environ) is None
    assert notary.NotaryKey.taken_from(environ) is None
    assert environ == {}


@pytest.mark.parametrize(
    "found", ["     0 valid identities found\n", _FOUND + _FOUND.replace("0123", "9999")]
)
def test_that_a_certificate_that_cannot_sign_ends_it_and_leaves_no_keychain(
    mac: _Mac,
    make: Callable[[], list[Path]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    found: str,
) -> None:
    (tmp_path / "identities").write_text(found, encoding="utf-8")
    for name, value in _CERTIFICATE.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SetUpFailedError, match="certificates to sign with, and not one"):
        make()
    assert len(mac.called("security delete-keychain")) == 1
    assert mac.called("codesign") == []


def test_that_the_keychains_that_were_searched_stay_in_the_list(tmp_path: Path) -> None:
    listed = '    "/Users/a b/login.keychain-db"\n    "/Library/System.keychain"\n'
    searched = signing.keychains_in(listed)
    orders = signing.keychain_orders(Path("/t/k"), "secret", Path("/t/c"), "pass", searched)
    first, *_, last = [shlex.split(line) for line in orders.splitlines()]

    assert searched == ["/Users/a b/login.keychain-db", "/Library/System.keychain"]
    assert first == ["create-keychain", "-p", "secret", "/t/k"]
    assert last == ["list-keychains", "-d", "user", "-s", "/t/k", *searched]


def test_that_what_is_inside_is_signed_before_what_is_around_it(tmp_path: Path) -> None:
    app = _bundle(tmp_path)
    order = [path.relative_to(app).as_posix() for path in signing.signing_order(app)]
    framework = "Contents/Frameworks/PySide6/Qt/lib/QtCore.framework"

    assert order == [
        f"{framework}/Versions/A/QtCore",
        framework,
        "Contents/Frameworks/PySide6/QtCore.abi3.so",
        "Contents/Frameworks/libssl.3.dylib",
        ".",
    ]


def test_that_a_volume_that_is_still_looked_at_is_waited_for(
    mac: _Mac, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    busy = 'echo "hdiutil: create failed - Resource busy" >&2; exit 1'
    mac.has("hdiutil", f"[ $(wc -l < {mac.calls}) -lt 3 ] && {{ {busy}; }}; exit 0")
    disk_image.make_image(_bundle(tmp_path), tmp_path / "a.dmg", tmp_path / "one")
    assert len(mac.called("hdiutil")) == 3
    assert waits == sorted(waits)
    assert len(waits) == 2

    mac.calls.unlink()
    mac.has("hdiutil", busy)
    with pytest.raises(SetUpFailedError, match="Resource busy"):
        disk_image.make_image(_bundle(tmp_path), tmp_path / "a.dmg", tmp_path / "two")
    assert len(mac.called("hdiutil")) == disk_image.ATTEMPTS

    mac.calls.unlink()
    mac.has("hdiutil", 'echo "No space left on device" >&2; exit 1')
    with pytest.raises(SetUpFailedError, match="No space left"):
        disk_image.make_image(_bundle(tmp_path), tmp_path / "a.dmg", tmp_path / "three")
    assert len(mac.called("hdiutil")) == 1


def test_that_a_refusal_is_told_with_apples_reasons_and_nothing_is_fastened(
    mac: _Mac, tmp_path: Path
) -> None:
    mac.verdict("Invalid")

    with pytest.raises(SetUpFailedError, match="no timestamp"):
        notary.notarise(tmp_path / "a.dmg", notary.NotaryKey("text", "id", "issuer"))
    assert mac.called("xcrun notarytool log the-id")
    assert mac.called("xcrun stapler") == []


@pytest.mark.parametrize(
    ("verdict", "refused"),
    [
        ('{"id": "a", "status": "Accepted"}', None),
        ('{"id": "a", "status": "Invalid"}', "a"),
        ('{"status": "Rejected"}', ""),
        ("Error: HTTP status code: 401", ""),
        ('"Accepted"', ""),
    ],
)
def test_that_only_what_apple_accepted_is_accepted(verdict: str, refused: str | None) -> None:
    assert notary.refused_submission(verdict) == refused


def test_that_a_program_that_ends_at_once_has_opened_no_window() -> None:
    ends = [sys.executable, "-c", "raise SystemExit('no cocoa')"]
    stays = [sys.executable, "-c", "import time; time.sleep(60)"]

    (problem,) = contents.wrong_with_stay(ends, os.environ, 30)
    assert "no cocoa" in problem
    assert contents.wrong_with_stay(stays, os.environ, 0.5) == []


def test_that_what_a_mac_needs_is_asked_for() -> None:
    whole = {**_whole(), "inherited": ["QT_PLUGIN_PATH"]}
    without = {**whole, "lexers": 3, "keyrings": [], "plugins": ["platforms/libqoffscreen"]}

    assert contents.missing_on_mac(whole) == []
    assert "missing in keyrings: keyring.backends.macOS" in contents.missing_on_mac(without)
    assert "missing in plugins: platforms/libqcocoa" in contents.missing_on_mac(without)
    assert "too few lexers: 3" in contents.missing_on_mac(without)


def test_that_the_program_is_asked_for_everything(tmp_path: Path) -> None:
    app = _bundle(tmp_path)
    program = app / "Contents/MacOS/headwater"
    answers = {"--version": "headwater 1.2.0", "--bundled": json.dumps(_whole())}
    lines = "".join(f"{key}) echo {shlex.quote(value)};; " for key, value in answers.items())
    answer = shlex.quote(json.dumps({"text": "zstd"}))
    program.write_text(
        f"#!/bin/sh\ncase $1 in {lines} ask) echo {answer};; *) exec sleep 9;; esac\n"
    )
    program.chmod(0o755)

    contents.check_contents(app, "1.2.0", 0.2)
    with pytest.raises(SetUpFailedError, match=r"says 'headwater 1\.2\.0'"):
        contents.check_contents(app, "1.3.0", 0.2)


def test_that_the_recipe_tells_pyinstaller_what_a_mac_needs() -> None:
    here = sys.platform

    assert try_packages.wrong_with_bundle(try_packages.told_to_bundle()) == []
    assert sys.platform == here


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("console=not IS_MAC", "console=True", "opens no terminal"),
        ('icon=str(DRAWN / "headwater.icns")', "icon=None", "icon is the drawn one"),
        ("info_plist=property_list()", "info_plist={}", "property list is ours"),
        ("bundle_identifier=BUNDLE_ID", "bundle_identifier=None", "identifier is ours"),
        ("generic|printsupport", "generic|platforms|printsupport", "left out: PySide6/Qt/plugins/"),
        ("Quick|Qml|Pdf", "Pdf", "packed: PySide6/Qt/lib/QtQuick.framework"),
        ("if not IS_MAC:\n", "if True:\n", "own start is kept"),
        ("strip=IS_LINUX, upx=False, name=", "strip=True, upx=False, name=", "stays whole"),
        (
            "    BUNDLE(\n",
            "    (lambda *_, **__: None)(\n",
            "one program, one folder and one bundle",
        ),
    ],
)
def test_that_a_recipe_that_tells_something_else_is_noticed(
    tmp_path: Path, was: str, now: str, said: str
) -> None:
    spec = tmp_path / "packaging" / "headwater.spec"
    text = freezing.SPEC.read_text(encoding="utf-8")
    spec.parent.mkdir()
    spec.write_text(text.replace(was, now), encoding="utf-8")

    assert text.count(was) == 1
    problems = try_packages.wrong_with_bundle(try_packages.told_to_bundle(spec))
    assert [problem for problem in problems if said in problem]


def test_that_the_property_list_holds_what_a_mac_needs() -> None:
    assert try_packages.wrong_with_property_list(property_list()) == []


@pytest.mark.parametrize(
    "key", sorted(set(property_list()) - {"CFBundleDisplayName", "NSHumanReadableCopyright"})
)
def test_that_a_key_that_is_missing_is_noticed(key: str) -> None:
    keys = {name: value for name, value in property_list().items() if name != key}

    assert len(try_packages.wrong_with_property_list(keys)) == 1


def test_that_the_entitlements_are_the_one_that_is_needed() -> None:
    assert try_packages.wrong_with_entitlements(signing.ENTITLEMENTS.read_bytes()) == []
    assert all(f"`{key.removeprefix('com.apple.security.')}`" in str(signing.__doc__)
               for key in try_packages.ALLOWED)  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({try_packages.FORBIDDEN: True}, "lets a debugger in"),
        ({}, "missing: com.apple.security.cs.allow-unsigned"),
        ({"com.apple.security.cs.disable-library-validation": True}, "more than is needed"),
        (dict.fromkeys(try_packages.ALLOWED, False), "only `true`"),
    ],
)
def test_that_other_entitlements_are_noticed(keys: dict[str, bool], said: str) -> None:
    problems = try_packages.wrong_with_entitlements(plistlib.dumps(keys))
    assert [problem for problem in problems if said in problem]


def test_that_a_comment_among_the_entitlements_is_noticed() -> None:
    with_comment = signing.ENTITLEMENTS.read_bytes().replace(b"<dict>", b"<dict><!-- why -->")

    assert "a comment" in try_packages.wrong_with_entitlements(with_comment)[0]
    assert "no property list" in try_packages.wrong_with_entitlements(b"<plist")[0]


def test_that_the_icon_has_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    assert try_packages.wrong_with_icon() == []
    monkeypatch.setattr(try_packages, "MAC_SIZES", (*MAC_SIZES, 2048))
    assert try_packages.wrong_with_icon() == ["no picture of 2048 pixels"]


def test_that_wheels_are_looked_for_by_hash_and_none_is_installed(tmp_path: Path) -> None:
    command = try_packages.wheels_command("uv", "aarch64-apple-darwin", tmp_path)

    assert {"--dry-run", "--require-hashes", "--only-binary"} <= set(command)
    assert command[command.index("--python-platform") + 1] == "aarch64-apple-darwin"
    assert command[-1].endswith("app.txt")


def test_that_wheels_that_are_not_there_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = tmp_path / "uv"
    uv.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exit 0\n'
        'echo "for macOS $MACOSX_DEPLOYMENT_TARGET: no wheel" >&2\nexit 1\n',
        encoding="utf-8",
    )
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert try_packages.wrong_with_wheels("x") == ["for macOS 14.0: no wheel"]
    monkeypatch.setattr(try_packages, "find_uv", lambda: None)
    with pytest.raises(SetUpFailedError, match="needs uv"):
        try_packages.wrong_with_wheels("x")


def test_that_every_check_is_told_and_a_failed_one_ends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(try_packages, "wrong_with_wheels", lambda target: [])
    try_packages.try_mac_packages()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    assert all("passed" in line for line in lines)

    monkeypatch.setattr(try_packages, "wrong_with_icon", lambda: ["too small"])
    with pytest.raises(SetUpFailedError, match=r"^the icon: too small$"):
        try_packages.try_mac_packages()
    assert len([line for line in capsys.readouterr().out.splitlines() if "passed" in line]) == 6


def test_that_the_list_for_a_person_with_a_mac_checks_what_was_signed() -> None:
    text = (set_up.ROOT / "packaging/macos/manual-tests.md").read_text(encoding="utf-8")

    for command in ("spctl -a -vv", "codesign --verify --deep --strict", "stapler validate"):
        assert command in text


def test_that_what_cannot_be_run_here_is_said_in_every_module_that_needs_a_mac() -> None:
    said = [str(module.__doc__) for module in (packages, signing, notary, disk_image)]

    assert all("tried on a Mac so far" in text for text in said)
