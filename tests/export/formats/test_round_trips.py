"""Each format, read back by its own library, holds what the release holds or the account says what it lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.export.formats.readers import READERS, Pair
from tests.export.strategies import corpora

from wortlaut.export.build import build, schema_files
from wortlaut.export.export import LayerChoice, export
from wortlaut.export.formats import FORMATS
from wortlaut.export.formats.base import contents_of
from wortlaut.export.formats.loss import LossReport
from wortlaut.export.release import Release, open_release
from wortlaut.schema.assets import assets
from wortlaut.schema.checked import CheckedTask
from wortlaut.schema.scheme import default_scheme


def build_release(tasks: Sequence[CheckedTask], out: Path) -> Release:
    report = build(
        tasks,
        scheme=default_scheme(),
        out=out,
        name="probe",
        version="0.1.0",
        schema_files=schema_files(assets("schema", "scheme.toml")),
    )
    return open_release(Path(report.path))


def hold_account(loss: LossReport, pairs: Sequence[Pair], release: Release) -> None:
    """Assert that the account counts what the release holds, and that in = out + lost."""
    there: Counter[str] = Counter()
    for document, layer in pairs:
        contents = contents_of(document, layer, release.scheme)
        for kind in contents.__struct_fields__:
            there[kind] += len(getattr(contents, kind))
    read = {kind: one.read for kind, one in loss.kinds.items() if kind != "doc.ents"}
    assert read == {kind: number for kind, number in there.items() if number}
    for kind, one in loss.kinds.items():
        reasons = [lost for lost in loss.losses if lost.kind == kind]
        assert one.read == one.written + one.lost
        assert one.lost == sum(lost.count for lost in reasons)
        assert all(lost.examples for lost in reasons)


def hold_files(name: str, release: Release, layer: LayerChoice, out: Path) -> LossReport:
    """Export a release, read it back, and hold what was found to the account."""
    loss = export(release.path, format_=name, out=out, layer=layer).loss
    found: Counter[str] = Counter()
    everything: list[Pair] = []
    for split in release.splits:
        groups: dict[str, list[Pair]] = {}
        for document in release.documents(split=split, layers=True):
            for one in document.layers if layer == "annotators" else (document.main,):
                who = one.annotator if one.layer == "annotator" else one.layer
                place = "." if layer == "main" or name == "jsonl" else str(who)
                groups.setdefault(place, []).append((document, one))
        for place, pairs in groups.items():
            everything += pairs
            found += READERS[name](out / place, split, pairs, release.scheme)
    hold_account(loss, everything, release)
    for kind, number in found.items():
        assert loss.kinds[kind].written == number, kind
    return loss


@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(max_examples=25)
@given(tasks=corpora(), layer=st.sampled_from(["main", "annotators"]))
def test_what_goes_in_comes_out_or_is_counted(name: str, tasks: list[CheckedTask], layer: LayerChoice) -> None:
    with tempfile.TemporaryDirectory() as folder:
        release = build_release(tasks, Path(folder) / "releases")
        hold_files(name, release, layer, Path(folder) / "out")
