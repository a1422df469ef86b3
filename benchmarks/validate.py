"""How fast one task of an export is validated, against plain jsonschema, with the same verdicts.

Five ways over the same synthetic tasks in one interleaved run, CPU seconds, medians:

- jsonschema: the Python validator on plain values;
- jsonschema-rs: what ``Validator.is_valid`` runs, on plain values;
- read + jsonschema-rs: the same from the bytes;
- check: from the bytes to checked documents, the way a task goes that stands deep in a large file;
- check, start of a file: the same where keys that stand twice are searched exactly, in the first megabytes.

The first two get the JSON read for nothing; the check reads it and looks at offsets, surfaces, signatures and
quotes as well. Some of the tasks are spoiled, and all ways must refuse the same ones.

    python benchmarks/validate.py [--tasks 60] [--rounds 5] [--json]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from synthetic import write_export
from wortlaut.annotation.check.checker import Checker
from wortlaut.annotation.reader.scan import Element, elements
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.export_schema import export_schema
from wortlaut.schema.scheme import default_scheme
from wortlaut.schema.validation import Validator

DEEP = 1 << 30
"""An offset in the file at which the start of a file is long past, in bytes."""

Way = Callable[[int], bool]


class Row(msgspec.Struct):
    """One way: tasks in a CPU second, and how many times jsonschema's speed that is."""

    name: str
    tasks_a_second: float
    times_jsonschema: float
    refused: int


def main() -> int:
    """Run the benchmark; exit 1 where two ways come to different verdicts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    raws = _tasks(options.tasks)
    ways = _ways(raws)
    verdicts = {name: [way(number) for number in range(len(raws))] for name, way in ways.items()}
    seconds = _measure(ways, len(raws), options.rounds)
    base = seconds["jsonschema"]
    rows = [
        Row(
            name=name,
            tasks_a_second=len(raws) / used,
            times_jsonschema=base / used,
            refused=verdicts[name].count(False),
        )
        for name, used in seconds.items()
    ]
    same = all(verdict == verdicts["jsonschema"] for verdict in verdicts.values())
    if options.json:
        print(json.dumps({"tasks": len(raws), "same_verdicts": same, "ways": msgspec.to_builtins(rows)}, indent=1))
    else:
        _print(rows, same=same)
    return 0 if same else 1


def _tasks(number: int) -> list[bytes]:
    """Give synthetic tasks as they stand in the file; every fifth one has a value that the schema forbids."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.json"
        write_export(path, number)
        with path.open("rb") as stream:
            raws = [element.raw for element in elements(stream, name="export")]
    rng = random.Random(7)  # noqa: S311 - a benchmark's data, no secret
    for position in range(0, number, 5):
        raws[position] = _spoiled(raws[position], rng)
    return raws


def _spoiled(raw: bytes, rng: random.Random) -> bytes:
    task = json.loads(raw)
    result = task["annotations"][0]["result"]
    spans = [region for region in result if region["type"] == "labels"]
    relations = [region for region in result if region["type"] == "relation"]
    deed = rng.randrange(4)
    if deed == 0:
        rng.choice(spans)["value"]["labels"] = ["PERSON"]
    elif deed == 1:
        rng.choice(spans)["value"]["start"] = "12"
    elif deed == 2:
        rng.choice(relations)["direction"] = "up"
    else:
        del rng.choice(spans)["id"]
    return json.dumps(task, ensure_ascii=False).encode()


def _ways(raws: list[bytes]) -> dict[str, Way]:
    schema = export_schema(default_scheme())
    plain, compiled, checker = Draft202012Validator(schema), Validator(schema), Checker(default_scheme())
    values: list[Any] = [json.loads(raw) for raw in raws]

    def check(number: int, start: int) -> bool:
        element = Element(index=number, start=start, raw=raws[number])
        return all(
            isinstance(item, CheckedTask) and all(found.level != "error" for found in item.findings)
            for item in checker.element(element, number, name="export")
        )

    return {
        "jsonschema": lambda number: plain.is_valid(values[number]),
        "jsonschema-rs": lambda number: compiled.is_valid(values[number]),
        "read + jsonschema-rs": lambda number: compiled.is_valid(msgspec.json.decode(raws[number])),
        "check": lambda number: check(number, DEEP),
        "check, start of a file": lambda number: check(number, 0),
    }


def _measure(ways: dict[str, Way], number: int, rounds: int) -> dict[str, float]:
    """Give the median CPU seconds for all valid tasks; the spoiled ones, explained in words, are rare in life."""
    valid = [position for position in range(number) if position % 5]
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            # jsonschema is too slow to repeat, the others too fast to measure once.
            times = 1 if name == "jsonschema" else 10
            begun = time.process_time()
            for _ in range(times):
                for position in valid:
                    way(position)
            taken[name].append((time.process_time() - begun) / times * number / len(valid))
    return {name: statistics.median(used) for name, used in taken.items()}


def _print(rows: list[Row], *, same: bool) -> None:
    print(f"{'way':<24}{'tasks/s':>10}{'x jsonschema':>14}{'refused':>9}")
    for row in rows:
        print(f"{row.name:<24}{row.tasks_a_second:>10.0f}{row.times_jsonschema:>14.1f}{row.refused:>9}")
    print("the same verdicts" if same else "the verdicts differ")


if __name__ == "__main__":
    sys.exit(main())
