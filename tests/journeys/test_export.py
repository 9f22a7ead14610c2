"""Answers taken away from the window, through its own dialog and into real files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from headwater.export.export_format import ExportFormat
from headwater.ui.export_dialog import ExportDialog
from tests.exported import HARD_TEXT, pdf_text
from tests.fault_server import answer, chat_stream, json_answer, running
from tests.journeys.stage import Stage, play


def dialog_of(stage: Stage) -> ExportDialog:
    (dialog,) = [d for d in stage.window.findChildren(ExportDialog) if d.isVisible()]
    return dialog


def save(dialog: ExportDialog, path: Path, form: ExportFormat) -> None:
    """Choose the format and the file as a person does."""
    wanted = next(f for f in dialog.nameFilters() if f.startswith(form.words + " ("))
    dialog.selectNameFilter(wanted)
    dialog.filterSelected.emit(wanted)
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.accept()


@pytest.mark.parametrize("form", ExportFormat)
def test_that_a_conversation_is_exported_from_the_keyboard(
    form: ExportFormat, qapp: QApplication, tmp_path: Path
) -> None:
    path = tmp_path / f"taken{form.ending}"

    async def journey(stage: Stage) -> None:
        stage.type("First?")
        await stage.settled()
        QTest.keyClick(
            stage.window,
            Qt.Key.Key_E,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
        )
        dialog = dialog_of(stage)
        assert dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
        assert [Path(name).name for name in dialog.selectedFiles()] == ["First.md"]
        save(dialog, path, form)
        await stage.until(path.exists, "the file")
        await stage.painted()
        assert not stage.window.findChildren(ExportDialog)
        assert "Exported" in {label.text() for label in stage.window.findChildren(QLabel)}

    with running(answer(chat_stream("It is open."))) as server:
        play(
            qapp,
            tmp_path / "data",
            journey,
            arguments=("--base-url", server.base_url, "--model", "m"),
        )
    written = path.read_bytes()
    if form is ExportFormat.PDF:
        assert "It is open." in pdf_text(written, tmp_path)
    elif form in (ExportFormat.MARKDOWN, ExportFormat.HTML, ExportFormat.JSON):
        assert b"It is open." in written
    else:
        assert written in (b"", b"[]\n")


def test_that_one_answer_is_exported_from_its_footer(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "one.md"

    async def journey(stage: Stage) -> None:
        for question in ("First?", "Second?"):
            stage.type(question)
            await stage.settled()
        stage.press("Export")
        assert [Path(name).name for name in dialog_of(stage).selectedFiles()] == ["Second.md"]
        save(dialog_of(stage), path, ExportFormat.MARKDOWN)
        await stage.until(path.exists, "the file")

    with running(answer(chat_stream("It is open."))) as server:
        play(
            qapp,
            tmp_path / "data",
            journey,
            arguments=("--base-url", server.base_url, "--model", "m"),
        )
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Second?\n")
    assert "First" not in text


def test_that_a_file_that_cannot_be_written_is_told_in_the_window(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        stage.type("q?")
        await stage.settled()
        stage.press("Export")
        dialog_of(stage).chosen.emit(ExportFormat.HTML, str(tmp_path / "no" / "a.html"), True)
        dialog_of(stage).reject()

        def told() -> bool:
            return any(
                label.isVisible()
                and label.text()
                == "Not exported: a.html cannot be written: no such file or directory."
                for label in stage.window.findChildren(QLabel)
            )

        await stage.until(told, "the words")

    with running(answer(chat_stream("It is open."))) as server:
        play(
            qapp,
            tmp_path / "data",
            journey,
            arguments=("--base-url", server.base_url, "--model", "m"),
        )


def test_that_a_name_that_the_dialog_did_not_ask_about_replaces_nothing(
    qapp: QApplication,
) -> None:
    from PySide6.QtWidgets import QWidget

    parent = QWidget()
    dialog = ExportDialog("x", parent)
    heard: list[tuple[object, ...]] = []
    dialog.chosen.connect(lambda *what: heard.append(what))
    for path in ("/d/a.md", "/d/a.HTML", "/d/a.v2", "/d/a"):
        dialog.fileSelected.emit(path)
    parent.deleteLater()
    dialog.deleteLater()

    assert heard == [
        (ExportFormat.MARKDOWN, "/d/a.md", True),
        (ExportFormat.HTML, "/d/a.HTML", True),
        (ExportFormat.MARKDOWN, "/d/a.v2.md", False),
        (ExportFormat.MARKDOWN, "/d/a.md", False),
    ]


def test_that_without_an_answer_there_is_nothing_to_export(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def journey(stage: Stage) -> None:
        stage.window.actions_by_name.export.trigger()
        assert not stage.window.findChildren(ExportDialog)

    play(qapp, tmp_path / "data", journey, arguments=("--base-url", "http://127.0.0.1:1/v1"))


@pytest.mark.parametrize("form", [ExportFormat.HTML, ExportFormat.PDF])
def test_that_the_window_goes_on_while_a_long_answer_is_exported(
    form: ExportFormat, qapp: QApplication, tmp_path: Path
) -> None:
    path = tmp_path / f"long{form.ending}"

    async def journey(stage: Stage) -> None:
        stage.type("q?")
        await stage.settled()
        stage.window.actions_by_name.export.trigger()
        save(dialog_of(stage), path, form)
        ticks = 0
        while not path.exists():
            await asyncio.sleep(0)
            ticks += 1
        assert ticks > 20, "the loop stood still"

    long = json_answer(
        {
            "choices": [
                {"index": 0, "message": {"content": HARD_TEXT * 100}, "finish_reason": "stop"}
            ]
        }
    )
    with running(long) as server:
        play(
            qapp,
            tmp_path / "data",
            journey,
            arguments=("--base-url", server.base_url, "--model", "m"),
        )
    assert path.stat().st_size > len(HARD_TEXT) * 50
