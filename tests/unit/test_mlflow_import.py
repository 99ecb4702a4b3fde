"""What the first import of MLflow finds of the packages that only its data sets need."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest

from registrar import mlflow_import
from registrar.mlflow_import import DATA_PACKAGES, hide_data_packages, keep_mlflow_small

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _before_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process look as before the first import of MLflow."""
    monkeypatch.setattr(mlflow_import, "_unneeded", set())
    for package in ("mlflow", *DATA_PACKAGES):
        monkeypatch.delitem(sys.modules, package, raising=False)


def find() -> set[str]:
    """Return which of the packages an import would find."""
    return {package for package in DATA_PACKAGES if importlib.util.find_spec(package)}


ALL = find()


def test_the_packages_are_hidden_within_the_block_alone() -> None:
    keep_mlflow_small()
    with hide_data_packages():
        assert find() == set()
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("pandas")
    assert find() == ALL != set()


def test_the_packages_are_found_again_after_a_failed_import() -> None:
    keep_mlflow_small()
    with pytest.raises(ModuleNotFoundError), hide_data_packages():
        raise ModuleNotFoundError
    assert find() == ALL


def test_a_script_that_uses_registrar_keeps_them() -> None:
    with hide_data_packages():
        assert find() == ALL


def test_packages_and_an_mlflow_that_are_imported_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_mlflow_small()
    monkeypatch.setitem(sys.modules, "scipy", sys)
    with hide_data_packages():
        assert sys.modules["scipy"] is sys
    monkeypatch.setitem(sys.modules, "mlflow", sys)
    with hide_data_packages():
        assert "pandas" not in sys.modules


@pytest.mark.parametrize(
    ("entry", "is_found"), [("company.store:Store", True), ("mlflow.store:Store", False)]
)
def test_a_plugin_for_mlflow_finds_them(
    entry: str, is_found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "company-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: company\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[mlflow.artifact_repository]\ncompany = {entry}\n")
    monkeypatch.syspath_prepend(tmp_path)
    keep_mlflow_small()
    with hide_data_packages():
        assert find() == (ALL if is_found else set())
