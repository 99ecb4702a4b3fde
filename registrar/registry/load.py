"""Loading a registered version into memory, through MLflow."""

from __future__ import annotations

import importlib
from typing import Any

from registrar.errors import ConfigError, Problem, RegistrarError
from registrar.secrets import scrub

__all__ = ["load_model"]

PYFUNC = "python_function"


def load_model(uri: str, flavor: str, **options: Any) -> Any:
    """The model, as `mlflow.pyfunc`, as its own library's object ("native"), or as the flavor named.

    Raises ConfigError where this environment can not: no such flavor, a package that is missing.
    """
    try:
        name = flavor if flavor == "pyfunc" else _native(uri, flavor)
        return importlib.import_module(f"mlflow.{name}").load_model(uri, **options)
    except RegistrarError:
        raise
    except ModuleNotFoundError as error:
        message = f"{uri} needs the package {error.name}"
        hint = f"Install what its requirements.txt names: mlflow.pyfunc.get_model_dependencies('{uri}')."
        raise ConfigError(Problem("todo", message, hint)) from error
    except Exception as error:  # unpickling may raise anything
        words = scrub(" ".join(str(error).split())) or type(error).__name__
        hint = "Compare this environment with the model's requirements.txt."
        raise ConfigError(Problem("todo", f"{uri} can not be loaded: {words}", hint)) from error


def _native(uri: str, flavor: str) -> str:
    """The name of the one flavor that is not pyfunc, or `flavor` where the model has it."""
    import mlflow

    flavors = sorted(set(mlflow.models.get_model_info(uri).flavors) - {PYFUNC})
    if flavor in flavors:
        return flavor
    if flavor == "native" and len(flavors) == 1:
        return str(flavors[0])
    known = ", ".join(["pyfunc", *flavors])
    message = (
        f"{uri} has no flavor '{flavor}'" if flavor != "native" else f"{uri} has no one of its own"
    )
    raise ConfigError(Problem("todo", message, f"Known: {known}."))
