"""Data in a clipboard that notices when its contents are read."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QMetaType, QMimeData


class Watched(QMimeData):
    """Data of another program; `read` says which of its contents were asked for."""

    def __init__(self, **contents: object) -> None:
        super().__init__()
        self.contents = {name.replace("__", "/"): value for name, value in contents.items()}
        self.read: list[str] = []

    def formats(self) -> list[str]:
        return list(self.contents)

    def hasFormat(self, mimetype: str) -> bool:
        return mimetype in self.contents

    def retrieveData(self, mimetype: str, _kind: QMetaType | QMetaType.Type) -> Any:
        self.read.append(mimetype)
        return self.contents.get(mimetype)
