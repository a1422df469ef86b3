"""The CRF: a linear-chain conditional random field over BIO tags, trained by L-BFGS (CRFsuite).

A run of fewer iterations is the beginning of a run of more. So the stop is picked by training up to a few numbers of
iterations, and keeping the one that does best on the validation split. Nothing here is random.

CRFsuite holds Python's lock while it trains and swallows Ctrl-C. So it trains in a process of its own (``crf_worker``).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version as installed_version
from pathlib import Path

import msgspec

from wortlaut.annotation.learnt.features import has_hanta
from wortlaut.annotation.learnt.folder import CRF_FILE
from wortlaut.annotation.learnt.tagger import crf_tagger, require_crf
from wortlaut.export.train.crf_worker import C1, C2, Done, Job, Said
from wortlaut.export.train.data import TrainingData
from wortlaut.export.train.fitted import Fitted, OnStep, Step, Stop, TrainOptions, scored

__all__ = ["train_crf"]

_PARTS = (0.25, 0.5, 1.0)  # of the iterations: where the stop is looked for


def train_crf(data: TrainingData, options: TrainOptions, folder: Path, on_step: OnStep) -> Fitted:
    """Train a CRF on the training split; ``folder`` is where it may write.

    Raises UsageError where python-crfsuite is missing. Without HanTa it is trained without tags and lemmas.
    """
    require_crf()
    hanta = has_hanta()
    counts = [options.iterations]
    if data.validation:
        counts = sorted({max(1, round(options.iterations * part)) for part in _PARTS})
    job = Job(documents=data.train, counts=tuple(counts), hanta=hanta, folder=str(folder))
    best: tuple[float, int, Path] | None = None
    path, lost = folder, 0
    for said in _said(job, folder):
        if isinstance(said, Done):
            path, lost, f1 = Path(said.path), said.lost, None
            if data.validation:
                found = scored(crf_tagger(path, hanta=hanta), data.validation, "entities", resamples=0)
                f1 = found.strict.f1 or 0.0
                if best is None or f1 > best[0]:
                    best = (f1, said.count, path)
            on_step(Step(kind="crf", done=said.count, total=options.iterations, f1=f1))
        else:
            on_step(Step(kind="crf", done=said.iteration, total=options.iterations))
    if best is None:
        return _fitted(path, Stop(step=counts[-1], steps=counts[-1], f1=None), lost, hanta=hanta)
    return _fitted(best[2], Stop(step=best[1], steps=counts[-1], f1=best[0]), lost, hanta=hanta)


def _said(job: Job, folder: Path) -> Iterator[Said]:
    """Run the worker and give what it says; it ends with this generator."""
    path = folder / "job"
    path.write_bytes(msgspec.msgpack.encode(job))
    command = [sys.executable, "-m", "wortlaut.export.train.crf_worker", str(path)]
    errors = folder / "errors"
    decoder = msgspec.json.Decoder(Said)
    with errors.open("wb") as stderr, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr) as worker:  # noqa: S603
        try:
            for line in worker.stdout or ():
                yield decoder.decode(line)
            code = worker.wait()
        except BaseException:
            worker.kill()
            raise
    if code:
        told = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise RuntimeError(f"the training of the CRF ended with code {code}: {told[-1] if told else 'it said nothing'}")


def _fitted(path: Path, stop: Stop, lost: int, *, hanta: bool) -> Fitted:
    data = path.read_bytes()
    software = {"python-crfsuite": installed_version("python-crfsuite")}
    if hanta:
        software["HanTa"] = installed_version("HanTa")
    return Fitted(
        tagger=crf_tagger(path, hanta=hanta),
        save=lambda folder: _write(folder / CRF_FILE, data),
        stop=stop,
        lost=lost,
        settings={"c1": C1, "c2": C2, "tags and lemmas": "HanTa" if hanta else "none"},
        software=software,
        hanta=hanta,
    )


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
