"""Loading a registered version into memory, through MLflow."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from registrar.errors import ConfigError, Problem, RegistrarError
from registrar.secrets import scrub
from registrar.uris import VersionUri

if TYPE_CHECKING:
    from registrar.registry.protocol import Backend

__all__ = ["load_model"]

PYFUNC = "python_function"
# MLflow loads a version by its alias, but not by its number, where the model's name has an '@'; it
# cuts a URI at '?', and in some versions at '#'. The location of the files works for all of them.
MISREAD_IN_NAMES = "@?#"


def load_model(backend: Backend, name: str, version: int, flavor: str, **options: Any) -> Any:
    """Return a registered version, loaded as a flavor.

    `flavor` is "pyfunc", the name of another flavor, or "native" for the object of the model's own
    library. `options` go to `load_model` of that flavor. Raises ConfigError if this environment
    cannot load the model: it has no such flavor, or a package is missing.
    """
    uri = VersionUri.of(name, version).text
    registry = backend.registry
    registry.use_mlflow()
    try:
        if any(character in name for character in MISREAD_IN_NAMES):
            uri = registry.get_location(name, version)
        backend.store.check_location(registry.get_location(name, version))
        module = flavor if flavor == "pyfunc" else _native(uri, flavor)
        return importlib.import_module(f"mlflow.{module}").load_model(uri, **options)
    except RegistrarError:
        raise
    except ModuleNotFoundError as error:
        message = f"{uri} needs the package {error.name}"
        hint = f"Install what its requirements.txt names: mlflow.pyfunc.get_model_dependencies('{uri}')."
        raise ConfigError(Problem("missing-package", message, hint)) from error
    except Exception as error:  # unpickling may raise anything
        words = scrub(" ".join(str(error).split())) or type(error).__name__
        hint = "Compare this environment with the model's requirements.txt."
        raise ConfigError(
            Problem("not-loadable", f"{uri} cannot be loaded: {words}", hint)
        ) from error


def _native(uri: str, flavor: str) -> str:
    """Return `flavor` if the model has it; for "native", the one flavor that is not pyfunc."""
    import mlflow

    flavors = sorted(set(mlflow.models.get_model_info(uri).flavors) - {PYFUNC})
    if flavor in flavors:
        return flavor
    if flavor == "native" and len(flavors) == 1:
        return str(flavors[0])
    known = ", ".join(["pyfunc", *flavors])
    message = f"{uri} has no flavor '{flavor}'"
    if flavor == "native":
        message = f"{uri} has no single flavor besides pyfunc"
    raise ConfigError(Problem("unknown-flavor", message, f"Its flavors: {known}."))
