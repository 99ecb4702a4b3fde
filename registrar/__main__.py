"""`python -m registrar`, and the console script `registrar`: streams and the end of the process."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from pathlib import Path

INTERRUPTED = 128 + signal.SIGINT
BROKEN_PIPE = 128 + signal.SIGPIPE


def run() -> int:
    """Run the command line, and return its exit code."""
    _open_streams()
    from registrar.cli import discard_output, main, report_unwritable

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
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # do not wait for threads that read a file or wait for a reply
    return code


def _open_streams() -> None:
    """Make every text printable: closed streams lead nowhere, odd characters become escapes."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # started with `>&-`
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
            setattr(sys, name, nowhere)
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(run())
