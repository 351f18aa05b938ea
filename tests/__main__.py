"""Run the tests, a few folders to a process, two processes at a time: `python -m tests [arguments of pytest]`.

One process that compiles all kernels and goes through all formats has been seen to end in damaged memory (decision
0018); folder by folder none has, and small folders share one because each takes seconds to begin. Both
lanes share what they compile (conftest.py has one write at a time).
"""

import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALONE = {"OMP_NUM_THREADS": "1"}
"""What holds unless the user says otherwise: one thread, so that lanes do not wait for one another."""

NOTHING = 5
"""What pytest says where a folder has no test that was asked for."""

Part = tuple[str, ...]
"""The folders that share a process."""

LANES: tuple[tuple[Part, ...], ...] = (
    (("tests/laws",), ("tests/oracle", "tests/estimation", "tests/simulation", "tests/linking")),
    (
        ("tests/training", "tests/nets", "tests/identification", "tests/io", "src"),
        ("tests/studies", "tests/report", "tests/docs", "tests/cli"),
    ),
)
"""What each lane runs itself: one begins with what compiles most, the other with what needs little of that."""

SHARED: tuple[Part, ...] = (("tests/fitting", "tests/metrics", "tests/api", "tests/data"),)
"""What the lane runs that is ready first."""


def list_shared() -> list[Part]:
    """List what no lane runs itself; a folder that nobody has sorted in has a process of its own, at the end."""
    there = {path.parent.relative_to(ROOT).parts[1] for path in (ROOT / "tests").rglob("test_*.py")}
    known = {folder for parts in (*LANES, SHARED) for part in parts for folder in part}
    return [*SHARED, *((f"tests/{name}",) for name in sorted(there) if f"tests/{name}" not in known)]


def run_part(part: Part, arguments: list[str]) -> bool:
    """Run the tests of one part in one process, print what came out, and tell whether all passed."""
    begin = time.monotonic()
    surroundings = ALONE | {"NUMBA_CACHE_DIR": str(ROOT / ".numba")} | os.environ
    command = [sys.executable, "-m", "pytest", "-q", *part, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)
    good = done.returncode in (0, NOTHING)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    told = lines[-1:] if good else [done.stdout, done.stderr]
    sys.stdout.write(f"{' '.join(part)} ({time.monotonic() - begin:.0f} s): " + "\n".join(told) + "\n")
    sys.stdout.flush()
    return good


def run_lane(lane: int, shared: "queue.SimpleQueue[Part]", arguments: list[str]) -> list[str]:
    """Run part after part until none is left, and give those that failed."""
    return [" ".join(part) for part in walk_parts(lane, shared) if not run_part(part, arguments)]


def walk_parts(lane: int, shared: "queue.SimpleQueue[Part]") -> Iterator[Part]:
    """Walk through a lane's own parts, and then through those that are shared, one at a time."""
    yield from LANES[lane]
    while True:
        try:
            yield shared.get_nowait()
        except queue.Empty:
            return


def main(arguments: list[str]) -> int:
    """Run all parts."""
    shared: queue.SimpleQueue[Part] = queue.SimpleQueue()
    for part in list_shared():
        shared.put(part)
    with ThreadPoolExecutor(len(LANES)) as lanes:
        runs = [lanes.submit(run_lane, lane, shared, arguments) for lane in range(len(LANES))]
        failed = [part for run in runs for part in run.result()]
    sys.stdout.write(f"failed: {', '.join(failed)}\n" if failed else "all passed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
