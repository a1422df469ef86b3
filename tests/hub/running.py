"""Run ``wortlaut`` as a process against a stand-in for the Hub, as a user would; no run may print a secret."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.hub.standin import SIGNATURE, StandIn, User

import wortlaut

__all__ = ["READER", "TOKENS", "WRITER", "Result", "Runner"]

WRITER = "hf_WriterTokenOfTheTests0123456789abcd"
READER = "hf_ReaderTokenOfTheTests0123456789abcd"
TOKENS = {WRITER: User("anna", orgs=("lab",)), READER: User("rita", role="read", orgs=("lab",))}
_SOURCES = Path(wortlaut.__file__).parents[1]
# The commands as they are, but for the look by a fresh reader, which takes three seconds.
_WITHOUT_VERIFYING = (
    "import wortlaut.export.hub.run as run; run.verify = lambda *_: None; from wortlaut.cli.main import main; main()"
)


@dataclass(frozen=True)
class Result:
    """How a run ended: its exit code (negative: the signal), what it printed."""

    code: int
    out: str
    err: str


@dataclass
class Runner:
    """Runs commands in a folder; the caches and temporary files of each runner are its own."""

    standin: StandIn
    folder: Path
    token: str | None = WRITER
    process: subprocess.Popen[str] | None = None
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
        temporary = self.folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        return {
            **kept,
            "PYTHONPATH": str(_SOURCES),
            "HF_ENDPOINT": self.standin.url,
            "HF_HOME": str(self.folder / "hf"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "NO_PROXY": "127.0.0.1",
            "TMPDIR": str(temporary),
            **({"HF_TOKEN": self.token} if self.token else {}),
            **self.variables,
        }

    def publish(self, *args: str | Path, verify: bool = True) -> Result:
        """Run ``wortlaut publish``."""
        start = ["-m", "wortlaut"] if verify else ["-c", _WITHOUT_VERIFYING]
        return self.python(*start, "publish", *map(str, args))

    def python(self, *args: str) -> Result:
        """Run Python."""
        self.process = subprocess.Popen(
            [sys.executable, *args],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        out, err = self.process.communicate(timeout=120)
        for secret in (WRITER, READER, SIGNATURE, "X-Amz-Signature"):
            assert secret not in out + err, f"a secret was printed: {out}{err}"
        assert "Traceback" not in err, err
        return Result(self.process.returncode, out, err)

    def kill(self) -> None:
        """End the process as the system does, with no chance to tidy."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
