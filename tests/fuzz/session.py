"""One coverage-guided session in a process of its own: `python -m tests.fuzz.session TARGET ...`.

What follows the target are libFuzzer's options and folders. It leaves by itself when it is done or
an input raises, which then lies where `-artifact_prefix` says.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_LOGGING_RULES"] = "*=false"

import atheris

_WATCHED = ["headwater.domain", "headwater.protocol", "headwater.ui", "markdown_it"]


def main(arguments: list[str]) -> None:
    """Fuzz until the options say to end; does not return."""
    with atheris.instrument_imports(include=_WATCHED):
        from tests.fuzz.targets import TARGETS
    target, *options = arguments
    atheris.Setup([sys.argv[0], *options], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
