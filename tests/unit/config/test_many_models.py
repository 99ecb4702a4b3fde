"""Many models in one run: what `models` means, and that each is what Hydra makes of it alone."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.config.many_models import select_models
from registrar.config.validation import validate_jobs
from registrar.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLAIN = "name: {name}\nuri: s3://models/{name}\nverify: false\n"
FILES = {
    "plain": PLAIN.format(name="plain"),
    "vision/resnet": PLAIN.format(name="resnet") + "metadata: {lr: 1e-3, flag: off, x: 1_000}\n",
    "vision/base": "defaults: [/model/plain]\nname: base\n",
    "vision/header": "# @package model.registered_model\ntags: {a: b}\n",
    "global": "# @package _global_\nmodel: {name: g, uri: s3://b/g}\n",
    "interpolated": "name: inter\nuri: s3://b/${model.name}\ndescription: ${oc.env:HOME}\n",
    "escaped": "name: escaped\nuri: s3://b/e\ndescription: \\${x}\n",
    "list": "name: several\nversions:\n  - &one {uri: s3://b/1, metadata: {a: 1}}\n  - uri: s3://b/2\n",
    "merged": "name: m\nuri: s3://b/m\nmetadata: {<<: {a: 1}, b: 2}\n",
    "tagged": "name: t\nuri: s3://b/t\nmetadata: {a: !!str 1}\n",
    "dates": "name: d\nuri: s3://b/d\nmetadata: {a: 2026-01-31, b: 0o7, c: 1:30, d: .5, e: ~}\n",
    "empty": "",
}


KNOWN = sorted([*FILES, "iris", "text/bert"])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a file of every kind, and a model with its configuration beside it."""
    for name, text in FILES.items():
        path = tmp_path / "configs" / "model" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("iris", "text/bert"):
        model = tmp_path / "models" / name
        model.mkdir(parents=True)
        (model / "registrar.yaml").write_text(f"name: {name.replace('/', '-')}\nuri: .\n")
        (model / "MLmodel").write_text("flavors: {python_function: {}}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configs(*argv: str) -> dict[str, Any]:
    """Model -> everything that is composed for it, in order, without what chose it."""
    found = {}
    for job in compose_jobs(parse_arguments([*argv])).jobs:
        found[job.name] = [(key, job.config[key]) for key in job.config if key != "models"]
    return found


SOME = ("vision/resnet", "iris")


@pytest.mark.parametrize(
    ("others", "names"),
    [
        ((), KNOWN),
        (("+model.metadata.extra=1e3", "parallelism=2"), SOME),
        (("~model.verify",), ("plain", "vision/resnet")),
        pytest.param(
            *(("plan", "server=local", "apply.allow_takeover=true"), KNOWN),
            marks=pytest.mark.exhaustive,
        ),
        pytest.param(("+model.owner=team/repo",), KNOWN, marks=pytest.mark.exhaustive),
    ],
    ids=["alone", "with values", "with a field removed", "with others", "with an owner"],
)
def test_each_is_what_hydra_composes_for_it_alone(
    others: tuple[str, ...], names: Sequence[str]
) -> None:
    together = configs(*others, "models=all" if names is KNOWN else f"models=[{','.join(names)}]")
    assert list(together) == list(names)
    for name in names:
        alone = configs(*others, f"model={name}")
        assert together[name] == alone[name], name


@pytest.mark.parametrize(
    "primary",
    [
        "defaults: [registrar, _self_]\nmodel: {owner: team/repo}\n",
        "defaults: [registrar, _self_]\nserver: {timeout: 7}\nparallelism: ${server.timeout}\n",
        "defaults: [registrar, _self_]\nmodel: {description: '${model.name}'}\n",
    ],
)
def test_with_a_primary_configuration_of_the_user(primary: str, folder: Path) -> None:
    (folder / "configs" / "config.yaml").write_text(primary)
    together = configs("models=[plain,list]")
    assert together == {name: configs(f"model={name}")[name] for name in ("plain", "list")}


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00\x85\u2028\u2029"), max_size=8)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    TEXT,
    st.sampled_from(
        [
            "1e3",
            "0o7",
            "0x1f",
            "1_000",
            "yes",
            "no",
            "on",
            "2026-01-31",
            "1:30:00",
            ".5",
            "+1",
            "-.inf",
            "~",
            "null",
            "1.",
            "08",
        ]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@settings(
    max_examples=max(2, settings().max_examples // 10),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.dictionaries(TEXT, VALUES, max_size=4), min_size=2, max_size=3), st.booleans())
def test_hydra_and_the_quick_loader_agree_on_generated_files(
    folder: Path, models: list[Any], plain: bool
) -> None:
    for number, model in enumerate(models):
        path = folder / "configs" / "model" / "vision" / f"generated{number}.yaml"
        text = yaml.safe_dump(
            model, allow_unicode=True, default_flow_style=None if plain else False
        )
        # Plain scalars are what YAML 1.1 makes them; the writer would quote those.
        path.write_text(re.sub(r"'([\w.+:~-]+)'", r"\1", text) if plain else text)
    together = outcome("models='vision/generated*'")
    alone = [outcome(f"model=vision/generated{number}") for number in range(len(models))]
    if any(isinstance(one, str) for one in alone):
        assert isinstance(together, str)
    else:
        assert repr(together) == repr({k: v for one in alone for k, v in one.items()})
    for path in (folder / "configs" / "model" / "vision").glob("generated*"):
        path.unlink()


def outcome(word: str) -> Any:
    """What is composed, or the problems of the files."""
    with contextlib.suppress(ConfigError):
        composed = compose_jobs(parse_arguments([word]))
        if not composed.problems:
            return {
                job.name: (
                    [(key, job.config[key]) for key in job.config if key != "models"],
                    list(job.find_misread()),
                    job.unresolved,
                )
                for job in composed.jobs
            }
    return "refused"


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("all", KNOWN),
        ("plain", ["plain"]),
        (["plain", "iris", "plain"], ["plain", "iris"]),
        ("vision/*", ["vision/base", "vision/header", "vision/resnet"]),
        (["*res*", "plain"], ["vision/resnet", "plain"]),
        ("*b?r*", ["text/bert"]),
        (["base"], ["base"]),
    ],
    ids=str,
)
def test_models_selects_names_and_patterns(wanted: Any, names: list[str]) -> None:
    known = sorted([*KNOWN, "base"])
    assert select_models(wanted, known, "base".__eq__) == (names, [])


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (["plain", "irs"], "no model 'irs'"),
        ("x-*", "no model matches 'x-*'"),
        ("iri*", "no model matches 'iri*'"),
        (3, "is not a name, a pattern or a list of them"),
        (["plain", 3], "is not a name, a pattern or a list of them"),
    ],
    ids=str,
)
def test_what_it_does_not_mean(wanted: Any, message: str) -> None:
    _, problems = select_models(wanted, KNOWN, "iris".__eq__)
    assert [problem.message for problem in problems] == [message]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["models=[plain,irs]"],
            "override 'models=[plain,irs]': models: no model 'irs'. Did you mean 'iris'?",
        ),
        (["models=al"], "models: no model 'al'. Did you mean 'all'?"),
        (["models=all", "model=plain"], "already selects the models. Leave out 'model'"),
        (["--multirun", "models=all", "model=plain,iris"], "already selects the models."),
    ],
    ids=["no such model", "a misspelt choice", "a model too", "a sweep too"],
)
def test_a_wrong_selection_on_the_command_line(words: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        compose_jobs(parse_arguments(words))
    assert message in str(caught.value)


def test_a_model_with_two_files(folder: Path) -> None:
    (folder / "configs" / "model" / "iris.yaml").write_text(FILES["plain"])
    for word in ("model=iris", "models=[plain,iris]"):
        composed = compose_jobs(parse_arguments([word]))
        with pytest.raises(ConfigError, match=r"two files: configs/model/iris\.yaml and models/"):
            validate_jobs(composed.jobs, composed.problems)


def test_a_path_counts_from_the_file_beside_the_model(folder: Path) -> None:
    (job,) = compose_jobs(parse_arguments(["model=iris"])).jobs
    assert (job.config["model"]["uri"], job.file) == ("models/iris", "models/iris/registrar.yaml")
    file = folder / "models" / "iris" / "registrar.yaml"
    uris = ["../text/bert", "/abs", "s3://b/m", "${oc.env:HOME}/m", "./sub/"]
    lines = "".join(f"  - uri: {uri}\n" for uri in uris)
    file.write_text(f"name: iris\nversions:\n{lines}")
    (job,) = compose_jobs(parse_arguments(["model=iris"])).jobs
    assert [entry["uri"] for entry in job.config["model"]["versions"]] == [
        *("models/text/bert", "/abs", "s3://b/m", f"{os.environ['HOME']}/m", "models/iris/sub"),
    ]
    file.write_text("nam: iris\nuri: .\n")
    jobs = compose_jobs(parse_arguments(["models=[iris,text/bert]"])).jobs
    with pytest.raises(ConfigError, match=r"models/iris/registrar.yaml:1:1: model.nam: unknown"):
        validate_jobs(jobs)


def test_the_configuration_is_no_part_of_the_model(folder: Path) -> None:
    from registrar.content.digest import hash_directory

    model = folder / "models" / "iris"
    before = hash_directory(model).digest
    (model / "registrar.yaml").write_text("name: other\nuri: .\n")
    assert hash_directory(model).digest == before
    (model / "MLmodel").write_text("flavors: {}\n")
    assert hash_directory(model).digest != before


@pytest.mark.parametrize("name", ["it's", "${oc.env:HOME}", "a\\"])
def test_a_file_whose_name_hydra_cannot_read_is_named(name: str, folder: Path) -> None:
    (folder / "configs" / "model" / f"{name}.yaml").write_text(PLAIN.format(name="odd"))
    with pytest.raises(ConfigError) as caught:
        compose_jobs(parse_arguments(["validate", "models=all"]))
    (problem,) = caught.value.problems
    assert problem.code == "invalid-file-name"
    assert problem.place.file == f"configs/model/{name}.yaml"
