"""The plan of a commit: applied, a repository holds the release and nothing else; and what is somebody else's."""

from __future__ import annotations

import tempfile
from hashlib import sha1, sha256
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from wortlaut.export.hub.plan import LocalFile, RemoteFile, differing, make_plan

NAMES = st.sampled_from(["README.md", "data/ner/train-00000.parquet", "manifest.json", "schema/scheme.toml", "a"])
TREES = st.dictionaries(NAMES, st.binary(max_size=3))


def remote(data: bytes, *, large: bool) -> RemoteFile:
    if large:
        return RemoteFile(bytes=len(data), sha256=sha256(data).hexdigest())
    name = sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    return RemoteFile(bytes=len(data), git_sha1=name)


def trees(contents: dict[str, bytes]) -> dict[str, RemoteFile]:
    return {path: remote(data, large=path.endswith(".parquet")) for path, data in contents.items()}


def local(folder: Path, contents: dict[str, bytes]) -> dict[str, LocalFile]:
    files = {}
    for path, data in contents.items():
        file = folder / sha256(data).hexdigest()
        file.write_bytes(data)
        files[path] = LocalFile(path=path, file=file, bytes=len(data), sha256=sha256(data).hexdigest())
    return files


@given(TREES, TREES)
def test_a_plan_makes_a_repository_the_release(ours: dict[str, bytes], theirs: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = local(Path(folder), ours)
        there = trees(theirs) | {".gitattributes": remote(b"x", large=False)}
        plan = make_plan(files, there)
        assert ".gitattributes" not in plan.deletes
        assert bool(plan) == (ours != theirs)
        done = {path: data for path, data in theirs.items() if path not in plan.deletes}
        done |= {file.path: file.file.read_bytes() for file in (*plan.adds, *plan.changes)}
        assert done == ours
        assert not {file.path for file in plan.adds} & theirs.keys()
        assert not make_plan(files, trees(done))


@given(TREES, TREES, TREES)
def test_what_nobody_released_is_found(ours: dict[str, bytes], base: dict[str, bytes], head: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = differing(trees(head), trees(base), local(Path(folder), ours))
    assert not set(found) & {path for path in head if head[path] in {base.get(path), ours.get(path)}}
    assert set(found) >= {path for path in head if head[path] not in {base.get(path), ours.get(path)}}
    # What somebody took away is lost only where this release would put it back.
    assert set(found) - head.keys() == (base.keys() & ours.keys()) - head.keys()
