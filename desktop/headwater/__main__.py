"""Where the program starts: a word for the terminal, or the window."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from headwater.export.excerpt import Excerpt

_WITH_VALUE = ("--data-dir", "--provider", "--dialect", "--base-url", "--model", "--ask")
_TERMINAL = (
    *("ask", "check", "history", "show", "export", "backup", "restore"),
    *("--help", "-h", "--version"),
)
_BETWEEN_COLLECTIONS = 20_000  # new objects; with 700, as by default, a word comes 2 % later


def main(argv: list[str] | None = None) -> int:
    """Run the terminal command that `argv` names, else open the window; return the exit status.

    Where the window is open already, that one is shown instead.
    """
    argv = sys.argv[1:] if argv is None else argv
    # Nothing of what is made during the start is garbage; the window goes on to collect on its
    # own terms.
    gc.disable()
    if any(word in _TERMINAL for word in _leading_words(argv)):
        from headwater.cli import run

        gc.freeze()
        gc.set_threshold(_BETWEEN_COLLECTIONS)
        gc.enable()
        return run(argv, _paint_pdf)
    from headwater.second_start import hand_over

    if hand_over(argv, os.environ):
        return 0
    from headwater.app import run as run_window

    return run_window(argv)


def _paint_pdf(excerpt: Excerpt) -> bytes:
    """Return the PDF that `headwater export` writes; no display is needed, nor asked for."""
    if sys.platform != "win32":  # there Qt finds the fonts only with its own platform
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtGui import QGuiApplication

    from headwater.ui.pdf_file import pdf_bytes

    application = QGuiApplication(sys.argv[:1])
    try:
        return pdf_bytes(excerpt)
    finally:
        application.shutdown()


def _leading_words(argv: list[str]) -> list[str]:
    """Return the words up to and including the first that is not an option or its value."""
    words: list[str] = []
    takes_value = False
    for word in argv:
        if takes_value:
            takes_value = False
            continue
        words.append(word)
        takes_value = word in _WITH_VALUE
        if not word.startswith("-"):
            break
    return words


if __name__ == "__main__":
    sys.exit(main())
