"""Two commands in turn, each from a fresh process: the ratio of what they take."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.registrar_process import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Command", "Pair", "Taken", "in_turn", "python", "registrar", "taken"]


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, where it runs, and with which variables."""

    argv: tuple[str, ...]
    cwd: Path = ROOT
    env: tuple[tuple[str, str], ...] = ()
    code: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process took: seconds from start to end, and its peak memory in MB."""

    seconds: float
    memory: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Both commands, round by round."""

    ours: tuple[Taken, ...]
    yardstick: tuple[Taken, ...]

    @property
    def ratio(self) -> float:
        """Median of ours to the median of the yardstick."""
        return seconds(self.ours) / seconds(self.yardstick)

    @property
    def memory(self) -> float:
        """The highest peak of ours, in MB."""
        return max(one.memory for one in self.ours)


def seconds(several: tuple[Taken, ...]) -> float:
    """The median of their seconds."""
    return statistics.median(one.seconds for one in several)


def in_turn(ours: Command, yardstick: Command, rounds: int, *, warm: bool = True) -> Pair:
    """Ours and the yardstick, one after the other; the first round only warms up."""
    both = [(taken(yardstick), taken(ours)) for _ in range(rounds + warm)][warm:]
    return Pair(tuple(pair[1] for pair in both), tuple(pair[0] for pair in both))


def taken(command: Command) -> Taken:
    """What the command took. Raises RuntimeError when it ends otherwise than it should."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env=environment(PYTHONPATH=str(ROOT), **dict(command.env)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    said = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - start
    process.returncode = code = os.waitstatus_to_exitcode(status)
    if code != command.code:
        raise RuntimeError(f"{' '.join(command.argv)} ended with {code}: {said.decode()[-2000:]}")
    return Taken(elapsed, usage.ru_maxrss / 1024)


def registrar(*argv: str, cwd: Path, **env: str) -> Command:
    """A registrar command line."""
    return Command((sys.executable, "-m", "registrar", *argv), cwd, tuple(env.items()))


def python(code: str, *argv: str, cwd: Path = ROOT, **env: str) -> Command:
    """A Python program."""
    return Command((sys.executable, "-c", code, *argv), cwd, tuple(env.items()))
