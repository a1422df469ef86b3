"""A Hub for the tests: its HTTP interface on the loopback, for the unmodified clients, with faults on demand.

Two servers, as there: the Hub itself, and the storage that large files are sent to and fetched from by addresses with
a signature in them. Answers follow the documented ones of https://huggingface.co/docs/hub/api and what
huggingface_hub asks for.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hub.store import Blob, Commit, Repo, Store, git_sha1

__all__ = ["SIGNATURE", "Fault", "Request", "StandIn", "User"]

SIGNATURE = "c2lnbmVkLWJ5LXRoZS1zdG9yYWdl"
"""What signs the addresses of the storage; nobody may see it."""
_PAGE = 4  # entries of a tree in one answer, so that the tests turn pages


@dataclass(frozen=True)
class User:
    """Whose token it is; ``role`` is read or write."""

    name: str
    role: str = "write"
    orgs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """A request that came; ``token`` says whether it bore one."""

    method: str
    path: str
    token: bool
    storage: bool


@dataclass
class Fault:
    """What goes wrong with the requests that match ``METHOD path``, ``times`` times, after ``skip`` that went well.

    ``act``: ``status`` answers it; ``reset`` breaks the connection before, ``half`` in the middle of the body, ``lost``
    after the work is done. ``call`` is called before the work, ``after`` behind it and before its answer.
    """

    match: str
    act: str = "none"
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    skip: int = 0
    call: Callable[[], object] | None = None
    after: Callable[[], object] | None = None
    seen: int = 0

    def due(self, method: str, path: str) -> bool:
        """Say whether this request is one of those."""
        if not re.search(self.match, f"{method} {path}"):
            return False
        self.seen += 1
        return self.skip < self.seen <= self.skip + self.times


class _Answer(Exception):  # noqa: N818 - an answer, not always an error
    def __init__(self, status: int, body: object = None, **headers: str) -> None:
        super().__init__(status)
        self.status, self.body = status, body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def _error(status: int, message: str, code: str = "") -> _Answer:
    return _Answer(status, {"error": message}, X_Error_Message=message, **({"X_Error_Code": code} if code else {}))


class StandIn:
    """The two servers; a context manager. ``url`` is what HF_ENDPOINT names."""

    def __init__(self, users: dict[str, User]) -> None:
        self.store = Store()
        self.users = users
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.lock = threading.RLock()
        self._servers = [_Server(self, storage=storage) for storage in (False, True)]
        self.url, self.storage_url = (f"http://127.0.0.1:{server.server_port}" for server in self._servers)

    def __enter__(self) -> Self:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def dataset(self, repo_id: str) -> Repo:
        """The dataset of that name."""
        return self.store.repos["dataset", repo_id]

    def asked(self, pattern: str) -> int:
        """How many requests came that match ``METHOD path``."""
        return sum(bool(re.search(pattern, f"{one.method} {one.path}")) for one in list(self.requests))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, standin: StandIn, *, storage: bool) -> None:
        self.standin, self.storage = standin, storage
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that the other side, or a fault, has broken."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Keep quiet."""

    def _serve(self) -> None:
        standin = self.server.standin
        path = unquote(urlsplit(self.path).path)
        token = self.headers.get("Authorization")
        standin.requests.append(Request(self.command, path, token is not None, self.server.storage))
        with standin.lock:
            fault = next((one for one in standin.faults if one.due(self.command, path)), None)
        if fault is not None:
            if fault.call is not None:
                fault.call()
            if fault.act in {"reset", "half"}:
                if fault.act == "half":
                    self.rfile.read(int(self.headers.get("Content-Length") or 0) // 2)
                self._break()
                return
        body = self._body()
        if fault is not None and fault.act == "status":
            answer = _Answer(fault.status, {"error": "a fault of the test"})
            answer.headers = fault.headers
        else:
            answer = self._answer(path, body)
        if fault is not None and fault.after is not None:
            fault.after()
        if fault is not None and fault.act == "lost":
            self._break()
            return
        self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815 - names of the base class

    def _answer(self, path: str, body: bytes) -> _Answer:
        try:
            with self.server.standin.lock:
                if self.server.storage:
                    _Storage(self.server.standin, self).answer(path, body)
                _Api(self.server.standin, self, body).answer(path)
        except _Answer as answer:
            return answer
        return _error(404, f"no such page: {self.command} {path}")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _break(self) -> None:
        """Break the connection so that the other side gets a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _send(self, answer: _Answer) -> None:
        data = answer.body if isinstance(answer.body, bytes) else b"" if answer.body is None else _json(answer.body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _json(body: object) -> bytes:
    return json.dumps(body).encode()


def _part(data: bytes, ranged: str | None) -> _Answer:
    """The bytes of a file, or those that were asked for."""
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", ranged or "")
    if not wanted:
        return _Answer(200, data, Accept_Ranges="bytes")
    start, end = int(wanted[1]), int(wanted[2] or len(data) - 1)
    return _Answer(206, data[start : end + 1], Content_Range=f"bytes {start}-{end}/{len(data)}")


class _Storage:
    """Where large files are; it knows signatures, and must never see a token of the Hub."""

    def __init__(self, standin: StandIn, request: _Handler) -> None:
        self._standin, self._request = standin, request

    def answer(self, path: str, body: bytes) -> None:
        if f"X-Amz-Signature={SIGNATURE}" not in self._request.path:
            raise _error(403, "not signed")
        oid = path.rpartition("/")[2]
        if self._request.command == "PUT":
            if self._standin.store.keep(body, large=True).oid != oid:
                raise _error(400, "other bytes than announced")
            raise _Answer(200, b"", ETag=f'"{oid}"')
        if oid not in self._standin.store.bytes:
            raise _error(404, "no such object")
        raise _part(self._standin.store.bytes[oid], self._request.headers.get("Range"))


class _Api:
    """One request to the Hub."""

    def __init__(self, standin: StandIn, request: _Handler, body: bytes) -> None:
        self._standin, self._store, self._request, self._body = standin, standin.store, request, body
        self._query = parse_qs(urlsplit(request.path).query)
        authorization = request.headers.get("Authorization") or ""
        self._user = standin.users.get(authorization.removeprefix("Bearer "))
        self._strange = bool(authorization) and self._user is None

    def answer(self, path: str) -> None:
        """Raise the answer; give nothing where there is no such page."""
        if self._strange:
            raise _error(401, "Invalid credentials in Authorization header")
        method = self._request.command
        for pattern, methods in _ROUTES.items():
            # The client quotes the / of a revision (refs/pr/1): path is unquoted, so patterns know such revisions.
            found = re.fullmatch(pattern, path)
            if found and method in methods:
                getattr(self, methods[method])(**found.groupdict())

    def whoami(self) -> None:
        if self._user is None:
            raise _error(401, "Invalid username or password.")
        orgs = [{"name": org} for org in self._user.orgs]
        auth = {"type": "access_token", "accessToken": {"displayName": "test", "role": self._user.role}}
        raise _Answer(200, {"type": "user", "name": self._user.name, "orgs": orgs, "auth": auth})

    def validate_yaml(self) -> None:
        import yaml

        content = json.loads(self._body)["content"]
        try:
            front = yaml.safe_load(content.split("---\n")[1])
            bad = [] if isinstance(front, dict) else ["the metadata is no mapping"]
        except (yaml.YAMLError, IndexError) as error:
            bad = [str(error)]
        errors = [{"message": message} for message in bad]
        raise _Answer(400 if errors else 200, {"errors": errors, "warnings": []})

    def create(self) -> None:
        wanted = json.loads(self._body)
        user = self._writer(wanted.get("organization") or (self._user.name if self._user else ""))
        repo_id = f"{wanted.get('organization') or user.name}/{wanted['name']}"
        kind, url = wanted.get("type", "model"), f"{self._standin.url}/datasets/{repo_id}"
        if (kind, repo_id) in self._store.repos:
            raise _Answer(409, {"error": "You already created this repo", "url": url})
        private = wanted.get("visibility") == "private" or bool(wanted.get("private"))
        self._store.create(kind, repo_id, private=private, author=user.name)
        raise _Answer(200, {"url": url, "name": repo_id, "id": _number(repo_id)})

    def info(self, kind: str, repo_id: str, revision: str = "main") -> None:
        repo, commit = self._at(kind, repo_id, revision)
        siblings = [{"rfilename": path} for path in sorted(commit.tree)]
        raise _Answer(
            200,
            {
                "id": repo.repo_id,
                "author": repo.repo_id.partition("/")[0],
                "sha": commit.oid,
                "lastModified": _DATE,
                "private": repo.private,
                "gated": repo.gated,
                "disabled": False,
                "tags": [],
                "downloads": 0,
                "likes": 0,
                "siblings": siblings,
            },
        )

    def tree(self, kind: str, repo_id: str, revision: str, folder: str = "") -> None:
        _, commit = self._at(kind, repo_id, revision)
        inside = f"{folder}/" if folder else ""
        deep = self._query.get("recursive", ["False"])[0].lower() in {"true", "1"}
        entries: dict[str, dict[str, Any]] = {}
        for path, blob in sorted(commit.tree.items()):
            if not path.startswith(inside):
                continue
            parts = path.removeprefix(inside).split("/")
            for depth in range(1, len(parts)):
                above = inside + "/".join(parts[:depth])
                if deep or depth == 1:
                    oid = git_sha1(above.encode())
                    entries[above] = {"type": "directory", "path": above, "oid": oid, "size": 0}
            if deep or len(parts) == 1:
                entries[path] = blob.info(path)
        if folder and not entries:
            raise _error(404, f"{folder} does not exist", "EntryNotFound")
        start = int(self._query.get("cursor", ["0"])[0])
        shown = list(entries.values())[start : start + _PAGE]
        if start + _PAGE >= len(entries):
            raise _Answer(200, shown)
        address = re.sub(r"&?cursor=\d+", "", self._request.path)
        following = f"{self._standin.url}{address}{'&' if '?' in address else '?'}cursor={start + _PAGE}"
        raise _Answer(200, shown, Link=f'<{following}>; rel="next"')

    def paths_info(self, kind: str, repo_id: str, revision: str) -> None:
        _, commit = self._at(kind, repo_id, revision)
        form = "json" not in (self._request.headers.get("Content-Type") or "")
        paths = parse_qs(self._body.decode())["paths"] if form else json.loads(self._body)["paths"]
        files = [commit.tree[path].info(path) for path in paths if path in commit.tree]
        folders = [
            {"type": "directory", "path": path, "oid": git_sha1(path.encode()), "size": 0}
            for path in paths
            if any(one.startswith(f"{path}/") for one in commit.tree)
        ]
        raise _Answer(200, files + folders)

    def refs(self, kind: str, repo_id: str) -> None:
        repo = self._repo(kind, repo_id)
        branches = [_ref(name, f"refs/heads/{name}", oid) for name, oid in repo.heads.items() if "/" not in name]
        tags = [_ref(name, f"refs/tags/{name}", oid) for name, oid in repo.tags.items()]
        raise _Answer(200, {"branches": branches, "tags": tags, "converts": []})

    def commits(self, kind: str, repo_id: str, revision: str) -> None:
        repo, head = self._at(kind, repo_id, revision)
        shown = [
            {
                "id": one.oid,
                "title": one.title,
                "message": one.message,
                "authors": [{"user": one.author}],
                "date": _DATE,
            }
            for one in repo.history(head)
        ]
        raise _Answer(200, shown)

    def tag(self, kind: str, repo_id: str, revision: str) -> None:
        repo, commit = self._at(kind, repo_id, revision)
        self._writer(repo_id.partition("/")[0])
        name = json.loads(self._body)["tag"]
        if name in repo.tags:
            raise _error(409, f"the tag {name} exists")
        repo.tags[name] = commit.oid
        raise _Answer(200, {})

    def discussions(self, kind: str, repo_id: str) -> None:
        repo = self._repo(kind, repo_id)
        status = self._query.get("status", ["all"])[0]
        shown = [one for one in repo.requests.values() if status in {"all", one["status"]}]
        raise _Answer(200, {"discussions": shown, "count": len(shown), "start": 0})

    def preupload(self, kind: str, repo_id: str, revision: str) -> None:
        _, commit = self._at(kind, repo_id, revision)
        self._writer(repo_id.partition("/")[0], proposes="create_pr" in self._query)
        files = []
        for one in json.loads(self._body)["files"]:
            there = commit.tree.get(one["path"])
            mode = "lfs" if one["path"].endswith(".parquet") else "regular"
            files.append(
                {"path": one["path"], "uploadMode": mode, "shouldIgnore": False, "oid": there.oid if there else None}
            )
        raise _Answer(200, {"files": files})

    def batch(self, repo_id: str) -> None:
        self._repo("dataset", repo_id)
        objects = []
        for one in json.loads(self._body)["objects"]:
            upload = {"href": f"{self._standin.storage_url}/{one['oid']}?X-Amz-Signature={SIGNATURE}"}
            verify = {"href": f"{self._standin.url}/datasets/{repo_id}.git/info/lfs/verify"}
            there = one["oid"] in self._store.bytes
            objects.append({**one, **({} if there else {"actions": {"upload": upload, "verify": verify}})})
        raise _Answer(200, {"transfer": "basic", "objects": objects})

    def verify(self, repo_id: str) -> None:
        self._repo("dataset", repo_id)
        if json.loads(self._body)["oid"] not in self._store.bytes:
            raise _error(404, "not uploaded")
        raise _Answer(200, {})

    def commit(self, kind: str, repo_id: str, revision: str) -> None:
        repo, base = self._at(kind, repo_id, revision)
        proposes = "create_pr" in self._query
        user = self._writer(repo_id.partition("/")[0], proposes=proposes)
        lines = [json.loads(line) for line in self._body.splitlines()]
        header = lines[0]["value"]
        parent = header.get("parentCommit")
        if parent and parent != base.oid:
            if not proposes:
                raise _error(412, "A commit has happened since. Please refresh and try again.")
            base = repo.commits[parent]
        tree = dict(base.tree)
        for line in lines[1:]:
            self._apply(tree, line["key"], line["value"])
        branch = revision
        number = len(repo.requests) + 1
        if proposes:
            branch = f"refs/pr/{number}"
            repo.heads[branch] = base.oid
            repo.requests[number] = {
                "num": number,
                "title": header["summary"],
                "status": "open",
                "isPullRequest": True,
                "author": {"name": user.name},
                "createdAt": _DATE,
                "repo": {"name": repo_id, "type": kind.removesuffix("s")},
            }
        made = repo.add(branch, tree, title=header["summary"], message=header["description"], author=user.name)
        page = f"{self._standin.url}/datasets/{repo_id}"
        url = f"{page}/discussions/{number}" if proposes else None
        raise _Answer(200, {"commitOid": made.oid, "commitUrl": f"{page}/commit/{made.oid}", "pullRequestUrl": url})

    def _apply(self, tree: dict[str, Blob], key: str, value: dict[str, Any]) -> None:
        path = value["path"]
        if key == "file":
            tree[path] = self._store.keep(base64.b64decode(value["content"]))
        elif key == "lfsFile":
            if value["oid"] not in self._store.bytes:
                raise _error(400, f"{path} was not uploaded")
            tree[path] = Blob(value["oid"], len(self._store.bytes[value["oid"]]), large=True)
        elif path not in tree:
            raise _error(404, "A file with this name doesn't exist", "EntryNotFound")
        else:
            del tree[path]

    def resolve(self, repo_id: str, revision: str, file: str) -> None:
        _, commit = self._at("dataset", repo_id, revision)
        blob = commit.tree.get(file)
        if blob is None:
            raise _Answer(404, {"error": "Entry not found"}, X_Error_Code="EntryNotFound", X_Repo_Commit=commit.oid)
        if blob.large:
            raise _Answer(
                302,
                Location=f"{self._standin.storage_url}/{blob.oid}?X-Amz-Signature={SIGNATURE}",
                X_Repo_Commit=commit.oid,
                X_Linked_Etag=f'"{blob.oid}"',
                X_Linked_Size=str(blob.size),
            )
        answer = _part(self._store.bytes[blob.oid], self._request.headers.get("Range"))
        answer.headers |= {"X-Repo-Commit": commit.oid, "ETag": f'"{blob.oid}"'}
        raise answer

    def _repo(self, kind: str, repo_id: str) -> Repo:
        repo = self._store.repos.get((kind.removesuffix("s"), repo_id))
        namespace = repo_id.partition("/")[0]
        mine = self._user is not None and namespace in {self._user.name, *self._user.orgs}
        if repo is None or (repo.private and not mine):
            raise _error(404 if self._user else 401, "Repository not found", "RepoNotFound")
        if repo.gated and not mine:
            raise _error(403, f"Access to {repo_id} is restricted.", "GatedRepo")
        return repo

    def _at(self, kind: str, repo_id: str, revision: str) -> tuple[Repo, Commit]:
        repo = self._repo(kind, repo_id)
        commit = repo.resolve(revision)
        if commit is None:
            raise _error(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return repo, commit

    def _writer(self, namespace: str, *, proposes: bool = False) -> User:
        if self._user is None:
            raise _error(401, "Invalid username or password.")
        if not proposes and (self._user.role == "read" or namespace not in {self._user.name, *self._user.orgs}):
            raise _error(403, f"You don't have the rights to write to {namespace}")
        return self._user


def _number(repo_id: str) -> str:
    return git_sha1(repo_id.encode())[:24]


def _ref(name: str, ref: str, oid: str) -> dict[str, str]:
    return {"name": name, "ref": ref, "targetCommit": oid}


_DATE = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
_ID = r"(?P<repo_id>[^/]+/[^/]+?)"
_API = rf"/api/(?P<kind>models|datasets|spaces)/{_ID}"
_REV = r"(?P<revision>refs/pr/\d+|refs/convert/\w+|[^/]+)"
_ROUTES: dict[str, dict[str, str]] = {
    r"/api/whoami-v2": {"GET": "whoami"},
    r"/api/validate-yaml": {"POST": "validate_yaml"},
    r"/api/repos/create": {"POST": "create"},
    rf"{_API}": {"GET": "info"},
    rf"{_API}/revision/{_REV}": {"GET": "info"},
    rf"{_API}/tree/{_REV}(?:/(?P<folder>.+))?": {"GET": "tree"},
    rf"{_API}/paths-info/{_REV}": {"POST": "paths_info"},
    rf"{_API}/refs": {"GET": "refs"},
    rf"{_API}/commits/{_REV}": {"GET": "commits"},
    rf"{_API}/tag/{_REV}": {"POST": "tag"},
    rf"{_API}/discussions": {"GET": "discussions"},
    rf"{_API}/preupload/{_REV}": {"POST": "preupload"},
    rf"{_API}/commit/{_REV}": {"POST": "commit"},
    rf"/datasets/{_ID}\.git/info/lfs/objects/batch": {"POST": "batch"},
    rf"/datasets/{_ID}\.git/info/lfs/verify": {"POST": "verify"},
    rf"/datasets/{_ID}/resolve/{_REV}/(?P<file>.+)": {"GET": "resolve", "HEAD": "resolve"},
}
