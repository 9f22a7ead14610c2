"""Desktop files are read and changed without touching what somebody else wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.adapters.desktop_file import changed, command_line, is_there, read, values

_EDITED = """# mine
[Desktop Entry]
Name=Headwater
Exec=/usr/bin/headwater --hidden
X-GNOME-Autostart-Delay=10

[Desktop Action quick-ask]
Exec=/elsewhere
"""


@pytest.mark.parametrize(
    ("argument", "written"),
    [
        ("/usr/bin/headwater", "/usr/bin/headwater"),
        ("/opt/my apps/headwater", '"/opt/my apps/headwater"'),
        ("/opt/50%/headwater", "/opt/50%%/headwater"),
        ("/opt/a$b", r'"/opt/a\\$b"'),
        ('/opt/a"b', r'"/opt/a\\"b"'),
        ("/opt/a\\b", r'"/opt/a\\\\b"'),
        ("", '""'),
    ],
)
def test_that_an_argument_is_quoted_as_the_specification_wants_it(
    argument: str, written: str
) -> None:
    assert command_line((argument, "--hidden"), "%U") == f"{written} --hidden %U"


@pytest.mark.parametrize("name", ["plain", "with space", "50%", "a$b", 'a"b', "a\\b", "ü'`"])
def test_that_a_quoted_program_is_found_again(tmp_path: Path, name: str) -> None:
    program = tmp_path / name
    assert not is_there(command_line((str(program), "--hidden")))
    program.touch(0o755)
    assert is_there(command_line((str(program), "--hidden")))


def test_that_a_program_without_a_path_is_looked_for_where_programs_are() -> None:
    assert is_there("sh -c true")
    assert not is_there("no-such-program-anywhere")
    assert not is_there("")


def test_that_only_the_main_group_is_read() -> None:
    assert values(_EDITED)["Exec"] == "/usr/bin/headwater --hidden"
    assert values("[Desktop Action quick-ask]\nExec=/elsewhere\n") == {}


def test_that_a_change_keeps_every_other_line_in_its_place() -> None:
    text = changed(_EDITED, {"Exec": "/new", "Hidden": "true"})

    assert text == _EDITED.replace("/usr/bin/headwater --hidden", "/new").replace(
        "Delay=10\n", "Delay=10\nHidden=true\n"
    )


def test_that_a_file_without_a_group_gets_one() -> None:
    assert changed("", {"Hidden": "true"}) == "[Desktop Entry]\nHidden=true\n"


def test_that_what_cannot_be_read_is_empty(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large").write_bytes(b"a" * 200_000)
    assert [read(tmp_path / name) for name in ("bytes", "large", "missing")] == ["", "", ""]
