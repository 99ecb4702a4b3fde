"""The coverage of the package, one line for each of its rooms."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coverage import Coverage

PACKAGE = ROOT / "registrar"


def coverage_lines(coverage: Coverage) -> Iterator[str]:
    """Yield the lines of a table: statements, those that no test ran, and percent covered."""
    statements: dict[str, int] = defaultdict(int)
    missing: dict[str, int] = defaultdict(int)
    for file in coverage.get_data().measured_files():
        parts = Path(file).relative_to(PACKAGE).parts
        _, lines, _, missing_lines, _ = coverage.analysis2(file)
        for row in ("/".join(parts[:-1]) or "(modules of its own)", "all"):
            statements[row] += len(lines)
            missing[row] += len(missing_lines)
    yield f"{'package':<24}{'statements':>12}{'missing':>10}{'covered':>10}"
    rows = [row for row, count in statements.items() if count]
    for row in sorted(rows, key=lambda row: (row == "all", row)):
        covered = 1 - missing[row] / statements[row]
        yield f"{row:<24}{statements[row]:>12}{missing[row]:>10}{covered:>10.1%}"
