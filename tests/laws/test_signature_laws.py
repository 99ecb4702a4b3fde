"""MLflow's own checks, on real values, decide as registrar says in `tests/cases/signatures.yaml`.

Of each case, values are made for both signatures. If registrar says that callers can go on, MLflow
accepts under the new signature whatever it accepts under the old one; else it refuses some of that.
For outputs the sides change: what the new model gives must be what the old one could have given.
"""

from __future__ import annotations

import copy
import datetime as dt
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.models.utils import _enforce_params_schema, validate_schema
from mlflow.types.schema import AnyType, Array, ColSpec, DataType, Map, Object, Schema, TensorSpec

from registrar.content.yaml_loader import load_yaml
from registrar.policy.signatures import compare_signatures
from tests.support.registrar_process import ROOT
from tests.support.signatures import make_signature, mlmodel_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = ROOT / "tests" / "cases" / "signatures.yaml"
CASES: dict[str, dict[str, Any]] = load_yaml(FILE.read_text(encoding="utf-8"))
KNOWN = {name: case for name, case in CASES.items() if case["verdict"] != "unknown"}
SIMPLE: dict[str, list[Any]] = {
    "boolean": [True],
    "integer": [np.int32(7)],
    "long": [np.int64(7)],
    "float": [np.float32(1.5)],
    "double": [np.float64(1.5)],
    "string": ["text"],
    "binary": [b"bytes"],
    "datetime": [np.datetime64("2026-01-31T10:00:00", "ns")],
}


@pytest.mark.parametrize("case", KNOWN.values(), ids=KNOWN.keys())
def test_mlflow_accepts_what_registrar_calls_compatible_and_nothing_else(
    case: dict[str, Any],
) -> None:
    old, new = (ModelSignature.from_dict(mlmodel_parts(case[side])) for side in ("old", "new"))
    results = {
        "inputs": [*_check_columns(old.inputs, old.inputs, new.inputs)],
        "outputs": [*_check_columns(new.outputs, new.outputs, old.outputs)],
        "params": [*_check_params(old, new)],
    }
    refused = {part for part, accepted in results.items() if not all(accepted)}
    expected = {text.split(".")[0].split("[")[0].split()[0] for text in case.get("breaks", ())}
    said = case.get("mlflow")
    if said is not None:
        assert (bool(expected), bool(refused)) == (said == "accepts", said == "refuses")
    elif _tells(case):
        assert refused == expected


def _tells(case: dict[str, Any]) -> bool:
    """Return whether MLflow checks the part at all: it has no rule for one that is not declared."""
    return not any(
        "not declared" in text for text in [*case.get("breaks", ()), *case.get("others", ())]
    )


def _check_columns(
    first: Schema | None, accepting: Schema | None, judging: Schema | None
) -> Iterator[bool]:
    """Yield, for each value that one schema accepts, whether the other one does."""
    if first is None or accepting is None or judging is None:
        return
    values = [*_values_of(accepting), *_values_of(judging)]
    accepted = [value for value in values if _is_accepted(value, accepting)]
    assert accepted, "no value fits the schema that they were made for"
    for value in accepted:
        yield _is_accepted(value, judging)


def _is_accepted(value: Any, schema: Schema) -> bool:
    try:
        validate_schema(copy.deepcopy(value), schema)
    except (MlflowException, TypeError, ValueError):  # pandas' own errors get through
        return False
    return True


def _values_of(schema: Schema) -> Iterator[Any]:
    """Yield inputs of each form in which MLflow takes them: tables, dicts, arrays."""
    names = schema.input_names() if schema.has_input_names() else None
    if schema.is_tensor_spec():
        yield from _tensors_of(schema, names)
        return
    columns = [_members(spec.type, length) for length, spec in enumerate(schema.inputs, 1)]
    longest = max(map(len, columns))
    for index in range(longest):
        rows = [values[index % len(values)] for values in columns]
        if names is None:
            yield pd.DataFrame({i: _series(value) for i, value in enumerate(rows)})
            continue
        row = dict(zip(names, rows, strict=True))
        required = {name: row[name] for name in schema.required_input_names()}
        turned = dict(reversed(row.items()))
        for part in (row, turned, required, {**row, "unknown": np.int64(1)}):
            yield pd.DataFrame({name: _series(value) for name, value in part.items()})
            yield part
            yield {name: _series(value).to_numpy() for name, value in part.items()}
            lists = {name: [value] * count for count, (name, value) in enumerate(part.items(), 1)}
            yield lists


