"""What `import registrar` costs, next to what every small Python program pays anyway."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.support.registrar_process import ROOT, environment

__all__ = ["Imports", "measure"]

OURS = "import registrar"
YARDSTICK = "import dataclasses, json"
FACTOR, ALLOWANCE = 1.5, 0.050


@dataclass(frozen=True, slots=True)
class Imports:
    """Seconds that an interpreter takes from start to end, pair by pair: the yardstick, and ours."""

    pairs: tuple[tuple[float, float], ...]

    @property
    def yardstick(self) -> float:
        """The median of `import dataclasses, json`."""
        return statistics.median(pair[0] for pair in self.pairs)

    @property
    def ours(self) -> float:
        """The median of `import registrar`."""
        return statistics.median(pair[1] for pair in self.pairs)

    @property
    def limit(self) -> float:
        """What ours may be at most."""
        return FACTOR * self.yardstick + ALLOWANCE

    @property
    def holds(self) -> bool:
        """Whether the law holds for the medians."""
        return self.ours <= self.limit

    def __str__(self) -> str:
        told = [f"{1000 * value:.1f} ms" for value in (self.ours, self.yardstick, self.limit)]
        pairs = len(self.pairs)
        return f"{OURS}: {told[0]}; {YARDSTICK}: {told[1]}; limit: {told[2]} ({pairs} pairs)"


def measure(pairs: int = 20) -> Imports:
    """Both programs in turn, so that a busy machine slows both; the first pair only warms up."""
    timed = [(_seconds(YARDSTICK), _seconds(OURS)) for _ in range(pairs + 1)]
    return Imports(tuple(timed[1:]))


def _seconds(code: str) -> float:
    env = environment(PYTHONPATH=str(ROOT))
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, check=True)
    return time.perf_counter() - start
