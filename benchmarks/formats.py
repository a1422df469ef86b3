"""Documents a second and peak memory of wortlaut export, format by format, on a synthetic release.

The release is that of build_only.py: 2,500 characters, 40 entities, 12 relations and 8 quotes a document. Each
format runs in a process of its own, on a quarter of the release too: memory must not grow with it. Prints one JSON
line a format. Usage: python benchmarks/formats.py [DOCUMENTS]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from build_only import Timed
from wortlaut.export.build import build, schema_files
from wortlaut.export.export import export
from wortlaut.export.formats import FORMATS
from wortlaut.schema.assets import assets
from wortlaut.schema.scheme import default_scheme


def make(documents: int, out: Path) -> Path:
    """Build a release of synthetic articles."""
    report = build(
        Timed(documents),
        scheme=default_scheme(),
        out=out,
        name=f"bench-{documents}",
        version="0.1.0",
        schema_files=schema_files(assets("schema", "scheme.toml")),
    )
    return Path(report.path)


def one(release: Path, name: str, out: Path) -> None:
    """Export in this process and print what it took."""
    begun = time.process_time()
    report = export(release, format_=name, out=out)
    spent = time.process_time() - begun
    files = [path for path in out.rglob("*") if path.is_file()]
    figures = {
        "format": name,
        "documents": report.loss.documents,
        "docs_per_cpu_s": round(report.loss.documents / spent),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "files": len(files),
        "size_mb": round(sum(path.stat().st_size for path in files) / 1e6, 1),
    }
    print(json.dumps(figures))


def main() -> None:
    documents = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as folder:
        for number in (documents // 4, documents):
            # In a process of its own: one that is started says its parent's peak where that is higher.
            call = [sys.executable, __file__, "--make", str(number), folder]
            release = subprocess.run(call, check=True, capture_output=True, text=True).stdout.strip()
            for name in FORMATS:
                out = Path(folder) / f"{name}-{number}"
                subprocess.run([sys.executable, __file__, "--one", release, name, str(out)], check=True)


if __name__ == "__main__":
    if "--make" in sys.argv:
        print(make(int(sys.argv[2]), Path(sys.argv[3])))
    elif "--one" in sys.argv:
        one(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
    else:
        main()
