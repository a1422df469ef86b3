"""How long ``wortlaut --help`` takes, beside a bare Python and a Python that imports click: medians, interleaved."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

SIDES = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import click": [sys.executable, "-c", "import click"],
    "wortlaut --help": [sys.executable, "-m", "wortlaut", "--help"],
}


def main() -> None:
    """Run the sides in turn and print the medians of wall time."""
    found: dict[str, list[float]] = {side: [] for side in SIDES}
    for _ in range(21):
        for side, command in SIDES.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            found[side].append(time.perf_counter() - start)
    bare = statistics.median(found["python -c pass"])
    for side, runs in found.items():
        middle = statistics.median(runs)
        print(f"{side:<16} {middle:.3f} s  {middle / bare:.1f}x")


if __name__ == "__main__":
    main()
