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

import pandas as pd  # type: ignore[import-untyped]
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.models.utils import _enforce_params_schema
from mlflow.types.schema import ColSpec, DataType, Schema

from registrar.content.yaml_loader import load_yaml
from registrar.policy.signatures import compare_signatures
from tests.support.enforcement import SIMPLE, check_columns, is_accepted, series
from tests.support.registrar_process import ROOT
from tests.support.signatures import make_signature, mlmodel_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = ROOT / "tests" / "cases" / "signatures.yaml"
CASES: dict[str, dict[str, Any]] = load_yaml(FILE.read_text(encoding="utf-8"))
KNOWN = {name: case for name, case in CASES.items() if case["verdict"] != "unknown"}


@pytest.mark.parametrize("case", KNOWN.values(), ids=KNOWN.keys())
def test_mlflow_accepts_what_registrar_calls_compatible_and_nothing_else(
    case: dict[str, Any],
) -> None:
    old, new = (ModelSignature.from_dict(mlmodel_parts(case[side])) for side in ("old", "new"))
    results = {
        "inputs": [*check_columns(old.inputs, new.inputs)],
        "outputs": [*check_columns(new.outputs, old.outputs, gives=True)],
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
        assert all(check_columns(old, new)), pair


def test_the_values_are_of_each_type_that_mlflow_has() -> None:
    assert {type_.name for type_ in DataType} == SIMPLE.keys()
    for type_ in DataType:
        schema = Schema([ColSpec(type_, "a")])
        assert all(is_accepted(pd.DataFrame({"a": series(v)}), schema) for v in SIMPLE[type_.name])
