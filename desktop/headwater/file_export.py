"""How a conversation gets from the window into a file, off the way of the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from headwater.adapters.daemon_thread import DaemonThread
from headwater.export.excerpt import Excerpt
from headwater.export.export_format import ExportFormat
from headwater.session.task_scope import TaskScope

Exported = Callable[[str], None]


class FileExport:
    """Writes excerpts; a PDF in slices on this thread, all other work on one of its own."""

    def __init__(self, scope: TaskScope) -> None:
        self._scope = scope

    def write(
        self,
        excerpt: Excerpt,
        form: ExportFormat,
        path: str,
        done: Exported,
        *,
        may_replace: bool,
    ) -> None:
        """Write the file; `done` hears in plain words why that failed, or an empty string."""
        work = self._write(excerpt, form, Path(path), done, may_replace=may_replace)
        self._scope.start(work, "export")

    async def _write(
        self,
        excerpt: Excerpt,
        form: ExportFormat,
        path: Path,
        done: Exported,
        *,
        may_replace: bool,
    ) -> None:
        from headwater.adapters.exported_file import FileTakenError, write_exported

        thread = DaemonThread("headwater-export")
        try:
            if form is ExportFormat.PDF:
                await thread.call(lambda: _load_languages(excerpt))
                data = await _painted(excerpt)
            else:
                data = await thread.call(lambda: _encoded(excerpt, form))
            await thread.call(lambda: write_exported(path, data, may_replace=may_replace))
        except FileTakenError as error:
            done(f"Not exported: {error}")
        except OSError as error:
            done(f"Not exported: {path.name} cannot be written: {_reason(error)}.")
        else:
            done("")
        finally:
            thread.finish()


async def _painted(excerpt: Excerpt) -> bytes:
    from headwater.ui.pdf_file import pdf_in_slices

    work = pdf_in_slices(excerpt)
    try:
        while True:
            try:
                next(work)
            except StopIteration as ended:
                return bytes(ended.value)
            await asyncio.sleep(0)
    finally:
        work.close()


def _encoded(excerpt: Excerpt, form: ExportFormat) -> bytes:
    from headwater.export.exported_text import exported_text

    return exported_text(excerpt, form).encode("utf-8", "replace")


def _load_languages(excerpt: Excerpt) -> None:
    from headwater.export.code_colour import load_languages

    load_languages(turn.answer.text for turn in excerpt.turns)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
