"""`python -m registrar`, and the console script `registrar`: streams and the end of the process."""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

from registrar.import_path import forget_working_directory, restore

INTERRUPTED = 128 + signal.SIGINT
BROKEN_PIPE = 128 + signal.SIGPIPE
NO_HOME = "/nonexistent"  # Debian's home of a user without one
# A command makes little garbage in cycles, but many objects while it imports and composes: with
# Python's own threshold of 700 objects, looking for garbage takes a twentieth of `validate`.
OBJECTS_PER_COLLECTION = 100_000
# How long the end of the process waits for threads of MLflow's clients, in seconds. What such a
# thread waits for, or receives without end, nobody needs any more.
LAST_WAIT = 2.0


def main() -> NoReturn:
    """Run the command line, and end the process with its exit code."""
    leave_import_path()
    code = run()
    if threading.active_count() == 1 and "mlflow" not in sys.modules:
        # Python would take every module apart, which is a tenth of the time of `validate`.
        atexit._run_exitfuncs()  # noqa: SLF001 - there is no public function for it
        _exit_at_once(code)
    last = threading.Timer(LAST_WAIT, _exit_at_once, (code,))
    last.daemon = True
    last.start()
    sys.exit(code)


def leave_import_path() -> None:
    """Take the working directory off Python's import path, unless the environment allows plugins."""
    from registrar.config.permissions import read_permissions

    if read_permissions().plugins:
        restore()
    else:
        forget_working_directory()


def run() -> int:
    """Run the command line, and return its exit code."""
    gc.set_threshold(OBJECTS_PER_COLLECTION)
    _open_streams()
    _name_home()
    from registrar.cli import discard_output, main, report_unwritable
    from registrar.mlflow_import import keep_mlflow_small

    keep_mlflow_small()

    code = 0
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # `registrar plan ... | head`: the reader has seen enough
        discard_output()
        return BROKEN_PIPE
    except OSError as error:
        return report_unwritable(error, code)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED and threading.active_count() > 1:
        _exit_at_once(code)  # do not wait for threads that read a file or wait for a reply
    return code


def _exit_at_once(code: int) -> NoReturn:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _open_streams() -> None:
    """Make every text printable: closed streams lead nowhere, odd characters become escapes."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # started with `>&-`
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
            setattr(sys, name, nowhere)
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _name_home() -> None:
    """Name a home where the system knows none, as in some containers: libraries ask for it."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = NO_HOME


if __name__ == "__main__":
    main()
