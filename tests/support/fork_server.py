"""A process that has imported everything once and forks one child per registrar command.

Importing mlflow takes seconds; a fork takes milliseconds. Each child is a process of its own: it
can be killed, it races with others, it has its own working directory and environment. Protocol:
one JSON line {"argv", "cwd", "env", "out", "err", "kill_at", "go"} on stdin for each child, one
line {"pid"} back, then {"pid", "code"} when it has ended. A child with `go` waits until that file
exists before it starts, so that several start at once. With `kill_at` it kills itself right before
("before", n) or after ("after", n) its n-th commit to a database, counted from 1. With `code` it
runs that Python text in place of registrar.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import gc
import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any


def main() -> None:
    """Serve until stdin ends."""
    # A shell starts background jobs with SIGINT ignored, and the commands would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _warm_up()
    gc.collect()
    gc.freeze()  # a child would look at, and so copy, every object of the modules again and again
    lock = threading.Lock()
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(order)
        say(lock, {"pid": pid})
        threading.Thread(target=_reap, args=(lock, pid), daemon=True).start()


def keep_hydras_files() -> None:
    """Read Hydra's own configurations, which do not change, once and not for each command."""
    from hydra._internal.sources_registry import SourcesRegistry
    from hydra.core.plugins import Plugins

    Plugins.instance()  # registers the sources
    source: Any = SourcesRegistry.instance().resolve("pkg")
    load = source.load_config
    kept: dict[tuple[str, str, str], Any] = {}

    def load_once(self: Any, config_path: str) -> Any:
        key = (self.provider, self.path, config_path)
        if key not in kept:
            kept[key] = load(self, config_path)
        return copy.deepcopy(kept[key])

    source.load_config = load_once


def keep_mlflows_files() -> None:
    """Load MLflow's migrations once, and not at each connection to see which is the latest."""
    with contextlib.suppress(ImportError, AttributeError):  # names of this MLflow
        from mlflow.store.db import utils

        utils._get_latest_schema_revision = functools.cache(utils._get_latest_schema_revision)


def _warm_up() -> None:
    """Import and cache everything that a command needs, before the first fork."""
    from registrar.cli import main

    keep_hydras_files()
    keep_mlflows_files()

    here, argv = Path.cwd(), sys.argv
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
        os.chdir(folder)
        for name, text in (
            ("configs/model/warm.yaml", "{name: warm, uri: warm, aliases: [up]}"),
            ("warm/MLmodel", "flavors: {}"),
        ):
            Path(name).parent.mkdir(parents=True)
            Path(name).write_text(text)
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            sys.argv = ["registrar"]
            for url in ("sqlite:///warm.db", "http://127.0.0.1:9"):
                main(["model=warm", f"server.tracking_uri={url}", "server.timeout=0.1"])
    os.chdir(here)
    sys.argv = argv


def say(lock: threading.Lock, message: dict[str, Any]) -> None:
    """Print one whole line on stdout."""
    with lock:
        print(json.dumps(message), flush=True)


def _reap(lock: threading.Lock, pid: int) -> None:
    _, status = os.waitpid(pid, 0)
    say(lock, {"pid": pid, "code": os.waitstatus_to_exitcode(status)})


def _child(order: dict[str, Any]) -> None:
    code = 1
    try:
        for number, name in ((0, os.devnull), (1, order["out"]), (2, order["err"])):
            flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            os.dup2(os.open(name, flags, 0o644), number)
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["env"])
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115 - lives as long as the process
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
        if order.get("kill_at"):
            _kill_at(*order["kill_at"])
        while order.get("go") and not Path(order["go"]).exists():
            time.sleep(0.001)
        if order.get("code"):
            exec(order["code"], {"argv": order["argv"]})
            code = 0
            return
        from registrar.__main__ import run

        sys.argv = ["registrar", *order["argv"]]
        try:
            code = run()
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _kill_at(moment: str, number: int) -> None:
    """Kill this process with SIGKILL at its n-th commit that wrote something."""
    import sqlalchemy.event
    from sqlalchemy.orm import Session

    seen = 0

    def wrote(session: Any) -> bool:
        return bool(session.new or session.dirty or session.deleted) or session.info.get("wrote")

    @sqlalchemy.event.listens_for(Session, "after_flush")
    def _flushed(session: Any, context: Any) -> None:
        del context
        session.info["wrote"] = True

    @sqlalchemy.event.listens_for(Session, "before_commit")
    def _before(session: Any) -> None:
        nonlocal seen
        if wrote(session):
            seen += 1
            if moment == "before" and seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    @sqlalchemy.event.listens_for(Session, "after_commit")
    def _after(session: Any) -> None:
        session.info.pop("wrote", None)
        if moment == "after" and seen == number:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
