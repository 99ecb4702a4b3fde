"""A repository that is a Hydra app already: its files are told apart, and its groups chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.config.validation import validate_jobs
from registrar.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = (
    "defaults: [registrar, {env: dev}, {experiment: null}, {optional local: default}, _self_]\n"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with groups of its own, and files in the group `model` that models share."""
    for name, text in {
        "config": CONFIG,
        "env/dev": "stage: dev\nregion: ???\ncluster: {_target_: src.Cluster}\n",
        "env/prod": "stage: prod\n",
        "db/kind/x": "port: 1\n",
        "experiment/big": "# @package _global_\nparallelism: 3\n",
        "local/mine": "# @package _global_\nparallelism: 4\n",
        "model/_tags": "registered_model: {tags: {team: vision}}\n",
        "model/base": "defaults: [_tags, _self_]\nname: ???\nuri: models:/x/1\nmetadata: {stage: '${env.stage}'}\n",
        "model/iris": "defaults: [base, _self_]\nname: iris\n",
        "model/wine": "name: wine\nregistered_model: {}\n",
    }.items():
        path = tmp_path / "configs" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def jobs(*argv: str) -> dict[str, Any]:
    """The configurations of all jobs."""
    composition = compose_jobs(parse_arguments(["show", *argv]))
    validate_jobs(composition.jobs, composition.problems)
    return {job.name: job.config for job in composition.jobs}


@pytest.mark.parametrize(
    ("argv", "stage", "parallelism"),
    [
        (("model=iris",), "dev", 8),
        (("model=iris", "env=prod", "experiment=big"), "prod", 3),
        (("models=all", "env=prod", "experiment=big"), "prod", 3),
        (("model=iris", "local=mine"), "dev", 4),
        (("models=all", "+db/kind=x", "env.stage=test"), "test", 8),
    ],
)
def test_groups_of_the_users_own_are_chosen_as_hydra_chooses_them(
    argv: tuple[str, ...], stage: str, parallelism: int
) -> None:
    config = jobs(*argv)["iris"]
    assert config["model"]["metadata"] == {"stage": stage}
    assert config["parallelism"] == parallelism
    assert not config.keys() & {"env", "db", "experiment", "local"}


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("env=prd", "no config 'env/prd'. Known: dev, prod."),
        ("envv=prod", "override 'envv=prod': unknown key 'envv'."),
        ("model.nam=x", "override 'model.nam=x': unknown key 'nam'."),
    ],
)
def test_what_no_group_has_is_an_error(argv: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        jobs("model=iris", argv)
    assert str(caught.value).startswith(message)


def test_files_that_models_share_are_no_models(folder: Path) -> None:
    for models in ("all", "[iris,w*]"):
        assert sorted(jobs(f"models={models}")) == ["iris", "wine"]
    with pytest.raises(ConfigError, match=r"no model 'x'.*Known: iris, wine"):
        compose_jobs(parse_arguments(["plan", "model=x"]))
    with pytest.raises(ConfigError, match=r"model.name: is '[?]{3}': it has no value yet"):
        jobs("models=base")
    for name in ("iris", "wine"):
        (folder / "configs" / "model" / f"{name}.yaml").unlink()
    with pytest.raises(ConfigError, match="there are no models here"):
        jobs("models=all")


def test_each_network_of_another_app_is_told_once_and_the_models_are_checked(folder: Path) -> None:
    network = "_target_: src.Net\noptimizer: {_target_: torch.optim.Adam, _partial_: true}\n"
    for name in ("cnn", "mlp"):
        (folder / "configs" / "model" / f"{name}.yaml").write_text(network)
    (folder / "configs" / "model" / "wine.yaml").write_text("name: wine\nuri: 3\n")
    with pytest.raises(ConfigError) as caught:
        jobs("models=all")
    assert [(p.code, p.place.file) for p in caught.value.problems] == [
        ("other-app", "configs/model/cnn.yaml"),
        ("other-app", "configs/model/mlp.yaml"),
        ("not-text", "configs/model/wine.yaml"),
    ]


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ("defaults: [_self_, {model: net}]\nlr: 0.1\n", "other-app"),
        ("defaults: [base_config, {optional db: mysql}]\n", "other-app"),
        ("_target_: src.App\n", "other-app"),
        ("defaults: [_self_, {server: prod}]\nparallelism: 3\n", "no-registrar-defaults"),
        ("defaults: [registrra, _self_]\nlr: 0.1\n", "unknown-config"),
        ("parallelism: 3\n", "no-registrar-defaults"),
    ],
)
def test_a_config_of_another_app_is_told_from_one_that_lacks_the_defaults(
    folder: Path, config: str, code: str
) -> None:
    (folder / "configs" / "config.yaml").write_text(config)
    with pytest.raises(ConfigError) as caught:
        jobs("model=wine")
    (problem,) = caught.value.problems
    assert problem.code == code
    assert ("Begin it with" in (problem.hint or "")) == (code == "no-registrar-defaults")
