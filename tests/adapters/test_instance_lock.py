from __future__ import annotations

import stat
from pathlib import Path

from headwater.adapters.instance_lock import InstanceLock


def test_that_one_process_has_it_and_no_other(tmp_path: Path) -> None:
    first, second = InstanceLock(tmp_path / "state"), InstanceLock(tmp_path / "state")
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


def test_that_two_data_folders_do_not_disturb_each_other(tmp_path: Path) -> None:
    first, second = InstanceLock(tmp_path / "a"), InstanceLock(tmp_path / "b")
    assert first.take()
    assert second.take()
    first.release()
    second.release()


def test_that_a_folder_that_cannot_be_made_keeps_no_window_away(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    lock = InstanceLock(tmp_path / "state")
    assert lock.take()
    lock.release()


def test_that_the_file_is_private(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path)
    assert lock.take()
    assert stat.S_IMODE((tmp_path / "instance.lock").stat().st_mode) == 0o600
    lock.release()
