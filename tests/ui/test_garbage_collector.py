"""Cycles are collected on the Qt thread, and never by the worker that happens to allocate."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from headwater.ui.garbage_collector import GarbageCollector


class _Knot:
    """Refers to itself, and notes on which thread it goes."""

    def __init__(self, gone: list[str]) -> None:
        self.itself = self
        self.gone = gone

    def __del__(self) -> None:
        self.gone.append(threading.current_thread().name)


def test_that_a_worker_that_allocates_collects_nothing(qapp: QApplication) -> None:
    gone: list[str] = []
    gc.enable()
    parent = QObject()
    collector = GarbageCollector(parent)
    try:
        _Knot(gone)
        worker = threading.Thread(target=lambda: [[[]] for _ in range(200_000)], name="worker")
        worker.start()
        worker.join()
        assert gone == []
        for _ in range(3000):
            _Knot([])
        collector.look()
        assert gone == ["MainThread"]
    finally:
        collector.close()
        assert gc.isenabled()
        gc.disable()


def test_that_who_types_is_not_interrupted_by_a_look_at_everything(qapp: QApplication) -> None:
    parent = QObject()
    collector = GarbageCollector(parent)
    collector.look()
    QTest.qWait(400)  # longer than a coarse timer is inexact
    left = collector._whole.remainingTime()
    collector.postpone()
    assert collector._whole.remainingTime() > left
    collector._whole.stop()
    collector.postpone()
    assert not collector._whole.isActive()
    collector.close()


def test_that_an_idle_collector_runs_no_timer(qapp: QApplication) -> None:
    parent = QObject()
    collector = GarbageCollector(parent)
    assert not collector.findChildren(QObject)[0].isActive()  # type: ignore[attr-defined]
    collector.close()
