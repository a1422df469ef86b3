"""Sending tasks to Label Studio exactly once, next to a plain loop over the SDK's ``import_tasks``.

    WORTLAUT_LABEL_STUDIO=/path/to/label-studio python benchmarks/studio_push.py
    python benchmarks/studio_push.py --tasks 500 --rounds 1 --json

Both sides send the same 2,000 tasks (3,000 characters, 136 predicted results each) to one real server of their own,
each time into a new project, and take turns; medians of wall time are printed. The loop is run at several batch sizes,
and the ratio is to the best of them.

The time of ``push`` is that of what ``wortlaut studio push`` does once its tasks are made: the fence, the list of what
is there, writing the tasks as JSON, the batches, and at the end the list of all tasks, which is compared with what was
sent; its last column is that final listing alone. Making the tasks and their predictions is outside on both sides, as
is making the project. The loop is not checked: it does not know whether each task arrived once.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).parent))

from own_studio import own_studio
from synthetic import predicted_tasks
from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.studio.client import Studio
from wortlaut.annotation.studio.listing import list_tasks
from wortlaut.annotation.studio.patience import Patience
from wortlaut.annotation.studio.uploads import BATCH_SIZE, Importer, Item, fence
from wortlaut.schema.scheme import default_scheme

SDK_BATCHES = (100, 250, 500)
Tasks = list[dict[str, Any]]


class Row(msgspec.Struct):
    """One side: the median of its wall times in seconds, the times, and of the median run what verifying took."""

    side: str
    seconds: float
    rounds: list[float]
    verifying: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=8329)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    tasks = list(predicted_tasks(arguments.tasks))
    with own_studio(arguments.port) as (_, studio):
        rows = measure(studio, tasks, arguments.rounds)
    ratio = rows[0].seconds / min(row.seconds for row in rows[1:])
    if arguments.json:
        sys.stdout.write(msgspec.json.encode({"rows": rows, "ratio": round(ratio, 3)}).decode() + "\n")
        return 0
    characters = statistics.mean(len(task["data"]["text"]) for task in tasks)
    results = statistics.mean(len(task["predictions"][0]["result"]) for task in tasks)
    sys.stdout.write(f"{len(tasks)} tasks, {characters:.0f} characters and {results:.0f} results each\n")
    sys.stdout.write(f"{'side':<26}{'median s':>9}{'tasks/s':>9}{'verify s':>9}   rounds\n")
    for row in rows:
        shown = " ".join(f"{one:.1f}" for one in row.rounds)
        speed = len(tasks) / row.seconds
        sys.stdout.write(f"{row.side:<26}{row.seconds:>9.1f}{speed:>9.0f}{row.verifying:>9.1f}   {shown}\n")
    sys.stdout.write(f"push takes {ratio:.2f} times the time of the best loop\n")
    return 0


def measure(studio: Studio, tasks: Tasks, rounds: int) -> list[Row]:
    """Run the sides in turn; the first row is push."""
    sides = [f"push, batches of {BATCH_SIZE}", *(f"SDK loop, batches of {size}" for size in SDK_BATCHES)]
    times: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    send(studio, tasks[:200])  # the first requests of a server load what the later ones have
    for number in range(rounds):
        # Nobody is always the first.
        for place in range(len(sides)):
            which = (place + number) % len(sides)
            took = send(studio, tasks) if which == 0 else loop(studio, tasks, SDK_BATCHES[which - 1])
            times[sides[which]].append(took)
    rows = []
    for side in sides:
        middle = sorted(times[side])[rounds // 2]
        rows.append(Row(side=side, seconds=middle[0], rounds=[one for one, _ in times[side]], verifying=middle[1]))
    return rows


def send(studio: Studio, tasks: Tasks) -> tuple[float, float]:
    """Send as push does; give the seconds of all and of the verifying at the end."""
    project_id = new_project(studio)
    start = time.perf_counter()
    fence(studio, project_id)
    there = list_tasks(studio, project_id).keys
    importer = Importer(studio, project_id, Patience(studio, say=complain))
    encoder = msgspec.json.Encoder()
    keys = []
    for task in tasks:
        key = (task["data"]["article_id"], task["data"]["text_sha256"])
        keys.append(key)
        if key not in there:
            importer.add(Item(key=key, line=encoder.encode(task)))
    importer.flush()
    sent = time.perf_counter()
    held = list(list_tasks(studio, project_id).tasks())
    if Counter(task.key for task in held) != Counter(keys) or any(task.predictions != 1 for task in held):
        raise SystemExit("push: what is on the server is not what was sent")
    end = time.perf_counter()
    studio.call("DELETE", f"/api/projects/{project_id}/", doing="clean up", timeout=600)
    return end - start, end - sent


def loop(studio: Studio, tasks: Tasks, size: int) -> tuple[float, float]:
    """Send as the SDK's documentation does; give the seconds."""
    project_id = new_project(studio)
    start = time.perf_counter()
    for first in range(0, len(tasks), size):
        batch: Any = tasks[first : first + size]  # its types want records of its own; it takes plain ones
        studio.sdk.projects.import_tasks(project_id, request=batch, return_task_ids=True)
    end = time.perf_counter()
    studio.call("DELETE", f"/api/projects/{project_id}/", doing="clean up", timeout=600)
    return end - start, 0.0


def complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def new_project(studio: Studio) -> int:
    body = {"title": "bench", "label_config": labeling_config(default_scheme()), "maximum_annotations": 2}
    number: int = studio.call("POST", "/api/projects/", doing="make a project", json=body)["id"]
    return number


if __name__ == "__main__":
    sys.exit(main())
