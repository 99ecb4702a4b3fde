"""The command line: command word, folders, flags and overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.config.arguments import Arguments, parse_arguments

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with a folder `other` of configurations, and one of something else."""
    (tmp_path / "other" / "model").mkdir(parents=True)
    (tmp_path / "dumped").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def parse(line: str) -> Arguments:
    return parse_arguments(line.split())


def texts(arguments: Arguments) -> list[str]:
    return [override.text for override in arguments.overrides]


def test_the_command_word_becomes_an_override_after_the_others() -> None:
    arguments = parse("plan model=mnist parallelism=2")

    assert (arguments.command, arguments.problems) == ("plan", ())
    assert texts(arguments) == ["model=mnist", "parallelism=2", "command=plan"]


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("aply", ["unknown-command"]),
        ("plan apply", ["two-commands"]),
        ("plan command=apply", ["two-commands"]),
        ("--config-name", ["flag-without-value"]),
        ("--config-dir", ["folder-not-found"]),
        ("--config-dir=absent", ["folder-not-found"]),
        ("-cd other", []),
        ("-cd dumped", ["no-model-folder"]),
        ("model=\udcff", ["not-utf-8"]),
        ("plan model=mnist", []),
    ],
)
def test_what_is_wrong_is_collected(line: str, codes: list[str]) -> None:
    assert [problem.code for problem in parse(line).problems] == codes


def test_the_nearest_command_is_suggested() -> None:
    (problem,) = parse("aply").problems

    assert (problem.suggestion, problem.hint) == ("apply", None)


def test_folders_are_searched_in_the_order_given_and_replace_configs(folder: Path) -> None:
    (folder / "configs" / "server").mkdir(parents=True)

    assert parse("plan").folders == (folder / "configs",)
    assert parse("--config-dir other").folders == (folder / "other",)
    assert parse("--config-dir other -cp=configs").folders == (folder / "other", folder / "configs")


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        ("--cfg job -p model --resolve", ("--cfg=job", "--package=model", "--resolve")),
        ("-cn other", ("-cn=other",)),
        ("--info", ("--info=all",)),
        ("--info searchpath", ("--info=searchpath",)),
        ("--info model=mnist", ("--info=all",)),
    ],
)
def test_flags_take_the_word_after_them(line: str, flags: tuple[str, ...]) -> None:
    expected = tuple(flag.replace("--package", "-p") for flag in flags)

    assert parse(line).flags == expected


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("plan", "text"),
        ("plan output=json", "json"),
        ("plan output='json'", "json"),
        ("plan output=json output=markdown", "markdown"),
        ("plan output=json output=xml", "json"),
        ("plan ++output=json", "json"),
    ],
)
def test_the_output_of_early_errors(line: str, output: str) -> None:
    assert parse(line).output == output


@pytest.mark.parametrize(
    ("line", "models", "base"),
    [
        ("models=all model.name=x a=1", ["++model.name=x"], ["models=all", "a=1"]),
        ("models=all +model.x=1 ~model.y", ["+model.x=1", "~model.y"], ["models=all"]),
        ("models=null model.name=x", [], ["models=null", "++model.name=x"]),
        ("model=a model.name=x", [], ["model=a", "++model.name=x"]),
        ("--multirun models=all model.name=x", [], ["models=all", "++model.name=x"]),
    ],
)
def test_overrides_of_each_of_many_models(line: str, models: list[str], base: list[str]) -> None:
    arguments = parse(line)

    assert [override.text for override in arguments.model_overrides] == models
    assert [override.text for override in arguments.base_overrides] == base


@pytest.mark.parametrize(
    ("line", "is_one_job", "is_sweep", "prints_only"),
    [
        ("model=a", True, False, False),
        ("-cn other model=a", True, False, False),
        ("--multirun model=a,b", False, True, False),
        ("-m model=a,b", False, True, False),
        ("hydra.mode=MULTIRUN model=a,b", False, True, False),
        ("--cfg job", False, False, True),
        ("--info", False, False, True),
    ],
)
def test_what_hydra_has_to_do(
    line: str,
    is_one_job: bool,
    is_sweep: bool,
    prints_only: bool,
) -> None:
    arguments = parse(line)

    assert (arguments.is_one_job, arguments.is_sweep, arguments.prints_only) == (
        is_one_job,
        is_sweep,
        prints_only,
    )


@pytest.mark.parametrize(
    ("word", "override"),
    [
        ("promote.to=server/prod", "server@promote.to=prod"),
        ("promote.to=prod", "server@promote.to=prod"),
        ("promote.to=null", "++promote.to=null"),
    ],
)
def test_the_target_of_a_promotion_is_a_choice_of_hydra(word: str, override: str) -> None:
    assert texts(parse(word)) == [override]
