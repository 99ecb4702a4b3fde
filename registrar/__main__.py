"""`python -m registrar`, and the console script `registrar`."""

from __future__ import annotations

import os
import signal
import sys
import traceback


def run() -> int:
    """The exit code of the command line; 1, with a traceback, for a bug of ours."""
    from registrar.app import main

    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # `registrar plan ... | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception:  # everything a user can cause is a RegistrarError, handled in main
        traceback.print_exc()
        print("This is a bug in registrar; please report it with the lines above.", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(run())
