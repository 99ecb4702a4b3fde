"""The files and folders that an MLmodel names.

MLflow itself never checks that they are there. Each key below holds a path relative to the model's
root in the flavors of MLflow 1 to 3; keys of other flavors are not guessed.
"""

from __future__ import annotations

import ntpath
import posixpath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CODE", "ENVIRONMENT_KEYS", "EXAMPLE_KEYS", "list_named_files"]

CODE = "code"
PYFUNC = "python_function"
DATA = ("data",)
FLAVOR_PATHS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            *("xgboost", "lightgbm", "catboost", "onnx", "spacy", "statsmodels", "prophet"),
            *("pmdarima", "h2o", "keras", "openai", "fastai", "gluon"),
        ),
        DATA,
    ),
    PYFUNC: ("data", "model_path", "python_model", "parameters_path"),
    "sklearn": ("pickled_model",),
    "paddle": ("pickled_model",),
    "pytorch": ("model_data",),
    "spark": ("model_data",),
    "johnsnowlabs": ("model_data",),
    "mleap": ("model_data",),
    "shap": ("serialized_explainer",),
    "tensorflow": ("data", "saved_model_dir"),
    "transformers": ("model_binary", "peft_adaptor"),
    "diffusers": ("adapter_weights",),
    "dspy": ("model_path",),
    "crate": ("model",),
    "langchain": (
        *("model_data", "agent_data", "tools_data", "agent_primitive_data", "loader_fn"),
        "persist_dir",
    ),
    "llama_index": (),
    "sentence_transformers": (),
}
# MLflow writes where these files came from, and looks for their names at the model's root.
AT_ROOT = ("model_code_path", "model_config")
EXAMPLE_KEYS = ("artifact_path", "serving_input_path")
ENVIRONMENT_KEYS = ("env", "conda", "virtualenv")


def list_named_files(mlmodel: Mapping[str, Any]) -> dict[str, str]:
    """Return the files and folders that an MLmodel names: each path, and the key that names it."""
    named: dict[str, str] = {}
    for key, value in _list_paths(mlmodel):
        path = posixpath.normpath(value.replace("\\", "/"))  # saved on Windows
        if path != ".":
            named.setdefault(path, key)
    return named


def _list_paths(mlmodel: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    flavors = mlmodel.get("flavors")
    for name, keys in FLAVOR_PATHS.items():
        flavor = flavors.get(name) if isinstance(flavors, dict) else None
        if isinstance(flavor, dict):
            yield from _take_texts(flavor, (*keys, CODE))
            for key, value in _take_texts(flavor, AT_ROOT):
                yield key, ntpath.basename(value)
            for extra in _items(flavor.get("extra_files")):
                yield from _take_texts(extra, ("path",))
            if name == PYFUNC:
                yield from _list_pyfunc_paths(flavor)
    yield from _take_texts(mlmodel.get("saved_input_example_info"), EXAMPLE_KEYS)


def _list_pyfunc_paths(flavor: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    artifacts = flavor.get("artifacts")
    for artifact in artifacts.values() if isinstance(artifacts, dict) else ():
        yield from _take_texts(artifact, ("path",))
    yield from _take_texts(flavor, ENVIRONMENT_KEYS)  # one text before MLflow 2
    yield from _take_texts(flavor.get("env"), ENVIRONMENT_KEYS)


def _take_texts(node: Any, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield those keys of a mapping that hold a text, and the text."""
    for key in keys if isinstance(node, dict) else ():
        if isinstance(value := node.get(key), str) and value:
            yield key, value


def _items(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []
