"""The first import of MLflow, without the packages that only its data sets need.

pandas, pyarrow and SciPy take half of the memory of `import mlflow`, and a quarter of its time.
MLflow does without them, as in `mlflow-skinny`, and so do the clients of its stores.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["hide_data_packages", "keep_mlflow_small"]

DATA_PACKAGES = ("pandas", "pyarrow", "scipy")

_unneeded: set[str] = set()


def keep_mlflow_small() -> None:
    """Import MLflow without these packages in this process, which is nobody else's."""
    _unneeded.update(DATA_PACKAGES)


@contextlib.contextmanager
def hide_data_packages() -> Iterator[None]:
    """Hide the packages from what the block imports, where the process is registrar's own.

    A script that uses registrar goes on with MLflow, and so needs all of it. Plugins for MLflow are
    imported with it, and may need any package.
    """
    hidden = _unneeded - sys.modules.keys()
    if hidden and ("mlflow" in sys.modules or _has_plugins()):
        hidden = set()
    modules = cast("dict[str, Any]", sys.modules)
    try:
        for package in hidden:
            modules[package] = None  # Python's own way to say that a module cannot be imported
        yield
    finally:
        for package in hidden:
            del modules[package]


def _has_plugins() -> bool:
    """Return whether a package other than MLflow adds to MLflow."""
    import importlib.metadata  # `validate` does without it

    points = importlib.metadata.entry_points()
    return any(
        not point.value.startswith("mlflow.")
        for group in points.groups
        if group.startswith("mlflow.")
        for point in points.select(group=group)
    )
