"""Configurations of an attacker: each ends as its case says, and touches no canary.

The cases are data, in `configurations/`. `files`, `links` and `repeat` are what the attacker wrote, `argv`
and `commands` what runs, `exit`, `code` and `at` how it ends. {sink}, {server}, {outside} and {marker}
stand for canaries.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from registrar.content.yaml_loader import load_yaml
from tests.support.attack import Attack
from tests.support.sink import open_sink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.registrar_process import ForkServer, Result
    from tests.support.sink import Sink

CASES = {
    f"{path.stem}: {name}": case
    for path in sorted(Path(__file__).parent.joinpath("configurations").glob("*.yaml"))
    for name, case in load_yaml(path.read_text()).items()
}
FIELDS = {
    *("files", "links", "repeat"),
    *("argv", "commands", "env", "module"),
    *("exit", "code", "at", "says"),
}
# Besides those of the case, in an exhaustive run.
COMMANDS = ["validate", "plan", "apply"]


@pytest.fixture(scope="session")
def sink() -> Iterator[Sink]:
    with open_sink() as sink:
        yield sink


@pytest.fixture(scope="session")
def other_sink() -> Iterator[Sink]:
    with open_sink() as sink:
        yield sink


@pytest.fixture
def attack(tmp_path: Path, sink: Sink, other_sink: Sink, blank_database: Path) -> Attack:
    sink.received.clear()
    other_sink.received.clear()
    attack = Attack(tmp_path, sink, other_sink)
    shutil.copy(blank_database, attack.repository / "mlflow.db")
    return attack


def test_a_case_has_known_fields_and_says_how_it_ends() -> None:
    for name, case in CASES.items():
        assert set(case) <= FIELDS, name
        assert {"exit", "code"} <= set(case) if case.get("exit") else "exit" in case, name


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", CASES)
def test_a_configuration_of_an_attacker(
    name: str, attack: Attack, fork_server: ForkServer, *, exhaustive: bool
) -> None:
    case = CASES[name]
    for path, text in case.get("files", {}).items():
        attack.write(path, text)
    for path, (head, part, count) in case.get("repeat", {}).items():
        attack.write(path, head + "".join(part.replace("{i}", str(i)) for i in range(count)))
    for path, target in case.get("links", {}).items():
        attack.link(path, target)
    commands = case.get("commands", COMMANDS if exhaustive else ["plan"])
    for word in commands:
        argv = [*([word] if word else []), *case.get("argv", ["model=px"])]
        output = [] if "says" in case else ["output=json"]
        result = attack.run(
            [*argv, *output], fork_server, module=case.get("module", False), **case.get("env", {})
        )
        attack.check(result.out, result.err)
        check_end(case, result)


def check_end(case: dict[str, Any], result: Result) -> None:
    """Check how a command ended; nothing may end as a bug, or with a traceback."""
    assert result.code == case["exit"], result.err
    assert "Traceback" not in result.err
    assert case.get("says", "") in result.out
    if case["exit"]:
        problems = result.json["error"]["problems"]
        assert case["code"] in {problem["code"] for problem in problems}, problems
        places = {
            f"{problem['file']}:{problem['line']}" for problem in problems if problem.get("file")
        }
        assert case.get("at") in {None, *places}, problems
