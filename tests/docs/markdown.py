"""The pages of the documentation, and the blocks of code in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
FENCE = re.compile(
    r"(?:^<!-- not run: (?P<reason>.*?) -->\n)?"
    r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<text>.*?)^(?P=fence)$"
    r"|^<!-- setup\n(?P<setup>.*?)^-->$",
    re.MULTILINE | re.DOTALL,
)
# A first line such as `# configs/model/mnist.yaml`: the block is that file.
FILE = re.compile(r"# (?P<path>[\w./-]+\.(?:yaml|yml|toml|py))(?:\s.*)?\n")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code.

    `language` is `setup` for a script that a reader does not see. `reason` says why the block is
    not run; None for one that is. `start` is the offset of `text` in the page.
    """

    language: str
    text: str
    reason: str | None
    line: int
    start: int

    @property
    def file(self) -> str | None:
        """Return the path that the block's first line names."""
        match = FILE.match(self.text)
        return match["path"] if match else None

    @property
    def commands(self) -> Iterator[tuple[str, str]]:
        """Yield (command, the output shown below it) of a console block."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            while command.endswith("\\"):
                line, _, output = output.partition("\n")
                command = f"{command}\n{line.removeprefix('> ')}"
            yield command, output.rstrip("\n")


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page, from top to bottom."""
    text = page.read_text()
    for match in FENCE.finditer(text):
        group = "text" if match["setup"] is None else "setup"
        yield Block(
            language=match["language"] if group == "text" else "setup",
            text=match[group],
            reason=match["reason"],
            line=text.count("\n", 0, match.start(group)) + 1,
            start=match.start(group),
        )


def table(page: Path, mark: str) -> dict[str, list[str]]:
    """Return first cell -> other cells of the table between `<!-- mark -->` and `<!-- /mark -->`."""
    text = page.read_text().partition(f"<!-- {mark} -->")[2].partition(f"<!-- /{mark} -->")[0]
    rows = [line.strip("| ").split(" | ") for line in text.strip().splitlines()[2:]]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows}


def prose(page: Path) -> str:
    """Return the page without its blocks of code, its code spans and its comments."""
    text = FENCE.sub("", page.read_text())
    return re.sub(r"<!--.*?-->|`[^`\n]+`", "", text, flags=re.DOTALL)
