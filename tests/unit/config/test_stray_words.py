"""Words that are no FIELD=VALUE are answered with one line that says what to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.config.arguments import parse_arguments

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("line", "typed", "advice"),
    [
        ("plan model iris", "model iris", "model=iris"),
        ("model iris plan", "model iris", "model=iris"),
        ("plan model = iris", "model = iris", "model=iris"),
        ("plan model =iris", "model =iris", "model=iris"),
        ("plan model= iris", "model= iris", "model=iris"),
        ("plan model: iris", "model: iris", "model=iris"),
        ("plan model =", "model =", "model=VALUE"),
        ("show name iris", "name iris", "name=iris"),
        ("plan models=a, b", "models=a, b", "'models=a, b'"),
        ("plan models=a, b, c model.owner=me", "models=a, b, c", "'models=a, b, c'"),
        ("plan model.aliases=[a, b]", "model.aliases=[a, b]", "'model.aliases=[a, b]'"),
        ("model.metadata={lr: 0.1, n: [1, 2]} plan", "model.metadata={lr: 0.1, n: [1, 2]}", "'model.metadata={lr: 0.1, n: [1, 2]}'"),
        ("plan model.description=Fast, small", "model.description=Fast, small", "'model.description=\"Fast, small\"'"),
    ],
)  # fmt: skip
def test_a_field_in_several_words(line: str, typed: str, advice: str) -> None:
    (problem,) = parse_arguments(line.split()).problems

    assert (problem.code, problem.place.override) == ("invalid-override", typed)
    assert (problem.message, problem.hint) == (
        "is not FIELD=VALUE in one word",
        f"Write {advice}.",
    )


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("plan iris", "plan takes no word 'iris'", "A model is chosen with model=iris."),
        ("plan a b", "plan takes no word 'a b'", "Several models are chosen with models=a,b."),
        ("show iris", "show takes no word 'iris'", "A registered model is chosen with name=iris."),
        ("plan models=a b", "plan takes no word 'b'", "For several models: models=a,b."),
        ("plan model", "plan takes no word 'model'", "Write model=VALUE."),
        ("plan model.description=Fast small", "plan takes no word 'small'", "If it belongs to the value before it, write 'model.description=Fast small'."),
    ],
)  # fmt: skip
def test_a_word_after_a_command(line: str, message: str, hint: str) -> None:
    (problem,) = parse_arguments(line.split()).problems

    assert (problem.code, problem.message, problem.hint) == ("stray-word", message, hint)


def test_version_is_a_flag() -> None:
    (problem,) = parse_arguments(["version"]).problems

    assert str(problem) == "unknown command 'version'. Write registrar --version."


@pytest.mark.parametrize(
    "line",
    [
        "plan model=a owner= models=[a,b]",
        "plan model=a, --json",
        "model.metadata={a: plan",
        "--config-name other plan",
    ],
)
def test_whole_fields_are_left_alone(line: str) -> None:
    codes = {problem.code for problem in parse_arguments(line.split()).problems}

    assert codes <= {"invalid-flag"}


def test_a_torn_field_shows_no_secret() -> None:
    (problem,) = parse_arguments(["server.tracking_uri", "=", "https://user:hunter2@host"]).problems

    assert "hunter2" not in str(problem)
