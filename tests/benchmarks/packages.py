"""The packages against the same program from source: sizes, start, memory. Needs `dev.py build`.

Both run with the same Python, each start with a new data folder, on an Xvfb of its own; the source
has been compiled before. Sizes are in megabytes of 1,000,000 bytes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))

import frozen_check
from set_up import ROOT, SetUpFailedError

ROUNDS = 31
MEMORY_ROUNDS = 3
SETTLED = 3.0  # seconds until nothing more is loaded
_FROZEN = ROOT / "build" / "frozen" / "headwater"
# What people download.
_PACKAGES = (
    ("deb", "*.deb"),
    ("rpm", "*.rpm"),
    ("AppImage", "*.AppImage"),
    ("wheel", "*.whl"),
    ("Windows installer", "*-setup.exe"),
    ("Windows zip", "*-portable.zip"),
    ("macOS disk image", "*.dmg"),
)


def measure() -> dict[str, float]:
    """Return sizes, medians and ratios, and print them as the table of `packaging/README.md`.

    Raises:
        SetUpFailedError: nothing has been built.
    """
    frozen = [str(_FROZEN / "headwater")]
    built_with = ROOT / "build" / "built-with.txt"
    if not built_with.is_file():
        raise SetUpFailedError("There is nothing to measure. Type: python3 packaging/dev.py build")
    start = f"import sys; sys.path.insert(0, {str(ROOT / 'desktop')!r}); "
    start += "from headwater.__main__ import main; sys.exit(main())"
    source = [built_with.read_text(encoding="utf-8"), "-c", start]
    figures = {
        "deb_megabytes": megabytes([next((ROOT / "dist").glob("*.deb"))]),
        "installed_megabytes": megabytes((ROOT / "build" / "root" / "usr").rglob("*")),
    }
    version, version_ratio = _pairs(_to_version, frozen, source, ROUNDS)
    window, window_ratio = _pairs(frozen_check.seconds_to_window, frozen, source, ROUNDS)
    memory, memory_ratio = _pairs(_idle_megabytes, frozen, source, MEMORY_ROUNDS)
    _print_table(version, window, memory)
    return {
        **figures,
        "version_ratio": version_ratio,
        "window_ratio": window_ratio,
        "memory_ratio": memory_ratio,
    }


def megabytes(paths: Iterable[Path]) -> float:
    """Return what the files take together, links not counted."""
    return sum(p.stat().st_size for p in paths if p.is_file() and not p.is_symlink()) / 1e6


def _pairs(
    of: Callable[[Sequence[str]], float], frozen: list[str], source: list[str], rounds: int
) -> tuple[tuple[float, float], float]:
    """Return the medians of both, measured in turn after a first time, and of their ratios."""
    of(frozen), of(source)
    found = []
    for number in range(rounds):
        turn = [(frozen, source), (source, frozen)][number % 2]
        figures = {command[0]: of(command) for command in turn}
        found.append((figures[frozen[0]], figures[source[0]]))
    ours, theirs = zip(*found, strict=True)
    ratio = statistics.median(a / b for a, b in found)
    return (statistics.median(ours), statistics.median(theirs)), ratio


def _to_version(command: Sequence[str]) -> float:
    return frozen_check.seconds_to_end([*command, "--version"])


def _idle_megabytes(command: Sequence[str]) -> float:
    """Return the resident memory of the window at rest."""
    with frozen_check.elsewhere() as environ, frozen_check.screen() as display:
        environ["DISPLAY"] = display
        program = subprocess.Popen(
            [*command, "--provider", "demo"], env=environ, stderr=subprocess.DEVNULL
        )
        try:
            time.sleep(SETTLED)
            status = Path(f"/proc/{program.pid}/status").read_text(encoding="ascii")
        finally:
            program.terminate()
            program.wait(frozen_check.LIMIT)
    (resident,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(resident.split()[1]) * 1024 / 1e6


def _print_table(
    version: tuple[float, float], window: tuple[float, float], memory: tuple[float, float]
) -> None:
    print("| what | size |\n|---|--:|")
    for name, pattern in _PACKAGES:
        for path in sorted((ROOT / "dist").glob(pattern)):
            print(f"| {name} | {megabytes([path]):.1f} MB |")
    print("\n| what | frozen | from source |\n|---|--:|--:|")
    print(f"| `--version` | {version[0]:.3f} s | {version[1]:.3f} s |")
    print(f"| a window is mapped | {window[0]:.3f} s | {window[1]:.3f} s |")
    print(f"| memory at rest | {memory[0]:.1f} MB | {memory[1]:.1f} MB |", flush=True)
