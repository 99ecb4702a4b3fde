"""The words that complete a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.config.completion import complete_line

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "configs/schemas").mkdir(parents=True)  # of `init`; it is no group
    for file in (
        "model/mnist",
        "model/iris",
        "server/prod",
        "env/ci",
        "policy/ours",
        "policy/legal",
    ):
        path = tmp_path / "configs" / f"{file}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("registrar pl", ["plan"]),
        ("registrar plan", ["plan"]),
        ("registrar app", ["apply"]),
        ("registrar apply pl", ["plan="]),
        ("registrar apply app", ["apply."]),
        ("registrar plan mod", ["model=", "model.", "models="]),
        ("registrar plan model=", ["model=iris", "model=mnist"]),
        ("registrar plan model=mn", ["model=mnist"]),
        ("registrar plan model=mnist", ["model=mnist"]),
        ("registrar plan models=c", ["models=changed"]),
        ("registrar plan models=", ["models=all", "models=changed", "models=iris", "models=mnist"]),
        ("registrar plan models=mnist,", ["models=mnist,iris"]),
        ("registrar plan models=mnist,iris", ["models=mnist,iris"]),
        ("registrar plan models=mnist,iris,", []),
        ("registrar plan models=iris,c", []),
        ("registrar plan model=mnist,", []),  # only a sweep takes several
        ("registrar plan --multirun model=mnist,", ["model=mnist,iris"]),
        ("registrar plan server=prod,", []),
        ("registrar plan output=json,", []),
        ("registrar plan policy=ours,", ["policy=ours,legal"]),
        ("registrar plan server=", ["server=default", "server=local", "server=prod"]),
        ("registrar plan env=", ["env=ci"]),
        ("registrar plan sch", []),
        ("registrar init c", ["ci=github", "ci=gitlab"]),
        ("registrar plan e", ["executor=", "executor.", "env="]),
        ("registrar plan model.registered_model.d", ["model.registered_model.description="]),
        ("registrar plan ou", ["output=", "out="]),
        ("registrar apply ou", ["output="]),
        ("registrar show n", ["name="]),
        ("registrar show name=i", ["name=iris"]),
        ("registrar show order=", ["order=newest", "order=oldest"]),
        ("registrar delete yes=", ["yes=true", "yes=false"]),
        ("registrar promote to=p", []),
        ("registrar promote to=server/p", ["to=server/prod"]),
        ("registrar plan output=", ["output=github", "output=json", "output=markdown", "output=text"]),
        ("registrar show output=h", ["output=html"]),
        ("registrar plan model.description=", []),
        ("registrar plan --con", ["--config-dir", "--config-name"]),
        ("registrar help pl", ["plan"]),
        ("registrar help plan m", []),
        ("registrar completion z", ["zsh"]),
        ("python -m registrar valid", ["validate"]),
        ("/usr/bin/registrar  valid", ["validate"]),
    ],
)  # fmt: skip
def test_a_line_is_completed(line: str, words: list[str]) -> None:
    assert sorted(complete_line(line)) == sorted(words)


def test_the_first_word_is_a_command_or_a_field() -> None:
    words = complete_line("registrar ")

    assert words[:2] == ["apply", "plan"]
    assert {"help", "completion", "model=", "output="} <= set(words)
    assert "command=" not in words


@pytest.mark.parametrize("name", ["$(id)", "`id`", "a;id", "a b", "a|id", "a\x1b]0;x\x07", "a\nb"])
def test_a_name_that_a_shell_would_run_is_not_offered(name: str, tmp_path: Path) -> None:
    (tmp_path / "configs" / "model" / f"{name}.yaml").touch()

    assert complete_line("registrar plan model=") == ["model=iris", "model=mnist"]
