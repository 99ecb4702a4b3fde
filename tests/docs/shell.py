"""A shell in which `registrar` and `python` are forks of one process that has imported MLflow.

A command of the documentation may have pipes, redirections and variables, so bash runs it. On its
`PATH` stand small programs that hand their arguments over to the fork server. They start in
30 ms, where importing MLflow takes seconds.
"""

from __future__ import annotations

import json
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.registrar_process import environment

if TYPE_CHECKING:
    from tests.support.registrar_process import ForkServer

PROGRAM = """#!{python} -IS
import json, os, re, socket, sys
program, *argv = sys.argv
if argv[-2:-1] == ["-c"] and not re.search("mlflow|registrar", argv[-1]):
    os.execv({python!r}, [{python!r}, *argv])  # it may read standard input, which a fork has not
order = {{"program": os.path.basename(program), "argv": argv, "cwd": os.getcwd(),
         "env": dict(os.environ)}}
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect({address!r})
    connection.sendall(json.dumps(order).encode() + b"\\n")
    reply = json.loads(connection.makefile().readline())
try:
    for number, text in ((1, reply["out"]), (2, reply["err"])):
        with open(number, "w", closefd=False) as stream:
            stream.write(text)
except BrokenPipeError:
    reply["code"] = 141
os._exit(reply["code"])
"""
POLL_SECONDS = 0.02  # how soon the shell notices that it is closed
# The test environment holds the package already; .ci/run runs the README's own install commands.
PIP = """#!/bin/sh
[ "$1" = install ] || exit 1
"""
SCRIPT = """
import sys, traceback
sys.argv = list(argv)
sys.path.insert(0, "")
try:
    {body}
except SystemExit as error:
    sys.stdout.flush()
    import os
    os._exit(error.code if isinstance(error.code, int) else error.code is not None)
except BaseException:
    print(traceback.format_exc(), file=sys.stderr, flush=True)
    raise
"""


class Shell:
    """Runs commands in a user's repository."""

    def __init__(self, fork_server: ForkServer, repository: Path) -> None:
        self.repository = repository
        self.folder = Path(tempfile.mkdtemp(prefix="registrar-"))  # a socket's path is short
        address = str(self.folder / "socket")
        for name in ("registrar", "python"):
            self._write(name, PROGRAM.format(python=sys.executable, address=address))
        self._write("pip", PIP)
        self.server = _Server(address, fork_server)
        threading.Thread(
            target=self.server.serve_forever, args=(POLL_SECONDS,), daemon=True
        ).start()

    def run(self, script: str, timeout: float = 120) -> tuple[int, str]:
        """Return the exit code of a bash script, and what it prints, standard error included."""
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.repository,
            env=environment(PATH=f"{self.folder}:{environment()['PATH']}"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        return done.returncode, done.stdout

    def close(self) -> None:
        """Take no more commands."""
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)


class _Server(socketserver.ThreadingUnixStreamServer):
    """Answers the programs on the shell's `PATH`."""

    daemon_threads = True

    def __init__(self, address: str, fork_server: ForkServer) -> None:
        super().__init__(address, _Handler)
        self.fork_server = fork_server


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        order = json.loads(self.rfile.readline())
        server: Any = self.server
        argv, code = _program(order["program"], order["argv"])
        process = server.fork_server.start(argv, Path(order["cwd"]), code=code, **order["env"])
        result = process.wait()
        reply = {"code": result.code, "out": result.out, "err": result.err}
        self.wfile.write(json.dumps(reply).encode() + b"\n")


def _program(program: str, argv: list[str]) -> tuple[list[str], str | None]:
    """Return (arguments, Python text) for the fork server; no text where registrar is meant."""
    match program, argv:
        case "registrar", _:
            return argv, None
        case "python", ["-m", "registrar", *rest]:
            return rest, None
        case "python", ["-c", code, *rest]:
            return ["-c", *rest], SCRIPT.format(body=f"exec({code!r}, {{'__name__': '__main__'}})")
        case "python", [file, *rest] if not file.startswith("-"):
            run = f"import runpy; runpy.run_path({file!r}, run_name='__main__')"
            return [file, *rest], SCRIPT.format(body=run)
        case _:
            message = f"the documentation's shell does not know {program} {argv}"
            raise ValueError(message)
