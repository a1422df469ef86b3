"""A release against writing the same rows with pyarrow alone, and with datasets, in one run.

    python benchmarks/release.py                          # 2,000 and 20,000 articles, three rounds
    python benchmarks/release.py --articles 100000 --ours-only --rounds 1
    python benchmarks/release.py --json

The sides take turns, each in a process of its own. ``wortlaut`` builds the whole release (choice of layers, ids,
tokens and tags, six configs, content hashes, card, changelog, Croissant, manifest) from checked articles. ``pyarrow``
writes the rows of the same six configs, given as Python dicts, with ``pa.Table.from_pylist`` and a ParquetWriter of
the same settings, 1,000 rows at once, and nothing else. ``datasets`` does so with
``Dataset.from_generator(...).to_parquet``. Making articles and dicts is left out on all sides: CPU seconds (user and
system) are counted around the calls that do it. Printed are medians, peak resident memory, and ratios to pyarrow.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

SIDES = ("wortlaut", "pyarrow", "datasets")
_ROWS = 1000


class Clock:
    """CPU seconds of this process and its children, those spent on making input left out."""

    def __init__(self) -> None:
        self.making = 0.0
        self.begun = self._now()

    def aside(self, values: Iterator[Any]) -> Iterator[Any]:
        """Pass values on; the time that making each takes is not counted."""
        while True:
            begun = time.process_time()
            value = next(values, None)
            self.making += time.process_time() - begun
            if value is None:
                return
            yield value

    def seconds(self) -> float:
        """Give what was spent so far."""
        return self._now() - self.begun - self.making

    @staticmethod
    def _now() -> float:
        spent = os.times()
        return spent.user + spent.system + spent.children_user + spent.children_system


def ours(count: int, _: Path, out: Path) -> float:
    from build_only import Timed
    from wortlaut.export.build import build
    from wortlaut.schema.scheme import default_scheme

    clock = Clock()
    tasks = Timed(count)
    build(tasks, scheme=default_scheme(), out=out, name="bench", version="0.1.0")
    return clock.seconds() - tasks.making


def with_pyarrow(_: int, release: Path, out: Path) -> float:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from wortlaut.export.shards import writer_settings

    clock = Clock()
    for source in sorted(release.glob("data/*/*.parquet")):
        schema = pq.read_schema(source)
        target = out / source.parent.name / source.name
        target.parent.mkdir(parents=True)
        with pq.ParquetWriter(target, schema, **writer_settings(schema)) as writer:
            for batch in clock.aside(_dicts(source)):
                writer.write_table(pa.Table.from_pylist(batch, schema=schema))
    return clock.seconds()


def with_datasets(_: int, release: Path, out: Path) -> float:
    import datasets
    import pyarrow.parquet as pq

    datasets.disable_progress_bars()
    clock = Clock()
    for source in sorted(release.glob("data/*/*.parquet")):
        features = datasets.Features.from_arrow_schema(pq.read_schema(source))

        def rows(source: Path = source) -> Iterator[dict[str, Any]]:
            for batch in clock.aside(_dicts(source)):
                yield from batch

        made = datasets.Dataset.from_generator(rows, features=features, cache_dir=str(out / "cache"))
        made.to_parquet(out / f"{source.parent.name}-{source.name}")
    return clock.seconds()


def _dicts(source: Path) -> Iterator[list[dict[str, Any]]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(source) as file:
        for batch in file.iter_batches(_ROWS):
            yield batch.to_pylist()


RUN: dict[str, Callable[[int, Path, Path], float]] = {
    "wortlaut": ours,
    "pyarrow": with_pyarrow,
    "datasets": with_datasets,
}


def measure(side: str, count: int, release: Path) -> tuple[float, float]:
    """Run one side in a process of its own; give its CPU seconds and its peak memory in MB."""
    with tempfile.TemporaryDirectory(prefix="wortlaut-bench-") as out:
        command = [sys.executable, __file__, "--side", side, "--articles", str(count), "--release", str(release)]
        done = subprocess.run([*command, "--out", out], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{side} failed: {done.stderr[-2000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return found["cpu_s"], found["peak_mb"]


def table(count: int, sides: tuple[str, ...], rounds: int) -> dict[str, dict[str, float]]:
    """Build the release once, let the sides take turns, give medians by side."""
    with tempfile.TemporaryDirectory(prefix="wortlaut-bench-") as folder:
        release = Path(folder) / "bench" / "v0.1.0"
        if sides != SIDES[:1]:
            ours(count, release, Path(folder))
        found: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
        for number in range(rounds):
            for side in sides if number % 2 == 0 else reversed(sides):
                found[side].append(measure(side, count, release))
                print(f"  {count} {side}: {found[side][-1][0]:.1f} s, {found[side][-1][1]:.0f} MB", file=sys.stderr)
    return {
        side: {
            "cpu_s": round(statistics.median(cpu for cpu, _ in runs), 2),
            "peak_mb": round(statistics.median(mb for _, mb in runs)),
        }
        for side, runs in found.items()
    }


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, action="append")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--release", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        seconds = RUN[options.side](options.articles[0], options.release, options.out)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"cpu_s": round(seconds, 3), "peak_mb": round(peak)}))
        return
    sides = SIDES[:1] if options.ours_only else SIDES
    tables = {count: table(count, sides, options.rounds) for count in options.articles or (2_000, 20_000)}
    if options.json:
        print(json.dumps({str(count): rows for count, rows in tables.items()}))
        return
    print(f"{'articles':>8} {'side':<9} {'CPU s':>8} {'peak MB':>8} {'to pyarrow':>11}")
    for count, rows in tables.items():
        for side, figures in rows.items():
            ratio = f"{figures['cpu_s'] / rows['pyarrow']['cpu_s']:>10.2f}x" if "pyarrow" in rows else f"{'-':>11}"
            print(f"{count:>8} {side:<9} {figures['cpu_s']:>8.1f} {figures['peak_mb']:>8.0f} {ratio}")


if __name__ == "__main__":
    main()
