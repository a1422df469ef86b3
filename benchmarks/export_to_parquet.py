"""check + build against label-studio-sdk's own converter, on the same synthetic export, in one run.

    python benchmarks/export_to_parquet.py                      # 1,000 and 20,000 tasks, three rounds
    python benchmarks/export_to_parquet.py --tasks 1000 --tasks 100000 --ours-only --rounds 1
    python benchmarks/export_to_parquet.py --json

Each side runs in a process of its own, the sides take turns, and the medians of CPU seconds (user and system, of the
process and its children) and of peak resident memory are printed, imports included. What the two sides give is not
the same: CONLL2003 keeps the tokens and one label for each, JSON_MIN the spans without relations and ids; ours is
checked and keeps spans, quotes, relations, every annotator's layer, and the tokens too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from synthetic import write_export

SIDES = ("wortlaut", "CONLL2003", "JSON_MIN")

_OURS = """
import sys
from wortlaut.cli.main import run
sys.exit(run(["build", sys.argv[1], "--name", "bench", "--out", sys.argv[2], "--force"]))
"""
_SDK = """
import sys
from label_studio_sdk.converter import Converter
config = open(sys.argv[3]).read()
Converter(config, sys.argv[2], download_resources=False).convert(sys.argv[1], sys.argv[2], sys.argv[4], is_dir=False)
"""


def measure(side: str, export: Path, config: Path) -> tuple[float, float]:
    """Run one side in a process of its own; give its CPU seconds and its peak memory in MB."""
    with tempfile.TemporaryDirectory() as out:
        arguments = [str(export), out] if side == "wortlaut" else [str(export), out, str(config), side]
        process = subprocess.Popen(
            [sys.executable, "-c", _OURS if side == "wortlaut" else _SDK, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=out,
        )
        with process:
            said = process.stderr.read() if process.stderr else b""
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{side} failed: {said.decode(errors='replace')[-2000:]}")
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def run(tasks: int, sides: tuple[str, ...], rounds: int, folder: Path, config: Path) -> dict[str, tuple[float, float]]:
    """Generate an export, let the sides take turns, give the medians (CPU seconds, MB) by side."""
    export = folder / f"export-{tasks}.json"
    write_export(export, tasks)
    found: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    for number in range(rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            found[side].append(measure(side, export, config))
            print(f"  {tasks} {side}: {found[side][-1][0]:.1f} s, {found[side][-1][1]:.0f} MB", file=sys.stderr)
    export.unlink()
    return {
        side: (statistics.median(cpu for cpu, _ in runs), statistics.median(mb for _, mb in runs))
        for side, runs in found.items()
    }


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, action="append")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    from wortlaut.annotation.config import labeling_config
    from wortlaut.schema.scheme import default_scheme

    sides = SIDES[:1] if options.ours_only else SIDES
    with tempfile.TemporaryDirectory(prefix="wortlaut-bench-") as name:
        folder = Path(name)
        config = folder / "labeling.xml"
        config.write_text(labeling_config(default_scheme()), encoding="utf-8")
        table = {tasks: run(tasks, sides, options.rounds, folder, config) for tasks in options.tasks or (1000, 20000)}
    if options.json:
        print(json.dumps({str(tasks): row for tasks, row in table.items()}))
        return
    print(f"{'tasks':>8} {'side':<10} {'CPU s':>8} {'peak MB':>8} {'times ours':>11}")
    for tasks, row in table.items():
        for side, (cpu, memory) in row.items():
            print(f"{tasks:>8} {side:<10} {cpu:>8.1f} {memory:>8.0f} {cpu / row['wortlaut'][0]:>10.1f}x")
    sizes = sorted(table)
    if len(sizes) > 1:
        ratio = table[sizes[-1]]["wortlaut"][1] / table[sizes[0]]["wortlaut"][1]
        print(f"peak memory at {sizes[-1]} tasks is {ratio:.2f} times that at {sizes[0]}")


if __name__ == "__main__":
    main()
