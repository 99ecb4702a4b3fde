"""Whole configuration trees: `configs/valid` compose to what is expected, `configs/invalid` fail.

A case is a folder: what a user's repository holds, and beside it `argv`, a word a line (a command
is added where it names no command), and `expected.txt` (the exact text on stderr) or `expected.json`.
`codes.json` holds the codes of the problems of each invalid tree.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
from typing import TYPE_CHECKING, Any

import pytest

from registrar.changes.existing_versions import existing_source
from registrar.config import spec
from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.config.metric_files import with_metric_files
from registrar.config.validation import validate_jobs
from registrar.state import Source
from tests.support.config_trees import tree
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registrar.state import DesiredVersion
    from tests.support.registrar_process import ForkServer

CASES = ROOT / "tests" / "configs"
INVALID = sorted((CASES / "invalid").iterdir())
VALID = sorted((CASES / "valid").iterdir())
OWN = ("argv", "expected.txt", "expected.json")
COMMANDS = ["apply", "plan", "check", "validate"]
CODES = json.loads((CASES / "codes.json").read_text(encoding="utf-8"))
SECRET = "hunter2"


def first_of_each_problem() -> Iterator[Any]:
    """Yield the invalid trees; one with the codes of an earlier tree is for an exhaustive run."""
    seen: set[tuple[str, ...]] = set()
    for case in INVALID:
        codes = tuple(sorted(set(CODES[case.name])))
        marks = [pytest.mark.exhaustive] if codes in seen else []
        yield pytest.param(case, marks=marks, id=case.name)
        seen.add(codes)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port that would know if anybody came."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)
        yield server


def arguments(case: Path, command: str) -> list[str]:
    """The command line of a case."""
    path = case / "argv"
    words = [os.fsdecode(line) for line in path.read_bytes().splitlines()] if path.exists() else []
    named = any(word.isalpha() or word.startswith("command=") for word in words)
    return words if named else [command, *words]


def expected(case: Path, folder: Path) -> str:
    """What stands on stderr."""
    return (case / "expected.txt").read_text(encoding="utf-8").replace("{cwd}", str(folder))


def checkout(case: Path, tmp_path: Path) -> Path:
    """A copy of the repository that the case describes."""
    folder = tmp_path / "repository"
    shutil.copytree(case, folder, symlinks=True, ignore=lambda _, names: set(names) & {*OWN})
    return folder


@pytest.mark.parametrize("case", [*first_of_each_problem()])
def test_an_invalid_configuration_is_refused_with_this_text_and_document_and_without_a_trace(
    case: Path, tmp_path: Path, fork_server: ForkServer, listener: socket.socket
) -> None:
    folder = checkout(case, tmp_path)
    before = tree(folder)
    command, *words = arguments(case, "apply")
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"

    result = fork_server.run([command, "output=json", *words], folder, MLFLOW_TRACKING_URI=address)

    assert result.err == expected(case, folder)
    error = result.json["error"]
    assert (result.code, result.json["exit_code"], error["kind"]) == (2, 2, "ConfigError")
    for problem, line in zip(error["problems"], result.err.splitlines(), strict=True):
        assert_says_the_same(problem, line)
    assert [problem["code"] for problem in error["problems"]] == CODES[case.name]
    assert SECRET not in result.out + result.err
    assert tree(folder) == before
    with contextlib.suppress(BlockingIOError):
        listener.accept()
        pytest.fail("the server was contacted")


def assert_says_the_same(problem: dict[str, Any], line: str) -> None:
    """A problem of the document is the line on stderr, in parts."""
    fields = dict(problem)
    place = [str(fields.pop(part)) for part in ("file", "line", "column") if problem[part]]
    override = fields.pop("override")
    assert line.startswith(f"override '{override}'" if override else ":".join(place))
    suggestion, hint = fields.pop("suggestion"), fields.pop("hint")
    advice = [f"Did you mean '{suggestion}'?"] if suggestion else []
    advice += [hint] if hint else []
    assert line.endswith(f"{fields.pop('message')}. {' '.join(advice)}")
    assert advice
    path = fields.pop("path")
    assert path is None or f"{path}: " in line
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", fields.pop("code"))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_reads_models_says_it_as_text_too(
    command: str, tmp_path: Path, fork_server: ForkServer
) -> None:
    case = CASES / "invalid" / "several_problems_of_several_models"
    folder = checkout(case, tmp_path)
    words = [word for word in arguments(case, command) if word not in COMMANDS]

    result = fork_server.run([command, *words], folder)

    assert (result.code, result.out, result.err) == (2, "", expected(case, folder))


@pytest.mark.sampled(4)
@pytest.mark.parametrize("case", VALID, ids=lambda case: case.name)
def test_a_valid_configuration_is_valid_and_leaves_nothing_behind(
    case: Path, tmp_path: Path, fork_server: ForkServer
) -> None:
    folder = checkout(case, tmp_path)
    before = tree(folder)

    result = fork_server.run(arguments(case, "validate"), folder)

    names = ", ".join(json.loads((case / "expected.json").read_text(encoding="utf-8")))
    assert (result.code, result.out, result.err) == (0, f"Valid: {names}.\n", "")
    assert tree(folder) == before


@pytest.mark.parametrize("case", VALID, ids=lambda case: case.name)
def test_a_valid_configuration_asks_for_this(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout(case, tmp_path))

    composition = compose_jobs(parse_arguments(arguments(case, "validate")))
    validate_jobs(composition.jobs, composition.problems)

    wanted = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    found = {job.name: declared(with_metric_files(job).config) for job in composition.jobs}
    for name, fields in wanted.items():
        fields.setdefault("server", found[name]["server"])
    assert found == wanted


def declared(config: dict[str, Any]) -> dict[str, Any]:
    """What a configuration asks for, in the words of an `expected.json`."""
    model = config["model"]
    sources = [
        Source(entry["uri"], "sha256:0")
        if "uri" in entry
        else existing_source(model["name"], entry.get("version"), entry.get("digest"))
        for _, entry in spec.list_entries(model)
    ]
    desired = spec.desire("config", model, sources)
    versions = [fields(version) for version in desired.versions]
    parent = {"name": desired.name, "parent": desired.description, "tags": desired.tags}
    below = {"versions": versions} if "versions" in model else (versions or [{}])[0]
    found = {**parent, **below, "server": config["server"]["tracking_uri"]}
    return {key: value for key, value in found.items() if value is not None}


def fields(version: DesiredVersion) -> dict[str, Any]:
    """The declared fields of a version."""
    found = {
        "uri": version.source.uri,
        "description": version.description,
        "metadata": version.tags,
        "metrics": version.metrics,
        "aliases": None if version.aliases is None else list(version.aliases),
        "version": version.pin,
    }
    return {key: value for key, value in found.items() if value is not None}
