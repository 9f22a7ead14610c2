"""A disk that is really full: what is said, what is kept, what can still be done with an answer.

Where nothing may be mounted a limit on the size of files stands in for it, which the system
reports in other words.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from headwater import cli
from tests.fault_server import Exchange, answer, chat_event, chat_stream, in_chunks, running
from tests.survival.small_disk import can_mount, on_small_disk

_ROOT = Path(__file__).resolve().parents[2]
_DESKTOP = Path(cli.__file__).resolve().parents[1]
_WORDS = [chat_event(f"word{number} " + "long " * 400) for number in range(60)]
_LIMIT = 60.0


async def be_a_service(exchange: Exchange) -> None:
    """Say much, but only to who asks for it."""
    if b"room" in exchange.request.body:
        await in_chunks([*_WORDS, chat_stream()], 0.02)(exchange)
    else:
        await answer(chat_stream("What was there before."))(exchange)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={
            **os.environ,
            "PYTHONPATH": f"{_DESKTOP}{os.pathsep}{_ROOT}",
            "QT_QPA_PLATFORM": "offscreen",
        },
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
    )


def test_that_R37_on_a_full_disk_nothing_is_lost_or_overwritten_and_the_answer_can_be_copied(
    tmp_path: Path,
) -> None:
    how = "mounted" if can_mount() else "limited"
    with running(be_a_service) as server:
        probe = [sys.executable, "-m", "tests.survival.full_disk_probe", how, str(tmp_path)]
        probe += ["--base-url", server.base_url, "--model", "m"]
        done = _run(*(on_small_disk(tmp_path, probe) if can_mount() else probe))
    seen: dict[str, Any] = json.loads(done.stdout)

    assert seen.get("broken") is None, seen["broken"]
    assert seen["seconds"] < 2
    assert seen["message"]
    if can_mount():
        assert seen["message"].startswith("The disk is full. This is kept in memory and saved")
        assert seen["are preferences whole"]
    assert seen["exported"].startswith("Not exported: answer.md cannot be written: ")
    assert seen["left of the export"] == []
    assert (seen["on the screen"], seen["copied"]) == (60, 60)
    assert seen["kept while full"] == [["Before?", "complete", "What was there before."]]
    assert seen["is history whole"]
    before, after = seen["kept"]
    assert before == ["Before?", "complete", "What was there before."]
    assert after[:2] == ["Is there room?", "complete"]
    assert [f"word{number} " in after[2] for number in range(60)] == [True] * 60
    assert seen["chosen"] == 110
    assert not seen["crashes"]
    assert (done.returncode, done.stderr) == (0, "")


def test_that_R37_the_terminal_prints_an_answer_on_a_full_disk_and_says_that_it_is_not_kept(
    tmp_path: Path,
) -> None:
    with running(be_a_service) as server:
        asking = [sys.executable, "-m", "headwater", "--data-dir", str(tmp_path), "ask", "Before?"]
        asking += ["--base-url", server.base_url, "--model", "m"]
        if can_mount():
            fill = 'cat /dev/zero > "$0/filler" 2> /dev/null; exec "$@"'
            done = _run(*on_small_disk(tmp_path, ["sh", "-c", fill, str(tmp_path), *asking]))
        else:
            done = _run("sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *asking)

    assert done.stdout.startswith("What was there before.")
    assert "kept only until Headwater ends" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0