def _series(value: Any) -> pd.Series:
    is_plain = isinstance(value, np.generic | bool)
    return pd.Series([value, value], dtype=None if is_plain else object)


def _members(type_: Any, length: int = 2) -> list[Any]:
    """Return values of a type; of an object, with its optional keys and without them."""
    match type_:
        case DataType():
            return SIMPLE[type_.name]
        case Array(dtype=items):
            return [_list(items, [value] * length) for value in _members(items)]
        case Map(value_type=values):
            return [{"name": value, "other": value} for value in _members(values)]
        case Object(properties=properties):
            whole = {p.name: _members(p.dtype)[0] for p in properties}
            required = {p.name: whole[p.name] for p in properties if p.required}
            return [whole, required] if required else [whole]
        case AnyType():
            return [value for values in SIMPLE.values() for value in values] + [{"key": [1]}]
        case _:
            raise AssertionError(type_)


def _list(items: Any, values: list[Any]) -> Any:
    return np.array(values) if isinstance(items, DataType) else values


def _tensors_of(schema: Schema, names: list[Any] | None) -> Iterator[Any]:
    lengths = (2, 3)
    for length, fill in itertools.product(lengths, lengths):
        arrays = [_tensor(spec, length, fill) for spec in schema.inputs]
        if names is not None:
            yield dict(zip(names, arrays, strict=True))
        else:
            yield arrays[0]
            yield pd.DataFrame({"column": [[1.0] * fill, [2.0] * fill]})
            yield pd.DataFrame({f"c{i}": np.zeros(2, dtype=arrays[0].dtype) for i in range(fill)})


def _tensor(spec: TensorSpec, first: int, other: int) -> np.ndarray[Any, Any]:
    shape = [
        (first if axis == 0 else other) if size == -1 else size
        for axis, size in enumerate(spec.shape)
    ]
    return np.zeros(shape, dtype=spec.type)


def _check_params(old: ModelSignature, new: ModelSignature) -> Iterator[bool]:
    """Yield, for each value of a parameter that the old model takes, whether the new one does."""
    for spec in old.params or ():
        for value in _param_values(spec.default):
            if _takes(old, {spec.name: value}):
                yield _takes(new, {spec.name: value})


def _param_values(default: Any) -> Iterator[Any]:
    yield default
    values = [1, 1.5, "text", True, *(value for values in SIMPLE.values() for value in values)]
    yield from values
    yield from ([value] for value in values)
    yield {"x": 1, "y": 1}
    yield dt.datetime(2026, 1, 31)


def _takes(signature: ModelSignature, params: dict[str, Any]) -> bool:
    try:
        _enforce_params_schema(copy.deepcopy(params), signature.params)
    except MlflowException:
        return False
    return True


@pytest.mark.exhaustive
def test_no_pair_of_inputs_is_called_compatible_that_mlflow_tells_apart() -> None:
    """Each inputs of the file against each other one: more pairs than anyone thinks of."""
    notations = [case[side] for case in KNOWN.values() for side in ("old", "new")]
    unique = {repr(n["inputs"]): {"inputs": n["inputs"]} for n in notations if "inputs" in n}
    known = [
        (ModelSignature.from_dict(mlmodel_parts(n)).inputs, make_signature(n), n)
        for n in unique.values()
    ]
    pairs = [
        (old, new, f"{first} -> {second}")
        for (old, before, first), (new, after, second) in itertools.permutations(known, 2)
        if compare_signatures(before, after).verdict != "breaking"
    ]
    assert len(pairs) > 20
    for old, new, pair in pairs:
        assert all(_check_columns(old, old, new)), pair


def test_the_values_are_of_each_type_that_mlflow_has() -> None:
    assert {type_.name for type_ in DataType} == SIMPLE.keys()
    for type_ in DataType:
        schema = Schema([ColSpec(type_, "a")])
        assert all(
            _is_accepted(pd.DataFrame({"a": _series(v)}), schema) for v in SIMPLE[type_.name]
        )
