"""`models=changed` chooses the models that a branch touches, by git."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.registrar_process import environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import ForkServer, Result


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, env=environment(), check=True)


def append(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(text)


@pytest.fixture
def branch(small_model_repository: Path) -> Path:
    """A clone with three models, on a branch that has changed nothing yet."""
    folder = small_model_repository
    configs = folder / "configs" / "model"
    append(configs / "base.yaml", "description: from the base\n")
    append(configs / "iris.yaml", "defaults: [base]\nname: iris\nuri: s3://b/iris\nverify: false\n")
    append(folder / "models" / "cats" / "registrar.yaml", "name: cats\nuri: .\n")
    append(folder / "models" / "cats" / "MLmodel", "flavors: {python_function: {}}\n")
    append(folder / "configs" / "config.yaml", "defaults: [registrar, _self_]\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "start")
    git(folder, "checkout", "-qb", "topic")
    return folder


@pytest.fixture
def validate(fork_server: ForkServer, branch: Path) -> Callable[..., Result]:
    def validate(*more: str) -> Result:
        return fork_server.run(
            ["validate", "models=changed", "since=main", *more], branch, HOME=str(branch)
        )

    return validate


TOUCHES = {
    "nothing": ([], []),
    "another file": (["README.md"], []),
    "the model's file": (["configs/model/iris.yaml"], ["iris"]),
    "a file in the model's directory": (["models/mnist/data/new.bin"], ["mnist"]),
    "a file beside the model": (["models/cats/registrar.yaml"], ["cats"]),
    "a base": (["configs/model/base.yaml"], ["base", "iris"]),
    "the primary configuration": (["configs/config.yaml"], ["base", "cats", "iris", "mnist"]),
    "a file of DVC beside the directory": (["models/mnist.dvc"], ["mnist"]),
    "two models": (["models/cats/x", "models/mnist/x"], ["cats", "mnist"]),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("touch", TOUCHES)
@pytest.mark.parametrize("committed", [False, True])
def test_the_touched_models_are_chosen(
    touch: str, committed: bool, branch: Path, validate: Callable[..., Result]
) -> None:
    files, chosen = TOUCHES[touch]
    for name in files:
        append(branch / name, "# touched\n")
    if committed and files:
        git(branch, "add", "-A")
        git(branch, "commit", "-qm", "touched")
    result = validate("output=json")
    chosen = [name for name in chosen if name != "base"]
    if "base" in TOUCHES[touch][1]:  # a base is no model: validating it says so
        assert result.code == 2
        return
    assert result.code == 0, result
    assert [model["config"] for model in result.json.get("models", [])] == chosen
    assert (result.json.get("notes") == ["no model has changed since main"]) == (not chosen)


def test_deleted_files_of_models_are_told(branch: Path, validate: Callable[..., Result]) -> None:
    (branch / "configs" / "model" / "iris.yaml").unlink()
    git(branch, "rm", "-q", "models/cats/registrar.yaml")
    result = validate("output=json")
    assert (result.code, result.json.get("models", [])) == (0, [])
    assert [note.partition(" ")[0] for note in result.json["notes"]] == [
        "configs/model/iris.yaml",
        "models/cats/registrar.yaml",
    ]
    append(branch / "models" / "mnist" / "x", "touched")
    result = validate()
    assert (result.code, result.out) == (0, "Valid: mnist.\n")
    assert "configs/model/iris.yaml is deleted; what it declared stays" in result.err


def test_a_broken_file_counts_where_the_branch_touches_what_it_is_made_of(
    branch: Path, validate: Callable[..., Result]
) -> None:
    configs = branch / "configs" / "model"
    append(configs / "broken.yaml", "name: broken\nuri: models/elsewhere\nx: ]\n")
    append(configs / "needs.yaml", "defaults: [shared/gone]\nname: needs\nuri: s3://b/needs\n")
    git(branch, "checkout", "-q", "main")
    git(branch, "add", "-A")
    git(branch, "commit", "-qm", "two broken files")
    git(branch, "checkout", "-qb", "other")
    append(branch / "models" / "mnist" / "x", "touched")
    others = validate()
    assert (others.code, others.out) == (0, "Valid: mnist.\n"), others
    left_out = (
        "cannot be composed, and was left out: this branch touches nothing that it is made of"
    )
    assert others.err == f"note: broken {left_out}\nnote: needs {left_out}\n"
    append(branch / "models" / "elsewhere" / "x", "touched")
    own = validate()
    assert own.code == 2
    assert own.err.startswith("configs/model/broken.yaml:3:4: "), own
    (configs / "broken.yaml").unlink()
    append(configs / "shared" / "gone.yaml", "description: ]\n")
    shared = validate()
    assert shared.code == 2
    assert shared.err.startswith("configs/model/shared/gone.yaml:1:14: "), shared


def test_what_main_has_got_meanwhile_is_not_of_this_branch(
    branch: Path, validate: Callable[..., Result]
) -> None:
    git(branch, "checkout", "-q", "main")
    append(branch / "configs" / "model" / "iris.yaml", "# theirs\n")
    git(branch, "commit", "-qam", "theirs")
    git(branch, "checkout", "-q", "topic")
    append(branch / "models" / "cats" / "x", "ours")
    result = validate()
    assert (result.code, result.out) == (0, "Valid: cats.\n")


def test_a_plan_without_a_touched_model_has_nothing_to_do(
    fork_server: ForkServer, branch: Path, database: str
) -> None:
    arguments = ["models=changed", "since=main", f"server.tracking_uri={database}"]
    planned = fork_server.run(["plan", *arguments, "out=plan.json"], branch)
    assert planned.code == 0, planned
    assert planned.out == "Nothing to do: no model is chosen.\n"
    assert "note: no model has changed since main" in planned.err
    arguments = ["apply", "plan=plan.json", f"server.tracking_uri={database}"]
    assert fork_server.run(arguments, branch).code == 0


@pytest.mark.sampled(2)
@pytest.mark.parametrize("since", ["gone", "'--output=x'", "'main; touch x'"])
def test_a_commit_that_git_does_not_know_is_named(
    since: str, branch: Path, validate: Callable[..., Result]
) -> None:
    result = validate(f"since={since}")
    assert result.code == 2
    assert result.err.startswith("git knows no commit '"), result.err
    assert not (branch / "x").exists()


def test_without_a_repository_git_says_so(
    fork_server: ForkServer, small_model_repository: Path
) -> None:
    result = fork_server.run(["validate", "models=changed"], small_model_repository)
    assert result.code == 2
    assert result.err.startswith("git cannot tell what changed: not a git repository")
    result = fork_server.run(["validate", "models=changed"], small_model_repository, PATH="/none")
    assert result.code == 2
    assert result.err.startswith("git cannot be run: No such file or directory.")
