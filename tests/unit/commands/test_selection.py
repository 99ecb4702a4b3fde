"""The models and versions that a command is about: names, patterns, filters, messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from registrar.commands.selection import (
    ExactNames,
    Filters,
    NamePattern,
    find_version,
    named_models,
    select_models,
    single_name,
)
from registrar.errors import ConfigError, InvalidParameterError, InvalidRequestError, NotFoundError
from registrar.state import PROMPT_TAG, ObservedModel, ObservedVersion, Server

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass
class MemoryRegistry:
    """A registry of these models; it counts how often it was read."""

    models: Mapping[str, ObservedModel]
    server: Server = field(default_factory=lambda: Server("http://r", "http://r"))
    reads: int = 0

    def observe(self, names: Iterable[str] | None) -> dict[str, ObservedModel]:
        self.reads += 1
        if names is None:
            return {name: m for name, m in self.models.items() if not m.is_prompt}
        return {name: self.models[name] for name in names if name in self.models}


def registry(*names: str, **tags: Mapping[str, str]) -> Any:
    models = {name: ObservedModel(name) for name in names}
    return MemoryRegistry(
        models | {name: ObservedModel(name, tags=value) for name, value in tags.items()}
    )


def jobs(*names: str, **nodes: Any) -> Any:
    @dataclass
    class Job:
        config: dict[str, Any]

    return [Job({"model": {"name": name}, **nodes}) for name in names] or [Job(nodes)]


@pytest.mark.parametrize("character", ["*", "?", "[", "]"])
def test_a_configured_name_is_never_a_pattern(character: str) -> None:
    name = f"b{character}1"
    names = named_models(jobs("a", name, "c"), {})
    assert names == ExactNames(("a", name, "c"))
    models = select_models(registry("a", name, "b11", "bx1", "c"), names)
    assert [model.name for model in models] == ["a", name, "c"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("b[1]", ["b1", "b[1]"]),
        ("b?", ["b1"]),
        ("b*", ["b1", "b[1]"]),
        ("*", ["a", "b1", "b[1]"]),
        ("x*", []),
    ],
)
def test_a_typed_name_can_be_a_pattern(typed: str, expected: list[str]) -> None:
    names = named_models(jobs("configured"), {"name": typed})
    assert names == NamePattern(typed)
    models = select_models(registry("b[1]", "b1", "a"), names)
    assert [model.name for model in models] == expected


def test_without_a_name_every_model_is_selected_but_no_prompt() -> None:
    names = named_models(jobs(), {})
    models = select_models(registry("b", "a", prompt={PROMPT_TAG: "true"}), names)
    assert [model.name for model in models] == ["a", "b"]


def test_each_missing_name_is_a_problem_and_the_models_are_listed_once() -> None:
    world = registry("iris", "mnist", prompt={PROMPT_TAG: "true"})
    with pytest.raises(NotFoundError) as caught:
        select_models(world, ExactNames(("irsi", "mnist", "prompt", "zzz")))
    assert [str(problem) for problem in caught.value.problems] == [
        "there is no registered model 'irsi' on http://r. Did you mean 'iris'?",
        "there is no registered model 'prompt' on http://r. It has 2 models: see 'registrar show'.",
        "there is no registered model 'zzz' on http://r. It has 2 models: see 'registrar show'.",
    ]
    assert caught.value.problems[0].suggestion == "iris"
    assert {problem.code for problem in caught.value.problems} == {"model-not-found"}
    assert caught.value.exit_code == 2
    assert world.reads == 2


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("iris/3", "Write name=iris version=3."),
        ("iris:v3", "Write name=iris version=3."),
        ("models:/iris/3", "Write name=iris version=3."),
        ("iris@champion", "Write name=iris alias=champion."),
        ("models:/iris@champion", "Write name=iris alias=champion."),
        ("team/b", "It has 1 model: see 'registrar show'."),
    ],
)
def test_a_name_with_its_version_is_told_how_to_write_both(name: str, advice: str) -> None:
    class TodaysRegistry(MemoryRegistry):
        """A registry that refuses names that no model can have, as MLflow does."""

        def observe(self, names: Iterable[str] | None) -> dict[str, ObservedModel]:
            names = None if names is None else list(names)
            if names is not None and any(set(name) & {"/", ":"} for name in names):
                raise InvalidParameterError("Invalid model name")
            return super().observe(names)

    world: Any = TodaysRegistry({"iris": ObservedModel("iris")})
    with pytest.raises(NotFoundError) as caught:
        select_models(world, ExactNames((name,)))
    (problem,) = caught.value.problems
    assert str(problem) == f"there is no registered model '{name}' on http://r. {advice}"
    assert problem.code == "model-not-found"


def test_a_request_that_is_refused_for_another_reason_stays_refused() -> None:
    class ClosedRegistry(MemoryRegistry):
        def observe(self, names: Iterable[str] | None) -> dict[str, ObservedModel]:
            raise InvalidRequestError(f"no answer about {names}")

    world: Any = ClosedRegistry({})
    with pytest.raises(InvalidRequestError, match="no answer"):
        select_models(world, ExactNames(("iris",)))


def test_a_command_about_one_model_takes_one_exact_name() -> None:
    assert single_name(jobs("a", delete={"name": "b*"}), "delete") == "b*"
    assert single_name(jobs("a[1]", delete={}), "delete") == "a[1]"
    with pytest.raises(ConfigError, match=r"delete takes one model, not 2\. Name it: name"):
        single_name(jobs("a", "b", delete={}), "delete")


def test_a_version_that_is_missing_names_those_there_are() -> None:
    model = ObservedModel(
        "iris", versions=tuple(ObservedVersion(number) for number in (5, 3, 2, 1))
    )
    assert find_version(model, Filters(version=3), "http://r").number == 3
    with pytest.raises(NotFoundError, match=r"no version 9 on http://r\. Its versions: 1-3, 5\."):
        find_version(model, Filters(version=9), "http://r")
    with pytest.raises(NotFoundError, match=r"the alias 'x' on http://r\. It has no aliases\."):
        find_version(model, Filters(alias="x"), "http://r")
