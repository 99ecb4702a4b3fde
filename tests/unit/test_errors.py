"""Problems and errors as values: their order and their text."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

import registrar.errors
from registrar.errors import (
    ConfigError,
    NotFoundError,
    Place,
    Problem,
    RegistrarError,
    ServerError,
)

CLASSES = [
    item
    for _, item in inspect.getmembers(registrar.errors, inspect.isclass)
    if issubclass(item, RegistrarError)
]


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("x", "is wrong"), "is wrong."),
        (Problem("x", "is wrong", "Mend it."), "is wrong. Mend it."),
        (Problem("x", "is it wrong?", "Mend it."), "is it wrong? Mend it."),
        (Problem("x", "is wrong", suggestion="right"), "is wrong. Did you mean 'right'?"),
        (
            Problem("x", "is wrong", "Known: right.", suggestion="right"),
            "is wrong. Did you mean 'right'? Known: right.",
        ),
        (
            Problem("x", "is wrong", path="a.b").at(file="f", line=2, column=3),
            "f:2:3: a.b: is wrong.",
        ),
        (Problem("x", "is wrong").at(file="f"), "f: is wrong."),
        (Problem("x", "is wrong").at(override="a=b"), "override 'a=b': is wrong."),
    ],
)
def test_the_text_of_a_problem(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_problems_are_reported_once_and_from_top_to_bottom() -> None:
    here = [Problem("x", "m").at(file="f", line=line) for line in (10, 9)]
    other = Problem("x", "m").at(file="e", line=11)
    nowhere = Problem("x", "m")

    error = ConfigError(*here, other, nowhere, here[0])

    assert error.problems == (nowhere, other, here[1], here[0])


def test_text_becomes_a_problem_with_the_code_of_the_class() -> None:
    assert NotFoundError("no such run").problems == (Problem("not-found", "no such run"),)


def test_raise_for_raises_nothing_for_nothing() -> None:
    ConfigError.raise_for([])
    with pytest.raises(ConfigError) as caught:
        ConfigError.raise_for(iter([Problem("x", "a"), Problem("x", "b")]))
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_class_has_an_exit_code_and_a_code_and_survives_pickling(
    kind: type[RegistrarError],
) -> None:
    assert kind.exit_code in {1, 2, 4, 5, 6, 130}
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    error = kind(Problem("x", "m", "h", place=Place("f", 1)))
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.problems) == (kind, error.problems)


def test_codes_of_classes_differ() -> None:
    codes = [kind.code for kind in CLASSES]
    assert len(set(codes)) == len(codes)
    assert issubclass(registrar.errors.UnreachableError, ServerError)


def test_a_long_override_is_cut_where_it_is_printed() -> None:
    long = Place(override=f"model.description={'x' * 5000}")

    assert str(Place(override="model.name=a/b")) == "override 'model.name=a/b'"
    assert str(long) == f"override 'model.description={'x' * 182}...'"
