"""A process that dies leaves no picture of its memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.secrets.whole_run import CARELESS


def _run(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CARELESS, sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_that_S17_a_process_that_dies_writes_no_core(tmp_path: Path) -> None:
    program = "from headwater.adapters.core_dump import leave_no_core; leave_no_core();"
    died = _run(tmp_path, f"{program} import os; os.abort()")

    assert died.returncode == -6
    assert list(tmp_path.iterdir()) == []


def test_that_S17_the_limit_is_none_and_can_be_raised_again(tmp_path: Path) -> None:
    told = _run(
        tmp_path,
        """
import resource
from headwater.adapters.core_dump import leave_no_core
_, most = resource.getrlimit(resource.RLIMIT_CORE)
leave_no_core()
print(resource.getrlimit(resource.RLIMIT_CORE) == (0, most))
""",
    )

    assert told.stdout == "True\n"
