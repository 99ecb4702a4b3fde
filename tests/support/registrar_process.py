"""Run registrar as its user does, as a process, and look at what it leaves."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from tests.support.report_schema import check_document

if TYPE_CHECKING:
    import signal

ROOT = Path(__file__).resolve().parent.parent.parent
FOREIGN = ("MLFLOW_", "AWS_", "HYDRA_", "GIT_", "PG", "REGISTRAR_")
SIZE = ("COLUMNS", "LINES")  # pytest-xdist sets them; a terminal knows its own
# A version says which CI system made it; tests of that set the variables of one.
CI_SYSTEMS = ("CI", "GITHUB_", "GITLAB_", "JENKINS_", "TF_BUILD", "BUILDKITE", "AIRFLOW_CTX_")
# With it, each of the hundreds of processes would compile the package anew.
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, slots=True)
class Result:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the document of `output=json`, after checking it against its schema."""
        document = json.loads(self.out, parse_constant=_refuse)
        check_document(document)
        return document


def _refuse(constant: str) -> NoReturn:
    """Fail for NaN and Infinity, which JSON does not have."""
    raise AssertionError(constant)


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of a user, without variables of MLflow and of earlier tests.

    Strict mode is off, also where a CI system runs the tests; a test of it turns it on.
    """
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith((*FOREIGN, *CI_SYSTEMS, *SIZE, NO_BYTECODE))
    }
    fixed = {"MLFLOW_DISABLE_TELEMETRY": "true", "NO_COLOR": "1", "REGISTRAR_STRICT": "false"}
    return {**clean, **fixed, **changes}


@dataclass(slots=True)
class Process:
    """A registrar command under way."""

    pid: int
    out: Path
    err: Path
    done: queue.Queue[int] = field(default_factory=queue.Queue)

    def wait(self, timeout: float = 120) -> Result:
        """Wait for the end of the command, and return its result."""
        code = self.done.get(timeout=timeout)
        return Result(code, self.out.read_text(), self.err.read_text())

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command."""
        os.kill(self.pid, number)


class ForkServer:
    """Starts registrar commands as forks of one process that has imported everything."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.count = 0
        self.lock = threading.Lock()
        self.started: queue.Queue[int] = queue.Queue()
        self.running: dict[int, Process] = {}
        self.ended: dict[int, int] = {}
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "support" / "fork_server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
            cwd=scratch,
        )
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def start(
        self,
        argv: list[str],
        cwd: Path,
        *,
        go: Path | None = None,
        kill_at: tuple[str, int] | None = None,
        code: str | None = None,
        **env: str,
    ) -> Process:
        """Start a command in `cwd`; see fork_server.py for `go`, `kill_at` and `code`."""
        with self.lock:
            self.count += 1
            out, err = (self.scratch / f"{self.count}.{name}" for name in ("out", "err"))
            order = {
                "argv": argv,
                "cwd": str(cwd),
                "env": environment(**env),
                "out": str(out),
                "err": str(err),
                "go": str(go) if go else None,
                "kill_at": kill_at,
                "code": code,
            }
            stdin: IO[str] = self.process.stdin  # type: ignore[assignment]
            stdin.write(json.dumps(order) + "\n")
            stdin.flush()
            pid = self.started.get(timeout=120)
            process = Process(pid, out, err)
            self.running[pid] = process
            if pid in self.ended:
                process.done.put(self.ended.pop(pid))
            return process

    def run(self, argv: list[str], cwd: Path, **env: str) -> Result:
        """Run a command to its end."""
        return self.start(argv, cwd, go=None, kill_at=None, code=None, **env).wait()

    def close(self) -> None:
        """End the fork server."""
        self.process.stdin.close()  # type: ignore[union-attr]
        self.process.wait(timeout=30)
        self.listener.join(timeout=30)
        self.process.stdout.close()  # type: ignore[union-attr]

    def _listen(self) -> None:
        for line in self.process.stdout:  # type: ignore[union-attr]
            message = json.loads(line)
            if "code" not in message:
                self.started.put(message["pid"])
            elif message["pid"] in self.running:
                self.running.pop(message["pid"]).done.put(message["code"])
            else:
                self.ended[message["pid"]] = message["code"]


def command(argv: list[str], cwd: Path, timeout: float = 120, **env: str) -> Result:
    """Run `python -m registrar ARGV` in a new process that has imported nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "registrar", *argv],
        cwd=cwd,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)
