"""The program ends as it should, whatever was done before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SESSION = """
import os, signal, sys, threading, time
os.environ["HEADWATER_DATA_DIR"] = sys.argv[1]
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication
from headwater import app

def leave():
    time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)

built = app.App._build
def build(self, stack, keys):
    built(self, stack, keys)
    data = QMimeData()
    data.setText("copied")
    QGuiApplication.clipboard().setMimeData(data)
    threading.Thread(target=leave, daemon=True).start()

app.App._build = build
status = app.run([])
print(QGuiApplication.clipboard().text())
sys.exit(status)
"""


def test_that_what_was_copied_outlives_the_window_and_breaks_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SESSION, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "copied\n"), done.stderr
