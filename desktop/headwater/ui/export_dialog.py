"""Asks where an export goes and in which format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from headwater.export.excerpt import Excerpt
from headwater.export.export_format import ExportFormat, format_of


class WriteExport(Protocol):
    """What writes the file, without keeping the window from anything else."""

    def __call__(
        self,
        excerpt: Excerpt,
        form: ExportFormat,
        path: str,
        done: Callable[[str], None],
        *,
        may_replace: bool,
    ) -> None:
        """Begin; `done` hears in plain words why that failed, or an empty string."""
        ...


class ExportDialog(QFileDialog):
    """Emits the format, the path, and whether the user agreed to replace what is there."""

    chosen = Signal(object, str, bool)

    def __init__(self, name: str, parent: QWidget) -> None:
        """Propose `name`, which has no ending."""
        super().__init__(parent, "Export")
        self._filters = {f"{form.words} (*{form.ending})": form for form in ExportFormat}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setFileMode(QFileDialog.FileMode.AnyFile)
        self.setNameFilters(list(self._filters))
        self.setDirectory(
            QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        )
        self.setDefaultSuffix(ExportFormat.MARKDOWN.ending.removeprefix("."))
        self.selectFile(name)
        self.filterSelected.connect(self._take_filter)
        self.fileSelected.connect(self._take_file)

    @property
    def _filter_format(self) -> ExportFormat:
        return self._filters.get(self.selectedNameFilter(), ExportFormat.MARKDOWN)

    def _take_filter(self) -> None:
        self.setDefaultSuffix(self._filter_format.ending.removeprefix("."))

    def _take_file(self, path: str) -> None:
        form = self._filter_format
        if path.lower().endswith(form.ending):
            self.chosen.emit(form, path, True)
        elif (named := format_of(path)) is not None:
            self.chosen.emit(named, path, True)
        else:  # the user was asked about another name, if at all
            self.chosen.emit(form, path + form.ending, False)
