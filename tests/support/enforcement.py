"""MLflow's own check of inputs, and values of every form for a schema."""

from __future__ import annotations

import copy
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from mlflow.exceptions import MlflowException
from mlflow.models.utils import validate_schema
from mlflow.types.schema import AnyType, Array, DataType, Map, Object, Schema, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SIMPLE", "check_columns", "is_accepted", "series"]

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


def check_columns(
    accepting: Schema | None, judging: Schema | None, *, gives: bool = False
) -> Iterator[bool]:
    """Yield, for each value that one schema accepts, whether the other one does.

    A caller may send one column that no schema knows, and otherwise what the first schema knows. A
    model that `gives` tensors gives no DataFrame.
    """
    if accepting is None or judging is None:
        return
    values = [*values_of(accepting), *values_of(judging)]
    names = {*accepting.input_names(), "unknown"} if accepting.has_input_names() else None
    accepted = [
        value
        for value in values
        if not (gives and accepting.is_tensor_spec() and isinstance(value, pd.DataFrame))
        and (names is None or not isinstance(value, dict | pd.DataFrame) or {*value} <= names)
        and is_accepted(value, accepting)
    ]
    assert accepted, "no value fits the schema that they were made for"
    for value in accepted:
        yield is_accepted(value, judging)


def is_accepted(value: Any, schema: Schema) -> bool:
    try:
        validate_schema(copy.deepcopy(value), schema)
    except (MlflowException, TypeError, ValueError):  # pandas' own errors get through
        return False
    return True


def values_of(schema: Schema) -> Iterator[Any]:
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
            yield pd.DataFrame({i: series(value) for i, value in enumerate(rows)})
            continue
        row = dict(zip(names, rows, strict=True))
        required = {name: row[name] for name in schema.required_input_names()}
        turned = dict(reversed(row.items()))
        for part in (row, turned, required, {**row, "unknown": np.int64(1)}):
            yield pd.DataFrame({name: series(value) for name, value in part.items()})
            yield part
            yield {name: series(value).to_numpy() for name, value in part.items()}
            lists = {name: [value] * count for count, (name, value) in enumerate(part.items(), 1)}
            yield lists


def series(value: Any) -> pd.Series:
    is_plain = isinstance(value, np.generic | bool)
    return pd.Series([value, copy.deepcopy(value)], dtype=None if is_plain else object)


def _members(type_: Any, length: int = 2) -> list[Any]:
    """Return values of a type; of an object, with its optional keys and without them."""
    match type_:
        case DataType():
            return SIMPLE[type_.name]
        case Array(dtype=items):
            return [
                _list(items, [copy.deepcopy(value) for _ in range(length)])
                for value in _members(items)
            ]
        case Map(value_type=values):
            return [{"name": value, "other": copy.deepcopy(value)} for value in _members(values)]
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
            if len({len(array) for array in arrays}) == 1:
                cells = [[row.ravel().tolist() for row in array] for array in arrays]
                yield pd.DataFrame(dict(zip(names, cells, strict=True)))
        else:
            yield arrays[0]
            width = arrays[0][0].size if arrays[0].ndim else 1  # MLflow reshapes flat lists
            yield pd.DataFrame({"column": [[1.0] * width, [2.0] * width]})
            yield pd.DataFrame({f"c{i}": np.zeros(2, dtype=arrays[0].dtype) for i in range(fill)})


def _tensor(spec: TensorSpec, first: int, other: int) -> np.ndarray[Any, Any]:
    shape = [
        (first if axis == 0 else other) if size == -1 else size
        for axis, size in enumerate(spec.shape)
    ]
    return np.zeros(shape, dtype=spec.type)
