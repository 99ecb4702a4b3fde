"""Names, tags and aliases: registrar accepts exactly what MLflow's own checks accept."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.utils.validation import (
    _validate_model_alias_name,
    _validate_model_name,
    _validate_model_version_tag,
    _validate_registered_model_tag,
)

from registrar.text import format_value
from tests.unit.config.test_schema import GOOD, TEXTS, accepts


def mlflow_accepts(check: Any, *values: Any) -> bool:
    """Whether MLflow's own check lets the values pass."""
    try:
        check(*values)
    except MlflowException:
        return False
    return True


@given(TEXTS)
def test_mlflow_takes_every_model_name_that_registrar_takes(name: str) -> None:
    if accepts({**GOOD, "name": name}):
        assert mlflow_accepts(_validate_model_name, name)


@given(TEXTS, st.one_of(TEXTS, st.integers(), st.floats(), st.booleans(), st.lists(TEXTS)))
def test_mlflow_takes_every_tag_that_registrar_takes(key: str, value: Any) -> None:
    if accepts({**GOOD, "metadata": {key: value}}):
        assert mlflow_accepts(_validate_model_version_tag, key, format_value(value))
    if accepts({**GOOD, "registered_model": {"tags": {key: value}}}):
        assert mlflow_accepts(_validate_registered_model_tag, key, format_value(value))


@given(TEXTS)
def test_mlflow_takes_every_alias_that_registrar_takes(alias: str) -> None:
    if accepts({**GOOD, "aliases": [alias]}):
        assert mlflow_accepts(_validate_model_alias_name, alias)


@given(st.text(st.sampled_from("aZ09_-. /:é²"), min_size=1, max_size=12))
def test_registrar_takes_every_tag_key_and_alias_that_mlflow_takes(word: str) -> None:
    if mlflow_accepts(_validate_model_version_tag, word, "x"):
        assert accepts({**GOOD, "metadata": {word: "x"}})
    if mlflow_accepts(_validate_model_alias_name, word):
        assert accepts({**GOOD, "aliases": [word]})
