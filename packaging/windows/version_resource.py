"""What Windows shows of a program in its properties and in the Task Manager."""

from __future__ import annotations

# The form that PyInstaller evaluates, with the numbers of Win32's structure VS_FIXEDFILEINFO.
_TEXT = """\
VSVersionInfo(
  ffi=FixedFileInfo(
    filevers={numbers}, prodvers={numbers},
    mask=0x3F, flags=0x0, OS=0x40004, fileType=0x1, subtype=0x0, date=(0, 0)
  ),
  kids=[
    StringFileInfo([StringTable("040904B0", [
      StringStruct("CompanyName", "The Headwater authors"),
      StringStruct("FileDescription", "Headwater"),
      StringStruct("FileVersion", "{version}"),
      StringStruct("InternalName", "headwater"),
      StringStruct("LegalCopyright", "MIT licence"),
      StringStruct("ProductName", "Headwater"),
      StringStruct("ProductVersion", "{version}"),
    ])]),
    VarFileInfo([VarStruct("Translation", [0x0409, 1200])]),
  ],
)
"""


def version_resource(version: str) -> str:
    """Return the resource for `MAJOR.MINOR.PATCH`."""
    return _TEXT.format(version=version, numbers=numbers_of(version))


def numbers_of(version: str) -> tuple[int, ...]:
    """Return the four numbers that stand for `MAJOR.MINOR.PATCH` where only numbers may."""
    return (*(int(part) for part in version.split(".")), 0)
