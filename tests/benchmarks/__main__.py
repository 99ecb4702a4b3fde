"""`python -m tests.benchmarks [NAME ...]`: what registrar promises to be quick at, measured.

Each figure is a ratio of two things run in turn, on this machine, in this run; a real `mlflow
server` on loopback with its default four workers where there is one.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.figures import FIGURES, Servers

if TYPE_CHECKING:
    from tests.benchmarks.measures import Figure

PACKAGES = ("mlflow", "hydra-core", "omegaconf", "jsonschema", "urllib3")


def main(names: list[str]) -> int:
    """Print the table; 1 where a figure is not reached."""
    unknown = set(names) - set(FIGURES)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(FIGURES)}")
        return 2
    print("| what | against | measured | at most |\n| --- | --- | --- | --- |", flush=True)
    missed = False
    with (
        tempfile.TemporaryDirectory(prefix="registrar-") as folder,
        contextlib.ExitStack() as stack,
    ):
        world = Servers(Path(folder), stack)
        for name in names or FIGURES:
            for figure in FIGURES[name](world):
                print(row(figure), flush=True)
                missed = missed or not figure.holds
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    print(f"\n{machine}, Python {platform.python_version()}, {versions}")
    return int(missed)


def row(figure: Figure) -> str:
    """One line of the table."""
    mark = "" if figure.holds else " (missed)"
    return f"| {figure.what} | {figure.against} | {figure.measured}{mark} | {figure.limit} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
