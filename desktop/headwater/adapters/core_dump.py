"""No picture of the memory, with keys and conversations in it, stays on the disk after a crash."""

from __future__ import annotations

from contextlib import suppress


def leave_no_core() -> None:
    """Ask the system to write no core file of this process, nor of what it starts.

    What collects cores in the place of files asks the same limit (systemd-coredump, apport).
    Python's own account of a crash goes into `fault.log`, which holds no values. Does nothing on
    Windows, which knows no such limit.
    """
    try:
        import resource
    except ImportError:
        return
    with suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
