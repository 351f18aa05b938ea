"""Run the tests, each folder in a process of its own, two at a time: `python -m tests [arguments of pytest]`.

One process that compiles all kernels and goes through all formats has been seen to end in damaged memory (decision
0018); folder by folder none has. Every lane keeps what it compiles for itself, because numba's cache is not made for
two processes that write it at the same time.
"""

import os
import queue
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
LANES = 2
NOTHING = 5
"""What pytest says where a folder has no test that was asked for."""

FIRST = ("laws", "oracle", "studies", "io")
"""The folders that take longest, begun first."""


def list_parts() -> list[str]:
    """List the folders of tests, the longest first, and the sources with their examples."""
    there = {path.parent.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").rglob("test_*.py")}
    order = [*(name for name in FIRST if name in there), *sorted(there - set(FIRST))]
    return [*(f"tests/{name}" for name in order), "src"]


def run_part(part: str, lane: int, arguments: list[str]) -> bool:
    """Run the tests of one folder, print what came out, and tell whether all passed."""
    begin = time.monotonic()
    cache = {"NUMBA_CACHE_DIR": str(ROOT / ".numba" / f"lane-{lane}")}
    command = [sys.executable, "-m", "pytest", "-q", part, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | cache, capture_output=True, text=True, check=False)
    good = done.returncode in (0, NOTHING)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    told = lines[-1:] if good else [done.stdout, done.stderr]
    sys.stdout.write(f"{part} ({time.monotonic() - begin:.0f} s): " + "\n".join(told) + "\n")
    sys.stdout.flush()
    return good


def run_lane(lane: int, parts: "queue.SimpleQueue[str]", arguments: list[str]) -> list[str]:
    """Run folder after folder until none is left, and give those that failed."""
    failed: list[str] = []
    while True:
        try:
            part = parts.get_nowait()
        except queue.Empty:
            return failed
        if not run_part(part, lane, arguments):
            failed.append(part)


def main(arguments: list[str]) -> int:
    """Run all folders."""
    parts: queue.SimpleQueue[str] = queue.SimpleQueue()
    for part in list_parts():
        parts.put(part)
    with ThreadPoolExecutor(LANES) as lanes:
        runs = [lanes.submit(run_lane, lane, parts, arguments) for lane in range(LANES)]
        failed = [part for run in runs for part in run.result()]
    sys.stdout.write(f"failed: {', '.join(failed)}\n" if failed else "all passed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
