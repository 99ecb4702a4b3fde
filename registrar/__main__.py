"""`python -m registrar`, and the console script `registrar`."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from pathlib import Path


def run() -> int:
    """The exit code of the command line."""
    _open_streams()
    from registrar.cli import main

    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # `registrar plan ... | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    if code == 128 + signal.SIGINT and threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # threads that are at a file or a reply are not waited for
    return code


def _open_streams() -> None:
    """Whatever is printed can be: closed streams go nowhere, odd characters become escapes."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # started with `>&-`
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
            setattr(sys, name, nowhere)
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(run())
