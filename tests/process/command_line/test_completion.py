"""Completion in real shells: what the TAB key makes of a word."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.config_trees import tree
from tests.support.registrar_process import environment
from tests.support.terminal import open_terminal

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(registrar completion bash)"'),
    "zsh": (
        ["zsh", "-f", "-i"],
        'autoload -Uz compinit; compinit -u -D; eval "$(registrar completion zsh)"',
    ),
    "fish": (["fish", "--no-config", "-i"], "registrar completion fish | source"),
}


def shell_environment(home: Path) -> dict[str, str]:
    """The environment of a person whose PATH holds the installed command first."""
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join((scripts, os.environ["PATH"]))
    return environment(PATH=path, HOME=str(home), PS1="ready> ")


@pytest.mark.parametrize(
    "program", ["registrar", pytest.param("python -m registrar", marks=pytest.mark.exhaustive)]
)
@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes_a_command_a_field_a_value_and_a_name(
    shell: str, program: str, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if shutil.which(shell) is None:
        # Shells are packages of the system: pip cannot install them.
        pytest.skip(f"{shell} is not installed")
    command, load = SHELLS[shell]
    before = tree(repository)

    with open_terminal(
        command, repository, shell_environment(tmp_path_factory.mktemp("home"))
    ) as it:
        it.type(f"{load}; echo load''ed\n")
        it.wait_for("loaded")
        for keys, completed in (
            (f"{program} valid\t", "validate"),
            ("verb\t", "verbose="),
            ("tr\t", "true"),
            ("model=mn\t", "mnist"),
        ):
            start = len(it.shown)
            it.type(keys)
            it.wait_for(completed, after=start)
        it.type("\n")
        it.wait_for("Valid: mnist.")

    assert tree(repository) == before


def test_another_shell_is_refused(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "registrar", "completion", "tcsh"],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "no completion for 'tcsh'. Write registrar completion bash, or zsh, or fish.\n"
    )
