"""Keep the working directory off Python's import path.

`python -m` puts it there first, and so does PYTHONPATH=. in the environment. It may be the checkout of
a stranger's pull request, where `yaml.py` would stand in for the library, and `hydra_plugins/x.py`
would be a plugin of Hydra.

The package loads this module before anything else. It imports only what Python itself has loaded
by then: `os` and `sys`.
"""

import os
import sys

__all__ = ["forget_working_directory", "is_run_as_module", "restore"]

_before: list[str] = []


def is_run_as_module() -> bool:
    """Return whether Python looks for `registrar` right now because of `python -m registrar`."""
    if sys.argv[:1] != ["-m"]:  # so it is while Python looks for the module, and only then
        return False
    name = sys.orig_argv[-len(sys.argv)].partition(".")[0]
    return name == "registrar" or (name[:1] == "-" and name.endswith("mregistrar"))


def forget_working_directory() -> None:
    """Take the working directory off the import path. What is imported later is found without it."""
    try:
        here = os.path.realpath(os.getcwd())  # noqa: PTH109 - pathlib is not loaded yet
    except OSError:  # the directory is gone
        return
    _before[:] = _before or sys.path
    sys.path[:] = [entry for entry in sys.path if entry and os.path.realpath(entry) != here]


def restore() -> None:
    """Bring the import path back to what it was, for those who allow plugins."""
    if _before:
        sys.path[:] = _before
