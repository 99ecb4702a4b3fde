"""`${oc.env:NAME}` reads what the process allows, in every place that has an interpolation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from omegaconf import DictConfig, OmegaConf

from registrar.config.environment import guard_environment
from registrar.config.interpolation import resolve

if TYPE_CHECKING:
    from registrar.errors import Problem

SECRET = "CANARY-VALUE"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", SECRET)
    monkeypatch.setenv("TRAINING_RUN", "7")


def problems_of(text: str) -> dict[str, Problem]:
    """Return the problems of a configuration's values, by path."""
    composed = OmegaConf.create(text)
    assert isinstance(composed, DictConfig)
    config, problems = resolve(composed)
    assert SECRET not in str(config)
    assert SECRET not in str(problems)
    return {".".join(map(str, path)): problem for path, problem in problems}


@pytest.mark.parametrize(
    "value",
    [
        "${oc.env:SOME_TOKEN}",
        "a ${oc.env:SOME_TOKEN} b",
        "${oc.env:SOME_TOKEN,none}",
        "${oc.env:SOME_TOKEN,null}",
        "${oc.env:${which}}",
        "${oc.decode:${oc.env:SOME_TOKEN}}",
        "${oc.create:${oc.env:SOME_TOKEN}}",
        "${oc.env:TRAINING_RUN,${oc.env:SOME_TOKEN}}",
        "${oc.env:NOT_SET,${oc.env:SOME_TOKEN}}",
        "${oc.select:inner.value}",
        "${oc.select:inner.value,none}",
        "${inner.value}",
        "${.inner.value}",
    ],
)
def test_a_secret_is_read_in_no_way(value: str) -> None:
    text = (
        f"which: SOME_TOKEN\ninner: {{value: '${{oc.env:SOME_TOKEN}}'}}\ndescription: '{value}'\n"
    )
    assert problems_of(text)["inner.value"].code == "variable-not-allowed"
    problem = problems_of(text)["description"]
    assert problem.code == "variable-not-allowed"
    assert "'SOME_TOKEN'" in problem.message
    assert "REGISTRAR_ALLOW_ENV=SOME_TOKEN" in (problem.hint or "")
    assert "Strict mode" not in (problem.hint or "")


def test_a_secret_is_not_read_in_the_values_of_a_mapping() -> None:
    problems = problems_of(
        "inner: {value: '${oc.env:SOME_TOKEN}'}\nall: '${oc.dict.values:inner}'\n"
    )
    assert {problem.code for problem in problems.values()} == {"variable-not-allowed"}


def test_other_variables_are_read_outside_strict_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "description: '${oc.env:TRAINING_RUN}'"
    assert problems_of(text) == {}
    monkeypatch.setenv("REGISTRAR_STRICT", "true")
    problem = problems_of(text)["description"]
    assert problem.code == "variable-not-allowed"
    assert "Strict mode" in (problem.hint or "")
    monkeypatch.setenv("REGISTRAR_ALLOW_ENV", "TRAINING_*")
    assert problems_of(text) == {}


def test_one_refused_value_hides_no_other_problem() -> None:
    problems = problems_of(
        "a: '${oc.env:SOME_TOKEN}'\nb: '${oc.env:NOT_SET}'\nc: '${oc.env:NOT_SET,1}'\n"
    )
    assert {path: problem.code for path, problem in problems.items()} == {
        "a": "variable-not-allowed",
        "b": "unset-variable",
    }


def test_other_applications_of_the_process_are_left_alone() -> None:
    config = OmegaConf.create({"a": "${oc.env:SOME_TOKEN}"})
    with guard_environment(), guard_environment():
        pass
    assert config.a == SECRET
