"""For generated signatures, too, MLflow accepts whatever registrar calls compatible."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from mlflow.models import ModelSignature

from registrar.policy.signatures import compare_signatures
from tests.support.enforcement import check_columns
from tests.support.signatures import make_signature, mlmodel_parts

WIDER = {"integer": ["long", "double", "any"], "float": ["double", "any"]}
SIMPLE = ["boolean", "integer", "long", "float", "double", "string", "datetime"]
NAMES = ["a", "b", "c"]
Notation = Any


@st.composite
def types(draw: st.DrawFn, depth: int = 2) -> Notation:
    kind = draw(st.sampled_from(["simple", "simple", "any", "list", "map", "object"]))
    if kind == "simple" or depth == 0:
        return draw(st.sampled_from(SIMPLE))
    if kind == "any":
        return "any"
    if kind == "object":
        return draw(fields(depth - 1))
    inner = draw(types(depth - 1))
    return [inner] if kind == "list" else {"*": inner}


@st.composite
def fields(draw: st.DrawFn, depth: int = 2) -> dict[str, Notation]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    return {name + draw(st.sampled_from(["", "?"])): draw(types(depth)) for name in names}


@st.composite
def successors(draw: st.DrawFn, old: Notation) -> Notation:
    """Return a type that is mostly the same, or wider."""
    what = draw(st.sampled_from(["same", "same", "wider", "wider", "other"]))
    if what == "other":
        return draw(types())
    match old:
        case str():
            return draw(st.sampled_from(WIDER.get(old, ["any"]))) if what == "wider" else old
        case [inner]:
            return [draw(successors(inner))]
        case {"*": inner}:
            return {"*": draw(successors(inner))}
        case _:
            return draw(later_fields(old))


@st.composite
def later_fields(draw: st.DrawFn, old: dict[str, Notation]) -> dict[str, Notation]:
    """Return fields of which some get another type, come, go, or become optional."""
    new: dict[str, Notation] = {}
    for name, type_ in old.items():
        if draw(st.integers(0, 5)):
            optional = draw(st.sampled_from([name[1:], name[1:], "?"]))
            new[name[0] + optional] = draw(successors(type_))
    absent = [name for name in NAMES if name not in {key[0] for key in new}]
    grows = draw(st.booleans())
    if absent and grows:
        new[absent[0] + draw(st.sampled_from(["", "?", "?"]))] = draw(types())
    return new or {"a?": "long"}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Notation], dict[str, Notation]]:
    old = draw(fields())
    return old, draw(later_fields(old))


@pytest.mark.exhaustive
@settings(max_examples=50)  # each asks MLflow about a hundred values
@given(pairs())
def test_what_is_called_compatible_is_accepted(
    pair: tuple[dict[str, Notation], dict[str, Notation]],
) -> None:
    notations = [{"inputs": fields} for fields in pair]
    verdict = compare_signatures(*map(make_signature, notations)).verdict
    event(verdict)
    old, new = (ModelSignature.from_dict(mlmodel_parts(n)).inputs for n in notations)
    accepted = [*check_columns(old, new)]
    assert verdict == "breaking" or all(accepted)


SHAPES = st.lists(st.sampled_from([-1, 2, 3]), min_size=1, max_size=3)
TENSORS = st.builds(
    lambda dtype, shape: f"{dtype} ({', '.join(map(str, shape))})",
    st.sampled_from(["float32", "int64"]),
    SHAPES,
)


@given(TENSORS, TENSORS, st.booleans())
def test_so_is_a_compatible_tensor(first: str, second: str, has_name: bool) -> None:
    notations: list[Any] = [
        {"inputs": {"x": tensor} if has_name else [tensor]} for tensor in (first, second)
    ]
    verdict = compare_signatures(*map(make_signature, notations)).verdict
    event(verdict)
    old, new = (ModelSignature.from_dict(mlmodel_parts(n)).inputs for n in notations)
    assert all(check_columns(old, new)) == (verdict != "breaking")
