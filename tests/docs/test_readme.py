"""Every command of the README is run, in order, in one repository; its output is what is printed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from registrar.config import schema
from tests.support.registrar_process import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.registrar_process import ForkServer

README = (ROOT / "README.md").read_text()
REGISTRAR = re.compile(r"(python -m )?registrar (?P<words>[^|&]+)")
INSTALL = (
    "pip install -e . && python -m registrar model=mnist",
    "pip install -e '.[dev]' && pytest",
)


def commands() -> Iterator[tuple[str, str]]:
    """(command, what the README says it prints)."""
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            yield line, output.rstrip("\n")


def test_the_commands_print_what_the_readme_shows(
    repository: Path, fork_server: ForkServer
) -> None:
    """The first as a process of its own, from nothing; the others as forks, where no shell is needed."""
    path = f"{Path(sys.executable).parent}:{environment()['PATH']}"
    for number, (command, expected) in enumerate(commands()):
        program = REGISTRAR.fullmatch(command)
        if program and number:
            result = fork_server.run(shlex.split(program["words"]), repository)
            out = result.err + result.out
        else:
            done = subprocess.run(
                ["bash", "-c", command.removeprefix("pip install -e . && ")],
                cwd=repository,
                env=environment(PATH=path),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
                check=False,
            )
            out = done.stdout
        assert steady(out.strip("\n")) == steady(expected), command


def steady(text: str) -> str:
    """The output without what differs from run to run: times and ids, and the width they take."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", text)
    return re.sub(r"m-[0-9a-f]{32}", "ID", text)


def test_the_steps_for_ci_work(repository: Path) -> None:
    path = f"{Path(sys.executable).parent}:{environment()['PATH']}"
    summary = repository / "summary.md"
    steps = re.findall(r"^- run: (.*)$", README, re.MULTILINE)
    assert len(steps) == 3
    for step in steps:
        env = environment(PATH=path, GITHUB_STEP_SUMMARY=str(summary))
        subprocess.run(["bash", "-c", step], cwd=repository, env=env, timeout=120, check=True)
    assert summary.read_text().startswith("### registrar plan: 3 changes")


def test_the_commands_for_many_models_work(repository: Path, fork_server: ForkServer) -> None:
    block = README.split("### Many models\n\n```\n")[1].partition("```")[0]
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert [program for program, *_ in commands] == ["registrar"] * 3
    for name in ("iris", "vision-a", "vision-b"):
        folder = repository / "models" / name
        folder.mkdir()
        (folder / "registrar.yaml").write_text(f"name: {name}\nuri: .\n")
        (folder / "MLmodel").write_text("flavors: {python_function: {}}\n")
    done = [fork_server.run(words, repository) for _, *words in commands]
    assert [result.err for result in done] == [""] * 3
    assert [result.code for result in done] == [0, 0, 3]  # those of vision-* are not registered yet


def test_the_install_commands_are_what_ci_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    for command in INSTALL:
        assert command in README
        assert f"\n{command}\n" in script


def test_the_example_configurations_are_valid_and_the_committed_one() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    model = next(yaml.safe_load(block) for block in blocks if "\nname: mnist" in block)
    server = next(yaml.safe_load(block) for block in blocks if block.startswith("# configs/server"))
    config = {"server": server, "model": model, "command": "apply"}
    assert schema.find_schema_problems(config) == []
    committed = yaml.safe_load((ROOT / "configs" / "model" / "mnist.yaml").read_text())
    del model["verify"], model["owner"], model["registered_model"]["protected_aliases"]
    assert committed == model
