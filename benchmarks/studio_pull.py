"""``wortlaut studio pull`` of 2,000 annotated tasks: its peak memory, and its time apart for the server and for us.

    WORTLAUT_LABEL_STUDIO=/path/to/label-studio python benchmarks/studio_pull.py
    python benchmarks/studio_pull.py --tasks 200 --json

Each task has 3,000 characters and one annotation of the same 136 results as its prediction. The whole command is run in
a process of its own, check included: everything for the first time, then again where nothing is new, then where one
task in a hundred has changed. Peak memory is that process's VmHWM (Linux). Its CPU time is ours; the rest of the wall
time is the server's and the wait for it. The last column is what is copied from the server.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).parent))

from own_studio import own_studio
from synthetic import predicted_tasks
from wortlaut.annotation.config import labeling_config
from wortlaut.annotation.studio.client import Studio
from wortlaut.annotation.studio.identity import marker
from wortlaut.schema.project import Project
from wortlaut.schema.scheme import default_scheme

LIMIT_MB = 150
BATCH = 250

# Runs the command and says at the end what the process has used.
RUN = """
import os, sys
from wortlaut.cli.main import run
code = run(["studio", "pull", "--json"])
status = open("/proc/self/status", encoding="ascii").read()
peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
times = os.times()
print("used", peak, times.user + times.system, code, file=sys.stderr)
"""


class Row(msgspec.Struct):
    """One run: wall time, our CPU time, peak memory, and what came from the server."""

    run: str
    seconds: float
    own_seconds: float
    peak_mb: float
    fetched: int
    megabytes: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--port", type=int, default=8349)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with own_studio(arguments.port) as (project, studio):
        rows = measure(project, studio, arguments.tasks)
    peak = max(row.peak_mb for row in rows)
    if arguments.json:
        sys.stdout.write(msgspec.json.encode({"rows": rows, "peak_mb": peak, "limit_mb": LIMIT_MB}).decode() + "\n")
    else:
        sys.stdout.write(f"{'run':<20}{'wall s':>8}{'ours s':>8}{'server s':>10}{'peak MB':>9}{'tasks':>8}{'MB':>8}\n")
        for row in rows:
            rest = row.seconds - row.own_seconds
            sys.stdout.write(
                f"{row.run:<20}{row.seconds:>8.1f}{row.own_seconds:>8.1f}{rest:>10.1f}{row.peak_mb:>9.0f}"
                f"{row.fetched:>8}{row.megabytes:>8.1f}\n"
            )
        sys.stdout.write(f"peak {peak:.0f} MB of {LIMIT_MB} allowed\n")
    return int(peak > LIMIT_MB)


def measure(project: Project, studio: Studio, number: int) -> list[Row]:
    """Fill a project, then pull it three times."""
    body = {
        "title": "bench",
        "description": marker(project),
        "label_config": labeling_config(default_scheme()),
        "maximum_annotations": 1,
    }
    made: int = studio.call("POST", "/api/projects/", doing="make a project", json=body)["id"]
    tasks = [task | {"annotations": [annotation(task)]} for task in predicted_tasks(number)]
    for start in range(0, number, BATCH):
        path = f"/api/projects/{made}/import"
        studio.call("POST", path, doing="fill the project", json=tasks[start : start + BATCH], timeout=600)
    rows = [pull(project, "first")]
    rows.append(pull(project, "nothing new"))
    listed: Any = studio.call("GET", f"/api/projects/{made}/tasks/?page_size={number}&include=id", doing="list")
    for task in listed[::100]:
        studio.call("POST", f"/api/tasks/{task['id']}/annotations/", doing="annotate", json={"result": []})
    rows.append(pull(project, "one in 100 changed"))
    return rows


def annotation(task: dict[str, Any]) -> dict[str, Any]:
    """Give what an annotator makes of a prediction without changing it."""
    return {"result": task["predictions"][0]["result"], "lead_time": 60.0, "ground_truth": False}


def pull(project: Project, run: str) -> Row:
    """Run the command and read what it says of itself."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=project.root,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    last = done.stderr.strip().splitlines()[-1].split()
    if last[0] != "used" or last[3] == "2":
        raise SystemExit(done.stderr)
    said = json.loads(done.stdout)["pull"]
    return Row(
        run=run,
        seconds=seconds,
        own_seconds=float(last[2]),
        peak_mb=int(last[1]) / 1024,
        fetched=said["fetched"],
        megabytes=said["bytes_fetched"] / 1e6,
    )


if __name__ == "__main__":
    sys.exit(main())
