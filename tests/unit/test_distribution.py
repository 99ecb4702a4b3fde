"""The distribution is called mlflow-registrar: `registrar` on the package index is somebody else's.

Whoever followed an install line with the wrong name would run a stranger's code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

DISTRIBUTION = "mlflow-registrar"
SUFFIXES = {".cfg", ".json", ".md", ".py", ".toml", ".txt", ".yaml", ".yml", ""}
SKIPPED = {".git", "__pycache__"}
# `pip install`, `uv add`, `pipx run`, ... and what follows on the line.
INSTALL = re.compile(
    r"\b(?:pip3?|uv|uvx|pipx|poetry|pdm|conda)\s+(?:pip\s+)?(?:install|add|run|inject)\s+(?P<what>.*)"
)
# The bare word as a requirement: no path, no module, no part of a longer name.
BARE_NAME = re.compile(r"(?<![\w./-])registrar(?=\[|[=<>~! '\"`]|$)(?![\w./-])")
EXTRA = re.compile(r"registrar\[(?P<extras>[a-z, ]+)\]")
# The command ends at one of these: another program, or the prose of a page, follows.
END = re.compile(r"&&|;|\||`")


def lines() -> Iterator[tuple[str, str]]:
    """Yield (place, line) of every text file of the repository, this one left out."""
    for path in sorted(ROOT.rglob("*")):
        relative = path.relative_to(ROOT)
        hidden = any(part in SKIPPED or part.endswith("_cache") for part in relative.parts)
        if (
            hidden
            or path.suffix not in SUFFIXES
            or not path.is_file()
            or path.name == "test_distribution.py"
        ):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        for number, line in enumerate(text.splitlines(), 1):
            yield f"{relative}:{number}", line


def test_every_install_line_names_the_distribution() -> None:
    offenders = [
        f"{place}: {line.strip()}"
        for place, line in lines()
        for match in INSTALL.finditer(line)
        if BARE_NAME.search(END.split(match["what"])[0])
    ]
    assert offenders == []


def test_every_extra_belongs_to_the_distribution_and_exists() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(rf'^name = "{DISTRIBUTION}"$', project, re.MULTILINE)
    section = project.partition("[project.optional-dependencies]\n")[2].partition("\n[")[0]
    known = set(re.findall(r"^(\w+) = \[", section, re.MULTILINE))
    uses = [(place, line, match) for place, line in lines() for match in EXTRA.finditer(line)]
    assert uses != []
    for place, line, match in uses:
        assert line[: match.start()].endswith("mlflow-"), f"{place}: {line}"
        assert set(re.split(r",\s*", match["extras"])) <= known, f"{place}: {line}"


def test_the_patterns_find_what_they_are_for() -> None:
    wrong = (
        "registrar",
        "'registrar[dask]'",
        "-U registrar==1.0",
        "registrar mlflow",
        "`registrar`",
    )
    right = ("-e .", "'mlflow-registrar[dask]'", "-e ./registrar", "-r registrar/requirements.txt")
    assert [what for what in wrong if not BARE_NAME.search(what)] == []
    assert [what for what in right if BARE_NAME.search(what)] == []
