"""A repository of many models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.process.executors.many_models import COUNT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def many_models(small_model_repository: Path) -> Path:
    """Models with files of their own, each beside its configuration."""
    for number in range(COUNT):
        folder = small_model_repository / "models" / f"m-{number:02}"
        folder.mkdir()
        (folder / "MLmodel").write_text(f"flavors: {{python_function: {{}}}}\nn: {number}\n")
        (folder / "registrar.yaml").write_text(
            f"name: m-{number:02}\nuri: .\nmetadata: {{n: {number}}}\naliases: [champion]\n"
        )
    return small_model_repository
