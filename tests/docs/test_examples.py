"""Each example of the documentation is run, page by page, in a user's repository.

The blocks of a page are run from top to bottom in one repository that has `configs/` and
`models/mnist` of this project:

- `console`: each command prints what is shown below it, and ends with exit code 0. `...` at the end of a line stands for any
  text, `...` on a line of its own for any number of lines.
- `bash`: the script ends with exit code 0.
- `python`: the same; the comment behind `print(...)` is what that line prints.
- `yaml`, `toml`: a block that begins with `# PATH` becomes that file. A configuration is valid.
  The steps of a workflow for CI end with exit code 0.
- `json`: it can be read.
- `text`: a drawing, or a grammar; it holds no commands.

`<!-- not run: REASON -->` on the line above a block leaves it out. `<!-- setup` begins a comment
that holds a bash script: what the examples need and a reader does not.

`UPDATE_DOCS=1 pytest --exhaustive tests/docs/test_examples.py` writes the output that differs into the
pages, `UPDATE_DOCS=all` writes all of it.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.docs.examples import Examples
from tests.docs.markdown import PAGES, blocks
from tests.docs.shell import Shell
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.registrar_process import ForkServer

# Pages whose examples take seconds; .ci/run has the time.
LONG = {
    *("catalogue", "ci", "commands", "configuration", "gates", "history", "many-models"),
    *("policy", "promotion", "scripts-and-files"),
}


@pytest.fixture
def shell(fork_server: ForkServer, repository: Path) -> Iterator[Shell]:
    shutil.copytree(ROOT / "configs", repository / "configs", dirs_exist_ok=True)
    shell = Shell(fork_server, repository)
    yield shell
    shell.close()


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.exhaustive if page.stem in LONG else [], id=page.name)
        for page in PAGES
    ],
)
def test_the_examples_of_a_page_do_what_they_show(
    page: Path, shell: Shell, blank_database: Path
) -> None:
    for name in ("mlflow.db", "example.db", "dev.db", "staging.db"):
        shutil.copy(blank_database, shell.repository / name)
    update = os.environ.get("UPDATE_DOCS", "")
    examples = Examples(shell, update)
    text = page.read_text()
    for block, ran in reversed([(block, examples.run(block)) for block in blocks(page)]):
        text = text[: block.start] + ran.rstrip("\n") + "\n" + text[block.start + len(block.text) :]
    if update:
        page.write_text(text)
    assert not examples.wrong, "\n\n".join([str(page), *examples.wrong])
